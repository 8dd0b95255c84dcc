//! Two runs at once that share one world, beside one run alone and beside two probes of memory.

use std::sync::Barrier;
use std::sync::atomic::AtomicBool;

use super::args::ReplicationsArgs;
use super::machine::on_the_wall;
use super::memory::Probe;
use super::report::{Figures, Report};
use crate::build::Experiment;
use crate::commands::{Error, loaded, settings};
use crate::run::{Watch, run};

/// Measures a scenario alone and twice at once.
///
/// # Errors
/// If the scenario cannot be read or run.
pub(super) fn bench(args: &ReplicationsArgs) -> Result<Report, Error> {
    let experiment = loaded(&args.scenario)?.experiment(&settings(&args.scenario)?)?;
    let mut times: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    let mut probes = Vec::new();
    for _ in 0..args.runs {
        times[0].push(together(&experiment, 1)?);
        times[1].push(together(&experiment, 2)?);
        probes.push(Probe::usual());
    }
    let [alone, both] = times.map(middle);
    let probe = middle(probes.iter().map(Probe::ratio).collect());
    let row = Figures::default()
        .text("scenario", &experiment.name)
        .number("alone_s", alone, 3)
        .number("two_s", both, 3)
        .number("ratio", both / alone, 3)
        .number("memory_ratio", probe, 3)
        .count("runs", u64::from(args.runs));
    let note = "ratio: two runs at once over one alone; memory_ratio: the same of reading an array that no cache holds";
    Ok(Report { rows: vec![row], table: true, notes: vec![note.into()], wrong: Vec::new() })
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() - 1) / 2]
}

/// Wall time until all of so many equal runs have ended [s]. All do the same work: it is their sharing that is measured.
fn together(experiment: &Experiment, threads: usize) -> Result<f64, Error> {
    let (stop, start) = (AtomicBool::new(false), Barrier::new(threads));
    let once = || {
        start.wait();
        on_the_wall(|| run(experiment, Watch { bar: None, stop: &stop }))
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(once)).collect();
        let mut longest = 0.0_f64;
        for thread in running {
            let (finished, span) = thread.join().map_err(|_| Error::Bug("a run panicked".into()))?;
            finished?;
            longest = longest.max(span);
        }
        Ok(longest)
    })
}
