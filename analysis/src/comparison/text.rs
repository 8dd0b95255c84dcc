//! A comparison as tables and notes for a terminal, about 100 columns wide.

use super::difference::Difference;
use super::metric::{METRICS, MISSES, REQUEST_DIFFERENCES, named};
use super::{Comparison, Row, Verdict};
use crate::number::{NONE, mass, percent, significant};
use crate::table::{Align::Left, Align::Right, Table};

/// The tables in the order of their weight, then the notes.
pub(super) fn text(comparison: &Comparison) -> String {
    let label = named(comparison.headline).map_or("", |metric| metric.label);
    let sections = [
        (label.to_owned(), verdicts(comparison)),
        ("Other metrics: paired difference in % of the baseline's, misses in points".to_owned(), others(comparison)),
        ("Difference of quantiles of the sojourn time, in % of the baseline's".to_owned(), quantiles(comparison)),
        ("Quantiles of per-request differences of the sojourn time [ms]".to_owned(), requests(comparison)),
        ("Operational carbon above its lower bounds".to_owned(), bounds(comparison)),
        (format!("Variance of one run's difference in {}", comparison.headline), variance(comparison)),
    ];
    let shown = sections.iter().filter(|(_, table)| !table.is_empty());
    let tables = shown.fold(head(comparison), |text, (title, table)| format!("{text}\n{title}\n{table}"));
    let notes = comparison.notes.iter().map(|note| format!("note: {note}\n")).collect::<String>();
    format!("{tables}\n{}\n{notes}", pareto(comparison))
}

fn head(comparison: &Comparison) -> String {
    let design = &comparison.design;
    let baseline = design.schedulers.first().map_or(NONE, String::as_str);
    let runs = match comparison.sampling.runs_per_unit {
        0 | 1 => String::new(),
        runs => format!(" of {runs} seeds"),
    };
    let trace = if comparison.sampling.conditional_on_trace { ", conditional on this trace" } else { "" };
    let [confidence, margin] = [design.confidence, design.margin].map(round_percent);
    format!(
        "{} · {} schedulers · baseline {baseline} · {}{runs}\n± half the {confidence} interval{trace}; primary metric \
         {}, equivalence margin {}\n",
        design.scenario,
        design.schedulers.len(),
        comparison.unit(),
        comparison.primary,
        margin
    )
}

/// The one table: values, paired differences and verdicts by the headline metric.
fn verdicts(comparison: &Comparison) -> Table {
    let mut table = Table::new(&[
        ("scheduler", Left),
        ("value", Right),
        ("difference", Right),
        ("±", Right),
        ("of baseline", Right),
        ("±", Right),
        ("p (Holm)", Right),
        ("g_z", Right),
        ("", Left),
    ]);
    for (k, row) in comparison.schedulers.iter().enumerate() {
        let value = row.value(comparison.headline).map_or(NONE.to_owned(), |value| significant(value, 4));
        let mut cells = vec![row.scheduler.clone(), value];
        if k == 0 {
            cells.extend([const { "" }; 6].map(str::to_owned));
            cells.push("baseline".to_owned());
        } else {
            cells.extend(difference(row.difference(comparison.headline)));
            let judgement = row.headline;
            let gz = row.difference(comparison.headline).and_then(|difference| difference.hedges_gz);
            cells.push(judgement.and_then(|judgement| judgement.p_holm).map_or(NONE.to_owned(), p_value));
            cells.push(gz.map_or(NONE.to_owned(), |gz| signed(gz, 3)));
            cells.push(judgement.map_or(String::new(), |judgement| word(judgement.verdict, comparison)));
        }
        table.row(cells);
    }
    table
}

fn word(verdict: Verdict, comparison: &Comparison) -> String {
    match verdict {
        Verdict::Equivalent => format!("equivalent within {}", round_percent(comparison.design.margin)),
        Verdict::Better | Verdict::Worse | Verdict::NotToldApart => verdict.to_string(),
    }
}

fn difference(difference: Option<&Difference>) -> [String; 4] {
    let Some(difference) = difference else { return [NONE; 4].map(str::to_owned) };
    let share = |share: Option<f64>| share.map_or(NONE.to_owned(), |share| format!("{:.2} %", share * 100.0));
    let relative = difference.relative.map_or(NONE.to_owned(), |share| format!("{:+.2} %", share * 100.0));
    [
        signed(difference.value, 4),
        significant(difference.half_width, 2),
        relative,
        share(difference.relative_half_width),
    ]
}

