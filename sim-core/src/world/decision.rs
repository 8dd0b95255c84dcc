//! What deciding costs, where a scenario charges it: time on a machine that decides, and that machine's power.

use crate::ids::SiteId;
use crate::units::{SimDuration, Watts};

/// The cost of one decision: stated by the scenario, never measured by a clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionCost {
    /// Time of every decision [s].
    pub fixed_s: f64,
    /// Time for each device that may run the request [s].
    pub per_candidate_s: f64,
    /// Power of the machine that decides, above its idle power, while it decides; times its site's PUE.
    pub power: Watts,
    /// Where one machine decides for all, one request after another; `None` where each origin decides for its own.
    pub at: Option<SiteId>,
}

impl DecisionCost {
    /// How long a decision among so many devices takes.
    #[must_use]
    pub fn span(&self, candidates: u32) -> SimDuration {
        SimDuration::from_secs(self.fixed_s + self.per_candidate_s * f64::from(candidates))
    }
}
