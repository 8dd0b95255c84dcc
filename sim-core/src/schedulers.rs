//! The schedulers that ship with the simulator: one file each, named once in the list below.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ordered_float::OrderedFloat;

use crate::ids::{ClassId, DeviceId, PlanId};
use crate::ranked::Candidates;
use crate::scheduler::{Decision, Reason, Request, Scheduler, View};
use crate::units::SimDuration;
use crate::world::World;
use crate::world::device::Role;

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A number within bounds, both included.
    Number {
        /// Least.
        min: f64,
        /// Most.
        max: f64,
    },
    /// A number within bounds, or this word, its default.
    NumberOr {
        /// The word.
        word: &'static str,
        /// Least.
        min: f64,
        /// Most.
        max: f64,
    },
    /// A whole number within bounds, both included.
    Count {
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A name or a word.
    Text,
    /// A span of time with its unit, or `none`.
    Span,
}

/// A typed parameter of a scheduler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// Its name, as in the scenario.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Its value where the scenario says nothing, written as in a scenario.
    pub default: &'static str,
    /// Its meaning, with the unit.
    pub doc: &'static str,
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of [`Kind::Number`], [`Kind::NumberOr`] and [`Kind::Count`].
    Number(f64),
    /// Of [`Kind::Choice`] and [`Kind::Text`], and the word of [`Kind::NumberOr`].
    Text(String),
    /// Of [`Kind::Span`]; `None` for `none`.
    Span(Option<SimDuration>),
}

/// Values of all parameters of one scheduler, checked against its [`Entry`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(pub BTreeMap<&'static str, Value>);

impl Params {
    /// The value of a number.
    ///
    /// # Panics
    /// If the entry declares no such number: a bug of the scheduler's file.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Number(number)) => *number,
            other => panic!("invariant: {name} is a declared number, not {other:?}"),
        }
    }

    /// The value of a number that may be a word instead; `None` for the word.
    ///
    /// # Panics
    /// If the entry declares no such number: a bug of the scheduler's file.
    #[must_use]
    pub fn number_or(&self, name: &str) -> Option<f64> {
        match self.0.get(name) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Text(_)) => None,
            other => panic!("invariant: {name} is a declared number or word, not {other:?}"),
        }
    }

    /// The value of a choice or a text.
    ///
    /// # Panics
    /// If the entry declares no such text: a bug of the scheduler's file.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            other => panic!("invariant: {name} is a declared text, not {other:?}"),
        }
    }

    /// The value of a span; `None` for `none`.
    ///
    /// # Panics
    /// If the entry declares no such span: a bug of the scheduler's file.
    #[must_use]
    pub fn span(&self, name: &str) -> Option<SimDuration> {
        match self.0.get(name) {
            Some(Value::Span(span)) => *span,
            other => panic!("invariant: {name} is a declared span, not {other:?}"),
        }
    }
}

/// A parameter whose value makes no sense in this world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamIssue {
    /// The parameter.
    pub param: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

/// What a scheduler is built from: its parameters, and the names of the world.
pub struct Setup<'a> {
    /// Values of its parameters.
    pub params: &'a Params,
    world: &'a World,
}

impl<'a> Setup<'a> {
    /// A set-up for a world.
    #[must_use]
    pub fn new(params: &'a Params, world: &'a World) -> Self {
        Self { params, world }
    }

    /// The same world with other parameters: those of a scheduler that another one builds on.
    pub(crate) fn with<'b>(&self, params: &'b Params) -> Setup<'b>
    where
        'a: 'b,
    {
        Setup { params, world: self.world }
    }

    /// The device of a name, if it computes at all.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<DeviceId> {
        self.world.names.find(name).find(|&device| self.world.devices[device].role != Role::Source)
    }

    /// The device classes of a name: groups with settings of their own share it.
    #[must_use]
    pub fn classes(&self, name: &str) -> Vec<ClassId> {
        self.world.classes.enumerate().filter(|(_, class)| class.name == name).map(|(id, _)| id).collect()
    }

    /// The shared devices of all classes of a name.
    #[must_use]
    pub fn devices_of(&self, class: &str) -> Vec<DeviceId> {
        let classes = self.classes(class);
        let devices = self.world.devices.enumerate();
        let of = devices.filter(|(_, device)| device.role == Role::Shared && classes.contains(&device.class));
        of.map(|(id, _)| id).collect()
    }

    /// The first reserved device.
    #[must_use]
    pub fn first_reserved(&self) -> Option<DeviceId> {
        self.world.devices.find(|device| device.role == Role::Reserved)
    }

    /// The name of the class with the most cores among the shared devices'; the first of equals.
    #[must_use]
    pub fn largest_class(&self) -> Option<&str> {
        let shared = self.world.devices.iter().filter(|device| device.role == Role::Shared).map(|device| device.class);
        let largest = shared.min_by_key(|&class| (OrderedFloat(-self.world.classes[class].cores), class));
        largest.map(|class| self.world.classes[class].name.as_str())
    }

    /// Names that a device or class parameter may take.
    #[must_use]
    pub fn known_names(&self) -> String {
        let mut names: Vec<Cow<str>> = self.world.classes.iter().map(|class| class.name.as_str().into()).collect();
        names.extend(self.world.names.iter().take(8));
        names.join(", ")
    }
}

