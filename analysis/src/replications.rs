//! Figures of independent replications of a run: each one's, and what they say of the mean together.

use std::fmt::Write;

use indexmap::IndexMap;
use serde::Serialize;

use crate::number::{NONE, percent, significant};
use crate::render;
use crate::stats::{Interval, Moments};
use crate::summary::{Signals, Summary};
use crate::table::{Align::Left, Align::Right, Table};

/// Confidence of every interval over replications: the custom of the field (Law, *Simulation Modeling and Analysis*,
/// §9.4.1).
pub const CONFIDENCE: f64 = 0.95;

/// A headline figure of a run.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name as a column and a key, the unit as suffix.
    pub name: &'static str,
    /// Its section on a terminal.
    section: &'static str,
    /// Its name there, with the unit.
    label: &'static str,
    of: fn(&Summary) -> Option<f64>,
}

/// A list of metrics: section, then column, label and the value of a summary `s`.
macro_rules! metrics {
    ($($section:literal { $($name:literal, $label:literal, $s:ident => $value:expr;)* })*) => {
        /// All headline figures in the order of the outputs.
        pub const METRICS: &[Metric] =
            &[$($(Metric { name: $name, section: $section, label: $label, of: |$s| $value }),*),*];
    };
}

metrics! {
    "Requests" {
        "requests_arrived", "arrived", s => Some(s.requests.arrived as f64);
        "requests_completed", "completed", s => Some(s.requests.completed as f64);
        "requests_late", "  of which late", s => Some(s.requests.late as f64);
        "requests_rejected", "rejected", s => Some(s.requests.rejected as f64);
        "requests_failed", "failed", s => Some(s.requests.failed as f64);
        "requests_in_flight", "in flight at the end", s => Some(s.requests.in_flight as f64);
        "throughput_per_s", "completed [1/s]", s => Some(s.throughput_per_s);
    }
    "Sojourn time" {
        "sojourn_mean_ms", "mean [ms]", s => s.sojourn_ms.mean;
        "sojourn_p50_ms", "p50 [ms]", s => s.sojourn_ms.p50;
        "sojourn_p95_ms", "p95 [ms]", s => s.sojourn_ms.p95;
        "sojourn_p99_ms", "p99 [ms]", s => s.sojourn_ms.p99;
        "sojourn_max_ms", "longest [ms]", s => s.sojourn_ms.max;
    }
    "Mean time of a completed request" {
        "time_deferred_ms", "deferred [ms]", s => s.time_ms.deferred;
        "time_network_ms", "network [ms]", s => s.time_ms.network;
        "time_queued_ms", "queued [ms]", s => s.time_ms.queued;
        "time_loading_ms", "loading [ms]", s => s.time_ms.loading;
        "time_service_ms", "service [ms]", s => s.time_ms.service;
    }
    "Energy" {
        "energy_dynamic_j", "dynamic [J]", s => Some(s.energy_j.dynamic);
        "energy_idle_j", "idle [J]", s => Some(s.energy_j.idle);
        "energy_wake_j", "wake [J]", s => Some(s.energy_j.wake);
        "energy_load_j", "load [J]", s => Some(s.energy_j.load);
        "energy_network_j", "network [J]", s => Some(s.energy_j.network);
        "energy_total_j", "total [J]", s => Some(s.energy_j.total);
    }
    "Carbon" {
        "carbon_dynamic_g", "dynamic [g]", s => Some(s.carbon_g.dynamic);
        "carbon_idle_g", "idle [g]", s => Some(s.carbon_g.idle);
        "carbon_wake_g", "wake [g]", s => Some(s.carbon_g.wake);
        "carbon_load_g", "load [g]", s => Some(s.carbon_g.load);
        "carbon_network_g", "network [g]", s => Some(s.carbon_g.network);
        "carbon_operational_g", "operational [g]", s => Some(s.carbon_g.operational);
        "carbon_embodied_g", "embodied [g]", s => s.carbon_g.embodied;
        "carbon_total_g", "total [g]", s => Some(s.carbon_g.total);
    }
    "Per inference" {
        "energy_j_per_inference", "energy [J]", s => s.energy_j_per_inference;
        "carbon_g_per_inference", "operational carbon [g]", s => s.carbon_g_per_inference;
        "inferences_per_g", "inferences [1/g]", s => s.inferences_per_g;
        "sci_g_per_inference", "SCI, embodied included [g]", s => s.sci_g_per_inference;
    }
}

