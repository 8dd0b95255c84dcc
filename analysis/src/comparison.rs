//! Schedulers beside a baseline on the same worlds under the same luck: what differs, and how surely.
//!
//! Runs come as `trials[scheduler][period][seed]`. Periods, or seeds where there is one period, are the independent
//! units; of each metric the units make a paired difference with its interval ([`Difference`]), the one declared metric
//! makes the verdicts ([`Judgement`]). `docs/statistics.md` of this crate gives the reasons.

mod bound;
mod csv;
mod design;
mod difference;
mod frontier;
mod layout;
pub mod metric;
mod notes;
mod rule;
mod service;
mod text;
mod timing;
mod verdict;

#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use serde::Serialize;

pub use bound::Gap;
pub use design::{Design, Lower, Over, Trial};
pub use difference::{Difference, Figure, Variance};
pub use frontier::Frontier;
pub use layout::Sampling;
pub use rule::Stopping;
pub use service::Service;
pub use timing::{DecisionTime, Timing};
pub use verdict::{Judgement, Verdict};

use crate::histogram::QUANTILE_ERROR;
use crate::inference::sequential;
use layout::Layout;
use metric::{METRICS, Metric, REQUEST_DIFFERENCES};
use rule::Rule;

/// What paired runs say of schedulers: `comparison.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What was asked.
    pub design: Design,
    /// What the intervals are over.
    pub sampling: Sampling,
    /// The rule of stopping, if units were added one by one.
    pub stopping: Option<Stopping>,
    /// The metric that tests were declared to be about.
    pub primary: &'static str,
    /// The metric of the verdicts: the primary one, or carbon per inference within its deadline where service differs.
    pub headline: &'static str,
    /// Whether every scheduler served what the baseline served.
    pub equal_service: bool,
    /// Largest relative error of every quantile of one run.
    pub quantile_error: f64,
    /// One row a scheduler, the baseline first.
    pub schedulers: Vec<Row>,
    /// Carbon against latency.
    pub pareto: Frontier,
    /// What a reader must know beside the tables.
    pub notes: Vec<String>,
    /// Apart, since no rerun repeats it.
    #[serde(skip)]
    timing: Timing,
}

/// A scheduler in a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its label.
    pub scheduler: String,
    /// The verdict by the headline metric; `None` for the baseline.
    pub headline: Option<Judgement>,
    /// The verdict by the primary metric; `None` for the baseline.
    pub primary: Option<Judgement>,
    /// What it served.
    pub service: Service,
    /// Every metric of [`METRICS`].
    pub metrics: IndexMap<&'static str, Figure>,
    /// Quantiles of per-request differences, unlike differences of quantiles; empty for the baseline.
    pub request_differences: IndexMap<&'static str, Spread>,
    /// How far it lies above each lower bound of its carbon.
    pub bounds: Vec<Gap>,
}

/// A mean over the units with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Units that have it.
    pub units: usize,
    /// Their mean; `None` without any.
    pub mean: Option<f64>,
    /// Half the width of its interval; `None` for fewer than two.
    pub half_width: Option<f64>,
}

impl Comparison {
    /// Compares schedulers by `trials[scheduler][period][seed]`, of which there are as many as the design says.
    #[must_use]
    pub fn new(design: Design, trials: &[Vec<Vec<Trial>>]) -> Self {
        Self::compare(design, trials, None)
    }

    /// The same for units that were added until [`enough`] at this relative half-width, or a maximum, ended it.
    ///
    /// Its intervals are those of two-stage sampling, which cover in spite of the stopping
    /// ([`crate::inference::sequential`]).
    #[must_use]
    pub fn sequential(design: Design, trials: &[Vec<Vec<Trial>>], relative_half_width: f64) -> Self {
        let reached = enough(&design, trials, relative_half_width);
        Self::compare(design, trials, Some(Stopping { relative_half_width, reached }))
    }

