//! Schedulers: the paper's choices, the filters, and rules that every entry keeps.

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::{ClientId, DeviceId, PlanId, ZoneId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Ending, RequestRecord};
use sim_core::scheduler::{Decision, PowerState, Reason, Request, Scheduler, View};
use sim_core::schedulers::{BUILTIN, Value};
use sim_core::units::{Bytes, SimTime, Watts};
use sim_core::world::device::Role;
use sim_core::world::{Preload, World};

use crate::toolkit::*;

/// The paper's three containers with what CarbonEdge believes of them, and a source.
fn containers() -> World {
    let mut builder = Builder::default();
    let shapes = [("high", 1.0, 0.2712, 1e9), ("medium", 0.6, 0.288, 5e8), ("green", 0.4, 0.272, 5e8)];
    builder.classes = shapes
        .map(|(name, cores, _, memory)| {
            let mut class = class();
            (class.name, class.cores, class.memory) = (name.into(), cores, Bytes(memory));
            class.declared_power = Watts(5.33 * cores);
            class
        })
        .to_vec();
    builder.costs = shapes.map(|(_, _, seconds, _)| vec![(seconds, 142.6 * seconds)]).to_vec();
    builder.devices = vec![(0, 0, Role::Shared), (1, 1, Role::Shared), (2, 2, Role::Shared), (0, 0, Role::Source)];
    builder.sites = vec![(0, 1.0), (1, 1.0), (2, 1.0)];
    builder.zones = vec![constant(620.0), constant(530.0), constant(380.0)];
    let mut world = builder.build();
    let rows = world.classes.enumerate().map(|(id, class)| {
        let mut table = world.costs.get(id, sim_core::ids::ModelId(0)).cloned();
        table.as_mut().expect("a cost").declared_time = Some(secs(0.2 / class.cores));
        vec![table]
    });
    world.costs = sim_core::world::cost::Costs::new(rows.collect());
    world
}

fn fifty() -> Script {
    Script::of(
        (0..50)
            .map(|k| {
                let mut request = arrival(f64::from(k));
                request.origin = DeviceId(3);
                request
            })
            .collect(),
    )
}

fn used(records: &[RequestRecord]) -> [usize; 3] {
    [0, 1, 2].map(|device| records.iter().filter(|record| record.device == Some(DeviceId(device))).count())
}

