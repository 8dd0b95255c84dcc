//! Where the requests of a source come from: device groups, alike or by weight, by people, by coordinates on the map.

use indexmap::IndexMap;
use sim_core::ids::{DeviceId, Id, SiteId};
use sim_core::world::device::Role;
use workloads::arrivals::mix::Choice;
use workloads::distance::Place;
use workloads::places::{self, PlaceOptions};

use super::Known;
use crate::issues::Check;
use crate::spec::{OriginsFileSpec, OriginsSpec, SourceSpec};

/// Devices that ask, each with its weight where they are not alike.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    devices: Vec<DeviceId>,
    weights: Option<Vec<f64>>,
}

impl Origins {
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + Clone + use<'_> {
        self.devices.iter().copied()
    }

    pub fn choice(&self) -> Choice<DeviceId> {
        let devices = self.devices.clone();
        let made = match &self.weights {
            None => Choice::uniform(devices),
            Some(weights) => Choice::weighted(devices, weights.clone()),
        };
        made.expect("invariant: a source has origins, and one of them a weight")
    }

    /// The sum of the weights; the number of devices where they are alike.
    pub fn total(&self) -> f64 {
        self.weights.as_ref().map_or(self.devices.len() as f64, |weights| weights.iter().sum())
    }

    /// Its parts by a key of each device; parts without a weight are left out.
    pub fn split<K: std::hash::Hash + Eq>(&self, keys: Vec<K>) -> Vec<(K, Self)> {
        let empty = || Self { devices: Vec::new(), weights: self.weights.as_ref().map(|_| Vec::new()) };
        let mut parts: IndexMap<K, Self> = IndexMap::new();
        for (k, (key, &device)) in keys.into_iter().zip(&self.devices).enumerate() {
            let part = parts.entry(key).or_insert_with(empty);
            part.devices.push(device);
            if let (Some(own), Some(all)) = (&mut part.weights, &self.weights) {
                own.push(all[k]);
            }
        }
        parts.into_iter().filter(|(_, part)| part.total() > 0.0).collect()
    }

    /// The same devices, each site with a weight that its devices share equally.
    fn by_site(self, known: &Known, weight_of: impl Fn(SiteId) -> f64) -> Self {
        let site = |device: &DeviceId| known.world.devices[*device].site;
        let mut members = vec![0.0; known.sites.len()];
        self.devices.iter().for_each(|device| members[site(device).index()] += 1.0);
        let weights = self.devices.iter().map(|device| weight_of(site(device)) / members[site(device).index()]);
        Self { weights: Some(weights.collect()), devices: self.devices }
    }
}

