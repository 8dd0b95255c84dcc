//! Nearest: every request runs on the device with the least latency from its origin.

use ordered_float::OrderedFloat;

use super::Entry;
use crate::fleet_index::Inputs;
use crate::ids::DeviceId;
use crate::ranked::{Ranked, Ranking, SEARCH};
use crate::scheduler::{Request, Term, View};
use crate::units::SimDuration;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "nearest",
    summary: "least latency from the origin, the origin itself included; among equals the least crowded",
    citation: "baseline (edge-first offloading)",
    params: &[SEARCH],
    build: |setup| Ok(Box::new(Ranked::new(Nearest, setup.params))),
};

struct Nearest;

impl Ranking for Nearest {
    type Key = (SimDuration, OrderedFloat<f64>);

    fn inputs(&self) -> Inputs {
        Inputs { slots: true, place: true, ..Inputs::default() }
    }

    fn key(&self, request: &Request, view: &View, device: DeviceId) -> Self::Key {
        (view.latency(request.origin, device), OrderedFloat(view.crowding(device)))
    }

    fn told(&self, (latency, crowding): Self::Key) -> Vec<Term> {
        vec![Term::new("latency_s", latency.as_secs()), Term::new("crowding", crowding.0)]
    }

    fn is_hopeless(&self, request: &Request, view: &View, device: DeviceId, (latency, _): Self::Key) -> bool {
        view.latency_apart(request.origin, device) > latency
    }
}
