//! One metric of one scheduler: its value, and its paired difference to the baseline with all that checks it.

use serde::Serialize;

use super::layout::Layout;
use super::metric::Metric;
use super::rule::Rule;
use crate::histogram::QUANTILE_ERROR;
use crate::inference::bootstrap::{self, Bca, resampler};
use crate::inference::units::Units;
use crate::inference::variance::Components;
use crate::inference::{contrast, effect, resolution, wilcoxon};

/// A metric of a scheduler.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Units where the scheduler and the baseline both have it.
    pub units: usize,
    /// Over these units: the mean, or the ratio of totals.
    pub value: Option<f64>,
    /// Half the width of its own interval, which says little of a difference.
    pub half_width: Option<f64>,
    /// To the baseline; `None` for the baseline itself and for fewer than two units.
    pub difference: Option<Difference>,
}

/// A paired difference, scheduler − baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is a difference of.
    pub of: &'static str,
    /// The estimate, in the metric's unit.
    pub value: f64,
    /// Half the width of its interval.
    pub half_width: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The estimate as a share of the baseline's value; `None` if that is zero.
    pub relative: Option<f64>,
    /// Half the width as a share of the baseline's value.
    pub relative_half_width: Option<f64>,
    /// Two-sided p of no difference, for this row alone.
    pub p_value: f64,
    /// Two-sided p by Wilcoxon's signed ranks over the units' own differences.
    pub wilcoxon_p: Option<f64>,
    /// Hedges' g_z of the paired differences.
    pub hedges_gz: Option<f64>,
    /// p of "not within the margin" (TOST), for this row alone.
    pub equivalence_p: Option<f64>,
    /// Ends of the BCa bootstrap interval, from 30 units on.
    pub bca: Option<[f64; 2]>,
    /// Variance of a run's difference between and within periods, where periods have several seeds.
    pub variance: Option<Variance>,
    /// Whether the histogram's error may exceed a quarter of the half-width.
    pub too_coarse: bool,
}

/// Components of variance of one run's paired difference, in squares of the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Variance {
    /// Between periods.
    pub between: f64,
    /// Between seeds of a period.
    pub within: f64,
    /// `between` over the sum.
    pub between_share: Option<f64>,
    /// Whether `between` stands for a negative estimate.
    pub negative: bool,
}

impl Figure {
    pub(super) fn new(layout: &Layout, metric: &Metric, scheduler: usize, rule: &Rule) -> Self {
        let [baseline, own] = layout.pair(metric, scheduler);
        let difference = if scheduler == 0 { None } else { Difference::new(metric, &baseline, &own, rule) };
        Self {
            units: own.len(),
            value: own.overall(),
            half_width: rule.of(&own).map(|estimate| estimate.interval(rule.confidence).half_width),
            difference: difference.map(|found| Difference { variance: variance(layout, metric, scheduler), ..found }),
        }
    }
}

impl Difference {
    fn new(metric: &Metric, baseline: &Units, own: &Units, rule: &Rule) -> Option<Self> {
        let estimate = rule.paired(baseline, own)?;
        let interval = estimate.interval(rule.confidence);
        let (base, value) = (baseline.overall()?, own.overall()?);
        let share = |amount: f64| (base != 0.0).then(|| amount / base.abs());
        let by_unit = baseline.each().zip(own.each());
        let singles = by_unit.map(|(base, own)| own.iter().zip(&base).map(|(x, y)| x - y).collect::<Vec<f64>>());
        let too_coarse =
            metric.is_quantile() && resolution::too_coarse(QUANTILE_ERROR, base, value, interval.half_width);
        Some(Self {
            of: metric.contrast,
            value: interval.mean,
            half_width: interval.half_width,
            low: interval.low(),
            high: interval.high(),
            relative: share(interval.mean),
            relative_half_width: share(interval.half_width),
            p_value: estimate.p_value(),
            wilcoxon_p: singles.map(|singles| wilcoxon::p_value(&singles)),
            hedges_gz: contrast::differences(baseline, own).and_then(|all| effect::hedges_gz(&all)),
            equivalence_p: (base != 0.0).then(|| estimate.equivalence(rule.margin * base.abs())),
            bca: bca(baseline, own, rule.confidence),
            variance: None,
            too_coarse,
        })
    }

    /// Whether the scheduler and the baseline have the same figure in every unit.
    pub(super) fn is_nothing(&self) -> bool {
        self.value == 0.0 && self.half_width == 0.0
    }
}

fn bca(baseline: &Units, own: &Units, confidence: f64) -> Option<[f64; 2]> {
    let units = baseline.len();
    if units < bootstrap::FEWEST {
        return None;
    }
    let statistic = |chosen: &[usize]| Some(own.at(chosen)? - baseline.at(chosen)?);
    let bca = Bca::of(units, bootstrap::RESAMPLES, confidence, statistic, resampler(units))?;
    Some([bca.low, bca.high])
}

fn variance(layout: &Layout, metric: &Metric, scheduler: usize) -> Option<Variance> {
    let split = Components::of(&layout.differences(metric, scheduler))?;
    let (between, within, negative) = (split.between, split.within, split.negative);
    Some(Variance { between, within, between_share: split.between_share(), negative })
}
