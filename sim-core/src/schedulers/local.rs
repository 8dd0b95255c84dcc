//! Local: every request runs where it arises.

use ordered_float::OrderedFloat;

use super::{Entry, Kind, Param, rule};
use crate::ids::DeviceId;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "local",
    summary: "runs each request on its origin; where that cannot, by the fallback",
    citation: "baseline (no offloading)",
    params: &[Param {
        name: "fallback",
        kind: Kind::Choice(&["nearest", "reject"]),
        default: "nearest",
        doc: "for an origin that cannot run the model: the nearest device that can, or rejection",
    }],
    build: |setup| {
        let nearest = setup.params.text("fallback") == "nearest";
        Ok(rule(move |request, view, candidates| {
            let origin = candidates.binary_search(&request.origin).ok().map(|k| candidates[k]);
            let distance =
                |&device: &DeviceId| (view.latency(request.origin, device), OrderedFloat(view.crowding(device)), device);
            origin.or_else(|| candidates.iter().copied().min_by_key(distance).filter(|_| nearest))
        }))
    },
};
