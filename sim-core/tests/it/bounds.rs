//! Bounds: no scheduler gets below one, some meet one, and each is what a slow twin finds.

use proptest::prelude::*;
use sim_core::arrival::Arrival;
use sim_core::bounds::{Bounds, CAPACITY, CLAIRVOYANT, PER_REQUEST, Relaxation, Served, bounds};
use sim_core::engine::{Books, Engine, Outcome};
use sim_core::ids::{DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::record::RequestRecord;
use sim_core::scheduler::{Actions, Cuts, Decision, PowerOrder, Request, Scheduler, View};
use sim_core::schedulers::BUILTIN;
use sim_core::units::{BitRate, Bytes, JoulesPerByte, Macs, SimDuration, SimTime, Watts};
use sim_core::world::World;
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{DynamicPower, Role};
use sim_core::world::model::{Cut, RequestClass};
use sim_core::world::signal::{EndPolicy, Provenance, Signal};
use sim_core::world::topology::EnergyScope;

use crate::laws::random_world;
use crate::toolkit::*;

/// Runs to the end; what happened, with its bounds.
pub fn bounded(
    world: &World, mut source: Script, mut scheduler: impl Scheduler, relaxation: Relaxation,
) -> (Books, Vec<RequestRecord>, Bounds) {
    let streams = Streams::new(1, 0);
    let (mut keep, mut served) = (Keep::default(), Served::new(world, streams, relaxation));
    match Engine::new(world, streams, &mut source, &mut scheduler).run(&mut (&mut keep, &mut served)) {
        Outcome::Finished(books) => {
            let found = bounds(&books, &served);
            (*books, keep.0, found)
        }
        Outcome::Stopped => panic!("stopped"),
        Outcome::SchedulerAborted { message, .. } => panic!("{message}"),
        Outcome::TimeStandsStill { at } => panic!("time stands still at {at:?}"),
        Outcome::LawBroken(law) => panic!("{law}"),
    }
}

pub fn in_windows(seconds: f64) -> Relaxation {
    Relaxation { window: Some(secs(seconds)), ..Relaxation::default() }
}

pub fn stepped(step: f64, values: &[f64]) -> Signal {
    Signal::regular(0, secs(step), values.to_vec(), EndPolicy::Wrap, LABELS, Provenance::Given("test".into()))
        .expect("sane intensities")
}

fn emitted(books: &Books) -> f64 {
    books.ledger.total().carbon().0
}

/// Every bound holds, and those that say more are not lower.
fn check(books: &Books, bounds: &Bounds) -> Result<(), TestCaseError> {
    let emitted = emitted(books);
    for bound in &bounds.found {
        let carbon = bound.carbon.0;
        prop_assert!(carbon.is_finite() && carbon >= bound.unavoidable.0, "{bound:?}");
        prop_assert!(carbon <= emitted * (1.0 + 1e-9), "{bound:?} is above {emitted}");
        let least = bounds.found[0].carbon.0;
        prop_assert!(least <= carbon * (1.0 + 1e-12), "{bound:?} is below the per-request minimum {least}");
    }
    Ok(())
}

/// Splits, defers, and switches devices as dice fall.
struct Wild(Vec<u32>);

impl Wild {
    fn die(&mut self) -> u32 {
        let die = self.0.pop().unwrap_or(0);
        self.0.insert(0, die.wrapping_mul(747_796_405).wrapping_add(2_891_336_453));
        die >> 8
    }
}

impl Scheduler for Wild {
    fn start(&mut self, _: &View, actions: &mut Actions) {
        (0..10).for_each(|k| actions.wake_at(at(f64::from(k) * 13.0)));
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        if request.start_by > view.now() && self.die() % 2 == 0 {
            let slack = request.start_by.since(view.now());
            return Decision::Defer(view.now() + SimDuration(1) + slack.scale(f64::from(self.die() % 100) / 101.0));
        }
        let last = view.models().len() as u16 * 2;
        let able = |from, to| {
            let fits = move |&device: &DeviceId| view.may_run_segment(request, device, Cuts { from, to });
            view.devices().filter(fits).collect::<Vec<_>>()
        };
        let mut plan = Vec::new();
        let mut from = 0;
        while from < last {
            let to = from + 1 + (self.die() % u32::from(last - from)) as u16;
            let devices = able(from, to);
            let Some(&device) = devices.get(self.die() as usize % devices.len().max(1)) else {
                return Decision::Reject(sim_core::scheduler::Reason::NoDevice);
            };
            plan.push((device, Cuts { from, to }));
            from = to;
        }
        Decision::Run(view.split(request, &plan))
    }

    fn wake(&mut self, view: &View, actions: &mut Actions) {
        let order = [PowerOrder::Sleep, PowerOrder::Off, PowerOrder::Wake][self.die() as usize % 3];
        view.devices().filter(|device| device.0 % 2 == 0).for_each(|device| actions.power(device, order));
    }
}

/// Cuts both models at four steps each, unevenly from class to class.
fn cut(world: &mut World) {
    for model in [ModelId(0), ModelId(1)] {
        let parameters = world.models[model].parameters.0;
        let cut = |k: u32| Cut {
            layer: format!("layer-{k}"),
            macs: Macs(f64::from(k)),
            parameters: Bytes(parameters * f64::from(k) / 4.0),
            tensor: Bytes(1e5 / f64::from(k + 1)),
        };
        world.models[model].cuts = (0..=4).map(cut).collect();
    }
    let rows = world.classes.ids().map(|class| {
        let table = |model| {
            let whole = world.costs.get(class, model).expect("a cost");
            let prefix = |total: f64, power: i32| (0..=4).map(|k| total * (f64::from(k) / 4.0).powi(power)).collect();
            Some(CostTable {
                seconds: prefix(whole.seconds[1], 1 + class.0 as i32),
                joules: prefix(whole.joules[1], 3 - class.0 as i32),
                parameters: prefix(whole.parameters[1], 1),
                declared_time: None,
                noise_sigma: None,
            })
        };
        [ModelId(0), ModelId(1)].map(table).to_vec()
    });
    world.costs = Costs::new(rows.collect());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn no_scheduler_is_below_a_bound(
        dice: [[u32; 8]; 3],
        devices in prop::collection::vec((0usize..3, 0usize..2, any::<u32>()), 1..6),
        choices: [u32; 8],
        requests in prop::collection::vec((0u32..130, 0u32..64), 0..40),
        scheduler in 0..BUILTIN.len() + 3,
        signal in prop::collection::vec(0.0f64..700.0, 1..9),
        step in 1u32..40,
        wild in prop::collection::vec(any::<u32>(), 1..30),
        no_floor: bool,
    ) {
        let mut builder = random_world(&dice, &devices, &choices);
        builder.zones[0] = stepped(f64::from(step), &signal);
        builder.access.rate = BitRate(1e6);
        builder.request_classes[0].deadline = (step % 2 == 0).then(|| secs(f64::from(step)));
        if no_floor {
            // Without idle power a bound that is too high has nothing to hide behind.
            for class in &mut builder.classes {
                (class.power.idle, class.power.sleep) = (Watts::ZERO, Watts::ZERO);
            }
            builder.access.energy.baseline = Watts::ZERO;
            builder.between.energy.baseline = Watts::ZERO;
        }
        let mut world = builder.build();
        cut(&mut world);
        let source = Script::of(requests.iter().map(|&(time, die)| Arrival {
            at: at(f64::from(time)),
            origin: DeviceId(die % devices.len() as u32),
            model: ModelId(die / 7 % 2),
            class: RequestClassId(die / 3 % 2),
            work: 0.5 + f64::from(die % 4),
            input: (die % 3 == 0).then(|| Bytes(1e6 * f64::from(die))),
            client: None,
            slack: None,
            deadline: None,
        }).collect());
        let chosen: Box<dyn Scheduler> = match BUILTIN.get(scheduler) {
            Some(entry) => crate::toolkit::scheduler(&world, entry.name, &[]),
            None => Box::new(Wild(wild)),
        };
        let (books, records, bounds) = bounded(&world, source, chosen, in_windows(20.0));
        check(&books, &bounds)?;
        let split = records.iter().any(|r| r.plan.is_some_and(|plan| books.split(plan).is_some()));
        prop_assert_eq!(bounds.named(CAPACITY).is_some(), !split && cfg!(feature = "lp"));
        prop_assert_eq!(bounds.named(CAPACITY).is_none(), bounds.skipped.len() == 1);
    }
}

/// Nothing but computing and moving emits.
fn bare(builder: &mut Builder) {
    for class in &mut builder.classes {
        (class.power.idle, class.power.sleep) = (Watts::ZERO, Watts::ZERO);
    }
}

#[track_caller]
fn meets(bound: f64, emitted: f64) {
    assert!((bound - emitted).abs() <= 1e-9 * emitted, "the bound is {bound}, emitted were {emitted}");
}

#[test]
fn least_carbon_on_live_signals_meets_every_bound() {
    for (scope, noise) in [(EnergyScope::EndToEnd, true), (EnergyScope::Link, false)] {
        let mut builder = Builder {
            devices: vec![(0, 0, Role::Source), (0, 1, Role::Shared), (1, 2, Role::Shared)],
            sites: vec![(0, 1.0), (1, 1.2), (2, 1.4)],
            zones: vec![constant(50.0), constant(200.0), constant(300.0)],
            costs: vec![vec![(1.0, 5.0)], vec![(0.5, 9.0)]],
            housed: true,
            ..Builder::default()
        };
        builder.classes.push(class());
        builder.classes.iter_mut().for_each(|class| class.noise_sigma = 0.2);
        builder.network.scope = scope;
        builder.network.end_to_end = JoulesPerByte(1e-5);
        builder.access.energy.per_byte = JoulesPerByte(3e-6);
        builder.settings.service_noise = noise;
        let world = builder.build();
        let times: Vec<f64> = (0..100).map(|k| f64::from(k) * 30.0).collect();
        let (books, _, bounds) =
            bounded(&world, Script::at(&times), scheduler(&world, "least-carbon", &[]), in_windows(600.0));
        // Noise of equal deviation, no queue, each request where it emits least: idle power is all that stands beside.
        for bound in &bounds.found {
            meets(bound.carbon.0, emitted(&books));
        }
        assert_eq!(bounds.found.len(), if cfg!(feature = "lp") { 3 } else { 2 });
    }
}

/// Starts every request at given instants.
struct StartAt(Vec<f64>);

impl Scheduler for StartAt {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let start = at(self.0[request.id as usize]);
        if start > view.now() {
            Decision::Defer(start)
        } else {
            Decision::Run(sim_core::ids::PlanId::whole(request.origin))
        }
    }
}

