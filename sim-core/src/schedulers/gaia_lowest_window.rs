//! GAIA's lowest window: a request starts where the mean forecast intensity over its length is least.

use super::Entry;
use crate::deferral::{Deferring, Job, LENGTH, MEAN_LENGTH, Outlook, PLACE, Policy, SLOT, Stints};
use crate::ranked::SEARCH;
use crate::units::SimDuration;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "gaia-lowest-window",
    summary: "puts requests off to the window of least mean forecast intensity, by their own length or the average one",
    citation: "Hanafy et al., Going Green for Less Green (GAIA), ASPLOS 2024, policy Lowest-Window",
    params: &[LENGTH, MEAN_LENGTH, SLOT, PLACE, SEARCH],
    build: |setup| Deferring::boxed(LowestWindow { slot: setup.params.span(SLOT.name) }, setup),
};

struct LowestWindow {
    slot: Option<SimDuration>,
}

impl Policy for LowestWindow {
    fn plan(&mut self, job: &Job, outlook: &mut Outlook, stints: &mut Stints) {
        let start = outlook.best_start((job.now, job.start_by), job.length, self.slot, |_, mean| mean);
        stints.only(start, job.length);
    }
}
