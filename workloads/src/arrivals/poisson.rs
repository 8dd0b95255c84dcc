//! Arrivals of a homogeneous Poisson process.

use rand_distr::{Distribution, Exp1};
use sim_core::kernel::rng::Stream;
use sim_core::units::SimTime;

use super::{Clock, PerSecond};
use crate::error::{ParameterError, positive};

/// Instants with independent exponential gaps; each instant is rounded to the nanosecond once.
#[derive(Clone, Debug)]
pub struct Poisson {
    mean_gap_s: f64,
    clock: Clock,
    stream: Stream,
}

impl Poisson {
    /// Instants after `from` at a mean `rate`, drawn from a stream of purpose arrivals.
    ///
    /// # Errors
    /// If the rate is not positive.
    pub fn new(rate: PerSecond, from: SimTime, stream: Stream) -> Result<Self, ParameterError> {
        Ok(Self { mean_gap_s: 1.0 / positive("rate", rate.0)?, clock: Clock::at(from), stream })
    }
}

impl Iterator for Poisson {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let unit: f64 = Exp1.sample(&mut self.stream);
        self.clock.advance(unit * self.mean_gap_s);
        Some(self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::kernel::rng::{Purpose, Streams};

    fn instants(seed: u64) -> Poisson {
        let stream = Streams::new(seed, 0).stream(Purpose::Arrivals, 0);
        Poisson::new(PerSecond(250.0), SimTime::from_secs(10.0), stream).unwrap()
    }

    #[test]
    fn gaps_have_mean_and_variance_of_an_exponential() {
        let times: Vec<f64> = instants(11).take(100_001).map(SimTime::as_secs).collect();
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / 1e5;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / 1e5;
        // Mean 1/λ and variance 1/λ²; five standard errors are 5/√n = 1.6 % and 5·√(8/n) = 4.5 %.
        assert!((mean * 250.0 - 1.0).abs() < 0.016, "{mean}");
        assert!((variance * 62_500.0 - 1.0).abs() < 0.045, "{variance}");
        assert!(times[0] > 10.0);
    }

    #[test]
    fn counts_in_equal_spans_have_a_variance_equal_to_their_mean() {
        let mut counts = [0.0f64; 1000];
        let inside = instants(12).map(|at| (at.as_secs() - 10.0).floor() as usize).take_while(|&second| second < 1000);
        inside.for_each(|second| counts[second] += 1.0);
        let mean = counts.iter().sum::<f64>() / 1000.0;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 999.0;
        // The index of dispersion has a standard error of √(2/n) = 4.5 %; five of them.
        assert!((variance / mean - 1.0).abs() < 0.224, "{mean} {variance}");
    }
}
