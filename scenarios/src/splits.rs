//! `splits`: where each splitter cuts one request that is alone in a scenario's world, beside every cut that it could
//! have made, all of them simulated.

use std::fmt::Write;

use analysis::number::{bytes, energy, mass, time};
use analysis::table::{Align::Left, Align::Right, Table};
use serde::Serialize;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::ledger::Account;
use sim_core::engine::plan::Segment;
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::{ClassId, ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Ending, Observer, Record, RequestRecord};
use sim_core::scheduler::{Decision, Request, Scheduler, View};
use sim_core::schedulers::{self, Setup, Value};
use sim_core::units::SimTime;
use sim_core::world::World;
use sim_core::world::cost::Cuts;
use sim_core::world::device::Role;

use crate::build::Experiment;

/// Schedulers that are compared, each with a parameter that sets it apart and what the table calls it.
const SPLITTERS: [Splitter; 6] = [
    ("none, local", "local", None),
    ("none, cloud-only", "cloud-only", None),
    ("AMP4EC by parameters", "amp4ec-partition", Some(("measure", "parameters"))),
    ("AMP4EC by MACs", "amp4ec-partition", Some(("measure", "macs"))),
    ("Neurosurgeon, latency", "neurosurgeon", Some(("objective", "latency"))),
    ("Neurosurgeon, energy", "neurosurgeon", Some(("objective", "energy"))),
];
/// What the table calls it, the scheduler, and a parameter.
type Splitter = (&'static str, &'static str, Option<(&'static str, &'static str)>);
/// Cuts shown beside both ends.
const SHOWN: usize = 6;
/// Arrivals that are looked at for origins.
const LOOKED_AT: usize = 1000;

/// Segments in order.
type Plan = Vec<(DeviceId, Cuts)>;

/// What one request took, alone in the world; idle power left out.
#[derive(Clone, Debug, Serialize)]
pub struct Alone {
    /// Who chose the plan, or which cut it is.
    pub by: String,
    /// Its segments, as in `camera[0:12]+box[12:66]`.
    pub plan: String,
    /// Sojourn time [ms].
    pub time_ms: f64,
    /// Time on links [ms].
    pub network_ms: f64,
    /// Energy above idle of the origin [J].
    pub origin_j: f64,
    /// Energy above idle of all devices and of moving data [J].
    pub energy_j: f64,
    /// Its emissions [g].
    pub carbon_g: f64,
}

/// One cut between the origin and a server.
#[derive(Clone, Debug, Serialize)]
pub struct CutRow {
    /// The cut: as many steps run on the origin.
    pub cut: u16,
    /// The layer whose tensor crosses.
    pub layer: String,
    /// That tensor, as it travels [B].
    pub tensor_bytes: f64,
    /// Compute time on the origin [ms].
    pub origin_ms: f64,
    /// Compute time on the server [ms].
    pub server_ms: f64,
    /// What it took.
    pub alone: Alone,
}

/// One model asked for by one origin.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// The origin.
    pub origin: String,
    /// The model.
    pub model: String,
    /// What each splitter chose.
    pub splitters: Vec<Alone>,
    /// Every cut with each server: one device of each other class, the nearest.
    pub cuts: Vec<CutRow>,
}

/// All cases of a scenario, or those of one origin or model.
///
/// # Errors
/// If there is no such origin or model, or if a scheduler cannot place the request.
pub fn cases(experiment: &Experiment, from: Option<&str>, model: Option<&str>) -> Result<Vec<Case>, String> {
    let mut world = experiment.world.clone();
    world.settings.service_noise = false;
    let origins = match from {
        None => origins(experiment),
        Some(name) => vec![find(name, world.devices.enumerate().map(|(id, device)| (id, device.name.as_str())))?],
    };
    let models = match model {
        None => world.models.ids().collect(),
        Some(name) => vec![find(name, world.models.enumerate().map(|(id, model)| (id, model.name.as_str())))?],
    };
    let pairs = origins.iter().flat_map(|&origin| models.iter().map(move |&model| (origin, model)));
    pairs.map(|(origin, model)| case(&world, origin, model)).collect()
}

fn find<'n, I>(name: &str, known: impl Iterator<Item = (I, &'n str)>) -> Result<I, String> {
    let mut names = Vec::new();
    for (id, other) in known {
        if other == name {
            return Ok(id);
        }
        names.push(other);
    }
    Err(format!("there is no `{name}` in this scenario; {}", crate::issues::nearest_of(name, &names)))
}

