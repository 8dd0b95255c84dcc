//! Forecasts from scenario files to outputs: what is refused, what is labelled, what knows the future, what it scores.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

fn carbonedge() -> Command {
    Command::cargo_bin("carbonedge").expect("the binary is built")
}

const HOURS: usize = 54;

/// What must be said of a plain table.
const STATED: &str = "time_column: timestamp, value_column: carbon_intensity, unit: g/kWh, values: mean";

/// Two zones that are clean in turn since the day before; in the last hour of the run `swapped` says which.
fn write_series(folder: &Path, swapped: bool) {
    for (name, odd) in [("a.csv", 0), ("b.csv", 1)] {
        let mut text = "timestamp,carbon_intensity\n".to_owned();
        for hour in 0..HOURS {
            let turn = (hour / 3 + odd + usize::from(swapped && hour == HOURS - 1)) % 2;
            let _ = writeln!(text, "2022-01-{:02}T{:02}:00:00Z,{}", 1 + hour / 24, hour % 24, 100 + 400 * turn);
        }
        fs::write(folder.join(name), text).expect("written");
    }
}

/// Six hours of requests from the third day's start to the end of the series, decided by the intensity that is shown.
fn write_scenario(folder: &Path, forecast: &str, present: &str) {
    let text = format!(
        "name: turns
description: Two zones that are clean in turn.
time: {{start: 2022-01-03T00:00:00Z, window: 6 h, drain: 0 s}}
grid:
  present: {present}
  forecast: {forecast}
  zones:
    - {{name: A, average: {{file: a.csv, {STATED}}}}}
    - {{name: B, average: {{file: b.csv, {STATED}}}}}
sites: [{{name: left, zone: A}}, {{name: right, zone: B}}]
network:
  scope: end-to-end
  end_to_end: 0.04 kWh/GB
  links: [{{between: [left, right], latency: 5 ms, bandwidth: 1 Gbit/s}}]
devices:
  - {{name: camera, class: raspberry-pi-4, site: left, role: source, access: {{preset: ethernet-1g}}}}
  - {{name: box, class: jetson-nano, sites: [left, right], count: 1, access: {{preset: ethernet-1g}}}}
models: [{{name: mobilenet-v2}}]
request_classes: [{{name: interactive}}]
workload: [{{arrivals: deterministic, rate: 2 /min, origins: [camera]}}]
scheduler: {{name: lowest-intensity}}
accounting: {{embodied: exclude}}
service_noise: off
"
    );
    fs::write(folder.join("turns.yaml"), text).expect("written");
}

/// What a run says: its table and its folder.
fn run(folder: &Path, forecast: &str, present: &str, swapped: bool) -> String {
    write_series(folder, swapped);
    write_scenario(folder, forecast, present);
    let done = carbonedge().current_dir(folder).args(["run", "turns.yaml"]).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).expect("text")
}

fn json(folder: &Path, file: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join("out/turns-1").join(file)).expect(file)).expect("JSON")
}

const HONEST: [&str; 3] =
    ["{method: persistence}", "{method: seasonal-naive}", "{method: seasonal-naive, period: 6 h}"];
const ORACLE_DERIVED: [&str; 3] = [
    "{method: perfect}",
    "{method: ar-noise, error_1: 4 %, error_24h: 12 %, autocorrelation: 0.9, bias: 0.01}",
    "{method: white-noise}",
];

#[test]
fn only_forecasts_labelled_oracle_derived_know_of_an_hour_that_nobody_could_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |forecast: &str, swapped: bool| {
        run(folder.path(), forecast, "forecast", swapped);
        (json(folder.path(), "summary.json")["placement"]["by_zone"].clone(), json(folder.path(), "manifest.json"))
    };
    for (forecasts, knows) in [(HONEST, false), (ORACLE_DERIVED, true)] {
        for forecast in forecasts {
            let ((before, manifest), (after, _)) = (place(forecast, false), place(forecast, true));
            assert_eq!(before != after, knows, "{forecast}: {before} {after}");
            assert_eq!(manifest["forecasts"]["oracle_derived"], knows, "{forecast}");
        }
    }
}

