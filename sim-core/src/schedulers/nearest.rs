//! Nearest: every request runs on the device with the least latency from its origin.

use ordered_float::OrderedFloat;

use super::{Entry, least, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "nearest",
    summary: "least latency from the origin, the origin itself included; among equals the least crowded",
    citation: "baseline (edge-first offloading)",
    params: &[],
    build: |_| {
        Ok(rule(|request, view, candidates| {
            least(candidates, |device| {
                (view.latency(request.origin, device), OrderedFloat(view.crowding(device)))
            })
        }))
    },
};