    fn compare(design: Design, trials: &[Vec<Vec<Trial>>], stopping: Option<Stopping>) -> Self {
        let (layout, rule) = (Layout::new(trials), Rule::new(&design, stopping.is_some()));
        let names = design.schedulers.iter().enumerate();
        let mut schedulers: Vec<Row> = names.map(|(k, name)| Row::new(&layout, k, name, &rule)).collect();
        let primary = primary(&design).name;
        let equal_service = schedulers.iter().all(|row| row.service.equal);
        let headline = if equal_service { primary } else { metric::PER_DEADLINE_MET };
        let judged = [primary, headline].map(|metric| judgements(&schedulers, metric, &rule));
        for (row, (by_primary, by_headline)) in schedulers.iter_mut().skip(1).zip(judged[0].iter().zip(&judged[1])) {
            (row.primary, row.headline) = (Some(*by_primary), Some(*by_headline));
        }
        let mut comparison = Self {
            sampling: layout.sampling(&design),
            stopping,
            primary,
            headline,
            equal_service,
            quantile_error: QUANTILE_ERROR,
            pareto: frontier(&schedulers, equal_service),
            schedulers,
            notes: Vec::new(),
            timing: Timing::new(&design, &layout),
            design,
        };
        comparison.notes = notes::notes(&comparison, &rule);
        comparison
    }

    /// The tables and notes for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        text::text(self)
    }

    /// A row a scheduler and figure; an empty cell is a figure that does not exist.
    #[must_use]
    pub fn csv(&self) -> String {
        csv::csv(self)
    }

    /// The decision clock, which belongs to no output that a rerun repeats.
    #[must_use]
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// The rows beside the baseline's.
    fn others(&self) -> impl Iterator<Item = &Row> {
        self.schedulers.iter().skip(1)
    }

    /// How units are called, one or many.
    fn unit(&self) -> String {
        let Sampling { unit, units, .. } = &self.sampling;
        format!("{units} {unit}{}", if *units == 1 { "" } else { "s" })
    }
}

impl Row {
    fn new(layout: &Layout, scheduler: usize, name: &str, rule: &Rule) -> Self {
        let figure = |metric: &Metric| (metric.name, Figure::new(layout, metric, scheduler, rule));
        let spread = |(k, name): (usize, &&'static str)| {
            let units = layout.values(scheduler, |trial| trial.request_differences_ms.map(|all| all[k]));
            let estimate = rule.of(&units);
            let half_width = estimate.map(|estimate| estimate.interval(rule.confidence).half_width);
            (*name, Spread { units: units.len(), mean: units.overall(), half_width })
        };
        let differences = REQUEST_DIFFERENCES.iter().enumerate().filter(|_| scheduler > 0);
        Self {
            scheduler: name.to_owned(),
            headline: None,
            primary: None,
            service: Service::new(layout, scheduler),
            metrics: METRICS.iter().map(figure).collect(),
            request_differences: differences.map(spread).collect(),
            bounds: bound::gaps(layout, scheduler, rule),
        }
    }

    fn difference(&self, metric: &str) -> Option<&Difference> {
        self.metrics.get(metric).and_then(|figure| figure.difference.as_ref())
    }

    fn value(&self, metric: &str) -> Option<f64> {
        self.metrics.get(metric).and_then(|figure| figure.value)
    }
}

/// Whether the units suffice for a half-width of the primary metric's paired difference of at most this share of the
/// baseline's value, for every scheduler; at least ten, of which the first ten decide.
///
/// Asked again after each added unit. It need not ever hold, so the caller sets a maximum.
#[must_use]
pub fn enough(design: &Design, trials: &[Vec<Vec<Trial>>], relative_half_width: f64) -> bool {
    let (layout, rule, primary) = (Layout::new(trials), Rule::new(design, true), primary(design));
    let suffices = |scheduler| {
        let [baseline, own] = layout.pair(primary, scheduler);
        let needed = sequential::needed(&baseline, &own, relative_half_width, rule.confidence);
        needed.is_some_and(|needed| own.len() >= needed)
    };
    layout.count() >= sequential::PILOT && (1..design.schedulers.len()).all(suffices)
}

/// The declared metric; the first one for a name that is none.
fn primary(design: &Design) -> &'static Metric {
    metric::named(&design.primary).unwrap_or(&METRICS[0])
}

fn judgements(rows: &[Row], metric: &'static str, rule: &Rule) -> Vec<Judgement> {
    let differences: Vec<Option<&Difference>> = rows.iter().skip(1).map(|row| row.difference(metric)).collect();
    verdict::judge(metric, &differences, rule)
}

fn frontier(rows: &[Row], equal_service: bool) -> Frontier {
    let carbon = if equal_service { METRICS[0].name } else { metric::PER_DEADLINE_MET };
    let metrics = [carbon, metric::LATENCY];
    let point = |row: &Row| Some([row.value(metrics[0])?, row.value(metrics[1])?]);
    let points: Vec<(&str, [f64; 2])> =
        rows.iter().filter_map(|row| point(row).map(|costs| (row.scheduler.as_str(), costs))).collect();
    Frontier::new(metrics, &points)
}
