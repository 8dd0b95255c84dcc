//! Sites, links and routes from a scenario.

mod latency;

use hardware_profiles::links::{self, LinkPreset, Scope};
use hardware_profiles::quantity::Unit;
use sim_core::ids::{Id, LinkId, SiteId, Table, ZoneId};
use sim_core::units::{BitRate, JoulesPerByte, SimDuration, Watts};
use sim_core::world::Site;
use sim_core::world::grid::Grid;
use sim_core::world::link;
use sim_core::world::link::{Link, LinkEnergy, Links};
use sim_core::world::topology::{Contention, Detours, EnergyScope, NetworkEnergy, Topology};

use crate::issues::{Check, nearest_of};
use crate::spec::{LinkSpec, NetworkSpec, SiteSpec};
use latency::Ways;

/// The sites of a scenario.
pub(super) fn sites(check: &mut Check, specs: &[SiteSpec], grid: &Grid) -> Table<SiteId, Site> {
    let mut sites: Table<SiteId, Site> = Table::new();
    for (k, spec) in specs.iter().enumerate() {
        let path = format!("sites[{k}]");
        let name = check.required(&format!("{path}.name"), "the site's name", spec.name.as_ref()).unwrap_or_default();
        if sites.find(|site| site.name == name).is_some() {
            check.issue(&format!("{path}.name"), format!("site `{name}` is defined twice"), "");
        }
        let zone = check.required(&format!("{path}.zone"), "the site's zone", spec.zone.as_ref()).and_then(|zone| {
            let found = grid.zones.find(|other| other.name == zone);
            if found.is_none() {
                let names = grid.zones.iter().map(|zone| zone.name.as_str());
                let known: Vec<&str> = names.chain(workloads::carbon::library::zones().map(|zone| zone.name)).collect();
                check.issue(&format!("{path}.zone"), format!("zone `{zone}` has no signal"), nearest_of(zone, &known));
            }
            found
        });
        check.number(&format!("{path}.latitude"), spec.latitude, 0.0, -90.0, 90.0);
        check.number(&format!("{path}.longitude"), spec.longitude, 0.0, -180.0, 180.0);
        let pue = check.number(&format!("{path}.pue"), spec.pue, 1.0, 1.0, 10.0).unwrap_or(1.0);
        sites.push(Site { name: name.to_owned(), zone: zone.unwrap_or(ZoneId(0)), pue });
    }
    sites
}

/// Access links as they are made: two directions for one device.
pub(super) struct Access {
    up: Link,
    down: Link,
}

impl Access {
    /// Lays both directions for a device at a site.
    pub fn lay(&self, links: &mut Links, site: SiteId) -> link::Access {
        let shares = [(site, 0.5), (site, 0.5)];
        links.push_access(Link { shares, ..self.up }, Link { shares, ..self.down })
    }
}

/// The access link of a group of devices.
pub(super) fn access(check: &mut Check, path: &str, spec: Option<&LinkSpec>, run: Coefficients) -> Option<Access> {
    let default = LinkSpec { preset: Some("ideal".into()), ..LinkSpec::default() };
    let (up, down) = link(check, path, spec.unwrap_or(&default), None, run)?;
    Some(Access { up, down })
}

/// What a run says of the energy coefficients of its links.
#[derive(Clone, Copy)]
pub(super) struct Coefficients {
    pub scope: EnergyScope,
    /// Whether coefficients written in the scenario include the PUE of network sites.
    included: bool,
    /// Factor for those that do not.
    pue: f64,
}

impl Coefficients {
    fn factor(self, included: bool) -> f64 {
        if included { 1.0 } else { self.pue }
    }
}

/// Both directions of a link; `propagation` is theirs where the scenario gives none.
fn link(
    check: &mut Check, path: &str, spec: &LinkSpec, propagation: Option<(SimDuration, SimDuration)>, run: Coefficients,
) -> Option<(Link, Link)> {
    let preset = match &spec.preset {
        None => None,
        Some(name) => Some(preset(check, &format!("{path}.preset"), name)?),
    };
    let preset_latency = preset.map(|preset| preset.latency.as_secs());
    let mut latency = |known: Option<SimDuration>| {
        let default = known.map(SimDuration::as_secs).or(preset_latency);
        check.quantity(&format!("{path}.latency"), spec.latency.as_ref(), Unit::Time, default)
    };
    let (forth, back) = (latency(propagation.map(|(forth, _)| forth))?, latency(propagation.map(|(_, back)| back))?);
    let (up, down) = rates(check, path, spec, preset)?;
    let per_byte = per_byte(check, path, spec, preset, run);
    let mut power = |field: &str, given| check.quantity(&format!("{path}.{field}"), given, Unit::Power, Some(0.0));
    let (baseline, marginal) = (power("baseline", spec.baseline.as_ref()), power("marginal", spec.marginal.as_ref()));
    let factor = run.factor(run.included);
    let energy =
        LinkEnergy { per_byte: per_byte?, baseline: Watts(baseline? * factor), marginal: Watts(marginal? * factor) };
    let shares = [(SiteId(0), 0.5), (SiteId(0), 0.5)];
    let direction = |latency, rate| Link { latency: SimDuration::from_secs(latency), rate, energy, shares };
    Some((direction(forth, up), direction(back, down)))
}

