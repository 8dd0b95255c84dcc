//! `explain-request` end to end: the page and the trace are of the very request that a run records.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use scenarios::load::Loaded;
use serde_json::Value;
use sim_core::engine::{Engine, Outcome};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Record, RequestRecord};
use sim_core::schedulers::Setup;

fn carbonedge() -> Command {
    Command::cargo_bin("carbonedge").expect("the binary is built")
}

fn explained(args: &[&str]) -> Value {
    let done = carbonedge().arg("explain-request").args(args).arg("--json").assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

struct Wanted(u64, Option<RequestRecord>);

impl Observer for Wanted {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        if request.id == self.0 {
            self.1 = Some(*request);
        }
    }
}

/// What an ordinary run of `hello` records of a request.
fn recorded(id: u64) -> RequestRecord {
    let experiment = Loaded::find("hello").expect("shipped").experiment(&[]).expect("valid");
    let chosen = &experiment.scheduler;
    let mut scheduler = (chosen.entry.build)(&Setup::new(&chosen.params, &experiment.world)).expect("it is built");
    let streams = Streams::new(experiment.seed, 0);
    let mut source = experiment.workload.open(streams).expect("a source");
    let mut wanted = Wanted(id, None);
    let outcome = Engine::new(&experiment.world, streams, &mut source, &mut scheduler).run(&mut wanted);
    assert!(matches!(outcome, Outcome::Finished(_)));
    wanted.1.expect("the request ended")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-9 * expected.abs(), "{got} is not {expected}");
}

#[test]
fn phases_are_those_of_the_record_and_the_choice_is_the_highest_score() {
    let (told, record) = (explained(&["hello", "420"]), recorded(420));
    close(number(&told["sojourn_ms"]), record.sojourn().as_millis());
    close(number(&told["energy_j"]), record.energy.0);
    close(number(&told["carbon_g"]), record.carbon.0);
    let phases = told["phases"].as_array().expect("phases");
    let took = |name: &str| {
        let of = phases.iter().filter(|phase| phase["phase"] == name);
        of.map(|phase| number(&phase["took_ms"])).sum::<f64>()
    };
    let spans = [("moving", record.network), ("queued", record.queued), ("computing", record.service)];
    spans.iter().for_each(|(name, span)| close(took(name), span.as_millis()));
    let sum = |key: &str| phases.iter().map(|phase| number(&phase[key])).sum::<f64>();
    close(sum("took_ms"), record.sojourn().as_millis());
    close(sum("energy_j"), record.energy.0);
    // Hello's scheduler is a weighted score: of those not excluded the chosen one has the most, and terms add up.
    let considered = told["decisions"][0]["considered"].as_array().expect("candidates");
    let chosen = considered.iter().find(|one| one["chosen"] == true).expect("a choice");
    let scores = considered.iter().filter(|one| one["excluded"].is_null()).map(|one| number(&one["score"]));
    close(number(&chosen["score"]), scores.fold(0.0, f64::max));
    let weighted = ["w_r·S_R", "w_l·S_L", "w_p·S_P", "w_b·S_B", "w_c·S_C"];
    close(weighted.iter().map(|name| number(&chosen["terms"][*name])).sum(), number(&chosen["score"]));
    let page = carbonedge().args(["explain-request", "hello", "420"]).assert().success();
    page.stdout(contains("why: score").and(contains("computing")).and(contains("S_C")));
}

