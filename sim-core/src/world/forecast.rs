//! Forecasts of carbon intensity: those made of the past alone, and those derived from what will happen.
//!
//! Which of the two a forecast is follows from its type. A [`FromPast`] is handed a [`Past`], through which nothing
//! can be seen that is not public; only an [`OracleDerived`] is handed the [`Oracle`]. So the label
//! [`Forecast::is_oracle_derived`] is true of whatever a forecast does with what it is asked with. What it was built
//! with is its own affair; conformance tests alter the future and look whether it notices.

mod oracle;
mod past;

use std::fmt::Debug;
use std::sync::Arc;

use crate::units::{Exposure, Intensity, SimTime};

pub use oracle::{Horizon, Oracle};
pub use past::Past;

/// No run lasts so long (146 years): later instants are taken for this one, so that arithmetic on them cannot overflow.
const LAST: SimTime = SimTime(i64::MAX as u64 / 2);

/// A forecast that someone at that hour could have made.
pub trait FromPast: Debug + Send + Sync {
    /// Its method, such as `persistence`.
    fn name(&self) -> &str;

    /// Its parameters in words; empty without any.
    fn parameters(&self) -> String {
        String::new()
    }

    /// The intensity expected at an instant whose own is not public.
    fn at(&self, past: &Past, target: SimTime) -> Intensity;

    /// The first instant after `target` at which [`FromPast::at`] may differ, asked at the same time.
    fn holds_until(&self, past: &Past, target: SimTime) -> SimTime;

    /// Whether its method says something of an instant; where it does not, [`FromPast::at`] is the newest public value.
    fn reaches(&self, past: &Past, target: SimTime) -> bool {
        let _ = (past, target);
        true
    }

    /// The first instant after `now` at which it changes although no intensity becomes public.
    fn next_issue(&self, now: SimTime) -> SimTime {
        let _ = now;
        SimTime::NEVER
    }
}

/// A forecast that nobody could have made: it is told what will happen.
pub trait OracleDerived: Debug + Send + Sync {
    /// Its method, such as `perfect`.
    fn name(&self) -> &str;

    /// Its parameters in words; empty without any.
    fn parameters(&self) -> String {
        String::new()
    }

    /// The intensity expected at an instant whose own is not public.
    fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity;

    /// The first instant after `target` at which [`OracleDerived::at`] may differ, asked at the same time.
    fn holds_until(&self, oracle: &Oracle, target: SimTime) -> SimTime {
        oracle.actual().next_change(target)
    }

    /// Integral of the forecast over a span of which nothing is public [g/kWh · s].
    fn exposure(&self, oracle: &Oracle, from: SimTime, to: SimTime) -> Exposure {
        walk(from, to, |target| (self.at(oracle, target), self.holds_until(oracle, target)))
    }
}

/// What schedulers may believe of a zone's intensity to come.
#[derive(Clone, Debug)]
pub enum Forecast {
    /// Made of the past alone.
    FromPast(Arc<dyn FromPast>),
    /// Derived from what will happen; outputs label it `oracle-derived`.
    OracleDerived(Arc<dyn OracleDerived>),
}

impl Default for Forecast {
    fn default() -> Self {
        Self::from_past(Persistence)
    }
}

impl Forecast {
    /// A forecast made of the past alone.
    pub fn from_past(forecast: impl FromPast + 'static) -> Self {
        Self::FromPast(Arc::new(forecast))
    }

    /// A forecast derived from what will happen.
    pub fn oracle_derived(forecast: impl OracleDerived + 'static) -> Self {
        Self::OracleDerived(Arc::new(forecast))
    }

