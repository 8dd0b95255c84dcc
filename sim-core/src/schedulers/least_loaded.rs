//! Least loaded: the fewest requests in flight a slot.

use ordered_float::OrderedFloat;

use super::{Entry, least, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-loaded",
    summary: "fewest requests assigned and not ended a slot; the lowest id of equals",
    citation: "baseline (join the shortest queue; Winston 1977)",
    params: &[],
    build: |_| Ok(rule(|_, view, candidates| least(candidates, |device| OrderedFloat(view.crowding(device))))),
};
