//! `carbonedge signals inspect`: what a file of carbon intensities holds, mended or not.

use std::collections::BTreeMap;
use std::fmt::Write;

use analysis::sparkline::sparkline;
use analysis::table::{Align, Table};
use serde::Serialize;
use sim_core::world::signal::{Provenance, SignalKind};
use workloads::carbon::findings::Finding;
use workloads::carbon::reading::Reading;
use workloads::carbon::series::{Interval, Series};

use super::args::InspectArgs;
use super::reading;

/// Bars of the sparkline.
const BARS: usize = 72;
/// Quantiles that are shown.
const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// What a file holds.
#[derive(Clone, Debug, Serialize)]
pub struct Inspected {
    /// The files.
    pub files: Vec<String>,
    /// The format that they were read as.
    pub format: &'static str,
    /// The zone; none where neither the file nor the command line names one.
    pub zone: Option<String>,
    /// `average` or `marginal`.
    pub kind: &'static str,
    /// Such as `lifecycle, consumption, CO2e`.
    pub labels: String,
    /// Unit of the values in the file; all figures here are in g/kWh.
    pub unit: &'static str,
    /// `mean` of an interval, or `point`.
    pub values: &'static str,
    /// Where the numbers come from.
    pub source: String,
    /// Rows of the file.
    pub rows: usize,
    /// Intervals of the signal.
    pub intervals: usize,
    /// Start of the first interval.
    pub from: String,
    /// End of the last interval.
    pub to: String,
    /// Lengths of intervals [s] with their counts.
    pub steps: Vec<Step>,
    /// What is odd.
    pub findings: Vec<Found>,
    /// Statistics over time [g/kWh].
    pub g_per_kwh: Statistics,
    /// The course of the signal.
    pub sparkline: String,
}

/// A length of intervals.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The length [s].
    pub step_s: f64,
    /// How many intervals have it.
    pub count: usize,
}

/// What is odd, of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Its kind.
    pub what: &'static str,
    /// How often.
    pub count: usize,
    /// Line of the first.
    pub first_line: u64,
    /// The first in words.
    pub first: String,
}

/// Statistics of a signal over time, each interval counting by its length [g/kWh].
#[derive(Clone, Debug, Serialize)]
pub struct Statistics {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub std_dev: f64,
    /// Lowest.
    pub min: f64,
    /// Quantiles, such as `p50`.
    #[serde(flatten)]
    pub quantiles: BTreeMap<String, f64>,
    /// Highest.
    pub max: f64,
}

/// What the files of a command line hold: as text, or as JSON.
///
/// # Errors
/// If they cannot be read, or something that must be stated is not.
pub fn text(args: &InspectArgs) -> Result<String, String> {
    let mut files = args.files.clone();
    // What is odd is told and not refused here.
    files.gaps = Some("hold".to_owned());
    let inspected = Inspected::new(files.files.clone(), &reading(&files)?);
    if args.json {
        return serde_json::to_string_pretty(&inspected).map_err(|error| error.to_string());
    }
    Ok(inspected.page())
}

impl Inspected {
    fn new(files: Vec<String>, reading: &Reading) -> Self {
        let series = &reading.series;
        let (from, to) = series.span();
        Self {
            format: reading.format.name(),
            zone: Some(series.zone.clone()).filter(|zone| !zone.is_empty()),
            kind: match reading.kind {
                SignalKind::Average => "average",
                SignalKind::Marginal => "marginal",
            },
            labels: series.labels.to_string(),
            unit: reading.unit.name(),
            values: reading.values.name(),
            // Here nothing is mended for good: `findings` tells what would be.
            source: source(&series.provenance).split("; mended by").next().unwrap_or_default().to_owned(),
            rows: reading.rows,
            intervals: series.len(),
            from: from.to_string(),
            to: to.to_string(),
            steps: steps(series),
            findings: reading.findings.iter().map(found).collect(),
            g_per_kwh: Statistics::new(series),
            sparkline: sparkline(series.values(), BARS),
            files,
        }
    }

