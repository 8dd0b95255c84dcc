//! A random number that is not negative: constant, exponential or lognormal.

use rand_distr::{Distribution, Exp1, StandardNormal};
use sim_core::kernel::rng::Stream;

use crate::error::{ParameterError, not_negative};

/// How a work, a think time or a gap is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Constant(f64),
    Exponential { mean: f64 },
    LogNormal { median: f64, sigma: f64 },
}

impl Draw {
    /// Always `value`.
    ///
    /// # Errors
    /// If it is negative or not finite.
    pub fn constant(value: f64) -> Result<Self, ParameterError> {
        not_negative("constant", value).map(Kind::Constant).map(Self)
    }

    /// Exponential with a mean.
    ///
    /// # Errors
    /// If the mean is negative or not finite.
    pub fn exponential(mean: f64) -> Result<Self, ParameterError> {
        not_negative("mean", mean).map(|mean| Self(Kind::Exponential { mean }))
    }

    /// Lognormal: median · exp(`sigma` · Z) with Z standard normal.
    ///
    /// # Errors
    /// If median or sigma is negative or not finite.
    pub fn lognormal(median: f64, sigma: f64) -> Result<Self, ParameterError> {
        let (median, sigma) = (not_negative("median", median)?, not_negative("sigma", sigma)?);
        Ok(Self(Kind::LogNormal { median, sigma }))
    }

    /// Lognormal by its mean, which is median · exp(σ²/2).
    ///
    /// # Errors
    /// If mean or sigma is negative or not finite.
    pub fn lognormal_of_mean(mean: f64, sigma: f64) -> Result<Self, ParameterError> {
        Self::lognormal(not_negative("mean", mean)? * (-sigma * sigma / 2.0).exp(), sigma)
    }

    /// The expected value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self.0 {
            Kind::Constant(value) => value,
            Kind::Exponential { mean } => mean,
            Kind::LogNormal { median, sigma } => median * (sigma * sigma / 2.0).exp(),
        }
    }

    /// Whether every value is the same.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(self.0, Kind::Constant(_))
    }

    /// One value; a constant takes no random number.
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> f64 {
        match self.0 {
            Kind::Constant(value) => value,
            Kind::Exponential { mean } => {
                let unit: f64 = Exp1.sample(stream);
                mean * unit
            }
            Kind::LogNormal { median, sigma } => {
                let z: f64 = StandardNormal.sample(stream);
                median * (sigma * z).exp()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::kernel::rng::{Purpose, Streams};

    /// Mean and variance of many samples.
    fn moments(draw: Draw) -> (f64, f64) {
        let mut stream = Streams::new(7, 0).stream(Purpose::Contents, 0);
        let samples: Vec<f64> = (0..200_000).map(|_| draw.sample(&mut stream)).collect();
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        (mean, samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / samples.len() as f64)
    }

    #[test]
    fn moments_are_those_of_the_closed_forms() {
        // Tolerances are five standard errors: σ/√n of the mean, and √((κ−1)/n) relative of the variance with
        // kurtosis κ = 9 (exponential) and 8.9 (lognormal at σ = 0.5).
        let (mean, variance) = moments(Draw::exponential(3.0).unwrap());
        assert!((mean / 3.0 - 1.0).abs() < 0.0112 && (variance / 9.0 - 1.0).abs() < 0.032, "{mean} {variance}");

        let (mean, variance) = moments(Draw::lognormal_of_mean(2.0, 0.5).unwrap());
        // Variance of a lognormal: mean² · (exp(σ²) − 1).
        let exact = 4.0 * (0.25f64.exp() - 1.0);
        assert!((mean / 2.0 - 1.0).abs() < 0.006 && (variance / exact - 1.0).abs() < 0.032, "{mean} {variance}");
    }

    #[test]
    fn parameters_that_are_negative_or_no_number_are_refused() {
        assert!(Draw::exponential(-1.0).is_err());
        assert!(Draw::lognormal(1.0, f64::NAN).is_err());
        assert!(Draw::constant(f64::INFINITY).is_err());
    }
}
