//! `splits`: where each splitter cuts one request that is alone in a scenario's world, beside every cut that it could
//! have made, all of them simulated.

mod page;

pub use page::text;

use std::borrow::Cow;

use analysis::summary::{Forecasts, SignalSource};
use serde::Serialize;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::ledger::Account;
use sim_core::engine::plan::Segment;
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::{ClassId, ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Ending, Observer, Record, RequestRecord};
use sim_core::scheduler::{Decision, Reason, Request, Scheduler, View};
use sim_core::schedulers::{self, Setup, Value};
use sim_core::units::SimTime;
use sim_core::world::World;
use sim_core::world::cost::Cuts;
use sim_core::world::device::Role;

use crate::build::Experiment;

/// Schedulers that are compared, each with a parameter that sets it apart and what the table calls it.
const SPLITTERS: [Splitter; 11] = [
    ("none, local", "local", None),
    ("none, cloud-only", "cloud-only", None),
    ("AMP4EC by parameters", "amp4ec-partition", Some(("measure", "parameters"))),
    ("AMP4EC by MACs", "amp4ec-partition", Some(("measure", "macs"))),
    ("Neurosurgeon, latency", "neurosurgeon", Some(("objective", "latency"))),
    ("Neurosurgeon, energy", "neurosurgeon", Some(("objective", "energy"))),
    ("pipeline DP", "pipeline-dp", None),
    ("carbon split, carbon", "carbon-split", Some(("objective", "carbon"))),
    ("carbon split, in time", "carbon-split", Some(("objective", "carbon-within-deadline"))),
    ("carbon split, energy", "carbon-split", Some(("objective", "energy"))),
    ("carbon split, latency", "carbon-split", Some(("objective", "latency"))),
];
/// What the table calls it, the scheduler, and a parameter.
type Splitter = (&'static str, &'static str, Option<(&'static str, &'static str)>);
/// Arrivals that are looked at for origins.
const LOOKED_AT: usize = 1000;

/// Segments in order.
type Plan = Vec<(DeviceId, Cuts)>;

/// What one request took, alone in the world; idle power, of devices and of links, left out.
#[derive(Clone, Debug, Serialize)]
pub struct Alone {
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

/// What a splitter made of the request.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// The splitter.
    pub by: String,
    /// Why it did not place the request, if it did not.
    pub rejected: Option<String>,
    /// What the request took, if it was placed.
    #[serde(flatten)]
    pub took: Option<Alone>,
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
    /// How many of the world's carbon signals are synthetic, in words.
    pub signals: String,
    /// The forecasts that splitters may see, in words, with their label.
    pub forecasts: String,
    /// What each splitter chose.
    pub splitters: Vec<Choice>,
    /// The cut that leaves everything to the origin.
    pub last_cut: u16,
    /// Every cut with each server: one device of each other class, the nearest.
    pub cuts: Vec<CutRow>,
}

/// All cases of a scenario, or those of one origin or model.
///
/// # Errors
/// If there is no such origin or model.
pub fn cases(experiment: &Experiment, from: Option<&str>, model: Option<&str>) -> Result<Vec<Case>, String> {
    let mut world = experiment.world.clone();
    world.settings.service_noise = false;
    // Links draw their baseline whether the request is there or not.
    world.topology = world.topology.without_baselines();
    let mut askers = askers(experiment);
    if let Some(name) = from {
        let known: Vec<Cow<str>> = world.names.iter().collect();
        let origin = find(name, world.devices.ids().zip(known.iter().map(AsRef::as_ref)))?;
        let class = askers.iter().find(|asker| asker.origin == origin).map_or(RequestClassId(0), |asker| asker.class);
        askers = vec![Asker { origin, class }];
    }
    let models = match model {
        None => world.models.ids().collect(),
        Some(name) => vec![find(name, world.models.enumerate().map(|(id, model)| (id, model.name.as_str())))?],
    };
    let lone = |asker: Asker| move |model: &ModelId| (asker, *model);
    let pairs = askers.iter().flat_map(|&asker| models.iter().map(lone(asker)));
    Ok(pairs.map(|(asker, model)| Lone { world: &world, asker, model }.case()).collect())
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

/// Who asks, and for which class of requests.
#[derive(Clone, Copy, Debug)]
struct Asker {
    origin: DeviceId,
    class: RequestClassId,
}

/// One origin of each kind among the first arrivals: of a class, at a site, behind a link of its own rate.
fn askers(experiment: &Experiment) -> Vec<Asker> {
    let world = &experiment.world;
    let Ok(mut source) = experiment.workload.open(Streams::new(experiment.seed, 0)) else { return Vec::new() };
    let mut seen: Vec<Asker> = Vec::new();
    for _ in 0..LOOKED_AT {
        let Some(arrival) = source.peek().and_then(|_| source.next()) else { break };
        let kind = |device: DeviceId| {
            let (link, device) = (world.uplink(device), &world.devices[device]);
            (device.class, device.site, link.latency, link.rate.0.to_bits())
        };
        let asker = Asker { origin: arrival.origin, class: arrival.class };
        match seen.iter_mut().find(|other| kind(other.origin) == kind(arrival.origin)) {
            Some(other) if asker.origin < other.origin => *other = asker,
            Some(_) => {}
            None => seen.push(asker),
        }
    }
    seen.sort_unstable_by_key(|asker| asker.origin);
    seen
}

/// One request for a model, alone in a world.
struct Lone<'a> {
    world: &'a World,
    asker: Asker,
    model: ModelId,
}

