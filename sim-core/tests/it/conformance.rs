//! Rules that every scheduler of the list keeps, whatever it does: checked on all of them, as the list grows.

use allocation_counter::measure;
use sim_core::arrival::Arrival;
use sim_core::ids::{DeviceId, ModelId, RequestClassId, ZoneId};
use sim_core::record::{Ending, RequestRecord};
use sim_core::scheduler::{Around, Cuts, Decision, Reason, Request, Scheduler, View, Watch};
use sim_core::schedulers::{BUILTIN, Entry};
use sim_core::units::{BitRate, Bytes, Joules, JoulesPerByte, Macs, SimTime};
use sim_core::units::{Intensity, SimDuration};
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{DeviceClass, Role};
use sim_core::world::forecast::{Forecast, FromPast, Past};
use sim_core::world::grid::Present;
use sim_core::world::link::{Link, LinkEnergy};
use sim_core::world::model::{Cut, Model, RequestClass};
use sim_core::world::topology::Contention;
use sim_core::world::{Preload, World};

use crate::toolkit::*;

/// Decisions that may allocate once warm, with the reason. What a decision on a plan never made before interns is not
/// among them: the warm-up makes all plans that these worlds call for.
const MAY_ALLOCATE: [(&str, &str); 0] = [];

/// Hours of the mixed world's window.
const HOURS: f64 = 8.0;
/// A model that no device holds.
const GIANT: ModelId = ModelId(2);

/// Layers of a model: seconds, joules, parameters and the tensor that leaves each [B].
const LAYERS: [(f64, f64, f64, f64); 4] =
    [(0.2, 1.0, 1e5, 5e4), (0.5, 2.0, 4e5, 2e4), (0.2, 1.5, 2e5, 4e3), (0.1, 0.5, 3e5, 1e3)];

fn layered(name: &str) -> Model {
    let prefix = |k: usize, figure: fn(&(f64, f64, f64, f64)) -> f64| LAYERS[..k].iter().map(figure).sum::<f64>();
    let cut = |k: usize| Cut {
        layer: format!("layer-{k}"),
        macs: Macs(1e8 * prefix(k, |layer| layer.0)),
        parameters: Bytes(prefix(k, |layer| layer.2)),
        tensor: Bytes(if k == 0 { 1e5 } else { LAYERS[k - 1].3 }),
    };
    Model { parameters: Bytes(1e6), cuts: (0..=LAYERS.len()).map(cut).collect(), ..model(name) }
}

fn layered_table(slower: f64) -> CostTable {
    let prefix = |figure: fn(&(f64, f64, f64, f64)) -> f64| -> Vec<f64> {
        (0..=LAYERS.len()).map(|k| LAYERS[..k].iter().map(figure).sum()).collect()
    };
    CostTable {
        seconds: prefix(|layer| layer.0).into_iter().map(|second| second * slower).collect(),
        joules: prefix(|layer| layer.1),
        parameters: prefix(|layer| layer.2),
        declared_time: None,
        noise_sigma: None,
    }
}

/// Three zones that take turns at being the cleanest, four sites, a model in layers, a model in one piece and one that
/// is too large for all; devices that are shared, reserved, sources, or too small for a whole model; requests that
/// cannot wait and requests that can, in two zones only.
pub fn mixed() -> World {
    let kind = |name: &str, cores, memory| DeviceClass { name: name.into(), cores, memory: Bytes(memory), ..class() };
    let access = Link {
        latency: secs(0.002),
        rate: BitRate(4e7),
        energy: LinkEnergy { per_byte: JoulesPerByte(1e-7), ..LinkEnergy::default() },
        ..ideal_link()
    };
    let mut weak = kind("weak", 1.0, 4e6);
    weak.power.idle_timeout = Some(secs(120.0));
    let strong = DeviceClass { slots: 2, ..kind("strong", 8.0, 8e6) };
    let hours = |phase: usize| -> Vec<f64> { (0..24).map(|hour| 100.0 + 90.0 * ((hour + phase) % 3) as f64).collect() };
    let interactive = RequestClass {
        name: "interactive".into(),
        deadline: Some(secs(20.0)),
        slack: SimDuration::ZERO,
        interruptible: false,
        resume_cost: SimDuration::ZERO,
        zones: None,
    };
    let deferrable = RequestClass {
        name: "deferrable".into(),
        deadline: Some(secs(3.0 * HOUR)),
        slack: secs(2.0 * HOUR),
        interruptible: true,
        resume_cost: SimDuration::ZERO,
        zones: Some(vec![ZoneId(0), ZoneId(2)]),
    };
    let builder = Builder {
        classes: vec![weak, strong, kind("small", 1.0, 5e5)],
        costs: vec![vec![(1.0, 5.0); 3]; 3],
        devices: vec![
            (0, 0, Role::Source),
            (0, 0, Role::Shared),
            (1, 1, Role::Shared),
            (2, 1, Role::Shared),
            (0, 2, Role::Shared),
            (1, 3, Role::Shared),
            (1, 2, Role::Reserved),
        ],
        sites: vec![(0, 1.0), (1, 1.2), (2, 1.1), (2, 1.3)],
        zones: vec![hourly(&hours(0)), hourly(&hours(1)), hourly(&hours(2))],
        models: vec![layered("layers"), model("piece"), model("giant")],
        request_classes: vec![interactive, deferrable],
        access,
        between: Link { latency: secs(0.01), rate: BitRate(1e8), ..access },
        housed: true,
        ..Builder::default()
    };
    let mut world = builder.window(HOURS * HOUR).build();
    let row = |slower: f64| {
        let piece = CostTable::whole_only(0.5 * slower, Joules(2.0), Bytes(1e6));
        let giant = CostTable::whole_only(slower, Joules(5.0), Bytes(1e9));
        vec![Some(layered_table(slower)), Some(piece), Some(giant)]
    };
    world.costs = Costs::new([1.0, 0.3, 1.5].map(row).to_vec().into());
    world.models[GIANT].parameters = Bytes(1e9);
    world.settings.horizon.slack = secs(2.0 * HOUR);
    world.settings.horizon.drain = secs(4.0 * HOUR);
    world.settings.preload = Preload::None;
    world
}

