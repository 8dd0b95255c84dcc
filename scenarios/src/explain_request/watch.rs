//! Who listens while the run is repeated: to the scheduler, to the request's steps, to those of its neighbours.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sim_core::engine::plan::Segment;
use sim_core::record::{Ending, Observer, Progress, Record, Step, What};
use sim_core::scheduler::{Decision, Explanation, Request, Scheduler, View, Watch};
use sim_core::units::{SimDuration, SimTime};

/// One time that the scheduler was asked about the request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub request: Request,
    pub at: SimTime,
    pub explanation: Explanation,
    pub decision: Decision,
    /// The segments of the plan that it decided on.
    pub plan: Vec<Segment>,
}

/// Listens to the scheduler's decisions on one request.
pub(super) struct Ear {
    id: u64,
    pub asked: Vec<Asked>,
}

impl Ear {
    pub fn of(id: u64) -> Self {
        Self { id, asked: Vec::new() }
    }
}

impl Watch for Ear {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        if request.id != self.id {
            return scheduler.decide(request, view);
        }
        let explanation = scheduler.explain(request, view);
        let decision = scheduler.decide(request, view);
        let plan = match decision {
            Decision::Run(plan) => (0..).map_while(|k| view.segment(plan, k)).collect(),
            Decision::Hold | Decision::Defer(_) | Decision::Reject(_) => Vec::new(),
        };
        self.asked.push(Asked { request: *request, at: view.now(), explanation, decision, plan });
        decision
    }
}

/// Keeps the steps of one request; ends the run soon after the last one.
#[derive(Debug)]
pub(super) struct Own {
    id: u64,
    pub steps: Vec<Step>,
    pub asked: Vec<Asked>,
}

impl Own {
    pub fn of(id: u64) -> Self {
        Self { id, steps: Vec::new(), asked: Vec::new() }
    }

    /// How it ended, if it did.
    pub fn ending(&self) -> Option<Ending> {
        self.steps.last().and_then(|step| match step.what {
            What::Ended(ending) => Some(ending),
            What::Deferred(_) | What::Placed(_) | What::SetsOut { .. } | What::OnLink { .. } => None,
            What::Queued(_) | What::Loading(_) | What::Computing(..) => None,
        })
    }

    /// From its arrival to its last step.
    pub fn span(&self) -> (SimTime, SimTime) {
        let arrival = self.asked.first().map_or(SimTime::ZERO, |asked| asked.request.arrival);
        (arrival, self.steps.last().map_or(arrival, |step| step.at))
    }
}

impl Observer for Own {
    fn record(&mut self, _: &Record) {}

    fn wants_steps(&self) -> bool {
        true
    }

    fn step(&mut self, step: &Step) {
        if step.request == self.id {
            self.steps.push(*step);
        }
    }

    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        if self.ending().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Keeps the steps of all requests that are in flight at some time within a span.
#[derive(Debug)]
pub(super) struct Neighbours {
    from: SimTime,
    to: SimTime,
    /// By request.
    pub steps: BTreeMap<u64, Vec<Step>>,
}

impl Neighbours {
    /// Those in flight from so long before a span to so long after it.
    pub fn within((from, to): (SimTime, SimTime), around: SimDuration) -> Self {
        let from = SimTime(from.0.saturating_sub(around.0));
        Self { from, to: to + around, steps: BTreeMap::new() }
    }

    /// The first instant of the span.
    pub fn from(&self) -> SimTime {
        self.from
    }
}

impl Observer for Neighbours {
    fn record(&mut self, _: &Record) {}

    fn wants_steps(&self) -> bool {
        true
    }

    fn step(&mut self, step: &Step) {
        if step.at > self.to && !self.steps.contains_key(&step.request) {
            return;
        }
        self.steps.entry(step.request).or_default().push(*step);
        // Who is gone before the span is no neighbour.
        if matches!(step.what, What::Ended(_)) && step.at < self.from {
            self.steps.remove(&step.request);
        }
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if progress.now > self.to { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