#[test]
fn every_output_says_which_forecast_was_shown_and_whether_it_knew_the_future() {
    let folder = tempfile::tempdir().expect("a folder");
    for (forecast, method, oracle_derived) in HONEST
        .map(|text| (text, text, false))
        .into_iter()
        .chain(ORACLE_DERIVED.map(|text| (text, text, true)))
        .map(|(text, name, label)| (text, name[9..].split([',', '}']).next().expect("a method"), label))
    {
        let table = run(folder.path(), forecast, "published", false);
        for (file, key) in [("summary.json", "/signal/forecast"), ("manifest.json", "/forecasts")] {
            let said = json(folder.path(), file).pointer(key).cloned().expect(key);
            assert_eq!(said["present"], "published");
            assert_eq!(said["oracle_derived"], oracle_derived, "{file} {said}");
            assert_eq!(said["methods"][0]["method"], method);
            assert_eq!(said["methods"][0]["zones"], serde_json::json!(["A", "B"]));
        }
        let label = format!("{method} (oracle-derived)");
        assert_eq!(table.contains(&label), oracle_derived, "{table}");
        for file in ["requests.parquet", "timeline.parquet", "devices.parquet"] {
            let bytes = fs::read(folder.path().join("out/turns-1").join(file)).expect(file);
            let said = bytes.windows(label.len()).any(|window| window == label.as_bytes());
            assert_eq!(said, oracle_derived, "{file}");
        }
    }
}

#[test]
fn a_perfect_forecast_of_the_present_places_better_than_a_published_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let dynamic = |present: &str| {
        run(folder.path(), "{method: perfect}", present, false);
        json(folder.path(), "summary.json")["carbon_g"]["dynamic"].as_f64().expect("a number")
    };
    // The clean zone is always the one with 100 g/kWh; an hour late it is the dirty one for two hours of six.
    let (forecast, published) = (dynamic("forecast"), dynamic("published"));
    assert!((published / forecast - (4.0 * 100.0 + 2.0 * 500.0) / 600.0).abs() < 1e-3, "{published} {forecast}");
}

#[test]
fn forecasts_that_make_no_sense_are_refused_with_path_and_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    write_series(folder.path(), false);
    for (forecast, path, hint) in [
        ("{method: perfet}", "grid.forecast.method", "did you mean `perfect`?"),
        ("{method: perfect, period: 24 h}", "grid.forecast.period", "`period` belongs to `method: seasonal-naive`"),
        ("{error_1: 5 %}", "grid.forecast.error_1", "means nothing to the forecast `persistence`"),
        ("{method: seasonal-naive, period: 0 s}", "grid.forecast", "period [s] is 0"),
        ("{method: seasonal-naive, period: 24}", "grid.forecast.period", "has no unit"),
        ("{method: ar-noise}", "grid.forecast.error_24h", "for example"),
        ("{method: ar-noise, error_1: 5 %, error_24h: 4 %}", "grid.forecast", "error at 24 h is 0.04"),
        (
            "{method: ar-noise, error_1: 5 %, error_24h: 6 %, autocorrelation: 1}",
            "grid.forecast",
            "autocorrelation is 1",
        ),
        ("{method: white-noise, error: -5 %}", "grid.forecast.error", "-5 %"),
        ("{method: recorded, file: a.csv}", "grid.forecast", "each zone its own"),
        ("{horizon: 24 h}", "grid.forecast.horizon", "unknown key"),
    ] {
        write_scenario(folder.path(), forecast, "published");
        let refused = carbonedge().current_dir(folder.path()).args(["validate", "turns.yaml"]).assert().code(2);
        refused.stderr(contains(path).and(contains(hint)));
    }
    write_scenario(folder.path(), "{}", "tomorrow");
    carbonedge()
        .current_dir(folder.path())
        .args(["validate", "turns.yaml"])
        .assert()
        .code(2)
        .stderr(contains("tomorrow"));
    let own = "grid.zones[0].forecast={method: recorded}";
    let refused = carbonedge().args(["validate", "hello", "--set", "grid.zones=[{name: PL}]", "--set", own]).assert();
    refused.code(2).stderr(contains("grid.zones[0].forecast").and(contains("exactly one of: file, files")));
}

/// `signals score` as the command line reads it.
fn scored(args: &[&str]) -> Result<String, String> {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: scenarios::signals::score::ScoreArgs,
    }
    let line =
        <Line as clap::Parser>::try_parse_from([&["score"], args].concat()).map_err(|error| error.to_string())?;
    scenarios::signals::score::text(&line.args)
}

