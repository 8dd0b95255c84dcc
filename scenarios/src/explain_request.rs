//! `explain-request`: one request of a run, what its scheduler weighed, why it chose, and what then happened.

pub mod args;
mod page;
mod perfetto;
mod phases;
mod resolve;
mod told;
mod watch;

use std::fs;

use sim_core::engine::{Engine, Outcome};
use sim_core::kernel::rng::Streams;
use sim_core::record::Observer;
use sim_core::scheduler::Around;
use sim_core::schedulers::Setup;

use crate::commands::Error;
use args::ExplainRequestArgs;
use resolve::Resolved;
use told::Told;
use watch::{Ear, Neighbours, Own};

/// Runs the scenario again up to the request's end, and tells; what goes to stdout, and a note.
///
/// # Errors
/// If the run or the request is not there, or is not what it was; if the trace cannot be written.
pub fn text(args: &ExplainRequestArgs) -> Result<(String, Option<String>), Error> {
    let resolved = resolve::resolve(args)?;
    let own = own(&resolved, args.id)?;
    let told = Told::new(&resolved, &own, args.id)?;
    let note = match &args.perfetto {
        None => None,
        Some(file) => {
            let around = neighbours(&resolved, &own, args)?;
            let trace = perfetto::trace(&resolved.experiment.world, &told, &around);
            let text = serde_json::to_string(&trace).map_err(|error| Error::Bug(error.to_string()))?;
            let unwritten = |error| Error::Input(format!("cannot write to {}: {error}", file.display()));
            fs::write(file, text).map_err(unwritten)?;
            Some(format!("written to {}; open it in https://ui.perfetto.dev", file.display()))
        }
    };
    let text = match args.json {
        true => serde_json::to_string_pretty(&told).map_err(|error| Error::Bug(error.to_string()))?,
        false => page::text(&told, args.candidates),
    };
    Ok((text, note))
}

/// What is asked and done for the request itself.
fn own(resolved: &Resolved, id: u64) -> Result<Own, Error> {
    let mut own = Own::of(id);
    let asked = again(resolved, Ear::of(id), &mut own)?;
    own.asked = asked;
    Ok(own)
}

/// What those do that are in flight within some time of the request.
fn neighbours(resolved: &Resolved, own: &Own, args: &ExplainRequestArgs) -> Result<Neighbours, Error> {
    let around = args.around_span().map_err(Error::Input)?;
    let mut neighbours = Neighbours::within(own.span(), around);
    again(resolved, Ear::of(args.id), &mut neighbours)?;
    Ok(neighbours)
}

/// Runs the same run again; what its scheduler told is returned.
fn again(resolved: &Resolved, ear: Ear, observer: &mut impl Observer) -> Result<Vec<watch::Asked>, Error> {
    let experiment = &resolved.experiment;
    let chosen = &experiment.scheduler;
    let scheduler = (chosen.entry.build)(&Setup::new(&chosen.params, &experiment.world));
    let scheduler = scheduler.map_err(|issue| Error::Input(issue.message))?;
    let streams = Streams::new(experiment.seed, resolved.replication);
    let mut source = experiment.workload.open(streams).map_err(|error| Error::Input(error.to_string()))?;
    let mut around = Around { scheduler, watch: ear };
    match Engine::new(&experiment.world, streams, &mut source, &mut around).run(observer) {
        // An end before the observer asked for one is no harm: a request that is not there is noticed later.
        Outcome::Finished(_) | Outcome::Stopped => Ok(around.watch.asked),
        Outcome::SchedulerAborted { message, at } => {
            Err(Error::Bug(format!("the scheduler broke its contract: it {message}, at {:.3} s", at.as_secs())))
        }
        Outcome::TimeStandsStill { at } => Err(Error::Input(format!("time stands still at {:.3} s", at.as_secs()))),
        Outcome::LawBroken(law) => Err(Error::Bug(format!("a law of the simulation is broken: {law}"))),
    }
}
