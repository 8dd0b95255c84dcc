//! A profile as a page for the terminal.

use std::collections::HashMap;
use std::fmt::Write as _;

use analysis::number::{NONE, energy, percent, significant, time, whole};
use analysis::table::Align::{Left, Right};
use analysis::table::Table;
use hardware_profiles::profile::{Energy, LayerRow, Profile, Provenance, SegmentRow};
use hardware_profiles::tract::structure::Structure;
use hardware_profiles::zoo::LayerKind;

use super::child::plain;

/// Rows of the table of segments.
const TOP: usize = 12;

/// Below this time of a whole run [s] the engine's own steps between operators count: they take tenths of a microsecond.
const TINY: f64 = 10e-6;
const OVERHEAD: &str = "at this size the engine's own steps between operators, which are not clocked, count too";

/// Longest name of a layer that is shown whole.
const LONGEST: usize = 40;

/// A profile: how far it can be trusted, what takes longest, which operators, and energy.
pub fn profile(profile: &Profile) -> String {
    let mut text = header(profile);
    let _ = writeln!(text, "\nsegments by time, of {}\n{}", profile.segments.len(), slowest(profile));
    let _ = writeln!(text, "time by operator\n{}", by_operator(&profile.segments, profile.quality.sum_s));
    let _ = writeln!(text, "multiply-accumulates by kind of layer\n{}", by_kind(&profile.layers));
    text + &energy_line(profile) + "\n"
}

fn header(profile: &Profile) -> String {
    let (quality, host, method) = (&profile.quality, &profile.host, &profile.method);
    let virtual_machine = if host.virtual_machine { ", virtual" } else { "" };
    let cold = if method.cold { "cold caches" } else { "hot caches" };
    let mut text = format!(
        "{} ({}): {} M MACs, {} parameters, {} layers, {} cuts\n",
        profile.model.name,
        plain(&profile.model.inputs.join(" ")),
        significant(profile.model.macs / 1e6, 4),
        whole(profile.model.parameters),
        profile.layers.len(),
        profile.segments.len() - 1,
    );
    let _ = writeln!(text, "on {} ({}{virtual_machine}), {}, 1 thread, {cold}", host.cpu, host.target, method.engine);
    let _ = writeln!(
        text,
        "whole run {} ± {}, Σ of operators {:+.1} %, rounds within {}, {} rounds × {} runs",
        time(quality.whole_s * 1e3),
        time(quality.whole_mad_s * 1e3),
        quality.deviation * 100.0,
        percent(quality.spread),
        method.rounds,
        method.iterations,
    );
    if quality.contended {
        let why =
            if quality.whole_s < TINY { OVERHEAD } else { "another load disturbed the measurement, so repeat it" };
        let _ = writeln!(text, "CONTENDED: no round was quiet; {why}");
    }
    let _ = writeln!(text, "peak activations {} MB", significant(profile.peak_activation_bytes / 1e6, 3));
    text
}

fn slowest(profile: &Profile) -> Table {
    let mut rows: Vec<&SegmentRow> = profile.segments.iter().collect();
    rows.sort_by(|a, b| b.median_s.total_cmp(&a.median_s));
    let columns = [
        ("up to layer", Left),
        ("time", Right),
        ("±", Right),
        ("share", Right),
        ("M MACs", Right),
        ("GMAC/s", Right),
        ("weights kB", Right),
        ("tensor kB", Right),
        ("energy", Right),
    ];
    let mut table = Table::new(&columns);
    for row in rows.into_iter().take(TOP) {
        let macs = row.dense_macs + row.depthwise_macs;
        let rate = if macs > 0.0 { significant(macs / row.median_s / 1e9, 3) } else { NONE.to_owned() };
        table.row([
            tail(&row.end),
            time(row.median_s * 1e3),
            time(row.mad_s * 1e3),
            percent(row.median_s / profile.quality.sum_s),
            significant(macs / 1e6, 3),
            rate,
            significant(row.weight_bytes / 1e3, 3),
            significant(row.tensor_bytes / 1e3, 3),
            row.energy_j.map_or(NONE.to_owned(), energy),
        ]);
    }
    table
}

/// The end of a long name: exporters put what is common to all layers first.
fn tail(name: &str) -> String {
    let name = plain(name);
    match name.char_indices().rev().nth(LONGEST) {
        Some((start, _)) => format!("…{}", name[start..].chars().skip(2).collect::<String>()),
        None => name,
    }
}

fn by_operator(segments: &[SegmentRow], sum_s: f64) -> Table {
    let mut shares: HashMap<&str, (u32, f64)> = HashMap::new();
    for operator in segments.iter().flat_map(|segment| &segment.operators) {
        let share = shares.entry(&operator.name).or_default();
        share.0 += operator.number;
        share.1 += operator.median_s;
    }
    let mut rows: Vec<_> = shares.into_iter().collect();
    rows.sort_by(|a, b| b.1.1.total_cmp(&a.1.1).then(a.0.cmp(b.0)));
    let mut table = Table::new(&[("operator", Left), ("number", Right), ("share", Right)]);
    for (name, (number, seconds)) in rows.into_iter().take(TOP) {
        table.row([name.to_owned(), number.to_string(), percent(seconds / sum_s)]);
    }
    table
}

fn by_kind(layers: &[LayerRow]) -> Table {
    let all: f64 = layers.iter().map(|layer| layer.macs).sum();
    let mut table = Table::new(&[("kind", Left), ("layers", Right), ("M MACs", Right), ("share", Right)]);
    for (kind, name) in LayerKind::NAMES {
        let of: Vec<f64> = layers.iter().filter(|layer| layer.kind == kind).map(|layer| layer.macs).collect();
        let macs: f64 = of.iter().sum();
        if macs > 0.0 {
            table.row([name.to_owned(), of.len().to_string(), significant(macs / 1e6, 4), percent(macs / all)]);
        }
    }
    table
}

fn energy_line(profile: &Profile) -> String {
    let Energy { provenance, source, .. } = &profile.energy;
    let joules: Option<f64> = profile.segments.iter().map(|segment| segment.energy_j).sum();
    let provenance = match provenance {
        Provenance::Measured => "measured",
        Provenance::Calibrated => "calibrated",
        Provenance::Modelled => "modelled",
    };
    match joules {
        Some(joules) => format!("energy above idle {} ({provenance}: {source})", energy(joules)),
        None => format!("energy: {source}; give --busy-power '12 W' or --class NAME (carbonedge list devices)"),
    }
}

/// The layers of a network that runs, nothing of it measured.
pub fn structure(model: &str, structure: &Structure) -> String {
    let mut text = format!(
        "{model} runs ({}): {} M MACs, {} parameters, {} layers, {} cuts\n\n",
        plain(&structure.inputs.join(" ")),
        significant(structure.macs() / 1e6, 4),
        whole(structure.parameters),
        structure.layers.len(),
        structure.cuts(),
    );
    let columns = [
        ("layer", Left),
        ("kind", Left),
        ("M MACs", Right),
        ("weights kB", Right),
        ("tensor kB", Right),
        ("cut", Left),
    ];
    let mut table = Table::new(&columns);
    for layer in &structure.layers {
        table.row([
            tail(&layer.name),
            layer.kind.name().to_owned(),
            significant(layer.macs / 1e6, 3),
            significant(layer.weight_bytes / 1e3, 3),
            significant(layer.activation_bytes / 1e3, 3),
            if layer.cut { "yes".to_owned() } else { String::new() },
        ]);
    }
    let _ = write!(text, "{table}");
    text
}
