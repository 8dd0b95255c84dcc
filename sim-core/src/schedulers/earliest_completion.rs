//! Earliest completion: where the result is expected back first.

use super::{Entry, least, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "earliest-completion",
    summary: "least wake-up + queue + compute + transfers, by profiles and assignments",
    citation: "baseline (minimum completion time; Maheswaran et al., JPDC 59, 1999)",
    params: &[],
    build: |_| Ok(rule(|request, view, candidates| least(candidates, |device| view.expected_completion(request, device)))),
};
