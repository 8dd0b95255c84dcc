//! What was odd in a file: how often, and where first.

/// A kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Oddity {
    /// Rows are missing.
    Gap,
    /// A time comes twice.
    Duplicate,
    /// A time lies before the row above.
    Backwards,
    /// A value is missing or not a number.
    NoValue,
    /// A value is negative.
    Negative,
    /// A value is out of all proportion to its unit.
    UnitDoubt,
}

impl Oddity {
    /// What a report calls it, in the plural.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gap => "gaps",
            Self::Duplicate => "duplicates",
            Self::Backwards => "times that go backwards",
            Self::NoValue => "values missing",
            Self::Negative => "negative values",
            Self::UnitDoubt => "doubts about the unit",
        }
    }
}

/// All oddities of one kind in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was found.
    pub oddity: Oddity,
    /// How often.
    pub count: usize,
    /// Line (or row, in files without lines) of the first, counted from 1.
    pub line: u64,
    /// The first, in words.
    pub first: String,
}
