//! Cost tables of a scenario, each with how its figures are known.

use std::collections::HashSet;

use hardware_profiles::catalogue::{Catalogue, Precision};
use hardware_profiles::compile::{Compiled, compile};
use hardware_profiles::evidence::{self, Evidence, Origin};
use hardware_profiles::profile::{self, Profile, Provenance};
use hardware_profiles::shipped;
use hardware_profiles::spread::ProfileSource;
use hardware_profiles::zoo::Network;
use indexmap::{IndexMap, IndexSet};
use sim_core::ids::{ClassId, Id, Table};
use sim_core::world::cost::Costs;
use sim_core::world::device::DeviceClass;

use super::models::Described;
use crate::issues::{Check, nearest_of};
use crate::spec::ProfileSpec;

/// A model on a device class: how its cost table is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The device class's name in the catalogue.
    pub class: String,
    /// The model's name.
    pub model: String,
    /// Number format that it runs in.
    pub precision: Precision,
    /// Where its times come from.
    pub time: ProfileSource,
    /// How its energies are known.
    pub energy: Provenance,
    /// σ of the logarithm of its service times.
    pub sigma: f64,
}

/// How the worst known energy of some pairs is known; `None` if there is no pair.
#[must_use]
pub fn weakest_energy(pairs: &[Pair]) -> Option<Provenance> {
    pairs.iter().map(|pair| pair.energy).max()
}

/// How the cost tables of some pairs are known, in a line: `times 2 imported, 4 calibrated; energies 6 modelled`.
#[must_use]
pub fn known(pairs: &[Pair]) -> String {
    let tally = |name: fn(&Pair) -> &'static str| {
        let mut counts: IndexMap<&str, usize> = IndexMap::new();
        pairs.iter().for_each(|pair| *counts.entry(name(pair)).or_default() += 1);
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    format!("times {}; energies {}", tally(|pair| pair.time.name()), tally(|pair| pair.energy.name()))
}

/// A profile that a scenario names, with the class that it holds for.
pub(super) struct Given {
    profile: Profile,
    class: String,
    same_device: bool,
}

/// What the profiles of a scenario are held against.
pub(super) struct Known<'a> {
    /// All device classes.
    pub catalogue: &'a Catalogue,
    /// The catalogue's class of each class in use.
    pub bases: &'a [String],
    /// The scenario's models.
    pub models: &'a [Described],
}

/// The profiles of a scenario.
pub(super) fn given(check: &mut Check, specs: &[ProfileSpec], known: &Known) -> Vec<Given> {
    let mut read: Vec<Given> = Vec::new();
    for (k, spec) in specs.iter().enumerate() {
        let path = format!("profiles[{k}]");
        let Some(given) = one(check, &path, spec, known) else { continue };
        if read
            .iter()
            .any(|other| (&other.class, &other.profile.model.name) == (&given.class, &given.profile.model.name))
        {
            let message = format!("`{}` on `{}` has a profile already", given.profile.model.name, given.class);
            check.issue(&path, message, "one profile a model and class");
        }
        read.push(given);
    }
    read
}

