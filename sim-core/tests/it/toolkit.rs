//! Tiny worlds and scripted sources for the tests beside.

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::ledger::{Account, Ledger};
use sim_core::engine::{Books, Engine, Outcome};
use sim_core::ids::{ClassId, ClientId, DeviceId, ModelId, RequestClassId, SiteId, ZoneId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Record, RequestRecord};
use sim_core::scheduler::Scheduler;
use sim_core::schedulers::{Setup, Value, by_name};
use sim_core::units::{BitRate, ByteRate, Bytes, Grams, Intensity, Joules, Macs, SimDuration, SimTime, Watts};
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{Device, DeviceClass, Discipline, DynamicPower, LoadModel, PowerModel, Role, WakeUp};
use sim_core::world::devices::Devices;
use sim_core::world::forecast::Forecast;
use sim_core::world::grid::{Grid, Present, Zone};
use sim_core::world::link::{Link, LinkEnergy, Links};
use sim_core::world::model::{Model, RequestClass};
use sim_core::world::signal::{Basis, EndPolicy, Gas, Labels, Provenance, Scope, Signal, SignalKind};
use sim_core::world::topology::{Contention, NetworkEnergy, Topology};
use sim_core::world::{Horizon, IdleRule, Preload, Settings, Site, TelemetrySettings, World};

pub const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
pub const HOUR: f64 = 3600.0;

