//! What the requests of a source ask for: models, classes, work and input sizes.

use hardware_profiles::quantity::Unit;
use indexmap::IndexMap;
use sim_core::ids::{Id, ModelId, RequestClassId};
use workloads::arrivals::draw::Draw;
use workloads::arrivals::mix::{Choice, Contents, MOST_BYTES, MOST_WORK};
use workloads::error::ParameterError;

use super::Known;
use crate::issues::Check;
use crate::spec::{InputSpec, SourceSpec, WorkSpec};

pub(super) fn contents(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Contents> {
    let world = known.world;
    let names: Vec<&str> = world.models.iter().map(|model| model.name.as_str()).collect();
    let all: Vec<ModelId> = world.models.ids().collect();
    let models = weighted(check, &format!("{path}.models"), "model", &spec.models, &names, all);
    let names: Vec<&str> = world.request_classes.iter().map(|class| class.name.as_str()).collect();
    let first = vec![RequestClassId(0)];
    let classes = weighted(check, &format!("{path}.classes"), "request class", &spec.classes, &names, first);
    let work = match &spec.work {
        None => Draw::constant(1.0).ok(),
        Some(spec) => work(check, &format!("{path}.work"), spec),
    };
    let input = spec.input.as_ref().map(|spec| input(check, &format!("{path}.input"), spec));
    let made = Contents::new(models?, classes?, work?);
    let made = made.map_err(|error| check.issue(&format!("{path}.work"), error.to_string(), "a positive mean")).ok()?;
    match input {
        None => Some(made),
        Some(input) => Some(made.with_input(input?)),
    }
}

fn weighted<I: Id>(
    check: &mut Check, path: &str, what: &str, weights: &IndexMap<String, f64>, known: &[&str], default: Vec<I>,
) -> Option<Choice<I>> {
    if weights.is_empty() {
        return Choice::uniform(default).ok();
    }
    let mut items = Vec::new();
    for name in weights.keys() {
        items.extend(check.named(&format!("{path}.{name}"), what, name, known.iter().copied()).map(I::new));
    }
    if items.len() < weights.len() {
        return None;
    }
    let made = Choice::weighted(items, weights.values().copied().collect());
    made.map_err(|error| check.issue(path, error.to_string(), "weights are not negative, and one is more than 0")).ok()
}

/// At this σ of the logarithm one draw in forty lies above the mean; beyond it, a run's draws hardly come near theirs.
const MOST_SIGMA: f64 = 4.0;

/// A distribution by name.
#[derive(Clone, Copy)]
enum Named {
    Constant,
    Exponential,
    LogNormal,
}

/// A distribution but for its mean.
#[derive(Clone, Copy)]
enum Shape {
    Constant,
    Exponential,
    LogNormal { sigma: f64 },
}

impl Shape {
    /// The shape of a distribution of this `kind`; `sigma` is a lognormal's, which must have it.
    fn read(check: &mut Check, path: &str, kind: Option<&str>, sigma: Option<f64>) -> Option<Self> {
        let names =
            [("constant", Named::Constant), ("exponential", Named::Exponential), ("lognormal", Named::LogNormal)];
        let named = check.choice(&format!("{path}.kind"), kind, &names)?;
        let sigma_path = format!("{path}.sigma");
        match (named, sigma) {
            (Named::LogNormal, Some(sigma)) => {
                check.number(&sigma_path, Some(sigma), 0.0, 0.0, MOST_SIGMA).map(|sigma| Self::LogNormal { sigma })
            }
            (Named::LogNormal, None) => {
                check.issue(path, "a lognormal without its `sigma`", "such as `sigma: 0.5`, of its logarithm");
                None
            }
            (Named::Constant | Named::Exponential, Some(_)) => {
                check.issue(&sigma_path, "`sigma` means nothing for this distribution", "kind: lognormal");
                None
            }
            (Named::Constant, None) => Some(Self::Constant),
            (Named::Exponential, None) => Some(Self::Exponential),
        }
    }

    fn draw(self, mean: f64) -> Result<Draw, ParameterError> {
        match self {
            Self::Constant => Draw::constant(mean),
            Self::Exponential => Draw::exponential(mean),
            Self::LogNormal { sigma } => Draw::lognormal_of_mean(mean, sigma),
        }
    }
}

fn work(check: &mut Check, path: &str, spec: &WorkSpec) -> Option<Draw> {
    let shape = Shape::read(check, path, spec.kind.as_deref(), spec.sigma);
    let mean = check.number(&format!("{path}.mean"), spec.mean, 1.0, 1e-9, MOST_WORK)?;
    shape?.draw(mean).map_err(|error| check.issue(path, error.to_string(), "")).ok()
}

fn input(check: &mut Check, path: &str, spec: &InputSpec) -> Option<Draw> {
    let shape = Shape::read(check, path, spec.kind.as_deref(), spec.sigma);
    let mean_path = format!("{path}.mean");
    let mean = check.quantity(&mean_path, spec.mean.as_ref(), Unit::Bytes, None)?;
    let mean = check.number(&mean_path, Some(mean), 0.0, 0.0, MOST_BYTES)?;
    shape?.draw(mean).map_err(|error| check.issue(path, error.to_string(), "such as `200 kB`")).ok()
}
