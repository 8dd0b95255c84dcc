//! Presets of links: latency, bandwidths and energy of usual media, each figure with its source.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_yaml::{Mapping, Value};
use sim_core::units::{BitRate, JoulesPerByte, SimDuration, Watts};
use sim_core::world::link::LinkEnergy;

use crate::figure::{self, CatalogueError, Figure, FigureRow, Kind, Wrong};
use crate::quantity::Unit;

/// The built-in file.
const FILE: (&str, &str) = ("links.yaml", include_str!("../catalogue/links.yaml"));

/// Every field of a link, with what its figure must be; all are required.
const FIELDS: [(&str, Kind); 6] = [
    ("latency", Kind::Quantity(Unit::Time)),
    ("up", Kind::Quantity(Unit::BitRate)),
    ("down", Kind::Quantity(Unit::BitRate)),
    ("energy", Kind::Quantity(Unit::NetworkEnergy)),
    ("scope", Kind::Word(&["link", "end-to-end"])),
    ("pue_included", Kind::Word(&["true", "false"])),
];

/// How much of the way an energy figure covers; the two are never mixed in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This link alone.
    Link,
    /// The whole way from end to end.
    EndToEnd,
}

/// A usual medium.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkPreset {
    /// Its name, as in scenarios.
    pub name: String,
    /// What it stands for, in one line.
    pub summary: String,
    /// Propagation in one direction.
    pub latency: SimDuration,
    /// Bandwidth away from the device.
    pub up: BitRate,
    /// Bandwidth towards the device.
    pub down: BitRate,
    /// What carrying costs, in either direction.
    pub energy: LinkEnergy,
    /// How much of the way the energy covers.
    pub scope: Scope,
    /// Whether the energy includes the cooling of network rooms.
    pub pue_included: bool,
    figures: IndexMap<&'static str, Figure>,
}

impl LinkPreset {
    /// All its figures.
    pub fn figures(&self) -> impl Iterator<Item = FigureRow<'_>> {
        self.figures.iter().map(|(name, figure)| FigureRow::new(*name, figure))
    }
}

/// The built-in links.
///
/// # Panics
/// If the embedded file is wrong, which a test rules out.
#[must_use]
pub fn builtin() -> &'static [LinkPreset] {
    static ALL: LazyLock<Vec<LinkPreset>> =
        LazyLock::new(|| parse(FILE.1, FILE.0).unwrap_or_else(|errors| panic!("invariant: {errors:?}")));
    &ALL
}

/// The built-in link of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static LinkPreset> {
    builtin().iter().find(|link| link.name == name)
}

/// Reads links in the format of the built-in ones; `file` names the text in errors.
///
/// # Errors
/// Everything that is wrong with the text, at once.
pub fn parse(yaml: &str, file: &str) -> Result<Vec<LinkPreset>, Vec<CatalogueError>> {
    let root: Mapping = serde_yaml::from_str(yaml).map_err(|error| {
        vec![
            Wrong::new(None, &error.to_string(), "a file of links is YAML: names, under each its fields")
                .at(file, "", ""),
        ]
    })?;
    let mut errors = Vec::new();
    let links = root.iter().filter_map(|(name, node)| {
        let name = figure::scalar(name)?;
        link(&name, node)
            .map_err(|wrong| errors.extend(wrong.into_iter().map(|(field, w)| w.at(file, &name, field))))
            .ok()
    });
    let links = links.collect();
    if errors.is_empty() { Ok(links) } else { Err(errors) }
}

fn link(name: &str, node: &Value) -> Result<LinkPreset, Vec<(&'static str, Wrong)>> {
    let empty = Mapping::new();
    let map = node.as_mapping().unwrap_or(&empty);
    let mut errors = Vec::new();
    let keys: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).chain(["summary"]).collect();
    errors.extend(figure::only(map, &keys).err().map(|wrong| ("", wrong)));
    let mut figures = IndexMap::new();
    for (field, kind) in FIELDS {
        let read = figure::read(map.get(field).unwrap_or(&Value::Null), kind).and_then(|figure| match figure.text {
            Some(_) => Ok(figure),
            None => Err(Wrong::new(None, "this field needs a value", "links have no field that may be unknown")),
        });
        match read {
            Ok(figure) => drop(figures.insert(field, figure)),
            Err(wrong) => errors.push((field, wrong)),
        }
    }
    if errors.is_empty() { Ok(preset(name, map, figures)) } else { Err(errors) }
}

fn preset(name: &str, map: &Mapping, figures: IndexMap<&'static str, Figure>) -> LinkPreset {
    let number = |field: &str| figures[field].number().expect("invariant: every field was read");
    let text = |field: &str| figures[field].text.as_deref().unwrap_or_default();
    LinkPreset {
        name: name.to_owned(),
        summary: map.get("summary").and_then(figure::scalar).unwrap_or_default(),
        latency: SimDuration::from_secs(number("latency")),
        up: BitRate(number("up")),
        down: BitRate(number("down")),
        energy: LinkEnergy {
            per_byte: JoulesPerByte::from_kwh_per_gb(number("energy")),
            baseline: Watts::ZERO,
            marginal: Watts::ZERO,
        },
        scope: if text("scope") == "link" { Scope::Link } else { Scope::EndToEnd },
        pue_included: text("pue_included") == "true",
        figures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_that_scenarios_name_is_there_with_its_sources() {
        for name in "ethernet-1g ethernet-100m wifi-5 lte-4g nr-5g fibre-metro fibre-wan ideal".split(' ') {
            let link = by_name(name).unwrap_or_else(|| panic!("{name}"));
            assert!(link.figures().all(|row| row.source.len() > 10 && row.mark.is_some()), "{name}");
        }
    }

    #[test]
    fn a_gigabyte_over_lte_costs_the_published_energy() {
        let energy = by_name("lte-4g").expect("built in").energy;
        let joules = sim_core::units::Bytes(1e9) * energy.per_byte;
        assert!((joules.0 / 3.6e6 - 0.14).abs() < 1e-12, "{joules:?}");
    }

    #[test]
    fn an_ideal_link_costs_neither_time_nor_energy() {
        let ideal = by_name("ideal").expect("built in");
        assert_eq!((ideal.latency, ideal.up), (SimDuration::ZERO, BitRate(f64::INFINITY)));
        assert_eq!(ideal.energy, LinkEnergy::default());
    }

    #[test]
    fn all_that_is_wrong_with_a_link_is_told_at_once() {
        let errors = parse("mine: {latency: 5 ms, summary: mine, colour: blue}", "mine.yaml").expect_err("incomplete");
        assert_eq!(errors.len(), 1 + FIELDS.len(), "{errors:#?}");
    }
}
