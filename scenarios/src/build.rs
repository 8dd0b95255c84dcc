//! A scenario resolved: every name found, every quantity read, every problem noted, then a world.

pub mod costs;
mod fleet;
pub(crate) mod forecast;
mod grid;
mod models;
mod network;
pub mod scheduler;
pub mod signal;
mod time;
pub mod workload;

use jiff::Timestamp;
use sim_core::units::SimDuration;
use sim_core::world::decision::DecisionCost;
use sim_core::world::device::Role;
use sim_core::world::{Horizon, IdleRule, Preload, Settings, TelemetrySettings, World};

use crate::issues::Check;
use crate::spec::{DeviceSpec, SiteSpec, Spec};
use fleet::Fleet;
use scheduler::Chosen;
use workload::Workload;

/// A scenario that is ready to run.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// Its seed.
    pub seed: u64,
    /// The UTC instant of the epoch.
    pub epoch: Timestamp,
    /// What exists.
    pub world: World,
    /// What is asked of it.
    pub workload: Workload,
    /// Who decides.
    pub scheduler: Chosen,
    /// Most rows of requests.parquet.
    pub request_rows: usize,
    /// Encoding of the tensors that each model sends between devices when it is split.
    pub cut_encodings: Vec<(String, &'static str)>,
    /// How each cost table is known.
    pub pairs: Vec<costs::Pair>,
    /// Files that were read, with their BLAKE3 hashes.
    pub inputs: Vec<(String, String)>,
    /// What its user should know, such as gaps that were filled.
    pub notes: Vec<String>,
}

/// Resolves a scenario; problems go to `check`, and there is an experiment only if there are none.
///
/// What cannot be read is replaced by something plain, so that the rest is checked all the same.
pub fn build(spec: &Spec, check: &mut Check) -> Option<Experiment> {
    let name = check.required("name", "the scenario's name", spec.name.as_ref()).unwrap_or_default().to_owned();
    check_name(check, &name);
    let mut sites = spec.sites.clone();
    let groups = groups(check, spec, &mut sites);
    let (epoch, horizon) = time::time(check, &spec.time, longest_slack(spec, check));
    let grid = grid::grid(check, &spec.grid, &sites, grid::Span { epoch, horizon });
    let request_classes = models::request_classes(check, &spec.request_classes, &grid);
    let described = models::models(check, &spec.models);
    let catalogue = fleet::catalogue(check, spec);
    let (energy, run) = network::network_energy(check, &spec.network);
    let placed = network::sites(check, &sites, &grid);
    let decision = scheduler::decision_cost(check, &spec.scheduler, &placed);
    let settings = settings(check, spec, horizon, decision);
    let mut fleet = Fleet::default();
    for (path, group) in &groups {
        fleet.add(check, path, group, &catalogue, &placed, run);
    }
    check_fleet(check, &fleet, &settings);
    let links = std::mem::take(&mut fleet.links);
    let topology = network::topology(check, &spec.network, &sites, &placed, links, energy, run);
    let known = costs::Known { catalogue: &catalogue, bases: &fleet.bases, models: &described };
    let given = costs::given(check, &spec.profiles, &known);
    let (costs, pairs) = costs::costs(&catalogue, &fleet.classes, &fleet.bases, &described, &given);
    let cut_encodings = models::cut_encodings(&described);
    let world = World {
        classes: fleet.classes.clone(),
        devices: std::mem::take(&mut fleet.devices),
        names: fleet.names.clone(),
        sites: placed,
        grid,
        topology,
        models: models::table(described),
        request_classes,
        costs,
        settings,
    };
    check_models(check, &world);
    let known = workload::Known { world: &world, fleet: &fleet, sites: &sites, epoch };
    let workload = workload::workload(check, &spec.workload, &known);
    let scheduler = scheduler::scheduler(check, &spec.scheduler, &world)?;
    check.issues.is_empty().then(|| Experiment {
        name,
        description: spec.description.clone(),
        seed: spec.seed.unwrap_or(1),
        epoch,
        workload,
        scheduler,
        request_rows: spec.outputs.requests.unwrap_or(analysis::sample::DEFAULT_LIMIT),
        inputs: std::mem::take(&mut check.inputs),
        notes: std::mem::take(&mut check.notes),
        cut_encodings,
        pairs,
        world,
    })
}

