//! `carbonedge bench` against oracles that share no code with it, and against the golden figures of the edge fleet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use assert_cmd::Command;
use serde_json::Value;

const GOLD: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The k-th draw of a label's entity, by its definition and not in sequence.
fn draw(label: u64, entity: u64, k: u64) -> u64 {
    let stream = mix(42_u64.wrapping_add(mix((label << 32) + entity)));
    mix(stream.wrapping_add((k + 1).wrapping_mul(GOLD)))
}

fn exponential(draw: u64, mean: f64) -> f64 {
    -(((draw >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0).ln() * mean
}

/// The JSON that a bench prints.
fn bench(args: &[&str]) -> Value {
    let run = Command::cargo_bin("carbonedge")
        .expect("the binary")
        .arg("bench")
        .args(args)
        .args(["--format", "json"])
        .assert();
    serde_json::from_slice(&run.success().get_output().stdout).expect("JSON")
}

#[track_caller]
fn close(got: &Value, expected: f64, tolerance: f64) {
    let got = got.as_f64().expect("a number");
    assert!((got - expected).abs() <= tolerance * expected.abs(), "{got} is not {expected}");
}

#[test]
fn the_hold_model_is_that_of_a_heap_of_floating_point_times() {
    let (entities, events) = (1000_u64, 10_000);
    let ordered = |time: f64| time.to_bits(); // positive numbers order as their bits
    let mut heap: BinaryHeap<_> =
        (0..entities).map(|e| Reverse((ordered(exponential(draw(1, 0, e), 1.0)), e, e))).collect();
    let (mut sum, mut now, mut counts) = (0_u64, 0.0, vec![0_u64; entities as usize]);
    for i in 0..events {
        let Reverse((time, _, entity)) = heap.pop().expect("pending events");
        now = f64::from_bits(time);
        counts[entity as usize] += 1;
        sum += entity * (1 + i % 7);
        let k = entities + 2 * i;
        let target = (u128::from(draw(1, 0, k + 1)) * u128::from(entities)) >> 64;
        heap.push(Reverse((ordered(now + exponential(draw(1, 0, k), 1.0)), k, target as u64)));
    }
    let printed = bench(&["w1", "--entities", "1000", "--events", "10000", "--rival", "heap"]);
    for (row, peer) in printed["rows"].as_array().expect("rows").iter().zip(["carbonedge", "std-heap"]) {
        assert_eq!(row["peer"], peer);
        assert_eq!((row["sum"].as_u64(), row["max"].as_u64()), (Some(sum), counts.iter().max().copied()), "{peer}");
        close(&row["t_end"], now, 1e-11);
    }
}

/// Mean wait of customers in order at c servers: each goes to the server that is free first (Kiefer and Wolfowitz 1955).
fn mean_wait(servers: usize, customers: u64) -> f64 {
    let mut free = vec![0.0_f64; servers];
    let (mut at, mut waits) = (0.0, 0.0);
    for k in 0..customers {
        at += exponential(draw(2, 1, k), 1.0 / (0.8 * servers as f64));
        let first = (0..servers).min_by(|&a, &b| free[a].total_cmp(&free[b])).expect("a server");
        let start = free[first].max(at);
        waits += start - at;
        free[first] = start + exponential(draw(2, 2, k), 1.0);
    }
    waits / customers as f64
}

#[test]
fn the_mean_wait_is_that_of_the_recursion_for_any_number_of_servers() {
    for servers in [1, 2, 10, 1000] {
        let printed = bench(&["w2", "--servers", &servers.to_string(), "--customers", "20000"]);
        let row = &printed["rows"][0];
        assert_eq!(row["events"].as_u64(), Some(40_000));
        close(&row["wait"], mean_wait(servers, 20_000), 1e-6);
    }
}

#[test]
fn the_edge_fleet_of_a_hundred_devices_meets_every_golden_figure() {
    for (rule, events, response, carbon, sum) in
        [("all", 428_571, 93.764_467, 52.120_607, 35_266_941), ("d2", 428_691, 93.783_260, 52.220_589, 1_288_393_522)]
    {
        let printed = bench(&["w3", "--devices", "100", "--dispatch", rule]);
        let row = &printed["rows"][0];
        assert_eq!(row["golden"], "ok");
        assert_eq!(printed["wrong"], Value::Array(Vec::new()));
        assert_eq!((row["n"].as_u64(), row["events"].as_u64()), (Some(71_903), Some(events)));
        assert_eq!(row["sum"].as_u64(), Some(sum));
        close(&row["resp_ms"], response, 1e-6);
        close(&row["energy"], 730_785.3, 1e-10);
        close(&row["carbon"], carbon, 1e-8);
    }
}

#[test]
fn a_fleet_of_one_device_computes_its_own_tasks_and_uses_the_power_of_one() {
    let printed = bench(&["w3", "--devices", "1", "--seconds", "100"]);
    let row = &printed["rows"][0];
    let mut at = exponential(draw(3, 0, 0), 5.0);
    let mut tasks = 0;
    while at < 100.0 {
        tasks += 1;
        at += exponential(draw(3, 0, tasks), 5.0);
    }
    assert_eq!((row["n"].as_u64(), row["events"].as_u64()), (Some(tasks), Some(2 * tasks)));
    let total = row["energy"].as_f64().expect("energy") + row["after_j"].as_f64().expect("energy");
    assert!((total - (200.0 + 0.15 * tasks as f64)).abs() < 1e-9, "{total} J");
}

#[test]
fn the_scale_table_is_json_with_units_machine_and_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scale.json");
    let path = file.to_str().expect("a path");
    Command::cargo_bin("carbonedge")
        .expect("the binary")
        .args(["bench", "scale", "--devices", "100", "--requests", "2000", "--format", "json", "--out", path])
        .assert()
        .success()
        .stdout("");
    let printed: Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("a file")).expect("JSON");
    let row = &printed["rows"][0];
    assert_eq!((row["devices"].as_u64(), row["requests"].as_u64()), (Some(100), Some(2000)));
    for (figure, unit) in
        [("events_per_s", "1/s"), ("state_b", "B/device"), ("green_p50_ns", "ns/decision"), ("rss_kib", "KiB")]
    {
        assert_eq!(printed["units"][figure], unit);
        assert!(row[figure].as_f64().is_some_and(|number| number > 0.0), "{figure}: {}", row[figure]);
    }
    let about = &printed["about"];
    let date: jiff::Timestamp = about["date"].as_str().expect("a date").parse().expect("RFC 3339");
    assert!(date.as_second() > 1_700_000_000, "{date}");
    assert!(about["command"].as_str().is_some_and(|command| command.starts_with("carbonedge bench scale")));
}

#[test]
fn what_makes_no_sense_is_refused_with_what_would() {
    for (args, hint) in [
        (&["w1", "--entities", "1", "--events", "1000000"][..], "at most 100000 with 1 entities"),
        (&["w3", "--seconds", "7200"], "more than 0 and at most 3600"),
        (&["scale", "--devices", "0"], "1..="),
        (&["replications", "helo"], "hello"),
    ] {
        let run = Command::cargo_bin("carbonedge").expect("the binary").arg("bench").args(args).assert().code(2);
        let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(said.contains(hint), "{args:?}: {said}");
    }
}