fn one(check: &mut Check, path: &str, spec: &ProfileSpec, known: &Known) -> Option<Given> {
    let at = format!("{path}.file");
    let file = check.required(&at, "the profile's file", spec.file.as_ref())?;
    let text = check.read(&at, file)?;
    let profile = profile::read(&text, file).map_err(|error| check.issue(&at, error.to_string(), "")).ok()?;
    let class = spec.class.as_ref().or(profile.device_class.as_ref());
    let class = check.required(&format!("{path}.class"), "the device class", class)?.to_owned();
    class_in_use(check, &format!("{path}.class"), &class, known);
    let name = &profile.model.name;
    let Some(described) = known.models.iter().find(|described| described.network.name == *name) else {
        let names: Vec<&str> = known.models.iter().map(|described| described.network.name.as_str()).collect();
        check.issue(&at, format!("{file}: no model of the scenario is called `{name}`"), nearest_of(name, &names));
        return None;
    };
    // MACs too: the same layers on an image of another size are another network.
    let layers = |network: &Network| {
        network.layers().iter().map(|layer| (layer.name.clone(), layer.macs.0.round() as u64)).collect::<Vec<_>>()
    };
    let (own, its) = (layers(&described.network), layers(&profile.network()));
    if own != its {
        let mega = |layers: &[(String, u64)]| layers.iter().map(|(_, macs)| macs).sum::<u64>() as f64 / 1e6;
        let (its, own) = ((its.len(), mega(&its)), (own.len(), mega(&own)));
        let message = format!(
            "{file}: its {} layers of {:.1} M MACs are not the {} of {:.1} M of the scenario's `{name}`",
            its.0, its.1, own.0, own.1
        );
        check.issue(&at, message, "profile the network that the scenario runs, or give the model by `profile:`");
    }
    if let Some(entry) = known.catalogue.get(&class) {
        let precision = described.precision.unwrap_or(entry.precision());
        if precision != evidence::PRECISION {
            let (its, own) = (evidence::PRECISION.name(), precision.name());
            let message = format!("{file}: it was measured in {its}, and `{name}` runs in {own} on `{class}`");
            check.issue(&at, message, format!("give the model `precision: {its}`, or leave the profile out"));
        }
    }
    if profile.method.batch != 1 {
        let message = format!("{file}: it was measured with {} images at a time", profile.method.batch);
        check.issue(&at, message, "requests run one by one: profile a batch of 1");
    }
    Some(Given { profile, class, same_device: spec.same_device })
}

/// A profile tells nothing unless a device of the scenario is of its class.
fn class_in_use(check: &mut Check, path: &str, class: &str, known: &Known) {
    if known.catalogue.get(class).is_none() {
        let names: Vec<&str> = known.catalogue.names().collect();
        check.issue(path, format!("no device class `{class}`"), nearest_of(class, &names));
    } else if !known.bases.is_empty() && !known.bases.iter().any(|base| base == class) {
        let used: IndexSet<&str> = known.bases.iter().map(String::as_str).collect();
        let used: Vec<&str> = used.into_iter().collect();
        let hint = format!("write one of {}, or leave the profile out", used.join(", "));
        check.issue(path, format!("no device of the scenario is of class `{class}`"), hint);
    }
}

/// Costs of every model on every class in use, and how each is known; `bases` names the catalogue's class of each class in use.
pub(super) fn costs(
    catalogue: &Catalogue, classes: &Table<ClassId, DeviceClass>, bases: &[String], models: &[Described],
    given: &[Given],
) -> (Costs, Vec<Pair>) {
    let named = given.iter().map(|given| Evidence {
        profile: &given.profile,
        class: &given.class,
        same_device: given.same_device,
        origin: Origin::Scenario,
    });
    // Reading what ships takes longer than many a run: only where its class is in use.
    let shipped = bases.iter().any(|base| base == shipped::CLASS).then(Evidence::shipped).into_iter().flatten();
    let evidence: Vec<Evidence> = named.chain(shipped).collect();
    let (mut rows, mut pairs, mut told) = (Vec::new(), Vec::new(), HashSet::new());
    for class in classes.ids() {
        let base = &bases[class.index()];
        let entry = catalogue.get(base).expect("invariant: classes in use are in the catalogue");
        let mut row = Vec::with_capacity(models.len());
        for described in models {
            let precision = described.precision.unwrap_or(entry.precision());
            let compiled = compile(&described.network, entry, precision, &evidence);
            row.push(compiled.map(|Compiled { table, time, energy }| {
                if told.insert((base, &described.model.name)) {
                    let sigma = table.noise_sigma.unwrap_or(classes[class].noise_sigma);
                    let (class, model) = (base.clone(), described.model.name.clone());
                    pairs.push(Pair { class, model, precision, time, energy, sigma });
                }
                table
            }));
        }
        rows.push(row);
    }
    (Costs::new(rows.into()), pairs)
}
