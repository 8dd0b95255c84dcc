//! A scheduler around another one: it has its way with each decision, and passes on all else.

use super::{Actions, Decision, Execution, Explanation, Request, Scheduler, View};
use crate::ids::{DeviceId, ZoneId};

/// What is done with the decisions of a scheduler: counted, timed, summed.
pub trait Watch {
    /// Has a scheduler decide.
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision;
}

/// A scheduler with who watches its decisions.
#[derive(Clone, Debug)]
pub struct Around<S, W> {
    /// The scheduler.
    pub scheduler: S,
    /// Who watches it.
    pub watch: W,
}

impl<S: Scheduler, W: Watch> Scheduler for Around<S, W> {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        self.scheduler.start(view, actions);
    }
    #[inline]
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        self.watch.decide(&mut self.scheduler, request, view)
    }
    #[inline]
    fn decided(&mut self, view: &View, actions: &mut Actions) {
        self.scheduler.decided(view, actions);
    }
    fn wake(&mut self, view: &View, actions: &mut Actions) {
        self.scheduler.wake(view, actions);
    }
    fn published(&mut self, zone: ZoneId, view: &View) {
        self.scheduler.published(zone, view);
    }
    fn executed(&mut self, execution: &Execution, view: &View) {
        self.scheduler.executed(execution, view);
    }
    fn changed(&mut self, device: DeviceId) {
        self.scheduler.changed(device);
    }
    fn explain(&self, request: &Request, view: &View) -> Explanation {
        self.scheduler.explain(request, view)
    }
    fn index_bytes(&self) -> usize {
        self.scheduler.index_bytes()
    }
}
