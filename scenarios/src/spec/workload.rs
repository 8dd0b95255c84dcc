//! Sources of requests in a scenario file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quantity;

/// A source of requests.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SourceSpec {
    /// `poisson`, `deterministic`, `diurnal`, `closed-loop` or `replay`.
    pub arrivals: Option<String>,
    /// Of open loops: requests over time, of all origins together.
    pub rate: Option<Quantity>,
    /// Of `diurnal`: amplitude of the day's wave, `60 %`.
    pub amplitude: Option<Quantity>,
    /// Of `diurnal`: local hour of the peak, 0…24 (default 15).
    pub peak_hour: Option<f64>,
    /// Of `diurnal`: rate at the weekend as a share of weekdays' (default `100 %`).
    pub weekend: Option<Quantity>,
    /// Of `diurnal`: hours ahead of UTC, or `site` for the longitude of each origin's site (default 0).
    pub local_time: Option<String>,
    /// Of `closed-loop`: number of clients (default 1).
    pub clients: Option<u32>,
    /// Of `closed-loop`: think time (default `0 s`).
    pub think_time: Option<Quantity>,
    /// Of `closed-loop`: `constant` (default), `exponential`.
    pub think: Option<String>,
    /// Of `replay`: CSV with timestamp, model, origin (and class, work).
    pub file: Option<String>,
    /// No more requests than this.
    pub limit: Option<u64>,
    /// Device groups that requests come from (default: sources, else all).
    pub origins: Vec<String>,
    /// Models with their weights (default: all alike).
    pub models: IndexMap<String, f64>,
    /// Request classes with their weights (default: the first).
    pub classes: IndexMap<String, f64>,
    /// Multiplier of compute time (default 1).
    pub work: Option<WorkSpec>,
}

/// A distribution of the multiplier of compute time.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct WorkSpec {
    /// `constant`, `exponential` or `lognormal`.
    pub kind: Option<String>,
    /// Its mean (default 1).
    pub mean: Option<f64>,
    /// Of `lognormal`: σ of its logarithm.
    pub sigma: Option<f64>,
}
