//! The engine: takes a world, arrivals and a scheduler to an outcome, one event after another.

pub(crate) mod close;
pub(crate) mod compute;
pub(crate) mod deliberation;
pub(crate) mod event;
pub mod footprint;
pub(crate) mod known;
pub mod ledger;
pub(crate) mod memory;
pub(crate) mod meter;
mod orders;
pub mod plan;
pub(crate) mod state;
mod step;
pub(crate) mod suspend;
pub mod telemetry;
pub(crate) mod transfer;

use std::ops::ControlFlow;

use crate::arrival::{Arrival, ArrivalSource};
use crate::ids::{DeviceId, Id, PlanId, Table, ZoneId};
use crate::kernel::queue::{EventQueue, Rank};
use crate::kernel::rng::Streams;
use crate::record::{Ending, Observer, Progress, Record, RequestRecord, What};
use crate::scheduler::{Actions, Decision, Request, Scheduler, Ticket, View};
use crate::units::{SimDuration, SimTime};
use crate::world::topology::EnergyScope;
use crate::world::{IdleRule, World};
use deliberation::Deliberation;
use event::{Event, Slot, Version};
use known::Known;
use ledger::{Counts, LawBroken, Ledger};
use meter::Regime;
use plan::Segment;
use state::{Flight, Phase, State};

/// What a finished run leaves behind.
#[derive(Debug)]
pub struct Books {
    /// Energy and emissions.
    pub ledger: Ledger,
    /// The measured cohort.
    pub measured: Counts,
    /// All requests.
    pub all: Counts,
    /// Segments of the plans that split a model; the k-th is that of the plan of id devices + k.
    pub splits: Vec<Vec<Segment>>,
    /// Events handled.
    pub events: u64,
    /// Last simulated instant.
    pub end: SimTime,
    /// Whether the scheduler ordered any power state.
    pub power_ordered: bool,
    /// Whether the scheduler suspended a request.
    pub suspended: bool,
}

impl Books {
    /// The segments of a plan that splits a model; `None` for one that does not.
    #[must_use]
    pub fn split(&self, plan: PlanId) -> Option<&[Segment]> {
        let devices = self.ledger.served().len();
        self.splits.get(plan.index().checked_sub(devices)?).map(Vec::as_slice)
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// Its cohort is finished, or its drain is over.
    Finished(Box<Books>),
    /// The observer stopped it.
    Stopped,
    /// The scheduler did what it must not.
    SchedulerAborted {
        /// What it did.
        message: String,
        /// When.
        at: SimTime,
    },
    /// Requests end at the instant at which they arrive, and others follow at once: a closed loop without think time
    /// that is rejected, or that computes nothing.
    TimeStandsStill {
        /// When.
        at: SimTime,
    },
    /// A law does not hold: a bug of the simulator.
    LawBroken(LawBroken),
}

const PROGRESS_EVERY: u64 = 1 << 16;
/// More events than this at one instant are no simulation any more.
const STANDSTILL: u64 = 1 << 22;

/// Runs a world once.
pub struct Engine<'a> {
    world: &'a World,
    streams: Streams,
    source: &'a mut dyn ArrivalSource,
    scheduler: &'a mut dyn Scheduler,
}

impl<'a> Engine<'a> {
    /// An engine for one run.
    pub fn new(
        world: &'a World, streams: Streams, source: &'a mut dyn ArrivalSource, scheduler: &'a mut dyn Scheduler,
    ) -> Self {
        Self { world, streams, source, scheduler }
    }

    /// Runs to the end; what happens goes to the observer.
    pub fn run(self, observer: &mut impl Observer) -> Outcome {
        let Self { world, streams, source, scheduler } = self;
        let mut run = Run::new(Engine { world, streams, source: &mut *source, scheduler: &mut *scheduler }, observer);
        run.begin();
        while run.aborted.is_none() && run.step() {
            if run.events % PROGRESS_EVERY == 0 && run.observer.progress(&run.progress()) == ControlFlow::Break(()) {
                return Outcome::Stopped;
            }
        }
        run.close()
    }
}