#[test]
fn a_zone_of_the_library_is_scored_by_horizon() {
    let rows = |args: &[&str]| -> Vec<(f64, f64, f64)> {
        let text = scored(&[&["PL", "--json", "--horizons", "1h,24h,168h"], args].concat()).expect("scores");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let number = |row: &Value, key: &str| row[key].as_f64().expect("a number");
        let rows = report["horizons"].as_array().expect("rows").clone();
        rows.iter()
            .map(|row| (number(row, "mae_g_per_kwh"), number(row, "mape"), number(row, "bias_g_per_kwh")))
            .collect()
    };
    assert_eq!(rows(&["--forecast", "perfect"]), [(0.0, 0.0, 0.0); 3]);
    // The mean absolute value of a normal error is √(2 ÷ π) of its deviation; a year's mean of it is that within 3 %.
    // An hour ahead lies the second hour that is not public.
    let noisy = rows(&["--forecast", "ar-noise", "--error-1", "4 %", "--error-24h", "12 %"]);
    let share = (2.0 / std::f64::consts::PI).sqrt();
    for ((_, mape, _), ahead) in noisy.iter().zip([2.0, 25.0, 169.0]) {
        let sigma = f64::sqrt(0.04 * 0.04 + (0.12 * 0.12 - 0.04 * 0.04) * (ahead - 1.0) / 23.0);
        assert!((mape / (share * sigma) - 1.0).abs() < 0.03, "{mape} {sigma}");
    }
    let weekly = rows(&["--forecast", "seasonal-naive", "--period", "168h"]);
    let persistence = rows(&[]);
    assert!(persistence[0].0 < weekly[0].0 && persistence[2].0 > 0.0, "{persistence:?} {weekly:?}");
}

#[test]
fn a_score_says_what_it_is_of_and_every_problem_of_its_arguments() {
    let table = scored(&["PL", "--forecast", "white-noise"]).expect("scores");
    for part in ["PL", "synthetic", "white-noise (oracle-derived", "σ = 0.05", "MAE", "2.000 d", "8,760 issues"] {
        assert!(table.contains(part), "no `{part}` in:\n{table}");
    }
    let refused = |args: &[&str]| scored(args).unwrap_err();
    assert!(refused(&["PLL"]).contains("did you mean"), "{}", refused(&["PLL"]));
    let all = refused(&["PL", "--forecast", "perfect", "--period", "3 h", "--bias", "-0.1", "--horizons", "0 s,1"]);
    for part in ["--period: ", "--bias: ", "`0 s` lies not ahead", "--horizons: "] {
        assert!(all.contains(part), "no `{part}` in:\n{all}");
    }
}

const ROWS: usize = 24;

/// Two hours of two signals with what was issued at each row for the two rows after it; `alter` changes a cell.
fn write_records(folder: &Path, alter: impl Fn(usize, usize, f64) -> f64) {
    for (name, odd) in [("a.csv", 0), ("b.csv", 1)] {
        let mut text = "time,moer,f1,f2\n".to_owned();
        for row in 0..ROWS {
            let value = |column: usize| alter(row, column, 0.1 + 0.4 * ((row + column + odd) % 2) as f64);
            let time = format!("2020-08-01 {:02}:{:02}:00+00:00", row / 12, row % 12 * 5);
            let _ = writeln!(text, "{time},{},{},{}", value(0), value(1), value(2));
        }
        fs::write(folder.join(name), text).expect("written");
    }
}

/// Where requests of the second hour run, by what was recorded of the present; or what is wrong.
fn recorded(folder: &Path, grid: &str, alter: impl Fn(usize, usize, f64) -> f64) -> Result<Value, String> {
    write_records(folder, alter);
    write_scenario(folder, "{}", "forecast");
    let start = "time={start: 2020-08-01T01:00:00Z, window: 1 h, drain: 0 s}";
    let command = ["run", "turns.yaml", "--set", start, "--set", "grid.decide_with=marginal", "--set", grid];
    let done = carbonedge().current_dir(folder).args(command).output().expect("it runs");
    let error = String::from_utf8(done.stderr).expect("text");
    done.status.success().then(|| json(folder, "summary.json")).ok_or(error)
}

