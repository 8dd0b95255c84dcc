//! The command line end to end: every verb, every exit code, outputs that repeat byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

fn carbonedge() -> Command {
    Command::cargo_bin("carbonedge").expect("the binary is built")
}

fn broken(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken").join(name)
}

fn run_into(out: &Path, args: &[&str]) -> String {
    let done = carbonedge().arg("run").args(args).arg("--out").arg(out).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).expect("text")
}

#[test]
fn run_prints_a_table_and_writes_a_run_directory() {
    let out = tempfile::tempdir().expect("a folder");
    let text = run_into(out.path(), &["hello"]);
    for part in [
        "Requests",
        "completed",
        "p99",
        "dynamic",
        "idle",
        "kWh/GB",
        "inferences",
        "raspberry-pi-4",
        "SE-SE3",
        "synthetic",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
    let run = out.path().join("hello-1");
    for file in
        ["manifest.json", "summary.json", "timing.json", "requests.parquet", "timeline.parquet", "devices.parquet"]
    {
        assert!(run.join(file).metadata().expect(file).len() > 0, "{file}");
    }
    let left: Vec<_> = fs::read_dir(out.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "nothing temporary is left");
}

#[test]
fn the_summary_has_the_keys_that_scripts_rely_on() {
    let out = tempfile::tempdir().expect("a folder");
    let text = run_into(out.path(), &["hello", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for path in [
        "/requests/arrived",
        "/requests/completed",
        "/requests/late",
        "/requests/rejected",
        "/requests/failed",
        "/requests/in_flight",
        "/sojourn_ms/mean",
        "/sojourn_ms/p50",
        "/sojourn_ms/p95",
        "/sojourn_ms/p99",
        "/sojourn_ms/max",
        "/energy_j/dynamic",
        "/energy_j/idle",
        "/energy_j/wake",
        "/energy_j/load",
        "/energy_j/network",
        "/energy_j/total",
        "/carbon_g/dynamic",
        "/carbon_g/idle",
        "/carbon_g/wake",
        "/carbon_g/load",
        "/carbon_g/network",
        "/carbon_g/embodied",
        "/carbon_g/operational",
        "/carbon_g/total",
        "/attribution/rule",
        "/attribution/requests_g",
        "/attribution/unattributed_g",
        "/carbon_g_per_inference",
        "/inferences_per_g",
        "/sci_g_per_inference",
        "/placement/by_device_class",
        "/placement/by_zone",
        "/placement/by_site",
        "/horizon_s",
        "/seed",
        "/scheduler",
        "/signal/decide_with",
        "/signal/account_with",
    ] {
        assert!(summary.pointer(path).is_some(), "no {path}");
    }
    let number = |path: &str| summary.pointer(path).and_then(serde_json::Value::as_f64).expect(path);
    assert_eq!(number("/requests/arrived"), number("/requests/completed") + number("/requests/rejected"));
    let parts: f64 =
        ["dynamic", "idle", "wake", "load", "network"].iter().map(|a| number(&format!("/carbon_g/{a}"))).sum();
    assert!((parts / number("/carbon_g/operational") - 1.0).abs() < 1e-9);
    let attributed = number("/attribution/requests_g") + number("/attribution/unattributed_g");
    assert!((attributed / number("/carbon_g/operational") - 1.0).abs() < 1e-9);
}

#[test]
fn the_same_seed_writes_the_same_bytes_whatever_the_threads() {
    let (a, b, c) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"), tempfile::tempdir().expect("c"));
    let first = run_into(a.path(), &["paper", "--threads", "1"]);
    assert_eq!(first, run_into(b.path(), &["paper", "--threads", "2"]));
    run_into(a.path(), &["hello", "--threads", "1"]);
    run_into(b.path(), &["hello", "--threads", "3"]);
    run_into(c.path(), &["hello", "--seed", "2"]);
    for run in ["hello-1", "paper-1"] {
        for entry in fs::read_dir(a.path().join(run)).expect("a run") {
            let name = entry.expect("an entry").file_name();
            let bytes = |root: &Path| fs::read(root.join(run).join(&name)).expect("a file");
            assert_eq!(bytes(a.path()) == bytes(b.path()), name != "timing.json", "{run}/{}", name.display());
        }
    }
    let summary = |root: &Path, run: &str| fs::read(root.join(run).join("summary.json")).expect("a summary");
    assert_ne!(summary(a.path(), "hello-1"), summary(c.path(), "hello-2"));
}

/// Equal up to rounding that differs between platforms: 1e-9 relative.
fn same(path: &str, got: &serde_json::Value, golden: &serde_json::Value) {
    use serde_json::Value;
    match (got, golden) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{path}");
            a.iter().for_each(|(key, value)| same(&format!("{path}/{key}"), value, &b[key]));
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            a.iter().zip(b).enumerate().for_each(|(k, (x, y))| same(&format!("{path}/{k}"), x, y));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
            assert!((a - b).abs() <= 1e-9 * b.abs(), "{path}: {a} is not {b}");
        }
        (a, b) => assert_eq!(a, b, "{path}"),
    }
}

#[test]
fn hello_gives_the_golden_summary() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/hello-summary.json");
    let out = tempfile::tempdir().expect("a folder");
    let text = run_into(out.path(), &["hello", "--json"]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &text).expect("written");
    }
    let read = |text: &str| serde_json::from_str(text).expect("JSON");
    same("", &read(&text), &read(&fs::read_to_string(golden).expect("the golden file")));
}

