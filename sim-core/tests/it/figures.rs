//! Published figures of other simulators that ours must meet.

use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, ZoneId};
use sim_core::units::{SimDuration, Watts};
use sim_core::world::Preload;
use sim_core::world::device::Role;

use crate::toolkit::*;

/// SimGrid's carbon example: 4 cores, idle 100 W, +25 W a busy core, 36,000 s; 1, 2, 3, 4 cores for 1, 2, 3, 4 h.
fn simgrid(signal: sim_core::world::signal::Signal, busy: bool) -> (f64, f64) {
    let mut builder = Builder { zones: vec![signal], ..Builder::default() }.window(10.0 * HOUR);
    builder.classes[0].slots = 4;
    builder.classes[0].power.idle = Watts(100.0);
    builder.costs = vec![vec![(HOUR, 25.0 * HOUR)]];
    let spans: [(f64, usize, f64); 4] = [(0.0, 1, 1.0), (1.0, 2, 2.0), (3.0, 3, 3.0), (6.0, 4, 4.0)];
    let mut arrivals = Vec::new();
    for (start, cores, hours) in spans {
        let job = sim_core::arrival::Arrival { work: hours, ..arrival(start * HOUR) };
        arrivals.extend(vec![job; if busy { cores } else { 0 }]);
    }
    let (books, _) = run(&builder.build(), Script::of(arrivals), "local");
    (books.ledger.total().energy().0, books.ledger.total().carbon().0)
}

#[test]
fn simgrids_carbon_of_execution_is_met() {
    let (joules, grams) = simgrid(constant(91.48), true);
    close(joules, 6.3e6);
    close(grams, 91.48 * 1.75);
    let hours = [100.07, 93.6, 93.89, 96.04, 95.0, 94.4, 94.11, 94.99, 96.44, 99.76];
    assert!((simgrid(hourly(&hours), true).1 - 167.64425).abs() < 1e-9);
    let idle = [29.09, 30.08, 32.33, 32.96, 33.0, 33.41, 34.52, 33.63, 32.17, 31.95];
    assert!((simgrid(hourly(&idle), false).1 - 32.314).abs() < 1e-9);
    close(simgrid(constant(33.45), false).1, 33.45);
}

/// LEAF: 10 W static, 30 W at most; a task on all units from 3 s to 8 s; 200 J to 10 s.
#[test]
fn leafs_node_is_met() {
    let mut builder = Builder::default().window(10.0);
    builder.costs = vec![vec![(5.0, 100.0)]];
    let (books, _) = run(&builder.build(), Script::at(&[3.0]), "local");
    close(books.ledger.total().energy().0, 200.0);
}

/// OpenDC: 100–200 W; 10 min at half speed, then 5 min at full speed, queued: 900 s, 150,000 J; at 20 min 210,000 J.
#[test]
fn opendcs_queued_tasks_are_met() {
    for (second, end, energy) in [(0.0, 900.0, 150_000.0), (1200.0, 1500.0, 210_000.0)] {
        let mut builder = Builder { models: vec![model("half"), model("full")], ..Builder::default() }.window(end);
        builder.classes[0].power.idle = Watts(100.0);
        builder.costs = vec![vec![(600.0, 600.0 * 50.0), (300.0, 300.0 * 100.0)]];
        let mut arrivals = vec![arrival(0.0), arrival(second)];
        arrivals[1].model = sim_core::ids::ModelId(1);
        let (books, records) = run(&builder.build(), Script::of(arrivals), "local");
        assert_eq!(records[1].end, at(end));
        close(books.ledger.total().energy().0, energy);
    }
}

#[test]
fn the_timeline_and_the_devices_hold_what_happened_where_and_when() {
    let mut builder =
        Builder { zones: vec![constant(100.0), constant(300.0)], ..Builder::default() }.window(2.0 * HOUR);
    builder.sites = vec![(0, 1.0), (1, 1.0)];
    builder.devices = vec![(0, 0, Role::Shared), (0, 1, Role::Shared)];
    builder.settings.preload = Preload::All;
    builder.settings.horizon.interval = SimDuration::from_hours(1);
    let mut late = arrival(HOUR + 10.0);
    late.origin = DeviceId(1);
    let (books, _) = run(&builder.build(), Script::of(vec![arrival(5.0), late]), "local");
    let cell = |zone, hour: usize| books.ledger.timeline()[ZoneId(zone)][hour];
    close(cell(0, 0).accounts.get(Account::Dynamic).energy().0, 5.0);
    close(cell(1, 1).accounts.get(Account::Dynamic).carbon().0, 5.0 * 300.0 / 3.6e6);
    assert_eq!((cell(0, 0).requests, cell(0, 1).requests, cell(1, 1).requests), (1, 0, 1));
    close(cell(1, 0).accounts.get(Account::Idle).energy().0, 10.0 * HOUR);
}
