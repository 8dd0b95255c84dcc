//! Models and classes of requests: what is asked for and within which limits.

use crate::ids::ZoneId;
use crate::units::{Bytes, Macs, SimDuration};
use crate::world::cost::Cuts;

/// A place where a single tensor crosses: a model can be split there.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The layer whose tensor crosses; `input` for the first cut.
    pub layer: String,
    /// Multiply-accumulates of the layers before it.
    pub macs: Macs,
    /// Parameters of the layers before it, in single precision.
    pub parameters: Bytes,
    /// The tensor, in the encoding in which it travels: the input at the first cut, the result at the last.
    pub tensor: Bytes,
}

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
    /// Where it can be split, in order: the input first, the output last, two at least.
    pub cuts: Vec<Cut>,
    /// Top-1 accuracy 0…1, where a source states it.
    pub accuracy: Option<f64>,
}

impl Model {
    /// A model that cannot be split.
    #[must_use]
    pub fn unsplit(name: &str, parameters: Bytes, macs: Macs, input: Bytes, output: Bytes) -> Self {
        let ends = [("input", Macs(0.0), Bytes::ZERO, input), ("output", macs, parameters, output)];
        let cut = |(layer, macs, parameters, tensor): (&str, _, _, _)| Cut {
            layer: layer.to_owned(),
            macs,
            parameters,
            tensor,
        };
        Self {
            name: name.to_owned(),
            parameters,
            memory_needed: parameters,
            cores_needed: 0.0,
            cuts: ends.map(cut).to_vec(),
            accuracy: None,
        }
    }

    /// The segment that is all of it.
    #[must_use]
    #[inline]
    pub fn whole(&self) -> Cuts {
        Cuts { from: 0, to: u16::try_from(self.cuts.len() - 1).expect("invariant: fewer than 2^16 cuts") }
    }

    /// Parameters of the layers before a cut, in single precision.
    #[must_use]
    #[inline]
    pub fn parameters_to(&self, cut: u16) -> Bytes {
        self.cuts[usize::from(cut)].parameters
    }

    /// Data that crosses at a cut.
    #[must_use]
    #[inline]
    pub fn tensor(&self, cut: u16) -> Bytes {
        self.cuts[usize::from(cut)].tensor
    }

    /// Data sent to the device that runs it.
    #[must_use]
    #[inline]
    pub fn input(&self) -> Bytes {
        self.cuts[0].tensor
    }

    /// Data sent back.
    #[must_use]
    #[inline]
    pub fn output(&self) -> Bytes {
        self.cuts[self.cuts.len() - 1].tensor
    }
}

/// What requests of a kind have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestClass {
    /// Its name, as in the scenario.
    pub name: String,
    /// Largest sojourn time that counts as in time; none if `None`.
    pub deadline: Option<SimDuration>,
    /// How long its start may be put off; zero for interactive requests.
    pub slack: SimDuration,
    /// Whether schedulers may suspend it while it computes.
    pub interruptible: bool,
    /// Compute time that is done again at each resumption (back to a checkpoint, warming up).
    pub resume_cost: SimDuration,
    /// The zones it may be computed in (data residency); all if `None`.
    pub zones: Option<Vec<ZoneId>>,
}
