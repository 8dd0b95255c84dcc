//! Suspension: a request stops, its progress kept on its device, and computes on when the scheduler says so.

use super::Run;
use super::event::Slot;
use super::state::{NONE, Phase, Power};
use crate::ids::DeviceId;
use crate::record::What;
use crate::scheduler::Ticket;
use crate::units::{SimDuration, SimTime};

impl Run<'_> {
    /// The slot of a request, unless it has ended.
    fn of(&self, ticket: Ticket) -> Option<Slot> {
        let flight = self.state.flights.get(ticket.slot)?;
        (flight.request.id == ticket.id).then_some(ticket.slot)
    }

    /// Carries out an order to stop a request: now, or when its data has arrived or its model is loaded.
    pub(super) fn suspend(&mut self, ticket: Ticket) {
        let Some(slot) = self.of(ticket).filter(|&slot| !self.state.flights[slot].homeward) else { return };
        let flight = &self.state.flights[slot];
        let (device, class) = (flight.device, &self.world.request_classes[flight.request.class]);
        if !class.interruptible {
            let message =
                format!("suspended request {} of class `{}`, which is not interruptible", ticket.id, class.name);
            return self.abort(message);
        }
        let placing = self.is_placing(slot);
        match flight.phase {
            Phase::Queued if placing == Some(false) => {
                self.abort(format!("suspended request {}, which is not placed", ticket.id));
            }
            // Its decision is being made: as good as on the way.
            Phase::Queued if placing == Some(true) && !flight.stopping => self.state.flights[slot].stopping = true,
            Phase::Moving | Phase::Loading if !flight.stopping => self.state.flights[slot].stopping = true,
            Phase::Queued if placing.is_none() => self.stop_queued(slot, device),
            Phase::Computing => self.stop_computing(slot, device),
            Phase::Deferred | Phase::Free => {
                self.abort(format!("suspended request {}, which is not placed", ticket.id));
            }
            Phase::Queued | Phase::Moving | Phase::Loading | Phase::Suspended => {
                self.abort(format!("suspended request {}, which is suspended already", ticket.id));
            }
        }
    }

    /// Carries out an order to go on with a request: at the end of its device's queue, as its discipline says.
    pub(super) fn resume(&mut self, ticket: Ticket) {
        let Some(slot) = self.of(ticket).filter(|&slot| !self.state.flights[slot].homeward) else { return };
        let flight = &mut self.state.flights[slot];
        if flight.stopping {
            flight.stopping = false;
        } else if flight.phase == Phase::Suspended {
            let device = flight.device;
            let again = match flight.kept {
                true => self.world.request_classes[flight.request.class].resume_cost,
                false => SimDuration::ZERO,
            };
            flight.expected += again;
            self.state.devices[device].backlog += again;
            self.enqueue(slot, device);
        } else {
            self.abort(format!("resumed request {}, which is not suspended", ticket.id));
        }
    }

    /// What is left of a request that was suspended at work, and what it computes again, at a device's `free` share [s].
    pub(super) fn take_back(&mut self, slot: Slot, free: f64) -> f64 {
        let flight = &mut self.state.flights[slot];
        flight.kept = false;
        flight.left + self.world.request_classes[flight.request.class].resume_cost.as_secs() / free
    }

    /// Its data is on the device of its next segment: it does not queue.
    pub(super) fn stop_arrived(&mut self, slot: Slot) {
        self.state.flights[slot].stopping = false;
        self.stopped(slot);
    }

    fn stopped(&mut self, slot: Slot) {
        self.state.flights[slot].enter(Phase::Suspended, self.state.now);
        self.tell(slot, What::Deferred(None));
    }

    fn stop_queued(&mut self, slot: Slot, device: DeviceId) {
        self.leave_queue(slot, device);
        self.stopped(slot);
        self.left_behind(device);
    }

    /// Its model is loaded: it gives its slot to another.
    pub(super) fn stop_loaded(&mut self, slot: Slot, device: DeviceId) {
        self.state.flights[slot].stopping = false;
        // What it drew while loading is booked; nothing is drawn between now and now.
        self.stopped(slot);
        self.leave_slot(slot, device);
    }

    fn stop_computing(&mut self, slot: Slot, device: DeviceId) {
        let now = self.state.now;
        let speed = self.world.class_of(device).speed(self.state.devices[device].busy);
        let flight = &mut self.state.flights[slot];
        flight.left = (flight.left - now.since(flight.progressed).as_secs() * speed).max(0.0);
        flight.progressed = now;
        // The pending end of its computation is void.
        flight.version = flight.version.next();
        (flight.ends, flight.pending) = (SimTime::NEVER, SimTime::NEVER);
        flight.kept = true;
        flight.computed += now.since(flight.since);
        self.leave_slot(slot, device);
        self.stopped(slot);
    }

    /// Frees a request's slot; it stays assigned to its device, with the work that is left of it.
    fn leave_slot(&mut self, slot: Slot, device: DeviceId) {
        self.vacate(slot, device);
        let free = 1.0 - self.world.devices[device].background_load;
        let flight = &mut self.state.flights[slot];
        let stint = match flight.phase {
            Phase::Computing => SimDuration::from_secs(self.state.now.since(flight.since).as_secs() * free),
            Phase::Deferred | Phase::Moving | Phase::Queued | Phase::Loading | Phase::Suspended | Phase::Free => {
                SimDuration::ZERO
            }
        };
        flight.expected = SimDuration(flight.expected.0.saturating_sub(stint.0));
        let state = &mut self.state.devices[device];
        state.in_flight += 1;
        state.backlog += flight.expected;
        self.start_waiting(device);
        self.left_behind(device);
    }

    fn left_behind(&mut self, device: DeviceId) {
        self.scheduler.changed(device);
        self.rest(device);
    }

    fn leave_queue(&mut self, slot: Slot, device: DeviceId) {
        let (prev, next) = (self.state.flights[slot].prev, self.state.flights[slot].next);
        let state = &mut self.state.devices[device];
        state.queued -= 1;
        match prev {
            NONE => state.head = next,
            _ => self.state.flights[prev].next = next,
        }
        match next {
            NONE => state.tail = prev,
            _ => self.state.flights[next].prev = prev,
        }
        // Behind a model that finds no room others may find some.
        if self.state.devices[device].power == Power::On {
            self.start_waiting(device);
        }
    }
}
