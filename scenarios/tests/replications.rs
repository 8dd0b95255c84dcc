//! `run --replications` end to end: independent of threads, complete or absent, statistics that follow from the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

fn carbonedge() -> Command {
    Command::cargo_bin("carbonedge").expect("the binary is built")
}

fn run_into(out: &Path, args: &[&str]) -> String {
    let done = carbonedge().arg("run").args(args).arg("--out").arg(out).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).expect("text")
}

/// Every file below a folder but those that tell times.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if name != "timing.json" {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn replications_are_the_same_bytes_for_any_number_of_threads_and_the_first_is_the_plain_run() {
    let outs: Vec<_> = (0..4).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let texts: Vec<String> = ["1", "2", "3"]
        .iter()
        .zip(&outs)
        .map(|(jobs, out)| run_into(out.path(), &["hello", "--replications", "4", "--jobs", jobs]))
        .collect();
    for part in ["4 replications", "95 % interval", "within 0.05 %", "p95 [ms]", "total [J]", "operational carbon [g]"]
    {
        assert!(texts[0].contains(part), "no `{part}` in:\n{}", texts[0]);
    }
    let all = files(&outs[0].path().join("hello-1"));
    assert_eq!(all.keys().filter(|name| name.starts_with("replication-")).count(), 4 * 6, "{:?}", all.keys());
    for k in 1..3 {
        assert!(all == files(&outs[k].path().join("hello-1")), "{} threads", k + 1);
        assert_eq!(texts[0], texts[k]);
    }
    run_into(outs[3].path(), &["hello"]);
    for (name, bytes) in files(&outs[3].path().join("hello-1")) {
        let replication = |number: u32| &all[&format!("replication-00{number}/{name}")];
        // The manifest says of how many it is one; the scenario is that of all.
        assert_eq!(replication(0) == &bytes, name != "manifest.json", "{name}");
        assert_eq!(replication(1) == &bytes, name == "scenario.yaml", "{name}");
    }
    let manifest = json(&outs[0].path().join("hello-1/replication-003/manifest.json"));
    assert_eq!(manifest["replication"], serde_json::json!({"number": 3, "of": 4}));
}

#[test]
fn means_and_intervals_follow_from_the_summary_of_each_replication() {
    let out = tempfile::tempdir().expect("a folder");
    let printed: Value =
        serde_json::from_str(&run_into(out.path(), &["hello", "--replications", "5", "--json"])).expect("JSON");
    let run = out.path().join("hello-1");
    let summary = json(&run.join("summary.json"));
    assert_eq!(summary, printed);
    assert_eq!((&summary["replications"], &summary["seed"]), (&5.into(), &1.into()));
    let csv = fs::read_to_string(run.join("replications.csv")).expect("a table");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    for (column, path) in [
        ("requests_arrived", "/requests/arrived"),
        ("sojourn_mean_ms", "/sojourn_ms/mean"),
        ("sojourn_p95_ms", "/sojourn_ms/p95"),
        ("time_network_ms", "/time_ms/network"),
        ("energy_dynamic_j", "/energy_j/dynamic"),
        ("carbon_total_g", "/carbon_g/total"),
        ("inferences_per_g", "/inferences_per_g"),
    ] {
        let own = |k: usize| json(&run.join(format!("replication-00{k}/summary.json")));
        let values: Vec<f64> = (0..5).map(|k| own(k).pointer(path).and_then(Value::as_f64).expect(path)).collect();
        let place = rows[0].iter().position(|name| *name == column).expect(column);
        let cells: Vec<f64> = rows[1..].iter().map(|row| row[place].parse().expect("a number")).collect();
        // serde_json may read the last digit one off.
        let same = |(cell, value): (&f64, &f64)| (cell / value - 1.0).abs() < 1e-15 * 4.0;
        assert!(cells.len() == 5 && cells.iter().zip(&values).all(same), "{column}: {cells:?} {values:?}");
        // Two passes, and t(4, 0.975) of printed tables.
        let mean = values.iter().sum::<f64>() / 5.0;
        let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4.0).sqrt();
        let half_width = 2.776_445 * deviation / 5f64.sqrt();
        for (key, expected) in [
            ("mean", mean),
            ("std_dev", deviation),
            ("half_width", half_width),
            ("low", mean - half_width),
            ("relative_half_width", half_width / mean),
        ] {
            let got = summary["metrics"][column][key].as_f64().expect(key);
            assert!((got / expected - 1.0).abs() < 1e-6, "{column} {key}: {got} is not {expected}");
        }
        assert!(deviation > 0.0, "{column}: replications differ in their luck");
    }
    assert_eq!(summary["metrics"]["sci_g_per_inference"]["known"], 0, "hello books no embodied emissions");
}

