//! The M/M/c queue: one device of c slots, its mean wait beside the golden one and Erlang's.

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::Engine;
use sim_core::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Record};
use sim_core::schedulers::{Setup, by_name};
use sim_core::units::{BitRate, Bytes, Intensity, Joules, SimDuration, SimTime, Watts};
use sim_core::world::World;
use sim_core::world::signal::{Provenance, Signal};

use super::args::FarmArgs;
use super::draws::Draws;
use super::report::{Figures, Report};
use super::world::{LABELS, Plan};
use super::{golden, machine};
use crate::commands::Error;

/// Customers that come per server and mean service: 80 % load.
const LOAD: f64 = 0.8;
const BATCHES: usize = 20;
/// Student's t at 97.5 % with 19 degrees of freedom.
const STUDENT: f64 = 2.093;

/// Measures the queue.
///
/// # Errors
/// If the engine does not come to an end.
pub(super) fn bench(args: &FarmArgs) -> Result<Report, Error> {
    let world = world(args);
    let runs = super::median_of(args.runs, || served(args, &world), |served: &Served| served.cpu)?;
    let served = &runs.median;
    let (mean, half) = served.waits.mean();
    let mut report = Report::default();
    let known = golden::FARM.iter().find(|(servers, _)| *servers == args.servers && args.customers == 1_000_000);
    if let Some(&(_, wait)) = known {
        // A clock of whole nanoseconds rounds each instant.
        golden::near(&mut report.wrong, "wait", mean, wait, 1e-6);
    }
    report.rows.push(
        Figures::default()
            .text("workload", "W2")
            .text("peer", "carbonedge")
            .count("n", args.customers)
            .number("user", served.cpu, 4)
            .number("ns", served.cpu * 1e9 / args.customers as f64, 2)
            .number("per_s", args.customers as f64 / served.cpu, 0)
            .count("rss_kib", machine::peak_rss_kib())
            .count("c", u64::from(args.servers))
            .count("events", served.events)
            .number("wait", mean, 9)
            .number("ci", half, 5)
            .number("theory", erlang_wait(args.servers), 6)
            .count("runs", runs.count as u64)
            .number("fastest", runs.fastest, 4)
            .number("slowest", runs.slowest, 4)
            .text("golden", golden::verdict(known.is_some(), &report.wrong)),
    );
    Ok(report)
}

/// Mean wait of an M/M/c queue [mean services] by Erlang's formula C.
fn erlang_wait(servers: u16) -> f64 {
    let (servers, offered) = (f64::from(servers), LOAD * f64::from(servers));
    let mut blocked = 1.0;
    let mut k = 0.0;
    while k < servers {
        k += 1.0;
        blocked = offered * blocked / (k + offered * blocked);
    }
    blocked / (1.0 - LOAD * (1.0 - blocked)) / (servers - offered)
}

fn world(args: &FarmArgs) -> World {
    let given = Provenance::Given("bench".into());
    let signal = Signal::constant(Intensity(100.0), LABELS, given).expect("invariant: a sane intensity");
    // Long enough for every arrival; the run ends with the last departure.
    let window = SimDuration::from_secs(2.0 * args.customers as f64 / (LOAD * f64::from(args.servers)) + 1000.0);
    Plan {
        devices: 1,
        slots: args.servers,
        idle: Watts(1.0),
        seconds: 1.0,
        energy: Joules(1.0),
        input: Bytes(1.0),
        output: Bytes(1.0),
        rate: BitRate(f64::INFINITY),
        latency: SimDuration::ZERO,
        signals: vec![signal],
        window,
        drain: window,
    }
    .world()
}

struct Served {
    waits: Waits,
    events: u64,
    cpu: f64,
}

fn served(args: &FarmArgs, world: &World) -> Result<Served, Error> {
    let mut source = Customers::new(args);
    let mut waits = Waits::new(args.customers);
    let local = by_name("local").ok_or_else(|| Error::Bug("no scheduler `local`".into()))?;
    let mut scheduler =
        (local.build)(&Setup::new(&local.defaults(), world)).map_err(|issue| Error::Bug(issue.message))?;
    let engine = Engine::new(world, Streams::new(1, 0), &mut source, &mut scheduler);
    let (outcome, cpu) = machine::timed(|| engine.run(&mut waits));
    let books = super::finished(outcome)?;
    Ok(Served { waits, events: books.events, cpu })
}

/// Customers in order: each with its gap, and its service as the work of its request.
struct Customers {
    gap: f64,
    gaps: Draws,
    services: Draws,
    /// When the next one comes [s].
    next: f64,
    left: u64,
}

impl Customers {
    fn new(args: &FarmArgs) -> Self {
        let gap = 1.0 / (LOAD * f64::from(args.servers));
        let mut gaps = Draws::new(2, 1);
        Self { gap, next: gaps.exponential(gap), gaps, services: Draws::new(2, 2), left: args.customers }
    }
}

impl ArrivalSource for Customers {
    fn peek(&mut self) -> Option<SimTime> {
        (self.left > 0).then(|| SimTime::from_secs(self.next))
    }

    fn next(&mut self) -> Option<Arrival> {
        let at = self.peek()?;
        self.left -= 1;
        self.next += self.gaps.exponential(self.gap);
        Some(Arrival {
            at,
            origin: DeviceId(0),
            model: ModelId(0),
            class: RequestClassId(0),
            work: self.services.exponential(1.0),
            input: None,
            slack: None,
            deadline: None,
            client: None,
        })
    }

    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

/// Waits in queue, summed by batch in order of arrival.
struct Waits {
    /// [ns].
    batches: [u64; BATCHES],
    /// Customers of each batch but the last, which takes the rest.
    batch: u64,
    customers: u64,
}

impl Waits {
    fn new(customers: u64) -> Self {
        Self { batches: [0; BATCHES], batch: customers / BATCHES as u64, customers }
    }

    /// The mean over all customers and half its 95 % interval by batch means [s].
    fn mean(&self) -> (f64, f64) {
        let total: u128 = self.batches.iter().map(|&sum| u128::from(sum)).sum();
        let last = self.customers - self.batch * (BATCHES as u64 - 1);
        let size = |k| if k + 1 == BATCHES { last } else { self.batch };
        let means: Vec<f64> =
            self.batches.iter().enumerate().map(|(k, &sum)| sum as f64 * 1e-9 / size(k) as f64).collect();
        let centre = means.iter().sum::<f64>() / BATCHES as f64;
        let variance = means.iter().map(|mean| (mean - centre).powi(2)).sum::<f64>() / (BATCHES - 1) as f64;
        (total as f64 * 1e-9 / self.customers as f64, STUDENT * (variance / BATCHES as f64).sqrt())
    }
}

impl Observer for Waits {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        let batch = (request.id / self.batch) as usize;
        self.batches[batch.min(BATCHES - 1)] += request.queued.0;
    }
}
