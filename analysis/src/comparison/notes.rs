//! What a reader must know beside the tables of a comparison: conditions, doubts, disagreements.

use super::design::Over;
use super::metric::{METRICS, PER_DEADLINE_MET, named};
use super::rule::Rule;
use super::service::TOLERANCE;
use super::text::round_percent;
use super::{Comparison, Row};
use crate::inference::bootstrap::FEWEST;
use crate::inference::resolution::LARGEST_SHARE;
use crate::inference::sequential::PILOT;
use crate::number::significant;

/// All notes, the most general first.
pub(super) fn notes(comparison: &Comparison, rule: &Rule) -> Vec<String> {
    let mut notes = vec![meaning(comparison, rule)];
    notes.extend(what_is_replicated(comparison));
    notes.extend(stopping(comparison));
    notes.extend(units(comparison));
    notes.extend(unknown_primary(comparison));
    notes.extend(service(comparison));
    notes.extend(declared(comparison));
    notes.extend(nothing_differs(comparison));
    notes.extend(missing_figures(comparison));
    notes.extend(second_opinions(comparison, rule));
    notes.extend(coarse(comparison));
    notes.extend(variance(comparison));
    notes.extend(bounds(comparison));
    notes
}

fn meaning(comparison: &Comparison, rule: &Rule) -> String {
    format!(
        "smaller is better; verdicts are by {} alone: words on a difference hold together at {}, words on equivalence \
         too, over {} (Holm); equivalent is within ±{} of the baseline (two one-sided tests), even where a difference is \
         certain; no other row is adjusted",
        comparison.headline,
        round_percent(rule.alpha()),
        count(comparison.schedulers.len().saturating_sub(1), "scheduler"),
        round_percent(rule.margin),
    )
}

fn what_is_replicated(comparison: &Comparison) -> Vec<String> {
    let (design, sampling) = (&comparison.design, &comparison.sampling);
    let mut notes = Vec::new();
    if sampling.conditional_on_trace {
        let (why, other) = match design.over {
            Over::Seed => ("seeds alone are replicated".to_owned(), "period or grid"),
            over @ (Over::Day | Over::Week | Over::Year | Over::Grid) => {
                (format!("there is but one {over}"), over.name())
            }
        };
        notes.push(format!("{why}: intervals are conditional on this trace and say nothing of another {other}"));
    } else {
        let unit = sampling.unit;
        notes.push(format!("the {unit} is the unit: all seeds of a {unit} make one observation"));
    }
    if design.synthetic {
        notes.push("signals or load are synthetic: differences are those of the model behind them".to_owned());
    }
    notes
}

fn stopping(comparison: &Comparison) -> Option<String> {
    let stopping = comparison.stopping?;
    let asked = round_percent(stopping.relative_half_width);
    let end = if stopping.reached { "reached" } else { "not reached at the maximum" };
    Some(format!(
        "units were added until the half-width is {asked} of the baseline's {}, {end}; the first {PILOT} units set the \
         number and, beyond them, the standard error (Stein), so that stopping costs no confidence",
        comparison.primary
    ))
}

fn units(comparison: &Comparison) -> Option<String> {
    let count = comparison.sampling.units;
    match count {
        0 | 1 => Some(format!("{}: no interval and no verdict; give more", comparison.unit())),
        2..PILOT => Some(format!(
            "{}, fewer than {PILOT}: intervals by Student's t lean on differences being nearly normal",
            comparison.unit()
        )),
        _ => None,
    }
}

fn unknown_primary(comparison: &Comparison) -> Option<String> {
    if named(&comparison.design.primary).is_some() {
        return None;
    }
    let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    let (unknown, used) = (&comparison.design.primary, comparison.primary);
    Some(format!("no metric is called {unknown:?}: {used} stands for it; there are {}", names.join(", ")))
}

fn service(comparison: &Comparison) -> Option<String> {
    let share = |share: Option<f64>| share.map_or("none".to_owned(), |share| format!("{:.2} %", share * 100.0));
    let told = |row: &&Row| {
        let (completed, late) = (share(row.service.completed_share), share(row.service.late_share));
        format!("{} completes {completed}, late {late}", row.scheduler)
    };
    let unequal: Vec<String> =
        comparison.schedulers.iter().filter(|row| !row.service.equal).map(|row| told(&row)).collect();
    let baseline = comparison.schedulers.first().map(|row| told(&row))?;
    (!unequal.is_empty()).then(|| {
        format!(
            "service is not equal (shares differ by more than {} points): {}; {baseline}. So {PER_DEADLINE_MET} is the \
             headline, and carbon of less service is no saving",
            TOLERANCE * 100.0,
            unequal.join("; ")
        )
    })
}

/// The verdicts by the metric that was declared, where another one became the headline.
fn declared(comparison: &Comparison) -> Option<String> {
    let told = |row: &Row| row.primary.map(|judgement| format!("{} {}", row.scheduler, judgement.verdict));
    let words: Vec<String> = comparison.others().filter_map(told).collect();
    let differs = comparison.headline != comparison.primary && !words.is_empty();
    differs.then(|| format!("by the declared metric, {}: {}", comparison.primary, words.join(", ")))
}

