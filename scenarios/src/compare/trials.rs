//! Runs every scheduler through every replication: the same requests and the same luck for all of them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use analysis::comparison::{Lower, Trial};
use analysis::replications::Figures;
use analysis::rescore;
use analysis::sample::Sample;
use analysis::summary::{About, Summary};
use indicatif::ProgressBar;
use sim_core::bounds::{self, Relaxation, Served};
use sim_core::engine::Books;
use sim_core::kernel::rng::Streams;
use sim_core::record::Ending;
use sim_core::world::signal::SignalKind;

use super::entrants::Entrant;
use super::periods::Period;
use crate::build::Experiment;
use crate::commands::{Error, about};
use crate::replications::side_by_side::side_by_side;
use crate::run::{Failure, replication_heard, simulated_s};

/// One run: what a comparison takes of it, and the same energy and requests under other rules of accounting.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub trial: Trial,
    /// Operational carbon per inference if the average or the marginal signals counted [g]; `None` without such signals.
    pub rescored: [Option<f64>; 2],
    /// Carbon attributed to requests per inference, by the rule for idle power [g].
    pub attributed: Option<f64>,
}

/// Runs by scheduler, period and seed.
pub(super) type Trials = Vec<Vec<Vec<Ran>>>;

/// What a comparison takes of all runs.
pub(super) fn figures(trials: &Trials) -> Vec<Vec<Vec<Trial>>> {
    let of = |ran: &Vec<Ran>| ran.iter().map(|ran| ran.trial.clone()).collect();
    trials.iter().map(|periods| periods.iter().map(of).collect()).collect()
}

/// Puts more seeds behind those of each period.
pub(super) fn extend(trials: &mut Trials, more: Trials) {
    for (periods, more) in trials.iter_mut().zip(more) {
        periods.iter_mut().zip(more).for_each(|(seeds, more)| seeds.extend(more));
    }
}

/// What is run, and who watches.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub entrants: &'a [Entrant],
    pub periods: &'a [Period],
    /// How large the linear program of a bound may be.
    pub relaxation: Relaxation,
    pub bar: Option<&'a ProgressBar>,
    pub stop: &'a AtomicBool,
}

