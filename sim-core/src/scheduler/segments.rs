//! What schedulers may see of splitting: cuts, tensors, and what a segment takes on a device.

use super::{Request, View};
use crate::ids::{DeviceId, ModelId, SiteId};
use crate::units::{Bytes, Grams, Joules, Macs, SimDuration};
use crate::world::cost::Cuts;
use crate::world::device::DynamicPower;
use crate::world::topology::EnergyScope;

impl View<'_> {
    /// The segment that is all of a model: its cuts run from 0, the input, to `to`, the result.
    #[must_use]
    #[inline]
    pub fn whole(&self, model: ModelId) -> Cuts {
        self.world.models[model].whole()
    }

    /// Data that crosses at a cut, in the encoding in which it travels.
    #[must_use]
    #[inline]
    pub fn tensor(&self, model: ModelId, cut: u16) -> Bytes {
        self.world.models[model].tensor(cut)
    }

    /// Data that a request sends at a cut: its own input at the first one.
    #[must_use]
    #[inline]
    pub fn data(&self, request: &Request, cut: u16) -> Bytes {
        if cut == 0 { request.input } else { self.tensor(request.model, cut) }
    }

    /// Multiply-accumulates before a cut.
    #[must_use]
    #[inline]
    pub fn macs_to(&self, model: ModelId, cut: u16) -> Macs {
        self.world.models[model].cuts[usize::from(cut)].macs
    }

    /// Parameters before a cut, in single precision.
    #[must_use]
    #[inline]
    pub fn parameters_to(&self, model: ModelId, cut: u16) -> Bytes {
        self.world.models[model].parameters_to(cut)
    }

    /// Time of a segment on a device by its cost table and the request's work, slowed by background load; the longest
    /// span if the model cannot run there.
    #[must_use]
    #[inline]
    pub fn segment_time(&self, request: &Request, device: DeviceId, cuts: Cuts) -> SimDuration {
        let Some(table) = self.world.cost(device, request.model) else { return SimDuration::MAX };
        let free = 1.0 - self.world.devices[device].background_load;
        SimDuration::from_secs(table.time_s(cuts) * request.work / free)
    }

    /// Energy above idle of a segment on a device, its machine room included: by its cost table, or by its power table
    /// with one request more than it reports.
    #[must_use]
    #[inline]
    pub fn segment_energy(&self, request: &Request, device: DeviceId, cuts: Cuts) -> Joules {
        let Some(table) = self.world.cost(device, request.model) else { return Joules(f64::INFINITY) };
        match self.world.class_of(device).power.dynamic {
            DynamicPower::Linear => {
                let free = 1.0 - self.world.devices[device].background_load;
                table.energy(cuts) * (request.work * self.pue(device) / free)
            }
            DynamicPower::Table(_) => {
                let busy = self.busy(device).saturating_add(1).min(self.slots(device));
                let power = self.state.table_power(self.world, device, busy);
                power * self.pue(device) * self.segment_time(request, device, cuts)
            }
        }
    }

    /// Emissions of a segment on a device above idle, at the newest public intensity; where the scenario says
    /// `embodied_in_decision`, with the device's embodied emissions by the time that one slot is taken (SCI, ISO/IEC 21031:
    /// M = TE · TiR/EL · RR/ToR).
    #[must_use]
    #[inline]
    pub fn segment_carbon(&self, request: &Request, device: DeviceId, cuts: Cuts) -> Grams {
        let operational = self.segment_energy(request, device, cuts) * self.intensity_at(device);
        if !self.world.settings.embodied_in_decision {
            return operational;
        }
        let taken = self.world.embodied(device, self.segment_time(request, device, cuts));
        operational + taken.unwrap_or(Grams::ZERO) / f64::from(self.slots(device).max(1))
    }

    /// Whether the energy of a request on a device depends on how many slots are busy: its class states a power table.
    #[must_use]
    #[inline]
    pub fn draws_by_load(&self, device: DeviceId) -> bool {
        matches!(self.world.class_of(device).power.dynamic, DynamicPower::Table(_))
    }

    /// How long a segment's parameters take into a device's memory; nothing where they are in it by its
    /// newest visible report, and the longest span if the model cannot run there.
    #[must_use]
    #[inline]
    pub fn load_time(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> SimDuration {
        match self.world.cost(device, model) {
            Some(_) if self.is_loaded(device, model, cuts) => SimDuration::ZERO,
            Some(_) => self.world.load_time(device, model, cuts),
            None => SimDuration::MAX,
        }
    }

    /// Whether a segment's parameters are in a device's memory, by its newest visible report.
    #[must_use]
    #[inline]
    pub fn is_loaded(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> bool {
        self.state.reports_resident(device, model, cuts)
    }

    /// Expected wait before a device takes up another computation: its wake-up, and if no slot is free the work
    /// assigned to it, spread over the slots.
    #[must_use]
    #[inline]
    pub fn expected_wait(&self, device: DeviceId) -> SimDuration {
        self.wake_time(device) + self.expected_queue(device)
    }

    /// Expected wait for a slot of a device that is awake: if none is free, the work assigned to it, spread over them.
    #[must_use]
    #[inline]
    pub fn expected_queue(&self, device: DeviceId) -> SimDuration {
        let slots = self.slots(device).max(1);
        let full = self.in_flight(device) >= u32::from(slots);
        let free = 1.0 - self.background_load(device);
        if full { self.backlog(device).scale(1.0 / (f64::from(slots) * free)) } else { SimDuration::ZERO }
    }

    /// Expected time of a request by a plan, from now to its result at the origin: every segment's data on its way, the
    /// wait for its device, loading of its parameters and computation, then the way back.
    #[must_use]
    pub fn plan_time(&self, request: &Request, plan: &[(DeviceId, Cuts)]) -> SimDuration {
        let (mut time, mut at) = (SimDuration::ZERO, request.origin);
        for (k, &(device, cuts)) in plan.iter().enumerate() {
            // A device that has run an earlier segment is awake.
            let awake = plan[..k].iter().any(|&(earlier, _)| earlier == device);
            let wait = if awake { self.expected_queue(device) } else { self.expected_wait(device) };
            time += self.moving_time(at, device, self.data(request, cuts.from))
                + wait
                + self.load_time(device, request.model, cuts)
                + self.segment_time(request, device, cuts);
            at = device;
        }
        time + self.moving_time(at, request.origin, self.world.models[request.model].output())
    }

    /// Energy of moving a request's data by a plan, there, between and back, with what it emits at the newest public
    /// intensities.
    #[must_use]
    pub fn plan_transfer_cost(&self, request: &Request, plan: &[(DeviceId, Cuts)]) -> (Joules, Grams) {
        let last = self.whole(request.model).to;
        let ends = plan.iter().map(|&(device, cuts)| (device, cuts.from)).chain([(request.origin, last)]);
        let mut at = request.origin;
        ends.fold((Joules::ZERO, Grams::ZERO), |(energy, carbon), (device, cut)| {
            let (more, emitted) = self.moving_cost(at, device, self.data(request, cut));
            at = device;
            (energy + more, carbon + emitted)
        })
    }

    /// Uncontended time of data between two devices; none from a device to itself.
    #[must_use]
    #[inline]
    pub fn moving_time(&self, from: DeviceId, to: DeviceId, bytes: Bytes) -> SimDuration {
        self.world.transfer_time(from, to, bytes)
    }

    /// How long data between two devices occupies the slowest link on its way; no time from a device to itself. Where
    /// links carry one transfer after another, so many can follow each other.
    #[must_use]
    pub fn link_time(&self, from: DeviceId, to: DeviceId, bytes: Bytes) -> SimDuration {
        if from == to {
            return SimDuration::ZERO;
        }
        self.world.hops(from, to).map(|link| link.transmission(bytes)).fold(SimDuration::ZERO, SimDuration::max)
    }

    /// Energy of moving data between two devices, with what it emits at the newest public intensities.
    #[must_use]
    pub fn moving_cost(&self, from: DeviceId, to: DeviceId, bytes: Bytes) -> (Joules, Grams) {
        let network = &self.world.topology.energy;
        let at_site = |site: SiteId| self.intensity(self.world.sites[site].zone);
        if from == to {
            return (Joules::ZERO, Grams::ZERO);
        }
        if network.scope == EnergyScope::EndToEnd {
            let energy = bytes * network.end_to_end * network.pue;
            return (energy, energy * 0.5 * at_site(self.site(from)) + energy * 0.5 * at_site(self.site(to)));
        }
        self.world.hops(from, to).fold((Joules::ZERO, Grams::ZERO), |(energy, carbon), link| {
            let hop = link.energy.transmission(bytes, link.transmission(bytes)) * network.pue;
            let emitted = link.shares.iter().map(|&(site, share)| hop * share * at_site(site)).sum();
            (energy + hop, carbon + emitted)
        })
    }
}
