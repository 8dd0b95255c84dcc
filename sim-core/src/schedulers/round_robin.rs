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
        Ok(rule(move |_, _, candidates| {
            let after = candidates.partition_point(|&device| last.is_some_and(|last| device <= last));
            last = candidates.get(after).or(candidates.first()).copied();
            last
        }))
    },
};
