//! The verb `workload inspect`: what a trace, or the sources of a scenario, ask for over time.

pub mod args;
pub mod bins;
pub mod dispersion;
pub mod figures;
mod page;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use sim_core::arrival::ArrivalSource;
use sim_core::ids::{DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::units::{SimDuration, SimTime};
use workloads::arrivals::mix::{Contents, Mix};
use workloads::arrivals::origins::Origins;
use workloads::arrivals::replay::format::Format;
use workloads::arrivals::replay::options::TraceOptions;
use workloads::arrivals::replay::survey::Survey;
use workloads::arrivals::replay::{Blanks, Replay, Scaling, Trace};
use workloads::calendar::time_zone;

use crate::build::workload::{TIME_UNITS, meaningless};
use crate::cli::ScenarioArgs;
use crate::commands::{Error, loaded, settings};
use crate::issues::nearest_of;
use crate::library;
use args::InspectArgs;
use figures::{Figures, Summary};

/// What was looked at, and what it asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The file or the scenario.
    pub name: String,
    /// What is known of a trace's rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceFacts>,
    /// Seed of what was drawn; none if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Sources that were left out: closed loops ask when they are answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub closed_loops: usize,
    /// The arrivals.
    pub arrivals: Summary,
}

/// What is known of a trace's rows.
#[derive(Clone, Debug, Serialize)]
pub struct TraceFacts {
    /// Its format.
    pub format: &'static str,
    /// Its rows.
    pub rows: u64,
    /// Its first instant [s from the Unix epoch, or as its numbers count].
    pub first_s: f64,
    /// Its last instant [s].
    pub last_s: f64,
    /// The same as instants of the calendar, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<[Timestamp; 2]>,
    /// How far a row lies behind a row above it [s].
    pub behind_s: f64,
    /// Most rows that wait to be put in order.
    pub waiting_rows: usize,
    /// The longest slack that a row gives its request [s].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_slack_s: Option<f64>,
    /// Of counts: their sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<f64>,
    /// Of counts: their regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Looks at a trace or a scenario, and tells it as text or JSON.
///
/// # Errors
/// What is wrong with the file or the scenario.
pub fn text(args: &InspectArgs) -> Result<String, Error> {
    let found = inspect(args)?;
    if args.json {
        return serde_json::to_string_pretty(&found).map_err(|error| Error::Bug(error.to_string()));
    }
    Ok(page::text(&found))
}

fn inspect(args: &InspectArgs) -> Result<Inspection, Error> {
    let path = Path::new(&args.what);
    let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if yaml || library::by_name(&args.what).is_some() || !path.is_file() {
        return scenario(args);
    }
    trace(args)
}

/// The sources of a scenario from the epoch to the end of the measurement window.
fn scenario(args: &InspectArgs) -> Result<Inspection, Error> {
    if let Some(flag) = args.trace_flag() {
        return Err(Error::Input(format!("{flag} is for traces; `{}` is a scenario, or no such file", args.what)));
    }
    let scenario = ScenarioArgs {
        scenario: args.what.clone(),
        seed: args.seed,
        scheduler: None,
        set: args.set.clone(),
        data: args.data.clone(),
    };
    let experiment = loaded(&scenario)?.experiment(&settings(&scenario)?)?;
    let streams = Streams::new(experiment.seed, 0);
    let mut source = experiment.workload.open_loops(streams).map_err(|error| Error::Input(error.to_string()))?;
    let end = experiment.world.settings.horizon.window_end();
    let mut figures = Figures::default();
    while source.peek().is_some_and(|at| at < end) {
        figures.extend(source.next());
    }
    Ok(Inspection {
        name: experiment.name.clone(),
        trace: None,
        seed: Some(experiment.seed),
        closed_loops: experiment.workload.closed_loops(),
        arrivals: figures.over(SimTime::ZERO, end),
    })
}

fn trace(args: &InspectArgs) -> Result<Inspection, Error> {
    if !args.set.is_empty() {
        return Err(Error::Input(format!("--set is for scenarios; `{}` is a trace", args.what)));
    }
    let options = options(args).map_err(Error::Input)?;
    let open = || File::open(&args.what).map(BufReader::new);
    let refused =
        |error: workloads::error::ReadError| Error::Input(format!("{error}\n  help: {}", error.problem.hint()));
    let trace = Trace::survey(open, &args.what, options, None).map_err(refused)?;
    let vain = meaningless(trace.survey.format, |field| args.gives(field));
    if let Some((field, message, hint)) = vain.first() {
        return Err(Error::Input(format!("--{} {message}\n  help: {hint}", field.replace('_', "-"))));
    }
    let mix = Mix::new(Origins::only(DeviceId(0)), Contents::plain(ModelId(0), RequestClassId(0)));
    let blanks = Blanks { mix, regions: Vec::new() };
    let reader = open().map_err(|error| Error::Input(format!("{}: {error}", args.what)))?;
    let seed = args.seed.unwrap_or(1);
    let replay = Replay::new(reader, &trace, blanks, Scaling::NONE, Streams::new(seed, 0), 0);
    let mut replay = replay.map_err(refused)?;
    let mut figures = Figures::default();
    while let Some(arrival) = replay.next() {
        figures.extend(Some(arrival));
    }
    let survey = &trace.survey;
    let last = u64::try_from(survey.last.saturating_sub(survey.start)).map_or(SimTime::ZERO, SimTime);
    Ok(Inspection {
        name: args.what.clone(),
        trace: Some(facts(survey)),
        seed: (survey.format == Format::Counts).then_some(seed),
        closed_loops: 0,
        arrivals: figures.over(SimTime::ZERO, last),
    })
}

/// Instants before it are numbers that count from elsewhere: no trace of computers is older (1990-01-01).
const OLDEST_NS: i64 = 631_152_000_000_000_000;

fn facts(survey: &Survey) -> TraceFacts {
    let instant = |nanos: i64| Timestamp::from_nanosecond(i128::from(nanos)).ok();
    let calendar = match (instant(survey.first), instant(survey.last)) {
        (Some(first), Some(last)) if survey.first >= OLDEST_NS => Some([first, last]),
        (Some(_) | None, Some(_) | None) => None,
    };
    let counts = survey.format == Format::Counts;
    TraceFacts {
        format: survey.format.name(),
        rows: survey.rows,
        first_s: survey.first as f64 / 1e9,
        last_s: survey.last as f64 / 1e9,
        calendar,
        behind_s: survey.lag as f64 / 1e9,
        waiting_rows: survey.waiting,
        longest_slack_s: survey.slack.map(SimDuration::as_secs),
        counted: counts.then_some(survey.arrivals),
        regions: survey.regions.clone(),
    }
}

fn options(args: &InspectArgs) -> Result<TraceOptions, String> {
    let format = args.format.as_ref().map(|word| named("--format", word, &Format::ALL)).transpose()?;
    let unit = args.time_unit.as_ref().map(|word| named("--time-unit", word, &TIME_UNITS)).transpose()?;
    let zone = |name: &String| time_zone(name).ok_or_else(|| format!("--timezone {name}: no such IANA time zone"));
    let timezone = args.timezone.as_ref().map(zone).transpose()?;
    if args.work_per.is_some() && args.work_column.is_none() {
        return Err("--work-per: there is no --work-column".to_owned());
    }
    let work_per = args.work_per.unwrap_or(1.0);
    if !(work_per.is_finite() && work_per > 0.0) {
        return Err(format!("--work-per {work_per}: more than 0"));
    }
    let defaults = TraceOptions::default();
    Ok(TraceOptions {
        format,
        time_column: args.time_column.clone(),
        time_unit_ns: unit.unwrap_or(defaults.time_unit_ns),
        timezone,
        work_column: args.work_column.clone(),
        work_per,
        ..defaults
    })
}

fn named<T: Copy>(flag: &str, word: &str, words: &[(&str, T)]) -> Result<T, String> {
    let known: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
    let found = words.iter().find(|(other, _)| *other == word).map(|&(_, value)| value);
    found.ok_or_else(|| format!("{flag} {word}: {}", nearest_of(word, &known)))
}
