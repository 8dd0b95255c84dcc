//! The contract of schedulers: what they are asked, what they may see, what they may do.

mod around;
mod explained;
mod segments;
mod standby;
mod view;

use crate::ids::{ClientId, DeviceId, ModelId, PlanId, RequestClassId, ZoneId};
use crate::units::{Bytes, SimDuration, SimTime};

pub use crate::world::cost::Cuts;
pub use around::{Around, Watch};
pub use explained::{Considered, Explanation, Term};
pub use view::{PowerState, View};

/// A handle on a request in flight, for placing one that was held, and for suspending and resuming one that was placed.
/// It stays valid until the request ends, and is never another request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    pub(crate) slot: u32,
    pub(crate) id: u64,
}

/// One inference asked for, as a scheduler sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// Its number in order of arrival.
    pub id: u64,
    /// The handle to place it later.
    pub ticket: Ticket,
    /// What is asked for.
    pub model: ModelId,
    /// Its kind.
    pub class: RequestClassId,
    /// Who asks and takes the result.
    pub origin: DeviceId,
    /// When it was asked for.
    pub arrival: SimTime,
    /// When its result should be at the origin.
    pub deadline: Option<SimTime>,
    /// Latest start that its slack allows.
    pub start_by: SimTime,
    /// Multiplier of the compute time.
    pub work: f64,
    /// Data sent to the device that runs it.
    pub input: Bytes,
    /// The client that waits for it, in a closed loop.
    pub client: Option<ClientId>,
}

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No device can run its model where its class allows.
    NoDevice,
    /// Devices can, but all are over the scheduler's limits.
    OverLimits,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Run it by this plan, now.
    Run(PlanId),
    /// Keep it until the scheduler places it in one of its wakes.
    Hold,
    /// Ask again at this instant.
    Defer(SimTime),
    /// Turn it away.
    Reject(Reason),
}

/// A power state that a scheduler may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerOrder {
    /// Low power, models kept.
    Sleep,
    /// No power to speak of, models lost.
    Off,
    /// Ready to work.
    Wake,
}

/// One thing that a scheduler does of its own accord.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Action {
    Place(Ticket, PlanId),
    Suspend(Ticket),
    Resume(Ticket),
    Power(DeviceId, PowerOrder),
    WakeAt(SimTime),
}

/// What a scheduler does of its own accord, carried out when it returns.
#[derive(Debug, Default)]
pub struct Actions {
    pub(crate) list: Vec<Action>,
    /// Whether [`Scheduler::decided`] is called.
    pub(crate) follows: bool,
}

impl Actions {
    /// Runs a held or deferred request by a plan, now.
    pub fn place(&mut self, ticket: Ticket, plan: PlanId) {
        self.list.push(Action::Place(ticket, plan));
    }

    /// Stops a placed request of an interruptible class. What it has computed is kept, and it leaves its slot or its place
    /// in the queue; its device may run others. One that is still being decided on, whose data is on the way, or whose model
    /// is being loaded, stops when that is done. Void for a request that is computed to its last segment, or has ended.
    ///
    /// The run is aborted if the class is not interruptible, or the request is not placed or suspended already.
    pub fn suspend(&mut self, ticket: Ticket) {
        self.list.push(Action::Suspend(ticket));
    }

    /// Puts a suspended request back at its place in its device's queue, by the same plan. If it has computed before, it
    /// computes its class's cost of resumption again; its model is loaded again if it was evicted meanwhile. Void for a
    /// request that has ended.
    ///
    /// The run is aborted if the request is not suspended.
    pub fn resume(&mut self, ticket: Ticket) {
        self.list.push(Action::Resume(ticket));
    }

    /// Orders a power state; a device with work ignores sleep and off.
    pub fn power(&mut self, device: DeviceId, order: PowerOrder) {
        self.list.push(Action::Power(device, order));
    }

    /// Asks for [`Scheduler::decided`] after each decision from now on.
    pub fn follow_decisions(&mut self) {
        self.follows = true;
    }

    /// Asks for a wake at an instant, at the earliest now.
    pub fn wake_at(&mut self, at: SimTime) {
        self.list.push(Action::WakeAt(at));
    }
}

/// A computation that ended on a device, as it reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Execution {
    /// Where it ran.
    pub device: DeviceId,
    /// What ran.
    pub model: ModelId,
    /// How long it computed, loading of the model left out and suspensions too.
    pub span: SimDuration,
}

/// Decides where, how split and when requests run.
pub trait Scheduler {
    /// Before the first arrival.
    fn start(&mut self, view: &View, actions: &mut Actions) {
        let _ = (view, actions);
    }

    /// What becomes of a request; asked at its arrival, and again when a deferral is over.
    fn decide(&mut self, request: &Request, view: &View) -> Decision;

    /// After each of its decisions, if it has asked for it ([`Actions::follow_decisions`]): what else it does at that
    /// instant, such as asking for a wake.
    fn decided(&mut self, view: &View, actions: &mut Actions) {
        let _ = (view, actions);
    }

    /// At an instant that it asked for.
    fn wake(&mut self, view: &View, actions: &mut Actions) {
        let _ = (view, actions);
    }

    /// A newer intensity of a zone is public, or the forecast that is shown in its place has changed.
    fn published(&mut self, zone: ZoneId, view: &View) {
        let _ = (zone, view);
    }

    /// A device reports the end of a computation.
    fn executed(&mut self, execution: &Execution, view: &View) {
        let _ = (execution, view);
    }

    /// Something that [`View`] tells of a device may have changed: its slots, its queue, its memory, its power state, or
    /// the scheduler's own count of what is assigned to it. What passes with time alone (smoothed load, aged reports,
    /// intensities) is not told; see [`View::reported_at`] and [`Scheduler::published`].
    fn changed(&mut self, device: DeviceId) {
        let _ = device;
    }

    /// What it weighs for a request at this instant, told before it decides; what can be expected of each candidate where
    /// it does not tell.
    fn explain(&self, request: &Request, view: &View) -> Explanation {
        view.general_explanation(request)
    }

    /// Memory of the structures that spare it scanning the fleet [B]; 0 where it keeps none.
    fn index_bytes(&self) -> usize {
        0
    }
}

impl<S: Scheduler + ?Sized> Scheduler for Box<S> {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        (**self).start(view, actions);
    }
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        (**self).decide(request, view)
    }
    #[inline]
    fn decided(&mut self, view: &View, actions: &mut Actions) {
        (**self).decided(view, actions);
    }
    fn wake(&mut self, view: &View, actions: &mut Actions) {
        (**self).wake(view, actions);
    }
    fn published(&mut self, zone: ZoneId, view: &View) {
        (**self).published(zone, view);
    }
    fn executed(&mut self, execution: &Execution, view: &View) {
        (**self).executed(execution, view);
    }
    fn changed(&mut self, device: DeviceId) {
        (**self).changed(device);
    }
    fn explain(&self, request: &Request, view: &View) -> Explanation {
        (**self).explain(request, view)
    }
    fn index_bytes(&self) -> usize {
        (**self).index_bytes()
    }
}
