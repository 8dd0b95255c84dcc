//! The BCa bootstrap: an interval that follows the shape of the data.

use rand::RngExt;
use sim_core::kernel::rng::Stream;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::stats::Moments;

/// Fewest units for which an interval is offered: the acceleration is a third moment of the units, and with fewer the
/// bootstrap's intervals are too narrow (Hesterberg, *The American Statistician* 69 (2015), on narrowness bias).
pub const FEWEST: usize = 30;

/// Resamples of an interval: the default of `scipy.stats.bootstrap`, 10,000 with the sample itself.
pub const RESAMPLES: usize = 9_999;

/// State and stream of the generator of [`resampler`]: the first digits of e and of π, for nobody to choose.
const SEED: [u128; 2] = [0xb7e1_5162_8aed_2a6a, 0x243f_6a88_85a3_08d3];

/// Ends of a bootstrap interval; not symmetric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bca {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Bca {
    /// The bias-corrected and accelerated interval of a statistic of `units` independent units.
    ///
    /// Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), §14.3, eq. 14.9–14.15. `statistic` takes the
    /// units of a resample; `draw` fills a resample of as many units as there are. Ties of the bootstrap values with the
    /// estimate count half, and ends are interpolated between order statistics, both as in `scipy.stats.bootstrap`.
    /// `None` where the statistic is unknown for a resample, or all values lie on one side of the estimate.
    pub fn of(
        units: usize, resamples: usize, confidence: f64, statistic: impl Fn(&[usize]) -> Option<f64>,
        mut draw: impl FnMut(&mut [usize]),
    ) -> Option<Self> {
        let all: Vec<usize> = (0..units).collect();
        let estimate = statistic(&all)?;
        let mut resample = vec![0; units];
        let mut values = Vec::with_capacity(resamples);
        for _ in 0..resamples {
            draw(&mut resample);
            values.push(statistic(&resample)?);
        }
        values.sort_by(f64::total_cmp);
        let normal = Normal::standard();
        let z0 = normal.inverse_cdf(rank(&values, estimate));
        let acceleration = acceleration(&all, &statistic)?;
        let end = |z: f64| {
            let shifted = z0 + z;
            interpolated(&values, normal.cdf(z0 + shifted / (1.0 - acceleration * shifted)))
        };
        let z = normal.inverse_cdf(0.5 + confidence / 2.0);
        Some(Self { low: end(-z)?, high: end(z)? })
    }
}

/// Fills resamples of `units` units with a generator of a fixed seed: equal inputs give equal intervals.
pub fn resampler(units: usize) -> impl FnMut(&mut [usize]) {
    let mut stream = Stream::new(SEED[0], SEED[1]);
    move |resample| resample.iter_mut().for_each(|unit| *unit = stream.random_range(0..units))
}

/// Share of sorted values below the estimate, ties counted half.
fn rank(sorted: &[f64], estimate: f64) -> f64 {
    let below = sorted.partition_point(|&value| value < estimate);
    let up_to = sorted.partition_point(|&value| value <= estimate);
    (below + up_to) as f64 / (2 * sorted.len()) as f64
}

/// Σ(θ̄ − θ₋ᵢ)³ / 6(Σ(θ̄ − θ₋ᵢ)²)^{3/2}, eq. 14.15.
fn acceleration(all: &[usize], statistic: &impl Fn(&[usize]) -> Option<f64>) -> Option<f64> {
    let without = |i: usize| {
        let others: Vec<usize> = all.iter().copied().filter(|&unit| unit != i).collect();
        statistic(&others)
    };
    let left_out: Vec<f64> = all.iter().map(|&i| without(i)).collect::<Option<_>>()?;
    let mean = left_out.iter().copied().collect::<Moments>().mean()?;
    let power = |k| left_out.iter().map(|value| (mean - value).powi(k)).sum::<f64>();
    let acceleration = power(3) / (6.0 * power(2).powf(1.5));
    acceleration.is_finite().then_some(acceleration)
}

/// The quantile at (n − 1)·q of sorted values, linear between its neighbours; `None` if q is not a number.
fn interpolated(sorted: &[f64], q: f64) -> Option<f64> {
    let position = (sorted.len().checked_sub(1)? as f64) * q;
    if !(q > 0.0 && q < 1.0) {
        return None;
    }
    let (below, share) = (position.floor() as usize, position.fract());
    let above = (below + 1).min(sorted.len() - 1);
    Some(sorted[below] + share * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_no_interval_and_the_same_data_the_same_one() {
        let of = |values: &[f64]| {
            let mean = |units: &[usize]| Some(units.iter().map(|&i| values[i]).sum::<f64>() / units.len() as f64);
            Bca::of(values.len(), 999, 0.95, mean, resampler(values.len()))
        };
        assert_eq!(of(&[2.0; 40]), None);
        assert_eq!(of(&[]), None);
        let skewed: Vec<f64> = (1..=40).map(|k| f64::from(k).powi(4)).collect();
        let (once, again) = (of(&skewed).expect("spread"), of(&skewed).expect("spread"));
        assert_eq!(once, again);
        // The interval leans to the long tail.
        let mean = skewed.iter().sum::<f64>() / 40.0;
        assert!(once.high - mean > mean - once.low);
    }
}
