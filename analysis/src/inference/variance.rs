//! How much of a figure's variance lies between periods and how much within them.

use crate::stats::Moments;

/// Components of variance of a figure over periods with several seeds each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Components {
    /// Variance of a period's expected value, unbiased unless it was negative; then 0.
    pub between: f64,
    /// Whether the unbiased estimate of `between` was negative, so that 0 stands for it.
    pub negative: bool,
    /// Variance of one seed's value within a period, unbiased.
    pub within: f64,
}

impl Components {
    /// Splits the variance of `values[period][seed]`; `None` unless there are at least two periods of at least two
    /// seeds, the same number in each.
    ///
    /// The one-way random-effects model y = µ + period + seed: E[MS_within] = σ_w², E[MS_between] = J·σ_b² + σ_w², so
    /// σ_b² is estimated by (MS_between − MS_within)/J, which may be negative (Searle, Casella and McCulloch, *Variance
    /// Components*, 1992, §3.5).
    #[must_use]
    pub fn of(values: &[Vec<f64>]) -> Option<Self> {
        let seeds = values.first()?.len();
        if values.len() < 2 || seeds < 2 || values.iter().any(|period| period.len() != seeds) {
            return None;
        }
        let periods: Vec<Moments> = values.iter().map(|period| period.iter().copied().collect()).collect();
        let within = periods.iter().filter_map(Moments::variance).sum::<f64>() / periods.len() as f64;
        // MS_between = J · variance of the means, so J divides out.
        let means = periods.iter().filter_map(Moments::mean).collect::<Moments>().variance()?;
        let between = means - within / seeds as f64;
        Some(Self { between: between.max(0.0), negative: between < 0.0, within })
    }

    /// Share of the variance of one run that lies between periods, in 0…1; `None` where nothing varies.
    #[must_use]
    pub fn between_share(&self) -> Option<f64> {
        let total = self.between + self.within;
        (total > 0.0).then(|| self.between / total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};
    use sim_core::kernel::rng::Stream;

    #[test]
    fn the_textbook_table_of_squares_gives_the_components() {
        // Means 2, 5, 11 of two seeds each: MS_between = 2·21 = 42; MS_within = (2 + 2 + 8)/3 = 4; σ_b² = 38/2.
        let split = Components::of(&[vec![1.0, 3.0], vec![4.0, 6.0], vec![9.0, 13.0]]).expect("balanced");
        assert!((split.within - 4.0).abs() < 1e-12 && (split.between - 19.0).abs() < 1e-12 && !split.negative);
        assert!((split.between_share().expect("spread") - 19.0 / 23.0).abs() < 1e-12);
        let equal = Components::of(&[vec![1.0, 3.0], vec![3.0, 1.0]]).expect("balanced");
        assert_eq!((equal.between, equal.negative, equal.within), (0.0, true, 2.0));
        assert_eq!(Components::of(&[vec![1.0, 2.0], vec![1.0]]), None);
        assert_eq!(Components::of(&[vec![1.0, 2.0]]), None);
    }

    #[test]
    fn the_components_of_a_known_model_are_found_on_average() {
        let mut stream = Stream::new(0x5eed, 1);
        let mut normal = || -> f64 { StandardNormal.sample(&mut stream) };
        let (experiments, periods, seeds) = (4_000, 6, 3);
        let (mut between, mut within) = (Moments::default(), Moments::default());
        for _ in 0..experiments {
            let mut period = || {
                let shift = 2.0 * normal();
                (0..seeds).map(|_| shift + normal()).collect::<Vec<f64>>()
            };
            let split = Components::of(&(0..periods).map(|_| period()).collect::<Vec<_>>()).expect("balanced");
            between.add(split.between);
            within.add(split.within);
        }
        // σ_b² = 4 and σ_w² = 1, within four standard errors of the mean of the estimates.
        for (moments, truth) in [(between, 4.0), (within, 1.0)] {
            let error = moments.std_dev().expect("many") / f64::from(experiments).sqrt();
            assert!((moments.mean().expect("many") - truth).abs() < 4.0 * error, "{moments:?} is not {truth}");
        }
    }
}
