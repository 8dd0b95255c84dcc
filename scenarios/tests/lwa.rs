//! Let's Wait Awhile and GAIA against slow implementations of their own, job by job, on real intensities.

use std::path::PathBuf;

use scenarios::build::Experiment;
use scenarios::load::Loaded;
use serde_yaml::Value;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Engine, Outcome};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Record, RequestRecord};
use sim_core::schedulers::Setup;
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::forecast::Oracle;
use tempfile::TempDir;

/// Nine zones of 2022 by the hour; column `0` is the real year.
fn real_years() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/carbon/umass-2022"));
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no shared data");
    None
}

fn hours_of(folder: &std::path::Path, zone: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.join(format!("{zone}.csv"))).expect("the zone's file");
    let mut lines = text.lines();
    let column = lines.next().expect("a header").split(',').position(|name| name == "0").expect("column 0");
    lines.map(|line| line.split(',').nth(column).expect("a cell").parse().expect("a number")).collect()
}

/// A zone's year as a signal that schedulers know.
fn year(zone: &str) -> [(String, Value); 3] {
    let average =
        format!("{{file: {zone}.csv, value_column: '0', unit: g/kWh, start: 2022-01-01T00:00:00Z, values: mean}}");
    [
        ("grid.zones".into(), yaml(&format!("[{{name: country, average: {average}}}]"))),
        ("grid.forecast".into(), yaml("{method: perfect}")),
        ("time.start".into(), yaml("2022-01-01T00:00:00Z")),
    ]
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

#[derive(Default)]
struct Keep(Vec<RequestRecord>);

impl Observer for Keep {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        self.0.push(*request);
    }
}

/// A scenario's requests, and what became of each, in order of arrival.
fn ran(experiment: &Experiment) -> (Vec<Arrival>, Vec<RequestRecord>) {
    let streams = Streams::new(experiment.seed, 0);
    let open = || experiment.workload.open(streams).expect("sources that were checked");
    let mut listed = open();
    let jobs: Vec<Arrival> = std::iter::from_fn(|| listed.next()).collect();
    let (mut source, mut keep) = (open(), Keep::default());
    let chosen = &experiment.scheduler;
    let mut scheduler = (chosen.entry.build)(&Setup::new(&chosen.params, &experiment.world)).expect("sane parameters");
    let outcome = Engine::new(&experiment.world, streams, &mut source, &mut scheduler).run(&mut keep);
    assert!(matches!(outcome, Outcome::Finished(_)), "{outcome:?}");
    keep.0.sort_by_key(|record| record.id);
    assert_eq!(keep.0.len(), jobs.len());
    (jobs, keep.0)
}

fn experiment(scenario: &Loaded, set: &[(String, Value)]) -> Experiment {
    scenario.experiment(set).unwrap_or_else(|refused| panic!("{refused:?}"))
}

/// Carbon of a job, told from the cells in which it runs [g]: power [W], length of a cell [h], intensities [g/kWh].
fn grams(watts: f64, cell_h: f64, cells: impl Iterator<Item = f64>) -> f64 {
    cells.map(|intensity| watts / 1000.0 * cell_h * intensity).sum()
}

/// The cells in which a policy runs a job, all of it looked at: cells from the arrival on, its length and slack in cells.
fn chosen(policy: &str, cells: &[f64], length: usize, slack: usize, day: usize) -> Vec<usize> {
    let cost = |start: usize| cells[start..start + length].iter().sum::<f64>();
    let from = |start: usize| (start..start + length).collect();
    // The first of the least, a difference that rounding makes being none.
    let least = |score: &dyn Fn(usize) -> f64| {
        (1..=slack).fold(0, |best, start| if score(start) < score(best) - 1e-9 * cost(0) { start } else { best })
    };
    let cheapest = || {
        let mut order: Vec<usize> = (0..length + slack).collect();
        order.sort_by(|&a, &b| cells[a].total_cmp(&cells[b]));
        order.truncate(length);
        order
    };
    match policy {
        "no-wait" => from(0),
        "lowest-slot" => from((0..=slack).fold(0, |best, k| if cells[k] < cells[best] { k } else { best })),
        "lowest-window" => from(least(&cost)),
        "carbon-time" => from(least(&|start| (cost(start) - cost(0)) / (start + length) as f64 * length as f64)),
        "wait-awhile" => cheapest(),
        "ecovisor" => {
            let mut sorted = cells[..day].to_vec();
            sorted.sort_by(f64::total_cmp);
            let limit = sorted[(3 * day).div_ceil(10) - 1];
            let (mut waits, mut ran) = (slack, Vec::new());
            for (k, &cell) in cells.iter().enumerate() {
                if ran.len() == length {
                    break;
                }
                if cell < limit || waits == 0 { ran.push(k) } else { waits -= 1 }
            }
            ran
        }
        other => panic!("no policy {other}"),
    }
}

#[track_caller]
fn agree(policy: &str, expected: &[f64], records: &[RequestRecord]) {
    for (record, expected) in records.iter().zip(expected) {
        let got = record.carbon.0;
        assert!((got - expected).abs() <= 1e-9 * expected, "{policy}: {got} g of {record:?} is not {expected} g");
    }
}

