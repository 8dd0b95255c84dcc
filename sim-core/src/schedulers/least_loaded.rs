//! Least loaded: the fewest requests in flight a slot.

use ordered_float::OrderedFloat;

use super::Entry;
use crate::fleet_index::Inputs;
use crate::ids::DeviceId;
use crate::ranked::{Ranked, Ranking, SEARCH};
use crate::scheduler::{Request, Term, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-loaded",
    summary: "fewest requests assigned and not ended a slot; the lowest id of equals",
    citation: "baseline (join the shortest queue; Winston 1977)",
    params: &[SEARCH],
    build: |setup| Ok(Box::new(Ranked::new(LeastLoaded, setup.params))),
};

struct LeastLoaded;

impl Ranking for LeastLoaded {
    type Key = OrderedFloat<f64>;

    fn inputs(&self) -> Inputs {
        Inputs { slots: true, ..Inputs::default() }
    }

    #[inline]
    fn key(&self, _: &Request, view: &View, device: DeviceId) -> Self::Key {
        OrderedFloat(view.crowding(device))
    }

    fn told(&self, crowding: Self::Key) -> Vec<Term> {
        vec![Term::new("crowding", crowding.0)]
    }
}
