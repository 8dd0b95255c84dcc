//! The scheduler of a scenario with its parameters, checked against its entry.

use hardware_profiles::quantity::{self, Unit};
use indexmap::IndexMap;
use sim_core::ids::{Id, SiteId, Table};
use sim_core::schedulers::{BUILTIN, Entry, Kind, Param, Params, Setup, Value, by_name, needs_feature};
use sim_core::units::{SimDuration, Watts};
use sim_core::world::decision::DecisionCost;
use sim_core::world::{Site, World};

use crate::issues::{Check, nearest_of};
use crate::spec::{Quantity, SchedulerSpec};

/// A scheduler with its parameters.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Which one.
    pub entry: &'static Entry,
    /// Values of all its parameters.
    pub params: Params,
}

impl Chosen {
    /// Names of its parameters with their values as text.
    #[must_use]
    pub fn parameters(&self) -> IndexMap<String, String> {
        self.params.0.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Span(None) => "none".into(),
        Value::Span(Some(span)) => format!("{} ms", span.as_millis()),
    }
}

/// The scheduler that a scenario names.
pub(crate) fn scheduler(check: &mut Check, spec: &SchedulerSpec, world: &World) -> Option<Chosen> {
    let name = spec.name.as_deref().unwrap_or("carbonedge");
    let Some(entry) = by_name(name) else {
        let known: Vec<&str> = BUILTIN.iter().map(|entry| entry.name).collect();
        let hint = match needs_feature(name) {
            Some(feature) => format!("this program was built without the feature `{feature}`, which brings it"),
            None => nearest_of(name, &known),
        };
        check.issue("scheduler.name", format!("no scheduler `{name}`"), hint);
        return None;
    };
    for given in spec.params.keys() {
        if !entry.params.iter().any(|param| param.name == given) {
            let known: Vec<&str> = entry.params.iter().map(|param| param.name).collect();
            let message = format!("`{name}` has no parameter `{given}`");
            check.issue(&format!("scheduler.params.{given}"), message, nearest_of(given, &known));
        }
    }
    let mut params = Params::default();
    for param in entry.params {
        let text = spec.params.get(param.name).map_or(param.default, |given| given.0.as_str());
        match value(param, text) {
            Ok(value) => {
                params.0.insert(param.name, value);
            }
            Err((message, hint)) => check.issue(&format!("scheduler.params.{}", param.name), message, hint),
        }
    }
    if params.0.len() < entry.params.len() || !check.issues.is_empty() {
        return None;
    }
    let smoothed = params.0.get("load") == Some(&Value::Text("ewma".into()));
    if smoothed && world.settings.telemetry.load_window == SimDuration::ZERO {
        let hint = "such as `telemetry: {load_window: 30 s}`, or load: instant";
        check.issue("scheduler.params.load", "`ewma` averages over telemetry.load_window, which is not given", hint);
        return None;
    }
    if let Err(issue) = (entry.build)(&Setup::new(&params, world)) {
        check.issue(&format!("scheduler.params.{}", issue.param), issue.message, issue.hint);
        return None;
    }
    Some(Chosen { entry, params })
}

/// What deciding costs; `None` if it takes no time.
pub(super) fn decision_cost(
    check: &mut Check, spec: &SchedulerSpec, sites: &Table<SiteId, Site>,
) -> Option<DecisionCost> {
    let spec = spec.decision_cost.as_ref()?;
    let mut of = |field: &str, given: Option<&Quantity>, unit| {
        let path = format!("scheduler.decision_cost.{field}");
        let value = check.quantity(&path, given, unit, Some(0.0)).unwrap_or(0.0);
        if value < 0.0 {
            check.issue(&path, "a cost below zero", "zero or more");
        }
        value.max(0.0)
    };
    let fixed_s = of("fixed", spec.fixed.as_ref(), Unit::Time);
    let per_candidate_s = of("per_candidate", spec.per_candidate.as_ref(), Unit::Time);
    let power = Watts(of("power", spec.power.as_ref(), Unit::Power));
    let at = spec.at.as_deref().filter(|&at| at != "origin").and_then(|at| {
        let names = sites.iter().map(|site| site.name.as_str()).chain(["origin"]);
        check.named("scheduler.decision_cost.at", "site", at, names).map(SiteId::new)
    });
    let takes_time = fixed_s > 0.0 || per_candidate_s > 0.0;
    if power > Watts::ZERO && !takes_time {
        check.issue("scheduler.decision_cost", "power without time is no energy", "give `fixed`, such as `2 us`");
    }
    takes_time.then_some(DecisionCost { fixed_s, per_candidate_s, power, at })
}

/// The value of a parameter from its text; else what is wrong with a hint.
fn value(param: &Param, text: &str) -> Result<Value, (String, String)> {
    match param.kind {
        Kind::Text => Ok(Value::Text(text.to_owned())),
        Kind::Choice(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
        Kind::Choice(words) => Err((format!("`{text}` is not one of the choices"), nearest_of(text, words))),
        Kind::Number { min, max } => match text.parse::<f64>() {
            Ok(number) if number >= min && number <= max => Ok(Value::Number(number)),
            _ => Err((format!("`{text}` is no number from {min} to {max}"), param.doc.to_owned())),
        },
        Kind::NumberOr { word, .. } if text == word => Ok(Value::Text(word.to_owned())),
        Kind::NumberOr { word, min, max } => match text.parse::<f64>() {
            Ok(number) if number >= min && number <= max => Ok(Value::Number(number)),
            _ => Err((format!("`{text}` is no number from {min} to {max}, nor `{word}`"), param.doc.to_owned())),
        },
        Kind::Count { min, max } => match text.parse::<u32>() {
            Ok(count) if count >= min && count <= max => Ok(Value::Number(f64::from(count))),
            _ => Err((format!("`{text}` is no whole number from {min} to {max}"), param.doc.to_owned())),
        },
        Kind::Span if text == "none" => Ok(Value::Span(None)),
        Kind::Span => match quantity::parse(text, Unit::Time) {
            Ok(seconds) => Ok(Value::Span(Some(SimDuration::from_secs(seconds)))),
            Err(error) => Err((error.to_string(), format!("{}; or `none`", error.hint()))),
        },
    }
}
