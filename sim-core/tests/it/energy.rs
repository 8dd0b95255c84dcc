//! Energy and carbon against hand computations, to 1e-12 relative.

use sim_core::engine::ledger::Account;
use sim_core::scheduler::{Decision, Request, Scheduler, View};
use sim_core::units::{SimDuration, SimTime, Watts};
use sim_core::world::device::DynamicPower;
use sim_core::world::{IdleRule, Preload};

use crate::toolkit::*;

#[test]
fn one_request_of_one_second_costs_its_five_joules_and_the_window_its_idle_power() {
    let (books, records) = run(&Builder::default().build(), Script::at(&[10.0]), "local");
    let ledger = &books.ledger;
    close(joules(ledger, Account::Dynamic), 5.0);
    close(joules(ledger, Account::Idle), 10.0 * HOUR);
    close(grams(ledger, Account::Dynamic), 5.0 * 360.0 / 3.6e6);
    // Attributed: its dynamic energy and the idle power of the second it was in the slot.
    close(records[0].energy.0, 5.0 + 10.0);
    close(ledger.requests().energy().0, 15.0);
    close(ledger.unattributed().energy().0, 10.0 * (HOUR - 1.0));
    close(ledger.embodied().iter().flatten().map(|grams| grams.0).sum(), 1000.0 / 1000.0);
}

#[test]
fn a_request_that_straddles_a_step_is_charged_at_both_intensities() {
    for day in [0.0, 364.0] {
        let values: Vec<f64> = (0..24 * 366).map(|hour| if hour % 2 == 0 { 100.0 } else { 700.0 }).collect();
        let mut world = Builder { zones: vec![hourly(&values)], ..Builder::default() }.window(366.0 * 24.0 * HOUR);
        world.costs = vec![vec![(0.005, 0.25)]];
        let start = day * 24.0 * HOUR + HOUR - 0.002;
        let (books, _) = run(&world.build(), Script::at(&[start]), "local");
        // 50 W above idle: 2 ms at 100 g/kWh, 3 ms at 700.
        close(grams(&books.ledger, Account::Dynamic), 50.0 * (0.002 * 100.0 + 0.003 * 700.0) / 3.6e6);
    }
}

#[test]
fn ten_hours_of_work_late_in_the_year_are_charged_hour_by_hour() {
    for day in [0.0, 364.0] {
        let values: Vec<f64> = (0..24 * 366).map(|hour| 100.0 + f64::from(hour % 24)).collect();
        let mut world = Builder { zones: vec![hourly(&values)], ..Builder::default() }.window(366.0 * 24.0 * HOUR);
        world.costs = vec![vec![(10.0 * HOUR, 10.0 * HOUR * 5.0)]];
        let (books, _) = run(&world.build(), Script::at(&[day * 24.0 * HOUR + 0.5 * HOUR]), "local");
        let hours: f64 = 0.5 * 100.0 + (1..10).map(|hour| 100.0 + f64::from(hour)).sum::<f64>() + 0.5 * 110.0;
        close(grams(&books.ledger, Account::Dynamic), 5.0 * hours * HOUR / 3.6e6);
    }
}

#[test]
fn the_pue_of_a_site_counts_for_housed_devices_only() {
    for (housed, factor) in [(true, 1.5), (false, 1.0)] {
        let world = Builder { sites: vec![(0, 1.5)], housed, ..Builder::default() }.build();
        let (books, _) = run(&world, Script::at(&[0.0]), "local");
        close(joules(&books.ledger, Account::Dynamic), 5.0 * factor);
        close(joules(&books.ledger, Account::Idle), 10.0 * HOUR * factor);
    }
}

#[test]
fn a_power_table_is_read_at_each_number_of_busy_slots() {
    let mut builder = Builder::default();
    builder.classes[0].slots = 2;
    builder.classes[0].power.dynamic = DynamicPower::Table([10.0, 18.0, 20.0].map(Watts).to_vec());
    // Two requests overlap for half a second: 8 W, then 10 W, then 8 W above idle.
    let (books, records) = run(&builder.build(), Script::at(&[0.0, 0.5]), "local");
    close(joules(&books.ledger, Account::Dynamic), 8.0 * 0.5 + 10.0 * 0.5 + 8.0 * 0.5);
    close(records[0].energy.0, 8.0 * 0.5 + 5.0 * 0.5 + 10.0 * 0.5 + 5.0 * 0.5);
}

#[test]
fn co_located_requests_slow_each_other_down() {
    let mut builder = Builder::default();
    builder.classes[0].slots = 2;
    builder.classes[0].slot_scaling = vec![1.0, 0.5];
    // Alone for 0.5 s (half done), together for 1 s at half speed (first done), the second alone for 0.5 s.
    let (books, records) = run(&builder.build(), Script::at(&[0.0, 0.5]), "local");
    assert_eq!(records[0].end, at(1.5));
    assert_eq!(records[1].end, at(2.0));
    close(joules(&books.ledger, Account::Dynamic), 5.0 * 1.5 + 5.0 * 1.5);
}

