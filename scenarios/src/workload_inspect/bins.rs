//! Counts over time in a fixed number of bins, whose width grows with the span.

use sim_core::units::SimTime;

/// Most bins; there are a fifth as many at least once time has passed that many of the shortest.
const MOST: usize = 80;
/// A millisecond [ns].
const MS: u64 = 1_000_000;
/// Widths that are easy to say, each a multiple of the one before [ns]: 1 ms to 2 days. Beyond them they double.
const WIDTHS: [u64; 20] = [
    MS,
    2 * MS,
    10 * MS,
    20 * MS,
    100 * MS,
    200 * MS,
    1_000 * MS,
    2_000 * MS,
    10_000 * MS,
    20_000 * MS,
    60_000 * MS,
    120_000 * MS,
    600_000 * MS,
    1_200_000 * MS,
    3_600_000 * MS,
    7_200_000 * MS,
    21_600_000 * MS,
    43_200_000 * MS,
    86_400_000 * MS,
    172_800_000 * MS,
];

/// Counts in bins of equal width from the start on.
#[derive(Clone, Debug)]
pub struct Bins {
    width: u64,
    counts: Vec<u64>,
}

impl Default for Bins {
    fn default() -> Self {
        Self { width: WIDTHS[0], counts: Vec::with_capacity(MOST) }
    }
}

impl Bins {
    /// Counts something at a time.
    pub fn add(&mut self, at: SimTime) {
        self.reach(at);
        let bin = (at.0 / self.width) as usize;
        if self.counts.len() <= bin {
            self.counts.resize(bin + 1, 0);
        }
        self.counts[bin] += 1;
    }

    /// Widens the bins until one of them holds a time: neighbours become one.
    fn reach(&mut self, at: SimTime) {
        while at.0 / self.width >= MOST as u64 {
            let next = WIDTHS.iter().copied().find(|&width| width > self.width).unwrap_or(self.width * 2);
            let together = (next / self.width) as usize;
            self.counts = self.counts.chunks(together).map(|bins| bins.iter().sum()).collect();
            self.width = next;
        }
    }

    /// The width of a bin [s] and the counts of the bins up to `end`; the last one may be cut short.
    #[must_use]
    pub fn up_to(mut self, end: SimTime) -> (f64, Vec<u64>) {
        self.reach(end);
        let bins = end.0.div_ceil(self.width).max(self.counts.len() as u64) as usize;
        self.counts.resize(bins, 0);
        (self.width as f64 / 1e9, self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_width_is_a_multiple_of_the_one_before() {
        assert!(WIDTHS.windows(2).all(|pair| pair[1] % pair[0] == 0 && pair[1] / pair[0] <= 5));
    }

    proptest! {
        #[test]
        fn bins_that_grow_hold_what_bins_of_the_last_width_would(times in prop::collection::vec(0u64..10_000_000_000, 0..200)) {
            let mut bins = Bins::default();
            times.iter().for_each(|&at| bins.add(SimTime(at)));
            let (width_s, counts) = bins.up_to(SimTime(10_000_000_000));
            let width = (width_s * 1e9) as u64;
            prop_assert!(counts.len() > MOST / 5 && counts.len() <= MOST);
            for (bin, &count) in counts.iter().enumerate() {
                let inside = times.iter().filter(|&&at| (at / width) as usize == bin).count();
                prop_assert_eq!(count, inside as u64);
            }
        }
    }
}
