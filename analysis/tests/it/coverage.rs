//! How often intervals of 95 % hold the truth, over synthetic experiments whose truth is known in closed form.

use std::cell::Cell;

use analysis::comparison::{Comparison, Design, Over, Trial, enough};
use analysis::histogram::Spans;
use analysis::inference::bootstrap::{Bca, resampler};
use analysis::inference::contrast::Contrast;
use analysis::inference::sequential;
use analysis::inference::steady::{Steady, Unsteady};
use analysis::inference::units::Units;
use analysis::replications::Figures;
use analysis::stats::Interval;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};
use sim_core::kernel::rng::{Purpose, Stream, Streams};
use sim_core::units::SimDuration;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

const EXPERIMENTS: u64 = 2_000;
const CONFIDENCE: f64 = 0.95;

/// Three standard errors of a share of 0.95 in 2,000 experiments are 0.0146.
const BAND: f64 = 0.015;

/// The share of experiments whose interval holds the truth; those without an interval are left out.
fn coverage(what: &str, truth: f64, interval: impl Fn(&mut Stream) -> Option<Interval>) -> f64 {
    let streams = Streams::new(20_260_601, 0);
    let intervals = (0..EXPERIMENTS).filter_map(|k| interval(&mut streams.stream(Purpose::Contents, k)));
    let (held, made) =
        intervals.fold((0u32, 0u32), |(held, made), interval| (held + u32::from(interval.contains(truth)), made + 1));
    let share = f64::from(held) / f64::from(made);
    println!("{what}: {:.2} % of {made} intervals", share * 100.0);
    share
}

fn assert_covers(what: &str, truth: f64, interval: impl Fn(&mut Stream) -> Option<Interval>) {
    let share = coverage(what, truth, interval);
    assert!((share - CONFIDENCE).abs() <= BAND, "{what} covers {share}");
}

/// A run with these figures.
fn trial(figures: &[(&str, f64)]) -> Trial {
    let figures = Figures::named(figures);
    Trial { figures, request_differences_ms: None, decision_ns: [None, None], bounds: Vec::new() }
}

fn design(primary: &str) -> Design {
    Design {
        scenario: "synthetic".into(),
        schedulers: vec!["baseline".into(), "other".into()],
        over: Over::Seed,
        periods: vec!["all".into()],
        seeds: 0,
        primary: primary.into(),
        margin: 0.01,
        confidence: CONFIDENCE,
        synthetic: true,
    }
}

/// The interval that a comparison reports for a difference.
fn reported(comparison: &Comparison, metric: &str) -> Option<Interval> {
    let difference = comparison.schedulers[1].metrics[metric].difference.as_ref()?;
    Some(Interval { mean: difference.value, half_width: difference.half_width })
}

/// Pairs of runs as trials of two schedulers in one period.
fn paired<T>(pairs: &[[T; 2]], trial: impl Fn(&T) -> Trial) -> [Vec<Vec<Trial>>; 2] {
    [0, 1].map(|k| vec![pairs.iter().map(|pair| trial(&pair[k])).collect()])
}

fn exponential(stream: &mut Stream) -> f64 {
    Exp1.sample(stream)
}

fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// p99 [ms] under both systems in one replication, by the histogram that runs use. Sojourn times are exponential with
/// means of 10 and 9 ms; a share `common` of the requests meets the same luck under both.
fn replication_of_p99s(stream: &mut Stream, requests: u32, common: f64) -> [f64; 2] {
    let mut spans = [Spans::new(), Spans::new()];
    for _ in 0..requests {
        let luck = exponential(stream);
        let other = if stream.random_bool(common) { luck } else { exponential(stream) };
        spans[0].add(SimDuration((luck * 10e6) as u64));
        spans[1].add(SimDuration((other * 9e6) as u64));
    }
    spans.map(|spans| spans.quantile(0.99).expect("requests").as_millis())
}

/// Coverage of the difference of p99s over ten replications of so many requests.
fn coverage_of_p99s(requests: u32, common: f64) -> f64 {
    // The mean of the k-th smallest of m exponential times of mean 1: 1/m + 1/(m − 1) + … + 1/(m − k + 1).
    let rank = (0.99 * f64::from(requests)).ceil() as u32;
    let p99: f64 = (requests - rank + 1..=requests).map(|i| 1.0 / f64::from(i)).sum();
    let name = format!("paired p99, n = 10, {requests} requests, {common} in common");
    coverage(&name, (9.0 - 10.0) * p99, |stream| {
        let pairs: Vec<[f64; 2]> = (0..10).map(|_| replication_of_p99s(stream, requests, common)).collect();
        let trials = paired(&pairs, |&p99| trial(&[("sojourn_p99_ms", p99)]));
        reported(&Comparison::new(design("sojourn_p99_ms"), &trials), "sojourn_p99_ms")
    })
}

