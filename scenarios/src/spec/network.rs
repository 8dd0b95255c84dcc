//! Links, contention and the energy of moving data in a scenario file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quantity;

/// Links between sites, contention, energy of moving data.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct NetworkSpec {
    /// `fifo` (default: store and forward) or `none` (every transfer has the medium to itself).
    pub contention: Option<String>,
    /// Where coefficients count: `link` (default) or `end-to-end`.
    pub scope: Option<String>,
    /// Of scope `end-to-end`: energy of a byte over the whole way, `0.04 kWh/GB`.
    pub end_to_end: Option<Quantity>,
    /// Whether coefficients include the PUE of network sites (default true).
    pub pue_included: Option<bool>,
    /// The PUE of network sites, for coefficients that do not include it.
    pub pue: Option<f64>,
    /// How much longer fibre is than the great circle between two sites, for latency by distance: `itu` (default: 1.5
    /// times below 1000 km, 1.25 times beyond 1200 km, after ITU-T G.826), or a factor such as `1.5`.
    pub route: Option<Quantity>,
    /// Measured latencies between places. They go before distance, and data take the link between two sites even
    /// where a detour would be faster.
    pub latency: Option<LatencySpec>,
    /// Links between sites.
    pub links: Vec<LinkSpec>,
    /// A link between every pair of sites; where it gives no latency, that is measured (`latency`) or by distance where
    /// sites have coordinates.
    pub mesh: Option<LinkSpec>,
}

/// A table of latencies that were measured between places.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct LatencySpec {
    /// The table, beside the scenario.
    pub file: Option<String>,
    /// What its values are: `rtt` (one way takes half) or `one-way`. Must be stated, but for pings.
    pub values: Option<String>,
    /// `matrix`, `pairs` (one row a pair) or `pings` (WonderNetwork); recognised by the header where it is not given.
    pub format: Option<String>,
    /// Unit of its values: `ms` (default), `us` or `s`.
    pub unit: Option<String>,
    /// The column of values in a list of pairs or pings (default: one with a usual name, such as `latency_ms`).
    pub column: Option<String>,
    /// Of a place or pair that comes twice: `error` (default), `first` or `mean`. Pings are always averaged.
    pub duplicates: Option<String>,
    /// CSV with coordinates of the table's places: `id` or `name`, `latitude`, `longitude`.
    pub places: Option<String>,
    /// How far a site may be from the place that stands for it (default `500 km`).
    pub within: Option<Quantity>,
    /// Of pairs of sites that the table does not know: `error` (default), or `distance` to go by distance.
    pub unknown: Option<String>,
    /// Names in the table of sites that bear another name: `{paris: europe-west9}`. Without one, a site is looked for
    /// by its own name, then by its coordinates, then by its zone.
    pub names: IndexMap<String, String>,
}

/// A link, both directions alike.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct LinkSpec {
    /// The two sites (not for a mesh).
    pub between: Vec<String>,
    /// A preset of the catalogue that the fields below override.
    pub preset: Option<String>,
    /// Propagation of one direction (default: measured, or by distance, or the preset's).
    pub latency: Option<Quantity>,
    /// Bandwidth of each direction: `1 Gbit/s`, or `unlimited`.
    pub bandwidth: Option<Quantity>,
    /// Or: a file of `seconds <tab> Mbit/s`, beside the scenario. The link has the trace's time-weighted mean all the
    /// time; how bandwidth varies is not simulated.
    pub bandwidth_trace: Option<String>,
    /// Energy of a byte on this link: `0.04 kWh/GB`.
    pub energy: Option<Quantity>,
    /// Power of each direction whether it carries or not.
    pub baseline: Option<Quantity>,
    /// Power above the baseline while transmitting.
    pub marginal: Option<Quantity>,
    /// Shares of the two ends in its energy (default half each).
    pub shares: Vec<f64>,
}
