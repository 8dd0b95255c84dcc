//! Forecasts: what is public and what is not, means over spans, and what schedulers see of them in a run.

use proptest::prelude::*;
use sim_core::ids::{DeviceId, PlanId, ZoneId};
use sim_core::kernel::rng::Streams;
use sim_core::scheduler::{Decision, Request, Scheduler, View};
use sim_core::units::{Intensity, NANOS_PER_SECOND, SimDuration, SimTime};
use sim_core::world::World;
use sim_core::world::device::Role;
use sim_core::world::forecast::{Forecast, FromPast, Oracle, OracleDerived, Past};
use sim_core::world::grid::Present;
use sim_core::world::signal::{EndPolicy, Provenance, Signal};

use crate::toolkit::{Builder, HOUR, LABELS, Script, at, close, hourly, run, run_with, secs};

const MINUTE: i64 = 60 * NANOS_PER_SECOND as i64;

/// The value of an hour before, or the newest one: two looks at the past.
#[derive(Debug)]
struct HourBefore;

impl FromPast for HourBefore {
    fn name(&self) -> &str {
        "hour before"
    }
    fn at(&self, past: &Past, target: SimTime) -> Intensity {
        past.before(target, secs(HOUR)).unwrap_or(past.latest())
    }
    fn holds_until(&self, past: &Past, target: SimTime) -> SimTime {
        past.before_holds_until(target, secs(HOUR))
    }
}

/// What will happen.
#[derive(Debug)]
struct Truth;

impl OracleDerived for Truth {
    fn name(&self) -> &str {
        "truth"
    }
    fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        oracle.actual().at(target)
    }
}

/// A series with bounds at whole minutes, and how it ends.
#[derive(Clone, Debug)]
struct Given {
    start: i64,
    /// Minutes and value of each interval.
    steps: Vec<(i64, f64)>,
    end: EndPolicy,
}

impl Given {
    fn signal(&self) -> Signal {
        let mut bounds = vec![self.start * MINUTE];
        self.steps.iter().for_each(|(minutes, _)| bounds.push(bounds[bounds.len() - 1] + minutes * MINUTE));
        let values = self.steps.iter().map(|step| step.1).collect();
        Signal::irregular(bounds, values, self.end, LABELS, Provenance::Given("test".into())).expect("a signal")
    }

    /// The slow twin: start, end and number of every interval from the series' start on, over several laps if it wraps;
    /// from the epoch's interval on if it wraps and starts later.
    fn intervals(&self) -> Vec<(i64, i64, usize)> {
        let wraps = self.end == EndPolicy::Wrap;
        let mut at = self.start;
        while wraps && at > 0 {
            at -= self.steps.iter().map(|step| step.0).sum::<i64>();
        }
        let all = (0..if wraps { 400 } else { 1 }).flat_map(|_| self.steps.iter().enumerate());
        let all = all.map(|(k, &(minutes, _))| {
            at += minutes;
            (at - minutes, at, k)
        });
        let later = wraps && self.start > 0;
        all.filter(|&(_, end, _)| !later || end > 0).collect()
    }
}

prop_compose! {
    fn given()(
        start in -200i64..60, steps in prop::collection::vec((1i64..40, 0.0f64..900.0), 2..12), end in 0usize..3,
    ) -> Given {
        Given { start, steps, end: [EndPolicy::Error, EndPolicy::Hold, EndPolicy::Wrap][end] }
    }
}

fn minute(minutes: i64) -> SimTime {
    SimTime((minutes * MINUTE) as u64)
}

/// The forecasts under test, asked of a signal at an instant.
fn ask<T>(signal: &Signal, now: SimTime, lag: SimDuration, asked: impl Fn(&Oracle) -> T) -> T {
    let streams = Streams::new(1, 0);
    asked(&Oracle::new(signal, ZoneId(0), &streams, now, lag))
}

proptest! {
    #[test]
    fn the_past_shows_an_interval_from_its_end_plus_the_lag_on_and_never_before(
        given in given(), now in 0i64..400, lag in 0i64..90,
    ) {
        let (signal, intervals) = (given.signal(), given.intervals());
        let lag_span = SimDuration((lag * MINUTE) as u64);
        let past = Past::new(&signal, minute(now), lag_span);
        for time in -250..400 {
            let here = intervals.iter().find(|&&(start, end, _)| (start..end).contains(&time));
            let expected = here.filter(|&&(_, end, _)| end + lag <= now).map(|&(_, _, k)| Intensity(given.steps[k].1));
            let shown = past.before(minute(400), SimDuration(((400 - time) * MINUTE) as u64));
            prop_assert_eq!(shown, expected, "minute {}", time);
        }
        prop_assert_eq!(past.latest(), signal.published(minute(now), lag_span));
    }

    #[test]
    fn what_is_not_public_moves_no_forecast_made_of_the_past(
        given in given(), other in prop::collection::vec(0.0f64..900.0, 12), now in 0i64..400, lag in 0i64..90,
    ) {
        let mut altered = given.clone();
        // Of a wrapping series every lap counts: what was public once is public.
        let intervals = given.intervals();
        let public = |k: usize| intervals.iter().any(|&(_, end, other)| other == k && end + lag <= now);
        // The first interval's value counts as known from the start.
        (0..given.steps.len()).filter(|&k| k != intervals[0].2 && !public(k)).for_each(|k| altered.steps[k].1 = other[k]);
        let (a, b) = (given.signal(), altered.signal());
        let (now, lag) = (minute(now), SimDuration((lag * MINUTE) as u64));
        for forecast in [Forecast::default(), Forecast::from_past(HourBefore)] {
            for target in (0..600).step_by(7).map(minute) {
                let shown = |signal| ask(signal, now, lag, |oracle| forecast.at(oracle, target));
                prop_assert_eq!(shown(&a), shown(&b));
                let mean = |signal| ask(signal, now, lag, |oracle| forecast.mean(oracle, target, minute(900)));
                prop_assert_eq!(mean(&a), mean(&b));
            }
        }
    }

    #[test]
    fn the_mean_of_a_forecast_is_that_of_its_minutes(
        given in given(), now in 0i64..400, lag in 0i64..90, from in 0i64..400, span in 1i64..300,
    ) {
        let signal = given.signal();
        let (now, lag) = (minute(now), SimDuration((lag * MINUTE) as u64));
        for forecast in [Forecast::default(), Forecast::from_past(HourBefore), Forecast::oracle_derived(Truth)] {
            let minutes = (from..from + span).map(|k| ask(&signal, now, lag, |oracle| forecast.at(oracle, minute(k)).0));
            let slow = minutes.sum::<f64>() / span as f64;
            let fast = ask(&signal, now, lag, |oracle| forecast.mean(oracle, minute(from), minute(from + span)).0);
            prop_assert!((fast - slow).abs() <= 1e-9 * slow.max(1.0), "{} {fast} {slow}", forecast.name());
        }
    }
}

