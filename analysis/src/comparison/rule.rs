//! How differences are judged: confidence, margin, and whether the number of units was fixed or found.

use serde::Serialize;

use super::design::Design;
use crate::inference::contrast::Contrast;
use crate::inference::sequential::{self, PILOT};
use crate::inference::units::Units;

/// The rule of stopping under which units were added.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stopping {
    /// Half-width asked for, as a share of the baseline's value of the primary metric.
    pub relative_half_width: f64,
    /// Whether it was reached, or the maximum ended the sampling.
    pub reached: bool,
}

/// The parameters of all tests and intervals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub confidence: f64,
    pub margin: f64,
    pub sequential: bool,
}

impl Rule {
    /// What cannot be a confidence is taken as the usual one.
    pub fn new(design: &Design, sequential: bool) -> Self {
        let fits = design.confidence > 0.0 && design.confidence < 1.0;
        let confidence = if fits { design.confidence } else { crate::replications::CONFIDENCE };
        Self { confidence, margin: design.margin, sequential }
    }

    /// Chance of a false verdict over all schedulers.
    pub fn alpha(&self) -> f64 {
        1.0 - self.confidence
    }

    pub fn of(&self, units: &Units) -> Option<Contrast> {
        if self.staged(units) { sequential::of(units) } else { Contrast::of(units) }
    }

    pub fn paired(&self, baseline: &Units, other: &Units) -> Option<Contrast> {
        if self.staged(baseline) { sequential::paired(baseline, other) } else { Contrast::paired(baseline, other) }
    }

    /// Up to the pilot nothing has been decided by what was seen.
    fn staged(&self, units: &Units) -> bool {
        self.sequential && units.len() > PILOT
    }
}