#[test]
fn recorded_forecasts_show_the_present_as_it_was_issued_and_nothing_that_was_issued_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let zone = |name: &str, file: &str| {
        let marginal = format!("{{file: {file}}}");
        let forecast = format!("{{method: recorded, file: {file}}}");
        format!("{{name: {name}, average: {{constant: 300 g/kWh}}, marginal: {marginal}, forecast: {forecast}}}")
    };
    let grid = format!("grid.zones=[{}, {}]", zone("A", "a.csv"), zone("B", "b.csv"));
    let place = |alter: &dyn Fn(usize, usize, f64) -> f64| {
        let summary = recorded(folder.path(), &grid, alter).expect("it runs");
        assert_eq!(summary["signal"]["forecast"]["methods"][0]["method"], "recorded");
        assert_eq!(summary["signal"]["forecast"]["oracle_derived"], false);
        summary["placement"]["by_zone"].clone()
    };
    let as_issued = place(&|_, _, value| value);
    assert_eq!(as_issued["A"], 0.5, "each zone is clean every other five minutes");
    // The last five minutes were told of by the row before them: neither what happened nor what was issued then shows.
    assert_eq!(
        place(&|row, column, value| if row == ROWS - 1 && column == 0 { 0.6 - value } else { value }),
        as_issued
    );
    assert_eq!(place(&|row, column, value| if row == ROWS - 1 && column > 0 { 0.6 - value } else { value }), as_issued);
    assert_ne!(
        place(&|row, column, value| if row == ROWS - 2 && column == 1 { 0.6 - value } else { value }),
        as_issued
    );
}

#[test]
fn a_record_that_does_not_span_the_run_or_is_none_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused_of = |forecast: &str, decide: &str| {
        let both = "average: {constant: 300 g/kWh}, marginal: {constant: 300 g/kWh, scope: direct}";
        let zones = format!("[{{name: A, {both}, forecast: {forecast}}}, {{name: B, {both}}}]");
        let grid = format!("grid={{decide_with: {decide}, zones: {zones}}}");
        let start = "time.start=2020-08-01T01:30:00Z";
        write_records(folder.path(), |_, _, value| value);
        write_scenario(folder.path(), "{}", "forecast");
        let command = ["validate", "turns.yaml", "--set", start, "--set", &grid];
        let done = carbonedge().current_dir(folder.path()).args(command).assert().code(2);
        String::from_utf8(done.get_output().stderr.clone()).expect("text")
    };
    let refused = |forecast: &str| refused_of(forecast, "marginal");
    let marginal = refused_of("{method: recorded, file: a.csv}", "average");
    assert!(marginal.contains("the record is `marginal`, but the signal"), "{marginal}");
    let short = refused("{method: recorded, file: a.csv}");
    for part in ["2020-08-01T00:00:00Z", "01T02:10:00Z", "files"] {
        assert!(short.contains(part), "no `{part}` in:\n{short}");
    }
    assert!(refused("{method: recorded, file: gone.csv}").contains("gone.csv"));
    assert!(refused("{method: recorded, file: turns.yaml}").contains("turns.yaml"));
    assert!(refused("{method: recorded, file: a.csv, format: sgip}").contains("sgip"));
    assert!(refused("{method: recorded, file: a.csv, files: [b.csv]}").contains("exactly one of"));
}

#[test]
fn signals_that_schedulers_compare_carry_the_same_labels_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let average = "average: {constant: 300 g/kWh}";
    let zone = |name: &str, scope: &str| {
        format!("{{name: {name}, {average}, marginal: {{constant: 9 g/kWh, scope: {scope}}}}}")
    };
    let zones = format!("[{}, {}]", zone("A", "direct"), zone("B", "lifecycle"));
    write_scenario(folder.path(), "{}", "forecast");
    let validate = |decide: &str, mixed: bool| {
        let grid = format!("grid={{decide_with: {decide}, allow_mixed: {mixed}, zones: {zones}}}");
        let done = carbonedge().current_dir(folder.path()).args(["validate", "turns.yaml", "--set", &grid]).output();
        let done = done.expect("it runs");
        (done.status.success(), String::from_utf8(done.stderr).expect("text"))
    };
    let (valid, message) = validate("marginal", false);
    assert!(!valid && message.contains("zone `B` is labelled lifecycle"), "{message}");
    assert!(validate("average", false).0, "{:?}", validate("average", false));
    assert!(validate("marginal", true).0);
}