#[test]
fn waiting_for_the_best_span_meets_the_clairvoyant_bound_and_suspension_gets_below_it() {
    let mut builder = Builder {
        zones: vec![stepped(10.0, &[300.0, 100.0, 200.0, 110.0, 400.0, 500.0])],
        costs: vec![vec![(15.0, 75.0)]],
        ..Builder::default()
    };
    builder.request_classes[0].slack = secs(40.0);
    bare(&mut builder);
    let world = builder.window(60.0).build();
    let (books, _, bounds) = bounded(&world, Script::at(&[0.0]), StartAt(vec![10.0]), in_windows(10.0));
    // 15 s in one piece from 10 s on: 10 s at 100 and 5 s at 200 g/kWh; in parts 10 s at 100 and 5 s at 110.
    meets(emitted(&books), 5.0 * (10.0 * 100.0 + 5.0 * 200.0) / 3.6e6);
    meets(bounds.named(CLAIRVOYANT).expect("a bound").carbon.0, emitted(&books));
    meets(bounds.named(PER_REQUEST).expect("a bound").carbon.0, 5.0 * (10.0 * 100.0 + 5.0 * 110.0) / 3.6e6);
}

#[test]
fn a_power_table_counts_with_its_lowest_slope() {
    let mut builder = Builder::default();
    bare(&mut builder);
    builder.classes[0].slots = 2;
    builder.classes[0].power.dynamic = DynamicPower::Table([0.0, 8.0, 10.0].map(Watts).to_vec());
    let world = builder.build();
    // One alone draws 8 W, two 5 W each: the second start meets the bound, the first stays above it.
    for (times, each) in [([0.0, 0.0], 5.0), ([0.0, 10.0], 8.0)] {
        let (books, _, bounds) =
            bounded(&world, Script::at(&times), scheduler(&world, "local", &[]), Relaxation::default());
        meets(emitted(&books), 2.0 * each * 360.0 / 3.6e6);
        meets(bounds.found[0].carbon.0, 2.0 * 5.0 * 360.0 / 3.6e6);
        assert!(bounds.found[0].conditions.iter().any(|text| text.contains("slope of P(u)")));
    }
}

