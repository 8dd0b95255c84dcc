//! Carrying out a window's plan: from flows to the device of each request.

use super::window::Way;
use super::{Fleet, Placed, Room, Window};
use crate::ids::{DeviceId, PlanId};
use crate::scheduler::{Actions, PowerOrder, Request, View};
use crate::units::SimTime;

/// What carries out a plan.
pub(crate) struct Hand<'a> {
    pub fleet: &'a Fleet,
    pub room: &'a mut Room,
    pub view: &'a View<'a>,
    pub actions: &'a mut Actions,
}

/// What of a plan does not depend on the room any more.
pub(crate) struct Orders {
    /// Of each arc: its demand, where it leads, how many requests.
    arcs: Vec<(usize, Way, u32)>,
    /// Of each demand, the places of its requests in the list of those held.
    requests: Vec<Vec<usize>>,
}

impl Orders {
    /// The orders of a solution.
    pub fn of(window: Window, placed: &Placed) -> Self {
        let arcs = window.problem.arcs.iter().zip(window.ways).zip(&placed.flows);
        let arcs = arcs.map(|((arc, way), &flow)| (arc.demand, way, flow as u32)).filter(|&(_, _, count)| count > 0);
        Self { arcs: arcs.collect(), requests: window.requests }
    }
}

impl Hand<'_> {
    /// Places every request: first those that stay at their origins, then those that go to groups, last those that found
    /// no room in time, each where it is expected back first.
    pub fn carry_out(&mut self, mut orders: Orders, held: &[Request]) {
        for &(demand, way, count) in &orders.arcs {
            match way {
                Way::Origin => self.stay(&mut orders.requests[demand], count, held),
                Way::Group(..) => {}
            }
        }
        for &(demand, way, count) in &orders.arcs {
            match way {
                Way::Origin => {}
                Way::Group(kind, standby) => {
                    let count = (count as usize).min(orders.requests[demand].len());
                    for place in orders.requests[demand].drain(..count) {
                        let request = &held[place];
                        let like = self.room.one(self.fleet, kind, standby, request.origin);
                        let load = like.map(|device| self.room.load(self.view.compute_time(request, device)));
                        let device = load.and_then(|load| self.room.next(self.fleet, kind, standby, load));
                        self.place(request, device.unwrap_or_else(|| self.earliest(request)));
                    }
                }
            }
        }
        let mut left: Vec<usize> = orders.requests.into_iter().flatten().collect();
        left.sort_unstable();
        left.into_iter().for_each(|place| self.place(&held[place], self.earliest(&held[place])));
    }

    /// Leaves so many requests at origins that have room for them.
    fn stay(&mut self, places: &mut Vec<usize>, mut count: u32, held: &[Request]) {
        places.retain(|&place| {
            let request = &held[place];
            let load = self.room.load(self.view.compute_time(request, request.origin));
            let stays = count > 0 && self.room.free_of(request.origin) >= load;
            if stays {
                count -= 1;
                self.place(request, request.origin);
            }
            !stays
        });
    }

    fn place(&mut self, request: &Request, device: DeviceId) {
        let compute = self.view.compute_time(request, device);
        if self.room.give(self.fleet, self.view, device, compute) {
            self.actions.power(device, PowerOrder::Wake);
        }
        self.actions.place(request.ticket, PlanId::whole(device));
    }

    /// Where a request is expected back first, what this plan has given devices counted in; the lowest id of equals.
    fn earliest(&self, request: &Request) -> DeviceId {
        let back = |device: DeviceId| -> SimTime {
            let given = self.room.given(device).scale(1.0 / f64::from(self.view.slots(device)));
            self.view.expected_completion(request, device) + given
        };
        let candidates = self.view.candidates(request);
        let first = candidates.min_by_key(|&device| (back(device), device));
        first.expect("invariant: what nobody can run is turned away at its arrival")
    }
}
