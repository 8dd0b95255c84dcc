//! How long schedulers think, by the wall clock: apart from everything that a rerun repeats.

use serde::Serialize;

use super::design::{Design, Trial};
use super::layout::Layout;
use crate::number::{NONE, time};
use crate::table::{Align, Table};

/// Times of decisions of all schedulers, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// One row a scheduler.
    pub decisions: Vec<DecisionTime>,
}

/// The time that a decision takes, by the wall clock and so noisy: the median over the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionTime {
    /// Label of the scheduler.
    pub scheduler: String,
    /// Median over the runs of their medians [ns].
    pub p50_ns: Option<f64>,
    /// Median over the runs of their 99th percentiles [ns].
    pub p99_ns: Option<f64>,
}

impl Timing {
    pub(super) fn new(design: &Design, layout: &Layout) -> Self {
        let row = |(k, scheduler): (usize, &String)| {
            let over = |quantile: usize| median(layout.all(k).filter_map(|trial: &Trial| trial.decision_ns[quantile]));
            DecisionTime { scheduler: scheduler.clone(), p50_ns: over(0), p99_ns: over(1) }
        };
        Self { decisions: design.schedulers.iter().enumerate().map(row).collect() }
    }

    /// The table for a terminal; empty when nothing was timed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut table =
            Table::new(&[("scheduler", Align::Left), ("a decision, p50", Align::Right), ("p99", Align::Right)]);
        let show = |ns: Option<f64>| ns.map_or(NONE.to_owned(), |ns| time(ns / 1e6));
        let timed = self.decisions.iter().filter(|row| row.p50_ns.is_some() || row.p99_ns.is_some());
        timed.for_each(|row| table.row([row.scheduler.clone(), show(row.p50_ns), show(row.p99_ns)]));
        if table.is_empty() { String::new() } else { format!("Decision clock (wall time of this machine)\n{table}") }
    }
}

/// The middle value, the lower of two.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}
