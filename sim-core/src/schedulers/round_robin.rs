//! Round robin: candidates take turns.

use super::{Entry, rule};
use crate::ids::DeviceId;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "round-robin",
    summary: "the next candidate after the one that was chosen last, in order of ids",
    citation: "baseline",
    params: &[],
    build: |_| {
        let mut last: Option<DeviceId> = None;
        Ok(rule(move |request, view| {
            let after = view.candidates(request).find(|&device| last.is_none_or(|last| device > last));
            last = after.or_else(|| view.candidates(request).next());
            last
        }))
    },
};
