//! `compare`, `rescore` and `sweep-weights` end to end: paired runs, the same bytes for any threads, errors with hints.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

fn carbonedge() -> Command {
    Command::cargo_bin("carbonedge").expect("the binary is built")
}

/// What a command prints that writes into `out`.
fn stdout(out: &Path, args: &[&str]) -> String {
    let done = carbonedge().args(args).arg("--out").arg(out).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).expect("text")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn number(cell: &str) -> f64 {
    cell.parse().expect("a number")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Every file of a folder but the one that tells times.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    named
        .filter(|(name, _)| name != "timing.json")
        .map(|(name, path)| (name, fs::read(path).expect("a file")))
        .collect()
}

/// Cells of a CSV without commas in quotes, by row and column name.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).expect("a table");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let cell = |(name, value): (&&str, &str)| ((*name).to_owned(), value.trim_matches('"').to_owned());
    lines.map(|line| names.iter().zip(line.split(',')).map(cell).collect()).collect()
}

#[test]
fn every_scheduler_meets_the_same_requests_whatever_the_threads() {
    let outs = [folder(), folder()];
    let schedulers = "nearest,carbonedge:mode=green,scenario";
    let asked = ["compare", "hello", "--replications", "4", "--schedulers", schedulers];
    let texts: Vec<String> = ["1", "2"]
        .iter()
        .zip(&outs)
        .map(|(threads, out)| stdout(out.path(), &[&asked[..], &["--threads", threads]].concat()))
        .collect();
    assert_eq!(texts[0], texts[1]);
    let compared = outs[0].path().join("hello-1-compare");
    assert!(files(&compared) == files(&outs[1].path().join("hello-1-compare")));
    let runs = table(&compared.join("runs.csv"));
    assert_eq!(runs.len(), 3 * 4);
    let of = |scheduler: &str, column: &str| -> Vec<String> {
        runs.iter().filter(|run| run["scheduler"] == scheduler).map(|run| run[column].clone()).collect()
    };
    let [nearest, green, own] = ["nearest", "carbonedge:mode=green", "carbonedge (scenario)"];
    assert_eq!(of(nearest, "requests_arrived"), of(green, "requests_arrived"));
    assert_ne!(of(nearest, "requests_arrived")[0], of(nearest, "requests_arrived")[1]);
    // The scenario's own scheduler is the paper's in its green mode.
    assert_eq!(of(green, "carbon_operational_g"), of(own, "carbon_operational_g"));
    assert_ne!(of(green, "carbon_operational_g"), of(nearest, "carbon_operational_g"));
}

#[test]
fn weeks_are_mondays_in_equal_parts_of_the_year_and_grids_change_places() {
    let out = folder();
    let asked = ["compare", "hello", "--schedulers", "nearest,least-carbon", "--set", "workload[0].rate=1 /min"];
    let weeks = stdout(out.path(), &[&asked[..], &["--over", "week", "--replications", "4", "--json"]].concat());
    let periods = json(&weeks)["design"]["periods"].clone();
    let dates: Vec<jiff::civil::Date> = serde_json::from_value(periods).expect("dates");
    assert!(
        dates.iter().all(|date| date.weekday() == jiff::civil::Weekday::Monday && date.year() == 2022),
        "{dates:?}"
    );
    // 51 whole weeks from 3 January: one in each quarter of them.
    let quarters: Vec<i16> = dates.iter().map(|date| (date.day_of_year() - 3) / 7 * 4 / 51).collect();
    assert_eq!(quarters, [0, 1, 2, 3], "{dates:?}");
    let flat =
        "grid.zones=[{name: SE-SE3, average: {constant: 100 g/kWh}}, {name: PL, average: {constant: 260 g/kWh}}]";
    stdout(out.path(), &[&asked[..], &["--set", flat, "--over", "grid", "--replications", "2"]].concat());
    let runs = table(&out.path().join("hello-1-compare/runs.csv"));
    let [first, second] = ["carbon_idle_g", "energy_idle_j"].map(|column| [0, 1].map(|k| number(&runs[k][column])));
    // Each zone has each grid once: 360 g/kWh together are 1e-4 g/J.
    assert_ne!(first[0], first[1]);
    assert!((first[0] + first[1] - second[0] * 1e-4).abs() < 1e-9, "{first:?} {second:?}");
}

