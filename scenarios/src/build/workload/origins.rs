//! Where the requests of a source come from: device groups, alike or by weight, by people, by coordinates on the map.

use indexmap::IndexMap;
use sim_core::ids::{DeviceId, Id, SiteId};
use sim_core::world::World;
use sim_core::world::device::Role;
use workloads::arrivals::{self, origins::Run};
use workloads::distance::Place;
use workloads::places::{self, PlaceOptions};

use super::Known;
use crate::issues::Check;
use crate::spec::{OriginsFileSpec, OriginsSpec, SourceSpec};

/// Devices that ask, in runs at one site each, every run with the weight of each of its devices where they differ.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    runs: Vec<Run>,
    weights: Option<Vec<f64>>,
}

impl Origins {
    /// Devices that are alike.
    fn alike(devices: impl IntoIterator<Item = DeviceId>, world: &World) -> Self {
        Self { runs: Run::within(devices, |device| world.devices[device].site), weights: None }
    }

    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + Clone + use<'_> {
        self.runs.iter().flat_map(|run| run.devices())
    }

    /// One device of each run: all of a run stand at its site.
    pub fn firsts(&self) -> impl Iterator<Item = DeviceId> + Clone + use<'_> {
        self.runs.iter().map(|run| run.first)
    }

    pub fn choice(&self) -> arrivals::origins::Origins {
        let runs = self.runs.clone();
        let made = match &self.weights {
            None => arrivals::origins::Origins::alike(runs),
            Some(weights) => arrivals::origins::Origins::weighted(runs, weights),
        };
        made.expect("invariant: a source has origins, and one of them a weight")
    }

    /// The sum of the weights; the number of devices where they are alike.
    pub fn total(&self) -> f64 {
        let counts = self.runs.iter().map(|run| f64::from(run.count));
        match &self.weights {
            None => counts.sum(),
            Some(weights) => counts.zip(weights).map(|(count, weight)| count * weight).sum(),
        }
    }

    /// Its parts by a key of each run; parts without a weight are left out.
    pub fn split<K: std::hash::Hash + Eq>(&self, keys: Vec<K>) -> Vec<(K, Self)> {
        let empty = || Self { runs: Vec::new(), weights: self.weights.as_ref().map(|_| Vec::new()) };
        let mut parts: IndexMap<K, Self> = IndexMap::new();
        for (k, (key, &run)) in keys.into_iter().zip(&self.runs).enumerate() {
            let part = parts.entry(key).or_insert_with(empty);
            part.runs.push(run);
            if let (Some(own), Some(all)) = (&mut part.weights, &self.weights) {
                own.push(all[k]);
            }
        }
        parts.into_iter().filter(|(_, part)| part.total() > 0.0).collect()
    }

    /// The same devices, each site with a weight that its devices share equally.
    fn by_site(self, known: &Known, weight_of: impl Fn(SiteId) -> f64) -> Self {
        let site = |run: &Run| known.world.devices[run.first].site;
        let mut members = vec![0.0; known.sites.len()];
        self.runs.iter().for_each(|run| members[site(run).index()] += f64::from(run.count));
        let weights = self.runs.iter().map(|run| weight_of(site(run)) / members[site(run).index()]);
        Self { weights: Some(weights.collect()), runs: self.runs }
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
    let world = known.world;
    if names.is_empty() {
        let mut sources = world.devices.ids().filter(|&id| world.devices[id].role == Role::Source).peekable();
        // An empty fleet is a problem of its own: the rest of the source is checked all the same.
        let origins = match sources.peek() {
            Some(_) => Origins::alike(sources, world),
            None => Origins::alike(world.devices.ids(), world),
        };
        return Some(origins);
    }
    let mut all = Vec::new();
    for (k, name) in names.iter().enumerate() {
        all.extend(members(check, &format!("{path}[{k}]"), name, known).unwrap_or_default());
    }
    (!all.is_empty()).then(|| Origins::alike(all, world))
}

/// Each group by its weight, which its devices share equally.
fn weighted(check: &mut Check, path: &str, weights: &IndexMap<String, f64>, known: &Known) -> Option<Origins> {
    let (mut runs, mut each) = (Vec::new(), Vec::new());
    for (name, &weight) in weights {
        let path = format!("{path}.{name}");
        let members = members(check, &path, name, known).unwrap_or_default();
        check.number(&path, Some(weight), 0.0, 0.0, 1e15)?;
        let count = members.len() as f64;
        runs.extend(Origins::alike(members, known.world).runs);
        each.resize(runs.len(), weight / count);
    }
    let origins = Origins { runs, weights: Some(each) };
    if origins.runs.is_empty() || origins.total() <= 0.0 {
        check.issue(path, "no group of devices has a weight", "such as `origins: {camera: 3, phone: 1}`");
        return None;
    }
    Some(origins)
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
    let sites: Vec<usize> = origins.firsts().map(|device| known.world.devices[device].site.index()).collect();
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
    let mut sites: Vec<usize> = origins.firsts().map(|device| known.world.devices[device].site.index()).collect();
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
