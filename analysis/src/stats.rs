//! Streaming moments with confidence intervals by Student's t.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Count, mean, variance and extremes of a stream, in constant memory.
///
/// Welford, *Technometrics* 4 (1962): mean += δ/n, M2 += δ·(x − mean), with δ = x − the mean before. The relative error
/// of the variance is at most about n·κ·ε with κ² = 1 + mean²/variance and ε = 2⁻⁵³, where the sums of squares of the
/// textbook lose n·κ²·ε (Chan, Golub and LeVeque, *The American Statistician* 37 (1983), table 1).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    m2: f64,
    min: f64,
    max: f64,
}

impl Moments {
    /// Adds an observation.
    #[inline]
    pub fn add(&mut self, value: f64) {
        if self.count == 0 {
            (self.min, self.max) = (value, value);
        }
        self.count += 1;
        let delta = value - self.mean;
        self.mean += delta / self.count as f64;
        self.m2 += delta * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Number of observations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; `None` without any.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Their unbiased variance (n − 1); `None` for fewer than two.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// The square root of the variance.
    #[must_use]
    pub fn std_dev(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// The smallest; `None` without any.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest; `None` without any.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max)
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<It: IntoIterator<Item = f64>>(values: It) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}

/// A mean and how far the true one may lie from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The estimate.
    pub mean: f64,
    /// Half the width of the confidence interval around it.
    pub half_width: f64,
}

impl Interval {
    /// The mean of independent values, such as one figure of each replication, at a confidence in (0, 1).
    ///
    /// x̄ ± t(n − 1, (1 + confidence)/2) · s/√n; `None` for fewer than two values.
    #[must_use]
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        let moments: Moments = values.iter().copied().collect();
        let (mean, deviation) = (moments.mean()?, moments.std_dev()?);
        let n = moments.count() as f64;
        Some(Self { mean, half_width: t_quantile(n - 1.0, confidence) * deviation / n.sqrt() })
    }

    /// Half the width over the size of the mean; `None` around a mean of zero.
    #[must_use]
    pub fn relative(&self) -> Option<f64> {
        (self.mean != 0.0).then(|| self.half_width / self.mean.abs())
    }

    /// Lower end.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// Upper end.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// Whether a value lies in the interval, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }
}

/// The interval of a correlated series' mean from the means of `batches` equal runs of it (method of batch means).
///
/// The batches should be long enough for their means to be nearly independent (Law, *Simulation Modeling and
/// Analysis*, §9.5). What does not fill the last batch is left out; `None` if not every batch gets a value or there is
/// only one batch.
#[must_use]
pub fn batch_means(series: &[f64], batches: usize, confidence: f64) -> Option<Interval> {
    let length = series.len().checked_div(batches).filter(|&length| length > 0)?;
    let mean = |batch: &[f64]| batch.iter().sum::<f64>() / length as f64;
    let means: Vec<f64> = series.chunks_exact(length).take(batches).map(mean).collect();
    Interval::of(&means, confidence)
}

/// The two-sided quantile of Student's t: its mass between −t and t is `confidence`.
pub(crate) fn t_quantile(freedom: f64, confidence: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom)
        .expect("invariant: at least one degree of freedom")
        .inverse_cdf(0.5 + confidence / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_of_t_are_those_of_the_printed_tables() {
        let table =
            [(1.0, 0.95, 12.7062), (4.0, 0.95, 2.7764), (9.0, 0.95, 2.2622), (30.0, 0.95, 2.0423), (9.0, 0.99, 3.2498)];
        for (freedom, confidence, t) in table {
            assert!((t_quantile(freedom, confidence) - t).abs() < 1e-4, "{freedom} {confidence}");
        }
    }

    #[test]
    fn moments_keep_their_digits_far_from_zero() {
        let moments: Moments = [4.0, 7.0, 13.0, 16.0].map(|x| x + 1e9).into_iter().collect();
        assert_eq!(moments.mean(), Some(1e9 + 10.0));
        assert_eq!(moments.variance(), Some(30.0));
        assert_eq!((moments.min(), moments.max()), (Some(1e9 + 4.0), Some(1e9 + 16.0)));
        assert_eq!(Moments::default().mean(), None);
    }

    proptest! {
        /// Whole numbers far from zero beside their spread, whose sums are exact in 128 bits.
        #[test]
        fn moments_of_badly_conditioned_data_stay_within_the_stated_error_of_exact_sums(
            offset in 0i64..1 << 40, spread in 1i64..1 << 12, draws in prop::collection::vec(0.0f64..1.0, 2..2_000),
        ) {
            let whole: Vec<i128> = draws.iter().map(|u| i128::from(offset + (u * spread as f64) as i64)).collect();
            let moments: Moments = whole.iter().map(|&x| x as f64).collect();
            let (n, sum) = (whole.len() as i128, whole.iter().sum::<i128>());
            // n²·Σ(x − mean)² without a division, then one rounding.
            let squares: i128 = whole.iter().map(|x| (n * x - sum).pow(2)).sum();
            let exact = squares as f64 / (n * n * (n - 1)) as f64;
            let mean = sum as f64 / n as f64;
            let epsilon = f64::EPSILON / 2.0;
            let variance = moments.variance().expect("two values");
            if exact == 0.0 {
                prop_assert_eq!(variance, 0.0);
            } else {
                let condition = (1.0 + mean * mean / exact).sqrt();
                let bound = n as f64 * condition * epsilon * exact;
                prop_assert!((variance - exact).abs() <= bound, "{} is not {} within {}", variance, exact, bound);
            }
            let got = moments.mean().expect("two values");
            prop_assert!((got - mean).abs() <= n as f64 * epsilon * mean, "{} is not {}", got, mean);
        }
    }

    #[test]
    fn one_replication_says_nothing_about_the_next() {
        assert_eq!(Interval::of(&[1.0], 0.95), None);
        let interval = Interval::of(&[1.0, 3.0], 0.95).expect("two values");
        assert_eq!(interval.mean, 2.0);
        assert!((interval.half_width - 12.7062).abs() < 1e-3); // s/√n = 1
    }

    #[test]
    fn batch_means_are_an_interval_over_whole_batches() {
        let series = [1.0, 3.0, 2.0, 6.0, 5.0, 7.0, 1000.0];
        assert_eq!(batch_means(&series, 3, 0.9), Interval::of(&[2.0, 4.0, 6.0], 0.9));
        assert_eq!(batch_means(&series, 8, 0.9), None);
        assert_eq!(batch_means(&series, 0, 0.9), None);
    }
}