#[test]
fn paired_p99s_of_ten_replications() {
    let share = coverage_of_p99s(2_000, 0.5);
    assert!((share - CONFIDENCE).abs() <= BAND, "{share}");
}

/// Few requests in the tail, most of them the same: differences have heavier tails than normal ones.
#[test]
fn paired_p99s_with_much_in_common_cover_more_than_they_say() {
    let share = coverage_of_p99s(500, 0.8);
    assert!(share >= CONFIDENCE, "{share}");
}

/// Grams and served requests of two systems in a replication whose load differs from one to the next: an idle part that
/// both have, a part by request whose intensity is shared (the mean of skewed ones of `hours`), and 2 % of the second
/// system's requests lost.
fn replication_of_ratios(stream: &mut Stream, hours: u32) -> [[f64; 2]; 2] {
    let load = 800.0 + 400.0 * stream.random::<f64>();
    let intensity = 0.5 + 0.5 * (0..hours).map(|_| exponential(stream)).sum::<f64>() / f64::from(hours);
    let own = 1.0 + 0.05 * normal(stream);
    [[200.0 + load * intensity, load], [200.0 + 0.9 * own * load * intensity, 0.98 * load]]
}

fn pairs_of_ratios(stream: &mut Stream, replications: usize, hours: u32) -> Vec<[[f64; 2]; 2]> {
    (0..replications).map(|_| replication_of_ratios(stream, hours)).collect()
}

fn ratios(stream: &mut Stream, replications: usize, hours: u32) -> [Units; 2] {
    let pairs = pairs_of_ratios(stream, replications, hours);
    [0, 1].map(|k| Units::Ratios(pairs.iter().map(|pair| pair[k]).collect()))
}

/// Means: load 1000, intensity 1, own 1, all independent.
const RATIOS: [f64; 2] = [1200.0 / 1000.0, 1100.0 / 980.0];

#[test]
fn a_ratio_of_totals_and_a_difference_of_two() {
    // Below the 30 units from which a comparison adds thousands of resamples.
    for replications in [10, 25] {
        assert_covers(&format!("a ratio of totals, n = {replications}"), RATIOS[0], |stream| {
            Some(Contrast::of(&ratios(stream, replications, 24)[0])?.interval(CONFIDENCE))
        });
        assert_covers(&format!("difference of two ratios, n = {replications}"), RATIOS[1] - RATIOS[0], |stream| {
            let pairs = pairs_of_ratios(stream, replications, 24);
            let figures =
                |&[grams, served]: &[f64; 2]| trial(&[("carbon_operational_g", grams), ("requests_completed", served)]);
            let design = design("carbon_g_per_inference");
            let comparison = Comparison::new(design, &paired(&pairs, figures));
            reported(&comparison, "carbon_g_per_inference")
        });
    }
}

/// A bootstrap takes its spread from n and not n − 1, and its quantiles from the normal distribution: it is expected to
/// cover as z·√((n − 1)/n) does under Student's t, less than it says. So it stands beside the t interval, not instead.
#[test]
fn bca_of_a_difference_of_two_ratios_covers_as_its_narrowness_has_it() {
    const UNITS: usize = 40;
    let freedom = UNITS as f64 - 1.0;
    let reach = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0) * (freedom / UNITS as f64).sqrt();
    let student = StudentsT::new(0.0, 1.0, freedom).expect("freedom");
    let expected = 2.0 * student.cdf(reach) - 1.0;
    let share = coverage("BCa, difference of two ratios, n = 40", RATIOS[1] - RATIOS[0], |stream| {
        let [baseline, other] = ratios(stream, UNITS, 24);
        let statistic = |units: &[usize]| Some(other.at(units)? - baseline.at(units)?);
        let Bca { low, high } = Bca::of(UNITS, 1_999, CONFIDENCE, statistic, resampler(UNITS))?;
        Some(Interval { mean: (low + high) / 2.0, half_width: (high - low) / 2.0 })
    });
    assert!((share - expected).abs() <= BAND, "{share}, expected {expected}");
}

/// What no interval from ten units heals: a skewness of two in each, as of exponential values.
#[test]
fn ten_units_of_a_strongly_skewed_ratio_cover_less_than_they_say() {
    let share = coverage("a strongly skewed ratio, n = 10", RATIOS[0], |stream| {
        Some(Contrast::of(&ratios(stream, 10, 1)[0])?.interval(CONFIDENCE))
    });
    assert!((0.88..CONFIDENCE - BAND).contains(&share), "{share}");
}

