//! Decisions that take time: they queue at the machine that decides, and take effect when it is done.
//!
//! The scheduler is asked when a request arrives, with the view of that instant. What it says takes effect after the
//! decisions before it and the decision's own time: the request sets out, is put off or turned away then. A request
//! that is held costs nothing until it is placed. The wait counts as queueing.

use std::collections::BTreeMap;

use super::Run;
use super::event::{Event, Slot};
use super::state::Phase;
use crate::ids::{DeviceId, Id, Table};
use crate::kernel::queue::Rank;
use crate::record::{Ending, What};
use crate::scheduler::Decision;
use crate::units::SimTime;
use crate::world::World;
use crate::world::decision::DecisionCost;

/// Machines that decide, and what they are at.
#[derive(Debug)]
pub(crate) struct Deliberation {
    cost: DecisionCost,
    /// Devices that may run a request, by model and request class.
    candidates: Vec<u32>,
    /// When each machine is free: one, or one an origin.
    free: Table<DeviceId, SimTime>,
    pending: BTreeMap<Slot, Pending>,
}

/// A decision that is being made.
#[derive(Clone, Copy, Debug)]
struct Pending {
    decision: Decision,
    from: SimTime,
    to: SimTime,
}

impl Deliberation {
    /// Of a world that charges decisions.
    pub fn new(world: &World) -> Option<Box<Self>> {
        let cost = world.settings.decision?;
        let pairs = world.models.ids().flat_map(|model| world.request_classes.ids().map(move |class| (model, class)));
        let count = |(model, class)| {
            let able = world.devices.ids().filter(|&device| world.serves(device, model, class));
            u32::try_from(able.count()).expect("invariant: fewer than 2^32 devices")
        };
        let machines = if cost.at.is_some() { 1 } else { world.devices.len() };
        Some(Box::new(Self {
            cost,
            candidates: pairs.map(count).collect(),
            free: Table::filled(machines, SimTime::ZERO),
            pending: BTreeMap::new(),
        }))
    }
}

impl Run<'_> {
    /// Whether the decision on a request that is being made places it; nothing if none is being made.
    pub(super) fn is_placing(&self, slot: Slot) -> Option<bool> {
        let pending = self.deliberation.as_ref()?.pending.get(&slot)?;
        Some(matches!(pending.decision, Decision::Run(_)))
    }

    /// Does what the scheduler decided about a request: now, or when the decision is made.
    #[inline]
    pub(super) fn resolve(&mut self, slot: Slot, decision: Decision) {
        match &self.deliberation {
            None => self.carry_through(slot, decision),
            Some(_) => self.deliberate(slot, decision),
        }
    }

    #[inline]
    fn carry_through(&mut self, slot: Slot, decision: Decision) {
        match decision {
            Decision::Run(plan) => self.launch(slot, plan),
            Decision::Reject(reason) => self.end(slot, None, Ending::Rejected(reason)),
            Decision::Defer(until) => {
                self.tell(slot, What::Deferred(Some(until)));
                let flight = &mut self.state.flights[slot];
                flight.ends = until;
                self.queue.push(until, Rank::Wake, Event::Due { slot, version: flight.version });
            }
            Decision::Hold => self.tell(slot, What::Deferred(None)),
        }
    }

    /// Has the machine of a request make a decision, after those before it.
    fn deliberate(&mut self, slot: Slot, decision: Decision) {
        let Some(deliberation) = &mut self.deliberation else { return };
        let now = self.state.now;
        let flight = &mut self.state.flights[slot];
        let request = &flight.request;
        let asked = request.model.index() * self.world.request_classes.len() + request.class.index();
        let machine = if deliberation.cost.at.is_some() { DeviceId(0) } else { request.origin };
        let from = deliberation.free[machine].max(now);
        let to = from + deliberation.cost.span(deliberation.candidates[asked]);
        deliberation.free[machine] = to;
        deliberation.pending.insert(slot, Pending { decision, from, to });
        flight.enter(Phase::Queued, now);
        self.queue.push(to, Rank::Completion, Event::Decided(slot));
    }

    /// A decision is made: its energy is booked, and what it says is done.
    pub(super) fn decided(&mut self, slot: Slot) {
        let pending = self.deliberation.as_mut().and_then(|deliberation| deliberation.pending.remove(&slot));
        let Some(Pending { decision, from, to }) = pending else { return };
        self.book_deciding(slot, from, to);
        if let Decision::Defer(until) = decision {
            self.state.flights[slot].enter(Phase::Deferred, self.state.now);
            return self.carry_through(slot, Decision::Defer(until.max(self.state.now)));
        }
        self.carry_through(slot, decision);
    }

    fn book_deciding(&mut self, slot: Slot, from: SimTime, to: SimTime) {
        let Some(cost) = self.world.settings.decision else { return };
        let flight = &self.state.flights[slot];
        if !flight.measured {
            return;
        }
        let origin = flight.request.origin;
        let (site, pue) = match cost.at {
            Some(site) => (site, self.world.sites[site].pue),
            None => (self.world.devices[origin].site, self.world.pue_of(origin)),
        };
        self.book_decision(slot, site, cost.power * pue, (from, to));
    }
}
