//! Instructions of fixed loops, counted by callgrind beside a stored baseline: a figure that a busy machine cannot move.
//!
//! `cargo bench --package sim-core --bench count` runs each loop under `valgrind --tool=callgrind`, at two lengths so
//! that building the world and filling the queue cancel, prints instructions a step and fails if one is more than
//! 3 % above `benches/baseline.json`. `COUNT_SAVE=1` writes the baseline anew. Counts move with the compiler, so a new
//! one asks for a new baseline. Without valgrind it says so and fails nothing.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a bench prints, and keeps its baseline in a file"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

use sim_core::engine::{Engine, Outcome};
use sim_core::kernel::rng::Streams;
use sim_core::record::Ignore;
use sim_core::units::BitRate;
use sim_core::world::device::Role;

#[path = "parts/hold.rs"]
#[allow(dead_code, reason = "the rival is timed, not counted")]
mod hold;
use hold::{Gaps, Hold, Ladder};

#[path = "../tests/it/toolkit.rs"]
#[allow(dead_code, reason = "the toolkit serves the tests too")]
mod toolkit;
use toolkit::{Builder, Script, arrival, scheduler};

/// Above the baseline by this much is a failure: layout of code moves counts by less.
const TOLERANCE: f64 = 0.03;

/// A name, the steps of the shorter run, what takes so many steps; the longer run takes three times as many.
type Loop = (&'static str, u32, fn(u32));

const LOOPS: [Loop; 4] = [
    ("queue 100000", 200_000, |steps| queue(100_000, Gaps::Exponential, steps)),
    ("queue engine 200", 200_000, |steps| queue(200, Gaps::Engine, steps)),
    ("request local", 5_000, |steps| requests(Role::Shared, "local", steps)),
    ("request nearest", 5_000, |steps| requests(Role::Source, "nearest", steps)),
];

fn queue(pending: u32, gaps: Gaps, steps: u32) {
    let mut hold = Hold::<Ladder>::new(pending, gaps);
    (0..steps).for_each(|_| hold.step());
}

/// Requests at device 0 of two, through meter, transfers and queues.
fn requests(first: Role, name: &str, count: u32) {
    let mut builder = Builder { devices: vec![(0, 0, first), (0, 0, Role::Shared)], ..Builder::default() };
    builder.access.rate = BitRate(1e8);
    builder.costs = vec![vec![(0.01, 0.05)]];
    let gap = 0.02;
    let world = builder.window(f64::from(count) * gap).build();
    let mut source = Script::of((0..count).map(|index| arrival(f64::from(index) * gap)).collect());
    let mut chosen = scheduler(&world, name, &[]);
    let outcome = Engine::new(&world, Streams::new(1, 0), &mut source, &mut chosen).run(&mut Ignore);
    assert!(matches!(outcome, Outcome::Finished(_)));
}

/// All instructions of a run, as callgrind tells them at its end.
fn collected(name: &str, steps: u32) -> Option<f64> {
    let this = std::env::current_exe().ok()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(this);
    let output = valgrind.env("COUNT_LOOP", name).env("COUNT_STEPS", steps.to_string()).output().ok()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    told.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok())
}

fn per_step(name: &str, steps: u32) -> Option<f64> {
    let (short, long) = (collected(name, steps)?, collected(name, 3 * steps)?);
    Some((long - short) / f64::from(2 * steps))
}

/// Runs one loop, as the process that valgrind watches.
fn child(name: &str) {
    let given = std::env::var("COUNT_STEPS").ok().and_then(|steps| steps.parse().ok());
    for (_, steps, run) in LOOPS.into_iter().filter(|&(known, ..)| known == name) {
        run(given.unwrap_or(steps));
    }
}

fn main() -> ExitCode {
    if let Ok(name) = std::env::var("COUNT_LOOP") {
        child(&name);
        return ExitCode::SUCCESS;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/baseline.json");
    let text = std::fs::read(&path).unwrap_or_default();
    let baseline: BTreeMap<String, f64> = serde_json::from_slice(&text).unwrap_or_default();
    let mut counted = BTreeMap::new();
    let mut worse = false;
    for (name, steps, _) in LOOPS {
        let Some(count) = per_step(name, steps) else {
            println!("nothing counted: `valgrind --tool=callgrind` does not run here");
            return ExitCode::SUCCESS;
        };
        let change = baseline.get(name).map(|before| count / before - 1.0);
        worse |= change.is_some_and(|change| change > TOLERANCE);
        let beside = change.map_or("no baseline".into(), |change| format!("{:+.1} % to the baseline", 100.0 * change));
        println!("{name:<20} {count:>8.1} instructions a step, {beside}");
        counted.insert(name, (count * 10.0).round() / 10.0);
    }
    if std::env::var_os("COUNT_SAVE").is_some() {
        let text = serde_json::to_string_pretty(&counted).expect("invariant: names and numbers are JSON") + "\n";
        if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    if worse { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
