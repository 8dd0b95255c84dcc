//! Random: every candidate is as likely as any other.

use rand::RngExt;

use super::{Candidates, Entry, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "random",
    summary: "a candidate drawn uniformly, keyed by the request",
    citation: "baseline (Eager, Lazowska & Zahorjan 1986)",
    params: &[],
    build: |_| {
        let mut known = Candidates::default();
        Ok(rule(move |request, view| {
            let candidates = known.of(request, view);
            let k = view.draw(request, 0).random_range(0..candidates.len().max(1));
            candidates.get(k).copied()
        }))
    },
};
