//! What a comparison of schedulers is asked to answer, fixed before any run.

use std::fmt;

use serde::Serialize;

use crate::replications::Figures;

/// What is replicated, and so what the intervals speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    /// Random draws only: the traces stay the same.
    Seed,
    /// Whole days.
    Day,
    /// Whole weeks.
    Week,
    /// Whole years.
    Year,
    /// Grids: the same fleet under the signals of other places.
    Grid,
}

impl Over {
    /// Every way, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Seed, Self::Day, Self::Week, Self::Year, Self::Grid];

    /// Its word in scenarios and outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Day => "day",
            Self::Week => "week",
            Self::Year => "year",
            Self::Grid => "grid",
        }
    }
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is compared, over what, and by which figure: declared before any run, or the tests mean nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Design {
    /// Name of the scenario.
    pub scenario: String,
    /// Labels of the schedulers; the first is the baseline.
    pub schedulers: Vec<String>,
    /// What is replicated.
    pub over: Over,
    /// Labels of the periods, such as their start dates; one for [`Over::Seed`].
    pub periods: Vec<String>,
    /// Seeds of each period.
    pub seeds: usize,
    /// Name of the one metric that tests are about, one of the compared metrics.
    pub primary: String,
    /// Largest difference without practical meaning, as a share of the baseline's mean.
    pub margin: f64,
    /// Confidence of the intervals, in (0, 1).
    pub confidence: f64,
    /// Whether a signal or the load comes from a model and not from a record.
    pub synthetic: bool,
}

/// One run: a scheduler in a period under a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its headline figures.
    pub figures: Figures,
    /// p50, p95 and p99 of the sojourn time of each request minus that under the baseline [ms], over requests that both
    /// completed; `None` for the baseline itself.
    pub request_differences_ms: Option<[f64; 3]>,
    /// p50 and p99 of the time that a decision took by the wall clock [ns].
    pub decision_ns: [Option<f64>; 2],
    /// Lower bounds of the operational carbon of what this run served.
    pub bounds: Vec<Lower>,
}

/// A lower bound of a run's operational carbon.
#[derive(Clone, Debug, PartialEq)]
pub struct Lower {
    /// Its name.
    pub name: String,
    /// The least that serving the run's requests emits [g].
    pub carbon_g: f64,
    /// Of that, what is emitted whoever serves: idle power that nobody can avoid [g].
    pub unavoidable_g: f64,
}
