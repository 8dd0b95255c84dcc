//! Arrivals at a fixed gap.

use sim_core::units::{SimDuration, SimTime};

use crate::error::{ParameterError, within};

/// The instants `first`, `first + gap`, `first + 2·gap`, …, exact because the gap is whole nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deterministic {
    next: SimTime,
    gap: SimDuration,
}

impl Deterministic {
    /// Instants from `first` on, `gap` apart.
    ///
    /// # Errors
    /// If the gap is zero: the loop would never end.
    pub fn new(first: SimTime, gap: SimDuration) -> Result<Self, ParameterError> {
        within("gap", gap.as_secs(), gap.0 > 0, "at least a nanosecond")?;
        Ok(Self { next: first, gap })
    }
}

impl Iterator for Deterministic {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let at = self.next;
        self.next = at + self.gap;
        (at != SimTime::NEVER).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_millionth_arrival_is_a_million_gaps_after_the_first() {
        let mut instants = Deterministic::new(SimTime(5), SimDuration::from_millis(1.0)).unwrap();
        assert_eq!(instants.nth(1_000_000), Some(SimTime(5 + 1_000_000 * 1_000_000)));
        assert!(Deterministic::new(SimTime::ZERO, SimDuration::ZERO).is_err());
    }
}
