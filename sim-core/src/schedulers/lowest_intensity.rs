//! Lowest intensity: the greenest zone, whatever the device draws.

use ordered_float::OrderedFloat;

use super::Entry;
use crate::fleet_index::Inputs;
use crate::ids::DeviceId;
use crate::ranked::{Ranked, Ranking, SEARCH};
use crate::scheduler::{Request, Term, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "lowest-intensity",
    summary: "lowest public carbon intensity; among equals the least crowded",
    citation: "baseline (geographic load shifting by intensity)",
    params: &[SEARCH],
    build: |setup| Ok(Box::new(Ranked::new(LowestIntensity, setup.params))),
};

struct LowestIntensity;

impl Ranking for LowestIntensity {
    type Key = (OrderedFloat<f64>, OrderedFloat<f64>);

    fn inputs(&self) -> Inputs {
        Inputs { slots: true, zone: true, ..Inputs::default() }
    }

    fn key(&self, _: &Request, view: &View, device: DeviceId) -> Self::Key {
        (OrderedFloat(view.intensity_at(device).0), OrderedFloat(view.crowding(device)))
    }

    fn told(&self, (intensity, crowding): Self::Key) -> Vec<Term> {
        vec![Term::new("intensity_g_per_kwh", intensity.0), Term::new("crowding", crowding.0)]
    }
}