/// Adds units one by one until the rule or the maximum ends it, as a comparison does; the interval and their number.
fn until_enough(relative: f64, most: usize, mut unit: impl FnMut() -> [f64; 2]) -> Option<(Interval, usize)> {
    let (mut baseline, mut other) = (Vec::new(), Vec::new());
    loop {
        let [x, y] = unit();
        baseline.push(x);
        other.push(y);
        let pair = [&baseline, &other].map(|values| Units::Values(values.clone()));
        let needed = sequential::needed(&pair[0], &pair[1], relative, CONFIDENCE);
        if baseline.len() >= most || needed.is_some_and(|needed| baseline.len() >= needed) {
            return Some((sequential::paired(&pair[0], &pair[1])?.interval(CONFIDENCE), baseline.len()));
        }
    }
}

#[test]
fn sequential_stopping_at_several_widths_and_at_a_maximum() {
    // Means of 100 and 97, differences with a deviation of 4: half-widths of 2.9 … 0.9 need about 10 … 100 units.
    for (relative, most) in [(0.029, 400), (0.02, 400), (0.014, 400), (0.009, 400), (0.009, 60)] {
        let name = format!("sequential, {:.1} % of the mean, at most {most}", 100.0 * relative);
        let units = Cell::new(0);
        assert_covers(&name, -3.0, |stream| {
            let unit = || {
                let common = 100.0 + 15.0 * normal(stream);
                [common, common - 3.0 + 4.0 * normal(stream)]
            };
            let (interval, count) = until_enough(relative, most, unit)?;
            units.set(units.get() + count);
            Some(interval)
        });
        println!("  with {:.1} units on average", units.get() as f64 / EXPERIMENTS as f64);
    }
}

#[test]
fn a_comparison_that_adds_seeds_until_it_has_enough() {
    const METRIC: &str = "carbon_operational_g";
    assert_covers("sequential comparison, 2 % of the mean, at most 60", -3.0, |stream| {
        let design = design(METRIC);
        let mut trials = [vec![Vec::new()], vec![Vec::new()]];
        while trials[0][0].len() < 60 && !enough(&design, &trials, 0.02) {
            let common = 100.0 + 15.0 * normal(stream);
            trials[0][0].push(trial(&[(METRIC, common)]));
            trials[1][0].push(trial(&[(METRIC, common - 3.0 + 4.0 * normal(stream))]));
        }
        reported(&Comparison::sequential(design, &trials, 0.02), METRIC)
    });
}

#[test]
fn sequential_stopping_of_differences_that_are_skewed() {
    // Means of 25 exponential times: a skewness of 0.4.
    assert_covers("sequential, skewed, 2 % of the mean", 1.0, |stream| {
        let unit = || {
            let common = 20.0 + normal(stream);
            [common, common + (0..25).map(|_| exponential(stream)).sum::<f64>() / 5.0 - 4.0]
        };
        until_enough(0.02, 400, unit).map(|(interval, _)| interval)
    });
}

#[test]
fn stopping_as_soon_as_the_usual_interval_is_narrow_covers_less_than_the_rule_here() {
    // Why the rule is Stein's: the same differences, ended by their own running interval.
    let naive = coverage("naive sequential, for comparison", 0.0, |stream| {
        let mut values: Vec<f64> = (0..sequential::PILOT).map(|_| normal(stream)).collect();
        loop {
            let interval = Interval::of(&values, CONFIDENCE)?;
            if interval.half_width <= 0.44 {
                return Some(interval);
            }
            values.push(normal(stream));
        }
    });
    assert!(naive < CONFIDENCE - 2.0 * (0.95f64 * 0.05 / EXPERIMENTS as f64).sqrt(), "{naive}");
}

#[test]
fn batch_means_of_an_autoregressive_series_from_a_bad_start() {
    const PHI: f64 = 0.9;
    assert_covers("MSER-5 and batch means, AR(1) of 0.9", 0.0, |stream| {
        let mut value = 20.0; // nine standard deviations off
        let series: Vec<f64> = (0..10_000)
            .map(|_| {
                value = PHI * value + normal(stream);
                value
            })
            .collect();
        match Steady::of(&series, &[], CONFIDENCE) {
            Ok(steady) => Some(steady.interval),
            Err(Unsteady::Correlated | Unsteady::Settling) => None,
            Err(other @ (Unsteady::Short { .. } | Unsteady::Varying(_))) => panic!("{other}"),
        }
    });
}
