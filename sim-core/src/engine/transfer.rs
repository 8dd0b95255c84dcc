//! Moving data: store and forward over links that are lazily "busy until".

use super::Run;
use super::event::{Event, Slot};
use super::state::Phase;
use crate::ids::{DeviceId, LinkId};
use crate::kernel::queue::Rank;
use crate::units::{Bytes, SimDuration, SimTime};
use crate::world::topology::Contention;

impl Run<'_> {
    /// Sends a request's data from one device to another; it is there at once if they are the same.
    pub(super) fn send(&mut self, slot: Slot, from: DeviceId, to: DeviceId, bytes: Bytes) {
        let now = self.state.now;
        let flight = &mut self.state.flights[slot];
        flight.enter(Phase::Moving, now);
        (flight.from, flight.to, flight.bytes, flight.hop) = (from, to, bytes, 0);
        if from == to {
            return self.delivered(slot);
        }
        match self.world.topology.contention {
            Contention::Fifo => self.hop(slot),
            Contention::None => self.fly(slot),
        }
    }

    /// A request's data is at the end of a link, or of all links where they are free for everybody.
    ///
    /// What was carried is booked now: a transfer that does not end is no energy of a finished run.
    pub(super) fn hopped(&mut self, slot: Slot) {
        let now = self.state.now;
        let since = self.state.flights[slot].since;
        match self.world.topology.contention {
            Contention::Fifo => {
                let link = self.link_of(slot, usize::from(self.state.flights[slot].hop));
                let (span, latency) = self.carrying(slot, link);
                self.book_transmission(slot, link, SimTime(now.0 - latency.0 - span.0), span);
                self.state.flights[slot].hop += 1;
                let flight = &self.state.flights[slot];
                if self.world.hop(flight.from, flight.to, usize::from(flight.hop)).is_some() {
                    return self.hop(slot);
                }
            }
            Contention::None => {
                (0..self.hops(slot)).fold(since, |at, k| {
                    let link = self.link_of(slot, k);
                    let (span, latency) = self.carrying(slot, link);
                    self.book_transmission(slot, link, at, span);
                    at + span + latency
                });
            }
        }
        self.book_transfer(slot, since, now);
        self.delivered(slot);
    }

    /// Takes the next link, after what was there before.
    fn hop(&mut self, slot: Slot) {
        let link = self.link_of(slot, usize::from(self.state.flights[slot].hop));
        let (span, latency) = self.carrying(slot, link);
        let free = self.state.now.max(self.state.links[link]) + span;
        self.state.links[link] = free;
        self.queue.push(free + latency, Rank::Completion, Event::Hopped(slot));
    }

    /// Takes all links one after another, each free.
    fn fly(&mut self, slot: Slot) {
        let arrival = (0..self.hops(slot)).fold(self.state.now, |at, k| {
            let (span, latency) = self.carrying(slot, self.link_of(slot, k));
            at + span + latency
        });
        self.queue.push(arrival, Rank::Completion, Event::Hopped(slot));
    }

    fn hops(&self, slot: Slot) -> usize {
        let flight = &self.state.flights[slot];
        self.world.hops(flight.from, flight.to).count()
    }

    fn link_of(&self, slot: Slot, k: usize) -> LinkId {
        let flight = &self.state.flights[slot];
        self.world.hop(flight.from, flight.to, k).expect("invariant: a transfer has a link at every hop")
    }

    /// How long a request's data occupies a link, and how long its last bit travels.
    fn carrying(&self, slot: Slot, link: LinkId) -> (SimDuration, SimDuration) {
        let link = self.world.topology.link(link);
        (link.transmission(self.state.flights[slot].bytes), link.latency)
    }
}
