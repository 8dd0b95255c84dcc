//! Models and classes of requests: what is asked for and within which limits.

use crate::ids::ZoneId;
use crate::units::{Bytes, SimDuration};

/// A deep neural network, one variant of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, as in the scenario.
    pub name: String,
    /// Parameters in memory.
    pub parameters: Bytes,
    /// Memory that a scheduler reserves to run it: parameters and largest activations (S_R's mem_needed).
    pub memory_needed: Bytes,
    /// CPU cores that a scheduler reserves to run it (S_R's cpu_needed).
    pub cores_needed: f64,
    /// Data sent to the device that runs it.
    pub input: Bytes,
    /// Data sent back.
    pub output: Bytes,
    /// Top-1 accuracy 0…1, where a source states it.
    pub accuracy: Option<f64>,
}

/// What requests of a kind have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestClass {
    /// Its name, as in the scenario.
    pub name: String,
    /// Largest sojourn time that counts as in time; none if `None`.
    pub deadline: Option<SimDuration>,
    /// How long its start may be put off; zero for interactive requests.
    pub slack: SimDuration,
    /// The zones it may be computed in (data residency); all if `None`.
    pub zones: Option<Vec<ZoneId>>,
}
