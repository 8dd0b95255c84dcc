//! The schedulers of a comparison: names with parameters, checked against the world.

use indexmap::IndexMap;
use sim_core::schedulers::BUILTIN;

use crate::build::Experiment;
use crate::build::scheduler::{Chosen, scheduler};
use crate::issues::Check;
use crate::spec::{Quantity, SchedulerSpec};

/// What every comparison needs: distance, load, the paper's three modes, and carbon with an eye on the deadline.
const DEFAULT: [&str; 6] = [
    "nearest",
    "least-loaded",
    "carbonedge:mode=performance",
    "carbonedge:mode=balanced",
    "carbonedge:mode=green",
    "least-carbon-within-deadline",
];

/// A scheduler that takes part, with the name it goes by.
#[derive(Clone, Debug)]
pub(super) struct Entrant {
    pub label: String,
    pub chosen: Chosen,
}

/// Who takes part, the baseline first; notes say which of `all` do not fit the scenario.
///
/// # Errors
/// If a name, a parameter or the baseline is none, or only one scheduler is left.
pub(super) fn entrants(
    asked: &[String], baseline: Option<&str>, experiment: &Experiment, notes: &mut Vec<String>,
) -> Result<Vec<Entrant>, String> {
    let words = if asked.is_empty() { DEFAULT.map(str::to_owned).to_vec() } else { asked.to_vec() };
    let mut entrants: Vec<Entrant> = Vec::new();
    for word in words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        let more = if word == "all" { all(experiment, notes) } else { vec![entrant(word, experiment)?] };
        // `all` beside names that it holds is no mistake; the same name twice is told.
        for one in more {
            match entrants.iter().any(|other| other.label == one.label) {
                true if word == "all" => {}
                true => return Err(format!("scheduler `{word}` is given twice")),
                false => entrants.push(one),
            }
        }
    }
    if let Some(baseline) = baseline {
        let labels: Vec<&str> = entrants.iter().map(|entrant| entrant.label.as_str()).collect();
        let Some(place) = labels.iter().position(|label| *label == baseline) else {
            return Err(format!("--baseline {baseline}: not among the schedulers {}", labels.join(", ")));
        };
        entrants[..=place].rotate_right(1);
    }
    match entrants.len() {
        0 | 1 => Err("a comparison needs two schedulers at least; such as --schedulers nearest,carbonedge".into()),
        _ => Ok(entrants),
    }
}

/// Every scheduler that ships and fits the scenario's world, with its default parameters.
fn all(experiment: &Experiment, notes: &mut Vec<String>) -> Vec<Entrant> {
    let mut fit = Vec::new();
    for entry in BUILTIN {
        match entrant(entry.name, experiment) {
            Ok(entrant) => fit.push(entrant),
            Err(error) => notes.push(format!("left out: {error}")),
        }
    }
    fit
}

/// `name:parameter=value:…`, or `scenario`.
fn entrant(word: &str, experiment: &Experiment) -> Result<Entrant, String> {
    if word == "scenario" {
        let label = format!("{} (scenario)", experiment.scheduler.entry.name);
        return Ok(Entrant { label, chosen: experiment.scheduler.clone() });
    }
    let mut parts = word.split(':');
    let name = parts.next().unwrap_or_default();
    let mut params = IndexMap::new();
    for part in parts {
        let Some((key, value)) = part.split_once('=') else {
            return Err(format!("`{word}`: `{part}` is no parameter=value; such as carbonedge:mode=green:form=kwh"));
        };
        if params.insert(key.trim().to_owned(), Quantity(value.trim().to_owned())).is_some() {
            return Err(format!("`{word}`: `{key}` is given twice"));
        }
    }
    let mut check = Check::default();
    let spec = SchedulerSpec { name: Some(name.to_owned()), params, ..SchedulerSpec::default() };
    match scheduler(&mut check, &spec, &experiment.world) {
        Some(chosen) => Ok(Entrant { label: word.to_owned(), chosen }),
        None => {
            let told = |issue: &crate::issues::Issue| match issue.hint.as_str() {
                "" => issue.message.clone(),
                hint => format!("{} ({hint})", issue.message),
            };
            let issues: Vec<String> = check.issues.iter().map(told).collect();
            Err(format!("scheduler `{word}`: {}", issues.join("; ")))
        }
    }
}
