//! What a caller states of a file of carbon intensities; what nobody states is never guessed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sim_core::units::SimDuration;
use sim_core::world::signal::{Basis, Gas, Scope, SignalKind};

use super::factors::Factors;
use super::format::Format;
use super::unit::Unit;

/// What is stated of a file. A format that states something itself refuses another statement of it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Its format; none to recognise it by content.
    pub format: Option<Format>,
    /// Its zone: the one that is wanted of a file that holds several, and no other than a file says that it holds; the
    /// name of the zone for a file that names none.
    pub zone: Option<String>,
    /// What the zone is called elsewhere, where `zone` is not stated: wanted of a file that holds several, and no
    /// contradiction of a file that holds one by another name.
    pub known_as: Option<String>,
    /// The column of times.
    pub time_column: Option<String>,
    /// The column of values.
    pub value_column: Option<String>,
    /// Unit of the values.
    pub unit: Option<Unit>,
    /// Where times without an offset are local.
    pub time_zone: Option<TimeZone>,
    /// First instant of a file without times.
    pub start: Option<Timestamp>,
    /// When a forecast was issued, where the file does not say it.
    pub issued: Option<Timestamp>,
    /// Length of an interval of a file without times.
    pub step: Option<SimDuration>,
    /// Whether values are means of intervals or samples at instants.
    pub values: Option<Values>,
    /// Average or marginal.
    pub kind: Option<SignalKind>,
    /// Direct or life cycle.
    pub scope: Option<Scope>,
    /// Consumption or production.
    pub basis: Option<Basis>,
    /// CO2 or CO2e.
    pub gas: Option<Gas>,
    /// What becomes of what is missing or wrong.
    pub gaps: Gaps,
    /// Whether a longer step than its neighbours is a gap.
    pub steps: Steps,
    /// Emission factors of a generation mix.
    pub factors: Option<Factors>,
}

/// What a value in a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Values {
    /// The mean of the interval that starts at its time.
    Mean,
    /// A sample at its time; between two samples the intensity is a straight line, whose mean an interval gets.
    Point,
}

impl Values {
    /// As scenarios write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Point => "point",
        }
    }
}

/// What becomes of gaps, empty cells, values that are no intensity, repeated times and times that go backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gaps {
    /// They are refused.
    #[default]
    Error,
    /// The last value before holds, and rows before the first value are left out; of a repeated time the first row
    /// counts; rows are sorted by time.
    Hold,
    /// As `Hold`, but between the values before and after lies a straight line.
    Interpolate,
}

/// How the steps of a series may vary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steps {
    /// From one stretch to the next: a step that is longer than those around it is a gap.
    #[default]
    Even,
    /// Freely: each interval lasts until the next row, however long that is.
    Any,
}
