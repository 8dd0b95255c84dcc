//! Delay schedulers: by hand on ten hours, and rules that each of them keeps.

use proptest::prelude::*;
use sim_core::arrival::Arrival;
use sim_core::engine::ledger::Account;
use sim_core::record::RequestRecord;
use sim_core::scheduler::Scheduler;
use sim_core::schedulers::Value;
use sim_core::units::{Intensity, SimDuration, SimTime};
use sim_core::world::device::Role;
use sim_core::world::forecast::{Forecast, Oracle, OracleDerived};
use sim_core::world::{IdleRule, World};

use crate::toolkit::*;

/// Knows what will happen.
#[derive(Debug)]
struct Perfect;

impl OracleDerived for Perfect {
    fn name(&self) -> &str {
        "perfect"
    }
    fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        oracle.actual().at(target)
    }
}

const TEN: [f64; 10] = [500.0, 400.0, 900.0, 100.0, 800.0, 300.0, 200.0, 250.0, 600.0, 500.0];

/// Devices of one slot on a signal by the hour that schedulers know, with one class of requests.
fn known(values: &[f64], devices: usize, slack_h: f64, resume_cost: Option<f64>) -> Builder {
    let mut builder = Builder { zones: vec![hourly(values)], ..Builder::default() };
    builder.devices = vec![(0, 0, Role::Shared); devices];
    let class = &mut builder.request_classes[0];
    class.slack = secs(slack_h * HOUR);
    class.interruptible = resume_cost.is_some();
    class.resume_cost = secs(resume_cost.unwrap_or(0.0));
    builder.settings.horizon.slack = class.slack;
    builder.settings.horizon.drain = secs(100.0 * HOUR);
    builder
}

fn foreseen(builder: Builder) -> World {
    let mut world = builder.build();
    let zones: Vec<_> = world.grid.zones.ids().collect();
    zones.into_iter().for_each(|zone| world.grid.zones[zone].forecast = Forecast::oracle_derived(Perfect));
    world
}