/// A request every 40 s: both origins, both classes, both models in turn, now and then the giant.
pub fn requests(hours: f64) -> Script {
    let of = |k: u32| Arrival {
        origin: DeviceId(k % 2),
        class: RequestClassId(u32::from(k % 3 == 0)),
        model: if k % 50 == 49 { GIANT } else { ModelId(k / 2 % 2) },
        ..arrival(f64::from(k) * 40.0)
    };
    Script::of((0..(hours * HOUR / 40.0) as u32).map(of).collect())
}

/// Runs every scheduler of the list under a watch.
fn with_each<W: Watch>(
    world: &World, source: impl Fn() -> Script, watch: impl Fn() -> W,
    mut then: impl FnMut(&Entry, W, &[RequestRecord]),
) {
    for entry in BUILTIN {
        let mut around = Around { scheduler: scheduler(world, entry.name, &[]), watch: watch() };
        let (_, records) = run_with(world, source(), Lent(&mut around));
        then(entry, around.watch, &records);
    }
}

/// A scheduler that is wanted back.
pub struct Lent<'a, S>(pub &'a mut S);

impl<S: Scheduler> Scheduler for Lent<'_, S> {
    fn start(&mut self, view: &View, actions: &mut sim_core::scheduler::Actions) {
        self.0.start(view, actions);
    }
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        self.0.decide(request, view)
    }
    fn decided(&mut self, view: &View, actions: &mut sim_core::scheduler::Actions) {
        self.0.decided(view, actions);
    }
    fn wake(&mut self, view: &View, actions: &mut sim_core::scheduler::Actions) {
        self.0.wake(view, actions);
    }
    fn published(&mut self, zone: ZoneId, view: &View) {
        self.0.published(zone, view);
    }
    fn executed(&mut self, execution: &sim_core::scheduler::Execution, view: &View) {
        self.0.executed(execution, view);
    }
    fn changed(&mut self, device: DeviceId) {
        self.0.changed(device);
    }
}

/// What was decided, with how often each device had been chosen before: what was placed in wakes shows there.
#[derive(Clone, Debug, PartialEq)]
struct Decided {
    request: u64,
    at: SimTime,
    what: String,
    assigned: Vec<u32>,
}

#[derive(Default)]
struct Trail(Vec<Decided>);

impl Watch for Trail {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        let assigned = view.devices().map(|device| view.assigned(device)).collect();
        let decision = scheduler.decide(request, view);
        let plan = match decision {
            Decision::Run(plan) => (0..).map_while(|k| view.segment(plan, k)).collect(),
            Decision::Hold | Decision::Defer(_) | Decision::Reject(_) => Vec::new(),
        };
        let what = format!("{decision:?} {plan:?}");
        self.0.push(Decided { request: request.id, at: view.now(), what, assigned });
        decision
    }
}

impl Trail {
    fn before(&self, end: SimTime) -> &[Decided] {
        &self.0[..self.0.partition_point(|decided| decided.at < end)]
    }
}

/// Looks at each plan as it is chosen.
struct Inspector<'a>(&'a World);

