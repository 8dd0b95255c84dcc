//! The seasonal naive forecast: what was one period before.

use sim_core::units::{Intensity, SimDuration, SimTime};
use sim_core::world::forecast::{FromPast, Past};

use crate::error::{ParameterError, positive};

/// The intensity one period before the target, or the newest whole number of periods before that is public; the newest
/// public value where the series does not reach back so far.
///
/// Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed. (2021), §5.2: with season m and
/// k = ⌊(h − 1) ÷ m⌋, ŷ(T + h) = y(T + h − m(k + 1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeasonalNaive {
    period: SimDuration,
}

impl SeasonalNaive {
    /// A forecast with that period.
    ///
    /// # Errors
    /// If the period is no span.
    pub fn new(period: SimDuration) -> Result<Self, ParameterError> {
        positive("the period [s]", period.as_secs()).map(|_| Self { period })
    }

    /// How far back the target's value is looked for.
    fn back(&self, past: &Past, target: SimTime) -> SimDuration {
        let periods = past.ahead(target).0 / self.period.0 + 1;
        SimDuration(periods.saturating_mul(self.period.0))
    }
}

impl FromPast for SeasonalNaive {
    fn name(&self) -> &str {
        "seasonal-naive"
    }

    fn parameters(&self) -> String {
        format!("period {} h", self.period.as_secs() / 3600.0)
    }

    fn at(&self, past: &Past, target: SimTime) -> Intensity {
        past.before(target, self.back(past, target)).unwrap_or(past.latest())
    }

    fn reaches(&self, past: &Past, target: SimTime) -> bool {
        past.before(target, self.back(past, target)).is_some()
    }

    fn holds_until(&self, past: &Past, target: SimTime) -> SimTime {
        past.before_holds_until(target, self.back(past, target))
    }
}
