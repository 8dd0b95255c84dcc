//! A difference with its standard error: the interval, the test and the test of equivalence by Student's t.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::units::Units;
use crate::stats::{Interval, Moments, t_quantile};

/// An estimate, its standard error and the degrees of freedom of the latter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The estimate, in the unit of the figure.
    pub value: f64,
    /// Its standard error, in the same unit.
    pub std_error: f64,
    /// Degrees of freedom of the standard error.
    pub freedom: f64,
}

impl Contrast {
    /// The overall value of one system; `None` for fewer than two units.
    #[must_use]
    pub fn of(units: &Units) -> Option<Self> {
        Self::from_pseudo(units.overall()?, &units.pseudo_values()?)
    }

    /// `other` − `baseline` over the same units: paired t for values, the paired jackknife for ratios of totals.
    ///
    /// Law, *Simulation Modeling and Analysis*, §10.2.1 (paired t under common random numbers) and §9.5.3 (jackknife).
    /// The jackknife of a difference is the difference of the jackknives, so what two systems share cancels unit by
    /// unit. `None` for fewer than two units or unlike numbers of them.
    #[must_use]
    pub fn paired(baseline: &Units, other: &Units) -> Option<Self> {
        let value = other.overall()? - baseline.overall()?;
        Self::from_pseudo(value, &differences(baseline, other)?)
    }

    /// An estimate from the pseudo-values behind it.
    fn from_pseudo(value: f64, pseudo: &[f64]) -> Option<Self> {
        let n = pseudo.len() as f64;
        // A figure that is infinite or not a number makes no estimate.
        let deviation = pseudo.iter().copied().collect::<Moments>().std_dev().filter(|s| s.is_finite())?;
        Some(Self { value, std_error: deviation / n.sqrt(), freedom: n - 1.0 })
    }

    /// value ± t · standard error, at a confidence in (0, 1).
    #[must_use]
    pub fn interval(&self, confidence: f64) -> Interval {
        // A standard error of zero times any quantile.
        let half_width =
            if self.std_error == 0.0 { 0.0 } else { t_quantile(self.freedom, confidence) * self.std_error };
        Interval { mean: self.value, half_width }
    }

    /// Two-sided p of "the true value is zero". Without any spread it is 1 at zero and 0 elsewhere.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        2.0 * self.upper_tail(self.value.abs(), 0.5)
    }

    /// p of "the true value lies outside ±`margin`", the larger of two one-sided tests.
    ///
    /// Schuirmann, *J. Pharmacokinetics and Biopharmaceutics* 15 (1987): at level α the two are equivalent if the
    /// interval at confidence 1 − 2α lies within the margin. The margin is taken as known.
    #[must_use]
    pub fn equivalence(&self, margin: f64) -> f64 {
        self.upper_tail(margin - self.value.abs(), 1.0)
    }

    /// P(T > distance / standard error); `at_zero` where neither has any size.
    fn upper_tail(&self, distance: f64, at_zero: f64) -> f64 {
        if self.std_error == 0.0 {
            return match distance.total_cmp(&0.0) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => at_zero,
                std::cmp::Ordering::Greater => 0.0,
            };
        }
        let t = distance / self.std_error;
        if t.is_nan() {
            return 1.0; // a margin that is no number holds nothing
        }
        StudentsT::new(0.0, 1.0, self.freedom).map_or(1.0, |student| student.sf(t))
    }
}

/// Differences of pseudo-values, unit by unit: what the spread of a paired difference is that of.
#[must_use]
pub fn differences(baseline: &Units, other: &Units) -> Option<Vec<f64>> {
    let (baseline, other) = (baseline.pseudo_values()?, other.pseudo_values()?);
    (baseline.len() == other.len()).then(|| other.iter().zip(&baseline).map(|(x, y)| x - y).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_spread_a_difference_is_certain() {
        let same = Contrast { value: 0.0, std_error: 0.0, freedom: 9.0 };
        assert_eq!((same.p_value(), same.equivalence(0.1), same.interval(0.95).half_width), (1.0, 0.0, 0.0));
        let other = Contrast { value: -0.2, ..same };
        assert_eq!((other.p_value(), other.equivalence(0.1), other.equivalence(0.3)), (0.0, 1.0, 0.0));
        assert_eq!(Contrast { value: 0.1, ..same }.equivalence(0.1), 1.0);
    }

    #[test]
    fn equivalence_at_five_percent_is_the_interval_at_ninety_within_the_margin() {
        let contrast = Contrast { value: 0.3, std_error: 0.2, freedom: 7.0 };
        let reach = contrast.interval(0.9).high();
        assert!(contrast.equivalence(reach + 1e-6) < 0.05 && contrast.equivalence(reach - 1e-6) > 0.05);
    }

    #[test]
    fn what_is_no_number_makes_no_estimate_and_no_margin() {
        let wild = |x: f64| Contrast::of(&Units::Values(vec![1.0, x, 3.0]));
        assert_eq!((wild(f64::NAN), wild(f64::INFINITY), wild(f64::MAX)), (None, None, None));
        let contrast = Contrast { value: 0.3, std_error: 0.2, freedom: 7.0 };
        assert_eq!((contrast.equivalence(f64::NAN), contrast.equivalence(f64::INFINITY)), (1.0, 0.0));
        assert_eq!(Contrast { std_error: f64::MIN_POSITIVE, ..contrast }.p_value(), 0.0);
    }

    #[test]
    fn what_two_systems_share_cancels() {
        let noise = [3.0, -8.0, 5.0, 11.0, 0.0];
        let baseline = Units::Values(noise.to_vec());
        let other = Units::Values(noise.iter().map(|x| x + 2.0).collect());
        let paired = Contrast::paired(&baseline, &other).expect("five units");
        assert_eq!((paired.value, paired.std_error, paired.p_value()), (2.0, 0.0, 0.0));
        assert_eq!(Contrast::paired(&baseline, &other.first(4)), None);
    }
}
