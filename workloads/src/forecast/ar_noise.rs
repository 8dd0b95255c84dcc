//! The forecast with autocorrelated errors that grow with the horizon.

use rand_distr::{Distribution, StandardNormal};
use sim_core::kernel::rng::Stream;
use sim_core::units::{Exposure, Intensity, SimDuration, SimTime};
use sim_core::world::forecast::{Horizon, Oracle, OracleDerived, walk};

use crate::error::{ParameterError, not_negative, within};

/// Truth × (1 + bias + σ(h)·e), not below zero.
///
/// Along the targets of one issue, e is a stationary autoregressive process of order one with variance 1: two targets
/// one interval of the signal apart have the stated correlation. Each issue, which is each publication of the signal,
/// draws anew. The variance grows in a straight line with the horizon, as that of a random walk does, through the two
/// stated points: σ²(h) = σ₁² + (σ₂₄² − σ₁²)·(h − s) ÷ (24 h − s), s being the first interval's length. Beyond 24 h it
/// goes on growing so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArNoise {
    one_step: f64,
    day_ahead: f64,
    autocorrelation: f64,
    bias: f64,
}

const DAY: SimDuration = SimDuration::from_hours(24);

impl ArNoise {
    /// Relative errors: standard deviation of the first interval that is not public and of 24 h ahead, correlation of
    /// neighbouring targets, and mean (−0.05 for 5 % too low).
    ///
    /// # Errors
    /// If an error is negative, that at 24 h is the smaller one, the correlation is not within (−1, 1), or the bias below
    /// −1.
    pub fn new(one_step: f64, day_ahead: f64, autocorrelation: f64, bias: f64) -> Result<Self, ParameterError> {
        let one_step = not_negative("the error at one step", one_step)?;
        let grows = day_ahead.is_finite() && day_ahead >= one_step;
        let day_ahead = within("the error at 24 h", day_ahead, grows, "finite and no less than that at one step")?;
        let stationary = autocorrelation.abs() < 1.0;
        let autocorrelation =
            within("the autocorrelation", autocorrelation, stationary, "more than −1 and less than 1")?;
        let bias = within("the bias", bias, bias.is_finite() && bias >= -1.0, "finite and no less than −1")?;
        Ok(Self { one_step, day_ahead, autocorrelation, bias })
    }

    /// Standard deviation of the relative error at a horizon.
    #[must_use]
    pub fn sigma(&self, horizon: &Horizon) -> f64 {
        let (first, last) = (self.one_step.powi(2), self.day_ahead.powi(2));
        if horizon.first >= DAY {
            return self.day_ahead;
        }
        let share = (horizon.ahead - horizon.first).as_secs() / (DAY - horizon.first).as_secs();
        (first + (last - first) * share).sqrt()
    }

    fn errors(&self, oracle: &Oracle) -> Errors {
        Errors { draws: oracle.issue_noise(), correlation: self.autocorrelation, last: None }
    }

    fn blurred(&self, oracle: &Oracle, target: SimTime, horizon: &Horizon, error: f64) -> Intensity {
        let factor = 1.0 + self.bias + self.sigma(horizon) * error;
        Intensity(oracle.actual().at(target).0 * factor.max(0.0))
    }
}

impl OracleDerived for ArNoise {
    fn name(&self) -> &str {
        "ar-noise"
    }

    fn parameters(&self) -> String {
        let Self { one_step, day_ahead, autocorrelation, bias } = self;
        format!(
            "relative error {one_step} at one step, {day_ahead} at 24 h, autocorrelation {autocorrelation}, bias {bias}"
        )
    }

    fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        let horizon = oracle.horizon(target);
        let error = self.errors(oracle).ahead(horizon.steps);
        self.blurred(oracle, target, &horizon, error)
    }

    /// Goes along the targets once, where asking for each would draw all before it again.
    fn exposure(&self, oracle: &Oracle, from: SimTime, to: SimTime) -> Exposure {
        let (mut errors, mut reached, mut error) = (self.errors(oracle), 0, 0.0);
        walk(from, to, |target| {
            let horizon = oracle.horizon(target);
            if horizon.steps > reached {
                error = errors.ahead(horizon.steps - reached);
                reached = horizon.steps;
            }
            (self.blurred(oracle, target, &horizon, error), self.holds_until(oracle, target))
        })
    }
}

/// The standardised errors of one issue, from the first target on.
struct Errors {
    draws: Stream,
    correlation: f64,
    last: Option<f64>,
}

impl Errors {
    /// The error so many targets on, at least one.
    fn ahead(&mut self, steps: u64) -> f64 {
        (0..steps).fold(0.0, |_, _| self.next())
    }

    fn next(&mut self) -> f64 {
        let draw: f64 = StandardNormal.sample(&mut self.draws);
        let rho = self.correlation;
        let next = self.last.map_or(draw, |last| rho * last + (1.0 - rho * rho).sqrt() * draw);
        *self.last.insert(next)
    }
}
