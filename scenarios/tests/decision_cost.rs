//! What a decision costs, from the scenario to the summary.

use analysis::summary::{About, Summary};
use scenarios::load::{Loaded, assignment};
use scenarios::run::{Watch, run};
use sim_core::units::Watts;
use std::sync::atomic::AtomicBool;

fn set(given: &[&str]) -> Vec<(String, serde_yaml::Value)> {
    given.iter().map(|text| assignment(text).expect("a path and a value")).collect()
}

fn summary(given: &[&str]) -> Summary {
    let mut all = vec!["time.window=10 min"];
    all.extend(given);
    let hello = Loaded::find("hello").expect("shipped");
    let experiment = hello.experiment(&set(&all)).unwrap_or_else(|refused| panic!("{}", refused.render()));
    let finished = run(&experiment, Watch { bar: None, stop: &AtomicBool::new(false) }).expect("a run");
    Summary::new(&finished.books, &finished.recorder, &experiment.world, About::default())
}

#[test]
fn a_cost_of_nothing_changes_nothing_and_a_cost_is_time_and_energy() {
    let free = summary(&[]);
    assert_eq!(free, summary(&["scheduler.decision_cost={fixed: 0 s}"]));
    assert_eq!(free.energy_j.decision, 0.0);
    let charged = summary(&["scheduler.decision_cost={fixed: 5 ms, power: 15 W}"]);
    assert_eq!(charged.requests.arrived, free.requests.arrived);
    // At the origins, which have no machine room: 5 ms at 15 W for each request.
    let expected = free.requests.arrived as f64 * 0.005 * 15.0;
    assert!((charged.energy_j.decision - expected).abs() < 1e-9 * expected, "{}", charged.energy_j.decision);
    assert!(charged.time_ms.queued >= free.time_ms.queued.map(|mean| mean + 4.0));
    assert!(charged.carbon_g.decision > 0.0);
}

#[test]
fn costs_are_read_with_their_units_and_bad_ones_are_refused() {
    let hello = Loaded::find("hello").expect("shipped");
    let given = set(&["scheduler.decision_cost={fixed: 2 us, per_candidate: 3 ns, power: 15 W}"]);
    let cost = hello.experiment(&given).expect("sane").world.settings.decision.expect("a cost");
    assert_eq!((cost.fixed_s, cost.per_candidate_s, cost.power, cost.at), (2e-6, 3e-9, Watts(15.0), None));
    for (bad, path, hint) in [
        ("{fixed: 2}", "scheduler.decision_cost.fixed", "2"),
        ("{fixed: 2 us, at: nowhere}", "scheduler.decision_cost.at", "nowhere"),
        ("{power: 15 W}", "scheduler.decision_cost", "fixed"),
        ("{fixd: 2 us}", "scheduler.decision_cost.fixd", "fixed"),
    ] {
        let given = set(&[&format!("scheduler.decision_cost={bad}")]);
        let told = hello.experiment(&given).expect_err("refused").render();
        assert!(told.contains(path) && told.contains(hint), "{bad}: {told}");
    }
}
