//! Carbon files from the command line: inspected, converted, and as the signals of a run.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

fn carbonedge(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("carbonedge").expect("the binary is built");
    command.current_dir(folder);
    command
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let done = carbonedge(folder).args(args).arg("--json").assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

/// Hourly values of a place one hour ahead of UTC, with a hole of two hours, a missing and a repeated one.
const ODD: &str = "when,ci\n2022-01-01 00:00,100\n2022-01-01 01:00,200\n2022-01-01 04:00,300\n\
                   2022-01-01 05:00,\n2022-01-01 06:00,500\n2022-01-01 06:00,501\n2022-01-01 07:00,600\n";

/// What must be stated of it.
const STATED: [&str; 12] = [
    "--format",
    "csv",
    "--time-column",
    "when",
    "--value-column",
    "ci",
    "--unit",
    "g/kWh",
    "--timezone",
    "Etc/GMT-1",
    "--values",
    "mean",
];

fn folder_with_odd_file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("odd.csv"), ODD).expect("written");
    folder
}

#[test]
fn inspect_tells_all_that_is_odd_with_its_line() {
    let folder = folder_with_odd_file();
    let mut args = vec!["signals", "inspect", "odd.csv"];
    args.extend(STATED);
    let found = json(folder.path(), &args);
    assert_eq!(found["format"], "csv");
    assert_eq!(found["from"], "2021-12-31T23:00:00Z");
    assert_eq!(found["to"], "2022-01-01T07:00:00Z");
    let odd: Vec<(&str, u64, u64)> = found["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| {
            let number = |key: &str| found[key].as_u64().expect("a number");
            (found["what"].as_str().expect("a word"), number("count"), number("first_line"))
        })
        .collect();
    for expected in [("gaps", 1, 4), ("duplicates", 1, 7), ("values missing", 1, 5)] {
        assert!(odd.contains(&expected), "{expected:?} is not in {odd:?}");
    }
    // Held: 100, 200 for three hours, 300 for two, 500, 600.
    let mean = found["g_per_kwh"]["mean"].as_f64().expect("a number");
    assert!((mean - (100.0 + 3.0 * 200.0 + 2.0 * 300.0 + 500.0 + 600.0) / 8.0).abs() < 1e-9, "{mean}");
    carbonedge(folder.path()).args(&args).assert().success().stdout(contains("gaps: hold").and(contains("█")));
}

#[test]
fn convert_refuses_what_is_odd_and_writes_what_a_run_can_read() {
    let folder = folder_with_odd_file();
    let mut args = vec!["signals", "convert", "odd.csv", "odd.parquet"];
    args.extend(STATED);
    let refused = carbonedge(folder.path()).args(&args).assert().code(2);
    refused.stderr(contains("odd.csv:4").and(contains("gaps: hold")));
    assert!(!folder.path().join("odd.parquet").exists());
    let mended: Vec<&str> = args.iter().copied().chain(["--gaps", "interpolate"]).collect();
    carbonedge(folder.path()).args(&mended).assert().success().stdout(contains("8 intervals"));
    carbonedge(folder.path()).args(&mended).assert().code(2).stderr(contains("--force"));
    let read = json(folder.path(), &["signals", "inspect", "odd.parquet"]);
    assert_eq!((&read["format"], &read["intervals"]), (&"carbonedge".into(), &8.into()));
    let zone = "grid.zones=[{name: lab, average: {file: odd.parquet}}]";
    let sites = "sites=[{name: stockholm, zone: lab}, {name: warsaw, zone: lab}]";
    let time = "time={start: 2022-01-01T00:00:00Z, window: 20 min, drain: 1 min}";
    let summary =
        json(folder.path(), &["run", "hello", "--set", zone, "--set", sites, "--set", time, "--out", "results"]);
    // The second hour of the file is the first of 2022 in UTC: 200 g/kWh.
    let (energy, carbon) = (&summary["energy_j"]["total"], &summary["carbon_g"]["operational"]);
    let per_kwh = carbon.as_f64().expect("grams") / energy.as_f64().expect("joules") * 3.6e6;
    assert!((per_kwh - 200.0).abs() < 1e-9, "{per_kwh}");
}

