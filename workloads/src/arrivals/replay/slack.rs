//! The longest slack of a trace, known before anything else of it: a run must last so much longer.

use std::io::BufRead;

use sim_core::units::SimDuration;

use super::own::SLACK;
use crate::table::Table;

/// The longest slack that the rows of an own trace tell; nothing of a trace that tells none. What is wrong with it a
/// survey says.
pub fn longest_slack<R: BufRead>(reader: R) -> Option<SimDuration> {
    let mut table = Table::open(reader, "").ok()?;
    let column = table.optional(SLACK)?;
    let mut longest = None;
    while let Ok(Some(row)) = table.next() {
        let slack = row.number(column).ok().map(SimDuration::from_secs);
        longest = longest.max(slack);
    }
    longest
}
