//! One run of an experiment: engine, recorder, progress, decision clock.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use analysis::histogram::Spans;
use analysis::recorder::Recorder;
use analysis::sample::Sample;
use indicatif::ProgressBar;
use sim_core::engine::{Books, Engine, Outcome};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Progress, Record};
use sim_core::scheduler::{Around, Scheduler};
use sim_core::schedulers::Setup;

use crate::build::Experiment;
use crate::build::scheduler::Chosen;
use crate::timed::{Stopwatch, Timed};

/// What watches a run from outside.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// Shows how far it is.
    pub bar: Option<&'a ProgressBar>,
    /// Set to end it.
    pub stop: &'a AtomicBool,
}

/// A run that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// Its books.
    pub books: Books,
    /// Its statistics.
    pub recorder: Recorder,
    /// How long it took.
    pub timing: Timing,
}

/// How long a run took, on the clock of the wall.
#[derive(Debug)]
pub struct Timing {
    /// From the first event to the closed books.
    pub wall: Duration,
    /// Time of every 64th decision.
    pub decisions: Spans,
    /// Time of drawing every 64th arrival.
    pub arrivals: Spans,
    /// Memory that the scheduler's index took at the end [B].
    pub index_bytes: usize,
}

/// Why a run has no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It was stopped from outside.
    Stopped,
    /// A trace that was checked can no longer be read.
    Unreadable(String),
    /// The scheduler did what it must not.
    Scheduler(String),
    /// Requests end as they arrive and others follow at once, for ever.
    TimeStandsStill(String),
    /// A law of the simulation does not hold: a bug.
    Law(String),
}

/// Asked while a run goes on: breaks to end it.
pub(crate) type OnProgress<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// Runs an experiment once.
///
/// # Errors
/// If it was stopped, its scheduler misbehaved, or a law does not hold.
pub fn run(experiment: &Experiment, watch: Watch) -> Result<Finished, Failure> {
    let started = Instant::now();
    replication(experiment, 0, &mut |progress| watch.progress(progress, started))
}

/// Runs an experiment once under a scheduler of the caller's.
///
/// # Errors
/// If it was stopped, the scheduler misbehaved, or a law does not hold.
pub fn run_with(experiment: &Experiment, scheduler: impl Scheduler, watch: Watch) -> Result<Finished, Failure> {
    let started = Instant::now();
    run_under(experiment, 0, scheduler, None, &mut |progress| watch.progress(progress, started))
}

/// Runs one replication of an experiment: everything that changes is its own, and its luck depends on the seed and its
/// number alone.
///
/// # Errors
/// If it was stopped, its scheduler misbehaved, or a law does not hold.
pub(crate) fn replication(experiment: &Experiment, number: u64, on_progress: OnProgress) -> Result<Finished, Failure> {
    replication_under(experiment, &experiment.scheduler, number, on_progress)
}

/// The same under another scheduler, which was checked against the experiment's world: it meets the same luck.
///
/// # Errors
/// If it was stopped, its scheduler misbehaved, or a law does not hold.
pub(crate) fn replication_under(
    experiment: &Experiment, chosen: &Chosen, number: u64, on_progress: OnProgress,
) -> Result<Finished, Failure> {
    run_under(experiment, number, scheduler(experiment, chosen)?, None, on_progress)
}

/// The same with somebody else who hears every record.
///
/// # Errors
/// If it was stopped, its scheduler misbehaved, or a law does not hold.
pub(crate) fn replication_heard(
    experiment: &Experiment, chosen: &Chosen, number: u64, also: &mut dyn Observer, on_progress: OnProgress,
) -> Result<Finished, Failure> {
    run_under(experiment, number, scheduler(experiment, chosen)?, Some(also), on_progress)
}

fn scheduler(experiment: &Experiment, chosen: &Chosen) -> Result<Box<dyn Scheduler>, Failure> {
    let built = (chosen.entry.build)(&Setup::new(&chosen.params, &experiment.world));
    built.map_err(|issue| Failure::Scheduler(issue.message))
}

fn run_under<'a>(
    experiment: &Experiment, number: u64, scheduler: impl Scheduler, also: Option<&'a mut dyn Observer>,
    on_progress: OnProgress<'a>,
) -> Result<Finished, Failure> {
    let streams = Streams::new(experiment.seed, number);
    let source = experiment.workload.open(streams).map_err(|error| Failure::Unreadable(error.to_string()))?;
    let mut source = Timed { source, watch: Stopwatch::new() };
    let mut scheduler = Around { scheduler, watch: Stopwatch::new() };
    let sample = Sample::new(experiment.request_rows);
    let recorder = Recorder::with_sample(&experiment.world, sample);
    let mut observer = Watched { recorder, also, on_progress };
    let started = Instant::now();
    let outcome = Engine::new(&experiment.world, streams, &mut source, &mut scheduler).run(&mut observer);
    let wall = started.elapsed();
    match outcome {
        Outcome::Finished(books) => Ok(Finished {
            books: *books,
            recorder: observer.recorder,
            timing: Timing {
                wall,
                index_bytes: scheduler.index_bytes(),
                decisions: scheduler.watch.spans,
                arrivals: source.watch.spans,
            },
        }),
        Outcome::Stopped => Err(Failure::Stopped),
        Outcome::SchedulerAborted { message, at } => {
            Err(Failure::Scheduler(format!("it {message}, at {:.3} s", at.as_secs())))
        }
        Outcome::TimeStandsStill { at } => Err(Failure::TimeStandsStill(format!("{:.3} s", at.as_secs()))),
        Outcome::LawBroken(law) => Err(Failure::Law(law.to_string())),
    }
}

impl Watch<'_> {
    fn progress(&self, progress: &Progress, started: Instant) -> ControlFlow<()> {
        if let Some(bar) = self.bar {
            bar.set_length(progress.end.0 / 1_000_000_000);
            bar.set_position(simulated_s(progress));
            let rate = progress.ended as f64 / started.elapsed().as_secs_f64().max(1e-9);
            bar.set_message(format!("{:.1} h simulated, {:.0} requests/s", progress.now.as_secs() / 3600.0, rate));
        }
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// How far a run is within its measurement window [s].
pub(crate) fn simulated_s(progress: &Progress) -> u64 {
    progress.now.min(progress.end).0 / 1_000_000_000
}

/// Passes records on to the recorder, and progress to whoever watches.
struct Watched<'a> {
    recorder: Recorder,
    also: Option<&'a mut dyn Observer>,
    on_progress: OnProgress<'a>,
}

impl Observer for Watched<'_> {
    fn record(&mut self, record: &Record) {
        self.recorder.record(record);
        if let Some(also) = &mut self.also {
            also.record(record);
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        (self.on_progress)(progress)
    }
}
