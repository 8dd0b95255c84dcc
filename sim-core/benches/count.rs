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

#[path = "parts/hold.rs"]
mod hold;
use hold::{Gaps, Heap, Hold, Ladder, Pending};

/// Steps of the shorter run of a loop; the longer takes three times as many.
const STEPS: u32 = 200_000;
/// Above the baseline by this much is a failure: layout of code moves counts by less.
const TOLERANCE: f64 = 0.03;

/// The loops by name.
const LOOPS: [(&str, fn(u32)); 4] = [
    ("ladder 100000", |steps| queue::<Ladder>(100_000, Gaps::Exponential, steps)),
    ("heap 100000", |steps| queue::<Heap>(100_000, Gaps::Exponential, steps)),
    ("ladder engine 200", |steps| queue::<Ladder>(200, Gaps::Engine, steps)),
    ("heap engine 200", |steps| queue::<Heap>(200, Gaps::Engine, steps)),
];

fn queue<Q: Pending>(pending: u32, gaps: Gaps, steps: u32) {
    let mut hold = Hold::<Q>::new(pending, gaps);
    (0..steps).for_each(|_| hold.step());
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

fn per_step(name: &str) -> Option<f64> {
    let (short, long) = (collected(name, STEPS)?, collected(name, 3 * STEPS)?);
    Some((long - short) / f64::from(2 * STEPS))
}

/// Runs one loop, as the process that valgrind watches.
fn child(name: &str) {
    let steps = std::env::var("COUNT_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(STEPS);
    LOOPS.iter().filter(|(known, _)| *known == name).for_each(|(_, run)| run(steps));
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
    for (name, _) in LOOPS {
        let Some(count) = per_step(name) else {
            println!("nothing counted: `valgrind --tool=callgrind` does not run here");
            return ExitCode::SUCCESS;
        };
        let before = baseline.get(name).copied();
        let ratio = before.map_or(1.0, |before| count / before);
        worse |= ratio > 1.0 + TOLERANCE;
        println!("{name:<20} {count:>8.1} instructions a step, {:+.1} % to the baseline", 100.0 * (ratio - 1.0));
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