impl Field<'_> {
    /// Runs all schedulers in all periods under the seeds `from..to` of each.
    ///
    /// # Errors
    /// Of the lowest replication that fails; if it was stopped.
    pub fn run(&self, from: usize, to: usize) -> Result<Trials, Error> {
        let seeds = to - from;
        let jobs = self.periods.len() * seeds;
        let board = Board { bar: self.bar, started: Instant::now(), ended: AtomicU64::new(0) };
        self.open(jobs);
        let count = u32::try_from(jobs).map_err(|_| Error::Input(format!("{jobs} replications are too many")))?;
        let done = side_by_side(count, |job, vain| {
            let (period, seed) = (job as usize / seeds, from + job as usize % seeds);
            // Numbers of replications differ between periods, so that no luck comes twice.
            let number = (seed * self.periods.len() + period) as u64;
            self.replication(&self.periods[period], number, &board, vain)
        })?;
        Ok(self.by_scheduler(done, seeds))
    }

    fn open(&self, jobs: usize) {
        if let Some(bar) = self.bar {
            let each = |period: &Period| period.experiment.world.settings.horizon.window_end().0 / 1_000_000_000;
            let all: u64 = self.periods.iter().map(each).sum();
            bar.set_position(0);
            bar.set_length(all * self.entrants.len() as u64 * (jobs / self.periods.len().max(1)) as u64);
        }
    }

    /// One replication under each scheduler, one after the other; the baseline's is kept to compare requests with.
    fn replication(
        &self, period: &Period, number: u64, board: &Board, vain: &dyn Fn() -> bool,
    ) -> Result<Vec<Ran>, Error> {
        let over = || self.stop.load(Ordering::Relaxed) || vain();
        let experiment = &period.experiment;
        let mut baseline: Option<Vec<(u64, f64)>> = None;
        let mut bounded = None;
        let mut trials = Vec::with_capacity(self.entrants.len());
        for entrant in self.entrants {
            if over() {
                return Err(Error::Stopped); // a short run never asks
            }
            let mut seen = (0, 0);
            let streams = Streams::new(experiment.seed, number);
            let mut served = Served::new(&experiment.world, streams, self.relaxation);
            let finished = replication_heard(experiment, &entrant.chosen, number, &mut served, &mut |progress| {
                board.advance(&mut seen, (simulated_s(progress), progress.ended));
                if over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let finished = finished.map_err(|failure| named(failure, entrant, period, number))?;
            let all = &finished.books.all;
            let end = experiment.world.settings.horizon.window_end().0 / 1_000_000_000;
            board.advance(&mut seen, (end, all.completed + all.rejected + all.failed));
            let about = About { replication: number, ..about(experiment) };
            let summary = Summary::new(&finished.books, &finished.recorder, &experiment.world, about);
            let sojourns = sojourns(finished.recorder.sample());
            let decisions = &finished.timing.decisions;
            let decision_ns = [0.5, 0.99].map(|q| decisions.quantile(q).map(|span| span.0 as f64));
            let trial = Trial {
                figures: Figures::of(&summary),
                request_differences_ms: baseline.as_ref().and_then(|baseline| differences(baseline, &sojourns)),
                decision_ns,
                bounds: bounds(&finished.books, &served, &mut bounded),
            };
            let each = |grams: f64| (summary.requests.completed > 0).then(|| grams / summary.requests.completed as f64);
            trials.push(Ran {
                trial,
                rescored: [SignalKind::Average, SignalKind::Marginal]
                    .map(|kind| rescored(experiment, &finished.books, kind).and_then(each)),
                attributed: each(summary.attribution.requests_g),
            });
            baseline.get_or_insert(sojourns);
        }
        Ok(trials)
    }

    /// From trials by replication to trials by scheduler, period and seed.
    fn by_scheduler(&self, done: Vec<Vec<Ran>>, seeds: usize) -> Trials {
        let mut trials: Trials = self.entrants.iter().map(|_| Vec::new()).collect();
        for (job, replication) in done.into_iter().enumerate() {
            for (of, trial) in trials.iter_mut().zip(replication) {
                if job % seeds == 0 {
                    of.push(Vec::with_capacity(seeds));
                }
                of.last_mut().expect("invariant: a period's list was just opened").push(trial);
            }
        }
        trials
    }
}

/// Lower bounds of what serving these requests emits [g]. Schedulers that served all requests in time have them in common,
/// and the linear program of the first one serves them all.
fn bounds(books: &Books, served: &Served, known: &mut Option<Vec<Lower>>) -> Vec<Lower> {
    let all = served.completed() == books.measured.arrived && served.late() == 0;
    let all = all && !books.power_ordered && !books.suspended;
    if let Some(known) = known.as_ref().filter(|_| all) {
        return known.clone();
    }
    let found = bounds::bounds(books, served).found.into_iter().map(|bound| Lower {
        name: bound.name.to_owned(),
        carbon_g: bound.carbon.0,
        unavoidable_g: bound.unavoidable.0,
    });
    let found: Vec<Lower> = found.collect();
    if all {
        known.get_or_insert_with(|| found.clone());
    }
    found
}

/// Operational carbon of a run if the signals of a kind counted [g].
fn rescored(experiment: &Experiment, books: &Books, kind: SignalKind) -> Option<f64> {
    let emitted = rescore::emissions(&experiment.world.grid, kind, rescore::slices(books))?;
    Some(emitted.iter().map(|grams| grams.0).sum())
}

/// A failure with the scheduler and the replication that it is of.
fn named(failure: Failure, entrant: &Entrant, period: &Period, number: u64) -> Error {
    let whose = format!("{} in replication {number} ({})", entrant.label, period.label);
    match Error::from(failure) {
        Error::Input(message) => Error::Input(format!("{whose}: {message}")),
        Error::Bug(message) => Error::Bug(format!("{whose}: {message}")),
        Error::Stopped => Error::Stopped,
    }
}

/// Sojourn times of the sampled requests that completed, by id [ms].
fn sojourns(sample: &Sample) -> Vec<(u64, f64)> {
    let completed = sample.records().into_iter().filter(|record| match record.ending {
        Ending::Completed | Ending::Late => true,
        Ending::Rejected(_) => false,
    });
    completed.map(|record| (record.id, record.sojourn().as_millis())).collect()
}

/// Quantiles (p50, p95, p99) of sojourn minus the baseline's sojourn over the requests that completed under both [ms];
/// `None` if there is none. Both lists are in order of id.
fn differences(baseline: &[(u64, f64)], other: &[(u64, f64)]) -> Option<[f64; 3]> {
    let mut known = baseline.iter().copied().peekable();
    let mut differences = Vec::new();
    for &(id, sojourn) in other {
        while known.next_if(|&(earlier, _)| earlier < id).is_some() {}
        if let Some((_, before)) = known.next_if(|&(same, _)| same == id) {
            differences.push(sojourn - before);
        }
    }
    differences.sort_unstable_by(f64::total_cmp);
    let rank = |q: f64| ((q * differences.len() as f64).ceil() as usize).max(1) - 1;
    (!differences.is_empty()).then(|| [0.5, 0.95, 0.99].map(|q| differences[rank(q)]))
}

/// How far all runs together are.
struct Board<'a> {
    bar: Option<&'a ProgressBar>,
    started: Instant,
    ended: AtomicU64,
}

impl Board<'_> {
    /// A run is now at so many simulated seconds and ended requests; it was at `seen`.
    fn advance(&self, seen: &mut (u64, u64), now: (u64, u64)) {
        let more = now.1.saturating_sub(seen.1);
        let ended = self.ended.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(bar) = self.bar {
            bar.inc(now.0.saturating_sub(seen.0));
            let rate = ended as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
            bar.set_message(format!("of all runs, {rate:.0} requests/s"));
        }
        *seen = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_paired_by_number_and_those_without_a_partner_left_out() {
        let baseline = [(1, 10.0), (2, 20.0), (4, 40.0), (6, 60.0)];
        let other = [(0, 1.0), (2, 21.0), (3, 3.0), (4, 38.0), (6, 65.0), (7, 7.0)];
        assert_eq!(differences(&baseline, &other), Some([1.0, 5.0, 5.0])); // -2, 1, 5
        assert_eq!(differences(&baseline, &[(9, 1.0)]), None);
    }
}
