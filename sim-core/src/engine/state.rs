//! What changes: dense arrays by id, with a slab of the requests in flight.

use super::event::{Slot, Version};
use super::memory::Memories;
use super::plan::Plans;
use super::telemetry::Telemetry;
use crate::ids::{DeviceId, LinkId, PlanId, Table, ZoneId};
use crate::kernel::rng::Streams;
use crate::scheduler::Request;
use crate::units::{Bytes, Grams, Intensity, Joules, SimDuration, SimTime, Watts};
use crate::world::cost::Cuts;
use crate::world::topology::Route;
use crate::world::{IdleRule, World};

/// No request.
pub(crate) const NONE: Slot = Slot::MAX;

/// A device's power state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    Off,
    Asleep,
    /// Coming back from sleep.
    Waking,
    /// Coming back from off.
    Booting,
    On,
}

/// What changes of a device, in one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct DeviceState {
    /// The meter has booked its standing power before; between its slots' and power state's changes nothing else moves.
    pub metered: SimTime,
    /// Memory reserved by requests in its slots.
    pub reserved: Bytes,
    /// Compute time assigned and not ended, by the cost tables, all slots together.
    pub backlog: SimDuration,
    /// First and last request in its queue, first one in its slots.
    pub head: Slot,
    pub tail: Slot,
    pub running: Slot,
    pub queued: u32,
    /// Requests assigned to it whose computation has not ended.
    pub in_flight: u32,
    /// Requests ever assigned to it.
    pub assigned: u32,
    /// Segments of measured requests that it computed; a law tells if more than 2³² − 1 did.
    pub served: u32,
    /// The request it is woken for.
    pub woken_for: Slot,
    /// Slots in use, and those of measured requests.
    pub busy: u16,
    pub measured: u16,
    pub power: Power,
}

impl DeviceState {
    fn new() -> Self {
        Self {
            metered: SimTime::ZERO,
            reserved: Bytes::ZERO,
            backlog: SimDuration::ZERO,
            head: NONE,
            tail: NONE,
            running: NONE,
            queued: 0,
            in_flight: 0,
            assigned: 0,
            served: 0,
            woken_for: NONE,
            busy: 0,
            measured: 0,
            power: Power::On,
        }
    }
}

/// Energy with its emissions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amount {
    pub energy: Joules,
    pub carbon: Grams,
}

impl Amount {
    pub fn add(&mut self, energy: Joules, carbon: Grams) {
        self.energy += energy;
        self.carbon += carbon;
    }
}

/// Where a request in flight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Put off until a time, or held by the scheduler.
    Deferred,
    /// On links towards its next device or back to the origin.
    Moving,
    /// In a device's queue, or waiting for a decision that takes time.
    Queued,
    /// In a slot, its model coming into memory.
    Loading,
    /// In a slot, computing.
    Computing,
    /// Stopped by the scheduler: what it has computed is kept on its device.
    Suspended,
    /// Gone; its slot is free.
    Free,
}

/// Time that a request spent in each phase.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub deferred: SimDuration,
    pub network: SimDuration,
    pub queued: SimDuration,
    pub loading: SimDuration,
    pub service: SimDuration,
}

/// A request in flight.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub request: Request,
    pub measured: bool,
    pub phase: Phase,
    pub plan: PlanId,
    /// Number of its present segment, with the device, the cuts and the expected compute time of it.
    pub segment: u16,
    pub device: DeviceId,
    pub cuts: Cuts,
    pub expected: SimDuration,
    /// All segments are computed: the result is on its way to the origin.
    pub homeward: bool,
    /// It is suspended as soon as its data has arrived, or its model is loaded.
    pub stopping: bool,
    /// It was suspended at work: `left` is what is left, `computed` how long its present segment has computed.
    pub kept: bool,
    pub computed: SimDuration,
    /// Place on the way between `from` and `to`, and the links between their sites.
    pub hop: u16,
    pub route: Route,
    pub from: DeviceId,
    pub to: DeviceId,
    pub bytes: Bytes,
    /// Neighbours in a device's queue or slots.
    pub prev: Slot,
    pub next: Slot,
    /// An older end of computation, or of a deferral, is void.
    pub version: Version,
    /// When its computation ends at the present speed, and when the pending event looks.
    pub ends: SimTime,
    pub pending: SimTime,
    /// The parameters that it holds in memory, in a slot.
    pub held: Cuts,
    /// Memory that its present segment reserves in a slot.
    pub reserved: Bytes,
    /// Power above idle, in a slot; what of it computing draws.
    pub watts: Watts,
    pub computing: Watts,
    /// What the device's idle power had brought each slot when it came into its own.
    pub shared: Amount,
    /// Nominal compute time left of its present segment [s], as of `progressed`; before it computes, all of it.
    pub left: f64,
    pub progressed: SimTime,
    /// Since when it is in its phase.
    pub since: SimTime,
    pub spent: Spent,
    pub used: Amount,
}

