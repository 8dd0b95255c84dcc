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
    /// Of it, what is emitted whoever serves [g].
    pub unavoidable_g: f64,
    /// Operational carbon over the bound, minus one: totals over totals; `None` at a bound of zero.
    pub gap: Option<f64>,
    /// Half the width of its interval by the jackknife.
    pub half_width: Option<f64>,
    /// The same of what can be avoided: both less what is emitted whoever serves.
    pub avoidable_gap: Option<f64>,
    /// Half the width of its interval by the jackknife.
    pub avoidable_half_width: Option<f64>,
    /// Runs that emit less than their bound, which says that the conditions of the bound do not hold there.
    pub broken: usize,
}

/// Relative error that sums of a run and of its bound may have.
const ROUNDING: f64 = 1e-9;

/// The gaps of a scheduler to each bound that its runs name, in the order of the first run.
pub(super) fn gaps(layout: &Layout, scheduler: usize, rule: &Rule) -> Vec<Gap> {
    let names = layout.all(scheduler).next().map_or(&[][..], |trial| trial.bounds.as_slice());
    names.iter().map(|bound| gap(layout, scheduler, &bound.name, rule)).collect()
}

fn gap(layout: &Layout, scheduler: usize, name: &str, rule: &Rule) -> Gap {
    let known = |trial: &Trial| {
        let bound = trial.bounds.iter().find(|bound| bound.name == name)?;
        Some((trial.figures.get("carbon_operational_g")?, bound.carbon_g, bound.unavoidable_g))
    };
    let all = || layout.all(scheduler).filter_map(known);
    let whole = layout.ratios(scheduler, |trial| known(trial).map(|(grams, bound, _)| [grams, bound]));
    let avoidable =
        layout.ratios(scheduler, |trial| known(trial).map(|(grams, bound, idle)| [grams - idle, bound - idle]));
    let half_width = |units| rule.of(units).map(|estimate| estimate.interval(rule.confidence).half_width);
    Gap {
        bound: name.to_owned(),
        bound_g: all().map(|(_, bound, _)| bound).sum(),
        unavoidable_g: all().map(|(_, _, idle)| idle).sum(),
        gap: whole.overall().map(|ratio| ratio - 1.0),
        half_width: half_width(&whole),
        avoidable_gap: avoidable.overall().map(|ratio| ratio - 1.0),
        avoidable_half_width: half_width(&avoidable),
        broken: all().filter(|(grams, bound, _)| *grams < bound * (1.0 - ROUNDING)).count(),
    }
}