fn nothing_differs(comparison: &Comparison) -> Vec<String> {
    let same = |row: &&Row| {
        let all = || row.metrics.values().filter_map(|figure| figure.difference.as_ref());
        all().count() > 0 && all().all(|difference| difference.is_nothing())
    };
    let twins = list(comparison.others().filter(same));
    let certain = |row: &&Row| {
        let difference = row.difference(comparison.headline);
        difference.is_some_and(|difference| difference.half_width == 0.0 && difference.value != 0.0)
    };
    let fixed = list(comparison.others().filter(certain));
    let twins = twins.map(|who| format!("the same figures as the baseline in every run: {who}"));
    let fixed = fixed.map(|who| format!("the same difference in every unit, so nothing random is left in it: {who}"));
    twins.into_iter().chain(fixed).collect()
}

fn missing_figures(comparison: &Comparison) -> Option<String> {
    let lacking = |row: &&Row| {
        row.metrics.get(comparison.headline).is_some_and(|figure| figure.units < comparison.sampling.units)
    };
    let who = list(comparison.schedulers.iter().filter(lacking))?;
    Some(format!("{} is unknown in some units, which are left out on both sides: {who}", comparison.headline))
}

/// Where Wilcoxon or the bootstrap sees the headline otherwise than Student's t.
fn second_opinions(comparison: &Comparison, rule: &Rule) -> Vec<String> {
    let headline = |row: &Row| row.difference(comparison.headline).cloned();
    let signed_ranks = |row: &&Row| {
        headline(row).is_some_and(|difference| {
            let other = difference.wilcoxon_p.is_some_and(|p| p < rule.alpha());
            difference.wilcoxon_p.is_some() && other != (difference.p_value < rule.alpha())
        })
    };
    let bootstrap = |row: &&Row| {
        headline(row).is_some_and(|difference| {
            let apart = |low: f64, high: f64| low > 0.0 || high < 0.0;
            let other = difference.bca.map(|[low, high]| apart(low, high));
            other.is_some_and(|other| other != apart(difference.low, difference.high))
        })
    };
    // Fewer than six signs cannot reach 5 %: 2·2⁻⁵ is more.
    let powerless = 2.0 * 0.5f64.powi(comparison.sampling.units.min(1_000) as i32) >= rule.alpha();
    let ranks = list(comparison.others().filter(signed_ranks)).filter(|_| !powerless);
    let ranks = ranks.map(|who| format!("Wilcoxon's signed ranks disagree with Student's t about a difference: {who}"));
    let ends = list(comparison.others().filter(bootstrap));
    let ends = ends.map(|who| {
        format!("the BCa bootstrap ({FEWEST} units or more) disagrees with Student's t about a difference: {who}")
    });
    ranks.into_iter().chain(ends).collect()
}

fn coarse(comparison: &Comparison) -> Option<String> {
    let told = |row: &Row| {
        let metrics = row.metrics.iter().filter(|(_, figure)| {
            figure.difference.as_ref().is_some_and(|difference| difference.too_coarse && !difference.is_nothing())
        });
        let names: Vec<&str> = metrics.map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| format!("{} ({})", row.scheduler, names.join(", ")))
    };
    let rows: Vec<String> = comparison.others().filter_map(told).collect();
    (!rows.is_empty()).then(|| {
        format!(
            "quantiles are streamed within {:.2} % each, and at worst that is more than {} of a half-width here: {}",
            comparison.quantile_error * 100.0,
            round_percent(LARGEST_SHARE),
            rows.join("; ")
        )
    })
}

fn variance(comparison: &Comparison) -> Option<String> {
    let negative = |row: &&Row| {
        let variance = row.difference(comparison.headline).and_then(|difference| difference.variance);
        variance.is_some_and(|variance| variance.negative)
    };
    let who = list(comparison.others().filter(negative))?;
    Some(format!("the estimate of the variance between periods is negative and shown as 0: {who}"))
}

fn bounds(comparison: &Comparison) -> Vec<String> {
    let told = |row: &Row| {
        let broken = row.bounds.iter().filter(|gap| gap.broken > 0);
        broken
            .map(|gap| format!("{} in {} of {}", gap.bound, count(gap.broken, "run"), row.scheduler))
            .collect::<Vec<_>>()
    };
    let broken: Vec<String> = comparison.schedulers.iter().flat_map(told).collect();
    let mut notes = Vec::new();
    if !broken.is_empty() {
        let broken = broken.join("; ");
        notes.push(format!("lies above what a run emitted, so its conditions do not hold there: {broken}"));
    }
    if comparison.schedulers.iter().any(|row| !row.bounds.is_empty()) {
        notes.push("a bound is of the set that each scheduler served, and no scheduler need reach it".to_owned());
    }
    if let [first, second] = comparison.pareto.reference
        && !comparison.pareto.set.is_empty()
    {
        notes.push(format!(
            "the Pareto set goes by values without their uncertainty; its hypervolume is a share of the rectangle up to \
             ({}, {})",
            significant(first, 4),
            significant(second, 4)
        ));
    }
    notes
}

/// A number of things.
fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// The labels of rows with commas; `None` without any.
fn list<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<String> {
    let names: Vec<&str> = rows.map(|row| row.scheduler.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
