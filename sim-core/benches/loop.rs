//! What the event loop spends its time on: signal look-up, meter and transfer, decision.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::record::Ignore;
use sim_core::units::{BitRate, SimDuration, SimTime};
use sim_core::world::device::Role;
use sim_core::world::signal::Signal;

#[path = "../tests/it/toolkit.rs"]
#[allow(dead_code, reason = "the toolkit serves the tests too")]
mod toolkit;
use toolkit::{Builder, hourly, scheduler};

fn year() -> Signal {
    hourly(&(0..8760).map(|hour| 200.0 + f64::from(hour % 24)).collect::<Vec<_>>())
}

fn signal(criterion: &mut Criterion) {
    let signal = year();
    let mut group = criterion.benchmark_group("signal integral");
    for (name, span) in [
        ("5 ms", SimDuration::from_millis(5.0)),
        ("10 h", SimDuration::from_hours(10)),
        ("1000 h", SimDuration::from_hours(1000)),
    ] {
        let mut at = SimTime(364 * 24 * 3_600_000_000_000 - SimDuration::from_hours(1000).0);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                at = at + SimDuration(1);
                black_box(signal.integral(at, at + span))
            });
        });
    }
    group.finish();
}

/// Requests at a fixed gap from device 0.
struct Steady {
    gap: SimDuration,
    at: SimTime,
    left: u32,
}

impl ArrivalSource for Steady {
    fn peek(&mut self) -> Option<SimTime> {
        (self.left > 0).then_some(self.at)
    }
    fn next(&mut self) -> Option<Arrival> {
        let arrival = Arrival {
            at: self.at,
            origin: DeviceId(0),
            model: ModelId(0),
            class: RequestClassId(0),
            work: 1.0,
            input: None,
            slack: None,
            deadline: None,
            client: None,
        };
        self.at = self.at + self.gap;
        self.left -= 1;
        Some(arrival)
    }
    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

const REQUESTS: u32 = 1_000;

/// A thousand requests through meter, transfers and queues, decided by a scheduler over so many devices.
fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 requests");
    for (name, devices) in
        [("local", 1), ("nearest", 2), ("carbonedge", 100), ("carbonedge", 1_000), ("least-loaded", 1_000)]
    {
        let mut builder =
            Builder { devices: vec![(0, 0, Role::Shared); devices], zones: vec![year()], ..Builder::default() };
        builder.access.rate = BitRate(1e8);
        if name == "nearest" {
            builder.devices[0].2 = Role::Source;
        }
        builder.costs = vec![vec![(0.01, 0.05)]];
        let world = builder.window(100.0).build();
        group.bench_function(BenchmarkId::new(name, devices), |bencher| {
            bencher.iter(|| {
                let mut source = Steady { gap: SimDuration::from_millis(20.0), at: SimTime::ZERO, left: REQUESTS };
                let mut chosen = scheduler(&world, name, &[]);
                let outcome = Engine::new(&world, Streams::new(1, 0), &mut source, &mut chosen).run(&mut Ignore);
                assert!(matches!(outcome, Outcome::Finished(_)));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, signal, requests);
criterion_main!(benches);