/// Two hours of work at the epoch with six hours of slack: the hours in which it computes, told by what it emits.
fn mean_of_two_hours(name: &str, given: &[(&'static str, Value)], resume_cost: Option<f64>) -> f64 {
    let world = foreseen(known(&TEN, 1, 6.0, resume_cost));
    let job = Arrival { work: 2.0 * HOUR, ..arrival(0.0) };
    let (books, _) = run_with(&world, Script::of(vec![job]), scheduler(&world, name, given));
    grams(&books.ledger, Account::Dynamic) / (joules(&books.ledger, Account::Dynamic) / 3.6e6)
}

#[test]
fn each_policy_chooses_its_hours_of_ten() {
    let no = |name| mean_of_two_hours(name, &[], None);
    // Hours 0 and 1. The least hour by 6 h is the third, and the fourth is dirty. Hours 6 and 7 are the best window.
    close(no("nearest"), 450.0);
    close(no("gaia-lowest-slot"), 450.0);
    close(no("gaia-lowest-window"), 225.0);
    close(no("lets-wait-awhile"), 225.0);
    // (450 − 250) / (5 + 2) at 5 h is more than (450 − 225) / (6 + 2) at 6 h.
    close(no("gaia-carbon-time"), 250.0);
    // 30 % of a day are 7.2 hours. Five lie below 500, which holds from then on. Hour 1 is the first below it.
    close(no("threshold"), 650.0);
    let may = |name, given: &[_]| mean_of_two_hours(name, given, Some(0.0));
    close(may("threshold", &[]), 250.0);
    let mode = ("mode", text("interruptible"));
    close(may("lets-wait-awhile", std::slice::from_ref(&mode)), 150.0);
    close(may("lets-wait-awhile", &[mode.clone(), ("slot", Value::Span(None))]), 150.0);
    close(may("lets-wait-awhile", &[]), 225.0);
    close(mean_of_two_hours("lets-wait-awhile", &[mode], None), 225.0);
}

#[test]
fn suspending_is_worth_its_cost_or_is_left() {
    let mode = [("mode", text("interruptible"))];
    let spent = |resume_cost| {
        let world = foreseen(known(&TEN, 1, 6.0, Some(resume_cost)));
        let job = Arrival { work: 2.0 * HOUR, ..arrival(0.0) };
        let (books, records) = run_with(&world, Script::of(vec![job]), scheduler(&world, "lets-wait-awhile", &mode));
        (joules(&books.ledger, Account::Dynamic) / 5.0 / HOUR, records[0].end)
    };
    // Hours 3 and 6, and half an hour of resumption at the start of the seventh.
    assert_eq!(spent(0.5 * HOUR), (2.5, at(7.5 * HOUR)));
    // A resumption of two hours would make it 100 + 200 + 250 + 300; the window of 450 is less.
    assert_eq!(spent(2.0 * HOUR), (2.0, at(8.0 * HOUR)));
}

#[test]
fn what_is_known_of_lengths_is_their_mean_so_far_or_a_given_one() {
    // Hours 3 and 4 are the best window of two, hour 6 is the best of one.
    let values = [500.0, 500.0, 500.0, 100.0, 150.0, 500.0, 90.0, 500.0, 500.0];
    let job = |time: f64, work: f64| Arrival { work, ..arrival(time) };
    let world = foreseen(known(&values, 2, 6.0, None).window(2.0 * HOUR));
    let begun = |given: &[(&'static str, Value)], jobs: Vec<Arrival>| {
        let (_, records) = run_with(&world, Script::of(jobs), scheduler(&world, "gaia-lowest-window", given));
        let last = records.iter().max_by_key(|record| record.id).expect("a record");
        (last.arrival + last.deferred).as_secs() / HOUR
    };
    let two = || vec![job(0.0, 2.0 * HOUR)];
    let mean = ("length", text("mean"));
    assert_eq!(begun(&[], two()), 3.0);
    assert_eq!(begun(&[mean.clone(), ("mean_length", Value::Span(Some(secs(HOUR))))], two()), 6.0);
    // Nothing is known at first; after one hour of work that began at once, an hour is the mean.
    assert_eq!(begun(std::slice::from_ref(&mean), two()), 0.0);
    let begins = begun(&[mean], vec![job(0.0, HOUR), job(1.5 * HOUR, 2.0 * HOUR)]);
    assert_eq!(begins, 6.0);
}

#[test]
fn the_place_says_whose_forecast_counts() {
    let mut builder = known(&TEN, 1, 6.0, None);
    builder.zones.push(hourly(&[100.0, 100.0, 100.0, 100.0, 100.0, 10.0, 10.0, 100.0]));
    builder.sites.push((1, 1.0));
    builder.devices.push((0, 1, Role::Shared));
    let world = foreseen(builder);
    let placed = |place: &str| {
        let job = Arrival { work: 2.0 * HOUR, ..arrival(0.0) };
        let chosen = scheduler(&world, "lets-wait-awhile", &[("place", text(place))]);
        let (_, records) = run_with(&world, Script::of(vec![job]), chosen);
        (records[0].device.map(|device| device.0), records[0].deferred.as_secs() / HOUR)
    };
    assert_eq!(placed("nearest"), (Some(0), 6.0));
    assert_eq!(placed("lowest-intensity"), (Some(1), 5.0));
    assert_eq!(placed("least-carbon"), (Some(1), 5.0));
}

#[test]
fn on_a_flat_forecast_nothing_waits_that_needs_no_percentile() {
    for name in ["lets-wait-awhile", "gaia-lowest-slot", "gaia-lowest-window", "gaia-carbon-time"] {
        let world = known(&[300.0; 12], 1, 6.0, Some(0.0)).build();
        let mode = if name == "lets-wait-awhile" { vec![("mode", text("interruptible"))] } else { Vec::new() };
        let job = Arrival { work: 2.0 * HOUR, ..arrival(0.3 * HOUR) };
        let (_, records) = run_with(&world, Script::of(vec![job]), scheduler(&world, name, &mode));
        assert_eq!((records[0].deferred, records[0].service), (SimDuration::ZERO, secs(2.0 * HOUR)), "{name}");
    }
}

const NAMES: [&str; 5] =
    ["lets-wait-awhile", "gaia-lowest-slot", "gaia-lowest-window", "gaia-carbon-time", "threshold"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn with_room_for_all_jobs_end_by_their_slack_and_a_known_future_pays(
        values in prop::collection::vec(1u32..20, 8..60),
        jobs in prop::collection::vec((0u32..90, 1u32..200, 0u32..300), 1..12),
        cost in 0u32..40,
        slot in 0u64..3,
    ) {
        let values: Vec<f64> = values.iter().map(|&value| f64::from(value) * 40.0).collect();
        let minute = 60.0;
        let script = || Script::of(jobs.iter().map(|&(time, work, slack)| Arrival {
            work: f64::from(work) * minute,
            slack: Some(secs(f64::from(slack) * minute)),
            ..arrival(f64::from(time) * minute)
        }).collect());
        let world = |cost: Option<f64>| {
            let mut builder = known(&values, 1, 5.0, cost);
            builder.classes[0].slots = 16;
            builder.settings.idle_rule = IdleRule::None;
            foreseen(builder.window(2.0 * HOUR))
        };
        let slot = [None, Some(secs(1800.0)), Some(secs(700.0))][slot as usize];
        let run = |world: &World, chosen: Box<dyn Scheduler>| -> Result<Vec<RequestRecord>, TestCaseError> {
            let (_, mut records) = run_with(world, script(), chosen);
            prop_assert_eq!(records.len(), jobs.len());
            for record in &records {
                // A second of work takes a second; a nanosecond is lost to rounding at each of a few orders.
                let by = record.start_by + secs(record.work) + SimDuration(9);
                prop_assert!(record.end <= by, "{:?} ends after {:?}", record, by);
            }
            records.sort_by_key(|record| record.id);
            Ok(records)
        };
        let rigid = world(None);
        let at_once = run(&rigid, scheduler(&rigid, "nearest", &[]))?;
        for (name, given) in NAMES.into_iter().flat_map(|name| [(name, None), (name, Some(f64::from(cost) * minute))]) {
            let world = world(given);
            let params = match name {
                "lets-wait-awhile" => vec![("slot", Value::Span(slot)), ("mode", text("interruptible"))],
                _ => Vec::new(),
            };
            let records = run(&world, scheduler(&world, name, &params))?;
            // They weigh starting at once too; the others do not look at the whole length.
            let weighs = !["gaia-lowest-slot", "threshold"].contains(&name);
            for (record, now) in records.iter().zip(&at_once).filter(|_| weighs) {
                prop_assert!(record.carbon.0 <= now.carbon.0 * (1.0 + 1e-9), "{name}: {record:?} instead of {now:?}");
            }
        }
    }
}