impl Lone<'_> {
    fn case(&self) -> Case {
        Case {
            origin: self.world.device_name(self.asker.origin).into_owned(),
            model: self.world.models[self.model].name.clone(),
            signals: SignalSource::line(&SignalSource::all(self.world)),
            forecasts: Forecasts::new(&self.world.grid).line(),
            splitters: SPLITTERS.iter().map(|splitter| self.choice(splitter)).collect(),
            last_cut: self.world.models[self.model].whole().to,
            cuts: self.cuts(),
        }
    }

    fn choice(&self, splitter: &Splitter) -> Choice {
        let (took, rejected) = match self.by_splitter(splitter) {
            Ok(alone) => (Some(alone), None),
            Err(why) => (None, Some(why)),
        };
        Choice { by: splitter.0.to_owned(), rejected, took }
    }

    fn by_splitter(&self, (_, name, param): &Splitter) -> Result<Alone, String> {
        let entry = schedulers::by_name(name).ok_or_else(|| format!("there is no scheduler `{name}`"))?;
        let mut params = entry.defaults();
        params.0.extend(param.map(|(name, value)| (name, Value::Text(value.to_owned()))));
        let built = (entry.build)(&Setup::new(&params, self.world)).map_err(|issue| issue.message)?;
        self.run(built)
    }

    /// Whole on the origin and on each server, and every cut between them, where the devices may and can run them.
    fn cuts(&self) -> Vec<CutRow> {
        let whole = self.world.models[self.model].whole();
        let zones = self.world.request_classes[self.asker.class].zones.as_ref();
        let may = |&(device, cuts): &(DeviceId, Cuts)| {
            zones.is_none_or(|zones| zones.contains(&self.world.zone_of(device)))
                && self.world.can_run_segment(device, self.model, cuts)
        };
        let mut rows = Vec::new();
        for server in self.servers() {
            for cut in whole.from..=whole.to {
                let plan = plan(self.asker.origin, server, cut, whole);
                if plan.iter().all(may) {
                    rows.extend(self.cut(server, cut, plan).ok());
                }
            }
        }
        rows
    }

    /// The nearest shared device of each class other than the origin's.
    fn servers(&self) -> Vec<DeviceId> {
        let (world, own) = (self.world, self.world.devices[self.asker.origin].class);
        let shared = world.devices.enumerate().filter(|(_, device)| device.role == Role::Shared && device.class != own);
        let mut servers: Vec<DeviceId> = shared.map(|(id, _)| id).collect();
        servers.sort_by_key(|&device| (world.latency(self.asker.origin, device), device));
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
        let (origin_ms, server_ms) = (ms(self.asker.origin), ms(server));
        let alone = self.run(Fixed(plan.clone()))?;
        let at = &model.cuts[usize::from(cut)];
        let (layer, tensor_bytes) = (at.layer.clone(), at.tensor.0);
        Ok(CutRow { cut, layer, tensor_bytes, origin_ms, server_ms, alone })
    }

    /// Runs the request; an error says why it was not placed, or did not end.
    fn run(&self, mut scheduler: impl Scheduler) -> Result<Alone, String> {
        let mut once = Once(Some(Arrival {
            at: self.world.settings.horizon.window_start(),
            origin: self.asker.origin,
            model: self.model,
            class: self.asker.class,
            work: 1.0,
            input: None,
            slack: None,
            deadline: None,
            client: None,
        }));
        let mut last = Last(None);
        let outcome = Engine::new(self.world, Streams::new(0, 0), &mut once, &mut scheduler).run(&mut last);
        let books = match outcome {
            Outcome::Finished(books) => books,
            Outcome::SchedulerAborted { message, .. } => return Err(message),
            Outcome::LawBroken(law) => return Err(law.to_string()),
            Outcome::Stopped | Outcome::TimeStandsStill { .. } => return Err("it does not end".into()),
        };
        let record = last.0.ok_or("it has not ended when the drain is over")?;
        match record.ending {
            Ending::Completed | Ending::Late => {}
            Ending::Rejected(Reason::NoDevice) => return Err("no device".into()),
            Ending::Rejected(Reason::OverLimits) => return Err("over limits".into()),
        }
        let accounts = [Account::Dynamic, Account::Wake, Account::Load, Account::Network];
        let (total, own) = (books.ledger.total(), books.ledger.device(self.asker.origin));
        Ok(Alone {
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
            (None, Some(device)) => self.world.device_name(device).into_owned(),
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
