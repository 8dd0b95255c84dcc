//! `run --replications`: independent replications of one experiment side by side, each written as soon as it ends.

pub(crate) mod side_by_side;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use analysis::replications::{Figures, Replications};
use analysis::summary::{About, Summary};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use sim_core::record::Progress;

use crate::build::Experiment;
use crate::commands::{Error, about};
use crate::output::{self, Repeat, write_json};
use crate::run::{Finished, replication, simulated_s};
use side_by_side::side_by_side;

/// What is repeated, and who watches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Study<'a> {
    /// The experiment; its world is shared by all replications.
    pub experiment: &'a Experiment,
    /// The scenario as it was resolved.
    pub scenario: &'a str,
    /// How many replications.
    pub count: u32,
    /// Shows how far all of them together are.
    pub bar: Option<&'a ProgressBar>,
    /// Set to end them.
    pub stop: &'a AtomicBool,
}

/// What replications came to and how long they took.
#[derive(Debug)]
pub(crate) struct Studied {
    /// Their figures.
    pub replications: Replications,
    /// From the first event of the first to the last file of the last.
    pub wall: Duration,
    each: Vec<Done>,
}

/// What stays in memory of a replication that was written.
#[derive(Debug)]
struct Done {
    figures: Figures,
    /// Of replication 0 only.
    summary: Option<Summary>,
    wall: Duration,
    events: u64,
    requests: u64,
}

impl Studied {
    /// Events of all replications.
    pub(crate) fn events(&self) -> u64 {
        self.each.iter().map(|done| done.events).sum()
    }

    /// Requests of all replications.
    pub(crate) fn requests(&self) -> u64 {
        self.each.iter().map(|done| done.requests).sum()
    }
}

/// Runs all replications and writes the files of each and of all into `folder`.
///
/// # Errors
/// Of the lowest replication that fails; if it was stopped, or the disk refuses.
pub(crate) fn run(study: &Study, folder: &Path) -> Result<Studied, Error> {
    let board = Board { bar: study.bar, ended: AtomicU64::new(0), started: Instant::now() };
    board.open(study);
    let mut each = side_by_side(study.count, |number, vain| {
        one(study, &board, folder, number, vain).map_err(|error| name(error, number))
    })?;
    let first = each.first_mut().and_then(|done| done.summary.take()).expect("invariant: replication 0 has a summary");
    let replications = Replications::new(&first, each.iter().map(|done| done.figures.clone()).collect());
    let studied = Studied { replications, wall: board.started.elapsed(), each };
    write(study, &studied, folder).map_err(|error| unwritten(folder, &error))?;
    Ok(studied)
}

/// An error with the replication that it is of.
fn name(error: Error, number: u32) -> Error {
    match error {
        Error::Input(message) => Error::Input(format!("replication {number}: {message}")),
        Error::Bug(message) => Error::Bug(format!("replication {number}: {message}")),
        Error::Stopped => Error::Stopped,
    }
}

fn unwritten(folder: &Path, error: &io::Error) -> Error {
    Error::Input(format!("cannot write to {}: {error}", folder.display()))
}

/// Runs a replication, writes its files and forgets it but for its figures.
fn one(study: &Study, board: &Board, folder: &Path, number: u32, vain: &dyn Fn() -> bool) -> Result<Done, Error> {
    let experiment = study.experiment;
    let over = || study.stop.load(Ordering::Relaxed) || vain();
    if over() {
        return Err(Error::Stopped); // a short run never asks
    }
    let mut seen = Seen::default();
    let finished = replication(experiment, number.into(), &mut |progress| {
        board.advance(&mut seen, progress);
        if over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    board.end(&seen, study, &finished);
    let about = About { replication: number.into(), ..about(experiment) };
    let summary = Summary::new(&finished.books, &finished.recorder, &experiment.world, about);
    let own = folder.join(folder_name(number, study.count));
    let repeat = Some(Repeat { number: number.into(), of: study.count.into() });
    fs::create_dir(&own)
        .and_then(|()| output::fill(&own, experiment, study.scenario, &finished, &summary, repeat))
        .map_err(|error| unwritten(&own, &error))?;
    Ok(Done {
        figures: Figures::of(&summary),
        summary: (number == 0).then_some(summary),
        wall: finished.timing.wall,
        events: finished.books.events,
        requests: finished.books.all.arrived,
    })
}

/// `replication-007`: as many digits as the last one needs, three at least, so that names sort by number.
fn folder_name(number: u32, count: u32) -> String {
    let digits = (count - 1).to_string().len().max(3);
    format!("replication-{number:0digits$}")
}

/// The files that all replications have in common.
fn write(study: &Study, studied: &Studied, folder: &Path) -> io::Result<()> {
    output::open_to_all(folder)?;
    let mut manifest = output::manifest(study.experiment, study.scenario);
    manifest["replications"] = json!({"count": study.count, "first": 0,
        "folders": [folder_name(0, study.count), folder_name(study.count - 1, study.count)]});
    write_json(&folder.join("manifest.json"), &manifest)?;
    write_json(&folder.join("summary.json"), &serde_json::to_value(&studied.replications)?)?;
    write_json(&folder.join("timing.json"), &timing(studied))?;
    fs::write(folder.join("replications.csv"), studied.replications.csv())?;
    fs::write(folder.join("scenario.yaml"), study.scenario)
}

fn timing(studied: &Studied) -> Value {
    let wall = studied.wall.as_secs_f64();
    json!({
        "wall_s": wall,
        "threads": rayon::current_num_threads(),
        "replications_wall_s": studied.each.iter().map(|done| done.wall.as_secs_f64()).collect::<Vec<_>>(),
        "events": studied.events(),
        "events_per_s": studied.events() as f64 / wall.max(1e-9),
        "requests_per_s": studied.requests() as f64 / wall.max(1e-9),
        "peak_rss_bytes": output::peak_rss_bytes(),
    })
}

/// How far all replications together are.
struct Board<'a> {
    bar: Option<&'a ProgressBar>,
    ended: AtomicU64,
    started: Instant,
}

/// What a replication has told the board.
#[derive(Default)]
struct Seen {
    simulated_s: u64,
    ended: u64,
}

impl Board<'_> {
    fn open(&self, study: &Study) {
        if let Some(bar) = self.bar {
            bar.set_length(window_end_s(study.experiment) * u64::from(study.count));
        }
    }

    fn advance(&self, seen: &mut Seen, progress: &Progress) {
        self.add(simulated_s(progress).saturating_sub(seen.simulated_s), progress.ended - seen.ended);
        *seen = Seen { simulated_s: simulated_s(progress), ended: progress.ended };
    }

    fn end(&self, seen: &Seen, study: &Study, finished: &Finished) {
        let all = &finished.books.all;
        let ended = all.completed + all.rejected + all.failed;
        self.add(window_end_s(study.experiment).saturating_sub(seen.simulated_s), ended.saturating_sub(seen.ended));
    }

    fn add(&self, simulated_s: u64, ended: u64) {
        let ended = self.ended.fetch_add(ended, Ordering::Relaxed) + ended;
        if let Some(bar) = self.bar {
            let rate = ended as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
            bar.inc(simulated_s);
            bar.set_message(format!("of all replications, {rate:.0} requests/s"));
        }
    }
}

fn window_end_s(experiment: &Experiment) -> u64 {
    experiment.world.settings.horizon.window_end().0 / 1_000_000_000
}
