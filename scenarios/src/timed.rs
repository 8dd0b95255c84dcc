//! What a scheduler and a source take of a run, on the clock of the wall.

use std::time::Instant;

use analysis::histogram::Spans;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::{ClientId, DeviceId, ZoneId};
use sim_core::scheduler::{Actions, Decision, Execution, Request, Scheduler, View};
use sim_core::units::{SimDuration, SimTime};

const SAMPLED: u64 = 64;

/// Measures every 64th decision of a scheduler, or the drawing of every 64th arrival of a source.
pub(crate) struct Timed<T> {
    inner: T,
    asked: u64,
    /// What reading the clock takes, which is in every measured span.
    clock_ns: u64,
    pub spans: Spans,
}

impl<T> Timed<T> {
    pub fn new(inner: T) -> Self {
        let clock_ns = (0..SAMPLED).map(|_| nanos_since(Instant::now())).min().unwrap_or(0);
        Self { inner, asked: 0, clock_ns, spans: Spans::new() }
    }

    #[inline]
    fn call<R>(&mut self, call: impl FnOnce(&mut T) -> R) -> R {
        self.asked += 1;
        if self.asked % SAMPLED != 0 {
            return call(&mut self.inner);
        }
        let started = Instant::now();
        let result = call(&mut self.inner);
        self.spans.add(SimDuration(nanos_since(started).saturating_sub(self.clock_ns)));
        result
    }
}

fn nanos_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl<S: Scheduler> Scheduler for Timed<S> {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        self.inner.start(view, actions);
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        self.call(|scheduler| scheduler.decide(request, view))
    }

    fn wake(&mut self, view: &View, actions: &mut Actions) {
        self.inner.wake(view, actions);
    }

    fn published(&mut self, zone: ZoneId, view: &View) {
        self.inner.published(zone, view);
    }

    fn executed(&mut self, execution: &Execution, view: &View) {
        self.inner.executed(execution, view);
    }

    fn changed(&mut self, device: DeviceId) {
        self.inner.changed(device);
    }

    fn index_bytes(&self) -> usize {
        self.inner.index_bytes()
    }
}

impl<S: ArrivalSource> ArrivalSource for Timed<S> {
    fn peek(&mut self) -> Option<SimTime> {
        self.inner.peek()
    }

    fn next(&mut self) -> Option<Arrival> {
        self.call(ArrivalSource::next)
    }

    fn completed(&mut self, client: ClientId, at: SimTime) {
        self.inner.completed(client, at);
    }
}
