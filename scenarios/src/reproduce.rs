//! Published figures beside simulated ones: variants of a scenario and sweeps for the points where placement changes.

use std::fmt::Write;
use std::sync::atomic::AtomicBool;

use analysis::published::{Case, Comparison, Pair};
use analysis::summary::Summary;
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_yaml::Value;

use crate::commands::{Error, about};
use crate::load::Loaded;
use crate::run::{Watch, run};
use crate::spec::serde_yaml_value::Any;
use crate::spec::{BlockSpec, ReproducesSpec, SweepSpec, VariantSpec};

type Set = Vec<(String, Value)>;

/// Runs all variants and sweeps of a scenario, side by side, and puts them beside the published figures.
pub(crate) fn reproduce(loaded: &Loaded, set: &Set, spec: &ReproducesSpec, stop: &AtomicBool) -> Result<String, Error> {
    let mut text = String::new();
    if let Some(citation) = &spec.citation {
        let _ = writeln!(text, "Published: {citation}");
    }
    let _ = writeln!(text, "Boundary: {}\n", spec.boundary);
    for block in &spec.blocks {
        let _ = writeln!(text, "{}", self::block(loaded, set, block, stop)?);
    }
    for sweep in &spec.sweeps {
        let _ = writeln!(text, "{}", self::sweep(loaded, set, sweep, stop)?);
    }
    Ok(text)
}

fn variant(loaded: &Loaded, base: &Set, set: &IndexMap<String, Any>, stop: &AtomicBool) -> Result<Summary, Error> {
    let mut all = base.clone();
    all.extend(set.iter().map(|(path, value)| (path.clone(), value.0.clone())));
    let experiment = loaded.experiment(&all)?;
    let finished = run(&experiment, Watch { bar: None, stop })?;
    Ok(Summary::new(&finished.books, &finished.recorder, &experiment.world, about(&experiment)))
}

fn block(loaded: &Loaded, set: &Set, spec: &BlockSpec, stop: &AtomicBool) -> Result<String, Error> {
    let run = |row: &VariantSpec| variant(loaded, set, &row.set, stop);
    let summaries: Result<Vec<Summary>, Error> = spec.rows.par_iter().map(run).collect();
    let summaries = summaries?;
    let cases = spec.rows.iter().zip(&summaries).map(|(row, summary)| case(row, summary)).collect();
    let basis = basis(&summaries);
    let mut text = format!("{}\n{}{basis}\n", Comparison { title: spec.title.clone(), cases }, spec.note);
    for (row, summary) in spec.rows.iter().zip(&summaries) {
        let _ = writeln!(text, "  {}: {}", row.name, placement(row, summary));
    }
    Ok(text)
}

/// What a comparison's caption says when no measured intensity is behind it.
fn basis(summaries: &[Summary]) -> &'static str {
    let mut zones = summaries.iter().flat_map(|summary| &summary.signal.zones).peekable();
    if zones.peek().is_some() && zones.all(|zone| zone.synthetic) {
        "\nBasis: synthetic carbon signals only; no measured intensity is behind this comparison."
    } else {
        ""
    }
}

fn case(spec: &VariantSpec, summary: &Summary) -> Case {
    Case {
        name: spec.name.clone(),
        latency_ms: Pair::new(summary.sojourn_ms.mean, spec.latency_ms),
        carbon_g_per_inference: Pair::new(summary.carbon_g_per_inference, spec.carbon_g_per_inference),
        inferences_per_g: Pair::new(summary.inferences_per_g, spec.inferences_per_g),
    }
}

/// Where a variant ran, beside where it was published to run.
fn placement(spec: &VariantSpec, summary: &Summary) -> String {
    let list = |shares: Vec<(String, f64)>| {
        let each = shares.into_iter().map(|(class, share)| format!("{:.0} % {class}", share * 100.0));
        each.collect::<Vec<_>>().join(", ")
    };
    let simulated = list(shares(summary));
    if spec.placement.is_empty() {
        return simulated;
    }
    let published = list(spec.placement.iter().map(|(class, share)| (class.clone(), *share)).collect());
    format!("{simulated} (published: {published})")
}

/// Device classes that served anything, with their shares.
fn shares(summary: &Summary) -> Vec<(String, f64)> {
    let used = summary.placement.by_device_class.iter().filter(|(_, share)| **share > 0.0);
    used.map(|(class, share)| (class.clone(), *share)).collect()
}

/// The stretches of a swept parameter over which one class serves most requests.
fn sweep(loaded: &Loaded, set: &Set, spec: &SweepSpec, stop: &AtomicBool) -> Result<String, Error> {
    let steps = ((spec.to - spec.from) / spec.step).round().max(0.0) as usize;
    let value = |k: usize| spec.from + (spec.to - spec.from) * k as f64 / steps.max(1) as f64;
    let at = |k: usize| -> Result<String, Error> {
        let mut with = spec.set.clone();
        with.insert(spec.path.clone(), Any(value(k).into()));
        Ok(most_used(&variant(loaded, set, &with, stop)?))
    };
    let used: Result<Vec<String>, Error> = (0..=steps).into_par_iter().map(at).collect();
    let used = used?;
    let mut text = format!("{}\n  {}\n", spec.title, spec.note);
    let mut start = 0;
    for k in 1..=used.len() {
        if k == used.len() || used[k] != used[start] {
            let _ = writeln!(text, "  {} {:.3} … {:.3}: {}", spec.path, value(start), value(k - 1), used[start]);
            start = k;
        }
    }
    let _ = writeln!(text, "  expected: {}", spec.expected);
    Ok(text)
}

fn most_used(summary: &Summary) -> String {
    let most = shares(summary).into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    most.map_or_else(|| "none".to_owned(), |(class, _)| class)
}
