//! Moving data: store and forward over links that are lazily "busy until".

use super::Run;
use super::event::{Event, Slot};
use super::state::Phase;
use crate::ids::{DeviceId, LinkId};
use crate::kernel::queue::Rank;
use crate::units::{Bytes, SimTime};
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

    /// A request's data is at the end of a link.
    pub(super) fn hopped(&mut self, slot: Slot) {
        let flight = &mut self.state.flights[slot];
        flight.hop += 1;
        let more = self.world.topology.contention == Contention::Fifo
            && self.world.hop(flight.from, flight.to, usize::from(flight.hop)).is_some();
        if more {
            return self.hop(slot);
        }
        let since = flight.since;
        self.book_transfer(slot, since, self.state.now);
        self.delivered(slot);
    }

    /// Takes the next link, after what was there before.
    fn hop(&mut self, slot: Slot) {
        let flight = &self.state.flights[slot];
        let link = self.link_of(slot, usize::from(flight.hop));
        let start = self.state.now.max(self.state.links[link]);
        let arrival = self.transmit(slot, link, start);
        self.queue.push(arrival, Rank::Completion, Event::Hopped(slot));
    }

    /// Takes all links one after another, each free.
    fn fly(&mut self, slot: Slot) {
        let flight = &self.state.flights[slot];
        let hops = self.world.hops(flight.from, flight.to).count();
        let arrival = (0..hops).fold(self.state.now, |at, k| {
            let link = self.link_of(slot, k);
            self.transmit(slot, link, at)
        });
        self.queue.push(arrival, Rank::Completion, Event::Hopped(slot));
    }

    fn link_of(&self, slot: Slot, k: usize) -> LinkId {
        let flight = &self.state.flights[slot];
        self.world.hop(flight.from, flight.to, k).expect("invariant: a transfer has a link at every hop")
    }

    /// Occupies a link from `start` on; tells when the data is at its other end.
    fn transmit(&mut self, slot: Slot, link: LinkId, start: SimTime) -> SimTime {
        let entry = &self.world.topology.links[link];
        let span = entry.transmission(self.state.flights[slot].bytes);
        self.state.links[link] = start + span;
        self.book_transmission(slot, link, start, span);
        start + span + entry.latency
    }
}
