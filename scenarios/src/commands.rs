//! The verbs of the command line: data to stdout, notes and errors to stderr, exit codes 0, 2, 70 and 130.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use analysis::summary::{About, SignalSource, Summary};
use clap::CommandFactory;
use hardware_profiles::profile::Provenance;
use indicatif::{ProgressBar, ProgressStyle};

use crate::build::Experiment;
use crate::build::costs;
use crate::cli::{Cli, ModelVerb, ProfileArgs, ProfileVerb, RunArgs, ScenarioArgs, SplitsArgs, Verb};
use crate::issues::Refused;
use crate::load::{Loaded, assignment};
use crate::output::Pending;
use crate::replications::Study;
use crate::run::{Failure, Finished, Watch, run};
use crate::signals::args::SignalsVerb;
use crate::spec::Spec;
use crate::workload_inspect::args::WorkloadVerb;
use crate::{
    bench, compare, explain_request, library, listing, model_export, output, profile, replications, reproduce, rescore,
    signals, splits, sweep_weights, workload_inspect,
};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Error {
    /// Bad input: exit code 2.
    Input(String),
    /// A bug or a broken law: exit code 70.
    Bug(String),
    /// Ctrl-C: exit code 130.
    Stopped,
}

impl From<Box<Refused>> for Error {
    fn from(refused: Box<Refused>) -> Self {
        Self::Input(refused.render())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Stopped => Self::Stopped,
            Failure::Unreadable(message) => Self::Input(message),
            Failure::Scheduler(message) => Self::Bug(format!("the scheduler broke its contract: {message}")),
            Failure::TimeStandsStill(at) => Self::Input(format!(
                "time stands still at {at}: requests end at the instant at which they arrive and others follow at once; \
                 give the closed loop a think_time, or a scheduler that does not reject (when_none: queue-best)"
            )),
            Failure::Law(message) => Self::Bug(format!("a law of the simulation is broken: {message}")),
        }
    }
}

/// Carries out a command line and tells the exit code.
#[must_use]
pub fn execute(cli: &Cli) -> ExitCode {
    let (message, code) = match dispatch(cli) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Error::Input(message)) => (format!("error: {message}"), 2),
        Err(Error::Bug(message)) => {
            (format!("error: {message}\nThis is a bug: please report it with the scenario."), 70)
        }
        Err(Error::Stopped) => ("stopped; nothing was written".to_owned(), 130),
    };
    // A closed pipe is no reason to panic.
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::from(code)
}

fn dispatch(cli: &Cli) -> Result<(), Error> {
    set_threads(cli.threads)?;
    match &cli.verb {
        Verb::Run(args) => run_scenario(args, cli.quiet),
        Verb::Compare(args) => watched(cli.quiet, |bar, stop| compare::execute(args, bar, stop)),
        Verb::SweepWeights(args) => watched(cli.quiet, |bar, stop| sweep_weights::execute(args, bar, stop)),
        Verb::Rescore(args) => print(&rescore::text(args)?),
        Verb::Validate(args) => validate(args),
        Verb::Splits(args) => show_splits(args),
        Verb::Init => print(library::TEMPLATE),
        Verb::List { what, errors } => print(&listing::list(*what, *errors).map_err(Error::Input)?),
        Verb::Profile(args) => print(&profile(args, cli.quiet)?),
        Verb::ProfileWorker => profile::worker(),
        Verb::Explain { name } => print(&listing::explain(name).map_err(Error::Input)?),
        Verb::ExplainRequest(args) => {
            let (text, written) = explain_request::text(args)?;
            print(&text)?;
            written.iter().for_each(|written| note(written, cli.quiet));
            Ok(())
        }
        Verb::Model { verb: ModelVerb::Export { name, file, force } } => {
            let written = model_export::export(name, file, *force).map_err(Error::Input)?;
            note(&written, cli.quiet);
            Ok(())
        }
        Verb::Signals { verb } => print(&signals(verb).map_err(Error::Input)?),
        Verb::Workload { verb: WorkloadVerb::Inspect(args) } => print(&workload_inspect::text(args)?),
        Verb::Bench { verb } => bench::execute(verb, print),
        Verb::Schema => print(&schema()),
        Verb::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "carbonedge", &mut text);
            print(&String::from_utf8_lossy(&text))
        }
    }
}

fn signals(verb: &SignalsVerb) -> Result<String, String> {
    match verb {
        SignalsVerb::Inspect(args) => signals::inspect::text(args),
        SignalsVerb::Convert(args) => signals::convert::convert(args),
        SignalsVerb::Score(args) => signals::score::text(args),
    }
}

