//! Threshold: requests compute while the forecast intensity is below a percentile of the next 24 hours.

use super::{Entry, Kind, Param};
use crate::deferral::{Deferring, Job, Outlook, PLACE, Policy, Stints};
use crate::ranked::SEARCH;
use crate::units::{SimDuration, SimTime};

/// 30, as GAIA runs Ecovisor (Hanafy et al. 2024; its code takes the 0.3 quantile).
const PERCENTILE: Param = Param {
    name: "percentile",
    kind: Kind::Number { min: 0.0, max: 100.0 },
    default: "30",
    doc: "percentile of the next 24 hours of the forecast at the arrival; requests compute while it is gone below",
};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "threshold",
    summary: "computes while the forecast is below a percentile of its next day, or all slack is used up",
    citation: "Souza et al., Ecovisor, ASPLOS 2023, arXiv 2210.04951, as the policy of that name in GAIA, ASPLOS 2024",
    params: &[PERCENTILE, PLACE, SEARCH],
    build: |setup| Deferring::boxed(Threshold { share: setup.params.number(PERCENTILE.name) / 100.0 }, setup),
};

struct Threshold {
    share: f64,
}

/// How far the percentile looks ahead.
const DAY: SimDuration = SimDuration::from_hours(24);

impl Policy for Threshold {
    fn ahead(&self) -> SimDuration {
        DAY
    }

    fn plan(&mut self, job: &Job, outlook: &mut Outlook, stints: &mut Stints) {
        let limit = outlook.quantile(self.share, job.now, job.now + DAY);
        match job.resume_cost {
            Some(cost) => interrupted(job, cost, limit, outlook, stints),
            None => stints.only(first_below(job, limit, outlook), job.length),
        }
    }
}

/// The first instant below a limit, or the latest start.
fn first_below(job: &Job, limit: f64, outlook: &Outlook) -> SimTime {
    let mut at = job.now;
    while at < job.start_by && outlook.value(at) >= limit {
        at = outlook.holds_until(at);
    }
    SimTime(at.0.min(job.start_by.0))
}

/// Computes below the limit and waits above it, until what is left of the slack would not pay for another resumption.
fn interrupted(job: &Job, cost: SimDuration, limit: f64, outlook: &Outlook, stints: &mut Stints) {
    let (mut at, mut slack, mut left) = (job.now, job.start_by.since(job.now), job.length);
    // At work, waiting costs a resumption beside the wait.
    let mut at_work = false;
    while left > SimDuration::ZERO {
        let step_end = outlook.holds_until(at);
        let toll = if at_work { cost } else { SimDuration::ZERO };
        let waits = outlook.value(at) >= limit && slack > toll && at < step_end;
        if waits {
            (slack, left) = (slack - toll, left + toll);
            let to = SimTime(step_end.0.min((at + slack).0));
            slack -= to.since(at);
            (at, at_work) = (to, false);
        } else {
            let end = at + left;
            // Past the last step the forecast says nothing more.
            let to = if step_end > at { SimTime(step_end.0.min(end.0)) } else { end };
            stints.push(at, to);
            left -= to.since(at);
            (at, at_work) = (to, true);
        }
    }
}
