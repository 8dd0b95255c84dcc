//! Schedulers beside a baseline on the same worlds under the same luck: what differs, and how surely.

mod design;

use serde::Serialize;

pub use design::{Design, Over, Trial};

/// What paired runs say of schedulers: `comparison.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What was asked.
    pub design: Design,
}

impl Comparison {
    /// Compares schedulers by `trials[scheduler][period][seed]`, of which there are as many as the design says.
    #[must_use]
    pub fn new(design: Design, _trials: &[Vec<Vec<Trial>>]) -> Self {
        Self { design }
    }

    /// The same for trials that were added until [`enough`] at this relative half-width, or a maximum, ended them.
    #[must_use]
    pub fn sequential(design: Design, trials: &[Vec<Vec<Trial>>], _relative_half_width: f64) -> Self {
        Self::new(design, trials)
    }

    /// The tables and notes for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} · {} schedulers\n", self.design.scenario, self.design.schedulers.len())
    }

    /// A row a scheduler and metric.
    #[must_use]
    pub fn csv(&self) -> String {
        "scheduler,metric\n".to_owned()
    }
}

/// Whether the half-widths of all paired differences of the primary metric are small enough beside the baseline's mean.
#[must_use]
pub fn enough(_design: &Design, _trials: &[Vec<Vec<Trial>>], _relative_half_width: f64) -> bool {
    false
}
