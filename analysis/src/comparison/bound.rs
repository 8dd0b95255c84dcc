//! How far a scheduler's emissions lie above lower bounds of what the same requests could have cost.

use serde::Serialize;

use super::Trial;
use super::layout::Layout;
use super::rule::Rule;

/// The gap to one bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Name of the bound.
    pub bound: String,
    /// The bound over all runs [g].
    pub bound_g: f64,
    /// Operational carbon over the bound, minus one: totals over totals; `None` at a bound of zero.
    pub gap: Option<f64>,
    /// Half the width of its interval by the jackknife.
    pub half_width: Option<f64>,
    /// Runs that emit less than their bound, which says that the conditions of the bound do not hold there.
    pub broken: usize,
}

/// Relative error that sums of a run and of its bound may have.
const ROUNDING: f64 = 1e-9;

/// The gaps of a scheduler to each bound that its runs name, in the order of the first run.
pub(super) fn gaps(layout: &Layout, scheduler: usize, rule: &Rule) -> Vec<Gap> {
    let names = layout.all(scheduler).next().map_or(&[][..], |trial| trial.bounds_g.as_slice());
    names.iter().map(|(name, _)| gap(layout, scheduler, name, rule)).collect()
}

fn gap(layout: &Layout, scheduler: usize, name: &str, rule: &Rule) -> Gap {
    let pair = |trial: &Trial| {
        let (_, bound) = trial.bounds_g.iter().find(|(known, _)| known == name)?;
        Some([trial.figures.get("carbon_operational_g")?, *bound])
    };
    let pairs = || layout.all(scheduler).filter_map(pair);
    let units = layout.ratios(scheduler, pair);
    Gap {
        bound: name.to_owned(),
        bound_g: pairs().map(|[_, bound]| bound).sum(),
        gap: units.overall().map(|ratio| ratio - 1.0),
        half_width: rule.of(&units).map(|estimate| estimate.interval(rule.confidence).half_width),
        broken: pairs().filter(|[grams, bound]| *grams < bound * (1.0 - ROUNDING)).count(),
    }
}