impl Watch for Inspector<'_> {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        let decision = scheduler.decide(request, view);
        match decision {
            Decision::Run(plan) => {
                let whole = self.0.models[request.model].whole();
                let zones = &self.0.request_classes[request.class].zones;
                let segments: Vec<_> = (0..).map_while(|k| view.segment(plan, k)).collect();
                assert!(!segments.is_empty(), "a plan of nothing");
                for segment in segments {
                    let cuts: Cuts = segment.cuts.unwrap_or(whole);
                    assert!(self.0.can_run_segment(segment.device, request.model, cuts), "{segment:?} of {request:?}");
                    let allowed = zones.as_ref().is_none_or(|zones| zones.contains(&self.0.zone_of(segment.device)));
                    assert!(allowed, "{segment:?} of {request:?}");
                }
            }
            Decision::Defer(until) => assert!(until > view.now() && until <= request.start_by),
            Decision::Hold | Decision::Reject(_) => {}
        }
        decision
    }
}

#[test]
fn none_picks_a_device_that_cannot_hold_the_model_or_may_not_run_it() {
    let world = mixed();
    with_each(
        &world,
        || requests(HOURS),
        || Inspector(&world),
        |entry, _, records| {
            let reserved = records.iter().any(|record| record.device == Some(DeviceId(6)));
            assert_eq!(reserved, entry.name == "monolithic", "{} and the reserved device", entry.name);
        },
    );
}

#[test]
fn all_place_every_request_or_say_why() {
    let world = mixed();
    with_each(
        &world,
        || requests(HOURS),
        Trail::default,
        |entry, _, records| {
            assert_eq!(records.len(), requests(HOURS).0.len(), "{}: some have not ended", entry.name);
            for record in records {
                let why = match record.ending {
                    Ending::Completed | Ending::Late => None,
                    Ending::Rejected(reason) => Some(reason),
                };
                // No device, if and only if there is none.
                assert_eq!(why == Some(Reason::NoDevice), record.model == GIANT, "{}: {record:?}", entry.name);
            }
        },
    );
}

#[test]
fn all_repeat_themselves() {
    let world = mixed();
    for entry in BUILTIN {
        let [first, second] = [0, 1].map(|_| {
            let mut around = Around { scheduler: scheduler(&world, entry.name, &[]), watch: Trail::default() };
            let (books, records) = run_with(&world, requests(HOURS), Lent(&mut around));
            (around.watch.0, records, *books.ledger.total())
        });
        assert_eq!((&first.0, &first.1), (&second.0, &second.1), "{}", entry.name);
        assert_eq!(format!("{:?}", first.2), format!("{:?}", second.2), "{}", entry.name);
    }
}

/// The newest public value scaled with the hour of the day: something to believe that is not the truth.
#[derive(Debug)]
struct ByTheClock;

impl FromPast for ByTheClock {
    fn name(&self) -> &str {
        "by the clock"
    }
    fn at(&self, past: &Past, target: SimTime) -> Intensity {
        Intensity(past.latest().0 * (1.0 + 0.1 * (target.as_secs() / HOUR).floor()))
    }
    fn holds_until(&self, _: &Past, target: SimTime) -> SimTime {
        at(((target.as_secs() / HOUR).floor() + 1.0) * HOUR)
    }
}

/// The mixed world with what its zones emit from hour `from` on turned around, and a forecast.
fn altered(from: usize, turned: bool, present: Present, forecast: &Forecast) -> World {
    let mut world = mixed();
    for k in 0..world.grid.zones.len() {
        let zone = &mut world.grid.zones[ZoneId(k as u32)];
        let value = |hour: usize| 100.0 + 90.0 * ((hour + k) % 3) as f64;
        let values: Vec<f64> =
            (0..24).map(|hour| if turned && hour >= from { 700.0 - 2.0 * value(hour) } else { value(hour) }).collect();
        zone.average = Some(hourly(&values));
        zone.forecast = forecast.clone();
    }
    world.grid.present = present;
    world
}

#[test]
fn none_sees_an_actual_before_it_is_public() {
    let mut differ = Vec::new();
    for forecast in [Forecast::default(), Forecast::from_past(ByTheClock)] {
        for present in [Present::Published, Present::Forecast] {
            let [truth, twin] = [false, true].map(|turned| altered(4, turned, present, &forecast));
            // The first hour that differs is public when it is over; a wake of that instant may come before it.
            let public = at(5.0 * HOUR);
            for entry in BUILTIN {
                let [a, b] = [&truth, &twin].map(|world| {
                    let mut around = Around { scheduler: scheduler(world, entry.name, &[]), watch: Trail::default() };
                    let records = run_with(world, requests(HOURS), Lent(&mut around)).1;
                    let ended: Vec<_> = records
                        .into_iter()
                        .filter(|record| record.end < public)
                        .map(|record| (record.id, record.plan, record.end, record.deferred))
                        .collect();
                    (around.watch, ended)
                });
                assert_eq!(a.0.before(public), b.0.before(public), "{} foresees", entry.name);
                assert_eq!(a.1, b.1, "{} foresees", entry.name);
                if a.0.0 != b.0.0 {
                    differ.push(entry.name);
                }
            }
        }
    }
    // Once public, the difference counts for those who look: the twins are no test of nothing.
    for name in ["lowest-intensity", "least-carbon", "carbon-split"] {
        assert!(differ.contains(&name), "{name} has not noticed: {differ:?}");
    }
}

