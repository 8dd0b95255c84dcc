//! The index beside the scan: in random worlds both choose the same device, for every request.

use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sim_core::arrival::Arrival;
use sim_core::ids::{DeviceId, ModelId, RequestClassId, ZoneId};
use sim_core::record::{Ending, RequestRecord};
use sim_core::scheduler::{Actions, Decision, Execution, Reason, Request, Scheduler, View};
use sim_core::schedulers::Value;
use sim_core::units::{BitRate, Bytes, Joules, JoulesPerByte, Watts};
use sim_core::world::Preload;
use sim_core::world::World;
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{DynamicPower, Role, WakeUp};
use sim_core::world::link::Link;
use sim_core::world::signal::{EndPolicy, Provenance, Signal};
use sim_core::world::topology::EnergyScope;

use crate::toolkit::*;

/// A scheduler that finds devices by the index, and its twin that looks at all of them.
struct Twins {
    index: Box<dyn Scheduler>,
    scan: Box<dyn Scheduler>,
    bytes: usize,
}

impl Twins {
    fn new(world: &World, name: &str, given: &[(&'static str, Value)]) -> Self {
        let by = |search| scheduler(world, name, &[given, &[("search", text(search))]].concat());
        Self { index: by("index"), scan: by("scan"), bytes: 0 }
    }
}

impl Scheduler for &mut Twins {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        self.index.start(view, actions);
        self.scan.start(view, actions);
    }
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let (index, scan) = (self.index.decide(request, view), self.scan.decide(request, view));
        assert_eq!(index, scan, "request {} from {:?} at {:?}", request.id, request.origin, view.now());
        self.bytes = self.index.index_bytes();
        index
    }
    fn published(&mut self, zone: ZoneId, view: &View) {
        self.index.published(zone, view);
        self.scan.published(zone, view);
    }
    fn executed(&mut self, execution: &Execution, view: &View) {
        self.index.executed(execution, view);
        self.scan.executed(execution, view);
    }
    fn changed(&mut self, device: DeviceId) {
        self.index.changed(device);
        self.scan.changed(device);
    }
}

