//! What may be said of a trace beside its file: format, columns, units, where it starts.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::format::Format;

/// How a trace is read.
#[derive(Clone, Debug)]
pub struct TraceOptions {
    /// Its format; told by its columns if `None`.
    pub format: Option<Format>,
    /// Of plain tables: the column of times.
    pub time_column: Option<String>,
    /// Nanoseconds of the unit of times that are numbers [ns].
    pub time_unit_ns: i64,
    /// The zone of times that are local; without one they are refused in plain tables, and UTC in the other formats.
    pub timezone: Option<TimeZone>,
    /// The column that work is read from; each row is one inference if `None`.
    pub work_column: Option<String>,
    /// How much of the work column is one inference.
    pub work_per: f64,
    /// Of counts: the columns that are read, in this order; all if empty.
    pub regions: Vec<String>,
    /// Of own traces: where seconds are counted from, and before which no row may lie.
    pub epoch: Timestamp,
    /// The instant of the trace that becomes the scenario's epoch, as the trace writes its times; rows before it are
    /// left out. By default the trace's first instant, of own traces the scenario's epoch.
    pub start: Option<String>,
}

impl Default for TraceOptions {
    /// Seconds, nothing forced.
    fn default() -> Self {
        Self {
            format: None,
            time_column: None,
            time_unit_ns: 1_000_000_000,
            timezone: None,
            work_column: None,
            work_per: 1.0,
            regions: Vec::new(),
            epoch: Timestamp::UNIX_EPOCH,
            start: None,
        }
    }
}