#[test]
fn no_instant_is_too_late_to_be_asked_for() {
    let signal = hourly(&[100.0, 300.0]).shifted(5 * MINUTE);
    for forecast in [Forecast::default(), Forecast::from_past(HourBefore), Forecast::oracle_derived(Truth)] {
        for signal in [signal.clone(), signal.clone().ending(EndPolicy::Wrap), signal.clone().ending(EndPolicy::Error)]
        {
            let shown = |oracle: &Oracle| forecast.mean(oracle, SimTime::NEVER, SimTime::NEVER).0;
            assert!(ask(&signal, at(HOUR), SimDuration::ZERO, shown).is_finite());
        }
    }
}

/// Two zones whose hours are clean in turn; a device in each, and a camera that asks.
fn turns(present: Present, forecast: &Forecast, lag: f64) -> World {
    let hours = |odd: bool| (0..6).map(|hour| if (hour % 2 == 1) == odd { 100.0 } else { 500.0 }).collect::<Vec<_>>();
    let builder = Builder {
        zones: vec![hourly(&hours(false)), hourly(&hours(true))],
        sites: vec![(0, 1.0), (1, 1.0)],
        devices: vec![(0, 0, Role::Shared), (0, 1, Role::Shared)],
        publication_lag: secs(lag),
        ..Builder::default()
    };
    let mut world = builder.window(5.0 * HOUR).build();
    world.grid.present = present;
    for zone in world.grid.zones.ids() {
        world.grid.zones[zone].forecast = forecast.clone();
    }
    world
}

/// The middle of each hour.
const TIMES: [f64; 5] = [0.5 * HOUR, 1.5 * HOUR, 2.5 * HOUR, 3.5 * HOUR, 4.5 * HOUR];

#[test]
fn a_perfect_forecast_of_the_present_sends_work_where_it_is_clean_and_a_late_value_where_it_was() {
    let picks = |world: &World| -> Vec<DeviceId> {
        let (_, records) = run(world, Script::at(&TIMES), "lowest-intensity");
        records.iter().map(|record| record.device.expect("it ran")).collect()
    };
    let clean: Vec<DeviceId> = (0..5).map(|hour| DeviceId(hour % 2)).collect();
    assert_eq!(picks(&turns(Present::Forecast, &Forecast::oracle_derived(Truth), HOUR)), clean);
    // Published without lag: the hour before, which was clean where this one is not; the first hour is its own.
    let published = picks(&turns(Present::Published, &Forecast::oracle_derived(Truth), 0.0));
    assert_eq!(published[1..], clean[..4]);
    // Persistence as forecast of the present is what is published.
    let persistence = picks(&turns(Present::Forecast, &Forecast::default(), 0.0));
    assert_eq!(persistence, published);
}

/// Runs everything on device 0 and writes down what it sees.
struct Witness {
    seen: Vec<(f64, Intensity, Intensity, Intensity)>,
    told: usize,
}

impl Scheduler for &mut Witness {
    fn decide(&mut self, _: &Request, view: &View) -> Decision {
        let (zone, now) = (ZoneId(0), view.now());
        let next = now + secs(HOUR);
        let row = (now.as_secs(), view.intensity(zone), view.forecast(zone, next), view.forecast_mean(zone, now, next));
        self.seen.push(row);
        Decision::Run(PlanId::whole(DeviceId(0)))
    }
    fn published(&mut self, _: ZoneId, _: &View) {
        self.told += 1;
    }
}

#[test]
fn a_run_shows_forecasts_and_refreshes_the_present_when_it_changes() {
    let world = turns(Present::Forecast, &Forecast::oracle_derived(Truth), 0.25 * HOUR);
    let mut witness = Witness { seen: Vec::new(), told: 0 };
    let times: Vec<f64> = (0..20).map(|quarter| (f64::from(quarter) + 0.1) * HOUR / 4.0).collect();
    run_with(&world, Script::at(&times), &mut witness);
    let signal = world.grid.accounting(ZoneId(0));
    assert_eq!(witness.seen.len(), times.len());
    for (now, shown, next, mean) in witness.seen {
        let (here, ahead) = (at(now), at(now) + secs(HOUR));
        assert_eq!((shown, next), (signal.at(here), signal.at(ahead)), "at {now}");
        close(mean.0, signal.integral(here, ahead).0 / HOUR);
    }
    // Both zones change at four whole hours and publish a quarter later; the run is over at the fifth.
    assert_eq!(witness.told, 2 * (4 + 4));
}