#[test]
fn what_a_run_mends_is_told_in_its_outputs() {
    let folder = folder_with_odd_file();
    let zone = "grid.zones=[{name: lab, average: {file: odd.csv, time_column: when, value_column: ci, unit: g/kWh, \
                timezone: Etc/GMT-1, values: mean, gaps: hold}}]";
    let set = [
        zone,
        "sites=[{name: stockholm, zone: lab}, {name: warsaw, zone: lab}]",
        "time={start: 2022-01-01T00:00:00Z, window: 20 min, drain: 1 min}",
    ];
    let mut run = carbonedge(folder.path());
    run.args(["run", "hello", "--out", "results"]);
    set.iter().for_each(|set| {
        run.args(["--set", set]);
    });
    run.assert().success().stdout(contains("1 gaps (first in line 4"));
    let manifest = fs::read_to_string(folder.path().join("results/hello-1/manifest.json")).expect("a manifest");
    assert!(manifest.contains("gaps (first in line 4"), "{manifest}");
}

#[test]
fn a_flag_that_makes_no_sense_is_named() {
    let folder = folder_with_odd_file();
    let inspect = |args: &[&str]| carbonedge(folder.path()).args(["signals", "inspect", "odd.csv"]).args(args).assert();
    inspect(&["--unit", "g/MJ"]).code(2).stderr(contains("--unit").and(contains("lb/MWh")));
    inspect(&["--format", "excel"]).code(2).stderr(contains("--format").and(contains("electricity-maps")));
    inspect(&["--timezone", "Europe/Atlantis"]).code(2).stderr(contains("--timezone"));
}

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/carbon");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no shared data");
    None
}

#[test]
fn a_week_of_real_traces_runs_where_they_are_and_says_where_it_looks_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let short = ["run", "trace-week", "--set", "time.window=2h", "--out", "results"];
    let refused = carbonedge(folder.path()).args(short).args(["--data", "elsewhere"]).assert().code(2);
    refused.stderr(contains("cannot read `DE.csv`").and(contains("elsewhere")));
    let Some(shared) = shared() else { return };
    let (first, second) = (shared.join("electricitymaps-umass"), shared.join("umass-2022"));
    let data = [first.to_str().expect("a path"), second.to_str().expect("a path")];
    let args: Vec<&str> = short.into_iter().chain(["--data", data[0], "--data", data[1]]).collect();
    let summary = json(folder.path(), &args);
    let zones = summary["signal"]["zones"].as_array().expect("a list");
    assert_eq!(zones.len(), 5);
    assert!(zones.iter().all(|zone| zone["synthetic"] == false), "{zones:?}");
}

#[test]
fn a_comparison_on_synthetic_signals_alone_says_so_in_its_caption() {
    let folder = tempfile::tempdir().expect("a folder");
    let caption = |real: &str| {
        let zones = format!(
            "grid.zones=[{{name: high-carbon, average: {{library: PL}}}}, {{name: medium-carbon, average: \
             {{library: DE}}}}, {{name: low-carbon, average: {real}}}]"
        );
        let done = carbonedge(folder.path())
            .args(["run", "paper", "--out", "results", "--set", "reproduces.sweeps=[]", "--set", &zones])
            .assert()
            .success();
        let text = String::from_utf8(done.get_output().stdout.clone()).expect("text");
        text.contains("Basis: synthetic carbon signals only")
    };
    assert!(caption("{library: FR}"));
    assert!(!caption("{constant: 380 g/kWh}"), "one zone is not synthetic");
}

#[test]
fn an_hour_of_the_world_runs_and_calls_its_thirty_signals_synthetic() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = json(folder.path(), &["run", "world-year", "--set", "time.window=1h", "--out", "results"]);
    let zones = summary["signal"]["zones"].as_array().expect("a list");
    assert_eq!((zones.len(), summary["placement"]["by_site"].as_object().map(|sites| sites.len())), (30, Some(300)));
    assert!(zones.iter().all(|zone| zone["synthetic"] == true), "{zones:?}");
    assert!(summary["requests"]["completed"].as_u64() > Some(100), "{}", summary["requests"]);
}
