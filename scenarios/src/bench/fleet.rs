//! The edge fleet: devices in ten regions, exact energy and carbon, tasks that go to the least loaded device.

mod arrivals;
mod dispatch;

use sim_core::engine::{Books, Engine};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Record};
use sim_core::scheduler::Around;
use sim_core::schedulers::{Setup, by_name};
use sim_core::units::{BitRate, Bytes, Joules, SimDuration, SimTime, Watts};
use sim_core::world::World;
use sim_core::world::signal::{EndPolicy, Provenance, Signal};

use super::args::{Dispatch, FleetArgs};
use super::report::{Figures, Report};
use super::world::{LABELS, Plan};
use super::{golden, machine};
use crate::commands::Error;
use arrivals::Tasks;
use dispatch::{Counted, TwoChoices};

const REGIONS: u32 = 10;
/// Power of a busy slot above idle.
const CORE: Watts = Watts(3.0);
/// Longest wait for the last tasks [s]; they are done within minutes even when slots are busy 70 % of the time.
const DRAIN_S: f64 = 3600.0;
/// The longest span of arrivals: signals are defined for one hour.
const HOUR_S: f64 = 3600.0;

/// Measures the fleet.
///
/// # Errors
/// If the span is none that the workload defines, or the engine does not come to an end.
pub(super) fn bench(args: &FleetArgs) -> Result<Report, Error> {
    if !(args.seconds > 0.0 && args.seconds <= HOUR_S) {
        return Err(Error::Input(format!("--seconds {}: more than 0 and at most {HOUR_S}", args.seconds)));
    }
    let world = world(args);
    let runs = super::median_of(args.runs, || simulated(args, &world), |done: &Done| done.cpu)?;
    let done = &runs.median;
    let mut report = Report::default();
    let known = check(args, done, &mut report.wrong);
    let tasks = done.responses.tasks;
    report.rows.push(
        Figures::default()
            .text("workload", "W3")
            .text("peer", "carbonedge")
            .count("n", tasks)
            .number("user", done.cpu, 4)
            .number("ns", done.cpu * 1e9 / tasks as f64, 2)
            .number("per_s", tasks as f64 / done.cpu, 0)
            .count("rss_kib", machine::peak_rss_kib())
            .count("D", u64::from(args.devices))
            .number("T", args.seconds, if args.seconds.fract() == 0.0 { 0 } else { 3 })
            .text("disp", if args.dispatch == Dispatch::All { "all" } else { "d2" })
            .text("work", if args.busy { "7s" } else { "50ms" })
            .count("events", done.books.events)
            .number("resp_ms", done.responses.mean_ms(), 6)
            .number("max_ms", done.responses.longest.as_millis(), 4)
            .number("energy", done.energy().0, 6)
            .number("carbon", done.carbon_g(), 6)
            .number("after_j", done.books.ledger.total().energy().0 - done.energy().0, 6)
            .count("sum", done.sum)
            .count("runs", runs.count as u64)
            .number("fastest", runs.fastest, 4)
            .number("slowest", runs.slowest, 4)
            .text("golden", golden::verdict(known, &report.wrong)),
    );
    Ok(report)
}

/// Compares a run of golden size; whether it is one.
fn check(args: &FleetArgs, done: &Done, wrong: &mut Vec<String>) -> bool {
    let size = |known: &&golden::Fleet| {
        (known.devices, known.dispatch, known.busy) == (args.devices, args.dispatch, args.busy)
    };
    let Some(known) = golden::FLEET.iter().find(size).filter(|_| args.seconds == HOUR_S) else { return false };
    golden::same(wrong, "tasks", done.responses.tasks, known.tasks);
    golden::same(wrong, "sum", done.sum, known.sum);
    if let Some(events) = known.events {
        golden::same(wrong, "events", done.books.events, events);
    }
    // A clock of whole nanoseconds rounds each arrival; printed figures are rounded too.
    golden::near(wrong, "resp_ms", done.responses.mean_ms(), known.resp_ms, 1e-6);
    golden::near(wrong, "carbon", done.carbon_g(), known.carbon, 1e-7);
    if let Some(energy) = known.energy {
        golden::near(wrong, "energy", done.energy().0, energy, 1e-7);
    }
    true
}

