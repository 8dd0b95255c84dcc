//! Let's Wait Awhile: the contiguous window of least forecast intensity, or the cheapest slots one by one.

use super::{Entry, Kind, Param};
use crate::deferral::{Deferring, Job, Outlook, PLACE, Policy, Stints};
use crate::ranked::SEARCH;
use crate::units::SimDuration;

const MODE: Param = Param {
    name: "mode",
    kind: Kind::Choice(&["contiguous", "interruptible"]),
    default: "contiguous",
    doc: "one window of least mean intensity (contiguous), or the cheapest slots until the latest end (interruptible); \
          requests of classes that are not interruptible get one window in either mode",
};

/// The paper's signals and jobs come in half-hours (Wiesner et al. 2021).
const SLOT: Param = Param {
    name: "slot",
    kind: Kind::Span,
    default: "30 min",
    doc: "starts are looked for so far apart, counted from the arrival; none: wherever the forecast has its optimum",
};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "lets-wait-awhile",
    summary: "puts requests off to the window, or the slots, of least forecast intensity",
    citation: "Wiesner, Behnke, Scheinert, Gontarska & Thamsen, Let's Wait Awhile, Middleware 2021, arXiv 2110.13234",
    params: &[MODE, SLOT, PLACE, SEARCH],
    build: |setup| {
        let slot = setup.params.span(SLOT.name).filter(|slot| slot.0 > 0);
        let interrupts = setup.params.text(MODE.name) == "interruptible";
        Deferring::boxed(LetsWaitAwhile { interrupts, slot, trial: Stints::default() }, setup)
    },
};

struct LetsWaitAwhile {
    interrupts: bool,
    slot: Option<SimDuration>,
    trial: Stints,
}

/// Plans with one more resumption than the last are made so often, before one window is taken.
const TRIALS: usize = 8;

impl Policy for LetsWaitAwhile {
    fn plan(&mut self, job: &Job, outlook: &mut Outlook, stints: &mut Stints) {
        let start = outlook.best_start((job.now, job.start_by), job.length, self.slot, |_, mean| mean);
        stints.only(start, job.length);
        let Some(cost) = job.resume_cost.filter(|_| self.interrupts) else { return };
        if self.interrupted(job, cost, outlook) && outlook.is_less(&self.trial, stints) {
            std::mem::swap(&mut self.trial, stints);
        }
    }
}

impl LetsWaitAwhile {
    /// Finds the cheapest time for a request and for its resumptions, which are known only when the time is; false if
    /// there is no such time by its latest end.
    fn interrupted(&mut self, job: &Job, cost: SimDuration, outlook: &mut Outlook) -> bool {
        let mut needed = job.length;
        for _ in 0..TRIALS {
            self.trial.clear();
            if !outlook.cheapest((job.now, job.end_by()), needed, self.slot, &mut self.trial) {
                return false;
            }
            let resumptions = self.trial.as_slice().len().saturating_sub(1) as u64;
            let wanted = job.length + SimDuration(cost.0.saturating_mul(resumptions));
            if wanted <= needed {
                return true;
            }
            needed = wanted;
        }
        false
    }
}
