//! What schedulers that put requests off share: where a request would run, when to start it, when to suspend it.
//!
//! A request is planned once, at its arrival: its [`Policy`] is shown the [`Outlook`], the forecast of the zone that it
//! would run in, and says in which [`Stint`]s it computes. It is deferred to the start of the first, placed anew then,
//! and suspended between them. A request without slack runs at once.

mod length;
mod outlook;
mod place;
mod stints;
mod timetable;

use crate::ids::{DeviceId, ZoneId};
use crate::scheduler::{Actions, Decision, Execution, Request, Scheduler, View};
use crate::schedulers::{Kind, Param, ParamIssue, Setup};
use crate::units::{SimDuration, SimTime};

pub(crate) use length::{LENGTH, MEAN_LENGTH};
pub(crate) use outlook::Outlook;
pub(crate) use place::PLACE;
pub(crate) use stints::{Stint, Stints};

use length::Lengths;
use timetable::Timetable;

/// The parameter that says at which instants computations may start.
pub(crate) const SLOT: Param = Param {
    name: "slot",
    kind: Kind::Span,
    default: "none",
    doc: "starts are looked for so far apart, counted from the arrival; none: wherever the forecast has its optimum",
};

/// What there is to plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// When it is planned: its arrival.
    pub now: SimTime,
    /// Its latest start.
    pub start_by: SimTime,
    /// How long it computes, as far as the scheduler knows.
    pub length: SimDuration,
    /// What each resumption costs; none if it cannot be suspended.
    pub resume_cost: Option<SimDuration>,
}

impl Job {
    /// When it ends if it starts as late as it may.
    pub fn end_by(&self) -> SimTime {
        self.start_by + self.length
    }
}

/// When requests compute.
pub(crate) trait Policy {
    /// How far ahead of the arrival it wants to look, beyond the latest end of the request.
    fn ahead(&self) -> SimDuration {
        SimDuration::ZERO
    }

    /// Puts the stints in which a request computes into `stints`, which is empty: the first starts by its latest start.
    fn plan(&mut self, job: &Job, outlook: &mut Outlook, stints: &mut Stints);
}

/// A scheduler that puts requests off as its policy says.
pub(crate) struct Deferring<P> {
    policy: P,
    place: Box<dyn Scheduler>,
    lengths: Lengths,
    outlook: Outlook,
    stints: Stints,
    timetable: Timetable,
}

impl<P: Policy + 'static> Deferring<P> {
    /// A scheduler of a policy, boxed, from the shared parameters of its entry.
    pub fn boxed(policy: P, setup: &Setup) -> Result<Box<dyn Scheduler>, ParamIssue> {
        Ok(Box::new(Self {
            policy,
            place: place::of(setup)?,
            lengths: Lengths::of(setup.params),
            outlook: Outlook::default(),
            stints: Stints::default(),
            timetable: Timetable::default(),
        }))
    }

    /// Plans a request that would run on a device now; tells when it starts.
    fn plan(&mut self, request: &Request, view: &View, device: DeviceId) -> SimTime {
        let now = view.now();
        let Some(length) = self.lengths.of_request(request, view, device) else { return now };
        let interruptible = view.is_interruptible(request.class);
        let resume_cost = interruptible.then(|| view.resume_cost(request.class));
        let job = Job { now, start_by: request.start_by, length, resume_cost };
        let until = SimTime(job.end_by().0.max((now + self.policy.ahead()).0));
        self.outlook.look(view, view.zone(device), now, until);
        self.stints.clear();
        self.policy.plan(&job, &mut self.outlook, &mut self.stints);
        self.timetable.add(request.ticket, self.stints.as_slice());
        self.stints.as_slice().first().map_or(now, |first| first.from)
    }
}

impl<P: Policy + 'static> Scheduler for Deferring<P> {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        actions.follow_decisions();
        self.place.start(view, actions);
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let decision = self.place.decide(request, view);
        let Decision::Run(plan) = decision else { return decision };
        // Asked again at the start that was planned at its arrival.
        if view.now() > request.arrival || request.start_by <= view.now() {
            return decision;
        }
        let Some(first) = view.segment(plan, 0) else { return decision };
        let start = self.plan(request, view, first.device);
        if start > view.now() { Decision::Defer(start) } else { decision }
    }

    fn decided(&mut self, view: &View, actions: &mut Actions) {
        self.place.decided(view, actions);
        self.timetable.ask(actions);
    }

    fn wake(&mut self, view: &View, actions: &mut Actions) {
        self.place.wake(view, actions);
        self.timetable.act(view.now(), actions);
    }

    fn published(&mut self, zone: ZoneId, view: &View) {
        self.place.published(zone, view);
    }

    fn executed(&mut self, execution: &Execution, view: &View) {
        self.lengths.note(execution);
        self.place.executed(execution, view);
    }

    fn changed(&mut self, device: DeviceId) {
        self.place.changed(device);
    }

    fn index_bytes(&self) -> usize {
        self.place.index_bytes()
    }
}