fn world(args: &FleetArgs) -> World {
    let seconds = if args.busy { 7.0 } else { 0.05 };
    let window = SimDuration::from_secs(args.seconds);
    let drain = SimDuration::from_secs(DRAIN_S);
    Plan {
        devices: args.devices,
        slots: 2,
        idle: Watts(2.0),
        seconds,
        energy: Joules(CORE.0 * seconds),
        input: Bytes(150_000.0),
        output: Bytes(1000.0),
        rate: BitRate(1e8),
        latency: SimDuration::from_millis(5.0),
        signals: (0..REGIONS).map(|region| signal(region, SimTime::ZERO + window)).collect(),
        window,
        drain,
    }
    .world()
}

/// A region's signal: one step within the hour at 3600 − 360 r seconds, but for region 0.
fn signal(region: u32, end: SimTime) -> Signal {
    let intensity = |step: u32| 100.0 + 37.0 * f64::from((7 * region + 11 * step) % 10);
    let nanos = |seconds: f64| SimTime::from_secs(seconds).0 as i64;
    let step = nanos(HOUR_S - 360.0 * f64::from(region));
    // Past every instant of a run: the end of an interval is an event, the publication of its mean.
    let never = nanos(3.0 * (HOUR_S + DRAIN_S));
    let (bounds, values) = if region > 0 && step < end.0 as i64 {
        (vec![0, step, never], vec![intensity(0), intensity(1)])
    } else {
        (vec![0, never], vec![intensity(0)])
    };
    Signal::irregular(bounds, values, EndPolicy::Hold, LABELS, Provenance::Given("bench".into()))
        .expect("invariant: the workload's intensities ascend in time and are positive")
}

/// A run that came to its end.
struct Done {
    books: Box<Books>,
    responses: Responses,
    sum: u64,
    cpu: f64,
}

impl Done {
    /// Energy of all devices while tasks arrive: what runs after that is in the ledger's later intervals.
    fn energy(&self) -> Joules {
        self.books.ledger.timeline().iter().map(|cells| cells[0].accounts.energy()).sum()
    }

    /// Emissions of all devices while tasks arrive [g].
    fn carbon_g(&self) -> f64 {
        self.books.ledger.timeline().iter().map(|cells| cells[0].accounts.carbon().0).sum()
    }
}

fn simulated(args: &FleetArgs, world: &World) -> Result<Done, Error> {
    let mut source = Tasks::new(args.devices, args.seconds);
    let mut responses = Responses::default();
    let streams = Streams::new(1, 0);
    let (outcome, sum, cpu) = match args.dispatch {
        Dispatch::All => {
            let entry = by_name("least-loaded").ok_or_else(|| Error::Bug("no scheduler `least-loaded`".into()))?;
            let scheduler =
                (entry.build)(&Setup::new(&entry.defaults(), world)).map_err(|issue| Error::Bug(issue.message))?;
            let mut counted = Around { scheduler, watch: Counted::new(args.devices) };
            let engine = Engine::new(world, streams, &mut source, &mut counted);
            let (outcome, cpu) = machine::timed(|| engine.run(&mut responses));
            (outcome, counted.watch.sum(), cpu)
        }
        Dispatch::D2 => {
            let mut two = TwoChoices::new(args.devices);
            let engine = Engine::new(world, streams, &mut source, &mut two);
            let (outcome, cpu) = machine::timed(|| engine.run(&mut responses));
            (outcome, two.sum(), cpu)
        }
    };
    Ok(Done { books: super::finished(outcome)?, responses, sum, cpu })
}

/// Times from arrival to the result at the origin.
#[derive(Default)]
struct Responses {
    tasks: u64,
    /// [ns].
    sum: u64,
    longest: SimDuration,
}

impl Responses {
    fn mean_ms(&self) -> f64 {
        self.sum as f64 / 1e6 / self.tasks as f64
    }
}

impl Observer for Responses {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        let sojourn = request.sojourn();
        self.tasks += 1;
        self.sum += sojourn.0;
        self.longest = self.longest.max(sojourn);
    }
}
