//! Everything there is to tell of a request, by names and with units: what `--json` prints and the page shows.

use std::cmp::Ordering;

use analysis::summary::split_word;
use indexmap::IndexMap;
use serde::Serialize;
use sim_core::engine::plan::Segment;
use sim_core::ids::DeviceId;
use sim_core::record::{Ending, Step};
use sim_core::scheduler::{Considered, Cuts, Decision, Reason, Request};
use sim_core::world::World;

use super::phases::{Phase, PhaseTold, phases};
use super::resolve::Resolved;
use super::watch::{Asked, Own};
use crate::commands::Error;

/// Most candidates that are told of one decision: the best, and the chosen one.
const MOST: usize = 1000;

/// One request.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Told {
    /// Its number.
    pub id: u64,
    /// The scenario.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Which replication.
    pub replication: u64,
    /// The scheduler, with its parameters.
    pub scheduler: String,
    /// The same, each by its name.
    pub scheduler_parameters: IndexMap<String, String>,
    /// Whether the command line made another run of the one in the directory.
    pub other_run: bool,
    /// The model.
    pub model: String,
    /// Its class.
    pub class: String,
    /// Who asks.
    pub origin: String,
    /// The grid area of who asks.
    pub origin_zone: String,
    /// When it arrived [s since the scenario's epoch].
    pub arrival_s: f64,
    /// The same as a UTC instant.
    pub arrival: String,
    /// How long after its arrival it should be over [ms].
    pub deadline_ms: Option<f64>,
    /// How long its start may be put off [ms].
    pub slack_ms: f64,
    /// Multiplier of its compute time.
    pub work: f64,
    /// Its input [B].
    pub input_bytes: f64,
    /// What the scheduler was asked, and what it said.
    pub decisions: Vec<DecisionTold>,
    /// What then happened.
    pub phases: Vec<PhaseTold>,
    /// How it ended; `null` if it had not when the run was over.
    pub ending: Option<&'static str>,
    /// Completion − arrival [ms].
    pub sojourn_ms: Option<f64>,
    /// Whether it arrived in the measurement window: nothing is attributed to others.
    pub measured: bool,
    /// Energy attributed to it [J].
    pub energy_j: f64,
    /// Operational emissions attributed to it [g].
    pub carbon_g: f64,
    /// Data that it moved between devices [B].
    pub moved_bytes: f64,
    #[serde(skip)]
    pub raw: Raw,
}

/// The same by ids, for traces.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub phases: Vec<Phase>,
}

/// One time that the scheduler was asked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DecisionTold {
    /// When [s since the scenario's epoch].
    pub at_s: f64,
    /// What it decided.
    pub decided: String,
    /// The plan, if it runs.
    pub plan: Option<String>,
    /// Its rule, if it tells it.
    pub rule: &'static str,
    /// Why this and no other.
    pub why: String,
    /// What it chose among, the best first.
    pub considered: Vec<CandidateTold>,
    /// How many more there were.
    pub left_out: usize,
}

/// Something that could have been decided.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CandidateTold {
    /// The plan.
    pub plan: String,
    /// Whether it was chosen.
    pub chosen: bool,
    /// What the scheduler maximises, if it is one figure.
    pub score: Option<f64>,
    /// Why it was out of the question.
    pub excluded: Option<&'static str>,
    /// Its terms.
    pub terms: IndexMap<&'static str, f64>,
}

impl Told {
    /// # Errors
    /// If the run has no such request.
    pub fn new(resolved: &Resolved, own: &Own, id: u64) -> Result<Self, Error> {
        let (experiment, world) = (&resolved.experiment, &resolved.experiment.world);
        let Some(first) = own.asked.first() else {
            return Err(Error::Input(format!(
                "this run has no request {id}: numbers count arrivals from 0, as in requests.parquet"
            )));
        };
        let request = &first.request;
        let own_phases = phases(request.arrival, &own.steps);
        let last = own.steps.last();
        let ms = |end: sim_core::units::SimTime| end.since(request.arrival).as_millis();
        Ok(Self {
            id,
            scenario: experiment.name.clone(),
            seed: experiment.seed,
            replication: resolved.replication,
            scheduler: experiment.scheduler.entry.name.to_owned(),
            scheduler_parameters: experiment.scheduler.parameters(),
            other_run: resolved.changed,
            model: world.models[request.model].name.clone(),
            class: world.request_classes[request.class].name.clone(),
            origin: world.device_name(request.origin).into_owned(),
            origin_zone: world.grid.zones[world.zone_of(request.origin)].name.clone(),
            arrival_s: request.arrival.as_secs(),
            arrival: instant(experiment.epoch, request),
            deadline_ms: request.deadline.map(ms),
            slack_ms: ms(request.start_by),
            work: request.work,
            input_bytes: request.input.0,
            decisions: own.asked.iter().map(|asked| DecisionTold::new(world, asked)).collect(),
            phases: own_phases.iter().map(|phase| PhaseTold::new(world, phase)).collect(),
            ending: own.ending().map(ending),
            sojourn_ms: own.ending().and(last).map(|step| ms(step.at)),
            measured: request.arrival >= world.settings.horizon.window_start()
                && request.arrival < world.settings.horizon.window_end(),
            energy_j: last.map_or(0.0, |step: &Step| step.energy.0),
            carbon_g: last.map_or(0.0, |step| step.carbon.0),
            moved_bytes: own_phases
                .iter()
                .filter(|phase| !phase.hops.is_empty())
                .filter_map(|phase| phase.bytes)
                .map(|bytes| bytes.0)
                .sum(),
            raw: Raw { phases: own_phases },
        })
    }
}