fn profile(args: &ProfileArgs, quiet: bool) -> Result<String, Error> {
    match &args.verb {
        Some(ProfileVerb::Fit(args)) => profile::fit::text(args).map_err(Error::Input),
        Some(ProfileVerb::Check(args)) => profile::check::text(args).map_err(Error::Input),
        None => profile::measure(&args.measure, quiet),
    }
}

fn set_threads(threads: Option<usize>) -> Result<(), Error> {
    match threads {
        None => Ok(()),
        Some(0) => Err(Error::Input("--threads 0: at least 1".into())),
        Some(n) => rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build_global()
            .map_err(|error| Error::Input(format!("--threads {n}: {error}"))),
    }
}

/// Text to stdout; a closed pipe ends the command quietly.
fn print(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Input(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

/// A line to stderr, where notes go.
fn note(text: &str, quiet: bool) {
    if !quiet {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

fn schema() -> String {
    let mut schema = schemars::schema_for!(Spec);
    schema.insert("title".into(), "CarbonEdge scenario".into());
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// What the command line sets in a scenario, as paths and values.
pub(crate) fn settings(args: &ScenarioArgs) -> Result<Vec<(String, serde_yaml::Value)>, Error> {
    let mut set = Vec::new();
    if let Some(seed) = args.seed {
        set.push(("seed".to_owned(), seed.into()));
    }
    if let Some(name) = &args.scheduler {
        let mut chosen = serde_yaml::Mapping::new();
        chosen.insert("name".into(), name.as_str().into());
        set.push(("scheduler".to_owned(), chosen.into()));
    }
    for text in &args.set {
        set.push(assignment(text).map_err(|error| Error::Input(format!("--set {error}")))?);
    }
    Ok(set)
}

/// The scenario of a command line, with the folders where its files may be.
pub(crate) fn loaded(args: &ScenarioArgs) -> Result<Loaded, Error> {
    Ok(Loaded::find(&args.scenario).map_err(Error::Input)?.with_data(&args.data))
}

/// Prints what work came to that shows how far it is and can be stopped: data to stdout, notes to stderr.
fn watched(
    quiet: bool, work: impl FnOnce(Option<&ProgressBar>, &AtomicBool) -> Result<(String, String), Error>,
) -> Result<(), Error> {
    let (stop, bar) = (stop_on_ctrl_c(), progress_bar(quiet));
    let done = work(bar.as_ref(), &stop);
    clear(bar.as_ref());
    let (text, notes) = done?;
    print(&text)?;
    note(&notes, quiet);
    Ok(())
}

fn validate(args: &ScenarioArgs) -> Result<(), Error> {
    let loaded = loaded(args)?;
    let experiment = loaded.experiment(&settings(args)?)?;
    let notes: String = experiment.notes.iter().map(|known| format!("\nnote: {known}")).collect();
    print(&format!("{}: valid. {}{notes}", loaded.source.name, size(&experiment)))
}

fn show_splits(args: &SplitsArgs) -> Result<(), Error> {
    let loaded = loaded(&args.scenario)?;
    let experiment = loaded.experiment(&settings(&args.scenario)?)?;
    let cases = splits::cases(&experiment, args.from.as_deref(), args.model.as_deref()).map_err(Error::Input)?;
    print(&if args.json { json(&cases)? } else { splits::text(&cases) })
}

/// What a scenario holds, in a line.
pub(crate) fn size(experiment: &Experiment) -> String {
    let world = &experiment.world;
    format!(
        "{} devices of {} classes at {} sites in {} zones, {}, scheduler {}",
        world.devices.len(),
        world.classes.len(),
        world.sites.len(),
        world.grid.zones.len(),
        analysis::number::time(world.settings.horizon.window.as_millis()),
        experiment.scheduler.entry.name
    )
}

fn run_scenario(args: &RunArgs, quiet: bool) -> Result<(), Error> {
    let loaded = loaded(&args.scenario)?;
    let set = settings(&args.scenario)?;
    let experiment = loaded.experiment(&set)?;
    let spec = loaded.spec(&set)?;
    let scenario = serde_yaml::to_string(&spec).map_err(|error| Error::Bug(error.to_string()))?;
    let (stop, bar) = (stop_on_ctrl_c(), progress_bar(quiet));
    let published = || match &spec.reproduces {
        Some(reproduces) => reproduce::reproduce(&loaded, &set, reproduces, args.replications, &stop).map(Some),
        None => Ok(None),
    };
    let (text, notes) = if args.replications > 1 {
        let (experiment, scenario, count) = (&experiment, scenario.as_str(), args.replications);
        let study = Study { experiment, scenario, count, bar: bar.as_ref(), stop: &stop };
        run_replications(&study, args, published)?
    } else {
        run_once(&experiment, &scenario, args, Watch { bar: bar.as_ref(), stop: &stop }, published)?
    };
    print(&text)?;
    note(&notes, quiet);
    Ok(())
}

type Published = Result<Option<String>, Error>;

/// Runs and writes once; what goes to stdout and to stderr.
fn run_once(
    experiment: &Experiment, scenario: &str, args: &RunArgs, watch: Watch, published: impl FnOnce() -> Published,
) -> Result<(String, String), Error> {
    let finished = run(experiment, watch)?;
    clear(watch.bar);
    let summary = Summary::new(&finished.books, &finished.recorder, &experiment.world, about(experiment));
    let published = published()?;
    let folder = output::write(&args.out, experiment, scenario, &finished, &summary, published.as_deref())
        .map_err(|error| unwritten(args, &error))?;
    let text = if args.json {
        json(&summary)?
    } else {
        let mut body = analysis::render::text(&summary);
        if finished.books.measured.in_flight() > 0 {
            let left = finished.books.measured.in_flight();
            let _ = write!(body, "\nnote: {left} requests had not ended when the drain was over");
        }
        page(experiment, &body, published.as_deref())
    };
    Ok((text, format!("{}\nwritten to {}", timing_line(&finished), folder.display())))
}

/// Runs and writes several replications; what goes to stdout and to stderr.
fn run_replications(
    study: &Study, args: &RunArgs, published: impl FnOnce() -> Published,
) -> Result<(String, String), Error> {
    let pending = Pending::new(&args.out, study.experiment).map_err(|error| unwritten(args, &error))?;
    let studied = replications::run(study, pending.path())?;
    clear(study.bar);
    let published = published()?;
    let folder = output::write_published(pending.path(), published.as_deref())
        .and_then(|()| pending.publish())
        .map_err(|error| unwritten(args, &error))?;
    let figures = &studied.replications;
    let text = if args.json { json(figures)? } else { page(study.experiment, &figures.text(), published.as_deref()) };
    let (wall, threads) = (studied.wall.as_secs_f64(), rayon::current_num_threads().min(study.count as usize));
    let rate = studied.requests() as f64 / wall.max(1e-9) * 60.0 / 1e6;
    let timing = format!(
        "{} replications, {} events in {wall:.2} s ({threads} at a time), {rate:.1} M requests/min",
        study.count,
        studied.events()
    );
    Ok((text, format!("{timing}\nwritten to {}", folder.display())))
}

fn clear(bar: Option<&ProgressBar>) {
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn unwritten(args: &RunArgs, error: &std::io::Error) -> Error {
    Error::Input(format!("cannot write to {}: {error}", args.out.display()))
}

fn json(data: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(data).map_err(|error| Error::Bug(error.to_string()))
}

/// What a run prints: what was simulated, its figures, and published figures beside ours.
fn page(experiment: &Experiment, figures: &str, published: Option<&str>) -> String {
    let mut text = format!("{}: {}\n{}\n", experiment.name, experiment.description.trim(), size(experiment));
    let _ = writeln!(text, "accounted: {}", output::boundary(experiment));
    let _ = writeln!(text, "models on device classes: {}", costs::known(&experiment.pairs));
    let _ = writeln!(text, "\n{figures}");
    for known in &experiment.notes {
        let _ = writeln!(text, "note: {known}");
    }
    if let Some(published) = published {
        let _ = writeln!(text, "{published}");
    }
    text
}

fn timing_line(finished: &Finished) -> String {
    let wall = finished.timing.wall.as_secs_f64();
    let rate = finished.books.all.arrived as f64 / wall.max(1e-9);
    format!("{} events in {wall:.2} s, {:.1} M requests/min", finished.books.events, rate * 60.0 / 1e6)
}

/// What a summary says of its run.
pub(crate) fn about(experiment: &Experiment) -> About {
    About {
        scenario: experiment.name.clone(),
        seed: experiment.seed,
        replication: 0,
        scheduler: experiment.scheduler.entry.name.to_owned(),
        scheduler_parameters: experiment.scheduler.parameters(),
        signals: SignalSource::all(&experiment.world),
        energy_provenance: costs::weakest_energy(&experiment.pairs).map(Provenance::name),
    }
}

/// A progress bar on a terminal; none in a pipe.
fn progress_bar(quiet: bool) -> Option<ProgressBar> {
    if quiet || !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  ETA {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    Some(bar)
}

fn stop_on_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a handler Ctrl-C still ends the process, and outputs still appear whole or not at all.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    stop
}
