//! Models and request classes from a scenario.

use hardware_profiles::catalogue::Precision;
use hardware_profiles::profile;
use hardware_profiles::quantity::Unit;
use hardware_profiles::zoo::{self, Network};
use sim_core::ids::{Id, ModelId, RequestClassId, Table, ZoneId};
use sim_core::units::{Bytes, SimDuration};
use sim_core::world::grid::Grid;
use sim_core::world::model::{Model, RequestClass};

use crate::issues::Check;
use crate::spec::{ModelSpec, RequestClassSpec};

/// A model with the network that its costs come from.
pub(super) struct Described {
    pub model: Model,
    pub cut_encoding: &'static str,
    pub network: Network,
    /// Number format that it runs in; each class's own if `None`.
    pub precision: Option<Precision>,
}

/// Encodings of tensors between devices, with the bytes of a number over those of single precision.
const ENCODINGS: [(&str, (&str, f64)); 3] = [("f32", ("f32", 1.0)), ("f16", ("f16", 0.5)), ("int8", ("int8", 0.25))];

/// The models of a scenario.
pub(super) fn models(check: &mut Check, specs: &[ModelSpec]) -> Vec<Described> {
    if specs.is_empty() {
        check.issue(
            "models",
            "no model",
            "such as `models: [{name: mobilenet-v2}]`; `carbonedge list models` shows them",
        );
    }
    let mut models: Vec<Described> = Vec::new();
    for (k, spec) in specs.iter().enumerate() {
        let path = format!("models[{k}]");
        if let Some(described) = describe(check, &path, spec) {
            if models.iter().any(|other| other.model.name == described.model.name) {
                check.issue(&format!("{path}.name"), format!("model `{}` is defined twice", described.model.name), "");
            }
            models.push(described);
        }
    }
    models
}

fn describe(check: &mut Check, path: &str, spec: &ModelSpec) -> Option<Described> {
    let network = network(check, path, spec);
    let precision = match spec.precision.as_deref() {
        None => Some(None),
        given => check.choice(&format!("{path}.precision"), given, &Precision::NAMES).map(Some),
    };
    let (network, precision) = (network?, precision?);
    let mut model = network.model();
    let mut bytes = |field: &str, given, default: Bytes| {
        check.quantity(&format!("{path}.{field}"), given, Unit::Bytes, Some(default.0)).map(Bytes)
    };
    let (input, output) =
        (bytes("input", spec.input.as_ref(), model.input()), bytes("output", spec.output.as_ref(), model.output()));
    let encoding = check.choice(&format!("{path}.cut_encoding"), spec.cut_encoding.as_deref(), &ENCODINGS);
    let (cut_encoding, width) = encoding?;
    encode(&mut model, width, input?, output?);
    if spec.accuracy.is_some() {
        model.accuracy = check.quantity(&format!("{path}.accuracy"), spec.accuracy.as_ref(), Unit::Share, None);
    }
    model.cores_needed =
        check.number(&format!("{path}.cores_needed"), spec.cores_needed, model.cores_needed, 1e-9, 1e6)?;
    Some(Described { model, cut_encoding, network, precision })
}

/// The encoding of each model's tensors between devices.
pub(super) fn cut_encodings(models: &[Described]) -> Vec<(String, &'static str)> {
    models.iter().map(|described| (described.model.name.clone(), described.cut_encoding)).collect()
}

/// Sets what travels: the ends as stated, tensors at inner cuts in their encoding.
fn encode(model: &mut Model, width: f64, input: Bytes, output: Bytes) {
    model.cuts.iter_mut().for_each(|cut| cut.tensor = cut.tensor * width);
    let last = model.cuts.len() - 1;
    (model.cuts[0].tensor, model.cuts[last].tensor) = (input, output);
}

/// The network of a model: a layer table, a profile's, or one of the zoo.
fn network(check: &mut Check, path: &str, spec: &ModelSpec) -> Option<Network> {
    let named = |check: &mut Check| {
        check.required(&format!("{path}.name"), "the model's name", spec.name.as_ref()).map(str::to_owned)
    };
    match (&spec.layers, &spec.profile) {
        (Some(_), Some(_)) => {
            check.issue(&format!("{path}.profile"), "a model has `layers` or a `profile`, not both", "keep one");
            None
        }
        (Some(file), None) => {
            let (name, at) = (named(check)?, format!("{path}.layers"));
            let text = check.read(&at, file)?;
            let read = Network::from_csv(&name, &text);
            read.map_err(|errors| errors.iter().for_each(|error| check.issue(&at, format!("{file}: {error}"), ""))).ok()
        }
        (None, Some(file)) => {
            let at = format!("{path}.profile");
            let text = check.read(&at, file)?;
            let read = profile::read(&text, file).map_err(|error| check.issue(&at, error.to_string(), "")).ok()?;
            let mut network = read.network();
            network.name = spec.name.clone().unwrap_or(network.name);
            Some(network)
        }
        (None, None) => {
            let name = named(check)?;
            let known = zoo::builtin().iter().map(|network| network.name.as_str());
            let at = check.named(&format!("{path}.name"), "model in the zoo", &name, known)?;
            Some(zoo::builtin()[at].clone())
        }
    }
}

/// The kinds of requests; one without a deadline where the scenario lists none.
pub(super) fn request_classes(
    check: &mut Check, specs: &[RequestClassSpec], grid: &Grid,
) -> Table<RequestClassId, RequestClass> {
    let default = [RequestClassSpec { name: Some("interactive".into()), ..RequestClassSpec::default() }];
    let mut classes: Table<RequestClassId, RequestClass> = Table::new();
    for (k, spec) in if specs.is_empty() { &default } else { specs }.iter().enumerate() {
        let path = format!("request_classes[{k}]");
        let name = check.required(&format!("{path}.name"), "the class's name", spec.name.as_ref()).unwrap_or_default();
        if classes.find(|class| class.name == name).is_some() {
            check.issue(&format!("{path}.name"), format!("request class `{name}` is defined twice"), "");
        }
        let deadline =
            spec.deadline.as_ref().and_then(|given| check.span(&format!("{path}.deadline"), Some(given), None));
        let slack = check.span(&format!("{path}.slack"), spec.slack.as_ref(), Some(0.0)).unwrap_or(SimDuration::ZERO);
        let interruptible = spec.interruptible;
        let cost_path = format!("{path}.resume_cost");
        let resume_cost = check.span(&cost_path, spec.resume_cost.as_ref(), Some(0.0)).unwrap_or(SimDuration::ZERO);
        if spec.resume_cost.is_some() && !interruptible {
            check.issue(&cost_path, "what is never suspended is never resumed", "set `interruptible: true`");
        }
        let zones = (!spec.zones.is_empty()).then(|| {
            let mut find = |(k, name): (usize, &String)| {
                let known = grid.zones.iter().map(|zone| zone.name.as_str());
                check.named(&format!("{path}.zones[{k}]"), "zone", name, known).map(ZoneId::new)
            };
            spec.zones.iter().enumerate().filter_map(&mut find).collect()
        });
        classes.push(RequestClass { name: name.to_owned(), deadline, slack, interruptible, resume_cost, zones });
    }
    classes
}

/// The models of a world.
pub(super) fn table(models: Vec<Described>) -> Table<ModelId, Model> {
    models.into_iter().map(|described| described.model).collect()
}
