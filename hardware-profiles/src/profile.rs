//! Profile files: what one network took on one machine, between every two places where it can be cut.

mod read;

use serde::{Deserialize, Serialize};
use sim_core::units::{Bytes, Macs};

pub use read::{ProfileError, read};

use crate::zoo::{self, Layer, LayerKind, Network};

/// Version of the format; a file of another one is refused.
pub const SCHEMA: &str = "carbonedge-profile/1";

/// [`ProfiledModel::source`] of the networks of the zoo.
pub const ZOO: &str = "zoo";

/// How an energy figure came about, from the best known to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Read from a meter while this network ran on this kind of device.
    Measured,
    /// Power × time, the power being fitted to energies that somebody measured on this kind of device.
    Calibrated,
    /// Power × time, the power being that of a data sheet or of another load.
    Modelled,
}

impl Provenance {
    /// Its name in files and outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Calibrated => "calibrated",
            Self::Modelled => "modelled",
        }
    }
}

/// One network on one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// [`SCHEMA`].
    pub schema: String,
    /// What ran.
    pub model: ProfiledModel,
    /// Where it ran.
    pub host: Host,
    /// The device class that this machine is one of; none where nobody said so.
    pub device_class: Option<String>,
    /// By what, when and how.
    pub method: Method,
    /// How far the figures can be trusted.
    pub quality: Quality,
    /// How the energies of the segments came about.
    pub energy: Energy,
    /// Largest sum of activations in memory at one time [B].
    pub peak_activation_bytes: f64,
    /// Layers in order of computation, before any fusion.
    pub layers: Vec<LayerRow>,
    /// Runs of layers between consecutive cuts of the optimised network, in order.
    pub segments: Vec<SegmentRow>,
}

impl Profile {
    /// The profile as the text of a file, which [`read`] takes back.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("invariant: names are text, so a profile is always JSON") + "\n"
    }

    /// The layer table for the simulator: that of the zoo for its networks, else the profile's own.
    #[must_use]
    pub fn network(&self) -> Network {
        let known = (self.model.source == ZOO).then(|| zoo::by_name(&self.model.name)).flatten();
        known.cloned().unwrap_or_else(|| self.table())
    }

    fn table(&self) -> Network {
        let layer = |row: &LayerRow| Layer {
            name: row.name.clone(),
            kind: row.kind,
            macs: Macs(row.macs),
            weights: Bytes(row.weight_bytes),
            input: Bytes(row.input_bytes),
            activation: Bytes(row.activation_bytes),
        };
        let cuts = self.layers.iter().enumerate().filter(|(_, row)| row.cut).map(|(k, _)| k + 1);
        let cuts = std::iter::once(0).chain(cuts).collect();
        let mut network = Network::from_layers(&self.model.name, self.layers.iter().map(layer).collect(), cuts);
        network.input_bytes = Bytes(self.model.input_bytes);
        network.output_bytes = Bytes(self.model.output_bytes);
        network
    }
}

/// The network of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfiledModel {
    /// Its name: that of the zoo, or the file's without its ending.
    pub name: String,
    /// `zoo`, or the file's name without its folders.
    pub source: String,
    /// Inputs with their shapes, as in `image=1,3,224,224`.
    pub inputs: Vec<String>,
    /// All inputs [B], in the format that the network reads.
    pub input_bytes: f64,
    /// All outputs [B].
    pub output_bytes: f64,
    /// Multiply-accumulates of convolutions and matrix products.
    pub macs: f64,
    /// Number of parameters.
    pub parameters: u64,
}

/// The machine of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Processor, as the operating system names it.
    pub cpu: String,
    /// Processors that the operating system schedules on.
    pub cores: u32,
    /// Memory [B].
    pub memory_bytes: f64,
    /// Architecture and operating system, as in `x86_64-linux`.
    pub target: String,
    /// Whether the system tells that it runs in a virtual machine.
    pub virtual_machine: bool,
}

/// How a profile was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Version of this program.
    pub carbonedge: String,
    /// Inference engine with its version.
    pub engine: String,
    /// When, in UTC (RFC 3339).
    pub date: String,
    /// Threads of the engine.
    pub threads: u32,
    /// Images at a time.
    pub batch: u32,
    /// Whether caches were swept before each layer.
    pub cold: bool,
    /// Runs before the first measured one.
    pub warm_ups: u32,
    /// Rounds measured.
    pub rounds: u32,
    /// Runs a round, as many with a clock around each layer as without.
    pub iterations: u32,
}

/// What tells a quiet measurement from a disturbed one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Median time of whole runs [s], in the round that was kept.
    pub whole_s: f64,
    /// Median absolute deviation of whole runs [s].
    pub whole_mad_s: f64,
    /// Sum of the layers' medians [s].
    pub sum_s: f64,
    /// `sum_s`/`whole_s` − 1, dimensionless.
    pub deviation: f64,
    /// Largest over smallest of the rounds' medians − 1, dimensionless.
    pub spread: f64,
    /// No round passed the gate: another load disturbed the measurement.
    pub contended: bool,
}

/// Where a profile's energies come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// How they came about.
    pub provenance: Provenance,
    /// The meter, or the formula where there is none.
    pub source: String,
    /// Power while idle [W], where a meter told it.
    pub idle_w: Option<f64>,
    /// Power above idle while the network ran [W]; none where neither a meter nor a device class tells it.
    pub busy_w: Option<f64>,
}

/// A layer of the network, before any fusion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerRow {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// Multiply-accumulates of its convolution or matrix product.
    pub macs: f64,
    /// Its parameters [B].
    pub weight_bytes: f64,
    /// What it reads beside its parameters [B].
    pub input_bytes: f64,
    /// What it hands on [B].
    pub activation_bytes: f64,
    /// Whether its tensor alone crosses after it; after the last layer, where the outputs leave, always.
    pub cut: bool,
}

/// A run of layers between two cuts at which one tensor can be sent elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentRow {
    /// The layer whose tensor crosses at its end: a name of `layers` that is a cut there.
    pub end: String,
    /// Operators of the engine in it, alike ones together.
    pub operators: Vec<OperatorRow>,
    /// Multiply-accumulates of dense convolutions and matrix products.
    pub dense_macs: f64,
    /// Multiply-accumulates of depthwise convolutions.
    pub depthwise_macs: f64,
    /// Sum over its layers of what they read beside parameters [B].
    pub input_bytes: f64,
    /// Sum over its layers of what they hand on [B].
    pub output_bytes: f64,
    /// Its parameters [B].
    pub weight_bytes: f64,
    /// Sum of its operators' medians [s].
    pub median_s: f64,
    /// Root of the sum of its operators' squared median absolute deviations [s].
    pub mad_s: f64,
    /// Energy above idle [J]; none where nothing tells the power.
    pub energy_j: Option<f64>,
    /// The tensor that crosses at its end [B]; all outputs at the last one's.
    pub tensor_bytes: f64,
}

/// Operators of the engine of one kind in a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorRow {
    /// The engine's name for them.
    pub name: String,
    /// How many there are.
    pub number: u32,
    /// Sum of their medians [s].
    pub median_s: f64,
}
