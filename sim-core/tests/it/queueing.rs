//! Queues against closed forms: M/M/1, M/D/1, M/M/10 at ρ = 0.8 over 10⁶ requests.

use rand_distr::{Distribution, Exp1};
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::ClientId;
use sim_core::kernel::rng::{Purpose, Stream, Streams};
use sim_core::record::{Observer, Record};
use sim_core::units::SimTime;
use sim_core::world::device::Discipline;

use crate::toolkit::*;

/// Poisson arrivals of `rate` [1/s] with exponential or constant work.
struct Poisson {
    rate: f64,
    exponential: bool,
    left: u64,
    clock: f64,
    gaps: Stream,
    works: Stream,
}

impl ArrivalSource for Poisson {
    fn peek(&mut self) -> Option<SimTime> {
        (self.left > 0).then(|| at(self.clock))
    }
    fn next(&mut self) -> Option<Arrival> {
        let unit: f64 = Exp1.sample(&mut self.works);
        let next = Arrival { work: if self.exponential { unit } else { 1.0 }, ..arrival(self.clock) };
        let gap: f64 = Exp1.sample(&mut self.gaps);
        self.clock += gap / self.rate;
        self.left -= 1;
        Some(next)
    }
    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

/// Mean waits of 50 batches after a warm-up.
struct Waits {
    batches: Vec<f64>,
    sum: f64,
    seen: u64,
    batch: u64,
}

impl Observer for Waits {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        self.sum += request.queued.as_secs();
        self.seen += 1;
        if self.seen == self.batch {
            self.batches.push(self.sum / self.batch as f64);
            (self.sum, self.seen) = (0.0, 0);
        }
    }
}

/// The 99 % interval of the mean wait from batch means.
fn interval(slots: u16, rate: f64, exponential: bool) -> (f64, f64) {
    const REQUESTS: u64 = 1_000_000;
    let mut builder = Builder::default().window(2e6);
    builder.classes[0].slots = slots;
    let world = builder.build();
    let streams = Streams::new(7, 0);
    let mut source = Poisson {
        rate,
        exponential,
        left: REQUESTS,
        clock: 0.0,
        gaps: streams.stream(Purpose::Arrivals, 0),
        works: streams.stream(Purpose::Contents, 0),
    };
    let mut waits = Waits { batches: Vec::new(), sum: 0.0, seen: 0, batch: REQUESTS / 51 };
    let mut local = scheduler(&world, "local", &[]);
    let outcome = Engine::new(&world, streams, &mut source, &mut local).run(&mut waits);
    assert!(matches!(outcome, Outcome::Finished(_)), "{outcome:?}");
    let batches = &waits.batches[1..51]; // the first batch is the warm-up
    let mean = batches.iter().sum::<f64>() / 50.0;
    let variance = batches.iter().map(|batch| (batch - mean).powi(2)).sum::<f64>() / 49.0;
    // Student's t at 0.995 with 49 degrees of freedom.
    (mean, 2.680 * (variance / 50.0).sqrt())
}

#[track_caller]
fn holds((mean, half): (f64, f64), closed_form: f64) {
    assert!((mean - closed_form).abs() <= half, "{mean} ± {half} does not hold {closed_form}");
    assert!(half < 0.1 * closed_form, "an interval of ± {half} says nothing of {closed_form}");
}

#[test]
fn the_mean_wait_of_an_mm1_queue_is_the_closed_form() {
    holds(interval(1, 0.8, true), 0.8 / (1.0 - 0.8));
}

#[test]
fn the_mean_wait_of_an_md1_queue_is_the_closed_form() {
    // Pollaczek–Khinchine with no variance: ρ / (2 (1 − ρ)).
    holds(interval(1, 0.8, false), 0.8 / (2.0 * 0.2));
}

#[test]
fn the_mean_wait_of_an_mm10_queue_is_the_closed_form() {
    // Erlang C for c = 10, a = 8 by its recursion B(k) = aB/(k + aB), C = B/(1 − ρ(1 − B)), W = C/(c − a).
    let erlang_b = (1..=10).fold(1.0, |b, k| 8.0 * b / (f64::from(k) + 8.0 * b));
    let erlang_c = erlang_b / (1.0 - 0.8 * (1.0 - erlang_b));
    holds(interval(10, 8.0, true), erlang_c / 2.0);
}

#[test]
fn earliest_deadline_first_serves_the_most_urgent_of_those_that_wait() {
    let mut builder = Builder::default();
    builder.classes[0].discipline = Discipline::Edf;
    let mut urgent = builder.request_classes[0].clone();
    builder.request_classes[0].deadline = Some(secs(100.0));
    urgent.deadline = Some(secs(2.0));
    builder.request_classes.push(urgent);
    let mut arrivals = vec![arrival(0.0), arrival(0.1), arrival(0.2), arrival(0.3)];
    arrivals[3].class = sim_core::ids::RequestClassId(1);
    let (books, records) = run(&builder.build(), Script::of(arrivals), "local");
    assert_eq!(records.iter().map(|r| r.id).collect::<Vec<_>>(), [0, 3, 1, 2]);
    assert_eq!(books.measured.late, 0);
}