#[test]
fn a_run_directory_is_run_again_and_one_of_several_must_be_named() {
    let out = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        carbonedge()
            .args(["run", "hello", "--set", "time.window=2 min"])
            .args(args)
            .arg("--out")
            .arg(out.path())
            .assert()
            .success();
    };
    run(&["--seed", "7"]);
    let folder = out.path().join("hello-7").display().to_string();
    let again = explained(&[&folder, "40"]);
    assert_eq!(again, explained(&["hello", "40", "--seed", "7", "--set", "time.window=2 min"]));
    assert_eq!(again["seed"], 7);
    // Another scheduler is another run, and is said to be one.
    let other = explained(&[&folder, "40", "--scheduler", "local"]);
    assert_eq!((&other["other_run"], &other["scheduler"]), (&Value::Bool(true), &Value::from("local")));
    run(&["--seed", "8", "--replications", "3"]);
    let folder = out.path().join("hello-8");
    let several = folder.display().to_string();
    carbonedge()
        .args(["explain-request", &several, "40"])
        .assert()
        .code(2)
        .stderr(contains("--replication K with K of 0 … 2"));
    let second = explained(&[&several, "40", "--replication", "1"]);
    assert_eq!(second, explained(&[&folder.join("replication-001").display().to_string(), "40"]));
    assert_ne!(second["arrival_s"], explained(&[&several, "40", "--replication", "0"])["arrival_s"]);
}

#[test]
fn what_is_not_there_is_refused_with_what_would_be_right() {
    let refused = |args: &[&str], why: &'static str| {
        carbonedge().arg("explain-request").args(args).assert().code(2).stderr(contains(why));
    };
    refused(&["hello", "99999999"], "no request 99999999: numbers count arrivals from 0");
    let empty = tempfile::tempdir().expect("a folder");
    refused(&[&empty.path().display().to_string(), "0"], "is no run directory");
    refused(&["helo", "0"], "did you mean `hello`");
    let file = empty.path().join("t.json").display().to_string();
    refused(&["hello", "1", "--perfetto", &file, "--around", "5"], "--around");
}

fn trace(path: &Path, args: &[&str]) -> Vec<Value> {
    let done = carbonedge().arg("explain-request").args(args).arg("--perfetto").arg(path).assert().success();
    done.stderr(contains("ui.perfetto.dev"));
    let trace: Value = serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON");
    trace["traceEvents"].as_array().expect("events").clone()
}

#[test]
fn a_trace_has_slices_that_do_not_overlap_and_arrows_along_the_request() {
    let out = tempfile::tempdir().expect("a folder");
    let path = out.path().join("trace.json");
    let events = trace(&path, &["split-demo", "500", "--around", "2 s"]);
    let of = |ph: &str| events.iter().filter(|event| event["ph"] == ph).cloned().collect::<Vec<_>>();
    let track = |event: &Value| (event["pid"].as_u64(), event["tid"].as_u64());
    let nanos = |value: &Value| (number(value) * 1e3).round();
    let slices = of("X");
    for (k, a) in slices.iter().enumerate() {
        for b in slices[..k].iter().filter(|b| track(a) == track(b)) {
            let end = |slice: &Value| nanos(&slice["ts"]) + nanos(&slice["dur"]);
            assert!(end(a) <= nanos(&b["ts"]) || end(b) <= nanos(&a["ts"]), "{a} overlaps {b}");
        }
    }
    let own: Vec<&Value> = slices.iter().filter(|slice| slice["cat"] == "request").collect();
    assert!(own.len() >= 3 && slices.len() > 2 * own.len(), "{} of {}", own.len(), slices.len());
    // Each arrow leaves within a slice of the request and ends where another begins.
    let (leaves, ends) = (of("s"), of("f"));
    assert_eq!((leaves.len(), ends.len()), (own.len() - 1, own.len() - 1));
    for (from, to) in leaves.iter().zip(&ends) {
        let within = |slice: &&&Value| {
            let at = nanos(&from["ts"]);
            track(slice) == track(from) && nanos(&slice["ts"]) <= at && at < nanos(&slice["ts"]) + nanos(&slice["dur"])
        };
        assert!(own.iter().find(within).is_some(), "{from}");
        assert!(own.iter().any(|slice| track(slice) == track(to) && slice["ts"] == to["ts"]), "{to}");
    }
    // Without neighbours there are only its own, once on the tracks of devices and links and once on its own.
    let alone = trace(&path, &["split-demo", "500"]);
    let names: Vec<_> = alone.iter().filter(|event| event["ph"] == "M" && event["name"] == "thread_name").collect();
    assert!(names.len() >= 3);
}
