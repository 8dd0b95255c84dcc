//! Zones and their carbon signals in a scenario file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quantity;

/// Zones and their carbon signals.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct GridSpec {
    /// Signal that schedulers see: `average` (default) or `marginal`.
    pub decide_with: Option<String>,
    /// Signal that the books use: `average` (default) or `marginal`.
    pub account_with: Option<String>,
    /// How long after its end an interval's mean becomes public (default `0 s`).
    pub publication_lag: Option<Quantity>,
    /// What schedulers see as the present intensity: the latest `published` value (default), or the `forecast` for now.
    pub present: Option<String>,
    /// What schedulers may believe of the intensity to come, in every zone without a forecast of its own.
    pub forecast: Option<ForecastSpec>,
    /// Whether zones of different labels (direct/lifecycle, gas, basis) may stand in one run (default false).
    pub allow_mixed: bool,
    /// The zones; a site may also name a zone of the embedded library that is not listed here.
    pub zones: Vec<ZoneSpec>,
}

/// A grid area.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct ZoneSpec {
    /// Its name.
    pub name: Option<String>,
    /// Average intensity; without it, the library's zone of the same name.
    pub average: Option<SignalSpec>,
    /// Marginal intensity.
    pub marginal: Option<SignalSpec>,
    /// What schedulers may believe of its intensity to come (default: `grid.forecast`).
    pub forecast: Option<ForecastSpec>,
}

/// A carbon signal: one of `constant`, `library`, `file`, `files`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SignalSpec {
    /// One value for all time: `475 g/kWh`.
    pub constant: Option<Quantity>,
    /// A zone of the embedded library.
    pub library: Option<String>,
    /// A file of intensities, beside the scenario or in the folder of `--data`.
    pub file: Option<String>,
    /// Or: several files of one format, one after the other in time.
    pub files: Vec<String>,
    /// Of files: their format, such as `electricity-maps` (default: recognised by content; `carbonedge list formats`).
    pub format: Option<String>,
    /// Of files: the zone's name in them, chosen of several; a file that names another one only is refused (default: the
    /// zone's own name, where a file has it).
    pub zone: Option<String>,
    /// Of tables: the column of times.
    pub time_column: Option<String>,
    /// Of tables: the column of values.
    pub value_column: Option<String>,
    /// Of tables: `g/kWh`, `kg/kWh`, `kg/MWh` or `lb/MWh`.
    pub unit: Option<String>,
    /// Of files: time zone of times without one, `UTC` or an IANA name.
    pub timezone: Option<String>,
    /// Of files without times: UTC instant of the first value.
    pub start: Option<String>,
    /// Of files without times: length of an interval (default `1 h`).
    pub step: Option<Quantity>,
    /// Of tables: whether a value is the `mean` of the interval that starts at its time, or a sample at that `point`.
    pub values: Option<String>,
    /// Of files: what becomes of gaps, missing or negative values, repeated and unsorted times: `error` (default), `hold`
    /// (the last value) or `interpolate`.
    pub gaps: Option<String>,
    /// Of files: `even` (default: a step longer than those around it is a gap) or `any`.
    pub steps: Option<String>,
    /// Of generation mixes: emission factors, `ipcc-ar5` (default) or a table `fuel, g_per_kwh`.
    pub factors: Option<String>,
    /// Of files and constants: `direct` or `lifecycle` (default: what the format states, else `lifecycle`).
    pub scope: Option<String>,
    /// Of files and constants: `consumption` or `production` (default: what the format states, else `consumption`).
    pub basis: Option<String>,
    /// Of files and constants: `CO2e` or `CO2` (default: what the format states, else `CO2e`).
    pub gas: Option<String>,
    /// After the last interval: `error` (default), `hold` or `wrap`; library years wrap by default.
    pub end: Option<String>,
}

/// A forecast of the signal that schedulers see. `perfect`, `ar-noise` and `white-noise` know the future; outputs label
/// them `oracle-derived`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct ForecastSpec {
    /// `persistence` (default), `seasonal-naive`, `perfect`, `ar-noise`, `white-noise` or `recorded`.
    pub method: Option<String>,
    /// Of `seasonal-naive`: `24 h` (default), `168 h` or any other span.
    pub period: Option<Quantity>,
    /// Of `white-noise`: standard deviation as a share of the signal's mean (default `5 %`).
    pub error: Option<Quantity>,
    /// Of `ar-noise`: standard deviation of the relative error one interval ahead, such as `4 %`.
    pub error_1: Option<Quantity>,
    /// Of `ar-noise`: standard deviation of the relative error 24 h ahead, such as `12 %`; not below `error_1`.
    pub error_24h: Option<Quantity>,
    /// Of `ar-noise`: correlation of the errors of neighbouring intervals, between -1 and 1 (default 0).
    pub autocorrelation: Option<f64>,
    /// Of `ar-noise`: mean relative error; -0.05 is 5 % too low (default 0).
    pub bias: Option<f64>,
    /// Of `recorded`: a file of issued forecasts, of the kind and scope of the signal that schedulers see.
    pub file: Option<String>,
    /// Or: several files of one format; what they repeat must agree.
    pub files: Vec<String>,
    /// Of `recorded`: the files' format, such as `watttime` (default: recognised by content).
    pub format: Option<String>,
    /// Of `recorded`, in files with several zones: the zone's name in them (default: the zone's own).
    pub zone: Option<String>,
    /// Of `recorded`, in files that do not state it: `g/kWh`, `kg/kWh`, `kg/MWh` or `lb/MWh`.
    pub unit: Option<String>,
    /// Of `recorded`, for times without one: time zone, `UTC` or an IANA name.
    pub timezone: Option<String>,
    /// Of `recorded`, in files that do not state it: UTC instant of the issue.
    pub issued: Option<String>,
    /// Of `recorded`: what becomes of gaps and missing values, `error` (default), `hold` or `interpolate`.
    pub gaps: Option<String>,
}
