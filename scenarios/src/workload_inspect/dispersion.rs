//! The index of dispersion of counts: how bursty arrivals are, seen through windows of a length.

use sim_core::units::{SimDuration, SimTime};

/// Counts in windows of one length, one after another from the start on.
///
/// The index is the variance of the counts ÷ their mean: 1 for a Poisson process at any length, more if arrivals come in
/// bursts (Cox & Lewis, The Statistical Analysis of Series of Events, 1966).
#[derive(Clone, Copy, Debug)]
pub struct Dispersion {
    /// The length of a window.
    pub window: SimDuration,
    /// The window of the newest arrival, and its count.
    open: u64,
    count: u64,
    /// Sums over the windows before it.
    sum: u128,
    squares: u128,
}

impl Dispersion {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(window: SimDuration) -> Self {
        Self { window, open: 0, count: 0, sum: 0, squares: 0 }
    }

    /// Counts an arrival; they come in order of time.
    pub fn add(&mut self, at: SimTime) {
        self.close(at.0 / self.window.0);
        self.count += 1;
    }

    fn close(&mut self, next: u64) {
        if next > self.open {
            self.sum += u128::from(self.count);
            self.squares += u128::from(self.count) * u128::from(self.count);
            (self.open, self.count) = (next, 0);
        }
    }

    /// The number of whole windows up to `end`, and the index over them; none below two windows, or without an arrival.
    #[must_use]
    pub fn up_to(mut self, end: SimTime) -> (u64, Option<f64>) {
        let windows = end.0 / self.window.0;
        self.close(windows);
        if windows < 2 || self.sum == 0 {
            return (windows, None);
        }
        let (n, sum) = (windows as f64, self.sum as f64);
        // Σ(x − x̄)² = Σx² − (Σx)²/n, over integers until here.
        let variance = (self.squares as f64 - sum * sum / n) / (n - 1.0);
        (windows, Some(variance / (sum / n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sim_core::kernel::rng::{Purpose, Streams};
    use workloads::arrivals::PerSecond;
    use workloads::arrivals::mmpp::{Mmpp, State, Switching};
    use workloads::arrivals::poisson::Poisson;

    /// The index of a process over an hour-long look through windows of a length [s].
    fn index(process: impl Iterator<Item = SimTime>, window_s: f64, end: SimTime) -> f64 {
        let mut dispersion = Dispersion::new(SimDuration::from_secs(window_s));
        process.take_while(|&at| at < end).for_each(|at| dispersion.add(at));
        dispersion.up_to(end).1.expect("many windows")
    }

    #[test]
    fn a_poisson_process_has_index_one_and_bursts_have_theirs() {
        let end = SimTime::from_secs(200_000.0);
        let stream = || Streams::new(3, 0).stream(Purpose::Arrivals, 0);
        // Five standard errors √(2/n) of the index.
        for (window_s, error) in [(1.0, 0.016), (10.0, 0.05), (60.0, 0.13)] {
            let process = Poisson::new(PerSecond(3.0), SimTime::ZERO, stream()).expect("a rate");
            assert!((index(process, window_s, end) - 1.0).abs() < error);
        }
        let state = |rate, mean_s| State { rate: PerSecond(rate), mean: SimDuration::from_secs(mean_s) };
        let bursts = Mmpp::new(vec![state(40.0, 2.0), state(4.0, 6.0)], Switching::Cyclic, SimTime::ZERO, stream());
        // 1 + 2(a − b)²rs/((r + s)²(as + br)) · (1 − (1 − e^{−(r+s)t})/((r + s)t)), with a = 40, b = 4, r = 1/2, s = 1/6.
        let (sum, t) = (2.0 / 3.0, 10.0);
        let limit = 2.0 * 36.0f64.powi(2) / 12.0 / (sum * sum * (40.0 / 6.0 + 2.0));
        let expected = 1.0 + limit * (1.0 - (1.0 - f64::exp(-sum * t)) / (sum * t));
        let index = index(bursts.expect("a process"), t, end);
        assert!((index / expected - 1.0).abs() < 0.1, "{index} is not {expected}");
    }

    proptest! {
        #[test]
        fn a_stream_of_counts_has_the_variance_of_a_table_of_them(mut times in prop::collection::vec(0u64..1000, 1..100), end in 0u64..1100) {
            times.sort_unstable();
            times.retain(|&at| at < end.max(1));
            let mut dispersion = Dispersion::new(SimDuration(70));
            times.iter().for_each(|&at| dispersion.add(SimTime(at)));
            let counts: Vec<f64> =
                (0..end / 70).map(|k| times.iter().filter(|&&at| at / 70 == k).count() as f64).collect();
            let mean = counts.iter().sum::<f64>() / counts.len() as f64;
            let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (counts.len() as f64 - 1.0);
            let (windows, index) = dispersion.up_to(SimTime(end));
            prop_assert_eq!(windows, counts.len() as u64);
            match index {
                Some(index) => prop_assert!((index - variance / mean).abs() < 1e-9 * (1.0 + index)),
                None => prop_assert!(counts.len() < 2 || mean == 0.0),
            }
        }
    }
}