#[test]
fn every_job_of_lets_wait_awhile_emits_what_a_slow_implementation_says() {
    let Some(folder) = real_years() else { return };
    let scenario = Loaded::find("lwa").expect("it is shipped").with_data(std::slice::from_ref(&folder));
    for (zone, method) in ["DE", "GB", "FR"].into_iter().flat_map(|zone| [(zone, PERFECT), (zone, NOISY)]) {
        let halves = |hours: Vec<f64>| -> Vec<f64> { hours.into_iter().flat_map(|hour| [hour, hour]).collect() };
        let mut totals = Vec::new();
        for (policy, name, mode) in [
            ("no-wait", "nearest", "{}"),
            ("lowest-window", "lets-wait-awhile", "{mode: contiguous}"),
            ("wait-awhile", "lets-wait-awhile", "{mode: interruptible}"),
        ] {
            let mut set = year(zone).to_vec();
            // Jobs of the last days would run into 2023, which the files do not know.
            set.push(("time.window".into(), yaml("8520 h")));
            set.push(("grid.forecast".into(), yaml(method)));
            set.push(("scheduler".into(), yaml(&format!("{{name: {name}, params: {mode}}}"))));
            let experiment = experiment(&scenario, &set);
            let (jobs, records) = ran(&experiment);
            assert_eq!(jobs.len(), 3387);
            let actual = halves(hours_of(&folder, zone));
            let believed = halves(expected_hours(&experiment));
            assert_eq!(actual == believed, method == PERFECT);
            let half = |seconds: f64| (seconds / 1800.0).round() as usize;
            let emitted = |job: &Arrival| {
                let slack = half(job.slack.expect("its own slack").as_secs());
                let from = half(job.at.as_secs());
                let ran = chosen(policy, &believed[from..], half(job.work), slack, 48);
                grams(2036.0, 0.5, ran.into_iter().map(|k| actual[from + k]))
            };
            let expected: Vec<f64> = jobs.iter().map(emitted).collect();
            agree(policy, &expected, &records);
            totals.push(expected.iter().sum::<f64>());
        }
        let saved = |k: usize| 100.0 * (1.0 - totals[k] / totals[0]);
        println!("{zone} 2022, {method}: contiguous saves {:.2} %, interruptible {:.2} %", saved(1), saved(2));
        assert!(saved(2) > saved(1) && saved(1) > 0.0);
    }
}

const PERFECT: &str = "{method: perfect}";
/// The paper's error.
const NOISY: &str = "{method: white-noise, error: 5 %}";

/// The forecast of each hour that the files know, as it is told at the epoch.
fn expected_hours(experiment: &Experiment) -> Vec<f64> {
    let grid = &experiment.world.grid;
    let zone = grid.zones.ids().next().expect("a zone");
    let signal = grid.zones[zone].average.as_ref().expect("its signal");
    let streams = Streams::new(experiment.seed, 0);
    let oracle = Oracle::new(signal, zone, &streams, SimTime::ZERO, SimDuration::ZERO);
    let hour = |k: usize| grid.zones[zone].forecast.at(&oracle, SimTime::ZERO + SimDuration::from_hours(k as u64)).0;
    (0..signal.len()).map(hour).collect()
}

/// A hundred jobs of whole minutes on one machine with room for all.
fn gaia(folder: &TempDir) -> PathBuf {
    let mut rows = String::from("timestamp,model,origin,work,slack_s,deadline_s\n");
    for k in 0..100u64 {
        // Any spread will do: multiples of primes, in minutes.
        let (at, length, slack) = (k * 337 * 3 + k % 7, 5 + k * 53 % 900, [360, 1440][(k % 2) as usize]);
        let (at, length, slack) = (at * 60, length * 60, slack * 60);
        rows.push_str(&format!("{at},mobilenet-v2,trainer,{length},{slack},{}\n", length + slack));
    }
    let file = folder.path().join("jobs.csv");
    std::fs::write(&file, rows).expect("written");
    file
}

#[test]
fn every_job_under_gaias_six_policies_emits_what_a_slow_implementation_says() {
    let Some(folder) = real_years() else { return };
    let own = tempfile::tempdir().expect("a folder");
    gaia(&own);
    let folders = [folder.clone(), own.path().to_owned()];
    let scenario = Loaded::find("lwa").expect("it is shipped").with_data(&folders);
    let minutes: Vec<f64> = hours_of(&folder, "DE").into_iter().flat_map(|hour| [hour; 60]).collect();
    for (policy, name, params) in [
        ("no-wait", "nearest", "{}"),
        ("lowest-slot", "gaia-lowest-slot", "{}"),
        ("lowest-window", "gaia-lowest-window", "{}"),
        ("carbon-time", "gaia-carbon-time", "{}"),
        ("ecovisor", "threshold", "{}"),
        ("wait-awhile", "lets-wait-awhile", "{mode: interruptible, slot: none}"),
    ] {
        let mut set = year("DE").to_vec();
        set.push(("time.window".into(), yaml("2000 h")));
        set.push(("workload".into(), yaml("[{arrivals: replay, file: jobs.csv}]")));
        set.push(("scheduler".into(), yaml(&format!("{{name: {name}, params: {params}}}"))));
        let (jobs, records) = ran(&experiment(&scenario, &set));
        assert_eq!(jobs.len(), 100);
        let minute = |seconds: f64| (seconds / 60.0).round() as usize;
        let expected: Vec<f64> = jobs
            .iter()
            .map(|job| {
                let (length, slack) = (minute(job.work), minute(job.slack.expect("its own slack").as_secs()));
                let cells = &minutes[minute(job.at.as_secs())..];
                let ran = chosen(policy, cells, length, slack, 24 * 60);
                assert!(ran.len() == length && ran.iter().all(|&k| k < length + slack), "{policy}");
                grams(2036.0, 1.0 / 60.0, ran.into_iter().map(|k| cells[k]))
            })
            .collect();
        agree(policy, &expected, &records);
        println!("{policy}: {:.3} kg", expected.iter().sum::<f64>() / 1000.0);
    }
}
