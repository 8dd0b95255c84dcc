//! GAIA's lowest slot: a request starts when the forecast intensity is least, however long it is.

use super::Entry;
use crate::deferral::{Deferring, Job, Outlook, PLACE, Policy, Stints};
use crate::ranked::SEARCH;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "gaia-lowest-slot",
    summary: "puts requests off to the instant of least forecast intensity; needs no length",
    citation: "Hanafy et al., Going Green for Less Green (GAIA), ASPLOS 2024, policy Lowest-Slot",
    params: &[PLACE, SEARCH],
    build: |setup| Deferring::boxed(LowestSlot, setup),
};

struct LowestSlot;

impl Policy for LowestSlot {
    fn plan(&mut self, job: &Job, outlook: &mut Outlook, stints: &mut Stints) {
        stints.only(outlook.lowest_instant(job.now, job.start_by), job.length);
    }
}
