//! Schedulers that place requests together: windows by a MILP, hours by provisioning.

use proptest::prelude::*;
use sim_core::arrival::Arrival;
use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, ZoneId};
use sim_core::record::RequestRecord;
use sim_core::schedulers::Value;
use sim_core::units::{Joules, SimDuration};
use sim_core::world::World;
use sim_core::world::device::{DeviceClass, PowerModel, Role, WakeUp};

use crate::toolkit::*;

const ASKS: usize = 0;

/// A source at a site of its own, `clean` devices at 100 g/kWh and `dirty` ones at 600, one slot each, `seconds` a request.
fn clean_and_dirty(clean: usize, dirty: usize, seconds: f64) -> Builder {
    let mut devices = vec![(0, 0, Role::Source)];
    devices.extend(vec![(0, 1, Role::Shared); clean]);
    devices.extend(vec![(1, 2, Role::Shared); dirty]);
    Builder {
        classes: vec![class(); 2],
        costs: vec![vec![(seconds, 5.0 * seconds)]; 2],
        devices,
        zones: vec![constant(300.0), constant(100.0), constant(600.0)],
        sites: vec![(0, 1.0), (1, 1.0), (2, 1.0)],
        ..Builder::default()
    }
}

fn from_source(times: impl IntoIterator<Item = f64>) -> Script {
    Script::of(times.into_iter().map(|time| Arrival { origin: DeviceId(ASKS as u32), ..arrival(time) }).collect())
}

fn span(seconds: f64) -> Value {
    Value::Span(Some(secs(seconds)))
}