#[test]
fn background_load_stretches_the_service() {
    let world = Builder { background_load: 0.5, ..Builder::default() }.build();
    let (_, records) = run(&world, Script::at(&[0.0]), "local");
    assert_eq!(records[0].sojourn(), secs(2.0));
}

#[test]
fn idle_by_use_leaves_the_empty_slots_share_unattributed() {
    for (rule, share) in [(IdleRule::ByTime, 1.0), (IdleRule::ByUse, 0.25), (IdleRule::None, 0.0)] {
        let mut builder = Builder::default();
        builder.classes[0].slots = 4;
        builder.settings.idle_rule = rule;
        let (books, records) = run(&builder.build(), Script::at(&[0.0]), "local");
        close(records[0].energy.0, 5.0 + 10.0 * share);
        close(books.ledger.unattributed().energy().0, 10.0 * (HOUR - share));
    }
}

#[test]
fn models_are_loaded_once_evicted_when_room_is_short_and_paid_for() {
    let mut builder = Builder { models: vec![model("a"), model("b")], ..Builder::default() };
    builder.costs = vec![vec![(1.0, 5.0), (1.0, 5.0)]];
    builder.models.iter_mut().for_each(|model| model.parameters = sim_core::units::Bytes(6e8));
    builder.settings.preload = Preload::None;
    let mut arrivals: Vec<_> = [0.0, 20.0, 40.0, 60.0].map(arrival).to_vec();
    arrivals[2].model = sim_core::ids::ModelId(1);
    let (books, records) = run(&builder.build(), Script::of(arrivals), "local");
    // 6e8 B at 1e8 B/s: loads of 6 s for a, b (evicting a) and a again; the second request finds a loaded.
    assert_eq!(records.iter().map(|r| r.loading.as_secs()).collect::<Vec<_>>(), [6.0, 0.0, 6.0, 6.0]);
    close(joules(&books.ledger, Account::Load), 3.0 * 6.0 * 2.0);
}

/// Puts every request off past the end of the window.
struct PutOff(SimTime);

impl Scheduler for PutOff {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        if view.now() < self.0 {
            return Decision::Defer(self.0);
        }
        Decision::Run(sim_core::ids::PlanId::whole(request.origin))
    }
}

#[test]
fn putting_everything_off_past_the_window_saves_nothing_on_a_flat_signal() {
    let arrivals: Vec<f64> = (0..100).map(|k| f64::from(k) * 30.0).collect();
    let mut builder = Builder::default();
    builder.request_classes[0].slack = secs(2.0 * HOUR);
    builder.settings.horizon.slack = secs(2.0 * HOUR);
    builder.settings.horizon.drain = secs(1000.0);
    let world = builder.build();
    let (now, _) = run(&world, Script::at(&arrivals), "local");
    let (later, records) = run_with(&world, Script::at(&arrivals), PutOff(at(2.0 * HOUR)));
    assert_eq!(later.measured.completed, 100);
    assert!(records.iter().all(|record| record.end > at(2.0 * HOUR)));
    close(later.ledger.total().carbon().0, now.ledger.total().carbon().0);
}

#[test]
fn what_arrives_outside_the_window_is_run_but_not_measured() {
    let mut builder = Builder::default();
    builder.settings.horizon.lead_in = SimDuration::from_hours(1);
    let (books, records) =
        run(&builder.build(), Script::at(&[1.0, HOUR + 1.0, 2.0 * HOUR - 0.5, 2.0 * HOUR + 0.1]), "local");
    assert_eq!((books.measured.completed, books.all.arrived), (2, 4));
    assert_eq!(records.len(), 2);
    close(joules(&books.ledger, Account::Dynamic), 10.0);
    close(joules(&books.ledger, Account::Idle), 10.0 * HOUR);
}

#[test]
fn putting_a_request_off_past_its_slack_aborts_the_run() {
    let mut builder = Builder::default();
    builder.request_classes[0].slack = secs(10.0);
    let message = abort_message(&builder.build(), &mut Script::at(&[0.0]), &mut PutOff(at(11.0)));
    assert!(message.contains("latest start, 10.000 s"), "{message}");
}

#[test]
fn a_slot_that_loads_neither_shares_the_power_table_nor_thins_it() {
    let mut builder = Builder { models: vec![model("a"), model("b")], ..Builder::default() };
    builder.costs = vec![vec![(10.0, 5.0), (1.0, 5.0)]];
    builder.models[1].parameters = sim_core::units::Bytes(5e8);
    builder.settings.preload = Preload::None;
    builder.classes[0].slots = 2;
    builder.classes[0].power.dynamic = DynamicPower::Table([10.0, 18.0, 20.0].map(Watts).to_vec());
    let mut arrivals = vec![arrival(1.0), arrival(5.0)];
    arrivals[1].model = sim_core::ids::ModelId(1);
    let (books, _) = run(&builder.build(), Script::of(arrivals), "local");
    // a loads 1–1.01 s and computes to 11.01 s; b loads 5–10 s at 2 W and computes to 11 s beside a.
    close(joules(&books.ledger, Account::Dynamic), 8.0 * 9.0 - 8.0 * 0.01 + 10.0 + 8.0 * 0.01);
    close(joules(&books.ledger, Account::Load), 2.0 * 5.01);
}
