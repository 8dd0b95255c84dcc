//! A tiny world that runs twice the same, with its books and what was heard of it.

use analysis::recorder::Recorder;
use analysis::sample::Sample;
use analysis::summary::{About, SignalSource, Summary};
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Books, Engine, Outcome};
use sim_core::ids::{ClassId, ClientId, DeviceId, ModelId, RequestClassId, SiteId, ZoneId};
use sim_core::kernel::rng::Streams;
use sim_core::scheduler::Scheduler;
use sim_core::schedulers::{Setup, by_name};
use sim_core::units::{
    BitRate, ByteRate, Bytes, Grams, Intensity, Joules, JoulesPerByte, Macs, SimDuration, SimTime, Watts,
};
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{Device, DeviceClass, Discipline, DynamicPower, LoadModel, PowerModel, Role, WakeUp};
use sim_core::world::forecast::Forecast;
use sim_core::world::grid::{Grid, Present, Zone};
use sim_core::world::link::{Access, Link, LinkEnergy, Links};
use sim_core::world::model::{Model, RequestClass};
use sim_core::world::signal::{Basis, EndPolicy, Gas, Labels, Provenance, Scope, Signal, SignalKind};
use sim_core::world::topology::{Contention, NetworkEnergy, Topology};
use sim_core::world::{Horizon, IdleRule, Preload, Settings, Site, TelemetrySettings, World};

/// A run with everything that analysis reads.
pub struct Run {
    scheduler: &'static str,
    pub world: World,
    pub books: Books,
    pub recorder: Recorder,
}

impl Run {
    pub fn summary(&self) -> Summary {
        let about = About {
            scenario: "tiny".into(),
            scheduler: self.scheduler.into(),
            seed: 7,
            signals: SignalSource::all(&self.world),
            energy_provenance: Some("modelled"),
            ..About::default()
        };
        Summary::new(&self.books, &self.recorder, &self.world, about)
    }
}

/// One request each `gap` seconds for `count` times, from the two devices in turn, of the two models in turn by pairs.
pub fn run(world: World, count: u32, gap: f64, sample: Sample) -> Run {
    run_under("local", world, count, gap, sample)
}

pub fn run_under(name: &'static str, world: World, count: u32, gap: f64, sample: Sample) -> Run {
    let arrival = |k: u32| Arrival {
        at: SimTime::from_secs(f64::from(k) * gap),
        origin: DeviceId(k % 2),
        model: ModelId(k / 2 % 2),
        class: RequestClassId(0),
        work: 1.0,
        input: None,
        slack: None,
        deadline: None,
        client: None,
    };
    let mut source = Script((0..count).rev().map(arrival).collect());
    let mut scheduler = scheduler(name, &world);
    let mut recorder = Recorder::with_sample(&world, sample);
    let outcome = Engine::new(&world, Streams::new(1, 0), &mut source, &mut scheduler).run(&mut recorder);
    let Outcome::Finished(books) = outcome else { panic!("the run ended otherwise: {outcome:?}") };
    Run { scheduler: name, world, books: *books, recorder }
}

pub fn scheduler(name: &str, world: &World) -> Box<dyn Scheduler> {
    let entry = by_name(name).expect("a scheduler of that name");
    let params = entry.defaults();
    (entry.build)(&Setup::new(&params, world)).expect("sane parameters")
}

struct Script(Vec<Arrival>);

impl ArrivalSource for Script {
    fn peek(&mut self) -> Option<SimTime> {
        self.0.last().map(|arrival| arrival.at)
    }
    fn next(&mut self) -> Option<Arrival> {
        self.0.pop()
    }
    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

fn class() -> DeviceClass {
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

fn model(name: &str, accuracy: Option<f64>) -> Model {
    let model = Model::unsplit(name, Bytes(1e6), Macs(1e8), Bytes(1e5), Bytes(1e3));
    Model { memory_needed: Bytes(2e6), cores_needed: 0.1, accuracy, ..model }
}

fn signal(values: Vec<f64>, provenance: Provenance) -> Signal {
    let labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
    Signal::regular(0, SimDuration::from_hours(1), values, EndPolicy::Hold, labels, provenance)
        .expect("sane intensities")
}

fn zone(name: &str, signal: Signal) -> Zone {
    Zone { name: name.into(), average: Some(signal), marginal: None, forecast: Forecast::default() }
}

fn device(site: u32, links: &mut Links) -> (Device, Access) {
    let access = Link {
        latency: SimDuration::from_millis(1.0),
        rate: BitRate(1e8),
        energy: LinkEnergy { per_byte: JoulesPerByte(1e-5), ..LinkEnergy::default() },
        shares: [(SiteId(site), 0.5), (SiteId(site), 0.5)],
    };
    let device = Device {
        class: ClassId(0),
        site: SiteId(site),
        role: Role::Shared,
        housed: false,
        service_share: 1.0,
        background_load: 0.0,
    };
    (device, links.push_access(access, access))
}

/// Two hours, a device in each of two zones, two models of 0.5 s and 1.5 s.
pub fn world() -> World {
    let mut links = Links::default();
    let devices = vec![device(0, &mut links), device(1, &mut links)];
    let ends = [(SiteId(0), 0.5), (SiteId(1), 0.5)];
    let ideal =
        Link { latency: SimDuration::ZERO, rate: BitRate(f64::INFINITY), energy: LinkEnergy::default(), shares: ends };
    let between = [(SiteId(0), SiteId(1), links.push(ideal)), (SiteId(1), SiteId(0), links.push(ideal))];
    let energy = NetworkEnergy { pue: 1.0, ..NetworkEnergy::default() };
    let models = vec![model("small", Some(0.72)), model("large", None)];
    let costs = [(0.5, 2.5), (1.5, 9.0)]
        .iter()
        .zip(&models)
        .map(|(&(seconds, joules), model)| Some(CostTable::whole_only(seconds, Joules(joules), model.parameters)));
    World {
        costs: Costs::new(vec![costs.collect()].into()),
        grid: Grid {
            zones: vec![
                zone("Alpha", signal(vec![100.0, 300.0], Provenance::Given("test".into()))),
                zone("Beta", signal(vec![Intensity(720.0).0], Provenance::Synthetic("test".into()))),
            ]
            .into(),
            decide_with: SignalKind::Average,
            account_with: SignalKind::Average,
            publication_lag: SimDuration::ZERO,
            present: Present::default(),
        },
        topology: Topology::new(2, links, &between, Contention::Fifo, energy).expect("the two sites are linked"),
        sites: vec![
            Site { name: "alpha".into(), zone: ZoneId(0), pue: 1.0 },
            Site { name: "beta".into(), zone: ZoneId(1), pue: 1.0 },
        ]
        .into(),
        classes: vec![class()].into(),
        devices: devices.into_iter().collect(),
        names: ["alpha-0", "beta-0"].iter().collect(),
        models: models.into(),
        request_classes: vec![RequestClass {
            name: "interactive".into(),
            deadline: Some(SimDuration::from_secs(1.0)),
            ..RequestClass::default()
        }]
        .into(),
        settings: Settings {
            horizon: Horizon {
                lead_in: SimDuration::ZERO,
                window: SimDuration::from_hours(2),
                slack: SimDuration::ZERO,
                drain: SimDuration::from_hours(1),
                interval: SimDuration::from_hours(1),
            },
            idle_rule: IdleRule::ByTime,
            embodied: true,
            embodied_in_decision: false,
            decision: None,
            service_noise: false,
            telemetry: TelemetrySettings::default(),
            preload: Preload::All,
        },
    }
}