/// Bandwidth of both directions of a link: as the scenario writes it, else the mean of its trace, else the preset's.
fn rates(check: &mut Check, path: &str, spec: &LinkSpec, preset: Option<&LinkPreset>) -> Option<(BitRate, BitRate)> {
    let at = format!("{path}.bandwidth");
    if let Some(file) = &spec.bandwidth_trace {
        let at = format!("{path}.bandwidth_trace");
        if spec.bandwidth.is_some() {
            check.issue(&at, "a link has a bandwidth or a trace of it", "leave one of them out");
            return None;
        }
        let text = check.read(&at, file)?;
        let read = workloads::bandwidth::read(text.as_bytes(), file);
        let trace = read.map_err(|error| check.issue(&at, error.to_string(), error.problem.hint())).ok()?;
        return Some((trace.mean, trace.mean));
    }
    let mut rate = |default: Option<BitRate>| {
        check.quantity(&at, spec.bandwidth.as_ref(), Unit::BitRate, default.map(|rate| rate.0)).map(BitRate)
    };
    let (up, down) = (rate(preset.map(|preset| preset.up))?, rate(preset.map(|preset| preset.down))?);
    if up.0 == 0.0 {
        check.issue(&at, "a link without bandwidth carries nothing", "such as `100 Mbit/s`, or `unlimited`");
        return None;
    }
    Some((up, down))
}

fn preset(check: &mut Check, path: &str, name: &str) -> Option<&'static LinkPreset> {
    let found = links::by_name(name);
    if found.is_none() {
        let known: Vec<&str> = links::builtin().iter().map(|preset| preset.name.as_str()).collect();
        check.issue(path, format!("no link preset `{name}`"), nearest_of(name, &known));
    }
    found
}

/// Energy of a byte on a link: as the scenario writes it, else the preset's; end-to-end figures do not go on links.
fn per_byte(
    check: &mut Check, path: &str, spec: &LinkSpec, preset: Option<&LinkPreset>, run: Coefficients,
) -> Option<JoulesPerByte> {
    if let Some(given) = &spec.energy {
        let kwh = check.quantity(&format!("{path}.energy"), Some(given), Unit::NetworkEnergy, None)?;
        return Some(JoulesPerByte::from_kwh_per_gb(kwh * run.factor(run.included)));
    }
    let Some(preset) = preset else { return Some(JoulesPerByte::ZERO) };
    let end_to_end = preset.scope == Scope::EndToEnd && preset.energy.per_byte.0 > 0.0;
    if end_to_end && run.scope == EnergyScope::Link {
        let message =
            format!("the energy of preset `{}` counts the whole way, those of this run each link", preset.name);
        check.issue(
            path,
            message,
            "write its energy by link (`energy: 0.01 kWh/GB`), or set network.scope: end-to-end",
        );
        return None;
    }
    Some(preset.energy.per_byte * run.factor(preset.pue_included))
}

/// All links between sites, with contention and the energy of moving data, as routes.
pub(super) fn topology(
    check: &mut Check, spec: &NetworkSpec, site_specs: &[SiteSpec], sites: &Table<SiteId, Site>, mut links: Links,
    energy: NetworkEnergy, run: Coefficients,
) -> Topology {
    let contentions = [("fifo", Contention::Fifo), ("none", Contention::None)];
    let contention = check.choice("network.contention", spec.contention.as_deref(), &contentions);
    let measured = latency::measured(check, spec);
    let mut ways = Ways::new(check, spec, measured.as_ref(), site_specs);
    let mut between = Vec::new();
    let mut lay = |check: &mut Check, path: &str, link: &LinkSpec, ends: (SiteId, SiteId)| {
        join(check, path, link, ends, &mut ways, run, &mut links, &mut between);
    };
    for (k, link_spec) in spec.links.iter().enumerate() {
        let path = format!("network.links[{k}]");
        if let Some(ends) = ends(check, &path, link_spec, sites) {
            lay(check, &path, link_spec, ends);
        }
    }
    if let Some(mesh) = &spec.mesh {
        for a in 0..sites.len() {
            for b in a + 1..sites.len() {
                lay(check, "network.mesh", mesh, (SiteId::new(a), SiteId::new(b)));
            }
            if !check.issues.is_empty() {
                break;
            }
        }
    }
    ways.report(check);
    if check.issues.is_empty() {
        let detours = if spec.latency.is_some() { Detours::Avoided } else { Detours::Taken };
        let contention = contention.unwrap_or_default();
        match Topology::routed(sites.len(), links.clone(), &between, contention, energy, detours) {
            Ok(topology) => return topology,
            Err(gap) => {
                let (from, to) = (&sites[gap.from].name, &sites[gap.to].name);
                let hint = "add it to network.links, or link every pair with network.mesh: {preset: fibre-wan}";
                check.issue("network", format!("no way from site `{from}` to site `{to}`"), hint);
            }
        }
    }
    placeholder(sites.len(), links)
}

