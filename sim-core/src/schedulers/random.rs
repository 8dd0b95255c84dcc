//! Random: every candidate is as likely as any other.

use rand::RngExt;

use super::{Entry, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "random",
    summary: "a candidate drawn uniformly, keyed by the request",
    citation: "baseline (Eager, Lazowska & Zahorjan 1986)",
    params: &[],
    build: |_| {
        Ok(rule(|request, view, candidates| {
            let k = view.draw(request, 0).random_range(0..candidates.len().max(1));
            candidates.get(k).copied()
        }))
    },
};
