//! What a scheduler does of its own accord, carried out.

use super::Run;
use super::event::Event;
use super::state::Phase;
use crate::kernel::queue::Rank;
use crate::scheduler::{Action, Decision, Ticket};

impl Run<'_> {
    fn is_waiting(&self, ticket: Ticket) -> bool {
        let flight = self.state.flights.get(ticket.slot);
        flight.is_some_and(|flight| flight.request.id == ticket.id && flight.phase == Phase::Deferred)
    }

    /// Carries out what the scheduler has ordered, in its order.
    pub(super) fn carry_out(&mut self) {
        let mut list = std::mem::take(&mut self.actions.list);
        for action in list.drain(..) {
            match action {
                Action::Place(ticket, plan) if self.is_waiting(ticket) => {
                    self.resolve(ticket.slot, Decision::Run(plan));
                }
                Action::Place(ticket, _) => self.abort(format!("placed request {}, which is not waiting", ticket.id)),
                Action::Suspend(ticket) => {
                    self.suspended = true;
                    self.suspend(ticket);
                }
                Action::Resume(ticket) => self.resume(ticket),
                Action::Power(device, order) => {
                    self.power_ordered = true;
                    self.order(device, order);
                }
                Action::WakeAt(at) => self.queue.push(at.max(self.state.now), Rank::Wake, Event::SchedulerWake),
            }
        }
        self.actions.list = list;
    }
}
