//! A scheduler whose decisions are timed one by one, and arrivals that end after so many.

use std::time::Instant;

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::ClientId;
use sim_core::scheduler::{Decision, Request, Scheduler, View, Watch};
use sim_core::units::SimTime;

/// Decisions that are timed in a run, about; more say no more.
const TIMED: u64 = 20_000;
/// Readings of the clock by which its own time is found.
const READINGS: usize = 10_000;

/// Times some of a scheduler's decisions.
pub(super) struct Asked {
    /// Every so many decisions one is timed.
    stride: u64,
    asked: u64,
    /// [ns].
    spans: Vec<u64>,
    /// Of measuring itself [ns].
    clock: f64,
}

impl Asked {
    /// For a scheduler that will decide about so many times.
    pub fn new(decisions: u64) -> Self {
        let clock = median(&mut (0..READINGS).map(|_| spent(|| ()).1).collect::<Vec<_>>()).unwrap_or(0.0);
        Self { stride: decisions.div_ceil(TIMED).max(1), asked: 0, spans: Vec::new(), clock }
    }

    /// The median time of a decision [ns], without the clock's own.
    pub fn p50_ns(&self) -> Option<f64> {
        median(&mut self.spans.clone()).map(|span| (span - self.clock).max(0.0))
    }

    /// The mean time of a decision [ns], without the clock's own.
    pub fn mean_ns(&self) -> Option<f64> {
        let sum: u64 = self.spans.iter().sum();
        (!self.spans.is_empty()).then(|| (sum as f64 / self.spans.len() as f64 - self.clock).max(0.0))
    }
}

/// Does something and tells how long it took [ns]: by the wall's clock, or by the thread's own if that says less, since
/// then something else ran meanwhile.
fn spent<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let (own, wall) = (thread_ns(), Instant::now());
    let done = work();
    let wall = u64::try_from(wall.elapsed().as_nanos()).unwrap_or(u64::MAX);
    (done, wall.min(thread_ns().saturating_sub(own)))
}

/// CPU time of the thread [ns].
#[cfg(unix)]
fn thread_ns() -> u64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    used.tv_sec as u64 * 1_000_000_000 + used.tv_nsec as u64
}

/// Time on the wall's clock, where a thread's own cannot be asked for [ns].
#[cfg(not(unix))]
fn thread_ns() -> u64 {
    (super::machine::cpu_s() * 1e9) as u64
}

fn median(spans: &mut [u64]) -> Option<f64> {
    let middle = spans.len().checked_sub(1)? / 2;
    Some(*spans.select_nth_unstable(middle).1 as f64)
}

impl Watch for Asked {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        self.asked += 1;
        if self.asked % self.stride != 0 {
            return scheduler.decide(request, view);
        }
        let (decision, span) = spent(|| scheduler.decide(request, view));
        self.spans.push(span);
        decision
    }
}

/// The first so many arrivals of a source.
pub(super) struct Limited<S> {
    inner: S,
    left: u64,
}

impl<S: ArrivalSource> Limited<S> {
    /// Of a source.
    pub fn new(inner: S, arrivals: u64) -> Self {
        Self { inner, left: arrivals }
    }
}

impl<S: ArrivalSource> ArrivalSource for Limited<S> {
    fn peek(&mut self) -> Option<SimTime> {
        if self.left > 0 { self.inner.peek() } else { None }
    }

    fn next(&mut self) -> Option<Arrival> {
        self.left = self.left.checked_sub(1)?;
        self.inner.next()
    }

    fn completed(&mut self, client: ClientId, at: SimTime) {
        self.inner.completed(client, at);
    }
}
