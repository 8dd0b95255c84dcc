//! Least energy: the fewest joules above idle, transfers included.

use ordered_float::OrderedFloat;

use super::Entry;
use crate::fleet_index::Inputs;
use crate::ids::DeviceId;
use crate::ranked::{Ranked, Ranking, SEARCH, Standing};
use crate::scheduler::{Request, Term, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-energy",
    summary: "least energy above idle plus transfers; among equals the least crowded",
    citation: "baseline",
    params: &[SEARCH],
    build: |setup| Ok(Box::new(Ranked::new(LeastEnergy, setup.params))),
};

struct LeastEnergy;

impl Ranking for LeastEnergy {
    type Key = (OrderedFloat<f64>, OrderedFloat<f64>);

    const PARTED: bool = true;

    fn inputs(&self) -> Inputs {
        Inputs { class: true, background: true, pue: true, place: true, ..Inputs::default() }
    }

    fn standing(&self, view: &View, device: DeviceId) -> Standing {
        Standing::crowding(view, device).drawing(view, device)
    }

    fn key(&self, request: &Request, view: &View, device: DeviceId) -> Self::Key {
        let energy = view.compute_energy(request, device) + view.transfer_cost(request, device).0;
        (OrderedFloat(energy.0), OrderedFloat(view.crowding(device)))
    }

    fn told(&self, (energy, crowding): Self::Key) -> Vec<Term> {
        vec![Term::new("energy_j", energy.0), Term::new("crowding", crowding.0)]
    }

    fn is_hopeless(&self, request: &Request, view: &View, device: DeviceId, (energy, _): Self::Key) -> bool {
        !view.draws_by_load(device) && view.compute_energy(request, device).0 > energy.0
    }
}