/// Groups of devices with the paths that name them: the scenario's, then the fleet file's with its sites.
fn groups(check: &mut Check, spec: &Spec, sites: &mut Vec<SiteSpec>) -> Vec<(String, DeviceSpec)> {
    let listed = spec.devices.iter().enumerate().map(|(k, group)| (format!("devices[{k}]"), group.clone()));
    let mut groups: Vec<_> = listed.collect();
    if let Some(fleet) = &spec.fleet {
        groups.extend(fleet::rows(check, fleet, sites).into_iter().map(|group| ("fleet".to_owned(), group)));
    }
    groups
}

/// The name becomes a folder's.
fn check_name(check: &mut Check, name: &str) {
    let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if name.starts_with('.') || !name.chars().all(fits) {
        check.issue("name", format!("`{name}` cannot name a folder"), "letters, digits, `-`, `_` and `.`");
    }
}

/// How far a request may be put off, for the signals' cover; problems are noted where classes are read.
fn longest_slack(spec: &Spec, check: &Check) -> SimDuration {
    let mut quiet = Check::default();
    let slacks = spec.request_classes.iter().filter_map(|class| quiet.span("", class.slack.as_ref(), Some(0.0)));
    let own = spec.workload.iter().filter_map(|source| workload::longest_slack(source, check));
    slacks.chain(own).max().unwrap_or(SimDuration::ZERO)
}

fn settings(check: &mut Check, spec: &Spec, horizon: Horizon, decision: Option<DecisionCost>) -> Settings {
    let rules = [("by-time", IdleRule::ByTime), ("by-use", IdleRule::ByUse), ("none", IdleRule::None)];
    let idle_rule = check.choice("accounting.idle", spec.accounting.idle.as_deref(), &rules);
    let embodied = [("include", true), ("exclude", false)];
    let embodied = check.choice("accounting.embodied", spec.accounting.embodied.as_deref(), &embodied);
    let in_decision = spec.accounting.embodied_in_decision.as_ref();
    let embodied_in_decision = check.switch("accounting.embodied_in_decision", in_decision, false);
    let preloads = [("all", Preload::All), ("none", Preload::None)];
    let preload = check.choice("preload", spec.preload.as_deref(), &preloads);
    let service_noise = check.switch("service_noise", spec.service_noise.as_ref(), true);
    let mut span =
        |field: &str, given| check.span(&format!("telemetry.{field}"), given, Some(0.0)).unwrap_or(SimDuration::ZERO);
    let age = span("age", spec.telemetry.age.as_ref());
    let period = span("period", spec.telemetry.period.as_ref());
    let load_window = span("load_window", spec.telemetry.load_window.as_ref());
    if age.0 > 0 && period.0 == 0 {
        check.issue(
            "telemetry.age",
            "reports that are always live have no age",
            "give telemetry.period too, such as `10 s`",
        );
    }
    Settings {
        horizon,
        idle_rule: idle_rule.unwrap_or_default(),
        embodied: embodied.unwrap_or_default(),
        embodied_in_decision,
        service_noise,
        telemetry: TelemetrySettings { age, period, load_window },
        preload: preload.unwrap_or_default(),
        decision,
    }
}

fn check_fleet(check: &mut Check, fleet: &Fleet, settings: &Settings) {
    if fleet.devices.is_empty() && !check.issues.iter().any(|issue| issue.path.starts_with("devices")) {
        let hint = "such as `devices: [{name: pi, class: raspberry-pi-4, site: lab, count: 3}]`";
        check.issue("devices", "the fleet is empty", hint);
    }
    let serving = |role: Role| role != Role::Source;
    if !fleet.devices.is_empty() && !fleet.devices.iter().any(|device| serving(device.role)) {
        check.issue("devices", "no device may run requests: all are sources", "give a group `role: shared`");
    }
    let in_decision = ("accounting.embodied_in_decision", settings.embodied_in_decision, "off");
    let asked = [("accounting.embodied", settings.embodied, "exclude"), in_decision];
    for (path, _, without) in asked.into_iter().filter(|(_, wanted, _)| *wanted) {
        for (_, class) in
            fleet.classes.enumerate().filter(|(_, class)| class.embodied.is_none() || class.lifetime.is_none())
        {
            let message = format!("no source states the embodied emissions or lifetime of `{}`", class.name);
            check.issue(path, message, format!("give them in a class of your own, or set {path}: {without}"));
        }
    }
}

/// Every model must fit somewhere.
fn check_models(check: &mut Check, world: &World) {
    for (k, (model, entry)) in world.models.enumerate().enumerate() {
        if !world.devices.is_empty() && !world.devices.ids().any(|device| world.can_run(device, model)) {
            check.issue(
                &format!("models[{k}]"),
                format!("no device can run `{}`", entry.name),
                "a device with more memory, or a precision that a class states a speed of",
            );
        }
    }
}
