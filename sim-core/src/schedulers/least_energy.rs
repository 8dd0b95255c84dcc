//! Least energy: the fewest joules above idle, transfers included.

use ordered_float::OrderedFloat;

use super::{Entry, least, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-energy",
    summary: "least energy above idle plus transfers; among equals the least crowded",
    citation: "baseline",
    params: &[],
    build: |_| {
        Ok(rule(|request, view, candidates| {
            least(candidates, |device| {
                let energy = view.compute_energy(request, device) + view.transfer_cost(request, device).0;
                (OrderedFloat(energy.0), OrderedFloat(view.crowding(device)))
            })
        }))
    },
};
