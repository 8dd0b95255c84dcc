//! Published figures beside simulated ones: variants of a scenario and sweeps for the points where placement changes.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use analysis::published::{Case, Comparison, Pair};
use analysis::stats::Moments;
use analysis::summary::{About, Summary};
use indexmap::IndexMap;
use rayon::prelude::*;
use serde_yaml::Value;

use crate::commands::{Error, about};
use crate::load::Loaded;
use crate::run::replication;
use crate::spec::serde_yaml_value::Any;
use crate::spec::{BlockSpec, ReproducesSpec, SweepSpec, VariantSpec};

type Set = Vec<(String, Value)>;

/// Runs all variants and sweeps of a scenario, side by side, and puts them beside the published figures: means over
/// `replications` of each variant; a sweep asks who serves, in replication 0.
pub(crate) fn reproduce(
    loaded: &Loaded, set: &Set, spec: &ReproducesSpec, replications: u32, stop: &AtomicBool,
) -> Result<String, Error> {
    let mut text = String::new();
    if replications > 1 {
        let _ = writeln!(text, "Simulated: means over {replications} replications of each variant; sweeps run once");
    }
    if let Some(citation) = &spec.citation {
        let _ = writeln!(text, "Published: {citation}");
    }
    let _ = writeln!(text, "Boundary: {}\n", spec.boundary);
    for block in &spec.blocks {
        let _ = writeln!(text, "{}", self::block(loaded, set, block, replications, stop)?);
    }
    for sweep in &spec.sweeps {
        let _ = writeln!(text, "{}", self::sweep(loaded, set, sweep, stop)?);
    }
    Ok(text)
}

/// The replications of a variant, in order.
fn variant(
    loaded: &Loaded, base: &Set, set: &IndexMap<String, Any>, replications: u32, stop: &AtomicBool,
) -> Result<Vec<Summary>, Error> {
    let mut all = base.clone();
    all.extend(set.iter().map(|(path, value)| (path.clone(), value.0.clone())));
    let experiment = loaded.experiment(&all)?;
    let stopped = || if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let once = |number: u32| {
        if stopped().is_break() {
            return Err(Error::Stopped); // a short run never asks
        }
        let finished = replication(&experiment, number.into(), &mut |_| stopped())?;
        let about = About { replication: number.into(), ..about(&experiment) };
        Ok(Summary::new(&finished.books, &finished.recorder, &experiment.world, about))
    };
    (0..replications).map(once).collect()
}

fn block(loaded: &Loaded, set: &Set, spec: &BlockSpec, replications: u32, stop: &AtomicBool) -> Result<String, Error> {
    let run = |row: &VariantSpec| variant(loaded, set, &row.set, replications, stop);
    let runs: Result<Vec<Vec<Summary>>, Error> = spec.rows.par_iter().map(run).collect();
    let runs = runs?;
    let cases = spec.rows.iter().zip(&runs).map(|(row, summaries)| case(row, summaries)).collect();
    let basis = basis(&runs);
    let mut text = format!("{}\n{}{basis}\n", Comparison { title: spec.title.clone(), cases }, spec.note);
    for (row, summaries) in spec.rows.iter().zip(&runs) {
        let _ = writeln!(text, "  {}: {}", row.name, placement(row, summaries));
    }
    Ok(text)
}

/// What a comparison's caption says when no measured intensity is behind it.
fn basis(runs: &[Vec<Summary>]) -> &'static str {
    let mut zones = runs.iter().flatten().flat_map(|summary| &summary.signal.zones).peekable();
    if zones.peek().is_some() && zones.all(|zone| zone.synthetic) {
        "\nBasis: synthetic carbon signals only; no measured intensity is behind this comparison."
    } else {
        ""
    }
}

fn case(spec: &VariantSpec, summaries: &[Summary]) -> Case {
    let mean = |of: fn(&Summary) -> Option<f64>| summaries.iter().filter_map(of).collect::<Moments>().mean();
    Case {
        name: spec.name.clone(),
        latency_ms: Pair::new(mean(|summary| summary.sojourn_ms.mean), spec.latency_ms),
        carbon_g_per_inference: Pair::new(mean(|summary| summary.carbon_g_per_inference), spec.carbon_g_per_inference),
        inferences_per_g: Pair::new(mean(|summary| summary.inferences_per_g), spec.inferences_per_g),
    }
}

/// Where a variant ran, beside where it was published to run.
fn placement(spec: &VariantSpec, summaries: &[Summary]) -> String {
    let list = |shares: Vec<(String, f64)>| {
        let each = shares.into_iter().map(|(class, share)| format!("{:.0} % {class}", share * 100.0));
        each.collect::<Vec<_>>().join(", ")
    };
    let simulated = list(shares(summaries));
    if spec.placement.is_empty() {
        return simulated;
    }
    let published = list(spec.placement.iter().map(|(class, share)| (class.clone(), *share)).collect());
    format!("{simulated} (published: {published})")
}

/// Device classes that served anything, with the means of their shares.
fn shares(summaries: &[Summary]) -> Vec<(String, f64)> {
    let Some(first) = summaries.first() else { return Vec::new() };
    let mean = |class: &String| {
        let shares = summaries.iter().map(|summary| summary.placement.by_device_class.get(class).copied());
        shares.map(|share| share.unwrap_or(0.0)).collect::<Moments>().mean().unwrap_or(0.0)
    };
    let each = first.placement.by_device_class.keys().map(|class| (class.clone(), mean(class)));
    each.filter(|(_, share)| *share > 0.0).collect()
}

/// The stretches of a swept parameter over which one class serves most requests.
fn sweep(loaded: &Loaded, set: &Set, spec: &SweepSpec, stop: &AtomicBool) -> Result<String, Error> {
    let steps = ((spec.to - spec.from) / spec.step).round().max(0.0) as usize;
    let value = |k: usize| spec.from + (spec.to - spec.from) * k as f64 / steps.max(1) as f64;
    let at = |k: usize| -> Result<String, Error> {
        let mut with = spec.set.clone();
        with.insert(spec.path.clone(), Any(value(k).into()));
        Ok(most_used(&variant(loaded, set, &with, 1, stop)?))
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

fn most_used(summaries: &[Summary]) -> String {
    let most = shares(summaries).into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    most.map_or_else(|| "none".to_owned(), |(class, _)| class)
}
