//! Lowest intensity: the greenest zone, whatever the device draws.

use ordered_float::OrderedFloat;

use super::{Entry, least, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "lowest-intensity",
    summary: "lowest public carbon intensity; among equals the least crowded",
    citation: "baseline (geographic load shifting by intensity)",
    params: &[],
    build: |_| {
        Ok(rule(|_, view, candidates| {
            least(candidates, |device| {
                (OrderedFloat(view.intensity_at(device).0), OrderedFloat(view.crowding(device)))
            })
        }))
    },
};
