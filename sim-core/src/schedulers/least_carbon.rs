//! Least carbon: the fewest grams above idle at the public intensities, transfers included.

use ordered_float::OrderedFloat;

use super::Entry;
use crate::fleet_index::Inputs;
use crate::ids::DeviceId;
use crate::ranked::{Ranked, Ranking, SEARCH, Standing};
use crate::scheduler::{Request, Term, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-carbon",
    summary: "least expected emissions above idle plus transfers; among equals the least crowded",
    citation: "baseline (greedy carbon minimisation, without capacity)",
    params: &[SEARCH],
    build: |setup| Ok(Box::new(Ranked::new(LeastCarbon, setup.params))),
};

struct LeastCarbon;

impl Ranking for LeastCarbon {
    type Key = (OrderedFloat<f64>, OrderedFloat<f64>);

    const PARTED: bool = true;

    fn inputs(&self) -> Inputs {
        Inputs { class: true, background: true, pue: true, place: true, ..Inputs::default() }
    }

    fn standing(&self, view: &View, device: DeviceId) -> Standing {
        Standing::crowding(view, device).drawing(view, device)
    }

    fn key(&self, request: &Request, view: &View, device: DeviceId) -> Self::Key {
        (OrderedFloat(view.expected_carbon(request, device).0), OrderedFloat(view.crowding(device)))
    }

    fn told(&self, (carbon, crowding): Self::Key) -> Vec<Term> {
        vec![Term::new("carbon_g", carbon.0), Term::new("crowding", crowding.0)]
    }

    fn is_hopeless(&self, request: &Request, view: &View, device: DeviceId, (carbon, _): Self::Key) -> bool {
        !view.draws_by_load(device) && view.compute_carbon(request, device).0 > carbon.0
    }
}