/// Runs twins, and tells what became of requests and how large the index was.
fn agree(
    world: &World, arrivals: Vec<Arrival>, name: &str, given: &[(&'static str, Value)],
) -> (Vec<RequestRecord>, usize) {
    let mut twins = Twins::new(world, name, given);
    let (_, records) = run_with(world, Script::of(arrivals), &mut twins);
    (records, twins.bytes)
}

fn of<T: Copy>(dice: &mut SmallRng, choices: &[T]) -> T {
    *choices.choose(dice).expect("a choice")
}

/// Half a dozen values for everything, so that ties abound and differences too.
fn some_world(dice: &mut SmallRng) -> World {
    let mut builder = Builder { classes: Vec::new(), costs: Vec::new(), ..Builder::default() }.window(600.0);
    builder.models = vec![model("small"), model("large")];
    (builder.models[0].cores_needed, builder.models[1].memory_needed) = (of(dice, &[0.1, 1.0]), Bytes(8e6));
    for _ in 0..dice.random_range(1..4) {
        builder.classes.push(some_class(dice));
        let seconds = [of(dice, &[0.5, 1.0, 6.0]), of(dice, &[1.0, 3.0])];
        builder.costs.push(seconds.map(|seconds| (seconds, of(dice, &[2.0, 5.0]) * seconds)).to_vec());
    }
    let zones = dice.random_range(1..4);
    builder.zones = (0..zones).map(|_| some_signal(dice)).collect();
    builder.sites =
        (0..dice.random_range(1..5)).map(|_| (dice.random_range(0..zones), of(dice, &[1.0, 1.3]))).collect();
    let roles = [Role::Shared, Role::Shared, Role::Shared, Role::Shared, Role::Reserved, Role::Source];
    let sites = builder.sites.len();
    builder.devices = (0..dice.random_range(2..30))
        .map(|_| (dice.random_range(0..builder.classes.len()), dice.random_range(0..sites), of(dice, &roles)))
        .collect();
    if dice.random() {
        builder.devices.sort_by_key(|device| (device.0, device.1));
    }
    builder.devices.push((0, 0, Role::Shared));
    builder.housed = dice.random();
    builder.latencies = (0..5).map(|_| secs(of(dice, &[0.001, 0.02, 0.05]))).collect();
    builder.between.rate = BitRate(of(dice, &[1e6, 1e8]));
    builder.network.scope = of(dice, &[EnergyScope::Link, EnergyScope::EndToEnd]);
    builder.network.end_to_end = JoulesPerByte(1e-6);
    builder.between.energy.per_byte = JoulesPerByte(of(dice, &[0.0, 1e-5]));
    builder.settings.telemetry.period = secs(of(dice, &[0.0, 0.0, 17.0]));
    builder.settings.telemetry.age = secs(of(dice, &[0.0, 23.0]));
    builder.settings.telemetry.load_window = secs(of(dice, &[0.0, 20.0]));
    builder.settings.preload = of(dice, &[Preload::All, Preload::None]);
    builder.request_classes.push(builder.request_classes[0].clone());
    builder.request_classes[0].deadline = of(dice, &[None, Some(secs(1.2)), Some(secs(8.0))]);
    builder.request_classes[1].zones = of(dice, &[true, false]).then(|| vec![ZoneId(0)]);
    builder.accesses = (0..builder.devices.len()).map(|_| [some_link(dice), some_link(dice)]).collect();
    vary(dice, builder.build())
}

fn some_class(dice: &mut SmallRng) -> sim_core::world::device::DeviceClass {
    let mut made = class();
    (made.cores, made.slots) = (of(dice, &[1.0, 4.0]), of(dice, &[1, 1, 2, 4]));
    made.memory = Bytes(of(dice, &[3e6, 1e7, 1e9]));
    made.declared_power = Watts(of(dice, &[0.0, 6.0, 15.0]));
    if dice.random_bool(0.3) {
        made.power.dynamic = DynamicPower::Table([10.0, 18.0, 20.0].map(Watts).to_vec());
    }
    if dice.random_bool(0.3) {
        made.power.idle_timeout = Some(secs(5.0));
        made.power.wake = WakeUp { time: secs(of(dice, &[0.1, 2.0])), energy: Joules(1.0) };
    }
    made
}

fn some_link(dice: &mut SmallRng) -> Link {
    let mut link = ideal_link();
    link.latency = secs(of(dice, &[0.0, 0.0, 0.004]));
    link.rate = BitRate(of(dice, &[1e7, 1e7, 2e6]));
    link.energy.marginal = Watts(of(dice, &[0.0, 0.0, 2.0]));
    link
}

/// Changes every half a minute.
fn some_signal(dice: &mut SmallRng) -> Signal {
    let values = (0..40).map(|_| of(dice, &[0.0, 50.0, 50.0, 400.0, 401.0])).collect();
    Signal::regular(0, secs(30.0), values, EndPolicy::Hold, LABELS, Provenance::Given("test".into()))
        .expect("sane intensities")
}

/// What the builder makes alike for all: background loads, models that run everywhere.
fn vary(dice: &mut SmallRng, mut world: World) -> World {
    for id in world.devices.ids() {
        world.devices.change(id, |device| device.background_load = of(dice, &[0.0, 0.0, 0.5]));
    }
    let missing = dice.random_bool(0.3).then_some(ModelId(1));
    let rows = world.classes.ids().map(|class| {
        let cost = |model| world.costs.get(class, model).filter(|_| class.0 == 0 || Some(model) != missing);
        world.models.ids().map(|model| cost(model).cloned()).collect::<Vec<Option<CostTable>>>()
    });
    world.costs = Costs::new(rows.collect());
    world
}

/// Enough to crowd the fleet now and then.
fn some_arrivals(dice: &mut SmallRng, world: &World) -> Vec<Arrival> {
    let origins = world.devices.len() as u32;
    let busy = dice.random_range(10.0..500.0);
    (0..250)
        .map(|_| Arrival {
            origin: DeviceId(dice.random_range(0..origins)),
            model: ModelId(dice.random_range(0..2)),
            class: RequestClassId(dice.random_range(0..2)),
            work: of(dice, &[1.0, 1.0, 2.5, 20.0]),
            input: of(dice, &[None, Some(Bytes(2e5))]),
            ..arrival(dice.random_range(0.0..busy))
        })
        .collect()
}

fn some_score(dice: &mut SmallRng, name: &str) -> Vec<(&'static str, Value)> {
    let span = |dice: &mut SmallRng| Value::Span(of(dice, &[None, None, Some(0.0), Some(0.006), Some(0.03)]).map(secs));
    let word = |dice: &mut SmallRng, words: &[&'static str]| text(of(dice, words));
    let mut given = vec![
        ("load_limit", Value::Number(of(dice, &[0.8, 0.0, 0.6, 1.0]))),
        ("load", word(dice, &["instant", "queue-aware", "ewma"])),
        ("when_none", word(dice, &["queue-best", "reject", "least-loaded"])),
        ("task_count", word(dice, &["in-flight", "cumulative"])),
        ("avg_time", word(dice, &["profile", "history"])),
        ("latency_threshold", span(dice)),
        ("candidate_rtt", span(dice)),
    ];
    if name == "amp4ec" {
        given.push(("tie_noise", Value::Number(of(dice, &[0.0, 0.0, 0.05]))));
        return given;
    }
    given.push(("mode", word(dice, &["green", "balanced", "performance"])));
    given.push(("form", word(dice, &["paper", "kwh", "minmax"])));
    for weight in ["w_c", "w_r", "w_l", "w_p", "w_b"] {
        if dice.random_bool(0.2) {
            given.push((weight, Value::Number(of(dice, &[0.0, 0.3, 1.0]))));
        }
    }
    given
}

const RANKED: [&str; 8] = [
    "least-loaded",
    "earliest-completion",
    "least-carbon",
    "least-carbon-within-deadline",
    "least-energy",
    "lowest-intensity",
    "nearest",
    "cloud-only",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rankings_find_by_index_what_the_scan_finds(seed: u64) {
        let mut dice = SmallRng::seed_from_u64(seed);
        let world = some_world(&mut dice);
        let arrivals = some_arrivals(&mut dice, &world);
        for name in RANKED {
            let (_, bytes) = agree(&world, arrivals.clone(), name, &[]);
            prop_assert!(bytes > 0, "{} has no index", name);
        }
    }

    #[test]
    fn scores_find_by_index_what_the_scan_finds(seed: u64) {
        let mut dice = SmallRng::seed_from_u64(seed);
        let world = some_world(&mut dice);
        let arrivals = some_arrivals(&mut dice, &world);
        for name in ["carbonedge", "carbonedge", "carbonedge", "amp4ec"] {
            let given = some_score(&mut dice, name);
            agree(&world, arrivals.clone(), name, &given);
        }
    }
}

#[test]
fn random_scores_meet_devices_with_room_and_without_and_reject_between() {
    let mut endings = [0, 0];
    for seed in 0..20 {
        let mut dice = SmallRng::seed_from_u64(seed);
        let world = some_world(&mut dice);
        let arrivals = some_arrivals(&mut dice, &world);
        let given = [("form", text("minmax")), ("when_none", text("reject")), ("load_limit", Value::Number(0.6))];
        let (records, bytes) = agree(&world, arrivals, "carbonedge", &given);
        assert!(bytes > 0, "no index");
        for record in records {
            endings[usize::from(matches!(record.ending, Ending::Rejected(Reason::OverLimits)))] += 1;
        }
    }
    assert!(endings.iter().all(|&count| count > 500), "{endings:?}");
}

/// Alike, in one place: every choice is between equals, or between none.
#[test]
fn of_a_hundred_equal_devices_the_lowest_that_counts_is_chosen() {
    let builder = Builder { devices: vec![(0, 0, Role::Shared); 100], ..Builder::default() };
    let world = builder.build();
    let arrivals: Vec<Arrival> = (0..300).map(|k| arrival(0.007 * f64::from(k))).collect();
    for name in RANKED.into_iter().chain(["carbonedge"]) {
        for when_none in ["reject", "queue-best", "least-loaded"] {
            let given = [("when_none", text(when_none)), ("load_limit", Value::Number(0.0))];
            let given = if name == "carbonedge" { &given[..] } else { &[] };
            let (records, _) = agree(&world, arrivals.clone(), name, given);
            let first = records.iter().find(|record| record.id == 0).expect("a first request");
            assert_eq!(first.device, Some(DeviceId(0)), "{name}");
        }
    }
}

#[test]
fn work_beyond_the_end_of_time_is_placed_alike() {
    let builder = Builder { devices: vec![(0, 0, Role::Shared); 4], ..Builder::default() };
    let work = |k| if k % 3 == 2 { 1e300 } else { 1.0 };
    let job = |k: u32| Arrival { origin: DeviceId(3), work: work(k), ..arrival(0.3 * f64::from(k)) };
    let arrivals: Vec<Arrival> = (0..40).map(job).collect();
    let world = builder.window(60.0).build();
    for name in ["earliest-completion", "least-carbon-within-deadline", "least-carbon"] {
        agree(&world, arrivals.clone(), name, &[]);
    }
}
