//! How far forecasts are off, by horizon.

use sim_core::ids::ZoneId;
use sim_core::kernel::rng::Streams;
use sim_core::units::{Intensity, SimDuration, SimTime};
use sim_core::world::forecast::{Forecast, Oracle};
use sim_core::world::signal::Signal;

/// Errors of a forecast at one horizon: expected − actual, over all times of issue whose target lies in the series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// From the time of issue to the target.
    pub horizon: SimDuration,
    /// Targets that were compared.
    pub targets: u64,
    /// Of these, how many the method does not reach: the newest public value stood in.
    pub stand_ins: u64,
    /// Mean absolute error; none without a target.
    pub mean_absolute: Option<Intensity>,
    /// Mean of the absolute error over the actual value, dimensionless; none if every actual value is zero.
    pub mean_absolute_relative: Option<f64>,
    /// Targets that the relative error leaves out, because their actual value is zero.
    pub zeros: u64,
    /// Mean error, positive where too much was expected; none without a target.
    pub bias: Option<Intensity>,
}

/// The instants within the series at which an interval of a signal becomes public.
pub fn publications(signal: &Signal, lag: SimDuration) -> impl Iterator<Item = SimTime> {
    let end = end(signal);
    let next = move |at: SimTime| Some(signal.next_publication(at, lag)).filter(|&next| next <= end);
    std::iter::successors(next(SimTime::ZERO), move |&at| next(at))
}

/// Scores a forecast of a signal at horizons from each time of issue, as somebody who asked then saw it.
#[must_use]
pub fn score(
    signal: &Signal, forecast: &Forecast, lag: SimDuration, issues: &[SimTime], horizons: &[SimDuration],
    streams: &Streams,
) -> Vec<Score> {
    let mut sums = vec![Sums::default(); horizons.len()];
    for &now in issues {
        let oracle = Oracle::new(signal, ZoneId(0), streams, now, lag);
        for (horizon, sum) in horizons.iter().zip(&mut sums) {
            let target = now + *horizon;
            if target < end(signal) {
                sum.add(forecast.at(&oracle, target).0, signal.at(target).0);
                sum.stand_ins += u64::from(!forecast.reaches(&oracle, target));
            }
        }
    }
    horizons.iter().zip(sums).map(|(&horizon, sums)| sums.score(horizon)).collect()
}

fn end(signal: &Signal) -> SimTime {
    SimTime(u64::try_from(signal.span().1).unwrap_or(0))
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    targets: u64,
    stand_ins: u64,
    zeros: u64,
    error: f64,
    absolute: f64,
    relative: f64,
}

impl Sums {
    fn add(&mut self, expected: f64, actual: f64) {
        let error = expected - actual;
        self.targets += 1;
        self.error += error;
        self.absolute += error.abs();
        if actual > 0.0 {
            self.relative += error.abs() / actual;
        } else {
            self.zeros += 1;
        }
    }

    fn score(self, horizon: SimDuration) -> Score {
        let over = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        Score {
            horizon,
            targets: self.targets,
            stand_ins: self.stand_ins,
            mean_absolute: over(self.absolute, self.targets).map(Intensity),
            mean_absolute_relative: over(self.relative, self.targets - self.zeros),
            zeros: self.zeros,
            bias: over(self.error, self.targets).map(Intensity),
        }
    }
}