pub fn secs(seconds: f64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

pub fn at(seconds: f64) -> SimTime {
    SimTime::from_secs(seconds)
}

pub fn constant(intensity: f64) -> Signal {
    Signal::constant(Intensity(intensity), LABELS, Provenance::Given("test".into())).expect("a sane intensity")
}

pub fn hourly(values: &[f64]) -> Signal {
    let step = SimDuration::from_hours(1);
    Signal::regular(0, step, values.to_vec(), EndPolicy::Hold, LABELS, Provenance::Given("test".into()))
        .expect("sane intensities")
}

/// One slot, 10 W idle and 5 W above it at work, one second a request of model 0.
pub fn class() -> DeviceClass {
    DeviceClass {
        name: "box".into(),
        cores: 1.0,
        slots: 1,
        slot_scaling: Vec::new(),
        discipline: Discipline::Fifo,
        memory: Bytes(1e9),
        power: PowerModel {
            idle: Watts(10.0),
            dynamic: DynamicPower::Linear,
            max: Watts(15.0),
            sleep: Watts(1.0),
            off: Watts(0.0),
            wake: WakeUp::default(),
            boot: WakeUp::default(),
            idle_timeout: None,
        },
        declared_power: Watts(15.0),
        load: LoadModel { rate: ByteRate(1e8), overhead: SimDuration::ZERO, power: Watts(2.0) },
        embodied: Some(Grams(1000.0)),
        lifetime: Some(SimDuration::from_hours(1000)),
        noise_sigma: 0.0,
    }
}

pub fn model(name: &str) -> Model {
    let model = Model::unsplit(name, Bytes(1e6), Macs(1e8), Bytes(1e5), Bytes(1e3));
    Model { memory_needed: Bytes(2e6), cores_needed: 0.1, ..model }
}

/// A world under construction: one site and one zone of 360 g/kWh until told otherwise.
pub struct Builder {
    pub classes: Vec<DeviceClass>,
    /// Seconds and joules of each model on each class.
    pub costs: Vec<Vec<(f64, f64)>>,
    pub devices: Vec<(usize, usize, Role)>,
    pub zones: Vec<Signal>,
    /// Zone and PUE of each site; every pair of sites is linked.
    pub sites: Vec<(usize, f64)>,
    pub models: Vec<Model>,
    pub request_classes: Vec<RequestClass>,
    pub access: Link,
    /// Up and down, of each device; `access` both ways where empty.
    pub accesses: Vec<[Link; 2]>,
    pub between: Link,
    /// Latencies of links between sites, in turn; that of `between` where there are none.
    pub latencies: Vec<SimDuration>,
    pub contention: Contention,
    pub network: NetworkEnergy,
    pub settings: Settings,
    pub publication_lag: SimDuration,
    pub housed: bool,
    pub background_load: f64,
}

pub fn ideal_link() -> Link {
    Link {
        latency: SimDuration::ZERO,
        rate: BitRate(f64::INFINITY),
        energy: LinkEnergy::default(),
        shares: [(SiteId(0), 0.5), (SiteId(0), 0.5)],
    }
}

impl Default for Builder {
    fn default() -> Self {
        let horizon = Horizon {
            lead_in: SimDuration::ZERO,
            window: secs(HOUR),
            slack: SimDuration::ZERO,
            drain: secs(HOUR),
            interval: secs(HOUR),
        };
        Self {
            classes: vec![class()],
            costs: vec![vec![(1.0, 5.0)]],
            devices: vec![(0, 0, Role::Shared)],
            zones: vec![constant(360.0)],
            sites: vec![(0, 1.0)],
            models: vec![model("net")],
            request_classes: vec![RequestClass { name: "interactive".into(), ..RequestClass::default() }],
            access: ideal_link(),
            accesses: Vec::new(),
            between: ideal_link(),
            latencies: Vec::new(),
            contention: Contention::Fifo,
            network: NetworkEnergy { pue: 1.0, ..NetworkEnergy::default() },
            settings: Settings {
                horizon,
                idle_rule: IdleRule::ByTime,
                embodied: true,
                embodied_in_decision: false,
                service_noise: false,
                telemetry: TelemetrySettings::default(),
                preload: Preload::All,
                decision: None,
            },
            publication_lag: SimDuration::ZERO,
            housed: false,
            background_load: 0.0,
        }
    }
}

impl Builder {
    pub fn window(mut self, seconds: f64) -> Self {
        self.settings.horizon.window = secs(seconds);
        self
    }

    pub fn build(self) -> World {
        let mut links = Links::default();
        let mut devices = Devices::new();
        for (k, &(class, site, role)) in self.devices.iter().enumerate() {
            let site = SiteId(site as u32);
            let own = |link: Link| Link { shares: [(site, 0.5), (site, 0.5)], ..link };
            let [up, down] = self.accesses.get(k).copied().unwrap_or([self.access; 2]).map(own);
            let device = Device {
                class: ClassId(class as u32),
                site,
                role,
                housed: self.housed,
                service_share: 1.0,
                background_load: self.background_load,
            };
            devices.push(device, links.push_access(up, down));
        }
        let mut between = Vec::new();
        for a in 0..self.sites.len() as u32 {
            for b in (0..self.sites.len() as u32).filter(|&b| b != a) {
                let latency = self.latencies.get(between.len() % self.latencies.len().max(1));
                let latency = *latency.unwrap_or(&self.between.latency);
                let link = Link { latency, shares: [(SiteId(a), 0.5), (SiteId(b), 0.5)], ..self.between };
                between.push((SiteId(a), SiteId(b), links.push(link)));
            }
        }
        let models = &self.models;
        let table = |(model, &(seconds, joules)): (&Model, &(f64, f64))| {
            Some(CostTable::whole_only(seconds, Joules(joules), model.parameters))
        };
        let costs = self.costs.iter().map(|row| models.iter().zip(row).map(table).collect()).collect();
        let zone = |(k, average): (usize, Signal)| Zone {
            name: format!("zone-{k}"),
            average: Some(average),
            marginal: None,
            forecast: Forecast::default(),
        };
        World {
            costs: Costs::new(costs),
            grid: Grid {
                zones: self.zones.into_iter().enumerate().map(zone).collect(),
                decide_with: SignalKind::Average,
                account_with: SignalKind::Average,
                publication_lag: self.publication_lag,
                present: Present::default(),
            },
            topology: Topology::new(self.sites.len(), links, &between, self.contention, self.network)
                .expect("every pair of sites is linked"),
            sites: self
                .sites
                .iter()
                .enumerate()
                .map(|(k, &(zone, pue))| Site { name: format!("site-{k}"), zone: ZoneId(zone as u32), pue })
                .collect(),
            classes: self.classes.into(),
            names: (0..devices.len()).map(|k| format!("device-{k}")).collect(),
            devices,
            models: self.models.into(),
            request_classes: self.request_classes.into(),
            settings: self.settings,
        }
    }
}

/// Arrivals given one by one; with a client, the next of that client follows at once.
pub struct Script(pub Vec<Arrival>);

pub fn arrival(seconds: f64) -> Arrival {
    Arrival {
        at: at(seconds),
        origin: DeviceId(0),
        model: ModelId(0),
        class: RequestClassId(0),
        work: 1.0,
        input: None,
        slack: None,
        deadline: None,
        client: None,
    }
}

impl Script {
    pub fn at(times: &[f64]) -> Self {
        Self::of(times.iter().map(|&time| arrival(time)).collect())
    }

    pub fn of(mut arrivals: Vec<Arrival>) -> Self {
        arrivals.sort_by_key(|arrival| arrival.at);
        arrivals.reverse();
        Self(arrivals)
    }
}

impl ArrivalSource for Script {
    fn peek(&mut self) -> Option<SimTime> {
        self.0.last().map(|arrival| arrival.at)
    }
    fn next(&mut self) -> Option<Arrival> {
        self.0.pop()
    }
    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

/// Keeps every record.
#[derive(Default)]
pub struct Keep(pub Vec<RequestRecord>);

impl Observer for Keep {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        self.0.push(*request);
    }
}

/// A scheduler by name, its parameters at their defaults but for `given`.
pub fn scheduler(world: &World, name: &str, given: &[(&'static str, Value)]) -> Box<dyn Scheduler> {
    let entry = by_name(name).expect("a scheduler of that name");
    let mut params = entry.defaults();
    params.0.extend(given.iter().cloned());
    (entry.build)(&Setup::new(&params, world)).expect("sane parameters")
}

pub fn text(word: &str) -> Value {
    Value::Text(word.to_owned())
}

/// Runs to the end and expects the laws to hold.
pub fn run_with(
    world: &World, mut source: impl ArrivalSource, mut scheduler: impl Scheduler,
) -> (Books, Vec<RequestRecord>) {
    let mut keep = Keep::default();
    match Engine::new(world, Streams::new(1, 0), &mut source, &mut scheduler).run(&mut keep) {
        Outcome::Finished(books) => (*books, keep.0),
        Outcome::Stopped => panic!("stopped"),
        Outcome::SchedulerAborted { message, at } => panic!("{message} at {at:?}"),
        Outcome::TimeStandsStill { at } => panic!("time stands still at {at:?}"),
        Outcome::LawBroken(law) => panic!("{law}"),
    }
}

pub fn run(world: &World, source: impl ArrivalSource, name: &str) -> (Books, Vec<RequestRecord>) {
    run_with(world, source, scheduler(world, name, &[]))
}

pub fn joules(ledger: &Ledger, account: Account) -> f64 {
    ledger.total().get(account).energy().0
}

pub fn grams(ledger: &Ledger, account: Account) -> f64 {
    ledger.total().get(account).carbon().0
}

#[track_caller]
pub fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-12 * expected.abs(), "{got} is not {expected}");
}

/// Runs and expects the scheduler to be stopped; tells why.
pub fn abort_message(world: &World, source: &mut dyn ArrivalSource, scheduler: &mut dyn Scheduler) -> String {
    match Engine::new(world, Streams::new(1, 0), source, scheduler).run(&mut Keep::default()) {
        Outcome::SchedulerAborted { message, .. } => message,
        Outcome::Finished(_) | Outcome::Stopped | Outcome::TimeStandsStill { .. } | Outcome::LawBroken(_) => {
            panic!("the run was not aborted")
        }
    }
}
