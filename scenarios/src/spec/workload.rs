//! Sources of requests in a scenario file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quantity;

/// A source of requests.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SourceSpec {
    /// `poisson`, `deterministic`, `diurnal`, `mmpp`, `on-off`, `closed-loop`, `replay` or `workday-jobs`.
    pub arrivals: Option<String>,
    /// Of `poisson`, `deterministic`, `diurnal` and `on-off` (while on): requests over time, of all origins together.
    pub rate: Option<Quantity>,
    /// Of `diurnal`: amplitude of the day's wave, `60 %`.
    pub amplitude: Option<Quantity>,
    /// Of `diurnal`: local hour of the peak, 0…24 (default 15).
    pub peak_hour: Option<f64>,
    /// Of `diurnal`: rate at the weekend as a share of weekdays' (default `100 %`).
    pub weekend: Option<Quantity>,
    /// Of `diurnal`: hours ahead of UTC, an IANA time zone such as `Europe/Madrid`, or `site` for the time zone of each
    /// origin's site, by its longitude where the site names none (default 0).
    pub local_time: Option<String>,
    /// Of `mmpp`: its states, each with a rate and an exponential sojourn; it starts in equilibrium.
    pub states: Vec<StateSpec>,
    /// Of `mmpp`: the next state is the next of the list, and the first after the last (`cyclic`, default), or any other
    /// with the same probability (`uniform`).
    pub switching: Option<String>,
    /// Of `on-off`: mean length of a burst.
    pub mean_on: Option<Quantity>,
    /// Of `on-off`: mean length of the silence between bursts.
    pub mean_off: Option<Quantity>,
    /// Of `on-off`: lengths are `exponential` (default: an interrupted Poisson process) or `constant`.
    pub phases: Option<String>,
    /// Of `closed-loop`: number of clients (default 1).
    pub clients: Option<u32>,
    /// Of `closed-loop`: think time (default `0 s`).
    pub think_time: Option<Quantity>,
    /// Of `closed-loop`: `constant` (default), `exponential`.
    pub think: Option<String>,
    /// Of `replay`: a table beside the scenario. Its columns tell the format: own (timestamp, model, origin, and if
    /// wanted class, work, input_bytes, slack_s, deadline_s: limits of the request's own, before its class's), Azure LLM inference 2023, Azure Functions 2021 (put in order of start = end −
    /// duration), counts by region (timestamp, datetime, one column a region), or any table with `time_column`.
    pub file: Option<String>,
    /// Of `replay`: forces a format: `own`, `azure-llm`, `azure-functions`, `counts` or `csv`.
    pub format: Option<String>,
    /// Of `replay`: the column of times of a plain table (`csv`).
    pub time_column: Option<String>,
    /// Of `replay`: unit of times that are numbers in a plain table or counts: `ns`, `us`, `ms`, `s` (default), `min`,
    /// `h`, `d`.
    pub time_unit: Option<String>,
    /// Of `replay`: IANA time zone of local times (default: refused in plain tables, UTC in the other formats).
    pub timezone: Option<String>,
    /// Of `replay`: the instant of the trace that becomes the scenario's epoch, as the trace writes it; what comes before
    /// is left out (default: the trace's first instant; own traces stand on the calendar, or count from the epoch). With
    /// the scenario's `time.start` a trace of the calendar keeps its dates.
    pub start: Option<Quantity>,
    /// Of `replay`: factor on the rate; gaps are divided by it (default 1).
    pub scale: Option<f64>,
    /// Of `replay`: share of the requests that is kept, drawn by the number of the row (default `100 %`).
    pub thin: Option<Quantity>,
    /// Of `replay`: the column that work is read from, such as `GeneratedTokens` (default: `work` as below).
    pub work_column: Option<String>,
    /// Of `replay`: how much of `work_column` is one inference (default 1).
    pub work_per: Option<f64>,
    /// Of `replay` with counts: the regions that are replayed, each with the device groups or sites that ask (default:
    /// all regions, asked for by all origins). An hour's count is met in the mean: its arrivals are a Poisson process.
    pub regions: IndexMap<String, NamesSpec>,
    /// Of `workday-jobs`: how many, how long, with which slack. They are submitted from 9:00 to 17:00 UTC on workdays of the
    /// measurement window.
    pub jobs: Option<JobsSpec>,
    /// No more requests than this.
    pub limit: Option<u64>,
    /// Device groups that requests come from, all devices alike; or a map of groups with weights, each shared equally by
    /// the group's devices (default: sources, else all).
    pub origins: OriginsSpec,
    /// `equal` (default: as `origins` says) or `population`: each site by its `population`, shared equally by its origins.
    pub origin_weights: Option<String>,
    /// A file of coordinates that requests are asked at: each is served from the nearest site with origins, shared equally
    /// by the origins there.
    pub origins_file: Option<OriginsFileSpec>,
    /// Models with their weights (default: all alike).
    pub models: IndexMap<String, f64>,
    /// Request classes with their weights (default: the first).
    pub classes: IndexMap<String, f64>,
    /// Multiplier of compute time (default 1).
    pub work: Option<WorkSpec>,
    /// Data that a request sends to be computed (default: the model's input).
    pub input: Option<InputSpec>,
}

/// Long jobs, as in scenario II of Let's Wait Awhile.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct JobsSpec {
    /// Their number (default 1).
    pub count: Option<u32>,
    /// The shortest time that one computes on the first device that may run the first model: `4 h`.
    pub shortest: Option<Quantity>,
    /// The length that is just too long: `90 h`.
    pub longest: Option<Quantity>,
    /// Distance between lengths (default `30 min`).
    pub step: Option<Quantity>,
    /// Until when results can wait: `none` (default), `next-workday` (9:00, for what would end outside working hours) or
    /// `semi-weekly` (9:00 of the next Monday or Thursday). It is each job's slack, and its deadline.
    pub slack: Option<String>,
}

/// A state of a Markov-modulated Poisson process.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct StateSpec {
    /// Requests over time in it: `5 /s`; may be `0 /s`.
    pub rate: Option<Quantity>,
    /// Its mean sojourn: `10 min`.
    pub mean: Option<Quantity>,
}

/// A name, or several.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "a name, or a list of names")]
pub enum NamesSpec {
    /// One name.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl NamesSpec {
    /// All of them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// Device groups that requests come from.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "a list of device groups, or a map of them with their weights")]
pub enum OriginsSpec {
    /// Groups whose devices are all alike.
    List(Vec<String>),
    /// Groups with weights.
    Weights(IndexMap<String, f64>),
}

impl Default for OriginsSpec {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// A file of coordinates.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct OriginsFileSpec {
    /// CSV or JSON beside the scenario, with latitude and longitude (lat, lon).
    pub file: Option<String>,
    /// The column of weights (default: all coordinates alike).
    pub weight: Option<String>,
    /// Entries without coordinates: `error` (default) or `skip`.
    pub missing: Option<String>,
}

/// A distribution of the multiplier of compute time.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct WorkSpec {
    /// `constant`, `exponential` or `lognormal`.
    pub kind: Option<String>,
    /// Its mean (default 1).
    pub mean: Option<f64>,
    /// Of `lognormal`, which must have it: σ of its logarithm, at most 4.
    pub sigma: Option<f64>,
}

/// A distribution of input sizes, rounded to whole bytes.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct InputSpec {
    /// `constant` (default), `exponential` or `lognormal`.
    pub kind: Option<String>,
    /// Its mean: `200 kB`.
    pub mean: Option<Quantity>,
    /// Of `lognormal`, which must have it: σ of its logarithm, at most 4.
    pub sigma: Option<f64>,
}
