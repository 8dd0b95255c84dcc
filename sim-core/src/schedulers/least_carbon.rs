//! Least carbon: the fewest grams above idle at the public intensities, transfers included.

use ordered_float::OrderedFloat;

use super::{Entry, least, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-carbon",
    summary: "least expected emissions above idle plus transfers; among equals the least crowded",
    citation: "baseline (greedy carbon minimisation, without capacity)",
    params: &[],
    build: |_| {
        Ok(rule(|request, view, candidates| {
            least(candidates, |device| {
                (OrderedFloat(view.expected_carbon(request, device).0), OrderedFloat(view.crowding(device)))
            })
        }))
    },
};
