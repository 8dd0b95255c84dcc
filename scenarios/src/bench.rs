//! `carbonedge bench`: three workloads that other simulators run too, and how speed and memory grow with the fleet.

mod args;
mod draws;
mod farm;
mod fleet;
mod golden;
mod hold;
mod machine;
mod memory;
mod replications;
mod report;
mod scale;
mod world;

pub use args::BenchVerb;

use std::io::Write as _;

use sim_core::engine::{Books, Outcome};

use crate::commands::Error;

/// Carries out a verb of `bench`; `print` takes its text.
///
/// # Errors
/// If an argument makes no sense, a file cannot be written, or a figure is not the golden one: what was measured is
/// printed then, too.
pub fn execute(verb: &BenchVerb, print: impl Fn(&str) -> Result<(), Error>) -> Result<(), Error> {
    let (report, output) = match verb {
        BenchVerb::W1(args) => (hold::bench(args)?, &args.output),
        BenchVerb::W2(args) => (farm::bench(args)?, &args.output),
        BenchVerb::W3(args) => (fleet::bench(args)?, &args.output),
        BenchVerb::Scale(args) => (scale::bench(args)?, &args.output),
        BenchVerb::Memory(args) => (memory::bench(args), &args.output),
        BenchVerb::Replications(args) => (replications::bench(args)?, &args.output),
    };
    let text = report.render(output.format);
    match &output.out {
        None => print(&text)?,
        Some(path) => write(path, &text)?,
    }
    match report.wrong.as_slice() {
        [] => Ok(()),
        wrong => Err(Error::Bug(format!("not the golden figures: {}", wrong.join("; ")))),
    }
}

/// Writes a file that appears whole or not at all.
fn write(path: &std::path::Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = tempfile::NamedTempFile::new_in(folder.unwrap_or(std::path::Path::new(".")));
    let written = made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| Error::Input(format!("cannot write {}: {error}", path.display())))
}

/// The books of a run that came to its end.
fn finished(outcome: Outcome) -> Result<Box<Books>, Error> {
    Err(Error::Bug(match outcome {
        Outcome::Finished(books) => return Ok(books),
        Outcome::Stopped => "the run was stopped".to_owned(),
        Outcome::SchedulerAborted { message, .. } => format!("the scheduler {message}"),
        Outcome::TimeStandsStill { at } => format!("time stands still at {:.3} s", at.as_secs()),
        Outcome::LawBroken(law) => format!("a law of the simulation is broken: {law}"),
    }))
}

/// Runs something several times, at least once, and gives the run of median CPU time, with all runs' times in order [s].
fn median_of<T>(
    runs: u32, mut once: impl FnMut() -> Result<T, Error>, cpu: impl Fn(&T) -> f64,
) -> Result<Runs<T>, Error> {
    let mut all = (0..runs.max(1)).map(|_| once()).collect::<Result<Vec<T>, Error>>()?;
    all.sort_by(|a, b| cpu(a).total_cmp(&cpu(b)));
    let (fastest, slowest) = (cpu(&all[0]), cpu(&all[all.len() - 1]));
    let count = all.len();
    Ok(Runs { median: all.swap_remove((count - 1) / 2), fastest, slowest, count })
}

/// The median of several runs.
struct Runs<T> {
    median: T,
    /// CPU time of the fastest and slowest run [s].
    fastest: f64,
    slowest: f64,
    count: usize,
}
