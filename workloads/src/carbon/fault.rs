//! What can be wrong with a file of carbon intensities, beyond what can be wrong with any table.

use thiserror::Error;

use crate::error::Problem;

/// What is wrong with a file of carbon intensities, or with what is stated of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    /// No format knows this content.
    #[error("no known format of carbon intensities: {0}")]
    Unrecognised(String),
    /// The file is known, and holds no series in time.
    #[error("no time series: {0}")]
    NoSeries(String),
    /// The file's content is not what the format is written in.
    #[error("not {wanted}, but {found}")]
    WrongContent {
        /// What the format is written in.
        wanted: &'static str,
        /// What the file is.
        found: &'static str,
    },
    /// The file does not say something, and nobody stated it.
    #[error("`{key}` must be stated: {why}")]
    Unstated {
        /// The key of a scenario's signal, or of the command line.
        key: &'static str,
        /// Why it cannot be known.
        why: String,
    },
    /// What is stated is not what the file says.
    #[error("`{key}: {given}` contradicts the file, which is `{stated}`")]
    Contradiction {
        /// The key.
        key: &'static str,
        /// What is stated.
        given: String,
        /// What the file says.
        stated: String,
    },
    /// What is stated means nothing for the file's format.
    #[error("`{key}` is stated, but means nothing for `{format}` files")]
    Unused {
        /// The key.
        key: &'static str,
        /// The format.
        format: &'static str,
    },
    /// What is stated changes nothing of what is read.
    #[error("`{key}` means nothing here: {why}")]
    Idle {
        /// The key.
        key: &'static str,
        /// Why not.
        why: String,
    },
    /// Something odd, where nothing may be.
    #[error("{first}{others}")]
    Odd {
        /// The first oddity.
        first: Box<Problem>,
        /// What else was found, in words.
        others: String,
    },
    /// The values are so low or high as a whole that the unit must be another one.
    #[error("{what}, read as {unit}: no grid has that")]
    DoubtfulUnit {
        /// What the values are like.
        what: String,
        /// The unit that was taken.
        unit: &'static str,
    },
    /// Every value of a column is empty.
    #[error("`{column}` is empty in all {rows} rows")]
    AllEmpty {
        /// The column.
        column: String,
        /// Number of rows.
        rows: usize,
        /// The column that has values.
        instead: Option<&'static str>,
    },
    /// Two files, or two blocks of one, give different values for one instant.
    #[error("at {time} the value is {here} g/kWh, but {there} g/kWh in {other}")]
    Conflict {
        /// The instant.
        time: String,
        /// The value here.
        here: f64,
        /// The value there.
        there: f64,
        /// Where there is.
        other: String,
    },
    /// Two files of one series say different things about it.
    #[error("the {what} differs from that of {other}")]
    Unlike {
        /// What differs.
        what: &'static str,
        /// The file that it differs from.
        other: String,
    },
    /// A fuel is burnt that the emission factors do not name.
    #[error("the factors `{factors}` have none for `{fuel}`")]
    NoFactor {
        /// The fuel.
        fuel: String,
        /// The name of the factors.
        factors: String,
    },
    /// The format has no forecasts, or does not say when they were issued.
    #[error("no forecasts as issued: {0}")]
    NoForecasts(String),
    /// A row has not as many cells as the header.
    #[error("{cells} cells, but the header has {columns}")]
    Ragged {
        /// Cells of the row.
        cells: usize,
        /// Cells of the header.
        columns: usize,
    },
    /// Two columns bear the wanted name.
    #[error("two columns are called `{column}`")]
    Twice {
        /// Their name.
        column: String,
    },
    /// Not a table of text.
    #[error("not a table: {0}")]
    NotText(&'static str),
    /// Too much of something.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// How much may be.
        limit: u64,
        /// Of what.
        what: &'static str,
    },
    /// Not what its first bytes promise.
    #[error("broken {kind}: {reason}")]
    Broken {
        /// What it should be.
        kind: &'static str,
        /// What the library says.
        reason: String,
    },
}

impl Fault {
    /// What the user may do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unrecognised(_) => {
                "state `format`; any table is read by `format: csv` with `time_column`, `value_column`"
            }
            Self::NoSeries(_) => "give a file of intensities over time",
            Self::WrongContent { .. } => "state another `format`, or none to have it recognised",
            Self::Unstated { .. } => "state it beside the file",
            Self::Contradiction { .. } => "leave the statement out, or give another file",
            Self::Idle { .. } => "leave the statement out",
            Self::Unused { .. } => "leave the statement out, or state another `format`",
            Self::Odd { .. } => "correct the file, or state what becomes of it: `gaps: hold` or `gaps: interpolate`",
            Self::DoubtfulUnit { .. } => "state `unit`: `g/kWh`, `kg/kWh`, `kg/MWh` or `lb/MWh`",
            Self::AllEmpty { instead: Some("intensity.forecast"), .. } => {
                "`value_column: intensity.forecast` reads the forecast as if it were what happened"
            }
            Self::AllEmpty { .. } => "name another column with `value_column`",
            Self::Conflict { .. } => "give files of one series in one version",
            Self::Unlike { .. } => "give files of one zone and one kind",
            Self::NoFactor { .. } => "give `factors`, a table `fuel,g_per_kwh` that names it",
            Self::NoForecasts(_) => "give a file that says when each forecast was issued",
            Self::Ragged { .. } => "the row was cut, or a cell holds the separator without quotes",
            Self::Twice { .. } => "rename one of them",
            Self::NotText(_) => "save the table as UTF-8 text",
            Self::TooMuch { .. } => "cut the file",
            Self::Broken { .. } => "fetch the file again",
        }
    }
}
