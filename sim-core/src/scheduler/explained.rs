//! What a scheduler weighs, told so that a person can follow a decision.

use super::{Request, View};
use crate::ids::DeviceId;
use crate::world::cost::Cuts;

/// A named figure; its unit is the end of its name, and it has none without one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Its name, such as `wait_s`.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

impl Term {
    /// A figure.
    #[must_use]
    pub const fn new(name: &'static str, value: f64) -> Self {
        Self { name, value }
    }
}

/// Something that could have been decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Considered {
    /// The segments in order; one for a whole model.
    pub plan: Vec<(DeviceId, Cuts)>,
    /// What counts for the scheduler, in its order; after it what counts for whoever reads.
    pub terms: Vec<Term>,
    /// How many of the terms count for the scheduler.
    pub counted: usize,
    /// What the scheduler maximises, if it is one figure.
    pub score: Option<f64>,
    /// Why it was out of the question.
    pub excluded: Option<&'static str>,
}

/// What a scheduler weighs for a request, before it decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The rule by which it chooses, in words; empty where the scheduler does not tell, and the figures are general.
    pub rule: &'static str,
    /// What it chooses among.
    pub considered: Vec<Considered>,
}

impl Considered {
    /// The whole model on one device, by these terms and by what anybody would expect.
    #[must_use]
    pub fn whole(request: &Request, view: &View, device: DeviceId, mut own: Vec<Term>) -> Self {
        let counted = own.len();
        let general = view.expectations(request, device);
        own.extend(general);
        let mut names = Vec::new();
        own.retain(|term| {
            let fresh = !names.contains(&term.name);
            names.push(term.name);
            fresh
        });
        let plan = vec![(device, view.whole(request.model))];
        Self { plan, terms: own, counted, score: None, excluded: None }
    }
}

impl View<'_> {
    /// What can be expected of a request on a device: times, energy above idle, emissions at the public intensities.
    #[must_use]
    pub fn expectations(&self, request: &Request, device: DeviceId) -> Vec<Term> {
        let (moving, moving_carbon) = self.transfer_cost(request, device);
        vec![
            Term::new("wait_s", self.expected_wait(device).as_secs()),
            Term::new("load_s", self.load_time(device, request.model, self.whole(request.model)).as_secs()),
            Term::new("compute_s", self.compute_time(request, device).as_secs()),
            Term::new("transfer_s", self.transfer_time(request, device).as_secs()),
            Term::new("compute_j", self.compute_energy(request, device).0),
            Term::new("transfer_j", moving.0),
            Term::new("intensity_g_per_kwh", self.intensity_at(device).0),
            Term::new("compute_g", self.compute_carbon(request, device).0),
            Term::new("transfer_g", moving_carbon.0),
        ]
    }

    /// The candidates of a request with what can be expected of each.
    #[must_use]
    pub fn general_explanation(&self, request: &Request) -> Explanation {
        let candidates = self.candidates(request);
        let considered = candidates.map(|device| Considered::whole(request, self, device, Vec::new())).collect();
        Explanation { rule: "", considered }
    }
}
