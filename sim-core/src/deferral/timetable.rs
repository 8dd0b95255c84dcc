//! When which request is to be suspended and resumed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Stint;
use crate::scheduler::{Actions, Ticket};
use crate::units::SimTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Suspend,
    Resume,
}

/// Orders to come, in order of time and then of entry.
#[derive(Debug, Default)]
pub(super) struct Timetable {
    orders: BinaryHeap<Reverse<(SimTime, u64, Order, Ticket)>>,
    entered: u64,
    /// Instants of orders for which no wake was asked yet.
    unasked: Vec<SimTime>,
}

impl Timetable {
    /// Enters a request's stints but for the start of the first and the end of the last: it is placed at the one, and runs
    /// on after the other until it is done.
    pub fn add(&mut self, ticket: Ticket, stints: &[Stint]) {
        for pair in stints.windows(2) {
            self.enter(pair[0].to, Order::Suspend, ticket);
            self.enter(pair[1].from, Order::Resume, ticket);
        }
    }

    fn enter(&mut self, at: SimTime, order: Order, ticket: Ticket) {
        self.orders.push(Reverse((at, self.entered, order, ticket)));
        self.entered += 1;
        self.unasked.push(at);
    }

    /// Asks for wakes at the instants of new orders.
    pub fn ask(&mut self, actions: &mut Actions) {
        self.unasked.drain(..).for_each(|at| actions.wake_at(at));
    }

    /// Gives the orders that are due. A request may have ended before them: then they are void.
    pub fn act(&mut self, now: SimTime, actions: &mut Actions) {
        while let Some(&Reverse((at, _, order, ticket))) = self.orders.peek() {
            if at > now {
                return;
            }
            self.orders.pop();
            match order {
                Order::Suspend => actions.suspend(ticket),
                Order::Resume => actions.resume(ticket),
            }
        }
    }
}