#[test]
fn a_replication_that_fails_is_named_and_nothing_is_left_behind() {
    let out = tempfile::tempdir().expect("a folder");
    // Nobody may serve: requests end as they arrive, and the client asks again at once.
    let endless = [
        "--set",
        "devices=[{name: pi, class: raspberry-pi-4, site: stockholm, access: {preset: wifi-5}}]",
        "--set",
        "request_classes=[{name: interactive, zones: [PL]}]",
        "--set",
        "workload=[{arrivals: closed-loop, clients: 1, models: {mobilenet-v2: 1}}]",
    ];
    let failed = |jobs| {
        let mut command = carbonedge();
        command.args(["run", "hello", "--replications", "3", "--jobs", jobs]).args(endless);
        command.arg("--out").arg(out.path()).assert().code(2).stderr(contains("replication 0: time stands still"));
    };
    failed("1");
    failed("3");
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn a_run_directory_gives_way_to_another_whole_and_nothing_else_does() {
    let out = tempfile::tempdir().expect("a folder");
    let run = out.path().join("hello-1");
    run_into(out.path(), &["hello", "--replications", "2"]);
    assert!(run.join("replication-001").is_dir());
    run_into(out.path(), &["hello", "--replications", "1"]);
    assert!(run.join("requests.parquet").is_file() && !run.join("replication-000").exists());
    fs::remove_file(run.join("manifest.json")).expect("removed");
    let refused = ["run", "hello", "--replications", "2", "--out"];
    carbonedge().args(refused).arg(out.path()).assert().code(2).stderr(contains("no run directory"));
    assert_eq!(names(out.path()), ["hello-1"]);
    let none = ["run", "hello", "--replications", "0"];
    carbonedge().args(none).assert().code(2).stderr(contains("--replications").and(contains("1..=100000")));
}

#[test]
fn published_figures_stand_beside_means_over_the_replications() {
    let out = tempfile::tempdir().expect("a folder");
    let text = run_into(out.path(), &["paper", "--replications", "2"]);
    assert!(text.contains("Simulated: means over 2 replications"), "{text}");
    assert!(text.contains("all replications are equal"), "nothing is drawn in the paper's own run:\n{text}");
    let published = fs::read_to_string(out.path().join("paper-1/published.txt")).expect("published figures");
    assert!(text.contains(&published) && published.contains("(published: 100 % carbonedge-green)"), "{published}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_all_replications_and_leaves_nothing() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let out = tempfile::tempdir().expect("a folder");
    // Far more work than the test waits for.
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("carbonedge"))
        .args(["run", "hello", "--replications", "90000", "--jobs", "2", "--out"])
        .arg(out.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let patience = Instant::now();
    let some_are_written = || {
        let pending = fs::read_dir(out.path()).expect("a folder").next().map(|entry| entry.expect("an entry").path());
        pending.is_some_and(|pending| pending.join("replication-00002").exists())
    };
    while !some_are_written() && patience.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("a signal");
    assert!(interrupt.success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(names(out.path()), [""; 0]);
}
