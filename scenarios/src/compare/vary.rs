//! Sensitivity: the same comparison under other assumptions, who ranks where, and what flips the order.

use analysis::number::{NONE, percent, significant};
use analysis::replications::CONFIDENCE;
use analysis::stats::Interval;
use analysis::table::{Align, Table};
use serde::Serialize;
use serde_yaml::{Mapping, Value};
use sim_core::world::signal::SignalKind;

use super::Plan;
use super::periods::periods;
use super::trials::{Field, Ran, Trials};
use crate::build::Experiment;
use crate::commands::Error;
use crate::issues::nearest_of;
use crate::load::{Loaded, assignment};

type Set = Vec<(String, Value)>;

/// Where a figure of a variation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    /// The comparison's primary metric.
    Primary,
    /// Operational carbon per inference under the signals of a kind: the runs as they are, re-scored.
    Rescored(SignalKind),
    /// Carbon attributed to requests, per inference.
    Attributed,
}

/// One other assumption.
#[derive(Clone, Debug)]
pub(super) struct Variation {
    label: String,
    set: Set,
    figure: Figure,
}

/// An axis with the values that it takes unless told otherwise.
const AXES: [(&str, &[&str]); 5] = [
    ("forecast_error", &["0 %", "5 %", "20 %", "50 %"]),
    ("signal", &["average", "marginal"]),
    // Bounds of the literature on a byte's energy, REFERENCES of the README's page on statistics.
    ("network_energy", &["0.001 kWh/GB", "0.04 kWh/GB", "0.14 kWh/GB"]),
    ("idle_attribution", &["by-time", "by-use", "none"]),
    ("embodied_in_decision", &["off", "on"]),
];

/// The variations of `axis` or `axis=value|value`; an axis is one of [`AXES`] or any path of the scenario.
///
/// # Errors
/// If there is no such axis, a path has no values, or a zone lacks a signal.
pub(super) fn variations(asked: &[String], base: &Experiment) -> Result<Vec<Variation>, String> {
    let mut all = Vec::new();
    for text in asked {
        let (axis, given) = text.split_once('=').map_or((text.as_str(), None), |(axis, values)| (axis, Some(values)));
        let axis = axis.trim();
        let known = AXES.iter().find(|(name, _)| *name == axis);
        let values: Vec<&str> = match (given, known) {
            (Some(values), _) => values.split('|').map(str::trim).collect(),
            (None, Some((_, values))) => values.to_vec(),
            (None, None) if axis.contains('.') => {
                return Err(format!("--vary {axis}: a path of the scenario needs values, such as {axis}=1|2"));
            }
            (None, None) => return Err(unknown(axis)),
        };
        if known.is_none() && !axis.contains(['.', '[']) {
            return Err(unknown(axis));
        }
        for value in values {
            all.push(variation(axis, value, base)?);
        }
    }
    Ok(all)
}

fn unknown(axis: &str) -> String {
    let names: Vec<&str> = AXES.iter().map(|(name, _)| *name).collect();
    let hint = nearest_of(axis, &names);
    format!("--vary: no axis `{axis}`; {hint}, or a path of the scenario such as network.contention=fifo|none")
}

fn variation(axis: &str, value: &str, base: &Experiment) -> Result<Variation, String> {
    let text = |value: &str| Value::from(value);
    let mut figure = Figure::Primary;
    let set: Set = match axis {
        "forecast_error" => {
            let present = ("grid.present".to_owned(), text("forecast"));
            vec![present, ("grid.forecast".into(), forecast(value))]
        }
        "signal" => {
            let kind = match value {
                "average" => SignalKind::Average,
                "marginal" => SignalKind::Marginal,
                _ => return Err(format!("--vary signal: `{value}` is neither average nor marginal")),
            };
            if let Some(zone) = base.world.grid.zones.iter().find(|zone| zone.signal(kind).is_none()) {
                let message = format!("--vary signal={value}: zone `{}` has no {value} signal", zone.name);
                return Err(format!("{message}; give it one under grid.zones, or leave this axis out"));
            }
            figure = Figure::Rescored(kind);
            Vec::new()
        }
        "network_energy" => {
            let scope = ("network.scope".to_owned(), text("end-to-end"));
            vec![scope, ("network.end_to_end".into(), text(value))]
        }
        "idle_attribution" => {
            figure = Figure::Attributed;
            vec![("accounting.idle".into(), text(value))]
        }
        "embodied_in_decision" => vec![("accounting.embodied_in_decision".into(), text(value))],
        path => vec![assignment(&format!("{path}={value}"))?],
    };
    Ok(Variation { label: format!("{axis} {value}"), set, figure })
}