/// Two lists of parameters as one: a scheduler's own, then those of its family.
const fn join<const N: usize>(own: &[Param], family: &[Param]) -> [Param; N] {
    assert!(own.len() + family.len() == N, "the length of the joined list");
    let mut all = [own[0]; N];
    let mut k = 1;
    while k < N {
        all[k] = if k < own.len() { own[k] } else { family[k - own.len()] };
        k += 1;
    }
    all
}

/// How a scheduler is made.
pub type Build = fn(&Setup) -> Result<Box<dyn Scheduler>, ParamIssue>;

/// Everything the project says of a scheduler: from it come listing, schema, hints, citations and conformance tests.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, as in the scenario.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Where it comes from.
    pub citation: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// Makes it.
    pub build: Build,
}

impl Entry {
    /// Its parameters at their defaults.
    ///
    /// # Panics
    /// If a default is not of its kind: a bug of the scheduler's file.
    #[must_use]
    pub fn defaults(&self) -> Params {
        let value = |param: &Param| match param.kind {
            Kind::Number { .. } | Kind::Count { .. } => {
                Value::Number(param.default.parse().expect("invariant: the default of a number is one"))
            }
            Kind::Choice(_) | Kind::Text | Kind::NumberOr { .. } => Value::Text(param.default.to_owned()),
            Kind::Span => Value::Span(span(param.default)),
        };
        Params(self.params.iter().map(|param| (param.name, value(param))).collect())
    }
}

/// A span as entries write their defaults: `none`, or a whole number of `ms`, `min` or `h`.
fn span(text: &str) -> Option<SimDuration> {
    let (number, unit) = text.split_once(' ')?;
    let number: u64 = number.parse().expect("invariant: the default of a span is a whole number with its unit");
    match unit {
        "ms" => Some(SimDuration::from_millis(number as f64)),
        "min" => Some(SimDuration(SimDuration::from_hours(number).0 / 60)),
        "h" => Some(SimDuration::from_hours(number)),
        _ => panic!("invariant: the default of a span is in ms, min or h, not {unit}"),
    }
}

macro_rules! builtin {
    ($($module:ident $(if $feature:literal)?),* $(,)?) => {
        $($(#[cfg(feature = $feature)])? mod $module;)*

        /// All schedulers that this build has, in the order of listings.
        pub const BUILTIN: &[Entry] = &[$($(#[cfg(feature = $feature)])? $module::ENTRY),*];

        /// Schedulers that only builds with a feature have: the name of the file, the feature.
        const FEATURED: &[(&str, &str)] = &[$($((stringify!($module), $feature),)?)*];
    };
}

builtin![
    local,
    nearest,
    cloud_only,
    monolithic,
    random,
    round_robin,
    least_loaded,
    power_of_d,
    earliest_completion,
    lowest_intensity,
    least_energy,
    least_carbon,
    least_carbon_within_deadline,
    amp4ec,
    carbonedge,
    trace,
    umass_carbonedge if "lp",
    casper if "lp",
    amp4ec_partition,
    neurosurgeon,
    pipeline_dp,
    carbon_split,
    lets_wait_awhile,
    gaia_lowest_slot,
    gaia_lowest_window,
    gaia_carbon_time,
    threshold,
];

/// The scheduler of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    BUILTIN.iter().find(|entry| entry.name == name)
}

/// The feature that a build needs to have the scheduler of a name, if it has not.
#[must_use]
pub fn needs_feature(name: &str) -> Option<&'static str> {
    let featured = FEATURED.iter().find(|(module, _)| module.replace('_', "-") == name);
    featured.filter(|_| by_name(name).is_none()).map(|&(_, feature)| feature)
}

/// A scheduler that chooses among a request's candidates, in order of their ids; turns it away if it chooses none.
struct Rule<F> {
    candidates: Candidates,
    choose: F,
}

impl<F: FnMut(&Request, &View, &[DeviceId]) -> Option<DeviceId>> Scheduler for Rule<F> {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let candidates = self.candidates.of(request, view);
        match (self.choose)(request, view, candidates) {
            Some(device) => Decision::Run(PlanId::whole(device)),
            None => Decision::Reject(Reason::NoDevice),
        }
    }
}

/// Boxes a rule.
fn rule<F>(choose: F) -> Box<dyn Scheduler>
where
    F: FnMut(&Request, &View, &[DeviceId]) -> Option<DeviceId> + 'static,
{
    Box::new(Rule { candidates: Candidates::default(), choose })
}