fn carbonedge(given: &[(&'static str, Value)]) -> [usize; 3] {
    let world = containers();
    used(&run_with(&world, fifty(), scheduler(&world, "carbonedge", given)).1)
}

#[test]
fn performance_and_balanced_use_high_and_green_uses_green() {
    assert_eq!(carbonedge(&[("mode", text("performance"))]), [50, 0, 0]);
    assert_eq!(carbonedge(&[("mode", text("balanced"))]), [50, 0, 0]);
    assert_eq!(carbonedge(&[("mode", text("green"))]), [0, 0, 50]);
}

#[test]
fn with_true_kilowatt_hours_green_picks_high() {
    assert_eq!(carbonedge(&[("mode", text("green")), ("form", text("kwh"))]), [50, 0, 0]);
}

#[test]
fn with_observed_times_balanced_moves_to_medium_after_the_first_request() {
    assert_eq!(carbonedge(&[("mode", text("balanced")), ("avg_time", text("history"))]), [1, 49, 0]);
}

#[test]
fn the_sweep_flips_to_green_where_the_closed_form_says() {
    // Others scaled by (1 − w)/0.95: w* = s/(s + c) with s = 0.30/0.95·(S_P gap), c the S_C gap of High and Green.
    let carbon = |intensity: f64| 1.0 / (1.0 + intensity * 5.33 * 200.0 / 3.6e6);
    let speed = 0.30 / 0.95 * (1.0 / 1.2 - 1.0 / 1.5);
    let flip = speed / (speed + carbon(380.0) - carbon(620.0));
    assert!((flip - 0.494).abs() < 0.002);
    let share = |w: f64| carbonedge(&[("mode", text("performance")), ("w_c", Value::Number(w))])[2];
    assert_eq!((share(flip - 1e-6), share(flip + 1e-6)), (0, 50));
}

#[test]
fn amp4ec_spreads_over_all_three() {
    let world = containers();
    let used = used(&run(&world, fifty(), "amp4ec").1);
    assert!(used.iter().all(|&n| (13..=20).contains(&n)), "{used:?}");
}

#[test]
fn over_the_load_limit_the_fallback_decides() {
    for (when_none, expected) in [("reject", Ending::Rejected(Reason::OverLimits)), ("queue-best", Ending::Completed)] {
        let world = Builder::default().build();
        let chosen = scheduler(&world, "carbonedge", &[("when_none", text(when_none))]);
        let (books, records) = run_with(&world, Script::at(&[0.0, 0.5]), chosen);
        let second = records.iter().find(|record| record.id == 1).expect("a second request");
        assert_eq!(second.ending, expected);
        assert_eq!(books.measured.completed + books.measured.rejected, 2);
    }
}

#[test]
fn stale_telemetry_makes_the_herd_that_live_telemetry_avoids() {
    let herd = |period: f64| {
        let mut builder = Builder { devices: vec![(0, 0, Role::Shared); 4], ..Builder::default() };
        builder.settings.telemetry.period = secs(period);
        let world = builder.build();
        let chosen = scheduler(&world, "carbonedge", &[("w_b", Value::Number(0.0))]);
        let (_, records) = run_with(&world, Script::at(&[1.0, 1.1, 1.2, 1.3]), chosen);
        records.iter().filter(|record| record.device == Some(DeviceId(0))).count()
    };
    assert_eq!((herd(0.0), herd(60.0)), (1, 4));
}

#[test]
fn every_scheduler_keeps_to_allowed_zones_and_to_devices_that_hold_the_model() {
    for entry in BUILTIN.iter().filter(|entry| entry.name != "monolithic") {
        let mut builder =
            Builder { zones: vec![constant(1.0), constant(500.0), constant(900.0)], ..Builder::default() };
        builder.sites = vec![(0, 1.0), (1, 1.0), (2, 1.0)];
        builder.classes.push(class());
        builder.classes[1].memory = Bytes(1.0);
        builder.costs.push(vec![(0.1, 0.1)]);
        builder.devices = vec![
            (0, 0, Role::Shared),
            (1, 1, Role::Shared),
            (0, 1, Role::Reserved),
            (0, 1, Role::Shared),
            (0, 2, Role::Shared),
        ];
        builder.request_classes[0].zones = Some(vec![ZoneId(1)]);
        let (books, records) = run(&builder.build(), Script::at(&[0.0, 0.1, 5.0, 5.0, 9.0]), entry.name);
        assert_eq!(books.measured.completed, 5, "{}", entry.name);
        let only = records.iter().all(|record| record.device == Some(DeviceId(3)));
        assert!(only, "{} used {:?}", entry.name, records.iter().map(|r| r.device).collect::<Vec<_>>());
    }
}

#[test]
fn every_scheduler_repeats_itself() {
    for entry in BUILTIN {
        let outcomes = [0, 1].map(|_| {
            let mut builder = Builder { devices: vec![(0, 0, Role::Shared); 5], ..Builder::default() };
            builder.devices.push((0, 0, Role::Reserved));
            let times: Vec<f64> = (0..40).map(|k| f64::from(k) * 0.15).collect();
            run(&builder.build(), Script::at(&times), entry.name).1
        });
        assert_eq!(outcomes[0], outcomes[1], "{}", entry.name);
    }
}

/// Runs everything at home, whether it can or not.
struct Blind;

impl Scheduler for Blind {
    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        Decision::Run(PlanId::whole(request.origin))
    }
}

#[test]
fn a_plan_on_a_device_that_may_not_run_it_aborts_the_run() {
    let mut builder = Builder::default();
    builder.classes[0].memory = Bytes(1.0);
    let message = abort_message(&builder.build(), &mut Script::at(&[2.0]), &mut Blind);
    assert!(message.contains("device-0"), "{message}");
}

/// A closed-loop client without think time.
struct Eager(SimTime);

impl ArrivalSource for Eager {
    fn peek(&mut self) -> Option<SimTime> {
        Some(self.0)
    }
    fn next(&mut self) -> Option<Arrival> {
        Some(Arrival { at: self.0, client: Some(ClientId(0)), ..arrival(0.0) })
    }
    fn completed(&mut self, _: ClientId, at: SimTime) {
        self.0 = at;
    }
}

#[test]
fn time_that_stands_still_is_noticed() {
    let mut builder = Builder::default();
    builder.classes[0].memory = Bytes(1.0);
    let world = builder.build();
    let (mut source, mut random) = (Eager(SimTime::ZERO), scheduler(&world, "random", &[]));
    let outcome = Engine::new(&world, Streams::new(1, 0), &mut source, &mut random).run(&mut Keep::default());
    assert!(matches!(outcome, Outcome::TimeStandsStill { at: SimTime::ZERO }), "{outcome:?}");
}

#[test]
fn power_of_d_draws_every_candidate_alike_wherever_sources_stand() {
    let mut builder = Builder { devices: vec![(0, 0, Role::Source); 90], ..Builder::default() };
    builder.devices.extend(vec![(0, 0, Role::Shared); 10]);
    builder.costs = vec![vec![(0.001, 0.1)]];
    let times: Vec<f64> = (0..1000).map(f64::from).collect();
    let (_, records) = run(&builder.build(), Script::at(&times), "power-of-d");
    let mut served = [0u32; 10];
    records.iter().filter_map(|record| record.device).for_each(|device| served[device.0 as usize - 90] += 1);
    // Binomial with mean 100 and σ 9.5: five of them either way.
    assert!(served.iter().all(|&n| (52..=148).contains(&n)), "{served:?}");
}

#[test]
fn earliest_completion_does_not_queue_behind_a_long_job() {
    let builder = Builder { devices: vec![(0, 0, Role::Shared); 2], ..Builder::default() };
    let job = |time, work| Arrival { work, ..arrival(time) };
    let arrivals = vec![job(0.0, 3000.0), job(1.0, 1.0), job(1.1, 1.0)];
    let (_, records) = run(&builder.build(), Script::of(arrivals), "earliest-completion");
    let third = records.iter().find(|record| record.id == 2).expect("a third request");
    assert_eq!((third.device, third.sojourn()), (Some(DeviceId(1)), secs(1.9)));
}

/// Notes what aged telemetry shows of a device at work.
#[derive(Default)]
struct Peek(Vec<(u16, PowerState, f64, bool)>);

impl Scheduler for &mut Peek {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let device = request.origin;
        let resident = view.is_resident(device, request.model);
        self.0.push((view.busy(device), view.power_state(device), view.reserved(device).0, resident));
        Decision::Run(PlanId::whole(device))
    }
}

