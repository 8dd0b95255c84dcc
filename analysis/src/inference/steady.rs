//! The mean of one long correlated series in steady state: what is cut off its start, and the interval of the rest.
//!
//! Only for systems where everything is constant. With rates or signals that vary in time there is no steady state, and
//! independent replications of a fixed window are the way (Law, *Simulation Modeling and Analysis*, §9.4).

use std::fmt;

use crate::stats::{Interval, Moments, batch_means};

/// Observations that are averaged before the truncation is chosen: the 5 of MSER-5.
const AVERAGED: usize = 5;

/// Batches of an interval; more than 30 gain little and fewer than 10 widen it (Schmeiser, *Operations Research* 30
/// (1982)).
pub const BATCHES: usize = 20;

/// Fewest observations left in a batch.
const SHORTEST_BATCH: usize = 10;

/// One-sided level of the test for correlated batches, as a quantile of the normal distribution: 5 %.
const CORRELATED: f64 = 1.645;

/// A mean in steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steady {
    /// Observations cut off the start.
    pub truncated: usize,
    /// The mean of the rest by [`BATCHES`] batch means.
    pub interval: Interval,
}

/// Why a series has no interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsteady {
    /// Something varies in time, named here, so that there is no steady state.
    Varying(Vec<String>),
    /// Fewer observations than [`BATCHES`] batches need.
    Short {
        /// How many there are.
        has: usize,
        /// How many it takes.
        needs: usize,
    },
    /// The best truncation is half of the series or more: it may still be settling.
    Settling,
    /// Means of successive batches are correlated: the interval would be too narrow.
    Correlated,
}

impl fmt::Display for Unsteady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Varying(what) => write!(
                f,
                "no steady state where something varies in time ({}): replicate a fixed window of whole days or weeks",
                what.join(", ")
            ),
            Self::Short { has, needs } => write!(f, "{has} observations, where batch means need {needs}: run longer"),
            Self::Settling => f.write_str("the series settles in its second half only: run longer"),
            Self::Correlated => f.write_str("means of successive batches are correlated: run longer"),
        }
    }
}

impl Steady {
    /// The steady-state mean of a series of equally weighted observations, at a confidence in (0, 1); `varying` names
    /// what is not constant in time, such as an arrival rate or a carbon signal.
    ///
    /// # Errors
    ///
    /// Says why a series cannot have one.
    pub fn of(series: &[f64], varying: &[String], confidence: f64) -> Result<Self, Unsteady> {
        if !varying.is_empty() {
            return Err(Unsteady::Varying(varying.to_vec()));
        }
        let needs = 2 * BATCHES * SHORTEST_BATCH;
        if series.len() < needs {
            return Err(Unsteady::Short { has: series.len(), needs });
        }
        let truncated = mser5(series).ok_or(Unsteady::Settling)?;
        let rest = &series[truncated..];
        let length = rest.len() / BATCHES;
        let means: Vec<f64> = rest.chunks_exact(length).take(BATCHES).map(mean).collect();
        if von_neumann(&means) > CORRELATED {
            return Err(Unsteady::Correlated);
        }
        let short = Unsteady::Short { has: series.len(), needs };
        Ok(Self { truncated, interval: batch_means(rest, BATCHES, confidence).ok_or(short)? })
    }
}

/// How many first observations to leave out so that the standard error of the mean of the rest is least (MSER-5).
///
/// White, *Simulation* 69 (1997), on means of five observations as White, Cobb and Spratt (Winter Simulation
/// Conference, 2000): argmin over d of Σ_{j>d}(z_j − z̄_d)²/(k − d)². `None` if the least lies in the second half, where
/// the statistic is not to be trusted.
#[must_use]
pub fn mser5(series: &[f64]) -> Option<usize> {
    let means: Vec<f64> = series.chunks_exact(AVERAGED).map(mean).collect();
    let mut tail = Moments::default();
    let mut best = (f64::INFINITY, 0);
    // Backwards, so that one pass knows the moments of every tail. The last few tails are short and small by luck.
    for (d, &value) in means.iter().enumerate().rev() {
        tail.add(value);
        let left = tail.count() as f64;
        let statistic = tail.variance().map_or(f64::INFINITY, |variance| variance * (left - 1.0) / (left * left));
        if tail.count() >= SHORTEST_BATCH as u64 && statistic <= best.0 {
            best = (statistic, d);
        }
    }
    (best.0.is_finite() && best.1 <= means.len() / 2).then_some(best.1 * AVERAGED)
}

