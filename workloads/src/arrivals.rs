//! Where requests come from: one file an arrival process, and what they share.
//!
//! A new open process is a new iterator of instants; [`open_loop::OpenLoop`] makes an arrival source of it.

pub mod closed_loop;
pub mod deterministic;
pub mod diurnal;
pub mod draw;
pub mod merge;
pub mod mix;
pub mod mmpp;
pub mod on_off;
pub mod open_loop;
pub mod origins;
pub mod poisson;
pub mod replay;
pub mod workday_jobs;

use sim_core::units::{NANOS_PER_SECOND, SimDuration, SimTime};

/// Rate of arrivals [1/s].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct PerSecond(pub f64);

/// A running time that adds seconds without rounding each of them to the nanosecond.
///
/// Whole seconds are counted apart, so that a gap late in a year keeps the digits of one early in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clock {
    /// Whole seconds since the epoch [s].
    whole: u64,
    /// What is beyond them [s], in [0, 1).
    part: f64,
}

impl Clock {
    /// A clock that shows `start`.
    pub fn at(start: SimTime) -> Self {
        let part = (start.0 % NANOS_PER_SECOND) as f64 / NANOS_PER_SECOND as f64;
        Self { whole: start.0 / NANOS_PER_SECOND, part }
    }

    /// Lets `seconds` pass [s].
    pub fn advance(&mut self, seconds: f64) {
        let part = self.part + seconds;
        // A cast is the floor of what is not negative, and no call of a library.
        let whole = part as u64;
        self.part = part - whole as f64;
        self.whole = self.whole.saturating_add(whole);
    }

    /// The time it shows, rounded to the nanosecond; never, when it ran beyond all time.
    pub fn now(&self) -> SimTime {
        let SimDuration(nanos) = SimDuration::from_secs(self.part);
        self.whole
            .checked_mul(NANOS_PER_SECOND)
            .and_then(|whole| whole.checked_add(nanos))
            .map_or(SimTime::NEVER, SimTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_loses_nothing_over_a_year_of_small_gaps() {
        let year = 365 * 86_400;
        let mut clock = Clock::at(SimTime(year * NANOS_PER_SECOND));
        // A binary fraction, so the exact sum is known: 2^20 gaps of 2^-20 s are one second.
        (0..1u32 << 20).for_each(|_| clock.advance(1.0 / f64::from(1u32 << 20)));
        assert_eq!(clock.now(), SimTime((year + 1) * NANOS_PER_SECOND));
        clock.advance(1e300);
        assert_eq!(clock.now(), SimTime::NEVER);
    }
}