/// One origin of each kind among the first arrivals: of a class, at a site, behind a link of its own rate.
fn origins(experiment: &Experiment) -> Vec<DeviceId> {
    let world = &experiment.world;
    let Ok(mut source) = experiment.workload.open(Streams::new(experiment.seed, 0)) else { return Vec::new() };
    let mut seen: Vec<DeviceId> = Vec::new();
    for _ in 0..LOOKED_AT {
        let Some(arrival) = source.peek().and_then(|_| source.next()) else { break };
        let kind = |device: DeviceId| {
            let device = &world.devices[device];
            let link = &world.topology.links[device.uplink];
            (device.class, device.site, link.latency, link.rate.0.to_bits())
        };
        match seen.iter_mut().find(|other| kind(**other) == kind(arrival.origin)) {
            Some(other) => *other = arrival.origin.min(*other),
            None => seen.push(arrival.origin),
        }
    }
    seen.sort_unstable();
    seen
}

fn case(world: &World, origin: DeviceId, model: ModelId) -> Result<Case, String> {
    let lone = Lone { world, origin, model };
    let splitters: Result<Vec<Alone>, String> = SPLITTERS.iter().map(|splitter| lone.by_splitter(splitter)).collect();
    Ok(Case {
        origin: world.devices[origin].name.clone(),
        model: world.models[model].name.clone(),
        splitters: splitters?,
        cuts: lone.cuts()?,
    })
}

/// One request for a model, alone in a world.
struct Lone<'a> {
    world: &'a World,
    origin: DeviceId,
    model: ModelId,
}

impl Lone<'_> {
    fn by_splitter(&self, (label, name, param): &Splitter) -> Result<Alone, String> {
        let entry = schedulers::by_name(name).ok_or_else(|| format!("there is no scheduler `{name}`"))?;
        let mut params = entry.defaults();
        params.0.extend(param.map(|(name, value)| (name, Value::Text(value.to_owned()))));
        let built = (entry.build)(&Setup::new(&params, self.world)).map_err(|issue| issue.message)?;
        self.run(label, built)
    }

    /// Whole on the origin and on each server, and every cut between them, where memories hold the segments.
    fn cuts(&self) -> Result<Vec<CutRow>, String> {
        let whole = self.world.models[self.model].whole();
        let mut rows = Vec::new();
        for server in self.servers() {
            for cut in whole.from..=whole.to {
                let plan = plan(self.origin, server, cut, whole);
                let fits = |&(device, cuts): &(DeviceId, Cuts)| self.world.can_run_segment(device, self.model, cuts);
                if plan.iter().all(fits) {
                    rows.push(self.cut(server, cut, plan)?);
                }
            }
        }
        Ok(rows)
    }

    /// The nearest shared device of each class other than the origin's.
    fn servers(&self) -> Vec<DeviceId> {
        let (world, own) = (self.world, self.world.devices[self.origin].class);
        let shared = world.devices.enumerate().filter(|(_, device)| device.role == Role::Shared && device.class != own);
        let mut servers: Vec<DeviceId> = shared.map(|(id, _)| id).collect();
        servers.sort_by_key(|&device| (world.latency(self.origin, device), device));
        let mut classes: Vec<ClassId> = Vec::new();
        servers.retain(|&device| {
            let class = world.devices[device].class;
            let fresh = !classes.contains(&class);
            classes.push(class);
            fresh
        });
        servers
    }

    fn cut(&self, server: DeviceId, cut: u16, plan: Plan) -> Result<CutRow, String> {
        let model = &self.world.models[self.model];
        let ms = |device: DeviceId| {
            let part = plan.iter().find(|(other, _)| *other == device);
            let table = self.world.cost(device, self.model);
            table.zip(part).map_or(0.0, |(table, &(_, cuts))| table.time_s(cuts) * 1e3)
        };
        let (origin_ms, server_ms) = (ms(self.origin), ms(server));
        let alone = self.run(&format!("cut {cut}, {}", self.world.devices[server].name), Fixed(plan.clone()))?;
        let at = &model.cuts[usize::from(cut)];
        let (layer, tensor_bytes) = (at.layer.clone(), at.tensor.0);
        Ok(CutRow { cut, layer, tensor_bytes, origin_ms, server_ms, alone })
    }

    fn run(&self, by: &str, mut scheduler: impl Scheduler) -> Result<Alone, String> {
        let mut once = Once(Some(Arrival {
            at: self.world.settings.horizon.window_start(),
            origin: self.origin,
            model: self.model,
            class: RequestClassId(0),
            work: 1.0,
            client: None,
        }));
        let mut last = Last(None);
        let outcome = Engine::new(self.world, Streams::new(0, 0), &mut once, &mut scheduler).run(&mut last);
        let (Outcome::Finished(books), Some(record)) = (&outcome, last.0) else {
            return Err(format!("{by}: one request alone does not end: {outcome:?}"));
        };
        if let Ending::Rejected(reason) = record.ending {
            let origin = &self.world.devices[self.origin].name;
            return Err(format!("{by} turned the request of {origin} away: {reason:?}"));
        }
        let accounts = [Account::Dynamic, Account::Wake, Account::Load, Account::Network];
        let (total, own) = (books.ledger.total(), &books.ledger.devices()[self.origin]);
        Ok(Alone {
            by: by.to_owned(),
            plan: self.described(record.plan.and_then(|plan| books.split(plan)), record.device),
            time_ms: record.sojourn().as_millis(),
            network_ms: record.network.as_millis(),
            origin_j: own.get(Account::Dynamic).energy().0,
            energy_j: accounts.iter().map(|&account| total.get(account).energy().0).sum(),
            carbon_g: accounts.iter().map(|&account| total.get(account).carbon().0).sum(),
        })
    }

    fn described(&self, split: Option<&[Segment]>, device: Option<DeviceId>) -> String {
        match (split, device) {
            (Some(segments), _) => analysis::summary::split_word(segments, self.model, self.world),
            (None, Some(device)) => self.world.devices[device].name.clone(),
            (None, None) => String::new(),
        }
    }
}