/// Routes for a scenario that is refused anyway, so that the rest of it is checked.
fn placeholder(sites: usize, mut links: Links) -> Topology {
    let ideal = Link {
        latency: SimDuration::ZERO,
        rate: BitRate(f64::INFINITY),
        energy: LinkEnergy::default(),
        shares: [(SiteId(0), 0.5), (SiteId(0), 0.5)],
    };
    let link = links.push(ideal);
    let next = |a: usize| (SiteId::new(a), SiteId::new((a + 1) % sites), link);
    let ring: Vec<_> = (0..sites).map(next).collect();
    let made = Topology::new(sites, links, &ring, Contention::None, NetworkEnergy::default());
    made.expect("invariant: a ring connects its sites")
}

/// How a run counts the energy of moving data.
pub(super) fn network_energy(check: &mut Check, spec: &NetworkSpec) -> (NetworkEnergy, Coefficients) {
    let scopes = [("link", EnergyScope::Link), ("end-to-end", EnergyScope::EndToEnd)];
    let scope = check.choice("network.scope", spec.scope.as_deref(), &scopes).unwrap_or_default();
    let default = if scope == EnergyScope::Link { Some(0.0) } else { None };
    let end_to_end = check.quantity("network.end_to_end", spec.end_to_end.as_ref(), Unit::NetworkEnergy, default);
    if scope == EnergyScope::Link && spec.end_to_end.is_some() {
        let hint = "set network.scope: end-to-end, or leave it out";
        check.issue("network.end_to_end", "coefficients by link and end to end in one run count bytes twice", hint);
    }
    let included = spec.pue_included.unwrap_or(true);
    let pue = check.number("network.pue", spec.pue, 1.0, 1.0, 10.0).unwrap_or(1.0);
    if included && spec.pue.is_some() {
        let message = "coefficients that include the PUE are not multiplied by another";
        check.issue("network.pue", message, "set network.pue_included: false");
    }
    let run = Coefficients { scope, included, pue };
    let end_to_end = JoulesPerByte::from_kwh_per_gb(end_to_end.unwrap_or(0.0)) * run.factor(included);
    // Factors are in the coefficients already.
    (NetworkEnergy { scope, end_to_end, pue: 1.0 }, run)
}

fn ends(check: &mut Check, path: &str, spec: &LinkSpec, sites: &Table<SiteId, Site>) -> Option<(SiteId, SiteId)> {
    let at = format!("{path}.between");
    let [a, b] = spec.between.as_slice() else {
        check.issue(&at, format!("{} ends", spec.between.len()), "two sites: `between: [a, b]`");
        return None;
    };
    let mut find =
        |name: &str| check.named(&at, "site", name, sites.iter().map(|site| site.name.as_str())).map(SiteId::new);
    let (a, b) = (find(a), find(b));
    Some((a?, b?))
}

fn join(
    check: &mut Check, path: &str, spec: &LinkSpec, (a, b): (SiteId, SiteId), ways: &mut Ways, run: Coefficients,
    links: &mut Links, between: &mut Vec<(SiteId, SiteId, LinkId)>,
) {
    let shares = match spec.shares.as_slice() {
        [] => [0.5, 0.5],
        [x, y] if (x + y - 1.0).abs() < 1e-9 && *x >= 0.0 && *y >= 0.0 => [*x, *y],
        other => {
            check.issue(
                &format!("{path}.shares"),
                format!("{other:?} are not two shares of one whole"),
                "such as `[0.5, 0.5]`",
            );
            return;
        }
    };
    let propagation = if spec.latency.is_none() { ways.between(a, b) } else { None };
    let Some((forth, back)) = link(check, path, spec, propagation, run) else { return };
    let shares = [(a, shares[0]), (b, shares[1])];
    between.push((a, b, links.push(Link { shares, ..forth })));
    between.push((b, a, links.push(Link { shares, ..back })));
}
