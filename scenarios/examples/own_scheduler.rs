//! A scheduler outside the tree: least loaded, written anew, equal to its built-in twin bit for bit.
//!
//! Run it: `cargo run --release --example own_scheduler`.

use std::sync::atomic::AtomicBool;

use analysis::summary::{About, Summary};
use scenarios::load::Loaded;
use scenarios::run::{Watch, run, run_with};
use sim_core::ids::PlanId;
use sim_core::scheduler::{Decision, Reason, Request, Scheduler, View};

/// The fewest requests in flight a slot; the lowest id of equals.
struct MyLeastLoaded;

impl Scheduler for MyLeastLoaded {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let mut best: Option<(f64, PlanId)> = None;
        for device in view.candidates(request) {
            let crowding = f64::from(view.in_flight(device)) / f64::from(view.slots(device).max(1));
            if best.is_none_or(|(least, _)| crowding < least) {
                best = Some((crowding, PlanId::whole(device)));
            }
        }
        best.map_or(Decision::Reject(Reason::NoDevice), |(_, plan)| Decision::Run(plan))
    }
}

fn main() {
    let hello = Loaded::find("hello").expect("shipped");
    let set = [("scheduler".to_owned(), serde_yaml::from_str("{name: least-loaded}").expect("YAML"))];
    let experiment = hello.experiment(&set).unwrap_or_else(|refused| panic!("{}", refused.render()));
    let stop = AtomicBool::new(false);
    let watch = Watch { bar: None, stop: &stop };
    let summary = |finished: scenarios::run::Finished| {
        let summary = Summary::new(&finished.books, &finished.recorder, &experiment.world, About::default());
        serde_json::to_string_pretty(&summary).expect("JSON")
    };
    let builtin = summary(run(&experiment, watch).expect("a run"));
    let own = summary(run_with(&experiment, MyLeastLoaded, watch).expect("a run"));
    assert_eq!(builtin, own, "the two differ");
    println!("{own}");
}
