//! Links, contention and the energy of moving data in a scenario file.

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
    /// Links between sites.
    pub links: Vec<LinkSpec>,
    /// A link between every pair of sites; its latency by distance where sites have coordinates and none is given.
    pub mesh: Option<LinkSpec>,
}

/// A link, both directions alike.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct LinkSpec {
    /// The two sites (not for a mesh).
    pub between: Vec<String>,
    /// A preset of the catalogue that the fields below override.
    pub preset: Option<String>,
    /// Propagation of one direction.
    pub latency: Option<Quantity>,
    /// Bandwidth of each direction: `1 Gbit/s`, or `unlimited`.
    pub bandwidth: Option<Quantity>,
    /// Energy of a byte on this link: `0.04 kWh/GB`.
    pub energy: Option<Quantity>,
    /// Power of each direction whether it carries or not.
    pub baseline: Option<Quantity>,
    /// Power above the baseline while transmitting.
    pub marginal: Option<Quantity>,
    /// Shares of the two ends in its energy (default half each).
    pub shares: Vec<f64>,
}