fn others(comparison: &Comparison) -> Table {
    const COLUMNS: [(&str, &str); 6] = [
        ("carbon_g_per_inference", "g/inference"),
        ("carbon_g_per_deadline_met", "g/in time"),
        ("carbon_operational_g", "operational g"),
        ("energy_j_per_inference", "J/inference"),
        ("sojourn_mean_ms", "mean sojourn"),
        (MISSES, "misses"),
    ];
    relative(comparison, &COLUMNS)
}

fn quantiles(comparison: &Comparison) -> Table {
    let of_quantiles = METRICS.iter().filter(|metric| metric.is_quantile());
    relative(comparison, &of_quantiles.map(|metric| (metric.name, metric.contrast)).collect::<Vec<_>>())
}

/// Schedulers beside metrics; the headline is not told twice.
fn relative(comparison: &Comparison, columns: &[(&str, &str)]) -> Table {
    let columns: Vec<_> = columns.iter().filter(|(name, _)| *name != comparison.headline).collect();
    let titles = columns.iter().map(|(_, title)| (*title, Right));
    let mut table = Table::new(&std::iter::once(("scheduler", Left)).chain(titles).collect::<Vec<_>>());
    for row in comparison.others() {
        let cells = columns.iter().map(|(name, _)| share_of(row, name));
        table.row(std::iter::once(row.scheduler.clone()).chain(cells));
    }
    table
}

/// A difference in % of the baseline's value, or in points where the metric is a share already.
fn share_of(row: &Row, metric: &str) -> String {
    let Some(difference) = row.difference(metric) else { return NONE.to_owned() };
    let (value, half_width) = if metric == MISSES {
        (Some(difference.value), Some(difference.half_width))
    } else {
        (difference.relative, difference.relative_half_width)
    };
    value
        .zip(half_width)
        .map_or(NONE.to_owned(), |(value, half)| format!("{:+.2} ± {:.2}", value * 100.0, half * 100.0))
}

fn requests(comparison: &Comparison) -> Table {
    let mut table = Table::new(&[("scheduler", Left), ("p50", Right), ("p95", Right), ("p99", Right)]);
    for row in comparison.others().filter(|row| row.request_differences.values().any(|spread| spread.units > 0)) {
        let cell = |name: &str| {
            let spread = row.request_differences.get(name)?;
            let half_width = spread.half_width.map_or(NONE.to_owned(), |half_width| significant(half_width, 2));
            Some(format!("{} ± {half_width}", signed(spread.mean?, 4)))
        };
        let cells = REQUEST_DIFFERENCES.map(|name| cell(name).unwrap_or(NONE.to_owned()));
        table.row(std::iter::once(row.scheduler.clone()).chain(cells));
    }
    table
}

fn bounds(comparison: &Comparison) -> Table {
    let figures = ["bound", "unavoidable", "gap", "±", "of the avoidable", "±"];
    let mut columns = vec![("scheduler", Left), ("bound", Left)];
    columns.extend(figures.map(|header| (header, Right)));
    let mut table = Table::new(&columns);
    let share = |share: Option<f64>| share.map_or(NONE.to_owned(), |share| format!("{:.2} %", share * 100.0));
    for row in &comparison.schedulers {
        for gap in &row.bounds {
            let gaps = [gap.gap, gap.half_width, gap.avoidable_gap, gap.avoidable_half_width].map(share);
            let names = [row.scheduler.clone(), gap.bound.clone(), mass(gap.bound_g), mass(gap.unavoidable_g)];
            table.row(names.into_iter().chain(gaps));
        }
    }
    table
}

fn variance(comparison: &Comparison) -> Table {
    let mut table =
        Table::new(&[("scheduler", Left), ("between periods", Right), ("within", Right), ("share between", Right)]);
    for row in comparison.others() {
        let Some(variance) = row.difference(comparison.headline).and_then(|difference| difference.variance) else {
            continue;
        };
        let share = variance.between_share.map_or(NONE.to_owned(), percent);
        let cells = [significant(variance.between, 3), significant(variance.within, 3), share];
        table.row(std::iter::once(row.scheduler.clone()).chain(cells));
    }
    table
}

fn pareto(comparison: &Comparison) -> String {
    let pareto = &comparison.pareto;
    let set = if pareto.set.is_empty() { NONE.to_owned() } else { pareto.set.join(", ") };
    let [carbon, latency] = pareto.metrics;
    format!("Pareto set of {carbon} and {latency}: {set}; hypervolume {:.4}\n", pareto.hypervolume)
}

/// A share that people choose, such as 95 % or 2.5 %.
pub(super) fn round_percent(share: f64) -> String {
    percent(share).replace(".0 ", " ")
}

fn signed(value: f64, digits: usize) -> String {
    if value > 0.0 { format!("+{}", significant(value, digits)) } else { significant(value, digits) }
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}
