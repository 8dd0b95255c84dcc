//! Which runs make an independent unit, and the figures of the units.

use serde::Serialize;

use super::design::{Design, Over, Trial};
use super::metric::{Metric, Of};
use crate::inference::units::Units;

/// What counts as one independent observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sampling {
    /// `seed`, or the kind of period whose seeds are put together.
    pub unit: &'static str,
    /// How many there are.
    pub units: usize,
    /// Runs of a scheduler in each.
    pub runs_per_unit: usize,
    /// Whether only random draws were replicated, so that the intervals hold for these traces alone.
    pub conditional_on_trace: bool,
}

/// The trials as units: periods where there are several, else seeds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    trials: &'a [Vec<Vec<Trial>>],
    by_period: bool,
}

impl<'a> Layout<'a> {
    pub fn new(trials: &'a [Vec<Vec<Trial>>]) -> Self {
        Self { trials, by_period: trials.first().is_some_and(|periods| periods.len() > 1) }
    }

    pub fn sampling(&self, design: &Design) -> Sampling {
        Sampling {
            unit: match (self.by_period, design.over) {
                (false, _) => "seed",
                (true, Over::Seed) => "period",
                (true, over @ (Over::Day | Over::Week | Over::Year | Over::Grid)) => over.name(),
            },
            units: self.count(),
            runs_per_unit: self.runs(0, 0).len(),
            conditional_on_trace: !self.by_period,
        }
    }

    /// Units of the baseline.
    pub fn count(&self) -> usize {
        let periods = self.trials.first().map_or(&[][..], Vec::as_slice);
        if self.by_period { periods.len() } else { periods.first().map_or(0, Vec::len) }
    }

    /// All runs of a scheduler.
    pub fn all(&self, scheduler: usize) -> impl Iterator<Item = &'a Trial> {
        self.trials.get(scheduler).into_iter().flatten().flatten()
    }

    /// The runs of a scheduler in a unit.
    fn runs(&self, scheduler: usize, unit: usize) -> &'a [Trial] {
        let periods = self.trials.get(scheduler).map_or(&[][..], Vec::as_slice);
        if self.by_period {
            return periods.get(unit).map_or(&[], Vec::as_slice);
        }
        periods.first().and_then(|seeds| seeds.get(unit..=unit)).unwrap_or(&[])
    }

    /// A metric of the baseline and of a scheduler over the units where both have it.
    pub fn pair(&self, metric: &Metric, scheduler: usize) -> [Units; 2] {
        let both = |unit| Some([self.entry(metric, 0, unit)?, self.entry(metric, scheduler, unit)?]);
        let known: Vec<[[f64; 2]; 2]> = (0..self.count()).filter_map(both).collect();
        [0, 1].map(|side| units(metric.of, known.iter().map(|pair| pair[side])))
    }

    /// Any value of a scheduler's runs over the units that have it.
    pub fn values(&self, scheduler: usize, value: impl Fn(&Trial) -> Option<f64>) -> Units {
        Units::Values((0..self.count()).filter_map(|unit| mean(self.runs(scheduler, unit), &value)).collect())
    }

    /// Any ratio of a scheduler's runs over the units that have it.
    pub fn ratios(&self, scheduler: usize, pair: impl Fn(&Trial) -> Option<[f64; 2]>) -> Units {
        Units::Ratios((0..self.count()).filter_map(|unit| total(self.runs(scheduler, unit), &pair)).collect())
    }

    /// Paired differences of a metric by period and seed; empty unless periods have several seeds.
    pub fn differences(&self, metric: &Metric, scheduler: usize) -> Vec<Vec<f64>> {
        let single = |trial: &Trial| match metric.of {
            Of::Value(value) | Of::Quantile(value) => value(trial),
            Of::Ratio(pair) => pair(trial).filter(|[_, weight]| *weight != 0.0).map(|[sum, weight]| sum / weight),
        };
        let difference = |(other, base): (&Trial, &Trial)| Some(single(other)? - single(base)?);
        let period = |unit| {
            let pairs = self.runs(scheduler, unit).iter().zip(self.runs(0, unit));
            pairs.filter_map(difference).collect()
        };
        if self.by_period { (0..self.count()).map(period).collect() } else { Vec::new() }
    }

    /// Value and one, or numerator and denominator.
    fn entry(&self, metric: &Metric, scheduler: usize, unit: usize) -> Option<[f64; 2]> {
        let runs = self.runs(scheduler, unit);
        match metric.of {
            Of::Value(value) | Of::Quantile(value) => mean(runs, &value).map(|value| [value, 1.0]),
            Of::Ratio(pair) => total(runs, &pair),
        }
    }
}

fn units(of: Of, entries: impl Iterator<Item = [f64; 2]>) -> Units {
    match of {
        Of::Value(_) | Of::Quantile(_) => Units::Values(entries.map(|[value, _]| value).collect()),
        Of::Ratio(_) => Units::Ratios(entries.collect()),
    }
}

/// Their mean, if every run has the value: a mean over those that have it would choose the lucky ones.
fn mean(runs: &[Trial], value: &impl Fn(&Trial) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = runs.iter().map(value).collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn total(runs: &[Trial], pair: &impl Fn(&Trial) -> Option<[f64; 2]>) -> Option<[f64; 2]> {
    let pairs: Vec<[f64; 2]> = runs.iter().map(pair).collect::<Option<_>>()?;
    let sum = |k: usize| pairs.iter().map(|pair| pair[k]).sum();
    (!pairs.is_empty()).then(|| [sum(0), sum(1)])
}