fn instant(epoch: jiff::Timestamp, request: &Request) -> String {
    let since = i64::try_from(request.arrival.0).unwrap_or(i64::MAX);
    epoch.checked_add(jiff::SignedDuration::from_nanos(since)).map_or_else(|_| String::new(), |at| at.to_string())
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Completed => "completed",
        Ending::Late => "completed after its deadline",
        Ending::Rejected(Reason::NoDevice) => "rejected: no device",
        Ending::Rejected(Reason::OverLimits) => "rejected: over the scheduler's limits",
    }
}

impl DecisionTold {
    fn new(world: &World, asked: &Asked) -> Self {
        let whole = world.models[asked.request.model].whole();
        let chosen: Vec<(DeviceId, Cuts)> =
            asked.plan.iter().map(|segment| (segment.device, segment.cuts.unwrap_or(whole))).collect();
        let mut ranked: Vec<&Considered> = asked.explanation.considered.iter().collect();
        ranked.sort_by(|a, b| order(a, b));
        let place = ranked.iter().position(|considered| considered.plan == chosen);
        let name = |plan: &[(DeviceId, Cuts)]| plan_name(world, &asked.request, plan);
        let shown = ranked.iter().enumerate().filter(|&(k, _)| k < MOST || Some(k) == place);
        let considered = shown.map(|(k, considered)| CandidateTold {
            plan: name(&considered.plan),
            chosen: Some(k) == place,
            score: considered.score,
            excluded: considered.excluded,
            terms: considered.terms.iter().map(|term| (term.name, term.value)).collect(),
        });
        let considered: Vec<_> = considered.collect();
        Self {
            at_s: asked.at.as_secs(),
            decided: decided(asked),
            plan: (!chosen.is_empty()).then(|| name(&chosen)),
            rule: asked.explanation.rule,
            why: why(&ranked, place, asked, &name),
            left_out: ranked.len() - considered.len(),
            considered,
        }
    }
}

fn decided(asked: &Asked) -> String {
    match asked.decision {
        Decision::Run(_) => "run now".into(),
        Decision::Hold => "hold until the scheduler places it".into(),
        Decision::Defer(until) => format!("put off for {}", analysis::number::time(until.since(asked.at).as_millis())),
        Decision::Reject(reason) => ending(Ending::Rejected(reason)).into(),
    }
}

fn plan_name(world: &World, request: &Request, plan: &[(DeviceId, Cuts)]) -> String {
    match *plan {
        [(device, cuts)] if cuts == world.models[request.model].whole() => world.device_name(device).into_owned(),
        _ => {
            let segments: Vec<Segment> =
                plan.iter().map(|&(device, cuts)| Segment { device, cuts: Some(cuts) }).collect();
            split_word(&segments, request.model, world)
        }
    }
}

/// The better one first: what is not excluded, the higher score, the lower terms that count, the lower ids.
fn order(a: &Considered, b: &Considered) -> Ordering {
    let excluded = a.excluded.is_some().cmp(&b.excluded.is_some());
    let score = match (a.score, b.score) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        _ => {
            let terms = a.terms[..a.counted].iter().zip(&b.terms[..b.counted]);
            terms.map(|(a, b)| a.value.total_cmp(&b.value)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }
    };
    excluded.then(score).then_with(|| a.plan.cmp(&b.plan))
}

/// Why the chosen one and not the next best.
fn why(
    ranked: &[&Considered], place: Option<usize>, asked: &Asked, name: &impl Fn(&[(DeviceId, Cuts)]) -> String,
) -> String {
    let figure = |number: f64| analysis::number::significant(number, 4);
    let Some(place) = place else {
        return match asked.decision {
            Decision::Run(_) => "its plan is not among those told".into(),
            Decision::Hold | Decision::Defer(_) | Decision::Reject(_) => String::new(),
        };
    };
    if asked.explanation.rule.is_empty() {
        return "this scheduler does not tell its terms; the figures are what anybody would expect of each".into();
    }
    let best = ranked[place];
    let Some(other) = ranked.iter().enumerate().find(|&(k, _)| k != place).map(|(_, other)| *other) else {
        return "it is the only candidate".into();
    };
    let other_name = name(&other.plan);
    if let (Some(score), Some(less)) = (best.score, other.score) {
        let mut terms: Vec<(&str, f64)> = best.terms[..best.counted]
            .iter()
            .zip(&other.terms)
            .map(|(mine, theirs)| (mine.name, mine.value - theirs.value))
            .filter(|(_, difference)| *difference != 0.0)
            .collect();
        terms.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let terms: Vec<String> = terms.iter().map(|(name, by)| format!("{name} {by:+.4}")).collect();
        let by = if terms.is_empty() { "equal in every term, the lower id".into() } else { terms.join(", ") };
        return format!("score {} against {} of {other_name}: {by}", figure(score), figure(less));
    }
    let differing = best.terms[..best.counted].iter().zip(&other.terms).find(|(a, b)| a.value != b.value);
    match (differing, other.excluded) {
        (_, Some(excluded)) if best.excluded.is_none() => format!("the next one, {other_name}, is out: {excluded}"),
        (Some((mine, theirs)), _) => {
            format!("{} {} against {} of {other_name}", mine.name, figure(mine.value), figure(theirs.value))
        }
        (None, _) => format!("equal to {other_name}, the lower id"),
    }
}