fn windows(world: &World, source: Script, given: &[(&'static str, Value)]) -> Vec<RequestRecord> {
    let mut all = vec![("window", span(1.0))];
    all.extend(given.iter().cloned());
    run_with(world, source, scheduler(world, "umass-carbonedge", &all)).1
}

/// How many requests each device ran.
fn used(world: &World, records: &[RequestRecord]) -> Vec<usize> {
    let ran = |device| records.iter().filter(|record| record.device == Some(device)).count();
    world.devices.ids().map(ran).collect()
}

#[test]
fn requests_are_held_to_the_end_of_their_window() {
    let world = clean_and_dirty(4, 0, 0.1).build();
    let records = windows(&world, from_source([0.25, 0.5, 1.75]), &[]);
    let mut held: Vec<SimDuration> = records.iter().map(|record| record.deferred).collect();
    held.sort();
    assert_eq!(held, [0.25, 0.5, 0.75].map(secs));
}

#[test]
fn a_window_fills_the_clean_device_then_the_dirty_one_and_the_rest_ends_where_it_is_soonest() {
    let world = clean_and_dirty(1, 1, 0.25).build();
    let count = |n: usize| used(&world, &windows(&world, from_source(vec![0.5; n]), &[]))[1..].to_vec();
    // A slot has a second, four requests fill it.
    assert_eq!([count(4), count(6), count(8)], [vec![4, 0], vec![4, 2], vec![4, 4]]);
    assert_eq!(count(11).iter().sum::<usize>(), 11);
    assert!(count(11).iter().all(|&n| n >= 5), "{:?}", count(11));
}

/// The clean device is asleep; `activation` joules turn it on.
fn asleep_and_awake() -> World {
    let mut builder = clean_and_dirty(1, 1, 0.1);
    let power = builder.classes[0].power.clone();
    let wake = WakeUp { time: secs(0.5), energy: Joules(3.0) };
    builder.classes[0] = DeviceClass { power: PowerModel { wake, idle_timeout: Some(secs(1.0)), ..power }, ..class() };
    builder.build()
}

#[test]
fn a_server_is_woken_when_the_window_saves_more_than_waking_emits() {
    let world = asleep_and_awake();
    let (n, energy) = (5.0, 0.5);
    let flip = n * energy * (600.0 - 100.0) / 100.0;
    let choice = |activation: Value| {
        let records = windows(&world, from_source([10.5; 5]), &[("activation", activation)]);
        used(&world, &records)[1..].to_vec()
    };
    assert_eq!(choice(Value::Number(flip * 0.999)), [5, 0]);
    assert_eq!(choice(Value::Number(flip * 1.001)), [0, 5]);
    // By the device itself: 3 J to wake and 9 W above sleep for a second, 12 J for 5 requests against 12.5 J.
    assert!(n * energy * 5.0 > 12.0);
    assert_eq!(choice(text("device")), [5, 0]);
}

#[test]
fn a_device_out_of_reach_takes_nothing_however_clean() {
    let mut builder = clean_and_dirty(1, 1, 0.1);
    // Between the source and the clean device 200 ms, to the dirty one 10 ms.
    builder.latencies = [0.2, 0.01, 0.2, 0.2, 0.01, 0.2].map(secs).to_vec();
    let mut world = builder.build();
    let choice = |world: &World, given: &[(&'static str, Value)]| {
        used(world, &windows(world, from_source([0.9]), given))[1..].to_vec()
    };
    assert_eq!(choice(&world, &[]), [1, 0]);
    assert_eq!(choice(&world, &[("rtt_limit", span(0.3))]), [0, 1]);
    // Of a deadline of 0.45 s the wait for the window takes 0.1 s; 0.5 s go to the clean device and back, 0.12 s to the other.
    world.request_classes[sim_core::ids::RequestClassId(0)].deadline = Some(secs(0.45));
    assert_eq!(choice(&world, &[]), [0, 1]);
}

#[test]
fn a_request_stays_at_its_origin_where_moving_it_emits_more() {
    // The origin is dirty but the way is dirtier still.
    let mut builder = clean_and_dirty(1, 1, 0.25);
    builder.devices[ASKS] = (0, 0, Role::Shared);
    let per_byte = sim_core::units::JoulesPerByte(1e-3);
    builder.access.energy = sim_core::world::link::LinkEnergy { per_byte, ..Default::default() };
    let world = builder.build();
    // Four find room in a slot of one second; moving takes 2 × 100 J.
    assert_eq!(used(&world, &windows(&world, from_source([0.5; 4]), &[])), [4, 0, 0]);
    assert_eq!(used(&world, &windows(&world, from_source([0.5; 6]), &[])), [4, 2, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the load, the limits and the age of telemetry: every request ends, in its class's zones, and the exact
    /// plan of a lone window emits no more than the greedy one.
    #[test]
    fn every_request_is_placed_in_its_zones_and_the_exact_plan_emits_no_more_than_the_greedy_one(
        times in prop::collection::vec(0.0..0.99_f64, 1..40), seconds in 0.05..2.0_f64, age in 0.0..3.0_f64,
    ) {
        let mut builder = clean_and_dirty(2, 2, seconds);
        builder.settings.telemetry.age = secs(age);
        builder.settings.telemetry.period = secs(age / 2.0);
        builder.request_classes[0].zones = Some(vec![ZoneId(1), ZoneId(2)]);
        let world = builder.build();
        let run = |variables: f64| {
            let given = [("window", span(1.0)), ("max_variables", Value::Number(variables))];
            let scheduler = scheduler(&world, "umass-carbonedge", &given);
            let (books, records) = run_with(&world, from_source(times.iter().copied()), scheduler);
            assert_eq!(books.measured.completed, times.len() as u64);
            assert!(records.iter().all(|record| record.device.is_some_and(|device| device != DeviceId(ASKS as u32))));
            grams(&books.ledger, Account::Dynamic)
        };
        let (exact, greedy) = (run(1e6), run(0.0));
        // What finds no room goes where it ends first, by either plan.
        let fits = (times.len() as f64) * seconds.min(1.0) <= 2.0;
        prop_assert!(!fits || exact <= greedy * (1.0 + 1e-9), "{exact} against {greedy}");
    }
}

fn hours(
    world: &World, source: Script, given: &[(&'static str, Value)],
) -> (sim_core::engine::Books, Vec<RequestRecord>) {
    let mut all = vec![("period", span(100.0))];
    all.extend(given.iter().cloned());
    run_with(world, source, scheduler(world, "casper", &all))
}

/// One request a second from the source.
fn steady(seconds: usize) -> Script {
    from_source((0..seconds).map(|k| k as f64 + 0.25))
}

/// How many requests that came in the second period each device ran.
fn second(world: &World, records: &[RequestRecord]) -> Vec<usize> {
    let later: Vec<RequestRecord> = records.iter().filter(|record| record.arrival > at(100.0)).copied().collect();
    used(world, &later)
}

#[test]
fn as_many_devices_are_on_as_the_last_periods_load_takes_at_the_utilisation() {
    for (seconds, utilisation) in [(0.5, 0.8), (0.9, 0.8), (1.7, 0.8), (1.7, 1.0)] {
        let world = clean_and_dirty(4, 0, seconds).window(200.0).build();
        let (books, records) = hours(&world, steady(200), &[("utilisation", Value::Number(utilisation))]);
        let on = (seconds / utilisation).ceil() as usize;
        let served = second(&world, &records);
        for device in 1..=4 {
            // Who is not needed sleeps at 1 W in the second period.
            let power = if device <= on { 10.0 } else { 1.0 };
            assert!(device <= on || served[device] == 0, "{served:?}");
            let idle = books.ledger.device(DeviceId(device as u32)).get(Account::Idle).energy().0;
            close(idle, 10.0 * 100.0 + power * 100.0);
        }
    }
}

#[test]
fn requests_are_shared_as_planned_where_the_clean_site_is_full() {
    let world = clean_and_dirty(1, 3, 2.0).window(200.0).build();
    let (_, records) = hours(&world, steady(200), &[]);
    // One clean device takes 0.8 of a slot: 0.4 requests a second of 1.
    let served = second(&world, &records);
    assert_eq!((served[1], served[2..].iter().sum::<usize>()), (40, 60));
    // 0.6 a second of 2 s take 1.5 devices.
    assert!(served[2] > 0 && served[3] > 0 && served[4] == 0, "{served:?}");
}

#[test]
fn the_latency_bound_keeps_requests_near() {
    let mut builder = clean_and_dirty(1, 1, 0.5).window(200.0);
    builder.latencies = [0.2, 0.01, 0.2, 0.2, 0.01, 0.2].map(secs).to_vec();
    let world = builder.build();
    let served = |given: &[(&'static str, Value)]| second(&world, &hours(&world, steady(200), given).1)[1..].to_vec();
    assert_eq!(served(&[]), [100, 0]);
    assert_eq!(served(&[("latency", span(0.8))]), [0, 100]);
}

#[test]
fn devices_that_issue_requests_stay_on_and_down_none_leaves_all_on() {
    let idle = |down: &str| {
        let mut builder = clean_and_dirty(1, 1, 0.5).window(200.0);
        // The source can compute, but emits 200 g/kWh more on 25 J a request; keeping the other on takes 9 W at 100.
        builder.devices[ASKS] = (0, 0, Role::Shared);
        builder.costs = vec![vec![(0.5, 25.0)]; 2];
        let world = builder.build();
        let (books, records) = hours(&world, steady(200), &[("down", text(down))]);
        assert_eq!(second(&world, &records), [0, 100, 0]);
        [0, 2].map(|device| books.ledger.device(DeviceId(device)).get(Account::Idle).energy().0)
    };
    let [all, sleeping, off] = ["none", "sleep", "off"].map(idle);
    assert_eq!([all[0], sleeping[0], off[0]], [2000.0; 3]);
    assert_eq!([all[1], sleeping[1], off[1]], [2000.0, 1100.0, 1000.0]);
}
