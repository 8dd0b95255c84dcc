//! What can be wrong with a file or a parameter, said with place, value and hint.

use thiserror::Error;

use crate::carbon::fault::Fault;

/// A file that is refused: where, and why.
#[derive(Debug, Error)]
#[error("{}: {problem}", place(file, *line))]
pub struct ReadError {
    /// The file's name as the caller gave it.
    pub file: String,
    /// The line, counted from 1; none if the file as a whole is meant.
    pub line: Option<u64>,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

fn place(file: &str, line: Option<u64>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

/// What is wrong with a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// A column that must be there is not.
    #[error("no column `{column}`; the columns are {}", listed(present))]
    MissingColumn {
        /// The name that was looked for.
        column: String,
        /// The names that are there.
        present: Vec<String>,
    },
    /// A cell that must hold something is empty.
    #[error("`{column}` is empty")]
    Empty {
        /// The cell's column.
        column: String,
    },
    /// A cell that must hold a finite number does not.
    #[error("`{column}` is `{value}`, which is not a finite number")]
    BadNumber {
        /// The cell's column.
        column: String,
        /// What it holds.
        value: String,
    },
    /// A number lies outside what it may be.
    #[error("`{column}` is `{value}`, but it must be {expected}")]
    OutOfRange {
        /// The cell's column.
        column: String,
        /// What it holds.
        value: String,
        /// What it may hold.
        expected: &'static str,
    },
    /// No grid has this intensity: the unit is wrong.
    #[error("`{column}` is `{value}`, which would be {grams:.0} g/kWh")]
    Implausible {
        /// The cell's column.
        column: String,
        /// What it holds.
        value: String,
        /// What it would be [g/kWh].
        grams: f64,
    },
    /// A cell that must hold an instant does not.
    #[error("`{column}` is `{value}`, which is not an instant: {reason}")]
    BadTime {
        /// The cell's column.
        column: String,
        /// What it holds.
        value: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// A row lies before the row above it.
    #[error("time goes backwards, from `{before}` to `{value}`")]
    Backwards {
        /// This row's time.
        value: String,
        /// The time of the row above.
        before: String,
    },
    /// A row repeats the instant of the row above it.
    #[error("`{value}` comes twice")]
    Duplicate {
        /// The repeated time.
        value: String,
    },
    /// Rows are missing between this one and the one above.
    #[error("a gap: `{value}` follows `{before}`, but the step of the series is {step_s} s")]
    Gap {
        /// This row's time.
        value: String,
        /// The time of the row above.
        before: String,
        /// The step of the series [s].
        step_s: f64,
    },
    /// Too few rows to know how long an interval lasts.
    #[error("{rows} rows are too few: {needed} are needed")]
    TooShort {
        /// Rows that are there.
        rows: usize,
        /// Rows that are needed.
        needed: usize,
    },
    /// A row speaks of another zone than the first row.
    #[error("zone `{value}` follows zone `{first}` in one series")]
    MixedZones {
        /// This row's zone.
        value: String,
        /// The first row's zone.
        first: String,
    },
    /// A name that the caller does not know.
    #[error("`{column}` is `{value}`, which is unknown; known are {}", listed(known))]
    UnknownName {
        /// The cell's column.
        column: String,
        /// What it holds.
        value: String,
        /// Some names that are known.
        known: Vec<String>,
    },
    /// A name that must be its bearer's own belongs to two.
    #[error("`{value}` comes twice")]
    NamedTwice {
        /// The name, or the pair of names.
        value: String,
    },
    /// No format fits the file.
    #[error("not a known format: expected {known}")]
    Unrecognised {
        /// What would have been one.
        known: &'static str,
    },
    /// The file does not say it, and nobody else did.
    #[error("it is not stated {what}")]
    Unstated {
        /// What must be stated.
        what: &'static str,
    },
    /// What is stated of the file cannot be.
    #[error("{message}")]
    Contradiction {
        /// What contradicts what.
        message: &'static str,
    },
    /// An instant that no run can reach.
    #[error("`{value}` lies before the start of the simulation")]
    BeforeStart {
        /// The time.
        value: String,
    },
    /// The columns are those of no trace that is known.
    #[error("no known trace has the columns {}", listed(present))]
    UnknownTrace {
        /// The columns that are there.
        present: Vec<String>,
    },
    /// A trace has no row at or after its start.
    #[error("the trace ends before its start `{value}`")]
    AfterEnd {
        /// The start.
        value: String,
    },
    /// Rows are further out of order than a buffer can mend.
    #[error("rows lie up to {span_s} s behind rows above them, and more than {most} rows lie in such a span")]
    Disorder {
        /// How far a row lies behind one above it [s].
        span_s: f64,
        /// Rows that a buffer holds.
        most: usize,
    },
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// The text is not a table.
    #[error("not a table: {0}")]
    Csv(#[from] csv::Error),
    /// What only files of carbon intensities can be.
    #[error(transparent)]
    Carbon(#[from] Fault),
}

impl Problem {
    /// What the user may do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::MissingColumn { .. } => "name one of the columns that are there, or check that the format is right",
            Self::Empty { .. } | Self::BadNumber { .. } => "fill the cell, or cut the series before this row",
            Self::OutOfRange { .. } => "correct the cell",
            Self::Implausible { .. } => "check the unit: g/kWh, kg/kWh, kg/MWh and lb/MWh are known",
            Self::BadTime { .. } => "write 2022-01-31T13:00:00Z, or with an offset such as +01:00",
            Self::Backwards { .. } => "sort the rows by time",
            Self::Duplicate { .. } => "keep one row an instant; local times repeat an hour in autumn, UTC does not",
            Self::Gap { .. } => "add the missing rows; a series is never filled silently",
            Self::TooShort { .. } => "give a longer series",
            Self::MixedZones { .. } => "give one file a zone",
            Self::UnknownName { .. } => "use a known name, or add it to the scenario",
            Self::NamedTwice { .. } => "remove one, or state which counts with `duplicates: first` or `mean`",
            Self::Unrecognised { .. } => "check that it is the right file, or force a format",
            Self::Unstated { .. } => "state it in the scenario",
            Self::Contradiction { .. } => "correct the statement, or leave it out",
            Self::BeforeStart { .. } => "let the trace start later, or place its start at the scenario's epoch",
            Self::UnknownTrace { .. } => "name its column of times with time_column, or force a format",
            Self::AfterEnd { .. } => "let it start within the trace, or leave start out",
            Self::Disorder { .. } => "sort the rows by end_timestamp first",
            Self::Json(_) => "an array of objects, or an object of them",
            Self::Carbon(fault) => fault.hint(),
            Self::Csv(_) => "a table is UTF-8 text with commas, and each row has as many cells as the first",
        }
    }
}

/// How many names an error lists before it says how many more there are.
const LISTED: usize = 20;

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A parameter that makes no sense.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// Nothing to choose from.
    #[error("there is nothing to choose from")]
    NoChoice,
    /// Weights that are no weights.
    #[error("weights must be finite, not negative, not all zero, and one a choice")]
    BadWeights,
    /// A number outside what it may be.
    #[error("{what} is {value}, but it must be {expected}")]
    OutOfRange {
        /// The parameter.
        what: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Two sources claim the same client.
    #[error("client {client} belongs to two sources")]
    ClientTwice {
        /// The client's number.
        client: u32,
    },
}

/// `value`, if it is finite and positive.
pub(crate) fn positive(what: &'static str, value: f64) -> Result<f64, ParameterError> {
    within(what, value, value.is_finite() && value > 0.0, "finite and positive")
}

/// `value`, if it is finite and not negative.
pub(crate) fn not_negative(what: &'static str, value: f64) -> Result<f64, ParameterError> {
    within(what, value, value.is_finite() && value >= 0.0, "finite and not negative")
}

/// `value`, if it `fits`.
pub(crate) fn within(
    what: &'static str, value: f64, fits: bool, expected: &'static str,
) -> Result<f64, ParameterError> {
    if fits { Ok(value) } else { Err(ParameterError::OutOfRange { what, value, expected }) }
}
