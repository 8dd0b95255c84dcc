//! How long data travel between two sites: as measured, or by distance.

use sim_core::ids::{Id, SiteId};
use sim_core::units::SimDuration;
use workloads::distance::{Kilometres, Place, Route, propagation};
use workloads::error::ReadError;
use workloads::latency::between::{Between, Gap, Site, WITHIN};
use workloads::latency::places::{self, Places};
use workloads::latency::{self, Duplicates, Format, Matrix, Options, Unit, Values};

use crate::issues::{Check, nearest_of};
use crate::spec::{LatencySpec, NetworkSpec, SiteSpec};
use hardware_profiles::quantity;

/// How many pairs of sites an error names before it says how many more there are.
const NAMED: usize = 20;

/// What becomes of a pair that the table does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Error,
    Distance,
}

/// A scenario's table of latencies.
pub(super) struct Measured {
    matrix: Matrix,
    places: Places,
    within: Kilometres,
    unknown: Unknown,
}

/// The table that a scenario names, if it names one.
pub(super) fn measured(check: &mut Check, spec: &NetworkSpec) -> Option<Measured> {
    let given = spec.latency.as_ref()?;
    if spec.mesh.as_ref().is_some_and(|mesh| mesh.latency.is_some()) {
        let message = "every link of the mesh has this latency, so none is looked up in network.latency";
        check.issue("network.mesh.latency", message, "leave one of them out");
    }
    let options = options(check, given);
    let unknowns = [("error", Unknown::Error), ("distance", Unknown::Distance)];
    let unknown = check.choice("network.latency.unknown", given.unknown.as_deref(), &unknowns);
    let within =
        check.quantity("network.latency.within", given.within.as_ref(), quantity::Unit::Distance, Some(WITHIN.0));
    let file = check.required("network.latency.file", "the table of latencies", given.file.as_ref())?;
    let options = options?;
    let matrix = table(check, "network.latency.file", file, |text| latency::read(text, file, &options));
    let places = match &given.places {
        None => Some(Places::default()),
        Some(file) => table(check, "network.latency.places", file, |text| places::read(text, file)),
    };
    Some(Measured { matrix: matrix?, places: places?, within: Kilometres(within?), unknown: unknown? })
}

fn options(check: &mut Check, given: &LatencySpec) -> Option<Options> {
    let values = match given.values.as_deref() {
        None => None,
        Some(text) => {
            let words = [("rtt", Values::Rtt), ("one-way", Values::OneWay)];
            Some(check.choice("network.latency.values", Some(text), &words)?)
        }
    };
    let format = match given.format.as_deref() {
        None => None,
        Some(text) => {
            let words = Format::ALL.map(|format| (format.name(), format));
            Some(check.choice("network.latency.format", Some(text), &words)?)
        }
    };
    let units = [("ms", Unit::Milliseconds), ("us", Unit::Microseconds), ("s", Unit::Seconds)];
    let unit = check.choice("network.latency.unit", given.unit.as_deref(), &units);
    let duplicates = [("error", Duplicates::Error), ("first", Duplicates::First), ("mean", Duplicates::Mean)];
    let duplicates = check.choice("network.latency.duplicates", given.duplicates.as_deref(), &duplicates);
    Some(Options { format, values, unit: unit?, column: given.column.clone(), duplicates: duplicates? })
}

fn table<T>(check: &mut Check, path: &str, file: &str, read: impl FnOnce(&[u8]) -> Result<T, ReadError>) -> Option<T> {
    let text = check.read(path, file)?;
    read(text.as_bytes()).map_err(|error| check.issue(path, error.to_string(), error.problem.hint())).ok()
}

/// The ways between the sites of a scenario.
pub(super) struct Ways<'a> {
    sites: &'a [SiteSpec],
    route: Route,
    measured: Option<(Between<'a>, Unknown)>,
    /// Pairs whose latency nobody knows, with the reason.
    gaps: Vec<(SiteId, SiteId, Gap)>,
}

