//! GAIA's carbon-time: a request starts where it saves most for each hour until its end.

use super::Entry;
use crate::deferral::{Deferring, Job, LENGTH, MEAN_LENGTH, Outlook, PLACE, Policy, SLOT, Stints};
use crate::ranked::SEARCH;
use crate::units::SimDuration;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "gaia-carbon-time",
    summary: "puts requests off to where they save most carbon for each hour until they end",
    citation: "Hanafy et al., Going Green for Less Green (GAIA), ASPLOS 2024, policy Carbon-Time",
    params: &[LENGTH, MEAN_LENGTH, SLOT, PLACE, SEARCH],
    build: |setup| Deferring::boxed(CarbonTime { slot: setup.params.span(SLOT.name) }, setup),
};

struct CarbonTime {
    slot: Option<SimDuration>,
}

impl Policy for CarbonTime {
    /// argmax over starts s of (C₀ − C(s)) / (s + length), C being the carbon of the window from s on and s counted from
    /// now; by means, C = mean · length.
    fn plan(&mut self, job: &Job, outlook: &mut Outlook, stints: &mut Stints) {
        let now_mean = outlook.mean(job.now, job.length);
        let length = job.length.as_secs();
        let lost = |start: crate::units::SimTime, mean: f64| {
            let until_end = start.since(job.now).as_secs() + length;
            if until_end > 0.0 { (mean - now_mean) * length / until_end } else { 0.0 }
        };
        let start = outlook.best_start((job.now, job.start_by), job.length, self.slot, lost);
        stints.only(start, job.length);
    }
}