pub(super) fn origins(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Origins> {
    let listed = match &spec.origins {
        OriginsSpec::List(names) => listed(check, &format!("{path}.origins"), names, known),
        OriginsSpec::Weights(weights) => weighted(check, &format!("{path}.origins"), weights, known),
    };
    let rules = [("equal", false), ("population", true)];
    let people = check.choice(&format!("{path}.origin_weights"), spec.origin_weights.as_deref(), &rules)?;
    match &spec.origins_file {
        Some(file) => asked_at(check, &format!("{path}.origins_file"), file, listed?, known),
        None if people => by_population(check, &format!("{path}.origin_weights"), listed?, known),
        None => listed,
    }
}

/// All devices of these groups; of none, the sources, or all devices where there are no sources.
fn listed(check: &mut Check, path: &str, names: &[String], known: &Known) -> Option<Origins> {
    let devices = &known.world.devices;
    if names.is_empty() {
        let sources: Vec<DeviceId> = devices.ids().filter(|&id| devices[id].role == Role::Source).collect();
        // An empty fleet is a problem of its own: the rest of the source is checked all the same.
        let devices = if sources.is_empty() { devices.ids().collect() } else { sources };
        return Some(Origins { devices, weights: None });
    }
    let mut all = Vec::new();
    for (k, name) in names.iter().enumerate() {
        all.extend(members(check, &format!("{path}[{k}]"), name, known).unwrap_or_default());
    }
    (!all.is_empty()).then_some(Origins { devices: all, weights: None })
}

/// Each group by its weight, which its devices share equally.
fn weighted(check: &mut Check, path: &str, weights: &IndexMap<String, f64>, known: &Known) -> Option<Origins> {
    let (mut devices, mut each) = (Vec::new(), Vec::new());
    for (name, &weight) in weights {
        let path = format!("{path}.{name}");
        let members = members(check, &path, name, known).unwrap_or_default();
        check.number(&path, Some(weight), 0.0, 0.0, 1e15)?;
        each.extend(std::iter::repeat_n(weight / members.len() as f64, members.len()));
        devices.extend(members);
    }
    if devices.is_empty() || each.iter().sum::<f64>() <= 0.0 {
        check.issue(path, "no group of devices has a weight", "such as `origins: {camera: 3, phone: 1}`");
        return None;
    }
    Some(Origins { devices, weights: Some(each) })
}

fn members(check: &mut Check, path: &str, name: &str, known: &Known) -> Option<Vec<DeviceId>> {
    let found = known.fleet.members(name);
    if found.is_none() {
        let names = known.fleet.groups.iter().map(|(name, _)| name.as_str());
        check.named(path, "device group", name, names);
    }
    found
}

fn by_population(check: &mut Check, path: &str, origins: Origins, known: &Known) -> Option<Origins> {
    let sites: Vec<usize> = origins.devices().map(|device| known.world.devices[device].site.index()).collect();
    if let Some(&lacking) = sites.iter().find(|&&site| known.sites[site].population.is_none()) {
        let name = known.sites[lacking].name.as_deref().unwrap_or_default();
        check.issue(path, format!("site `{name}` has no population"), "give every site with origins its `population`");
        return None;
    }
    let population = |site: SiteId| known.sites[site.index()].population.unwrap_or_default();
    if sites.iter().all(|&site| known.sites[site].population == Some(0.0)) {
        check.issue(path, "nobody lives where the origins are", "a population of more than 0 somewhere");
        return None;
    }
    Some(origins.by_site(known, population))
}

/// Each coordinate asks at the nearest site that has origins.
fn asked_at(check: &mut Check, path: &str, spec: &OriginsFileSpec, origins: Origins, known: &Known) -> Option<Origins> {
    let file_path = format!("{path}.file");
    let rules = [("error", false), ("skip", true)];
    let skip_missing = check.choice(&format!("{path}.missing"), spec.missing.as_deref(), &rules);
    let file = check.required(&file_path, "the file of coordinates", spec.file.as_ref())?.to_owned();
    let text = check.read(&file_path, &file)?;
    let options = PlaceOptions { weight: spec.weight.clone(), skip_missing: skip_missing? };
    let asked = places::read(text.as_bytes(), &file, &options);
    let asked = asked.map_err(|error| check.issue(&file_path, error.to_string(), error.problem.hint())).ok()?;
    let (sites, stands) = stands(check, path, &origins, known)?;
    let mut weights = vec![0.0; known.sites.len()];
    for place in &asked.places {
        let (nearest, _) = places::nearest(place.place, &stands)?;
        weights[sites[nearest]] += place.weight;
    }
    Some(origins.by_site(known, |site| weights[site.index()]))
}

/// The sites that have origins, and where they lie.
fn stands(check: &mut Check, path: &str, origins: &Origins, known: &Known) -> Option<(Vec<usize>, Vec<Place>)> {
    let mut sites: Vec<usize> = origins.devices().map(|device| known.world.devices[device].site.index()).collect();
    sites.sort_unstable();
    sites.dedup();
    let place = |&site: &usize| {
        let spec = &known.sites[site];
        Some(Place { latitude: spec.latitude?, longitude: spec.longitude? })
    };
    let places: Option<Vec<Place>> = sites.iter().map(place).collect();
    if places.is_none() {
        let lacking = sites.iter().find(|site| place(site).is_none()).map(|&site| &known.sites[site]);
        let name = lacking.and_then(|site| site.name.as_deref()).unwrap_or_default();
        check.issue(path, format!("site `{name}` has no coordinates"), "give its latitude and longitude");
    }
    Some((sites, places?))
}
