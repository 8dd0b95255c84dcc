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
}

/// A carbon signal; one of `constant`, `library`, `electricity_maps`, `csv`, `city_learn`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SignalSpec {
    /// One value for all time: `475 g/kWh`.
    pub constant: Option<Quantity>,
    /// A zone of the embedded library.
    pub library: Option<String>,
    /// A yearly CSV of Electricity Maps, old or new header.
    pub electricity_maps: Option<String>,
    /// Any CSV with a time and a value column.
    pub csv: Option<String>,
    /// A CityLearn CSV: one column, kg/kWh, no times.
    pub city_learn: Option<String>,
    /// Of `csv`: its time column (default `timestamp`).
    pub time_column: Option<String>,
    /// Of `csv`: its value column (default `carbon_intensity`).
    pub value_column: Option<String>,
    /// Of `csv`: `g/kWh` (default), `kg/kWh`, `kg/MWh` or `lb/MWh`.
    pub unit: Option<String>,
    /// Of `csv`: time zone of times without one, `UTC` or an IANA name.
    pub timezone: Option<String>,
    /// Of `city_learn`: UTC instant of its first value.
    pub start: Option<String>,
    /// Of `city_learn`: length of an interval (default `1 h`).
    pub step: Option<Quantity>,
    /// Of files and constants: `direct` or `lifecycle` (default).
    pub scope: Option<String>,
    /// Of files and constants: `consumption` (default) or `production`.
    pub basis: Option<String>,
    /// Of files and constants: `CO2e` (default) or `CO2`.
    pub gas: Option<String>,
    /// After the last interval: `error` (default), `hold` or `wrap`; library years wrap by default.
    pub end: Option<String>,
}