impl<'a> Ways<'a> {
    /// Finds the sites in the table, if there is one.
    pub fn new(check: &mut Check, spec: &NetworkSpec, measured: Option<&'a Measured>, sites: &'a [SiteSpec]) -> Self {
        let between = measured.map(|measured| {
            let names = spec.latency.as_ref().map(|latency| &latency.names);
            let site = |site: &'a SiteSpec| {
                let name = site.name.as_deref().unwrap_or_default();
                let known_as = names.and_then(|names| names.get(name)).map(String::as_str);
                Site { known_as, name, zone: site.zone.as_deref(), place: place(site) }
            };
            let located: Vec<Site> = sites.iter().map(site).collect();
            let between = Between::new(&measured.matrix, &measured.places, &located, measured.within);
            check_table(check, spec, measured, &between, sites);
            (between, measured.unknown)
        });
        Self { sites, route: route(check, spec), measured: between, gaps: Vec::new() }
    }

    /// Propagation from one site to the other and back; none if neither the table nor the map tells.
    pub fn between(&mut self, a: SiteId, b: SiteId) -> Option<(SimDuration, SimDuration)> {
        Some((self.one_way(a, b)?, self.one_way(b, a)?))
    }

    fn one_way(&mut self, from: SiteId, to: SiteId) -> Option<SimDuration> {
        let Some((between, unknown)) = &self.measured else { return self.by_distance(from, to) };
        match between.one_way(from.index(), to.index()) {
            Ok(latency) => Some(latency),
            Err(gap) => {
                let filled = if *unknown == Unknown::Distance { self.by_distance(from, to) } else { None };
                if filled.is_none() {
                    self.gaps.push((from, to, gap));
                }
                // A pair without a latency is refused in the end, so any will do until then.
                filled.or(Some(SimDuration::ZERO))
            }
        }
    }

    fn by_distance(&self, from: SiteId, to: SiteId) -> Option<SimDuration> {
        let place = |site: SiteId| place(&self.sites[site.index()]);
        Some(propagation(place(from)?, place(to)?, self.route))
    }

    /// Notes all pairs whose latency nobody knows.
    pub fn report(self, check: &mut Check) {
        let Some((_, unknown)) = &self.measured else { return };
        if self.gaps.is_empty() {
            return;
        }
        let name = |site: SiteId| self.sites[site.index()].name.as_deref().unwrap_or_default();
        let pairs = self.gaps.iter().map(|&(from, to, _)| format!("`{}` → `{}`", name(from), name(to)));
        let message = format!("no latency is known from site to site: {}", some_of(pairs));
        let mut lost: Vec<(SiteId, Option<Kilometres>)> = Vec::new();
        for &(from, to, gap) in &self.gaps {
            match gap {
                Gap::NoPlace { site, nearest } => lost.push((if site == from.index() { from } else { to }, nearest)),
                Gap::NoPair => {}
            }
        }
        lost.sort_by_key(|&(site, _)| site);
        lost.dedup_by_key(|&mut (site, _)| site);
        let lost = lost.into_iter().map(|(site, nearest)| match nearest {
            Some(distance) => format!("`{}` (the nearest is {:.0} km away)", name(site), distance.0),
            None => format!("`{}`", name(site)),
        });
        let lost = some_of(lost);
        let mut hint = String::new();
        if !lost.is_empty() {
            hint = format!("the table has no place for {lost}: give it in network.latency.names; ");
        }
        hint.push_str(match unknown {
            Unknown::Error => "`unknown: distance` goes by distance instead, between sites with coordinates",
            Unknown::Distance => "to go by distance, sites need latitude and longitude",
        });
        check.issue("network.latency", message, hint);
    }
}

/// Every name of a site in the table must be one, and coordinates of places must be of places of the table.
fn check_table(check: &mut Check, spec: &NetworkSpec, measured: &Measured, between: &Between, sites: &[SiteSpec]) {
    let given = spec.latency.iter().flat_map(|latency| &latency.names);
    for (site, name) in given {
        let path = "network.latency.names";
        check.named(path, "site", site, sites.iter().filter_map(|site| site.name.as_deref()));
        if !between.knows(name) {
            let known: Vec<&str> = measured.matrix.names().collect();
            check.issue(path, format!("the table has no place `{name}`"), nearest_of(name, &known));
        }
    }
    if !measured.places.is_empty() && between.located() == 0 {
        let (count, first) = (measured.places.len(), measured.matrix.names().next().unwrap_or_default());
        let message = format!("none of its {count} places is in the table of latencies, whose first is `{first}`");
        check.issue("network.latency.places", message, "one of its names must be the one in the table");
    }
}

fn place(site: &SiteSpec) -> Option<Place> {
    Some(Place { latitude: site.latitude?, longitude: site.longitude? })
}

/// How much longer fibre is than the great circle.
fn route(check: &mut Check, spec: &NetworkSpec) -> Route {
    let Some(given) = &spec.route else { return Route::default() };
    match given.0.parse::<f64>() {
        _ if given.0 == "itu" => Route::Itu,
        Ok(factor) if (1.0..=LONGEST_ROUTE).contains(&factor) => Route::Factor(factor),
        Ok(_) | Err(_) => {
            let message = format!("`{}` tells no length of a route", given.0);
            check.issue("network.route", message, format!("`itu`, or a factor from 1 to {LONGEST_ROUTE}, such as 1.5"));
            Route::default()
        }
    }
}

/// Beyond this factor a fibre would go around the globe between places that a quarter of it separates.
const LONGEST_ROUTE: f64 = 4.0;

/// The first names with commas, then how many more there are.
fn some_of(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let shown = names.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