#[test]
fn what_makes_no_sense_together_is_refused_with_the_reason() {
    let cases: [(&[&str], &str); 9] = [
        (
            &["request_classes=[{name: batch, slack: 1 h}]", WRAPPED],
            "wraps inside the run while requests may be put off",
        ),
        (&["grid.zones=[{name: SE-SE3, average: {constant: 9 g/kWh, scope: direct}}]"], "grid.allow_mixed: true"),
        (&["telemetry.age=5 s"], "give telemetry.period too"),
        (&["request_classes=[{name: batch, resume_cost: 1 s}]"], "never suspended is never resumed"),
        (&["accounting.embodied=include"], "no source states the embodied emissions"),
        (&["workload[0].think_time=1 s"], "means nothing for `poisson` arrivals"),
        (&["network.links=[]"], "no way from site `stockholm` to site `warsaw`"),
        (&["network.scope=link"], "count bytes twice"),
        (&["scheduler.params.load=ewma"], "telemetry.load_window"),
    ];
    for (set, reason) in cases {
        let mut command = carbonedge();
        command.args(["validate", "hello"]);
        set.iter().for_each(|set| {
            command.args(["--set", set]);
        });
        let done = command.assert().code(2);
        let text = String::from_utf8(done.get_output().stderr.clone()).expect("text");
        let flat = text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(flat.contains(reason), "{set:?}: no `{reason}` in:\n{text}");
    }
}

/// A year that ends within the run and starts again.
const WRAPPED: &str = "time={start: 2022-12-31T23:50:00Z, window: 30 min}";

#[test]
fn ten_broken_scenarios_are_refused_with_path_line_value_and_hint() {
    let cases: [(&str, &[&str]); 10] = [
        ("unknown_key.yaml", &["unknown_key.yaml:9", "acounting", "did you mean `accounting`?"]),
        (
            "unknown_device.yaml",
            &["unknown_device.yaml:5", "devices[0].class", "`raspbery-pi-4`", "did you mean `raspberry-pi-4`?"],
        ),
        ("bare_number.yaml", &["bare_number.yaml:2", "time.window", "`3600`", "no unit", "200 ms"]),
        (
            "negative_rate.yaml",
            &["negative_rate.yaml:8", "workload[0].rate", "`-3 /s`", "must not be negative", "400 /s"],
        ),
        ("zone_without_signal.yaml", &["zone_without_signal.yaml:3", "sites[0].zone", "`atlantis`", "one of: "]),
        (
            "horizon_past_signal.yaml",
            &[
                "horizon_past_signal.yaml:11",
                "grid.zones[0]",
                "covers 2022-01-01T00:00:00Z to 2022-01-01T04:00:00Z",
                "hold",
            ],
        ),
        ("duplicate_name.yaml", &["duplicate_name.yaml:6", "devices[1].name", "`pi` is defined twice"]),
        ("wrong_unit.yaml", &["wrong_unit.yaml:8", "workload[0].rate", "`1 W`", "400 /s"]),
        ("empty_fleet.yaml", &["empty_fleet.yaml:4", "devices", "the fleet is empty", "such as `devices: [{name: pi"]),
        ("not_yaml.yaml", &["not_yaml.yaml:", "not YAML", "line"]),
    ];
    let out = tempfile::tempdir().expect("a folder");
    for (file, parts) in cases {
        let target = out.path().join("out");
        let done = carbonedge().arg("run").arg(broken(file)).arg("--out").arg(&target).assert().code(2);
        let text = String::from_utf8(done.get_output().stderr.clone()).expect("text");
        // Long messages are wrapped: compare without line breaks.
        let flat = text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        for part in parts {
            assert!(flat.contains(part), "{file}: no `{part}` in:\n{text}");
        }
        assert!(!target.exists(), "{file} left an output folder");
        assert!(done.get_output().stdout.is_empty(), "{file} wrote to stdout");
    }
}

