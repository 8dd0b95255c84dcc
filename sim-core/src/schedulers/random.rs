//! Random: every candidate is as likely as any other.

use rand::RngExt;

use super::{Entry, rule};
use crate::kernel::rng::Purpose;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "random",
    summary: "a candidate drawn uniformly, keyed by the request",
    citation: "baseline (Eager, Lazowska & Zahorjan 1986)",
    params: &[],
    build: |_| {
        Ok(rule(|request, view| {
            let candidates = view.candidates(request).count();
            if candidates == 0 {
                return None;
            }
            let k = view.streams().stream(Purpose::Scheduler, request.id).random_range(0..candidates);
            view.candidates(request).nth(k)
        }))
    },
};