/// No error is a perfect forecast; else errors as in Let's Wait Awhile, normal with that share of the signal's mean.
fn forecast(error: &str) -> Value {
    let mut spec = Mapping::new();
    let none = error.trim_end_matches('%').trim().parse::<f64>() == Ok(0.0);
    spec.insert("method".into(), if none { "perfect" } else { "white-noise" }.into());
    if !none {
        spec.insert("error".into(), error.into());
    }
    spec.into()
}

/// A comparison that is to be repeated under other assumptions.
pub(super) struct Studied<'a> {
    pub plan: &'a Plan,
    pub loaded: &'a Loaded,
    pub set: &'a Set,
    pub field: &'a Field<'a>,
    pub trials: &'a Trials,
}

/// Ranks under other assumptions: `sensitivity` of comparison.json.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sensitivity {
    /// Labels of the schedulers.
    schedulers: Vec<String>,
    /// As stated, then each variation.
    columns: Vec<Column>,
    /// Pairs that change places, and are told apart both before and after.
    flips: Vec<Flip>,
    /// Pairs that change places within their intervals.
    unclear: usize,
}

/// One assumption.
#[derive(Clone, Debug, Serialize)]
struct Column {
    assumption: String,
    metric: String,
    /// Mean of each scheduler; `null` where it has none.
    means: Vec<Option<f64>>,
    /// Place of each scheduler, 1 for the least.
    ranks: Vec<Option<usize>>,
}

/// Two schedulers that change places.
#[derive(Clone, Debug, Serialize)]
struct Flip {
    assumption: String,
    /// Better under this assumption, and worse as stated.
    better: String,
    worse: String,
    /// `better` minus `worse` over `worse`, as stated and under the assumption, with half their intervals.
    stated: [f64; 2],
    varied: [f64; 2],
}

impl Studied<'_> {
    /// Repeats the comparison under each variation; `None` if there is none.
    ///
    /// # Errors
    /// If the scenario does not hold under a variation, or a run fails.
    pub fn under(&self, variations: &[Variation]) -> Result<Option<Sensitivity>, Error> {
        if variations.is_empty() {
            return Ok(None);
        }
        let labels: Vec<String> = self.field.entrants.iter().map(|entrant| entrant.label.clone()).collect();
        let mut made = Sensitivity { columns: Vec::new(), flips: Vec::new(), unclear: 0, schedulers: labels };
        let stated = |figure| self.values(self.trials, figure);
        made.column("as stated", self.metric(Figure::Primary), &stated(Figure::Primary));
        for variation in variations {
            let own = if variation.set.is_empty() { None } else { Some(self.repeat(variation)?) };
            let values = self.values(own.as_ref().unwrap_or(self.trials), variation.figure);
            made.column(&variation.label, self.metric(variation.figure), &values);
            made.compare(&variation.label, &stated(Figure::Primary), &values);
        }
        Ok(Some(made))
    }

    fn repeat(&self, variation: &Variation) -> Result<Trials, Error> {
        let mut set = self.set.clone();
        set.extend(variation.set.iter().cloned());
        let base = self.loaded.experiment(&set)?;
        let periods = periods(self.loaded, &set, &base, self.plan.over, self.plan.periods())?;
        let seeds = self.trials[0][0].len();
        Field { periods: &periods, ..*self.field }.run(0, seeds)
    }

    fn metric(&self, figure: Figure) -> String {
        match figure {
            Figure::Primary => self.plan.primary.clone(),
            Figure::Rescored(_) => "carbon_g_per_inference, re-scored".into(),
            Figure::Attributed => "attributed_g_per_inference".into(),
        }
    }

    /// The figure of each scheduler in each replication, in one order for all schedulers.
    fn values(&self, trials: &Trials, figure: Figure) -> Vec<Vec<Option<f64>>> {
        let of = |ran: &Ran| match figure {
            Figure::Primary => ran.trial.figures.get(&self.plan.primary),
            Figure::Rescored(SignalKind::Average) => ran.rescored[0],
            Figure::Rescored(SignalKind::Marginal) => ran.rescored[1],
            Figure::Attributed => ran.attributed,
        };
        trials.iter().map(|periods| periods.iter().flatten().map(of).collect()).collect()
    }
}

