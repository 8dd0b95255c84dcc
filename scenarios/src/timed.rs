//! What a scheduler and a source take of a run, on the clock of the wall.

use std::time::Instant;

use analysis::histogram::Spans;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::ClientId;
use sim_core::scheduler::{Decision, Request, Scheduler, View, Watch};
use sim_core::units::{SimDuration, SimTime};

const SAMPLED: u64 = 64;

/// Measures every 64th call.
pub(crate) struct Stopwatch {
    calls: u64,
    /// What reading the clock takes, which is in every measured span.
    clock_ns: u64,
    pub spans: Spans,
}

impl Stopwatch {
    pub fn new() -> Self {
        let clock_ns = (0..SAMPLED).map(|_| nanos_since(Instant::now())).min().unwrap_or(0);
        Self { calls: 0, clock_ns, spans: Spans::new() }
    }

    #[inline]
    fn time<R>(&mut self, call: impl FnOnce() -> R) -> R {
        self.calls += 1;
        if self.calls % SAMPLED != 0 {
            return call();
        }
        let started = Instant::now();
        let result = call();
        self.spans.add(SimDuration(nanos_since(started).saturating_sub(self.clock_ns)));
        result
    }
}

fn nanos_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl Watch for Stopwatch {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        self.time(|| scheduler.decide(request, view))
    }
}

/// A source whose drawing of arrivals is timed.
pub(crate) struct Timed<S> {
    pub source: S,
    pub watch: Stopwatch,
}

impl<S: ArrivalSource> ArrivalSource for Timed<S> {
    fn peek(&mut self) -> Option<SimTime> {
        self.source.peek()
    }

    fn next(&mut self) -> Option<Arrival> {
        let source = &mut self.source;
        self.watch.time(|| source.next())
    }

    fn completed(&mut self, client: ClientId, at: SimTime) {
        self.source.completed(client, at);
    }
}
