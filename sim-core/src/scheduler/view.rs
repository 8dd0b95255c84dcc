//! What schedulers may see of the fleet: a real scheduler's knowledge, never the simulator's insides.

use super::Request;
use crate::engine::plan::Segment;
use crate::engine::state::State;
use crate::engine::telemetry::Report;
use crate::ids::{ClassId, DeviceId, ModelId, PlanId, RequestClassId, SiteId, ZoneId};
use crate::kernel::rng::{Purpose, Stream, Streams};
use crate::units::{Bytes, Grams, Intensity, Joules, SimDuration, SimTime, Watts};
use crate::world::World;
use crate::world::cost::{CostTable, Cuts};
use crate::world::device::Role;

/// A power state as schedulers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerState {
    /// Switched off, or booting.
    Off,
    /// Asleep, or waking.
    Sleep,
    /// Awake with nothing to do.
    Idle,
    /// At work.
    Busy,
}

/// What a real scheduler could know: telemetry with its age, profiles, public intensities, its own assignments.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) state: &'a State,
    pub(crate) streams: &'a Streams,
}

impl View<'_> {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.state.now
    }

    /// All devices in order of their ids, whoever may use them.
    pub fn devices(&self) -> impl ExactSizeIterator<Item = DeviceId> + use<> {
        self.world.devices.ids()
    }

    /// Devices that may run a request: shared, able to hold its model, in a zone that its class allows.
    pub fn candidates<'v>(&'v self, request: &'v Request) -> impl Iterator<Item = DeviceId> + 'v {
        self.devices().filter(|&device| self.is_candidate(request, device))
    }

    /// Whether every scheduler may run a request on a device.
    #[must_use]
    #[inline]
    pub fn is_candidate(&self, request: &Request, device: DeviceId) -> bool {
        self.is_shared(device) && self.may_run(request, device)
    }

    /// All models, in order of their ids.
    pub fn models(&self) -> impl ExactSizeIterator<Item = ModelId> + use<> {
        self.world.models.ids()
    }

    /// All kinds of request, in order of their ids.
    pub fn request_classes(&self) -> impl ExactSizeIterator<Item = RequestClassId> + use<> {
        self.world.request_classes.ids()
    }

    /// Whether every scheduler may run requests of a model and a class on a device: what [`View::is_candidate`] says of
    /// each of them.
    #[must_use]
    pub fn serves(&self, device: DeviceId, model: ModelId, class: RequestClassId) -> bool {
        self.world.serves(device, model, class)
    }

    /// Whether every scheduler may use a device.
    #[must_use]
    #[inline]
    pub fn is_shared(&self, device: DeviceId) -> bool {
        self.world.devices[device].role == Role::Shared
    }

    /// Whether a device can run a request, reserved ones included.
    #[must_use]
    #[inline]
    pub fn may_run(&self, request: &Request, device: DeviceId) -> bool {
        self.may_run_segment(request, device, self.whole(request.model))
    }

    /// Whether a device can run the layers between two cuts of a request's model, reserved devices included.
    #[must_use]
    #[inline]
    pub fn may_run_segment(&self, request: &Request, device: DeviceId, cuts: Cuts) -> bool {
        self.world.can_run_segment(device, request.model, cuts) && self.world.is_allowed(request.class, device)
    }

    /// The catalogue entry of a device.
    #[must_use]
    #[inline]
    pub fn class(&self, device: DeviceId) -> ClassId {
        self.world.devices[device].class
    }

    /// Where a device stands.
    #[must_use]
    #[inline]
    pub fn site(&self, device: DeviceId) -> SiteId {
        self.world.devices[device].site
    }

    /// The grid area of a device.
    #[must_use]
    #[inline]
    pub fn zone(&self, device: DeviceId) -> ZoneId {
        self.world.zone_of(device)
    }

    /// Newest public intensity of a zone, of the deciding signal; where the scenario says `present: forecast`, what the
    /// zone's forecast expects of the present instant.
    #[must_use]
    #[inline]
    pub fn intensity(&self, zone: ZoneId) -> Intensity {
        self.state.intensity[zone]
    }

    /// The intensity of a zone at an instant, of the deciding signal: as published, or as the zone's forecast expects
    /// it now. Asking again gives the same answer.
    #[must_use]
    pub fn forecast(&self, zone: ZoneId, target: SimTime) -> Intensity {
        self.world.grid.forecast(zone, self.state.now, target, self.streams)
    }

    /// The mean of [`View::forecast`] over `[from, to]`, exact by the forecast's own steps.
    #[must_use]
    pub fn forecast_mean(&self, zone: ZoneId, from: SimTime, to: SimTime) -> Intensity {
        self.world.grid.forecast_mean(zone, self.state.now, (from, to), self.streams)
    }

    /// [`View::forecast`] of an instant, with the first instant after it at which the forecast may differ.
    #[must_use]
    pub fn forecast_step(&self, zone: ZoneId, target: SimTime) -> (Intensity, SimTime) {
        self.world.grid.forecast_step(zone, self.state.now, target, self.streams)
    }

    /// Whether requests of a kind may be suspended while they compute.
    #[must_use]
    pub fn is_interruptible(&self, class: RequestClassId) -> bool {
        self.world.request_classes[class].interruptible
    }

    /// Compute time that requests of a kind do again at each resumption.
    #[must_use]
    pub fn resume_cost(&self, class: RequestClassId) -> SimDuration {
        self.world.request_classes[class].resume_cost
    }

    /// Newest public intensity where a device stands.
    #[must_use]
    #[inline]
    pub fn intensity_at(&self, device: DeviceId) -> Intensity {
        self.intensity(self.zone(device))
    }

    /// The factor of a device's machine room on its power.
    #[must_use]
    #[inline]
    pub fn pue(&self, device: DeviceId) -> f64 {
        self.world.pue_of(device)
    }

    /// When the newest visible reports were taken; `None` where telemetry is live, and what devices report is as it is.
    #[must_use]
    #[inline]
    pub fn reported_at(&self) -> Option<SimTime> {
        self.state.telemetry.taken(self.state.now)
    }

    /// A device's newest visible report.
    #[must_use]
    #[inline]
    pub fn report(&self, device: DeviceId) -> Report {
        match self.state.telemetry.seen(device, self.state.now) {
            Some(report) => report,
            None => self.state.report(self.world, device),
        }
    }

    /// Slots in use, by a device's newest visible report.
    #[must_use]
    #[inline]
    pub fn busy(&self, device: DeviceId) -> u16 {
        match self.state.telemetry.seen(device, self.state.now) {
            Some(report) => report.busy,
            None => self.state.devices[device].busy,
        }
    }

    /// Share of a device's compute that other software takes, 0…1.
    #[must_use]
    #[inline]
    pub fn background_load(&self, device: DeviceId) -> f64 {
        self.world.devices[device].background_load
    }

    /// Requests assigned to a device whose computation has not ended: the scheduler's own count, which devices
    /// acknowledge at once and not with their telemetry.
    #[must_use]
    #[inline]
    pub fn in_flight(&self, device: DeviceId) -> u32 {
        self.state.devices[device].in_flight
    }

    /// Requests ever assigned to a device.
    #[must_use]
    #[inline]
    pub fn assigned(&self, device: DeviceId) -> u32 {
        self.state.devices[device].assigned
    }

    /// Requests that a device runs at once.
    #[must_use]
    #[inline]
    pub fn slots(&self, device: DeviceId) -> u16 {
        self.world.class_of(device).slots
    }

    /// A device's CPU cores.
    #[must_use]
    #[inline]
    pub fn cores(&self, device: DeviceId) -> f64 {
        self.world.class_of(device).cores
    }

    /// A device's memory.
    #[must_use]
    #[inline]
    pub fn memory(&self, device: DeviceId) -> Bytes {
        self.world.class_of(device).memory
    }

    /// Memory that running requests have reserved on a device, by its newest visible report.
    #[must_use]
    #[inline]
    pub fn reserved(&self, device: DeviceId) -> Bytes {
        match self.state.telemetry.seen(device, self.state.now) {
            Some(report) => report.reserved,
            None => self.state.devices[device].reserved,
        }
    }

    /// Memory that a model needs to run on a device, in the device's number format; that of single precision where the
    /// model cannot run.
    #[must_use]
    #[inline]
    pub fn memory_needed(&self, device: DeviceId, model: ModelId) -> Bytes {
        self.world.memory_needed(device, model, self.whole(model))
    }

    /// CPU cores that a model needs to run.
    #[must_use]
    #[inline]
    pub fn cores_needed(&self, model: ModelId) -> f64 {
        self.world.models[model].cores_needed
    }

    /// Whether a model is in a device's memory, by its newest visible report.
    #[must_use]
    pub fn is_resident(&self, device: DeviceId, model: ModelId) -> bool {
        self.is_loaded(device, model, self.whole(model))
    }

    /// A device's power state, by its newest visible report.
    #[must_use]
    pub fn power_state(&self, device: DeviceId) -> PowerState {
        self.report(device).power
    }

    /// How long a device needs before it can start a computation: its wake-up, if it is not awake.
    #[must_use]
    pub fn wake_time(&self, device: DeviceId) -> SimDuration {
        let power = &self.world.class_of(device).power;
        match self.power_state(device) {
            PowerState::Off => power.boot.time,
            PowerState::Sleep => power.wake.time,
            PowerState::Idle | PowerState::Busy => SimDuration::ZERO,
        }
    }

    /// What a device draws at work, as it declares.
    #[must_use]
    #[inline]
    pub fn declared_power(&self, device: DeviceId) -> Watts {
        self.world.class_of(device).declared_power
    }

    /// The cost table of a model on a device, if it can run there.
    #[must_use]
    #[inline]
    pub fn cost(&self, device: DeviceId, model: ModelId) -> Option<&CostTable> {
        self.world.cost(device, model)
    }

    /// What a profile says one inference of a model takes on a device; the longest span if it cannot run there.
    #[must_use]
    #[inline]
    pub fn profile_time(&self, device: DeviceId, model: ModelId) -> SimDuration {
        match self.world.cost(device, model) {
            Some(table) => table.declared_time.unwrap_or_else(|| SimDuration::from_secs(table.time_s(table.whole()))),
            None => SimDuration::MAX,
        }
    }

    /// Time of a request's computation on a device by its cost table and its work, slowed by background load.
    #[must_use]
    #[inline]
    pub fn compute_time(&self, request: &Request, device: DeviceId) -> SimDuration {
        self.segment_time(request, device, self.whole(request.model))
    }

    /// Energy above idle of a request's computation on a device, its machine room included: by its cost table, or by
    /// its power table with one request more than it reports.
    #[must_use]
    #[inline]
    pub fn compute_energy(&self, request: &Request, device: DeviceId) -> Joules {
        self.segment_energy(request, device, self.whole(request.model))
    }

    /// Compute time assigned to a device and not ended, by the cost tables, all slots together.
    #[must_use]
    #[inline]
    pub fn backlog(&self, device: DeviceId) -> SimDuration {
        self.state.devices[device].backlog
    }

    /// Uncontended time of a request's input and result between its origin and a device.
    #[must_use]
    #[inline]
    pub fn transfer_time(&self, request: &Request, device: DeviceId) -> SimDuration {
        let model = &self.world.models[request.model];
        self.world.transfer_time(request.origin, device, request.input)
            + self.world.transfer_time(device, request.origin, model.output())
    }

    /// Energy of moving a request's input and result between its origin and a device, with what it emits at the
    /// newest public intensities.
    #[must_use]
    pub fn transfer_cost(&self, request: &Request, device: DeviceId) -> (Joules, Grams) {
        let model = &self.world.models[request.model];
        let (out_energy, out_carbon) = self.moving_cost(request.origin, device, request.input);
        let (back_energy, back_carbon) = self.moving_cost(device, request.origin, model.output());
        (out_energy + back_energy, out_carbon + back_carbon)
    }

    /// Emissions of a request on a device at the newest public intensities: above idle, and moving its data.
    #[must_use]
    pub fn expected_carbon(&self, request: &Request, device: DeviceId) -> Grams {
        self.compute_carbon(request, device) + self.transfer_cost(request, device).1
    }

    /// Emissions of a request's computation on a device above idle, at the newest public intensity; where the scenario
    /// says `embodied_in_decision`, its share of the device's embodied emissions too.
    #[must_use]
    #[inline]
    pub fn compute_carbon(&self, request: &Request, device: DeviceId) -> Grams {
        self.segment_carbon(request, device, self.whole(request.model))
    }

    /// Share of its embodied emissions that a device's service answers for, where they count in decisions.
    #[must_use]
    pub(crate) fn embodied_share(&self, device: DeviceId) -> Option<f64> {
        self.world.settings.embodied_in_decision.then(|| self.world.devices[device].service_share)
    }

    /// Requests assigned to a device and not reported as ended, a slot.
    #[must_use]
    #[inline]
    pub fn crowding(&self, device: DeviceId) -> f64 {
        f64::from(self.in_flight(device)) / f64::from(self.slots(device).max(1))
    }

    /// One-way propagation from one device to another.
    #[must_use]
    #[inline]
    pub fn latency(&self, from: DeviceId, to: DeviceId) -> SimDuration {
        self.world.latency(from, to)
    }

    /// One-way propagation from where one device stands to where another does, even if they are one.
    #[must_use]
    #[inline]
    pub(crate) fn latency_apart(&self, from: DeviceId, to: DeviceId) -> SimDuration {
        let between = self.world.topology.latency(self.site(from), self.site(to));
        self.world.uplink(from).latency + between + self.world.downlink(to).latency
    }

    /// The kinds of its two access links, up and down: with equal ones two devices of a site are equal to others.
    #[must_use]
    pub(crate) fn access_kinds(&self, device: DeviceId) -> [u32; 2] {
        self.world.devices.access_kinds(device)
    }

    /// Propagation over a device's own access link, there and back.
    #[must_use]
    #[inline]
    pub fn access_latency(&self, device: DeviceId) -> SimDuration {
        self.world.uplink(device).latency + self.world.downlink(device).latency
    }

    /// Propagation there and back.
    #[must_use]
    #[inline]
    pub fn rtt(&self, from: DeviceId, to: DeviceId) -> SimDuration {
        self.world.latency(from, to) + self.world.latency(to, from)
    }

    /// Expected completion of a request on a device: wake-up, if no slot is free the work assigned before it spread
    /// over the slots, its own computation, both transfers.
    #[must_use]
    #[inline]
    pub fn expected_completion(&self, request: &Request, device: DeviceId) -> SimTime {
        let compute = self.compute_time(request, device);
        self.now() + self.expected_wait(device) + compute + self.transfer_time(request, device)
    }

    /// The plan that runs a request's model in segments, in order, each between two cuts on one device; the plan of that
    /// device if it runs the whole.
    #[must_use]
    pub fn split(&self, request: &Request, segments: &[(DeviceId, Cuts)]) -> PlanId {
        match *segments {
            [(device, cuts)] if cuts == self.whole(request.model) => PlanId::whole(device),
            _ => self.state.plans.intern(segments),
        }
    }

    /// The k-th segment of a plan.
    #[must_use]
    pub fn segment(&self, plan: PlanId, k: u16) -> Option<Segment> {
        self.state.plans.segment(plan, k)
    }

    /// Random numbers for a decision on a request; `part` tells several draws apart, such as one a device.
    #[must_use]
    #[inline]
    pub fn draw(&self, request: &Request, part: u64) -> Stream {
        self.streams.keyed(Purpose::Scheduler, request.id, part)
    }
}