impl Flight {
    #[inline]
    pub fn new(request: Request, measured: bool, version: Version) -> Self {
        Self {
            measured,
            phase: Phase::Deferred,
            plan: PlanId::whole(request.origin),
            segment: 0,
            device: request.origin,
            cuts: Cuts { from: 0, to: 0 },
            expected: SimDuration::ZERO,
            homeward: false,
            stopping: false,
            kept: false,
            computed: SimDuration::ZERO,
            hop: 0,
            route: Route::default(),
            from: request.origin,
            to: request.origin,
            bytes: Bytes::ZERO,
            prev: NONE,
            next: NONE,
            version,
            ends: SimTime::NEVER,
            pending: SimTime::NEVER,
            held: Cuts { from: 0, to: 0 },
            reserved: Bytes::ZERO,
            watts: Watts::ZERO,
            computing: Watts::ZERO,
            shared: Amount::default(),
            left: 0.0,
            progressed: SimTime::ZERO,
            since: request.arrival,
            spent: Spent::default(),
            used: Amount::default(),
            request,
        }
    }

    /// Moves on to another phase, booking the time spent in the last.
    pub fn enter(&mut self, phase: Phase, now: SimTime) {
        let span = now.since(self.since);
        match self.phase {
            Phase::Deferred | Phase::Suspended => self.spent.deferred += span,
            Phase::Moving => self.spent.network += span,
            Phase::Queued => self.spent.queued += span,
            Phase::Loading => self.spent.loading += span,
            Phase::Computing => self.spent.service += span,
            Phase::Free => {}
        }
        self.phase = phase;
        self.since = now;
    }
}

/// Requests in flight, in slots that are used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flights {
    rows: Vec<Flight>,
    free: Vec<Slot>,
}

impl Flights {
    /// Gives a request a slot; `make` is told which, and the version of its next occupant.
    #[inline]
    pub fn insert(&mut self, make: impl FnOnce(Slot, Version) -> Flight) -> Slot {
        if let Some(slot) = self.free.pop() {
            let row = &mut self.rows[slot as usize];
            // Versions go on, or an old event would be taken for one of the slot's next request.
            *row = make(slot, row.version.next());
            return slot;
        }
        let slot = Slot::try_from(self.rows.len()).expect("invariant: fewer than 2^32 requests in flight");
        self.rows.push(make(slot, Version::default()));
        slot
    }

    pub fn remove(&mut self, slot: Slot) {
        self[slot].phase = Phase::Free;
        self.free.push(slot);
    }

    pub fn get(&self, slot: Slot) -> Option<&Flight> {
        self.rows.get(slot as usize).filter(|flight| flight.phase != Phase::Free)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Flight> {
        self.rows.iter().filter(|flight| flight.phase != Phase::Free)
    }
}

impl std::ops::Index<Slot> for Flights {
    type Output = Flight;
    fn index(&self, slot: Slot) -> &Flight {
        &self.rows[slot as usize]
    }
}

impl std::ops::IndexMut<Slot> for Flights {
    fn index_mut(&mut self, slot: Slot) -> &mut Flight {
        &mut self.rows[slot as usize]
    }
}

/// What changes in a run.
#[derive(Debug)]
pub(crate) struct State {
    pub now: SimTime,
    pub devices: Table<DeviceId, DeviceState>,
    /// What each device's idle power brought one slot since it was last without work; empty if it is not split.
    pub shares: Table<DeviceId, Amount>,
    /// Exponentially weighted share of busy slots, as of `metered`; empty if nobody asks for it.
    pub smoothed: Table<DeviceId, f64>,
    /// When each direction of each link is free.
    pub links: Table<LinkId, SimTime>,
    /// Intensity of each zone as schedulers see it: the newest public one, or the forecast of the present.
    pub intensity: Table<ZoneId, Intensity>,
    pub flights: Flights,
    pub plans: Plans,
    pub memories: Memories,
    pub telemetry: Telemetry,
}

impl State {
    pub fn new(world: &World, streams: &Streams) -> Self {
        let mut state = Self::empty(world, streams);
        let reports = world.devices.ids().map(|device| state.report(world, device)).collect();
        state.telemetry = Telemetry::new(world, reports, &state.memories);
        state
    }

    fn empty(world: &World, streams: &Streams) -> Self {
        let split = world.settings.idle_rule != IdleRule::None;
        let weighted = world.settings.telemetry.load_window > SimDuration::ZERO;
        let shown = |zone| world.grid.shown(zone, SimTime::ZERO, streams);
        Self {
            now: SimTime::ZERO,
            devices: world.devices.iter().map(|_| DeviceState::new()).collect(),
            shares: Table::filled(if split { world.devices.len() } else { 0 }, Amount::default()),
            smoothed: world.devices.iter().filter(|_| weighted).map(|device| device.background_load).collect(),
            links: world.topology.all_free(),
            intensity: world.grid.zones.ids().map(shown).collect(),
            flights: Flights::default(),
            plans: Plans::new(world.devices.len()),
            memories: Memories::new(world),
            telemetry: Telemetry::default(),
        }
    }

    /// With a power table: power above idle of each of `computing` slots.
    pub fn table_power(&self, world: &World, device: DeviceId, computing: u16) -> Watts {
        let table = &world.class_of(device).power.dynamic;
        let background = world.devices[device].background_load;
        let above = table.above_idle(self.utilisation(world, device, computing)) - table.above_idle(background);
        above / f64::from(computing.max(1))
    }

    /// Share of a device's slots that are busy, background load included, 0…1.
    #[inline]
    pub fn utilisation(&self, world: &World, device: DeviceId, busy: u16) -> f64 {
        let background = world.devices[device].background_load;
        background + (1.0 - background) * f64::from(busy) / f64::from(world.class_of(device).slots.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_of_a_device_fills_one_cache_line() {
        assert_eq!(size_of::<DeviceState>(), 64);
    }
}