impl Sensitivity {
    fn column(&mut self, assumption: &str, metric: String, values: &[Vec<Option<f64>>]) {
        let means: Vec<Option<f64>> = values.iter().map(|of| mean(of)).collect();
        let below = |value: f64| means.iter().flatten().filter(|other| **other < value).count();
        let ranks = means.iter().map(|mean| mean.map(|mean| 1 + below(mean))).collect();
        self.columns.push(Column { assumption: assumption.to_owned(), metric, means, ranks });
    }

    /// Notes the pairs whose order a variation turns round.
    fn compare(&mut self, assumption: &str, stated: &[Vec<Option<f64>>], varied: &[Vec<Option<f64>>]) {
        for a in 0..stated.len() {
            for b in a + 1..stated.len() {
                let (Some(before), Some(after)) = (difference(stated, a, b), difference(varied, a, b)) else {
                    continue;
                };
                if before.mean * after.mean >= 0.0 {
                    continue;
                }
                if before.contains(0.0) || after.contains(0.0) {
                    self.unclear += 1;
                    continue;
                }
                let (better, worse) = if after.mean < 0.0 { (a, b) } else { (b, a) };
                let share = |values: &[Vec<Option<f64>>]| {
                    let of = difference(values, better, worse).unwrap_or(Interval { mean: 0.0, half_width: 0.0 });
                    let whole = mean(&values[worse]).unwrap_or(1.0);
                    [of.mean / whole, of.half_width / whole]
                };
                self.flips.push(Flip {
                    assumption: assumption.to_owned(),
                    better: self.schedulers[better].clone(),
                    worse: self.schedulers[worse].clone(),
                    stated: share(stated),
                    varied: share(varied),
                });
            }
        }
    }

    /// Table of ranks, then the flips in words.
    pub fn text(&self) -> String {
        let mut table = Table::new(&[("assumption", Align::Left), ("least first (mean)", Align::Left)]);
        for column in &self.columns {
            let mut order: Vec<usize> = (0..self.schedulers.len()).filter(|&k| column.ranks[k].is_some()).collect();
            order.sort_by_key(|&k| column.ranks[k]);
            let cell = |k: usize| match (column.ranks[k], column.means[k]) {
                (Some(rank), Some(mean)) => format!("{rank} {} ({})", self.schedulers[k], significant(mean, 4)),
                _ => NONE.to_owned(),
            };
            let cells: Vec<String> = order.into_iter().map(cell).collect();
            table.row([column.assumption.clone(), cells.join(", ")]);
        }
        let mut text = format!("Ranking by {} under other assumptions\n{table}", self.columns[0].metric);
        for column in self.columns.iter().filter(|column| column.metric != self.columns[0].metric) {
            text.push_str(&format!("  {}: {}\n", column.assumption, column.metric));
        }
        if self.flips.is_empty() {
            text.push_str("No pair that is told apart changes places.\n");
        }
        for Flip { assumption, better, worse, stated, varied } in &self.flips {
            let show = |[share, half]: [f64; 2]| format!("{} ± {}", signed(share), percent(half));
            text.push_str(&format!(
                "  {assumption}: {better} passes {worse}: {} of it, as stated {}\n",
                show(*varied),
                show(*stated)
            ));
        }
        if self.unclear > 0 {
            text.push_str(&format!("  {} more pairs change places within their intervals\n", self.unclear));
        }
        text
    }
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().copied().collect::<Option<_>>()?;
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// The paired difference a − b over the replications; `None` where one lacks a figure, or there are fewer than two.
fn difference(values: &[Vec<Option<f64>>], a: usize, b: usize) -> Option<Interval> {
    let pairs = values[a].iter().zip(&values[b]).map(|(a, b)| Some((*a)? - (*b)?));
    Interval::of(&pairs.collect::<Option<Vec<f64>>>()?, CONFIDENCE)
}
