//! Nanoseconds a decision, index beside scan, in fleets of a hundred to a million devices.
//!
//! `cargo bench -p sim-core --bench decision [-- <scheduler> <most devices>]` runs the engine and times the scheduler
//! alone, the taking in of all changes since the decision before included; what two readings of the clock take is
//! subtracted. In the steady state each request changes a device thrice: assigned, started, ended.
#![allow(clippy::disallowed_types, clippy::disallowed_macros)] // a bench reads the clock and prints

#[path = "../tests/it/toolkit.rs"]
#[allow(dead_code, reason = "the toolkit serves the tests too")]
mod toolkit;

use std::time::Instant;

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::{ClientId, DeviceId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Observer, Record};
use sim_core::scheduler::{Around, Decision, Request, Scheduler, View, Watch};
use sim_core::schedulers::Value;
use sim_core::units::{Bytes, SimDuration, SimTime, Watts};
use sim_core::world::World;
use sim_core::world::device::Role;

use toolkit::{Builder, HOUR, arrival, class, hourly, scheduler, secs, text};

const ZONES: usize = 30;
const CLASSES: usize = 5;

/// Devices of five classes in 30 zones, one after another; half the slots are at work.
fn fleet(devices: usize, sites: usize) -> World {
    let mut builder = Builder { classes: Vec::new(), costs: Vec::new(), ..Builder::default() }.window(2.0 * HOUR);
    for k in 0..CLASSES {
        let mut made = class();
        (made.cores, made.slots) = (1.0 + k as f64, [1, 1, 2, 4, 8][k]);
        made.declared_power = Watts(5.0 + 3.0 * k as f64);
        builder.classes.push(made);
        let seconds = 1.0 / (1.0 + k as f64);
        builder.costs.push(vec![(seconds, 5.0 * seconds)]);
    }
    builder.zones = (0..ZONES).map(|k| hourly(&[300.0, 200.0, 500.0, 250.0].map(|g| g + k as f64))).collect();
    builder.sites = (0..sites).map(|k| (k % ZONES, 1.0)).collect();
    builder.latencies = (0..97).map(|k| secs(0.002 + 0.001 * f64::from(k))).collect();
    builder.devices = (0..devices).map(|k| (k % CLASSES, (k / CLASSES) % sites, Role::Shared)).collect();
    builder.access.latency = secs(0.001);
    builder.models[0].memory_needed = Bytes(2e6);
    builder.build()
}

/// Requests at a fixed gap from devices in turn.
struct Steady {
    devices: u32,
    sent: u32,
    left: u32,
    gap: f64,
}

impl ArrivalSource for Steady {
    fn peek(&mut self) -> Option<SimTime> {
        (self.left > 0).then(|| SimTime::from_secs(f64::from(self.sent) * self.gap))
    }
    fn next(&mut self) -> Option<Arrival> {
        let at = self.peek()?;
        let origin = DeviceId((u64::from(self.sent) * 7919 % u64::from(self.devices)) as u32);
        (self.sent, self.left) = (self.sent + 1, self.left - 1);
        Some(Arrival { at, origin, ..arrival(0.0) })
    }
    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

struct Ignore;

impl Observer for Ignore {
    fn record(&mut self, _: &Record) {}
}

/// Times the decisions of a scheduler, the first left out.
struct Timed {
    warm: usize,
    seen: usize,
    spans: Vec<u64>,
    bytes: usize,
}

impl Watch for Timed {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        let started = Instant::now();
        let decision = scheduler.decide(request, view);
        let span = started.elapsed().as_nanos() as u64;
        self.seen += 1;
        if self.seen > self.warm {
            self.spans.push(span);
        }
        if self.spans.len() == self.spans.capacity() {
            self.bytes = scheduler.index_bytes();
        }
        decision
    }
}