#[test]
fn what_nobody_can_avoid_is_the_lowest_state_that_a_run_may_order() {
    let unavoidable = |timeout: Option<SimDuration>, scheduler: Box<dyn Scheduler>| {
        let mut builder = Builder::default();
        builder.classes[0].power.idle_timeout = timeout;
        builder.classes[0].power.off = Watts(0.5);
        let (_, _, bounds) = bounded(&builder.build(), Script::at(&[]), scheduler, Relaxation::default());
        bounds.found[0].unavoidable.0
    };
    let over_an_hour = |watts: f64| watts * 3600.0 * 360.0 / 3.6e6;
    let world = Builder::default().build();
    let local = || scheduler(&world, "local", &[]);
    meets(unavoidable(None, local()), over_an_hour(10.0));
    meets(unavoidable(Some(secs(5.0)), local()), over_an_hour(1.0));
    meets(unavoidable(None, Box::new(Wild(vec![7]))), over_an_hour(0.5));
}

/// The request alone on every device, start by start: what the fast bound must find.
#[test]
fn the_clairvoyant_bound_is_the_least_of_all_starts_and_devices_simulated() {
    let world = || {
        let mut builder = Builder {
            devices: vec![(0, 0, Role::Shared), (1, 1, Role::Shared)],
            sites: vec![(0, 1.0), (1, 1.0)],
            zones: vec![stepped(5.0, &[9.0, 3.0, 8.0, 2.0, 7.0, 7.0]), stepped(4.0, &[8.0, 2.0, 6.0, 4.0, 9.0, 9.0])],
            costs: vec![vec![(7.0, 35.0)], vec![(6.0, 24.0)]],
            ..Builder::default()
        };
        builder.classes.push(class());
        builder.access.energy.per_byte = JoulesPerByte(1e-4);
        builder.request_classes[0] = RequestClass { deadline: Some(secs(24.0)), ..builder.request_classes[0].clone() };
        builder.request_classes[0].slack = secs(24.0);
        bare(&mut builder);
        builder.window(30.0).build()
    };
    let mut least = f64::INFINITY;
    for device in 0..2 {
        for start in 0..=17 {
            let (books, ..) = bounded(&world(), Script::at(&[0.0]), Placed(device, start), Relaxation::default());
            least = least.min(emitted(&books));
        }
    }
    let (.., bounds) = bounded(&world(), Script::at(&[0.0]), Placed(0, 0), Relaxation::default());
    meets(bounds.named(CLAIRVOYANT).expect("a bound").carbon.0, least);
}