/// Von Neumann's ratio as a standard normal deviate, large for positively correlated neighbours.
///
/// (1 − Σ(x_i − x_{i+1})²/(2·Σ(x_i − x̄)²))·√((n² − 1)/(n − 2)) (von Neumann, *Annals of Mathematical Statistics* 12
/// (1941); Fishman, *Management Science* 24 (1978)).
fn von_neumann(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let squares = values.iter().copied().collect::<Moments>().variance().unwrap_or(0.0) * (n - 1.0);
    let steps: f64 = values.windows(2).map(|pair| (pair[0] - pair[1]).powi(2)).sum();
    if squares == 0.0 {
        return 0.0;
    }
    (1.0 - steps / (2.0 * squares)) * ((n * n - 1.0) / (n - 2.0)).sqrt()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::RngExt;
    use sim_core::kernel::rng::Stream;

    /// The definition, summed anew for every truncation.
    fn slow(series: &[f64]) -> Option<usize> {
        let means: Vec<f64> = series.chunks_exact(AVERAGED).map(mean).collect();
        let statistic = |d: usize| {
            let rest = &means[d..];
            let centre = mean(rest);
            rest.iter().map(|z| (z - centre).powi(2)).sum::<f64>() / (rest.len() as f64).powi(2)
        };
        let last = (means.len() + 1).checked_sub(SHORTEST_BATCH)?;
        let best = (0..last).min_by(|&a, &b| statistic(a).total_cmp(&statistic(b)))?;
        (best <= means.len() / 2).then_some(best * AVERAGED)
    }

    proptest! {
        #[test]
        fn the_truncation_is_that_of_the_definition(
            start in 0.0f64..20.0, noise in prop::collection::vec(-1.0f64..1.0, 60..300),
        ) {
            let series: Vec<f64> =
                noise.iter().enumerate().map(|(k, x)| x + start * (-(k as f64) / 20.0).exp()).collect();
            prop_assert_eq!(mser5(&series), slow(&series));
        }
    }

    #[test]
    fn a_step_at_the_start_is_cut_off_where_it_ends() {
        let mut stream = Stream::new(1, 2);
        let series: Vec<f64> =
            (0..1_000).map(|k| if k < 100 { 50.0 } else { 0.0 } + stream.random_range(-1.0..1.0)).collect();
        let steady = Steady::of(&series, &[], 0.95).expect("steady after the step");
        assert!((100..200).contains(&steady.truncated), "{steady:?}");
        assert!(steady.interval.high() < 1.0);
    }

    #[test]
    fn what_does_not_settle_is_refused_with_its_reason() {
        let drift: Vec<f64> = (0..2_000).map(f64::from).collect();
        assert_eq!(Steady::of(&drift, &[], 0.95), Err(Unsteady::Settling));
        // A wave of ten batches in noise.
        let mut stream = Stream::new(3, 4);
        let slow: Vec<f64> =
            (0..8_000).map(|k| (f64::from(k) / 640.0).sin() + stream.random_range(-3.0..3.0)).collect();
        assert_eq!(Steady::of(&slow, &[], 0.95), Err(Unsteady::Correlated));
        assert_eq!(Steady::of(&drift[..300], &[], 0.95), Err(Unsteady::Short { has: 300, needs: 400 }));
        let refused = Steady::of(&slow, &["the carbon signal of DE".to_owned()], 0.95).expect_err("not constant");
        assert!(refused.to_string().contains("(the carbon signal of DE): replicate"), "{refused}");
    }
}