#[test]
fn nothing_of_a_devices_state_is_newer_than_the_telemetry() {
    let mut builder = Builder::default();
    builder.settings.telemetry.age = secs(30.0);
    builder.settings.telemetry.period = secs(10.0);
    builder.settings.preload = Preload::None;
    builder.costs = vec![vec![(100.0, 5.0)]];
    let mut peek = Peek::default();
    run_with(&builder.build(), Script::at(&[1.0, 39.0, 41.0]), &mut peek);
    let idle = (0, PowerState::Idle, 0.0, false);
    // The first report at work is of 10 s and seen from 40 s on.
    assert_eq!(peek.0, [idle, idle, (1, PowerState::Busy, 2e6, true)]);
}

/// Notes when intensities become public, and what they are.
#[derive(Default)]
struct Listen(Vec<(f64, f64)>);

impl Scheduler for &mut Listen {
    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        Decision::Run(PlanId::whole(request.origin))
    }
    fn published(&mut self, zone: ZoneId, view: &View) {
        self.0.push((view.now().as_secs(), view.intensity(zone).0));
    }
}

#[test]
fn a_scheduler_hears_of_an_interval_when_its_mean_is_public_and_not_before() {
    let builder =
        Builder { zones: vec![hourly(&[100.0, 700.0, 50.0])], publication_lag: secs(600.0), ..Builder::default() };
    let mut listen = Listen::default();
    run_with(&builder.window(4.0 * HOUR).build(), Script::at(&[4.0 * HOUR - 1.0]), &mut listen);
    assert_eq!(listen.0, [(4200.0, 100.0), (7800.0, 700.0), (11_400.0, 50.0)]);
}
