//! The summary of a run and its text.

use analysis::render;
use analysis::sample::Sample;

use crate::toolkit::{run, run_under, world};

#[test]
fn the_summary_of_a_tiny_run_reads_like_this() {
    let text = render::text(&run_under("lowest-intensity", world(), 1200, 5.0, Sample::default()).summary());
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    insta::assert_snapshot!("tiny", text);
}

#[test]
fn the_figures_of_a_tiny_run_are_those_worked_out_by_hand() {
    let summary = run(world(), 4, 1800.0, Sample::default()).summary();
    // Two requests of 0.5 s and two of 1.5 s, each on the device that asked.
    assert_eq!((summary.requests.completed, summary.requests.late), (4, 2));
    assert_eq!(summary.sojourn_ms.mean, Some(1000.0));
    assert_eq!(summary.sojourn_ms.max, Some(1500.0));
    assert_eq!(summary.time_ms.service, Some(1000.0));
    assert_eq!(summary.accuracy_top1, Some(0.72));
    assert_eq!(summary.placement.by_zone["Alpha"], 0.5);
    // Two devices of 10 W over two hours; 100 then 300 g/kWh in one zone, 720 g/kWh in the other.
    close(summary.energy_j.idle, 2.0 * 10.0 * 7200.0);
    close(summary.carbon_g.idle, 0.01 * (100.0 + 300.0) + 0.01 * 2.0 * 720.0);
    // Each device: 2.5 J at its start, 9 J in the second hour.
    close(summary.energy_j.dynamic, 2.0 * (2.5 + 9.0));
    close(summary.carbon_g.dynamic, (2.5 * 100.0 + 9.0 * 300.0 + (2.5 + 9.0) * 720.0) / 3.6e6);
    // Two of a thousand hours of 1000 g, twice.
    assert_eq!(summary.carbon_g.embodied, Some(4.0));
    close(summary.carbon_g.total, summary.carbon_g.operational + 4.0);
    close(summary.carbon_g_per_inference.unwrap(), summary.carbon_g.operational / 4.0);
    close(summary.sci_g_per_inference.unwrap(), summary.carbon_g.total / 4.0);
    close(summary.attribution.requests_g + summary.attribution.unattributed_g, summary.carbon_g.operational);
}

#[test]
fn what_does_not_exist_is_null() {
    let mut world = world();
    world.settings.embodied = false;
    let run = run(world, 0, 1.0, Sample::default());
    let json = serde_json::to_value(run.summary()).expect("a summary is JSON");
    for key in ["carbon_g_per_inference", "inferences_per_g", "sci_g_per_inference", "accuracy_top1"] {
        assert!(json[key].is_null(), "{key} is {}", json[key]);
    }
    assert!(json["carbon_g"]["embodied"].is_null() && json["sojourn_ms"]["mean"].is_null());
    assert_eq!(json["carbon_g"]["total"], json["carbon_g"]["operational"]);
    assert!(render::text(&run.summary()).contains("not booked"));
}

/// The keys that scripts rely on (DESIGN §7).
#[test]
fn the_json_has_the_promised_keys() {
    let json = serde_json::to_value(run(world(), 4, 1.0, Sample::default()).summary()).expect("a summary is JSON");
    let promised = [
        ("requests", "arrived completed late rejected failed in_flight"),
        ("sojourn_ms", "mean p50 p95 p99 max"),
        ("energy_j", "dynamic idle wake load network total"),
        ("carbon_g", "dynamic idle wake load network embodied operational total"),
        ("attribution", "rule requests_g unattributed_g"),
        ("placement", "by_device_class by_zone by_site"),
        ("signal", "decide_with account_with"),
        ("network", "share_of_operational rescored_operational_g"),
        ("time_ms", "deferred network queued loading service"),
    ];
    for (key, inner) in promised {
        inner.split(' ').for_each(|inner| assert!(!json[key][inner].is_null(), "{key}.{inner}"));
    }
    for key in "carbon_g_per_inference inferences_per_g sci_g_per_inference horizon_s seed scheduler".split(' ') {
        assert!(!json[key].is_null(), "{key}");
    }
    assert!(json["network"]["rescored_operational_g"]["0.04"].is_number());
}

#[track_caller]
fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-12 * expected.abs(), "{got} is not {expected}");
}