#[test]
fn all_problems_of_a_file_are_shown_at_once() {
    let done = carbonedge().arg("validate").arg(broken("many.yaml")).assert().code(2);
    let places = [
        "acounting",
        "time.window",
        "sites[0].zone",
        "devices[0].class",
        "workload[0].rate",
        "scheduler.params.mod",
        "many.yaml: 6 problems",
    ];
    let text = String::from_utf8(done.get_output().stderr.clone()).expect("text");
    places.iter().for_each(|place| assert!(text.contains(place), "no `{place}` in:\n{text}"));
}

#[test]
fn validate_accepts_the_template_that_init_prints() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.yaml");
    let done = carbonedge().arg("init").assert().success();
    fs::write(&file, &done.get_output().stdout).expect("written");
    carbonedge().arg("validate").arg(&file).assert().success().stdout(contains("valid"));
    carbonedge()
        .arg("run")
        .arg(&file)
        .arg("--out")
        .arg(folder.path())
        .arg("--set")
        .arg("time.window=2 min")
        .assert()
        .success();
}

#[test]
fn list_and_explain_show_every_kind_of_thing_with_sources() {
    for (what, part) in [
        ("scenarios", "city-day"),
        ("schedulers", "carbonedge"),
        ("devices", "jetson-orin-nano"),
        ("models", "1253.7"),
        ("zones", "synthetic"),
        ("links", "wifi-5"),
    ] {
        carbonedge().args(["list", what]).assert().success().stdout(contains(part));
    }
    for (name, part) in [
        ("raspberry-pi-4", "http"),
        ("carbonedge", "2603.27420"),
        ("mobilenet-v2", "300.8"),
        ("PL", "g/kWh"),
        ("paper", "142.6 W"),
        ("wifi-5", "source"),
    ] {
        carbonedge().args(["explain", name]).assert().success().stdout(contains(part));
    }
    carbonedge().args(["explain", "carbonege"]).assert().code(2).stderr(contains("did you mean `carbonedge`?"));
}