/// A run in progress.
pub(crate) struct Run<'a> {
    world: &'a World,
    known: Known,
    streams: Streams,
    source: &'a mut dyn ArrivalSource,
    scheduler: &'a mut dyn Scheduler,
    observer: &'a mut dyn Observer,
    /// Whether the observer wants every step of every request.
    tells: bool,
    queue: EventQueue<Event>,
    state: State,
    regimes: Table<ZoneId, Regime>,
    /// Whether every change of a device's slots is metered: idle power is split over requests, or load smoothed.
    slots_count: bool,
    /// Whether transmissions are booked one by one: energy counts by link, and some link draws any.
    links_draw: bool,
    /// From then on the run is over as soon as its cohort is.
    window_end: SimTime,
    /// Whether anything comes of what links carry: energy, or steps that are told.
    links_count: bool,
    /// When the source's next arrival comes.
    coming: Option<SimTime>,
    ledger: Ledger,
    measured: Counts,
    all: Counts,
    /// Requests of the cohort that have not ended.
    open: u64,
    events: u64,
    /// Nothing was left that could come.
    dry: bool,
    /// Events since time moved last.
    standstill: u64,
    actions: Actions,
    /// Whether the scheduler ordered any power state.
    power_ordered: bool,
    suspended: bool,
    /// Decisions that take time; `None` where none does.
    deliberation: Option<Box<Deliberation>>,
    aborted: Option<String>,
}

fn view<'v>(world: &'v World, state: &'v State, streams: &'v Streams) -> View<'v> {
    View { world, state, streams }
}

impl<'a> Run<'a> {
    fn new(engine: Engine<'a>, observer: &'a mut dyn Observer) -> Self {
        let World { topology, settings, .. } = engine.world;
        let links_draw = topology.energy.scope == EnergyScope::Link && topology.links().draw();
        let tells = observer.wants_steps();
        Self {
            tells,
            observer,
            world: engine.world,
            known: Known::new(engine.world),
            streams: engine.streams,
            source: engine.source,
            scheduler: engine.scheduler,
            queue: EventQueue::new(),
            state: State::new(engine.world, &engine.streams),
            regimes: Table::filled(engine.world.grid.zones.len(), Regime::NONE),
            slots_count: settings.idle_rule != IdleRule::None || settings.telemetry.load_window > SimDuration::ZERO,
            window_end: settings.horizon.window_end(),
            links_draw,
            links_count: links_draw || tells,
            coming: None,
            ledger: Ledger::new(engine.world),
            measured: Counts::default(),
            all: Counts::default(),
            open: 0,
            events: 0,
            dry: false,
            standstill: 0,
            actions: Actions::default(),
            power_ordered: false,
            suspended: false,
            deliberation: Deliberation::new(engine.world),
            aborted: None,
        }
    }

    fn begin(&mut self) {
        for zone in self.world.grid.zones.ids() {
            self.await_publication(zone);
        }
        let period = self.world.settings.telemetry.period;
        if period.0 > 0 {
            self.queue.push(SimTime::ZERO + period, Rank::Grid, Event::Telemetry);
        }
        for device in self.world.devices.ids() {
            self.rest(device);
        }
        self.scheduler.start(&view(self.world, &self.state, &self.streams), &mut self.actions);
        self.carry_out();
        self.coming = self.source.peek();
    }