/// One device and one start.
struct Placed(u32, u32);

impl Scheduler for Placed {
    fn decide(&mut self, _: &Request, view: &View) -> Decision {
        let start: SimTime = at(f64::from(self.1));
        match start > view.now() {
            true => Decision::Defer(start),
            false => Decision::Run(sim_core::ids::PlanId::whole(DeviceId(self.0))),
        }
    }
}

#[test]
fn bounds_of_equal_service_are_the_same_number_whoever_served() {
    let mut builder = Builder {
        devices: vec![(0, 0, Role::Shared), (0, 1, Role::Shared)],
        sites: vec![(0, 1.0), (1, 1.0)],
        zones: vec![stepped(60.0, &[100.0, 300.0]), constant(180.0)],
        ..Builder::default()
    };
    builder.request_classes[0].deadline = Some(secs(120.0));
    let world = builder.build();
    let times: Vec<f64> = (0..60).map(|k| f64::from(k) * 7.0).collect();
    let found = ["local", "least-carbon", "random"]
        .map(|name| bounded(&world, Script::at(&times), scheduler(&world, name, &[]), in_windows(60.0)).2);
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
}

#[cfg(feature = "lp")]
#[test]
fn short_slots_raise_the_bound_to_what_a_full_clean_device_leaves() {
    let mut builder = Builder {
        devices: vec![(0, 0, Role::Shared), (0, 1, Role::Shared)],
        sites: vec![(0, 1.0), (1, 1.0)],
        zones: vec![constant(100.0), constant(300.0)],
        ..Builder::default()
    };
    builder.request_classes[0].deadline = Some(secs(9.5));
    bare(&mut builder);
    // Thirteen seconds of work in a window of ten: nine seconds where it is clean, four where it is not; the clean
    // device could do one more.
    let world = builder.window(30.0).build();
    let grams = |clean: f64, dirty: f64| 5.0 * (clean * 100.0 + dirty * 300.0) / 3.6e6;
    let (books, _, bounds) = bounded(&world, Script::at(&[0.0; 13]), InTurn, in_windows(10.0));
    meets(emitted(&books), grams(9.0, 4.0));
    meets(bounds.named(PER_REQUEST).expect("a bound").carbon.0, grams(13.0, 0.0));
    // The solver's prices are right to eight digits or so.
    near(bounds.named(CAPACITY).expect("a bound").carbon.0, grams(10.0, 3.0));
    let none = Relaxation { columns: 0, ..in_windows(10.0) };
    let (.., bounds) = bounded(&world, Script::at(&[0.0; 13]), InTurn, none);
    assert_eq!((bounds.found.len(), bounds.skipped.len()), (2, 1));
    // Shares of requests count: a shorter window leaves a part of one.
    let (.., bounds) = bounded(&world, Script::at(&[0.0; 13]), InTurn, in_windows(9.6));
    near(bounds.named(CAPACITY).expect("a bound").carbon.0, grams(9.6, 3.4));
}

#[cfg(feature = "lp")]
#[track_caller]
fn near(bound: f64, expected: f64) {
    assert!(bound <= expected && bound >= expected * (1.0 - 1e-7), "the bound is {bound}, not {expected}");
}

/// Two of three requests to device 0, the others to device 1.
struct InTurn;

impl Scheduler for InTurn {
    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        Decision::Run(sim_core::ids::PlanId::whole(DeviceId(u32::from(request.id % 3 == 2))))
    }
}