/// The headline figures of one run, in the order of [`METRICS`]; `None` where a run has no such figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures(Vec<Option<f64>>);

impl Figures {
    /// The figures of a summary.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        Self(METRICS.iter().map(|metric| (metric.of)(summary)).collect())
    }

    /// The figures with these names of [`METRICS`]; a name that is none of them is left out, the others are unknown.
    #[must_use]
    pub fn named(known: &[(&str, f64)]) -> Self {
        let value = |name| known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Self(METRICS.iter().map(|metric| value(metric.name)).collect())
    }

    /// The figure with this name; `None` where the run has none or no metric is called so.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        METRICS.iter().position(|metric| metric.name == name).and_then(|k| self.0[k])
    }
}

/// What replications say of one figure; each counts the same, so a ratio is the mean of their ratios.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Replications that have the figure.
    pub known: u64,
    /// Their mean.
    pub mean: Option<f64>,
    /// Standard deviation of one replication (n − 1), not of the mean.
    pub std_dev: Option<f64>,
    /// The least of them.
    pub min: Option<f64>,
    /// The greatest of them.
    pub max: Option<f64>,
    /// Half the width of the interval of the true mean at [`CONFIDENCE`] by Student's t; `None` for fewer than two.
    pub half_width: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Half the width over the size of the mean; `None` around a mean of zero.
    pub relative_half_width: Option<f64>,
}

impl Estimate {
    /// What independent values say of their mean.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let moments: Moments = values.iter().copied().collect();
        let interval = Interval::of(values, CONFIDENCE);
        Self {
            known: moments.count(),
            mean: moments.mean(),
            std_dev: moments.std_dev(),
            min: moments.min(),
            max: moments.max(),
            half_width: interval.map(|interval| interval.half_width),
            low: interval.map(|interval| interval.low()),
            high: interval.map(|interval| interval.high()),
            relative_half_width: interval.and_then(|interval| interval.relative()),
        }
    }
}

/// What replications of one scenario under one seed come to: `summary.json` of their common folder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replications {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the scheduler.
    pub scheduler: String,
    /// The scheduler's parameters as text, in its own order.
    pub scheduler_parameters: IndexMap<String, String>,
    /// Seed of the random streams of all replications.
    pub seed: u64,
    /// How many there are; they are numbered from 0.
    pub replications: u64,
    /// From the epoch to the end of the measurement window [s].
    pub horizon_s: f64,
    /// Carbon signals and their origin.
    pub signal: Signals,
    /// Largest relative error of every quantile of one replication.
    pub quantile_error: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Each headline figure over the replications.
    pub metrics: IndexMap<&'static str, Estimate>,
    #[serde(skip)]
    rows: Vec<Figures>,
    #[serde(skip)]
    head: String,
}

impl Replications {
    /// Puts the figures of replications, in their order, beside each other; `first` is the summary of one of them.
    #[must_use]
    pub fn new(first: &Summary, rows: Vec<Figures>) -> Self {
        let values = |k: usize| rows.iter().filter_map(|row| row.0[k]).collect::<Vec<f64>>();
        let metrics = METRICS.iter().enumerate().map(|(k, metric)| (metric.name, Estimate::of(&values(k)))).collect();
        Self {
            scenario: first.scenario.clone(),
            scheduler: first.scheduler.clone(),
            scheduler_parameters: first.scheduler_parameters.clone(),
            seed: first.seed,
            replications: rows.len() as u64,
            horizon_s: first.horizon_s,
            signal: first.signal.clone(),
            quantile_error: first.quantile_error,
            confidence: CONFIDENCE,
            metrics,
            head: render::head(first, &format!("{} replications", rows.len())),
            rows,
        }
    }