#[test]
fn schema_is_json_and_names_every_key_of_the_shipped_scenarios() {
    let done = carbonedge().arg("schema").assert().success();
    let schema: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    for key in ["grid", "devices", "workload", "scheduler", "reproduces"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

#[test]
fn completions_name_the_verbs() {
    carbonedge().args(["completions", "bash"]).assert().success().stdout(contains("validate"));
}

#[test]
fn classes_layers_fleet_signal_and_trace_of_ones_own_are_read_beside_the_scenario() {
    let out = tempfile::tempdir().expect("a folder");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/own/own.yaml");
    let text = run_into(out.path(), &[own.to_str().expect("a path"), "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let by_class = &summary["by_request_class"]["here-only"]["completed"];
    assert_eq!(by_class, 3, "{text}");
    assert_eq!(summary["accuracy_top1"], 0.6);
    // Four boards of 12 kg over 4 years of 365 days, for 20 minutes.
    let embodied = 4.0 * 12_000.0 * 20.0 / (4.0 * 365.0 * 24.0 * 60.0);
    let booked = summary["carbon_g"]["embodied"].as_f64().expect("booked");
    assert!((booked / embodied - 1.0).abs() < 1e-12, "{booked} {embodied}");
    assert!(summary["sci_g_per_inference"].is_number());
    assert_eq!(summary["placement"]["by_device_class"]["my-board"], 1.0, "both kinds of boards are one class");
    assert!(summary["energy_j"]["load"].as_f64().expect("a number") > 0.0, "nothing was preloaded");
    let manifest = fs::read_to_string(out.path().join("own-1/manifest.json")).expect("a manifest");
    for file in ["classes.yaml", "fleet.csv", "tiny.csv", "four_hours.csv", "trace.csv"] {
        assert!(manifest.contains(file), "{file} is not among the inputs");
    }
}

#[test]
fn a_year_of_electricity_maps_accounts_for_a_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/carbon/electricitymaps-umass");
    if !folder.is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let out = tempfile::tempdir().expect("a folder");
    let file = folder.join("ES_2022_hourly.csv");
    // 01:00 on 1 January: direct 139.1, life cycle 181.54 g/kWh in the file.
    for (scope, intensity) in [("direct", 139.1), ("lifecycle", 181.54)] {
        let zone = format!("grid.zones=[{{name: ES, average: {{file: {}, scope: {scope}}}}}]", file.display());
        let set =
            ["--set", "time={start: 2022-01-01T01:00:00Z, window: 30 min, drain: 1 min}", "--set", &zone, "--set"];
        let sites = "sites=[{name: stockholm, zone: ES}, {name: warsaw, zone: ES}]";
        let mut args = vec!["hello", "--json"];
        args.extend(set);
        args.push(sites);
        let summary: serde_json::Value = serde_json::from_str(&run_into(out.path(), &args)).expect("JSON");
        let number = |path: &str| summary.pointer(path).and_then(serde_json::Value::as_f64).expect("a number");
        let got = number("/carbon_g/idle") / (number("/energy_j/idle") / 3.6e6);
        assert!((got / intensity - 1.0).abs() < 1e-9, "{got} {intensity}");
    }
}

#[test]
fn a_scheduler_and_its_parameters_are_checked_like_the_file() {
    carbonedge()
        .args(["validate", "hello", "--scheduler", "carbonege"])
        .assert()
        .code(2)
        .stderr(contains("did you mean `carbonedge`?"));
    let set = ["validate", "hello", "--set", "scheduler.params.mode=grean"];
    carbonedge().args(set).assert().code(2).stderr(contains("did you mean `green`?").and(contains("--set")));
    carbonedge().args(["validate", "nowhere.yaml"]).assert().code(2).stderr(contains("nowhere.yaml"));
}

#[test]
fn a_folder_that_is_no_run_directory_is_left_alone() {
    let out = tempfile::tempdir().expect("a folder");
    let precious = out.path().join("hello-1/precious.txt");
    fs::create_dir_all(precious.parent().expect("a folder")).expect("made");
    fs::write(&precious, "mine").expect("written");
    carbonedge().args(["run", "hello", "--out"]).arg(out.path()).assert().code(2).stderr(contains("no run directory"));
    assert_eq!(fs::read_to_string(&precious).expect("still there"), "mine");
}

#[test]
fn the_paper_is_reproduced_within_its_bounds() {
    let out = tempfile::tempdir().expect("a folder");
    let text = run_into(out.path(), &["paper"]);
    let blocks = text.split_once("Calibrated on").expect("the first block").1;
    let (calibrated, rest) = blocks.split_once("Predicted: the other two").expect("two blocks");
    let errors: Vec<f64> = calibrated
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" %")?.split_whitespace().last()?.parse().ok())
        .collect();
    assert_eq!(errors.len(), 13, "5 latencies, 5 emissions, 3 inferences per gram:\n{calibrated}");
    assert!(errors.iter().all(|error: &f64| error.abs() <= 2.5), "{errors:?}");
    for placed in
        ["CE-Performance: 100 % carbonedge-high (published: 100 % carbonedge-high)", "CE-Green: 100 % carbonedge-green"]
    {
        assert!(text.contains(placed), "no `{placed}`");
    }
    assert!(
        rest.contains("0.000 … 0.493: carbonedge-high") && rest.contains("0.494 … 1.000: carbonedge-green"),
        "{rest}"
    );
    let history = rest.split("observed history").nth(1).expect("the finding");
    for stretch in
        ["0.000 … 0.153: carbonedge-high", "0.154 … 0.432: carbonedge-medium", "0.433 … 1.000: carbonedge-green"]
    {
        assert!(history.contains(stretch), "no `{stretch}` in {history}");
    }
}

/// Neurosurgeon's cut is the least of all cuts that were simulated, for every origin and model of the demonstration.
#[test]
fn splits_show_every_cut_and_neurosurgeon_takes_the_fastest_to_its_server() {
    let output = carbonedge().args(["splits", "split-demo", "--json"]).output().expect("runs");
    let cases: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cases = cases.as_array().expect("a list");
    assert_eq!(cases.len(), 2 * 3, "two kinds of cameras, three models");
    for case in cases {
        let ms = |row: &serde_json::Value| row["time_ms"].as_f64().expect("a time");
        let list = |key: &str| case[key].as_array().expect("a list").clone();
        let chosen = list("splitters").into_iter().find(|row| row["by"] == "Neurosurgeon, latency").expect("its row");
        // Its server is the class with the most cores, the T4.
        let alone = list("cuts").into_iter().map(|row| row["alone"].clone());
        let without_box = alone.filter(|alone| !alone["plan"].as_str().expect("a plan").contains("box"));
        let least = without_box.map(|alone| ms(&alone)).fold(f64::INFINITY, f64::min);
        assert!((ms(&chosen) - least).abs() < 1e-4, "{} of {}: {chosen}, least {least}", case["model"], case["origin"]);
    }
    let one = ["splits", "split-demo", "--from", "camera-4g-0", "--model", "vit-tiny"];
    carbonedge().args(one).assert().success().stdout(contains("camera-4g-0[0:1]+t4[1:29]"));
    // Its grams are of signals that were made, and of a forecast that knows the future where one is stated.
    let labelled = [&one[..], &["--set", "grid.forecast={method: perfect}"]].concat();
    let made = contains("synthetic, not measured; forecasts: perfect (oracle-derived)");
    carbonedge().args(&labelled).assert().success().stdout(made.clone());
    let text = carbonedge().args([&labelled[..], &["--json"]].concat()).assert().success();
    let text = text.get_output().stdout.clone();
    let cases: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let labels = ["signals", "forecasts"].map(|key| cases[0][key].as_str().expect("a label").to_owned());
    assert!(made.eval(&format!("{}; forecasts: {}", labels[0], labels[1])), "{labels:?}");
    // Where a splitter may not place the request, its row says so and the others stand.
    let fenced = ["splits", "split-demo", "--set", "request_classes[0].zones=[PL]", "--model", "resnet-50"];
    carbonedge().args(fenced).assert().success().stdout(contains("rejected: no device").and(contains("(least time)")));
    let refused = carbonedge().args(["splits", "split-demo", "--from", "camera-4g"]).assert().code(2);
    refused.stderr(contains("did you mean `camera-4g-"));
}

/// What a link draws whether it carries or not is no request's: local work takes the origin's joules alone.
#[test]
fn splits_leave_the_baseline_of_links_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("by-link.yaml");
    let access = "access: {latency: 1 ms, bandwidth: 1 Gbit/s, baseline: 50 W}";
    let scenario = format!(
        "name: by-link\ntime: {{start: 2022-06-01T08:00:00Z, window: 1 h, drain: 1 min}}\n\
         sites: [{{name: street, zone: PL}}]\nnetwork: {{scope: link}}\n\
         devices:\n  - {{name: camera, class: raspberry-pi-4, site: street, {access}}}\n  \
         - {{name: box, class: jetson-nano, site: street, {access}}}\n\
         models: [{{name: mobilenet-v2}}]\nworkload: [{{arrivals: poisson, rate: 1 /s, origins: [camera]}}]\n\
         scheduler: {{name: local}}\naccounting: {{embodied: exclude}}\n"
    );
    fs::write(&file, scenario).expect("a scenario");
    let output = carbonedge().arg("splits").arg(&file).arg("--json").output().expect("runs");
    let cases: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let local = &cases[0]["splitters"][0];
    assert_eq!((&local["by"], &local["plan"]), (&"none, local".into(), &"camera".into()));
    assert_eq!(local["energy_j"], local["origin_j"]);
}
