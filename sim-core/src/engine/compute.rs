//! Devices at work: queues, slots, loading, computing, power states.

use rand_distr::{Distribution, StandardNormal};

use super::Run;
use super::event::{Event, Slot, Version};
use super::memory::Fetch;
use super::state::{Flight, NONE, Phase, Power};
use crate::ids::DeviceId;
use crate::kernel::queue::Rank;
use crate::kernel::rng::Purpose;
use crate::record::What;
use crate::scheduler::{Execution, PowerOrder};
use crate::units::{Bytes, SimDuration, SimTime, Watts};

impl Run<'_> {
    /// A request's data is on its device: it queues, and starts if it can.
    pub(super) fn enqueue(&mut self, slot: Slot, device: DeviceId) {
        self.state.flights[slot].enter(Phase::Queued, self.state.now);
        self.tell(slot, What::Queued(device));
        self.insert(slot, device);
        self.scheduler.changed(device);
        match self.state.devices[device].power {
            Power::On => self.start_waiting(device),
            Power::Asleep | Power::Off => self.wake(device, slot),
            Power::Waking | Power::Booting => {}
        }
    }

    /// Puts a request at its place in the queue: behind all that are not due later.
    fn insert(&mut self, slot: Slot, device: DeviceId) {
        let mut ahead = self.state.devices[device].tail;
        if self.alike(device).by_deadline {
            let due = |slot: Slot| self.state.flights[slot].request.deadline.map_or(u64::MAX, |deadline| deadline.0);
            while ahead != NONE && due(ahead) > due(slot) {
                ahead = self.state.flights[ahead].prev;
            }
        }
        let state = &mut self.state.devices[device];
        let behind = if ahead == NONE { state.head } else { self.state.flights[ahead].next };
        match ahead {
            NONE => state.head = slot,
            _ => self.state.flights[ahead].next = slot,
        }
        match behind {
            NONE => state.tail = slot,
            _ => self.state.flights[behind].prev = slot,
        }
        (self.state.flights[slot].prev, self.state.flights[slot].next) = (ahead, behind);
        state.queued += 1;
    }

    pub(super) fn take_head(&mut self, device: DeviceId) {
        let state = &mut self.state.devices[device];
        let next = self.state.flights[state.head].next;
        state.head = next;
        state.queued -= 1;
        match next {
            NONE => state.tail = NONE,
            _ => self.state.flights[next].prev = NONE,
        }
    }

    /// Moves requests from the queue into free slots, as long as the first one's model finds room.
    pub(super) fn start_waiting(&mut self, device: DeviceId) {
        loop {
            let state = &self.state.devices[device];
            let head = state.head;
            if head == NONE || state.busy >= self.alike(device).slots {
                return;
            }
            let (model, cuts) = (self.state.flights[head].request.model, self.state.flights[head].cuts);
            let (fetch, held) = self.state.memories.fetch(self.world, device, model, cuts, self.state.now);
            if fetch == Fetch::Full {
                return;
            }
            self.state.flights[head].held = held;
            self.take_head(device);
            self.occupy(head, device);
            match fetch {
                Fetch::Ready => self.compute(head, device),
                Fetch::Coming(ready) => self.await_load(head, ready.since(self.state.now), Watts::ZERO),
                Fetch::Load => self.load(head, device),
                Fetch::Full => return,
            }
        }
    }

    fn occupy(&mut self, slot: Slot, device: DeviceId) {
        self.meter_slots(device);
        let interferes = self.alike(device).interferes;
        if interferes {
            self.progress_slots(device);
        }
        self.join_split(slot, device);
        let needed = self.state.flights[slot].reserved;
        self.link_running(slot, device);
        let state = &mut self.state.devices[device];
        state.busy += 1;
        state.reserved += needed;
        if interferes {
            self.reschedule_slots(device);
        }
    }

    pub(super) fn vacate(&mut self, slot: Slot, device: DeviceId) {
        self.meter_slots(device);
        self.book_phase(slot, device);
        let interferes = self.alike(device).interferes;
        if interferes {
            self.progress_slots(device);
        }
        self.leave_split(slot, device);
        self.unlink_running(slot, device);
        let flight = &self.state.flights[slot];
        let state = &mut self.state.devices[device];
        state.busy -= 1;
        // Nothing is left of it, not even what rounding leaves.
        state.reserved = if state.busy == 0 { Bytes::ZERO } else { state.reserved - flight.reserved };
        state.in_flight -= 1;
        state.backlog -= flight.expected;
        self.state.memories.release(device, flight.request.model, flight.held);
        if interferes {
            self.reschedule_slots(device);
        }
    }

    fn link_running(&mut self, slot: Slot, device: DeviceId) {
        let first = std::mem::replace(&mut self.state.devices[device].running, slot);
        let flight = &mut self.state.flights[slot];
        (flight.prev, flight.next) = (NONE, first);
        if first != NONE {
            self.state.flights[first].prev = slot;
        }
    }

    fn unlink_running(&mut self, slot: Slot, device: DeviceId) {
        let (prev, next) = (self.state.flights[slot].prev, self.state.flights[slot].next);
        match prev {
            NONE => self.state.devices[device].running = next,
            _ => self.state.flights[prev].next = next,
        }
        if next != NONE {
            self.state.flights[next].prev = prev;
        }
    }

    fn load(&mut self, slot: Slot, device: DeviceId) {
        let (model, held) = (self.state.flights[slot].request.model, self.state.flights[slot].held);
        let span = self.world.load_time(device, model, held);
        self.state.memories.loading(device, model, held, self.state.now + span);
        self.await_load(slot, span, self.world.class_of(device).load.power);
    }

    fn await_load(&mut self, slot: Slot, span: SimDuration, power: Watts) {
        self.state.flights[slot].enter(Phase::Loading, self.state.now);
        self.tell(slot, What::Loading(self.state.flights[slot].device));
        self.state.flights[slot].watts = power;
        self.queue.push(self.state.now + span, Rank::Completion, Event::Loaded(slot));
    }

    /// A request's model is in memory: it computes.
    pub(super) fn loaded(&mut self, slot: Slot) {
        let device = self.state.flights[slot].device;
        self.meter_slots(device);
        self.book_phase(slot, device);
        self.scheduler.changed(device);
        if self.state.flights[slot].stopping {
            return self.stop_loaded(slot, device);
        }
        self.compute(slot, device);
    }

    fn compute(&mut self, slot: Slot, device: DeviceId) {
        let flight = &self.state.flights[slot];
        // Alone on the device: table × work × noise, slowed by background load.
        let free = self.alike(device).free;
        let seconds = match flight.kept {
            true => self.take_back(slot, free),
            false if self.world.settings.service_noise => flight.left * self.noise(flight, device) / free,
            false => flight.left / free,
        };
        let flight = &mut self.state.flights[slot];
        flight.enter(Phase::Computing, self.state.now);
        flight.watts = flight.computing;
        flight.left = seconds;
        flight.progressed = self.state.now;
        self.tell(slot, What::Computing(device, self.state.flights[slot].cuts));
        self.schedule_end(slot, device);
    }

    /// Lognormal with mean 1, keyed by request and segment so that every scheduler meets the same luck.
    fn noise(&self, flight: &Flight, device: DeviceId) -> f64 {
        let table = self.world.planned_cost(device, flight.request.model);
        let sigma = table.noise_sigma.unwrap_or(self.world.class_of(device).noise_sigma);
        if sigma == 0.0 {
            return 1.0;
        }
        let (request, segment) = (flight.request.id, u64::from(flight.segment));
        let z: f64 = StandardNormal.sample(&mut self.streams.keyed(Purpose::Service, request, segment));
        (sigma * z - 0.5 * sigma * sigma).exp()
    }

    fn schedule_end(&mut self, slot: Slot, device: DeviceId) {
        let interferes = self.alike(device).interferes;
        let speed = if interferes { self.world.class_of(device).speed(self.state.devices[device].busy) } else { 1.0 };
        let flight = &mut self.state.flights[slot];
        flight.ends = self.state.now + SimDuration::from_secs(flight.left / speed);
        // A later end waits for the pending event to look again: one event a request, however often speeds change.
        if flight.ends < flight.pending {
            flight.version = flight.version.next();
            flight.pending = flight.ends;
            self.queue.push(flight.ends, Rank::Completion, Event::Computed { slot, version: flight.version });
        }
    }

    /// Where running requests slow each other down: books what they have done at the present speed.
    fn progress_slots(&mut self, device: DeviceId) {
        let now = self.state.now;
        let speed = self.world.class_of(device).speed(self.state.devices[device].busy);
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            let flight = &mut self.state.flights[slot];
            if flight.phase == Phase::Computing {
                flight.left = (flight.left - now.since(flight.progressed).as_secs() * speed).max(0.0);
                flight.progressed = now;
            }
            slot = flight.next;
        }
    }

    /// … and schedules their ends anew at the speed from now on.
    fn reschedule_slots(&mut self, device: DeviceId) {
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            if self.state.flights[slot].phase == Phase::Computing {
                self.schedule_end(slot, device);
            }
            slot = self.state.flights[slot].next;
        }
    }

    /// A request's computation is done, unless its end was scheduled anew.
    pub(super) fn computed(&mut self, slot: Slot, version: Version) {
        let flight = &self.state.flights[slot];
        if flight.version != version || flight.phase != Phase::Computing {
            return;
        }
        if flight.ends > self.state.now {
            let ends = flight.ends;
            self.state.flights[slot].pending = ends;
            return self.queue.push(ends, Rank::Completion, Event::Computed { slot, version });
        }
        self.state.flights[slot].pending = SimTime::NEVER;
        let flight = &self.state.flights[slot];
        let device = flight.device;
        let span = self.state.now.since(flight.since) + flight.computed;
        let execution = Execution { device, model: flight.request.model, span };
        self.state.flights[slot].computed = SimDuration::ZERO;
        self.vacate(slot, device);
        self.scheduler.executed(&execution, &super::view(self.world, &self.state, &self.streams));
        self.segment_done(slot, device);
        self.start_waiting(device);
        self.scheduler.changed(device);
        self.rest(device);
    }

    /// A device without work starts its idle timeout.
    pub(super) fn rest(&mut self, device: DeviceId) {
        let state = &self.state.devices[device];
        let timeout = self.alike(device).idle_timeout;
        if let (Power::On, 0, NONE, Some(timeout)) = (state.power, state.busy, state.head, timeout) {
            // After arrivals of the same instant: what comes now still finds the device awake.
            self.queue.push(self.state.now + timeout, Rank::Wake, Event::IdleTimeout(device));
        }
    }

    /// A device falls asleep if nothing happened to it for its whole timeout.
    pub(super) fn idle_timeout(&mut self, device: DeviceId) {
        let idle = self.state.now.since(self.state.devices[device].metered);
        if self.world.class_of(device).power.idle_timeout.is_some_and(|timeout| idle >= timeout) {
            self.order(device, PowerOrder::Sleep);
        }
    }

    /// Carries out a power order; a device with work ignores sleep and off.
    pub(super) fn order(&mut self, device: DeviceId, order: PowerOrder) {
        let state = &self.state.devices[device];
        let free = state.busy == 0 && state.head == NONE;
        match (order, state.power) {
            (PowerOrder::Sleep, Power::On) if free => self.set_power(device, Power::Asleep),
            (PowerOrder::Off, Power::On | Power::Asleep) if free => {
                self.set_power(device, Power::Off);
                self.state.memories.clear(self.world, device);
            }
            (PowerOrder::Wake, Power::Asleep | Power::Off) => self.wake(device, NONE),
            (PowerOrder::Sleep | PowerOrder::Off | PowerOrder::Wake, _) => {}
        }
    }

    fn set_power(&mut self, device: DeviceId, power: Power) {
        self.meter(device);
        self.state.devices[device].power = power;
        self.scheduler.changed(device);
    }

    /// Wakes a device for a request, or for none by order.
    fn wake(&mut self, device: DeviceId, cause: Slot) {
        let power = &self.world.class_of(device).power;
        let (wake, waking) = match self.state.devices[device].power {
            Power::Off | Power::Booting => (power.boot, Power::Booting),
            Power::Asleep | Power::Waking | Power::On => (power.wake, Power::Waking),
        };
        self.set_power(device, waking);
        self.state.devices[device].woken_for = cause;
        if wake.time == SimDuration::ZERO {
            self.book_sudden_wake(device, wake.energy);
            return self.awake(device);
        }
        self.queue.push(self.state.now + wake.time, Rank::Completion, Event::Awake(device));
    }

    pub(super) fn awake(&mut self, device: DeviceId) {
        self.set_power(device, Power::On);
        self.state.devices[device].woken_for = NONE;
        self.start_waiting(device);
        self.rest(device);
    }
}
