//! What `carbonedge compare` is to compare in a scenario, declared beforehand in its file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quantity;

/// A comparison of schedulers; options of `carbonedge compare` go before it. Runs do not read it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct CompareSpec {
    /// Schedulers, the baseline first: `nearest`, `carbonedge:mode=green:form=kwh`, `scenario` for the scenario's own.
    pub schedulers: Vec<String>,
    /// What is replicated: `seed` (default), `day`, `week` or `year` (start dates drawn one in each of equal parts of the
    /// year), or `grid` (zones exchange their grids).
    pub replicate_over: Option<String>,
    /// How many seeds, days, weeks, years or grids (default 10).
    pub replications: Option<u32>,
    /// Seeds in each day, week, year or grid (default 1).
    pub seeds: Option<u32>,
    /// Arrivals before each day, week or year that are not measured (default: `time.lead_in`).
    pub lead_in: Option<Quantity>,
    /// The metric that verdicts are on (default `carbon_g_per_inference`).
    pub primary: Option<String>,
    /// The least difference that matters, as a share of the baseline (default `1 %`).
    pub margin: Option<Quantity>,
}