    /// Its method, such as `persistence`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::FromPast(forecast) => forecast.name(),
            Self::OracleDerived(forecast) => forecast.name(),
        }
    }

    /// Its parameters in words; empty without any.
    #[must_use]
    pub fn parameters(&self) -> String {
        match self {
            Self::FromPast(forecast) => forecast.parameters(),
            Self::OracleDerived(forecast) => forecast.parameters(),
        }
    }

    /// Whether it uses what nobody could have known.
    #[must_use]
    pub fn is_oracle_derived(&self) -> bool {
        match self {
            Self::FromPast(_) => false,
            Self::OracleDerived(_) => true,
        }
    }

    /// The intensity at an instant as far as it is public, else as it is expected.
    #[must_use]
    pub fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        let target = target.min(LAST);
        match oracle.past().at(target) {
            Some(public) => public,
            None => self.expected(oracle, target),
        }
    }

    /// [`Forecast::at`] of an instant, with the first instant after it at which that may differ, asked at the same time.
    #[must_use]
    pub fn step(&self, oracle: &Oracle, target: SimTime) -> (Intensity, SimTime) {
        let target = target.min(LAST);
        let (value, until) = match (oracle.past().at(target), self) {
            (Some(public), _) => (public, oracle.actual().next_change(target)),
            (None, Self::FromPast(forecast)) => {
                (forecast.at(oracle.past(), target), forecast.holds_until(oracle.past(), target))
            }
            (None, Self::OracleDerived(forecast)) => {
                (forecast.at(oracle, target), forecast.holds_until(oracle, target))
            }
        };
        // A forecast that names no later instant must not stop who walks over it.
        (value, SimTime(until.0.max(target.0 + 1)))
    }

    /// Whether an instant is public, or within what the method says something of.
    #[must_use]
    pub fn reaches(&self, oracle: &Oracle, target: SimTime) -> bool {
        let target = target.min(LAST);
        match self {
            Self::FromPast(forecast) => oracle.past().at(target).is_some() || forecast.reaches(oracle.past(), target),
            Self::OracleDerived(_) => true,
        }
    }

    /// The mean of [`Forecast::at`] over a span, exact by its own steps; its value at `from` if the span is empty.
    #[must_use]
    pub fn mean(&self, oracle: &Oracle, from: SimTime, to: SimTime) -> Intensity {
        let (from, to) = (from.min(LAST), to.min(LAST));
        if to <= from {
            return self.at(oracle, from);
        }
        let (start, end) = oracle.past().public_within(from, to);
        let public = if start < end { oracle.actual().integral(start, end) } else { Exposure::ZERO };
        (self.exposure(oracle, from, start) + public + self.exposure(oracle, end, to)) / to.since(from)
    }

    /// The first instant after `now` at which the expectation for the present instant may differ, if nothing becomes
    /// public meanwhile.
    #[must_use]
    pub(crate) fn next_change(&self, oracle: &Oracle) -> SimTime {
        let now = oracle.past().now();
        let next = match self {
            Self::FromPast(forecast) => forecast.holds_until(oracle.past(), now).min(forecast.next_issue(now)),
            Self::OracleDerived(forecast) => forecast.holds_until(oracle, now),
        };
        // A forecast that names no later instant must not stop time.
        SimTime(next.0.max(now.0.saturating_add(1)))
    }

    fn expected(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        match self {
            Self::FromPast(forecast) => forecast.at(oracle.past(), target),
            Self::OracleDerived(forecast) => forecast.at(oracle, target),
        }
    }

    fn exposure(&self, oracle: &Oracle, from: SimTime, to: SimTime) -> Exposure {
        match self {
            Self::FromPast(forecast) => {
                let past = oracle.past();
                walk(from, to, |target| (forecast.at(past, target), forecast.holds_until(past, target)))
            }
            Self::OracleDerived(forecast) => forecast.exposure(oracle, from, to),
        }
    }
}

/// Integral over `[from, to]` of what `step` tells: the value at an instant and until when it holds.
pub fn walk(from: SimTime, to: SimTime, mut step: impl FnMut(SimTime) -> (Intensity, SimTime)) -> Exposure {
    let (mut at, mut total) = (from, Exposure::ZERO);
    while at < to {
        let (value, until) = step(at);
        let next = SimTime(until.0.max(at.0 + 1)).min(to);
        total += value * next.since(at);
        at = next;
    }
    total
}

/// The newest public intensity, for every instant to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence;

impl FromPast for Persistence {
    fn name(&self) -> &str {
        "persistence"
    }

    fn at(&self, past: &Past, _: SimTime) -> Intensity {
        past.latest()
    }

    fn holds_until(&self, _: &Past, _: SimTime) -> SimTime {
        SimTime::NEVER
    }
}