    /// A table with a row a replication and a column a figure; an empty cell is a figure that a replication lacks.
    #[must_use]
    pub fn csv(&self) -> String {
        let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let mut csv = format!("replication,{}\n", names.join(","));
        for (number, row) in self.rows.iter().enumerate() {
            // The shortest digits that read back as the same number.
            let cells: Vec<String> = row.0.iter().map(|cell| cell.map_or(String::new(), |x| x.to_string())).collect();
            let _ = writeln!(csv, "{number},{}", cells.join(","));
        }
        csv
    }

    /// The figures in sections for a terminal: mean, interval and spread of each; accounts that nobody used are left
    /// out.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.head.clone();
        let (confidence, error) = (percent(CONFIDENCE).replace(".0", ""), self.quantile_error * 100.0);
        let _ = writeln!(
            text,
            "mean ± half its {confidence} interval (Student's t, n = {}); quantiles within {error:.2} % each",
            self.replications
        );
        if self.rows.windows(2).all(|pair| pair[0] == pair[1]) {
            let _ = writeln!(text, "note: all replications are equal: nothing that matters here is drawn at random");
        }
        let mut start = 0;
        while start < METRICS.len() {
            let section = METRICS[start].section;
            let length = METRICS[start..].iter().take_while(|metric| metric.section == section).count();
            let table = self.table(&METRICS[start..start + length]);
            if !table.is_empty() {
                let _ = write!(text, "\n{section}\n{table}");
            }
            start += length;
        }
        text
    }

    fn table(&self, metrics: &[Metric]) -> Table {
        let columns = ["", "mean", "±", "of mean", "std dev", "least", "most"];
        let mut table = Table::new(&columns.map(|title| (title, if title.is_empty() { Left } else { Right })));
        for metric in metrics {
            let estimate = &self.metrics[metric.name];
            let used = estimate.min.is_some_and(|least| least != 0.0) || estimate.max.is_some_and(|most| most != 0.0);
            if !used {
                continue;
            }
            let show = |value: Option<f64>, digits| value.map_or(NONE.to_owned(), |value| significant(value, digits));
            let label = match self.replications - estimate.known {
                0 => metric.label.to_owned(),
                lacking => format!("{} (none in {lacking})", metric.label),
            };
            table.row([
                label,
                show(estimate.mean, 5),
                show(estimate.half_width, 3),
                estimate.relative_half_width.map_or(NONE.to_owned(), percent),
                show(estimate.std_dev, 3),
                show(estimate.min, 5),
                show(estimate.max, 5),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_that_of_the_textbook() {
        // Five values with a sum of squares of deviations of 10: s = √2.5, t(4, 0.975) = 2.7764 in printed tables.
        let estimate = Estimate::of(&[10.0, 12.0, 11.0, 13.0, 9.0]);
        let half_width = 2.7764 * (2.5f64 / 5.0).sqrt();
        let close = |got: Option<f64>, expected: f64| (got.expect("five values") - expected).abs() < 1e-4;
        assert!(close(estimate.mean, 11.0) && close(estimate.std_dev, 2.5f64.sqrt()));
        assert!(close(estimate.half_width, half_width) && close(estimate.relative_half_width, half_width / 11.0));
        assert!(close(estimate.low, 11.0 - half_width) && close(estimate.high, 11.0 + half_width));
        assert_eq!((estimate.known, estimate.min, estimate.max), (5, Some(9.0), Some(13.0)));
    }

    #[test]
    fn one_value_has_no_interval_and_a_mean_of_zero_no_relative_one() {
        let one = Estimate::of(&[3.0]);
        assert_eq!((one.mean, one.half_width, one.std_dev), (Some(3.0), None, None));
        assert_eq!(Estimate::of(&[]).mean, None);
        assert_eq!(Estimate::of(&[-1.0, 1.0]).relative_half_width, None);
        assert_eq!(Estimate::of(&[0.0, 0.0]).half_width, Some(0.0));
    }

    #[test]
    fn the_name_of_every_metric_is_its_own() {
        let names: std::collections::BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len());
    }
}