/// Twins that differ in what devices are at, not in what a scheduler sends them: transfers that wait for each other, or
/// none do; devices that fall asleep or stay awake. Nothing ends before the first new report.
fn twin(other: bool, period: f64) -> World {
    let mut builder = Builder {
        devices: vec![
            (0, 0, Role::Source),
            (0, 0, Role::Shared),
            (0, 0, Role::Shared),
            (0, 0, Role::Shared),
            (0, 0, Role::Shared),
        ],
        access: Link { rate: BitRate(2e4), ..ideal_link() },
        contention: if other { Contention::None } else { Contention::Fifo },
        ..Builder::default()
    };
    builder.classes[0].slots = 4;
    builder.classes[0].memory = Bytes(1.5e6);
    builder.classes[0].power.idle_timeout = other.then(|| secs(1.0));
    builder.classes[0].power.wake.time = secs(30.0);
    builder.devices[4].0 = 1;
    builder.classes.push(builder.classes[0].clone());
    // What sleeps longer before it is at work than another one needs more for the work itself.
    builder.classes[1].power.idle_timeout = None;
    builder.models = vec![model("net"), model("other")];
    builder.costs = vec![vec![(5000.0, 5e3); 2], vec![(5010.0, 5e3); 2]];
    builder.request_classes[0].slack = secs(HOUR);
    builder.settings.telemetry.period = secs(period);
    builder.settings.telemetry.age = secs(period / 4.0);
    builder.settings.preload = Preload::All;
    let mut world = builder.window(HOUR).build();
    world.settings.horizon.drain = secs(24.0 * HOUR);
    world
}

#[test]
fn none_sees_a_devices_state_before_it_is_reported() {
    let source = || {
        let of = |k: u32| Arrival { model: ModelId(k % 2), ..arrival(2.0 + 30.0 * f64::from(k)) };
        Script::of((0..24).map(of).collect())
    };
    let trails = |period: f64| {
        let worlds = [false, true].map(|other| twin(other, period));
        BUILTIN.iter().filter(|entry| entry.name != "monolithic").map(move |entry| {
            let decided = worlds.each_ref().map(|world| {
                let mut around = Around { scheduler: scheduler(world, entry.name, &[]), watch: Trail::default() };
                run_with(world, source(), Lent(&mut around));
                around.watch
            });
            (entry.name, decided)
        })
    };
    // Reports of 600 s are seen from 750 s on.
    for (name, [a, b]) in trails(600.0) {
        assert_eq!(a.before(at(750.0)), b.before(at(750.0)), "{name} knows more than was reported");
    }
    // Live, the difference counts for those who look.
    let live: Vec<_> = trails(0.0).filter(|(_, [a, b])| a.0 != b.0).map(|(name, _)| name).collect();
    for name in ["carbonedge", "earliest-completion"] {
        assert!(live.contains(&name), "{name} has not noticed: {live:?}");
    }
}

/// Counts allocations of decisions, after a warm-up.
struct Counter {
    from: SimTime,
    decisions: u64,
    allocations: u64,
}

impl Watch for Counter {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        if view.now() < self.from {
            return scheduler.decide(request, view);
        }
        let mut decision = Decision::Hold;
        let counted = measure(|| decision = scheduler.decide(request, view));
        self.decisions += 1;
        self.allocations += counted.count_total;
        decision
    }
}

#[test]
fn a_warm_decision_allocates_nothing() {
    let world = mixed();
    let mut wrong = Vec::new();
    let watch = || Counter { from: at(5.0 * HOUR), decisions: 0, allocations: 0 };
    with_each(
        &world,
        || requests(HOURS),
        watch,
        |entry, counter, _| {
            assert!(counter.decisions > 200, "{}: {} decisions", entry.name, counter.decisions);
            let excused = MAY_ALLOCATE.iter().any(|(name, _)| *name == entry.name);
            if excused != (counter.allocations > 0) {
                wrong.push(format!(
                    "{}: {} allocations in {} decisions",
                    entry.name, counter.allocations, counter.decisions
                ));
            }
        },
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
