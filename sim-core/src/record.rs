//! What happened: plain data that an observer receives while a run goes on.

use crate::ids::{DeviceId, LinkId, ModelId, PlanId, RequestClassId};
use crate::scheduler::Reason;
use crate::units::{Bytes, Grams, Joules, SimDuration, SimTime};
use crate::world::cost::Cuts;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Its result is at the origin, in time or without a deadline.
    Completed,
    /// Its result is at the origin after the deadline.
    Late,
    /// The scheduler turned it away.
    Rejected(Reason),
}

/// One request of the measured cohort, at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestRecord {
    /// Its number in order of arrival.
    pub id: u64,
    /// What was asked for.
    pub model: ModelId,
    /// Its kind.
    pub class: RequestClassId,
    /// Who asked.
    pub origin: DeviceId,
    /// Data that it sent to the device that ran it, or would have sent.
    pub input: Bytes,
    /// Multiplier of its compute time.
    pub work: f64,
    /// Latest start that its slack allowed.
    pub start_by: SimTime,
    /// When its result should have been at the origin.
    pub deadline: Option<SimTime>,
    /// Who ran it (its last segment); `None` if nobody did.
    pub device: Option<DeviceId>,
    /// The plan it ran by; `None` if nobody ran it. The books list the segments of plans that split.
    pub plan: Option<PlanId>,
    /// When it was asked for.
    pub arrival: SimTime,
    /// When it ended.
    pub end: SimTime,
    /// How it ended.
    pub ending: Ending,
    /// Time put off by the scheduler.
    pub deferred: SimDuration,
    /// Time on links, waiting for them included.
    pub network: SimDuration,
    /// Time in devices' queues, waking of the device included, and waiting for decisions that take time.
    pub queued: SimDuration,
    /// Time loading its model.
    pub loading: SimDuration,
    /// Time computing.
    pub service: SimDuration,
    /// Energy attributed to it.
    pub energy: Joules,
    /// Operational emissions attributed to it.
    pub carbon: Grams,
}

impl RequestRecord {
    /// Completion at the origin − arrival.
    #[must_use]
    pub fn sojourn(&self) -> SimDuration {
        self.end.since(self.arrival)
    }
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Record {
    /// A request of the measured cohort ended.
    Request(RequestRecord),
}

/// What a request does next: told step by step to observers who want it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The request's number in order of arrival.
    pub request: u64,
    /// When.
    pub at: SimTime,
    /// Energy attributed to it so far.
    pub energy: Joules,
    /// Operational emissions attributed to it so far.
    pub carbon: Grams,
    /// What.
    pub what: What,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// The scheduler puts it off, or suspends it: until an instant, or until it says so.
    Deferred(Option<SimTime>),
    /// It runs by this plan.
    Placed(PlanId),
    /// Its data sets out.
    SetsOut {
        /// From this device.
        from: DeviceId,
        /// To that one.
        to: DeviceId,
        /// So much.
        bytes: Bytes,
    },
    /// A link carries its data.
    OnLink {
        /// The link.
        link: LinkId,
        /// From when on.
        from: SimTime,
        /// When its last bit is on the link.
        until: SimTime,
        /// When its last bit is at the end.
        there: SimTime,
    },
    /// It joins a device's queue.
    Queued(DeviceId),
    /// It is in a slot, its parameters on their way into memory.
    Loading(DeviceId),
    /// It is in a slot, computing its layers between two cuts.
    Computing(DeviceId, Cuts),
    /// It ended.
    Ended(Ending),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Simulated time.
    pub now: SimTime,
    /// First instant after the measurement window.
    pub end: SimTime,
    /// Events handled.
    pub events: u64,
    /// Requests that arrived.
    pub arrived: u64,
    /// Requests that ended.
    pub ended: u64,
}

/// Takes what a run tells.
pub trait Observer {
    /// Something happened.
    fn record(&mut self, record: &Record);

    /// Whether it wants every step of every request; asked once, before the run.
    fn wants_steps(&self) -> bool {
        false
    }

    /// A request does something: told only to those who want it.
    fn step(&mut self, step: &Step) {
        let _ = step;
    }

    /// Called every 2¹⁶ events: break to stop the run.
    fn progress(&mut self, progress: &Progress) -> std::ops::ControlFlow<()> {
        let _ = progress;
        std::ops::ControlFlow::Continue(())
    }
}

/// Two observers of one run: both hear all, and either may stop it.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn record(&mut self, record: &Record) {
        self.0.record(record);
        self.1.record(record);
    }

    fn progress(&mut self, progress: &Progress) -> std::ops::ControlFlow<()> {
        let (first, second) = (self.0.progress(progress), self.1.progress(progress));
        if first.is_break() { first } else { second }
    }
}

impl<O: Observer> Observer for &mut O {
    fn record(&mut self, record: &Record) {
        (**self).record(record);
    }

    fn progress(&mut self, progress: &Progress) -> std::ops::ControlFlow<()> {
        (**self).progress(progress)
    }
}

/// An observer that keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ignore;

impl Observer for Ignore {
    fn record(&mut self, _: &Record) {}
}
