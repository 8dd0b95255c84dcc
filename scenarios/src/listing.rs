//! What `list` and `explain` show: everything that ships, each figure with its source.

use std::fmt::Write;

use analysis::table::{Align, Table};
use hardware_profiles::catalogue::{self, ClassEntry, FigureRow};
use hardware_profiles::links;
use hardware_profiles::zoo::{self, Network};
use indexmap::IndexMap;
use sim_core::schedulers::{BUILTIN, Entry, Kind};
use workloads::carbon::format::Format;
use workloads::carbon::library as zones;

use crate::cli::What;
use crate::issues::nearest_of;
use crate::library::{SCENARIOS, Shipped};
use crate::load::Loaded;
use crate::profile;

/// The list of one kind of things; of devices, `errors` shows how wrong their times are instead.
///
/// # Errors
/// If errors of anything but devices are asked for.
pub fn list(what: What, errors: bool) -> Result<String, String> {
    Ok(match what {
        What::Devices if errors => profile::fit::all_devices(),
        What::Scenarios | What::Schedulers | What::Models | What::Zones | What::Links | What::Formats if errors => {
            return Err("only devices have errors: `carbonedge list devices --errors`".to_owned());
        }
        What::Scenarios => scenarios(),
        What::Schedulers => schedulers(),
        What::Devices => devices(),
        What::Models => models(),
        What::Zones => zone_list(),
        What::Links => link_list(),
        What::Formats => formats(),
    })
}

fn description(shipped: &Shipped) -> String {
    Loaded::find(shipped.name)
        .ok()
        .and_then(|loaded| loaded.spec(&[]).ok())
        .map(|spec| spec.description)
        .unwrap_or_default()
}

fn scenarios() -> String {
    let mut table = Table::new(&[("scenario", Align::Left), ("what it shows", Align::Left)]);
    for shipped in SCENARIOS {
        table.row([shipped.name.to_owned(), description(shipped)]);
    }
    table.to_string()
}

fn formats() -> String {
    let mut table = Table::new(&[("format of carbon files", Align::Left), ("what it is", Align::Left)]);
    for format in Format::ALL {
        table.row([format.name(), format.about()]);
    }
    table.to_string()
}

fn schedulers() -> String {
    let mut table = Table::new(&[("scheduler", Align::Left), ("what it does", Align::Left)]);
    for entry in BUILTIN {
        table.row([entry.name, entry.summary]);
    }
    table.to_string()
}