    fn page(&self) -> String {
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
        table.row(["format", self.format]);
        table.row(["zone", self.zone.as_deref().unwrap_or("not named")]);
        table.row(["labels", &format!("{}, {}", self.kind, self.labels)]);
        table.row(["values", &format!("{} of each interval, in {}", self.values, self.unit)]);
        table.row(["source", &self.source]);
        table.row(["rows", &format!("{} rows, {} intervals", self.rows, self.intervals)]);
        table.row(["span", &format!("{} to {}", self.from, self.to)]);
        table.row(["step", &self.steps.iter().map(step).collect::<Vec<_>>().join(", ")]);
        for found in &self.findings {
            let first = format!("{} (first in line {}: {})", found.count, found.first_line, found.first);
            table.row([found.what, &first]);
        }
        if self.findings.is_empty() {
            table.row(["oddities", "none: no gaps, duplicates, missing or negative values, times ascend"]);
        }
        let Statistics { mean, std_dev, min, quantiles, max } = &self.g_per_kwh;
        table.row(["g/kWh", &format!("mean {mean:.2}, standard deviation {std_dev:.2}, {min:.2} to {max:.2}")]);
        let quantiles: Vec<String> = quantiles.iter().map(|(name, value)| format!("{name} {value:.1}")).collect();
        table.row(["quantiles", &quantiles.join(", ")]);
        let mut text = format!("{}\n{table}", self.files.join(", "));
        let _ = writeln!(text, "  {}", self.sparkline);
        if !self.findings.is_empty() {
            text.push_str("  A scenario refuses what is odd unless it states `gaps: hold` or `gaps: interpolate`.\n");
        }
        text
    }
}

fn step(step: &Step) -> String {
    format!("{} ({} times)", analysis::number::time(step.step_s * 1000.0), step.count)
}

fn found(finding: &Finding) -> Found {
    Found { what: finding.oddity.name(), count: finding.count, first_line: finding.line, first: finding.first.clone() }
}

fn source(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Given(text) => text.clone(),
        Provenance::Synthetic(text) => format!("synthetic: {text}"),
        Provenance::StartAssumed(text) => format!("start assumed: {text}"),
    }
}

/// Lengths of the intervals, the most frequent first.
fn steps(series: &Series) -> Vec<Step> {
    let mut counts: BTreeMap<i128, usize> = BTreeMap::new();
    for interval in series.intervals() {
        *counts.entry(interval.end.as_nanosecond() - interval.start.as_nanosecond()).or_default() += 1;
    }
    let mut steps: Vec<Step> =
        counts.into_iter().map(|(nanos, count)| Step { step_s: nanos as f64 / 1e9, count }).collect();
    steps.sort_by_key(|step| std::cmp::Reverse(step.count));
    steps
}

impl Statistics {
    /// Of all intervals, each by its length.
    fn new(series: &Series) -> Self {
        let seconds = |interval: &Interval| interval.end.duration_since(interval.start).as_secs_f64();
        let mut weighted: Vec<(f64, f64)> =
            series.intervals().map(|interval| (interval.value, seconds(&interval))).collect();
        weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let mean = weighted.iter().map(|(value, weight)| value * weight).sum::<f64>() / total;
        let variance = weighted.iter().map(|(value, weight)| (value - mean).powi(2) * weight).sum::<f64>() / total;
        let at = |q: f64| {
            let mut passed = 0.0;
            let found = weighted.iter().find(|(_, weight)| {
                passed += weight;
                passed >= q * total
            });
            found.or(weighted.last()).map_or(f64::NAN, |(value, _)| *value)
        };
        let quantiles = QUANTILES.iter().map(|&q| (format!("p{:02.0}", q * 100.0), at(q))).collect();
        Self { mean, std_dev: variance.sqrt(), min: at(0.0), quantiles, max: at(1.0) }
    }
}
