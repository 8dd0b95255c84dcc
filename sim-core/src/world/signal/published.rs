//! What of a signal is public: an interval's mean at its end plus a lag.

use super::{EndPolicy, Signal, from_nanos, nanos};
use crate::units::{Intensity, SimDuration, SimTime};

/// What of a signal is public at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    /// First instant whose value is public [ns since the epoch]: the start of the series, or of the epoch's interval.
    pub from: i64,
    /// First instant after those whose values are public [ns since the epoch]; a bound of the series.
    pub until: i64,
    /// The newest public value; the first interval's own before any is.
    pub latest: Intensity,
}

impl Signal {
    /// The latest value that is public at `at`: of an interval that ended at least `lag` before.
    ///
    /// Before the first publication it is the first interval's value.
    #[must_use]
    pub fn published(&self, at: SimTime, lag: SimDuration) -> Intensity {
        self.known(at, lag).latest
    }

    /// What is public at `at`. A series of one value is known for all time. After the end of a series that does not wrap
    /// nothing new is published: what holds then is not known to anyone.
    ///
    /// A series that wraps has no past before its start, because what stands there is its end: the future. One that
    /// starts after the epoch stands in an earlier lap then, whose past begins with the epoch's interval.
    pub(crate) fn known(&self, at: SimTime, lag: SimDuration) -> Known {
        let (start, end) = self.span();
        if self.values.len() == 1 {
            return Known { from: i64::MIN, until: i64::MAX, latest: Intensity(self.values[0]) };
        }
        let public = nanos(at).saturating_sub(i64::try_from(lag.0).unwrap_or(i64::MAX));
        let (from, first_end) = self.first();
        if public < first_end {
            return Known { from, until: from, latest: self.value(from) };
        }
        // The interval that holds `public` is not over yet: the one before it is the newest whole one.
        let (lap, k) = self.locate(public);
        let until =
            if self.end != EndPolicy::Wrap && public >= end { end } else { lap * (end - start) + self.bound(k) };
        Known { from, until, latest: self.value(until - 1) }
    }

    /// The first interval that can ever be public [ns since the epoch]: the series' own first, or that of the epoch
    /// where the series starts later and wraps.
    fn first(&self) -> (i64, i64) {
        if self.end == EndPolicy::Wrap && self.bound(0) > 0 {
            self.interval(self.ordinal(0))
        } else {
            (self.bound(0), self.bound(1))
        }
    }

    /// The first instant after `at` at which [`Signal::published`] may differ; never, when no more change comes.
    #[must_use]
    pub fn next_publication(&self, at: SimTime, lag: SimDuration) -> SimTime {
        let len = self.values.len();
        if len == 1 {
            return SimTime::NEVER;
        }
        let lag = i64::try_from(lag.0).unwrap_or(i64::MAX);
        let known = nanos(at).saturating_sub(lag);
        let (start, end) = self.span();
        if self.end != EndPolicy::Wrap && known >= end {
            return SimTime::NEVER;
        }
        let (lap, k) = self.locate(known);
        let (first, first_end) = self.first();
        let next = if known < first { first_end } else { lap * (end - start) + self.bound(k + 1) };
        from_nanos(next.saturating_add(lag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::signal::{Basis, Gas, Labels, Provenance, Scope};
    use proptest::prelude::*;

    const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
    const HOUR: u64 = 3_600_000_000_000;

    fn hourly(values: Vec<f64>, end: EndPolicy) -> Signal {
        Signal::regular(0, SimDuration(HOUR), values, end, LABELS, Provenance::Given("test".into())).unwrap()
    }

    #[test]
    fn an_intervals_mean_is_public_at_its_end_plus_the_lag() {
        let signal = hourly(vec![100.0, 200.0, 300.0], EndPolicy::Error);
        let lag = SimDuration(HOUR / 2);
        assert_eq!(signal.published(SimTime(2 * HOUR + HOUR / 2 - 1), lag), Intensity(100.0));
        assert_eq!(signal.published(SimTime(2 * HOUR + HOUR / 2), lag), Intensity(200.0));
        assert_eq!(signal.published(SimTime(3 * HOUR), SimDuration::ZERO), Intensity(300.0));
    }

    #[test]
    fn a_series_that_wraps_before_its_own_start_is_published_too() {
        // 100, 200, 300 from 5 h on; so 200 from 0 h, 300 from 1 h, 100 from 2 h, …
        let signal = hourly(vec![100.0, 200.0, 300.0], EndPolicy::Wrap).shifted(-5 * HOUR as i64);
        let published = |hour: u64| signal.published(SimTime(hour * HOUR), SimDuration::ZERO).0;
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(published), [200.0, 200.0, 300.0, 100.0, 200.0, 300.0, 100.0]);
        assert_eq!(signal.next_publication(SimTime::ZERO, SimDuration::ZERO), SimTime(HOUR));
        assert_eq!(signal.known(SimTime(2 * HOUR), SimDuration::ZERO).from, 0);
    }

    proptest! {
        #[test]
        fn what_is_published_changes_only_when_announced(
            values in prop::collection::vec(0.0f64..900.0, 1..9), start in -5i64..3, lag in 0u64..3, policy in 0usize..3,
        ) {
            let end = [EndPolicy::Error, EndPolicy::Hold, EndPolicy::Wrap][policy];
            let signal = hourly(values, end).shifted(-start * HOUR as i64);
            let lag = SimDuration(lag * HOUR / 2);
            let (mut shown, mut next) = (signal.published(SimTime::ZERO, lag), signal.next_publication(SimTime::ZERO, lag));
            for at in (0..20 * 4).map(|quarter| SimTime(quarter * HOUR / 4)) {
                while next <= at {
                    shown = signal.published(next, lag);
                    let after = signal.next_publication(next, lag);
                    prop_assert!(after > next);
                    next = after;
                }
                prop_assert_eq!(signal.published(at, lag), shown, "at {:?}", at);
            }
        }
    }
}
