//! The figures that schedulers are compared by; of each the smaller is the better.

use super::design::Trial;
use crate::replications::Figures;

/// A figure of runs and how several runs make one.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name as a column and a key, the unit as suffix.
    pub name: &'static str,
    /// Its name on a terminal, with the unit.
    pub label: &'static str,
    /// What its paired difference is called: a difference of quantiles is not a quantile of differences.
    pub contrast: &'static str,
    pub(super) of: Of,
}

impl Metric {
    /// Whether it is a quantile of a stream within a run, known up to the histogram's error.
    #[must_use]
    pub fn is_quantile(&self) -> bool {
        matches!(self.of, Of::Quantile(_))
    }
}

/// How a run has the figure.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    /// As a value; runs count the same.
    Value(fn(&Trial) -> Option<f64>),
    /// As numerator and denominator, of which runs sum the totals.
    Ratio(fn(&Trial) -> Option<[f64; 2]>),
    /// As a quantile of a stream, with the histogram's error.
    Quantile(fn(&Trial) -> Option<f64>),
}

/// All metrics, in the order of the outputs.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "carbon_g_per_inference",
        label: "Operational carbon per inference [g]",
        contrast: "difference of ratios of totals",
        of: Of::Ratio(|trial| ratio(trial, "carbon_operational_g", completed)),
    },
    Metric {
        name: PER_DEADLINE_MET,
        label: "Operational carbon per inference within its deadline [g]",
        contrast: "difference of ratios of totals",
        of: Of::Ratio(|trial| ratio(trial, "carbon_operational_g", in_time)),
    },
    Metric {
        name: "carbon_operational_g",
        label: "Operational carbon [g]",
        contrast: "difference of means",
        of: Of::Value(|trial| trial.figures.get("carbon_operational_g")),
    },
    Metric {
        name: "energy_j_per_inference",
        label: "Energy per inference [J]",
        contrast: "difference of ratios of totals",
        of: Of::Ratio(|trial| ratio(trial, "energy_total_j", completed)),
    },
    Metric {
        name: "sojourn_mean_ms",
        label: "Mean sojourn time [ms]",
        contrast: "difference of means",
        of: Of::Value(|trial| trial.figures.get("sojourn_mean_ms")),
    },
    Metric {
        name: "sojourn_p50_ms",
        label: "p50 of the sojourn time [ms]",
        contrast: "difference of p50s",
        of: Of::Quantile(|trial| trial.figures.get("sojourn_p50_ms")),
    },
    Metric {
        name: LATENCY,
        label: "p95 of the sojourn time [ms]",
        contrast: "difference of p95s",
        of: Of::Quantile(|trial| trial.figures.get(LATENCY)),
    },
    Metric {
        name: "sojourn_p99_ms",
        label: "p99 of the sojourn time [ms]",
        contrast: "difference of p99s",
        of: Of::Quantile(|trial| trial.figures.get("sojourn_p99_ms")),
    },
    Metric {
        name: MISSES,
        label: "Share of requests late, rejected, failed or in flight",
        contrast: "difference of ratios of totals",
        of: Of::Ratio(|trial| Some([missed(&trial.figures)?, trial.figures.get("requests_arrived")?])),
    },
];

/// Quantiles of the sojourn time of each request minus that under the baseline, in the order of the outputs.
pub const REQUEST_DIFFERENCES: [&str; 3] = [
    "p50 of per-request differences [ms]",
    "p95 of per-request differences [ms]",
    "p99 of per-request differences [ms]",
];

/// Emissions over what came in time, the headline where service is not equal.
pub(super) const PER_DEADLINE_MET: &str = "carbon_g_per_deadline_met";

/// The latency of the Pareto set: p95 is a tail that a run of a few thousand requests still knows well.
pub(super) const LATENCY: &str = "sojourn_p95_ms";

/// Shown in points and not in percent of the baseline's.
pub(super) const MISSES: &str = "miss_share";

/// The metric with this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

fn ratio(trial: &Trial, numerator: &str, denominator: fn(&Figures) -> Option<f64>) -> Option<[f64; 2]> {
    Some([trial.figures.get(numerator)?, denominator(&trial.figures)?])
}

fn completed(figures: &Figures) -> Option<f64> {
    figures.get("requests_completed")
}

fn in_time(figures: &Figures) -> Option<f64> {
    Some(completed(figures)? - figures.get("requests_late")?)
}

fn missed(figures: &Figures) -> Option<f64> {
    let names = ["requests_late", "requests_rejected", "requests_failed", "requests_in_flight"];
    names.iter().map(|name| figures.get(name)).sum()
}
