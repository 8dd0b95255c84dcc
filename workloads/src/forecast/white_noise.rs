//! The forecast of Let's Wait Awhile: what will happen, with white noise on it.

use rand_distr::{Distribution, StandardNormal};
use sim_core::units::{Intensity, SimTime};
use sim_core::world::forecast::{Oracle, OracleDerived};

use crate::error::{ParameterError, not_negative};

/// Truth + N(0, σ²), σ being a share of the signal's mean over the whole series (Wiesner et al., Let's Wait Awhile,
/// Middleware 2021, arXiv 2110.13234).
///
/// As in the authors' code (github.com/dos-group/lets-wait-awhile, `_apply_error`) every interval gets one draw for the
/// whole run: neither the horizon nor a newer issue changes it. Unlike there, nothing is expected below zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhiteNoise {
    error: f64,
}

impl WhiteNoise {
    /// Noise with a standard deviation of `error` × the signal's mean.
    ///
    /// # Errors
    /// If the error is negative or not finite.
    pub fn new(error: f64) -> Result<Self, ParameterError> {
        not_negative("the error", error).map(|error| Self { error })
    }
}

impl OracleDerived for WhiteNoise {
    fn name(&self) -> &str {
        "white-noise"
    }

    fn parameters(&self) -> String {
        format!("σ = {} × mean of the signal", self.error)
    }

    fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        let draw: f64 = StandardNormal.sample(&mut oracle.target_noise(target));
        let sigma = self.error * oracle.actual().mean().0;
        Intensity((oracle.actual().at(target).0 + sigma * draw).max(0.0))
    }
}