    /// Handles the next arrival or event; false when the run is over.
    fn step(&mut self) -> bool {
        let (until, rank) = self.coming.map_or((SimTime::NEVER, Rank::Wake), |arrival| (arrival, Rank::Arrival));
        let due = self.queue.pop_by(until, rank);
        let at = match (due, self.coming) {
            (Some((at, _)), _) => at,
            (None, Some(arrival)) => arrival.max(self.state.now),
            (None, None) => {
                self.dry = true;
                return false;
            }
        };
        if at >= self.window_end && (self.open == 0 || at > self.world.settings.horizon.end()) {
            return false;
        }
        self.standstill = if at == self.state.now { self.standstill + 1 } else { 0 };
        if self.standstill > STANDSTILL {
            return false;
        }
        self.state.now = at;
        self.events += 1;
        match due {
            Some((_, event)) => self.handle(event),
            None => {
                let arrival = self.source.next().expect("invariant: a source gives the arrival that it announced");
                self.coming = self.source.peek();
                self.arrive(&arrival);
            }
        }
        true
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Hopped(slot) => self.hopped(slot),
            Event::Computed { slot, version } => self.computed(slot, version),
            Event::Loaded(slot) => self.loaded(slot),
            Event::Awake(device) => self.awake(device),
            Event::IdleTimeout(device) => self.idle_timeout(device),
            Event::Due { slot, version } => self.due(slot, version),
            Event::Decided(slot) => self.decided(slot),
            Event::SchedulerWake => {
                self.scheduler.wake(&view(self.world, &self.state, &self.streams), &mut self.actions);
                self.carry_out();
            }
            Event::Published(zone) => {
                self.state.intensity[zone] = self.world.grid.shown(zone, self.state.now, &self.streams);
                self.await_publication(zone);
                self.scheduler.published(zone, &view(self.world, &self.state, &self.streams));
            }
            Event::Telemetry => self.report(),
        }
    }

    fn await_publication(&mut self, zone: ZoneId) {
        let next = self.world.grid.next_update(zone, self.state.now, &self.streams);
        if next <= self.world.settings.horizon.end() {
            self.queue.push(next, Rank::Grid, Event::Published(zone));
        }
    }

    fn report(&mut self) {
        let reports = self.world.devices.ids().map(|device| self.state.report(self.world, device)).collect();
        self.state.telemetry.take(self.state.now, reports, self.state.memories.clone());
        self.queue.push(self.state.now + self.world.settings.telemetry.period, Rank::Grid, Event::Telemetry);
    }

    fn arrive(&mut self, arrival: &Arrival) {
        let horizon = &self.world.settings.horizon;
        let measured = arrival.at >= horizon.window_start() && arrival.at < horizon.window_end();
        let class = &self.world.request_classes[arrival.class];
        let id = self.all.arrived;
        self.all.arrived += 1;
        self.measured.arrived += u64::from(measured);
        self.open += u64::from(measured);
        let slot = self.state.flights.insert(|slot, version| {
            let request = Request {
                id,
                ticket: Ticket { slot, id },
                model: arrival.model,
                class: arrival.class,
                origin: arrival.origin,
                arrival: arrival.at,
                deadline: arrival.deadline.or(class.deadline).map(|deadline| arrival.at + deadline),
                start_by: arrival.at + arrival.slack.unwrap_or(class.slack),
                work: arrival.work,
                input: arrival.input.unwrap_or(self.world.models[arrival.model].input()),
                client: arrival.client,
            };
            Flight::new(request, measured, version)
        });
        self.decide(slot);
    }

    fn decide(&mut self, slot: Slot) {
        let request = &self.state.flights[slot].request;
        match self.scheduler.decide(request, &view(self.world, &self.state, &self.streams)) {
            Decision::Hold => self.tell(slot, What::Deferred(None)),
            decision @ (Decision::Run(_) | Decision::Reject(_)) => self.resolve(slot, decision),
            Decision::Defer(until) if until > self.state.now && until <= request.start_by => {
                self.resolve(slot, Decision::Defer(until));
            }
            Decision::Defer(until) => self.abort(format!(
                "deferred request {} to {:.3} s, which is not after now and by its latest start, {:.3} s",
                request.id,
                until.as_secs(),
                request.start_by.as_secs()
            )),
        }
        if self.actions.follows {
            self.scheduler.decided(&view(self.world, &self.state, &self.streams), &mut self.actions);
            self.carry_out();
        }
    }

    /// A deferral is over, unless the scheduler placed the request meanwhile.
    fn due(&mut self, slot: Slot, version: Version) {
        let flight = &mut self.state.flights[slot];
        if flight.version == version && flight.phase == Phase::Deferred && flight.ends == self.state.now {
            flight.ends = SimTime::NEVER;
            self.decide(slot);
        }
    }

    fn abort(&mut self, message: String) {
        self.aborted.get_or_insert(message);
    }

    /// Starts a plan: its segments' devices know of the request, its input sets out.
    fn launch(&mut self, slot: Slot, plan: PlanId) {
        if !self.runs_whole(&self.state.flights[slot].request, plan)
            && let Err(message) = self.check_plan(slot, plan)
        {
            return self.abort(message);
        }
        self.state.flights[slot].plan = plan;
        let mut k = 0;
        while let Some(device) = self.take_up(slot, k) {
            let state = &mut self.state.devices[device];
            state.in_flight += 1;
            state.assigned = state.assigned.saturating_add(1);
            state.backlog += self.state.flights[slot].expected;
            self.scheduler.changed(device);
            k += 1;
        }
        if k > 1 {
            self.take_up(slot, 0);
        }
        let flight = &self.state.flights[slot];
        let (origin, first, input) = (flight.request.origin, flight.device, flight.request.input);
        self.tell_launch(slot, plan, (origin, first, input));
        self.send(slot, origin, first, input);
    }

    /// Makes the k-th segment of a request's plan its present one; tells its device, if there is one.
    #[inline]
    fn take_up(&mut self, slot: Slot, k: u16) -> Option<DeviceId> {
        let flight = &mut self.state.flights[slot];
        let Segment { device, cuts } = self.state.plans.segment(flight.plan, k)?;
        let (class, model) = (self.known.of(self.world, device).class, flight.request.model);
        let part;
        let costed = match (cuts, self.known.whole(class, model)) {
            (None, Some(whole)) => whole,
            _ => {
                part = self.known.segment(self.world, class, model, cuts);
                &part
            }
        };
        (flight.segment, flight.device, flight.cuts) = (k, device, costed.cuts);
        (flight.computing, flight.reserved) = (costed.power, costed.memory);
        flight.left = costed.seconds * flight.request.work;
        flight.expected = SimDuration::from_secs(flight.left);
        Some(device)
    }

    /// A request's data has arrived: at a device to compute, or at its origin.
    fn delivered(&mut self, slot: Slot) {
        let flight = &self.state.flights[slot];
        match flight.homeward {
            true => self.complete(slot),
            false if flight.stopping => self.stop_arrived(slot),
            false => self.enqueue(slot, flight.device),
        }
    }

    /// A segment is computed: its tensor goes to the next segment's device, or the result to the origin.
    fn segment_done(&mut self, slot: Slot, device: DeviceId) {
        let flight = &self.state.flights[slot];
        if flight.measured {
            self.state.devices[device].served += 1;
            let place = self.place(self.alike(device).zone, self.state.now);
            self.ledger.count_served(place);
        }
        let (segment, cut, origin) = (flight.segment + 1, flight.cuts.to, flight.request.origin);
        let model = &self.world.models[flight.request.model];
        let (to, bytes) = match self.take_up(slot, segment) {
            Some(next) => (next, model.tensor(cut)),
            None => {
                self.state.flights[slot].homeward = true;
                (origin, model.output())
            }
        };
        self.tell(slot, What::SetsOut { from: device, to, bytes });
        self.send(slot, device, to, bytes);
    }

    fn complete(&mut self, slot: Slot) {
        let flight = &self.state.flights[slot];
        let device = Some(flight.from);
        let late = flight.request.deadline.is_some_and(|deadline| self.state.now > deadline);
        self.end(slot, device, if late { Ending::Late } else { Ending::Completed });
    }

    fn end(&mut self, slot: Slot, device: Option<DeviceId>, ending: Ending) {
        let now = self.state.now;
        self.state.flights[slot].enter(Phase::Free, now);
        self.tell(slot, What::Ended(ending));
        let flight = &self.state.flights[slot];
        let client = flight.request.client;
        self.all.count(ending);
        if flight.measured {
            self.open -= 1;
            self.measured.count(ending);
            self.ledger.attribute(flight.request.model, flight.used.energy, flight.used.carbon);
            self.observer.record(&Record::Request(record(flight, device, now, ending)));
        }
        self.state.flights.remove(slot);
        if let Some(client) = client {
            self.source.completed(client, now);
            self.coming = self.source.peek();
        }
    }

    fn progress(&self) -> Progress {
        Progress {
            now: self.state.now,
            end: self.world.settings.horizon.window_end(),
            events: self.events,
            arrived: self.all.arrived,
            ended: self.all.completed + self.all.rejected + self.all.failed,
        }
    }
}

fn record(flight: &Flight, device: Option<DeviceId>, now: SimTime, ending: Ending) -> RequestRecord {
    RequestRecord {
        id: flight.request.id,
        model: flight.request.model,
        class: flight.request.class,
        origin: flight.request.origin,
        input: flight.request.input,
        work: flight.request.work,
        start_by: flight.request.start_by,
        deadline: flight.request.deadline,
        device,
        plan: device.map(|_| flight.plan),
        arrival: flight.request.arrival,
        end: now,
        ending,
        deferred: flight.spent.deferred,
        network: flight.spent.network,
        queued: flight.spent.queued,
        loading: flight.spent.loading,
        service: flight.spent.service,
        energy: flight.used.energy,
        carbon: flight.used.carbon,
    }
}