#[test]
fn other_assumptions_are_ranked_and_signals_only_re_scored() {
    let out = folder();
    let zones = "grid.zones=[{name: SE-SE3, average: {constant: 20 g/kWh}, marginal: {constant: 340 g/kWh}}, \
        {name: PL, average: {constant: 300 g/kWh}, marginal: {constant: 60 g/kWh}}]";
    let asked = ["compare", "hello", "--replications", "3", "--schedulers", "nearest,cloud-only:class=xeon-d-server"];
    let vary = ["--vary", "signal,network_energy=0 kWh/GB,idle_attribution=none", "--set", zones];
    let text = stdout(out.path(), &[&asked[..], &vary, &["--json"]].concat());
    let told = json(&text)["sensitivity"].clone();
    let column = |k: usize| -> Vec<f64> { serde_json::from_value(told["columns"][k]["means"].clone()).expect("means") };
    assert_eq!(told["columns"][1]["assumption"], "signal average");
    // Constant signals: the re-scored average is what was booked; with the marginal one it makes 360 g/kWh everywhere.
    let runs = table(&out.path().join("hello-1-compare/runs.csv"));
    for k in 0..2 {
        let [stated, average, marginal] = [0, 1, 2].map(|of| column(of)[k]);
        assert!((stated / average - 1.0).abs() < 1e-9, "{stated} {average}");
        let joules: f64 = (0..3).map(|run| number(&runs[3 * k + run]["energy_j_per_inference"]) / 3.0).sum();
        assert!(((average + marginal) / (joules * 1e-4) - 1.0).abs() < 1e-9, "{average} {marginal} {joules}");
    }
    assert_eq!(told["columns"].as_array().map(Vec::len), Some(5));
    let [nearest, cloud] = [0, 1].map(|k| column(3)[k]);
    assert!(cloud < column(0)[1] && nearest == column(0)[0], "no energy for moving helps the cloud alone");
}

#[test]
fn a_comparison_that_makes_no_sense_is_refused_with_a_hint() {
    let refused = |args: &[&str], part: &str| {
        carbonedge().arg("compare").arg("hello").args(args).assert().code(2).stderr(contains(part));
    };
    refused(&["--schedulers", "nearest,carbonege"], "did you mean `carbonedge`");
    refused(&["--schedulers", "nearest,carbonedge:mode=gren"], "green");
    refused(&["--schedulers", "nearest,carbonedge:mode"], "no parameter=value");
    refused(&["--schedulers", "nearest"], "two schedulers");
    refused(&["--schedulers", "nearest,nearest"], "given twice");
    refused(&["--primary", "carbon_g_per_inferense"], "did you mean `carbon_g_per_inference`");
    refused(&["--margin", "200 %"], "between 0 % and 100 %");
    refused(&["--baseline", "random"], "not among the schedulers");
    refused(&["--vary", "network_enrgy"], "did you mean `network_energy`");
    refused(&["--vary", "signal"], "no marginal signal");
    refused(&["--over", "grid", "--replications", "3"], "2 zones");
    refused(&["--seeds", "3"], "--replications");
    refused(&["--over", "week", "--precision", "1 %"], "adds seeds");
    refused(&["--steady"], "the signal of zone");
}

#[test]
fn a_run_is_re_scored_from_its_files() {
    let out = folder();
    stdout(out.path(), &["run", "hello", "--set", "time.interval=1 h"]);
    let run = out.path().join("hello-1");
    let rescore = |args: &[&str]| {
        let done = carbonedge().arg("rescore").arg(&run).args(args).arg("--json").assert().success();
        json(&String::from_utf8(done.get_output().stdout.clone()).expect("text"))["accounts"].clone()
    };
    // Signals and intervals are hours: nothing changes inside an interval.
    for account in rescore(&[]).as_array().expect("accounts") {
        let (booked, again) = (account["booked_g"].as_f64().expect("g"), account["rescored_g"].as_f64().expect("g"));
        assert!((booked - again).abs() <= 1e-9 * booked, "{account}");
    }
    let flat =
        "grid.zones=[{name: SE-SE3, average: {constant: 360 g/kWh}}, {name: PL, average: {constant: 360 g/kWh}}]";
    for account in rescore(&["--set", flat]).as_array().expect("accounts") {
        let (joules, grams) = (account["energy_j"].as_f64().expect("J"), account["rescored_g"].as_f64().expect("g"));
        assert!((joules * 1e-4 - grams).abs() <= 1e-9 * grams, "{account}");
    }
    carbonedge().arg("rescore").arg(out.path()).assert().code(2).stderr(contains("scenario.yaml"));
    carbonedge().arg("rescore").arg(&run).args(["--signal", "marginal"]).assert().code(2).stderr(contains("SE-SE3"));
}

#[test]
fn the_papers_sweep_of_the_carbon_weight_flips_where_its_closed_form_says() {
    let out = folder();
    let text = stdout(out.path(), &["sweep-weights", "paper", "--forms", "paper,kwh", "--json"]);
    let points = json(&text);
    let most = |form: &str, below: f64| -> Vec<String> {
        let of = points.as_array().expect("points").iter().filter(|point| point["form"] == form);
        let before = of.filter(|point| point["w_c"].as_f64().expect("a weight") < below);
        before.map(|point| point["most_used"][0].as_str().expect("a class").to_owned()).collect()
    };
    // w_C* = 0.4936 in the printed form; true kilowatt-hours hardly weigh anything.
    assert!(most("paper", 0.4936).iter().all(|class| class == "carbonedge-high"));
    assert!(most("paper", 2.0)[10..].iter().all(|class| class == "carbonedge-green"));
    assert!(most("kwh", 0.99).iter().all(|class| class == "carbonedge-high"));
    let svg = fs::read_to_string(out.path().join("paper-1-weights/weights.svg")).expect("a figure");
    assert!(svg.starts_with("<svg") && svg.contains("mean sojourn time [ms]"));
}
