//! Moving data: store and forward over links that are lazily "busy until".

use super::Run;
use super::event::{Event, Slot};
use super::state::{Flight, Phase};
use crate::ids::{DeviceId, LinkId};
use crate::kernel::queue::Rank;
use crate::record::What;
use crate::units::{Bytes, SimDuration, SimTime};
use crate::world::World;
use crate::world::link::Link;
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
        let sites = [from, to].map(|device| self.known.of(self.world, device).site);
        flight.route = self.world.topology.way(sites[0], sites[1]);
        match self.world.topology.contention {
            Contention::Fifo => self.hop(slot),
            Contention::None => self.fly(slot),
        }
    }

    /// A request's data is at the end of a link, or of all links where they are free for everybody.
    ///
    /// What was carried is booked now: a transfer that does not end is no energy of a finished run.
    pub(super) fn hopped(&mut self, slot: Slot) {
        let since = self.state.flights[slot].since;
        match self.world.topology.contention {
            Contention::Fifo => {
                let flight = &mut self.state.flights[slot];
                flight.hop += 1;
                let hop = usize::from(flight.hop);
                let more = hop < flight.route.len() + 2;
                if self.links_count {
                    self.book_hop(slot, hop - 1);
                }
                if more {
                    return self.hop(slot);
                }
            }
            Contention::None => {
                let hops = if self.links_count { self.hops(slot) } else { 0 };
                (0..hops).fold(since, |at, k| {
                    let (link, span, latency) = self.carrying(slot, k);
                    self.carried(slot, link, (at, span, latency));
                    at + span + latency
                });
            }
        }
        self.arrived(slot);
    }

    fn arrived(&mut self, slot: Slot) {
        self.book_transfer(slot, self.state.flights[slot].since, self.state.now);
        self.delivered(slot);
    }

    fn book_hop(&mut self, slot: Slot, k: usize) {
        let (link, span, latency) = self.carrying(slot, k);
        self.carried(slot, link, (SimTime(self.state.now.0 - latency.0 - span.0), span, latency));
    }

    /// A link has carried a request's data from an instant on.
    fn carried(&mut self, slot: Slot, link: LinkId, (from, span, latency): (SimTime, SimDuration, SimDuration)) {
        if self.links_draw {
            self.book_transmission(slot, link, from, span);
        }
        let (until, there) = (from + span, from + span + latency);
        self.tell(slot, What::OnLink { link, from, until, there });
    }

    /// Takes the next link, after what was there before; links that take no time are behind it at once.
    fn hop(&mut self, slot: Slot) {
        let now = self.state.now;
        let flight = &self.state.flights[slot];
        let (id, link) = link_of(self.world, flight, usize::from(flight.hop));
        let busy = &mut self.state.links[id];
        let before = *busy;
        *busy = now.max(before) + link.transmission(flight.bytes);
        let there = *busy + link.latency;
        // Whom a link carried until this very instant may not have been handled yet, and goes first.
        if there > now || before == now && !link.is_instant() {
            return self.queue.push(there, Rank::Completion, Event::Hopped(slot));
        }
        self.pass(slot);
    }

    /// A request's data is behind its link already: apart, as this is seldom.
    #[cold]
    fn pass(&mut self, slot: Slot) {
        let k = usize::from(self.state.flights[slot].hop);
        if self.links_count {
            self.book_hop(slot, k);
        }
        self.state.flights[slot].hop += 1;
        if k + 1 == self.hops(slot) { self.arrived(slot) } else { self.hop(slot) }
    }

    /// Takes all links one after another, each free.
    fn fly(&mut self, slot: Slot) {
        let arrival = (0..self.hops(slot)).fold(self.state.now, |at, k| {
            let (_, span, latency) = self.carrying(slot, k);
            at + span + latency
        });
        self.queue.push(arrival, Rank::Completion, Event::Hopped(slot));
    }

    fn hops(&self, slot: Slot) -> usize {
        self.state.flights[slot].route.len() + 2
    }

    /// The k-th link of a transfer, how long a request's data occupies it, and how long its last bit travels.
    fn carrying(&self, slot: Slot, k: usize) -> (LinkId, SimDuration, SimDuration) {
        let flight = &self.state.flights[slot];
        let (id, link) = link_of(self.world, flight, k);
        (id, link.transmission(flight.bytes), link.latency)
    }
}

/// The k-th link of a request's transfer: uplink, site links, downlink.
#[inline(always)]
fn link_of<'w>(world: &'w World, flight: &Flight, k: usize) -> (LinkId, &'w Link) {
    let World { devices, topology, .. } = world;
    let access = |device| devices.access(device);
    match k {
        0 => {
            let (up, [kind, _]) = access(flight.from);
            (up, topology.links().of_kind(kind))
        }
        _ if k <= flight.route.len() => {
            let link = topology.link_on(flight.route, k - 1);
            (link, topology.link(link))
        }
        _ => {
            let (up, [_, kind]) = access(flight.to);
            (LinkId(up.0 + 1), topology.links().of_kind(kind))
        }
    }
}
