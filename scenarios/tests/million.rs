//! The scenario of a million devices: what it holds, and that a thousandth of it keeps the laws.

use std::path::Path;

use assert_cmd::Command;
use scenarios::build::Experiment;
use scenarios::load::Loaded;
use serde_json::Value;

fn loaded(set: &[(String, serde_yaml::Value)]) -> Experiment {
    let found = Loaded::find("million-day").expect("it ships");
    found.experiment(set).map_err(|refused| refused.render()).expect("it is valid")
}

#[test]
fn a_million_devices_load_and_take_less_than_half_a_cache_line_each() {
    let world = loaded(&[]).world;
    let counts = (world.devices.len(), world.sites.len(), world.grid.zones.len());
    assert_eq!(counts, (1_000_000, 300, 30));
    // A device has 8 bytes and two links of 4; the rest is of sites and their pairs, of kinds and names.
    let each = world.device_bytes() as f64 / world.devices.len() as f64;
    assert!((16.0..32.0).contains(&each), "{each} bytes a device");
    assert_eq!(world.names.iter().map(|name| world.device_named(&name)).filter(Option::is_some).count(), counts.0);
}

/// The scenario with a device of each of three classes at every site, five servers in each city that has some, and a
/// thousandth of the requests.
fn small() -> Vec<String> {
    let text = Loaded::find("million-day").expect("it ships").source.text;
    let whole: Value = serde_yaml::from_str(&text).expect("YAML");
    let mut devices = whole["devices"].as_array().expect("a list").clone();
    devices.drain(2..4);
    for group in &mut devices {
        group["count"] = if group["name"] == "server" { 5.into() } else { 1.into() };
    }
    vec![
        format!("devices={}", Value::from(devices)),
        "workload[0].rate=100000 /d".to_owned(),
        "outputs.requests=1000".to_owned(),
    ]
}

fn run(folder: &Path, set: &[String]) -> Value {
    let mut command = Command::cargo_bin("carbonedge").expect("the binary is built");
    command.current_dir(folder).args(["run", "million-day", "--json", "--quiet", "--out", "results"]);
    set.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    let done = command.assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

/// A run that breaks a law would not succeed.
#[test]
fn a_thousandth_of_it_keeps_the_laws_over_its_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = run(folder.path(), &small());
    let count = |key: &str| summary["requests"][key].as_f64().expect("a count");
    // The waves of all cities go through whole days: a Poisson count of mean 100,000, by five standard deviations.
    assert!((count("arrived") - 1e5).abs() < 5.0 * 1e5f64.sqrt(), "{}", summary["requests"]);
    assert_eq!(count("arrived"), count("completed") + count("rejected") + count("failed") + count("in_flight"));
    assert!(count("completed") > 0.99 * count("arrived"), "{}", summary["requests"]);
    for parts in ["by_device_class", "by_zone", "by_site"] {
        let shares = summary["placement"][parts].as_object().expect("shares");
        let sum: f64 = shares.values().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{parts}: {sum}");
    }
}