/// The first `cut` steps on the origin, the rest on a server.
fn plan(origin: DeviceId, server: DeviceId, cut: u16, whole: Cuts) -> Plan {
    let (head, tail) = (Cuts { from: whole.from, to: cut }, Cuts { from: cut, to: whole.to });
    [(origin, head), (server, tail)].into_iter().filter(|(_, cuts)| cuts.from < cuts.to).collect()
}

/// Runs every request by one plan.
struct Fixed(Plan);

impl Scheduler for Fixed {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        Decision::Run(view.split(request, &self.0))
    }
}

/// A single arrival.
struct Once(Option<Arrival>);

impl ArrivalSource for Once {
    fn peek(&mut self) -> Option<SimTime> {
        self.0.as_ref().map(|arrival| arrival.at)
    }
    fn next(&mut self) -> Option<Arrival> {
        self.0.take()
    }
    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

/// Keeps the last record.
struct Last(Option<RequestRecord>);

impl Observer for Last {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        self.0 = Some(*request);
    }
}

/// The cases as text: what each splitter chose with what it takes, then the cuts that explain it.
#[must_use]
pub fn text(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let _ = writeln!(text, "{} asked for by {}, alone in the world; energy above idle", case.model, case.origin);
        let _ = writeln!(text, "{}", choices(case));
        let why = "`device[a:b]` runs the layers between cuts a and b";
        let _ = writeln!(text, "Why: both ends and the {SHOWN} fastest inner cuts; {why}");
        let _ = writeln!(text, "{}", explained(case));
    }
    text
}

fn choices(case: &Case) -> Table {
    let columns = [
        ("splitter", Left),
        ("time", Right),
        ("on links", Right),
        ("origin", Right),
        ("energy", Right),
        ("carbon", Right),
        ("plan", Left),
    ];
    let mut table = Table::new(&columns);
    let mut row = |by: &str, alone: &Alone| {
        let joules = |joules: f64| energy(joules);
        let cells = [time(alone.time_ms), time(alone.network_ms), joules(alone.origin_j), joules(alone.energy_j)];
        let [total, links, own, all] = cells;
        table.row([by.to_owned(), total, links, own, all, mass(alone.carbon_g), alone.plan.clone()]);
    };
    case.splitters.iter().for_each(|alone| row(&alone.by, alone));
    type Figure = fn(&Alone) -> f64;
    let bests: [(&str, Figure); 3] =
        [("(least time)", |a| a.time_ms), ("(least energy)", |a| a.energy_j), ("(least carbon)", |a| a.carbon_g)];
    for (by, figure) in bests {
        if let Some(best) = case.cuts.iter().min_by(|a, b| figure(&a.alone).total_cmp(&figure(&b.alone))) {
            row(by, &best.alone);
        }
    }
    table
}

fn explained(case: &Case) -> Table {
    let columns = [
        ("cut", Right),
        ("after", Left),
        ("tensor", Right),
        ("origin", Right),
        ("on links", Right),
        ("server", Right),
        ("time", Right),
        ("plan", Left),
    ];
    let mut table = Table::new(&columns);
    let last = case.cuts.iter().map(|row| row.cut).max().unwrap_or(0);
    let mut inner: Vec<&CutRow> = case.cuts.iter().filter(|row| row.cut > 0 && row.cut < last).collect();
    inner.sort_by(|a, b| a.alone.time_ms.total_cmp(&b.alone.time_ms));
    inner.truncate(SHOWN);
    let ends = case.cuts.iter().filter(|row| row.cut == 0);
    let whole = case.cuts.iter().find(|row| row.cut == last);
    let mut shown: Vec<&CutRow> = ends.chain(inner).chain(whole).collect();
    shown.sort_by_key(|row| row.cut);
    for row in shown {
        table.row([
            row.cut.to_string(),
            row.layer.clone(),
            bytes(row.tensor_bytes),
            time(row.origin_ms),
            time(row.alone.network_ms),
            time(row.server_ms),
            time(row.alone.time_ms),
            row.alone.plan.clone(),
        ]);
    }
    table
}