/// Median, mean and 99th percentile of the spans of decisions [ns], and the index's bytes.
fn measure(world: &World, name: &str, given: &[(&'static str, Value)], (warm, timed): (usize, usize)) -> [f64; 4] {
    let watch = Timed { warm, seen: 0, spans: Vec::with_capacity(timed), bytes: 0 };
    let mut chosen = Around { scheduler: scheduler(world, name, given), watch };
    // The classes serve 1·1 + 1·2 + 2·3 + 4·4 + 8·5 = 65 requests a second for each five devices.
    let gap = 2.0 * CLASSES as f64 / (65.0 * world.devices.len() as f64);
    let mut source = Steady { devices: world.devices.len() as u32, sent: 0, left: (warm + timed) as u32, gap };
    let outcome = Engine::new(world, Streams::new(1, 0), &mut source, &mut chosen).run(&mut Ignore);
    assert!(matches!(outcome, Outcome::Finished(_)), "{outcome:?}");
    let clock = clock_span();
    chosen.watch.spans.sort_unstable();
    let at = |share: f64| {
        (chosen.watch.spans[(share * (chosen.watch.spans.len() - 1) as f64) as usize] as f64 - clock).max(0.0)
    };
    let mean = chosen.watch.spans.iter().sum::<u64>() as f64 / chosen.watch.spans.len() as f64 - clock;
    [at(0.5), mean, at(0.99), chosen.watch.bytes as f64]
}

/// What two readings of the clock take, by the median [ns].
fn clock_span() -> f64 {
    let mut spans: Vec<u64> = (0..10_001).map(|_| Instant::now().elapsed().as_nanos() as u64).collect();
    spans.sort_unstable();
    spans[spans.len() / 2] as f64
}

/// Its label, the scheduler with its parameters, the number of sites.
type Case = (&'static str, &'static str, Vec<(&'static str, Value)>, usize);

fn cases() -> Vec<Case> {
    let (form, span) = (|form| vec![("form", text(form))], SimDuration::from_millis(20.0));
    let near = vec![("latency_threshold", Value::Span(Some(span)))];
    vec![
        ("carbonedge paper", "carbonedge", form("paper"), ZONES),
        ("carbonedge kwh", "carbonedge", form("kwh"), ZONES),
        ("carbonedge minmax", "carbonedge", form("minmax"), ZONES),
        ("carbonedge within 20 ms, 300 sites", "carbonedge", near, 300),
        ("carbonedge cumulative", "carbonedge", vec![("task_count", text("cumulative"))], ZONES),
        ("carbonedge history", "carbonedge", vec![("avg_time", text("history"))], ZONES),
        ("least-loaded", "least-loaded", vec![], ZONES),
        ("earliest-completion", "earliest-completion", vec![], ZONES),
        ("earliest-completion, 300 sites", "earliest-completion", vec![], 300),
        ("least-carbon", "least-carbon", vec![], ZONES),
        ("least-carbon, 300 sites", "least-carbon", vec![], 300),
        ("least-carbon-within-deadline", "least-carbon-within-deadline", vec![], ZONES),
        ("nearest, 300 sites", "nearest", vec![], 300),
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = arguments.first().map_or("", String::as_str);
    let most: usize = arguments.get(1).and_then(|most| most.parse().ok()).unwrap_or(1_000_000);
    let cases = cases();
    println!(
        "| scheduler | devices | index p50 | mean | p99 ns | scan p50 ns | index B/device |\n|---|---|---|---|---|---|---|"
    );
    for (label, name, given, sites) in cases.iter().filter(|(label, ..)| label.contains(wanted)) {
        for devices in [100, 1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|&devices| devices <= most) {
            let world = fleet(devices, *sites);
            let by = |search| [&given[..], &[("search", text(search))]].concat();
            let [p50, mean, p99, bytes] = measure(&world, name, &by("index"), (7 * devices, 20_000));
            let [scan, ..] = measure(&world, name, &by("scan"), (100, (10_000_000 / devices).clamp(20, 20_000)));
            let per_device = bytes / devices as f64;
            println!("| {label} | {devices} | {p50:.0} | {mean:.0} | {p99:.0} | {scan:.0} | {per_device:.1} |");
        }
    }
}
