//! Spans of time counted in fixed memory, for their quantiles.

use hdrhistogram::Histogram;
use sim_core::units::SimDuration;

/// Largest relative error of a quantile: half a bucket of a histogram of three significant digits.
pub const QUANTILE_ERROR: f64 = 1.0 / 2048.0;

/// Longest span told apart from longer ones: 400 days.
pub const LONGEST: SimDuration = SimDuration::from_hours(400 * 24);

/// A histogram of spans with exact count, mean and extremes; its size does not depend on how many it has seen.
#[derive(Clone, Debug)]
pub struct Spans {
    buckets: Histogram<u64>,
    /// Exact: u128 holds 2⁶⁴ spans of 2⁶⁴ ns.
    total: u128,
    min: SimDuration,
    max: SimDuration,
}

impl Spans {
    /// An empty histogram; takes all the memory it will ever need.
    #[must_use]
    pub fn new() -> Self {
        let buckets = Histogram::new_with_bounds(1, LONGEST.0, 3).expect("invariant: bounds of a histogram");
        Self { buckets, total: 0, min: SimDuration::MAX, max: SimDuration::ZERO }
    }

    /// Counts a span.
    #[inline]
    pub fn add(&mut self, span: SimDuration) {
        self.buckets.saturating_record(span.0);
        self.total += u128::from(span.0);
        self.min = self.min.min(span);
        self.max = self.max.max(span);
    }

    /// Counts all spans of another histogram too; the same as if they had been added here.
    pub fn merge(&mut self, other: &Self) {
        self.buckets.add(&other.buckets).expect("invariant: histograms of spans have the same bounds");
        self.total += other.total;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Number of spans.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.len()
    }

    /// Their mean [ms], exact; `None` without any.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.total as f64 / self.count() as f64 / 1e6)
    }

    /// The shortest, exact; `None` without any.
    #[must_use]
    pub fn min(&self) -> Option<SimDuration> {
        (self.count() > 0).then_some(self.min)
    }

    /// The longest, exact; `None` without any.
    #[must_use]
    pub fn max(&self) -> Option<SimDuration> {
        (self.count() > 0).then_some(self.max)
    }

    /// The ⌈q·n⌉-th shortest span within [`QUANTILE_ERROR`] of it, for q in 0…1; `None` without any.
    ///
    /// Spans beyond [`LONGEST`] count as the longest one.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<SimDuration> {
        let (min, max) = (self.min()?, self.max()?);
        let bucket = self.buckets.value_at_quantile(q);
        if bucket >= self.buckets.highest_equivalent(LONGEST.0) {
            return Some(max);
        }
        Some(SimDuration(self.buckets.median_equivalent(bucket).clamp(min.0, max.0)))
    }
}

impl Default for Spans {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quantile_is_that_of_the_sorted_spans_within_the_stated_error(
            logs in prop::collection::vec(0.0f64..16.5, 1..400), q in 0.0f64..=1.0,
        ) {
            let mut sorted: Vec<u64> = logs.iter().map(|log| 10f64.powf(*log) as u64).collect();
            let mut spans = Spans::new();
            sorted.iter().for_each(|&nanos| spans.add(SimDuration(nanos)));
            sorted.sort_unstable();
            for q in [0.5, 0.95, 0.99, 1.0, q] {
                let rank = ((q * sorted.len() as f64).ceil() as usize).max(1);
                let exact = sorted[rank - 1] as f64;
                let got = spans.quantile(q).expect("not empty").0 as f64;
                prop_assert!((got - exact).abs() <= QUANTILE_ERROR * exact, "q {} is {}, not {}", q, got, exact);
            }
            prop_assert_eq!(spans.min(), sorted.first().copied().map(SimDuration));
            prop_assert_eq!(spans.max(), sorted.last().copied().map(SimDuration));
        }

        #[test]
        fn merged_histograms_are_the_histogram_of_all_spans(
            nanos in prop::collection::vec(0u64..=2 * LONGEST.0, 1..200), split in 0usize..200, q in 0.0f64..=1.0,
        ) {
            let (left, right) = nanos.split_at(split.min(nanos.len()));
            let of = |nanos: &[u64]| {
                let mut spans = Spans::new();
                nanos.iter().for_each(|&nanos| spans.add(SimDuration(nanos)));
                spans
            };
            let (mut merged, all) = (of(left), of(&nanos));
            merged.merge(&of(right));
            let figures = |spans: &Spans| {
                (spans.count(), spans.mean_ms(), spans.min(), spans.max(), [0.5, 0.99, q].map(|q| spans.quantile(q)))
            };
            prop_assert_eq!(figures(&merged), figures(&all));
        }
    }

    #[test]
    fn the_mean_is_exact_and_a_span_beyond_the_longest_is_kept_as_the_maximum() {
        let mut spans = Spans::new();
        assert_eq!((spans.mean_ms(), spans.quantile(0.5)), (None, None));
        let long = SimDuration::from_hours(500 * 24);
        spans.add(SimDuration(2));
        spans.add(long);
        assert_eq!(spans.mean_ms(), Some((long.0 + 2) as f64 / 2e6));
        assert_eq!(spans.quantile(1.0), Some(long));
    }
}
