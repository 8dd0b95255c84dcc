//! Telling what requests do, step by step, to an observer who wants to know.

use super::Run;
use super::event::Slot;
use crate::ids::{DeviceId, PlanId};
use crate::record::{Step, What};
use crate::units::Bytes;

impl Run<'_> {
    /// Tells what a request does, if anybody wants to know.
    #[inline(always)] // a check of one flag where nobody wants to know
    pub(super) fn tell(&mut self, slot: Slot, what: What) {
        if self.tells {
            self.step_of(slot, what);
        }
    }

    /// Tells that a request runs by a plan, and that its input sets out.
    #[inline(always)] // as above
    pub(super) fn tell_launch(&mut self, slot: Slot, plan: PlanId, (from, to, bytes): (DeviceId, DeviceId, Bytes)) {
        if self.tells {
            self.step_of(slot, What::Placed(plan));
            self.step_of(slot, What::SetsOut { from, to, bytes });
        }
    }

    #[cold]
    #[inline(never)]
    fn step_of(&mut self, slot: Slot, what: What) {
        let flight = &self.state.flights[slot];
        let (request, at, used) = (flight.request.id, self.state.now, flight.used);
        self.observer.step(&Step { request, at, energy: used.energy, carbon: used.carbon, what });
    }
}