fn devices() -> String {
    let columns = [
        ("device class", Align::Left),
        ("slots", Align::Right),
        ("cores", Align::Right),
        ("idle W", Align::Right),
        ("max W", Align::Right),
        ("memory GB", Align::Right),
        ("embodied kg", Align::Right),
        ("rate", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for (name, entry) in &catalogue::builtin().classes {
        let class = entry.device_class();
        table.row([
            name.clone(),
            class.slots.to_string(),
            class.cores.to_string(),
            format!("{:.2}", class.power.idle.0),
            format!("{:.2}", class.power.max.0),
            format!("{:.3}", class.memory.0 / 1e9),
            class.embodied.map_or_else(|| "null".into(), |grams| format!("{:.1}", grams.0 / 1e3)),
            if entry.is_calibrated() { "calibrated" } else { "peak" }.into(),
        ]);
    }
    table.to_string()
}

fn models() -> String {
    let columns = [
        ("model", Align::Left),
        ("conv/matmul MACs M", Align::Right),
        ("published MACs M", Align::Right),
        ("parameters M", Align::Right),
        ("published M (with batch norm)", Align::Right),
        ("cuts", Align::Right),
        ("top-1", Align::Right),
    ];
    let mut table = Table::new(&columns);
    for network in zoo::builtin() {
        let published = network.published.as_ref();
        let macs = published.and_then(|published| published.macs).map(|macs| format!("{:.0}", macs.0 / 1e6));
        let parameters = published.map(|published| format!("{:.3}", published.parameters as f64 / 1e6));
        let none = || "no published figure".to_owned();
        table.row([
            network.name.clone(),
            format!("{:.1}", network.macs().0 / 1e6),
            macs.unwrap_or_else(none),
            format!("{:.3}", network.parameters() as f64 / 1e6),
            parameters.unwrap_or_else(none),
            network.cuts().len().to_string(),
            network.model().accuracy.map_or_else(|| "null".into(), |share| format!("{:.1} %", share * 100.0)),
        ]);
    }
    table.to_string()
}

fn zone_list() -> String {
    let columns = [
        ("zone", Align::Left),
        ("mean g/kWh", Align::Right),
        ("kind", Align::Left),
        ("most of its power", Align::Left),
        ("area", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for zone in zones::zones() {
        table.row([
            zone.name.to_owned(),
            format!("{:.1}", zone.mean().0),
            zone.provenance_label().into(),
            shares(zone).into_iter().take(3).collect::<Vec<_>>().join(", "),
            zone.description.into(),
        ]);
    }
    table.to_string()
}

/// Sources of a zone with their shares of what it generates, greatest first.
fn shares(zone: &zones::ZoneEntry) -> Vec<String> {
    let mut generation = zone.generation();
    let total: f64 = generation.iter().map(|(_, energy)| energy).sum();
    generation.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    generation.iter().map(|(source, energy)| format!("{} {:.1} %", source.name(), energy / total * 100.0)).collect()
}

fn link_list() -> String {
    let columns = [
        ("link preset", Align::Left),
        ("latency ms", Align::Right),
        ("up Mbit/s", Align::Right),
        ("down Mbit/s", Align::Right),
        ("J/B", Align::Right),
        ("what it stands for", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for link in links::builtin() {
        table.row([
            link.name.clone(),
            format!("{:.2}", link.latency.as_millis()),
            format!("{:.0}", link.up.0 / 1e6),
            format!("{:.0}", link.down.0 / 1e6),
            format!("{:.2e}", link.energy.per_byte.0),
            link.summary.clone(),
        ]);
    }
    table.to_string()
}

/// Everything known of a name: a scenario, scheduler, device class, model, zone or link preset.
///
/// # Errors
/// If nothing has that name, with the nearest one.
pub fn explain(name: &str) -> Result<String, String> {
    let mut parts = Vec::new();
    parts.extend(SCENARIOS.iter().find(|shipped| shipped.name == name).map(explain_scenario));
    parts.extend(BUILTIN.iter().find(|entry| entry.name == name).map(explain_scheduler));
    parts.extend(catalogue::builtin().get(name).map(|entry| explain_device(name, entry)));
    parts.extend(zoo::builtin().iter().find(|network| network.name == name).map(explain_model));
    parts.extend(zones::zones().find(|zone| zone.name == name).map(explain_zone));
    parts.extend(
        links::builtin()
            .iter()
            .find(|link| link.name == name)
            .map(|link| format!("link preset {name}: {}\n\n{}", link.summary, figures(link.figures()))),
    );
    if parts.is_empty() {
        return Err(format!("nothing is called `{name}`; {}", suggestion(name)));
    }
    Ok(parts.join("\n"))
}

fn suggestion(name: &str) -> String {
    let mut known: Vec<&str> = SCENARIOS.iter().map(|shipped| shipped.name).collect();
    known.extend(BUILTIN.iter().map(|entry| entry.name));
    known.extend(catalogue::builtin().names());
    known.extend(zoo::builtin().iter().map(|network| network.name.as_str()));
    known.extend(zones::zones().map(|zone| zone.name));
    known.extend(links::builtin().iter().map(|preset| preset.name.as_str()));
    nearest_of(name, &known)
}

fn explain_scenario(shipped: &Shipped) -> String {
    format!("scenario {}: {}\n\n{}", shipped.name, description(shipped), shipped.text)
}

fn explain_scheduler(entry: &Entry) -> String {
    let mut text = format!("scheduler {}\n  {}\n  source: {}\n", entry.name, entry.summary, entry.citation);
    if !entry.params.is_empty() {
        let columns =
            [("parameter", Align::Left), ("values", Align::Left), ("default", Align::Left), ("meaning", Align::Left)];
        let mut table = Table::new(&columns);
        for param in entry.params {
            table.row([param.name.to_owned(), values(param.kind), param.default.to_owned(), param.doc.to_owned()]);
        }
        let _ = write!(text, "\n{table}");
    }
    text
}

fn values(kind: Kind) -> String {
    match kind {
        Kind::Number { min, max } => format!("{min} … {max}"),
        Kind::NumberOr { word, min, max } => format!("{word} | {min} … {max}"),
        Kind::Count { min, max } => format!("{min}, {}, … {max}", min + 1),
        Kind::Choice(words) => words.join(" | "),
        Kind::Text => "a name".into(),
        Kind::Span => "a duration | none".into(),
    }
}

fn figures<'a>(rows: impl Iterator<Item = FigureRow<'a>>) -> String {
    let columns = [("figure", Align::Left), ("value", Align::Left), ("mark", Align::Left), ("source", Align::Left)];
    let mut table = Table::new(&columns);
    for row in rows {
        let mark = row.mark.map_or("", |mark| mark.name());
        let source = match instead(&row.field).filter(|_| row.value.is_none()) {
            Some(instead) => format!("{} ({instead})", row.source),
            None => row.source.to_owned(),
        };
        table.row([row.field.as_str(), row.value.unwrap_or("null"), mark, &source]);
    }
    table.to_string()
}

/// What holds where a class does not give a figure.
fn instead(field: &str) -> Option<&'static str> {
    let known = catalogue::FIELDS.iter().find(|known| known.name == field)?;
    known.meaning.split_once("; ").map(|(_, instead)| instead)
}

fn explain_device(name: &str, entry: &ClassEntry) -> String {
    format!("device class {name}\n\n{}", figures(entry.figures()))
}

fn explain_model(network: &Network) -> String {
    let columns = [
        ("layer", Align::Left),
        ("kind", Align::Left),
        ("MACs", Align::Right),
        ("weights B", Align::Right),
        ("activation B", Align::Right),
        ("cut", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for (k, layer) in network.layers().iter().enumerate() {
        table.row([
            layer.name.clone(),
            layer.kind.name().to_owned(),
            layer.macs.0.to_string(),
            layer.weights.0.to_string(),
            layer.activation.0.to_string(),
            if network.cuts().contains(&(k + 1)) { "cut".to_owned() } else { String::new() },
        ]);
    }
    let macs = network.macs().0 / 1e6;
    let parameters = network.parameters() as f64 / 1e6;
    format!(
        "model {}: {macs:.1} M conv/matmul MACs, {parameters:.3} M parameters (batch norm folded)\n{}\n{table}",
        network.name,
        sources(network)
    )
}

/// What others publish of a network, a line each.
fn sources(network: &Network) -> String {
    let mut text = String::new();
    if let Some(published) = &network.published {
        let macs = published.macs.map_or_else(|| "no published figure".into(), |macs| format!("{:.0} M", macs.0 / 1e6));
        let parameters = published.parameters as f64 / 1e6;
        let source = &published.source;
        let _ = writeln!(text, "  published: MACs {macs}, parameters {parameters:.3} M with batch norm ({source})");
    }
    if let Some(accuracy) = &network.accuracy {
        let _ = writeln!(text, "  top-1: {:.1} % ({})", accuracy.value * 100.0, accuracy.source);
    }
    text
}

fn explain_zone(zone: &zones::ZoneEntry) -> String {
    let mut text = format!("zone {}: {}\n", zone.name, zone.description);
    let _ = writeln!(text, "  mean {:.2} g/kWh, {}, {}", zone.mean().0, zone.provenance_label(), zone.labels());
    let generation = zone.generation();
    if !generation.is_empty() {
        let total: f64 = generation.iter().map(|(_, energy)| energy).sum();
        let _ = writeln!(text, "  generates {total:.1} TWh in {}: {}", zones::LIBRARY_YEAR, shares(zone).join(", "));
        let _ = writeln!(text, "  its hours: a dispatch of these energies; no measured intensity is an input");
    }
    if !zone.imports().is_empty() {
        let flow = |(name, energy): &(&str, f64)| format!("{name} {energy:.1} TWh");
        let flows: Vec<String> = zone.imports().iter().map(flow).collect();
        let _ = writeln!(text, "  imports, each with its neighbour's mean: {}", flows.join(", "));
    }
    let mut factors: IndexMap<&str, Vec<String>> = IndexMap::new();
    for (source, _) in generation {
        let (grams, citation) = source.factor();
        factors.entry(citation).or_default().push(format!("{} {grams}", source.name()));
    }
    for (citation, factors) in factors {
        let _ = writeln!(text, "  g/kWh of {} ({citation})", factors.join(", "));
    }
    for citation in zone.sources() {
        let _ = writeln!(text, "  source: {citation}");
    }
    text
}
