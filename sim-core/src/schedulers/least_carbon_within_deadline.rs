//! Least carbon within the deadline: the fewest grams where the result is expected in time.

use ordered_float::OrderedFloat;

use super::earliest_completion::EarliestCompletion;
use super::{Entry, rule};
use crate::ranked::scan;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-carbon-within-deadline",
    summary: "least expected emissions among devices expected in time; if none is, the earliest completion",
    citation: "baseline (carbon under a latency bound, as in CASPER, arXiv 2403.14792)",
    params: &[],
    build: |_| {
        Ok(rule(|request, view, candidates| {
            let deadline = request.deadline.unwrap_or(crate::units::SimTime::NEVER);
            let in_time = candidates
                .iter()
                .copied()
                .filter(|&device| view.expected_completion(request, device) <= deadline)
                .min_by_key(|&device| (OrderedFloat(view.expected_carbon(request, device).0), device));
            in_time.or_else(|| scan(&EarliestCompletion, request, view, candidates.iter().copied()))
        }))
    },
};
