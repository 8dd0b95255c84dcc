//! The hold model: the event queue alone, beside a binary heap and beside no queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::kernel::queue::{EventQueue, Rank};
use sim_core::units::SimTime;

use super::args::{HoldArgs, Queue};
use super::draws::Draws;
use super::report::{Figures, Report};
use super::{Runs, golden, machine};
use crate::commands::Error;

/// Ticks of one mean gap: enough that equal times, and so their order, are as in floating point.
const TICKS: f64 = 1e14;
/// Mean gaps that the clock can hold are 1.8e5; this leaves room for luck.
const LONGEST: u64 = 100_000;

/// Measures one queue, or two in turn.
///
/// # Errors
/// If the clock cannot hold so many events of so few entities.
pub(super) fn bench(args: &HoldArgs) -> Result<Report, Error> {
    if args.events / u64::from(args.entities) > LONGEST {
        let most = u64::from(args.entities) * LONGEST;
        return Err(Error::Input(format!("--events {}: at most {most} with {} entities", args.events, args.entities)));
    }
    let queues: Vec<Queue> = [Some(args.queue), args.rival].into_iter().flatten().collect();
    let mut runs: Vec<Vec<Held>> = vec![Vec::new(); queues.len()];
    for _ in 0..args.runs {
        queues.iter().zip(&mut runs).for_each(|(&queue, runs)| runs.push(hold(queue, args.entities, args.events)));
    }
    let mut report = Report::default();
    let mut medians = Vec::new();
    for (queue, runs) in queues.into_iter().zip(runs) {
        let mut runs = runs.into_iter();
        let once = || runs.next().ok_or_else(|| Error::Bug("a run is missing".into()));
        let runs = super::median_of(args.runs, once, |held: &Held| held.cpu)?;
        medians.push(runs.median.cpu);
        report.rows.push(row(args, queue, &runs, &mut report.wrong));
    }
    if let [own, rival] = medians[..] {
        report.notes.push(format!("RATIO {:.2} (the second's time over the first's)", rival / own));
    }
    Ok(report)
}

fn row(args: &HoldArgs, queue: Queue, runs: &Runs<Held>, wrong: &mut Vec<String>) -> Figures {
    let held = &runs.median;
    let size = |known: &&golden::Hold| known.entities == args.entities && known.events == args.events;
    let known = golden::HOLD.iter().find(size).filter(|_| queue != Queue::Null);
    let before = wrong.len();
    if let Some(known) = known {
        golden::same(wrong, "sum", held.sum, known.sum);
        golden::same(wrong, "max", u64::from(held.max), u64::from(known.max));
        golden::near(wrong, "t_end", held.t_end, known.t_end, 1e-9);
    }
    let name = match queue {
        Queue::Shipped => "carbonedge",
        Queue::Heap => "std-heap",
        Queue::Null => "no-queue",
    };
    Figures::default()
        .text("workload", "W1")
        .text("peer", name)
        .count("n", args.events)
        .number("user", held.cpu, 4)
        .number("ns", held.cpu * 1e9 / args.events as f64, 2)
        .number("per_s", args.events as f64 / held.cpu, 0)
        .count("rss_kib", machine::peak_rss_kib())
        .count("N", u64::from(args.entities))
        .number("t_end", held.t_end, 9)
        .count("sum", held.sum)
        .count("max", u64::from(held.max))
        .count("runs", runs.count as u64)
        .number("fastest", runs.fastest, 4)
        .number("slowest", runs.slowest, 4)
        .text("golden", golden::verdict(known.is_some(), &wrong[before..]))
}

/// Outcome of one run.
#[derive(Clone, Copy, Debug)]
struct Held {
    t_end: f64,
    sum: u64,
    max: u32,
    cpu: f64,
}

/// What holds pending events.
trait Pending {
    fn push(&mut self, time: u64, entity: u32);
    fn pop(&mut self) -> Option<(u64, u32)>;
}

impl Pending for EventQueue<u32> {
    #[inline]
    fn push(&mut self, time: u64, entity: u32) {
        EventQueue::push(self, SimTime(time), Rank::Completion, entity);
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        EventQueue::pop(self).map(|(time, entity)| (time.0, entity))
    }
}

/// Time, sequence number and entity in one word of 128 bits: the fastest that the standard heap can be.
#[derive(Default)]
struct Heap {
    heap: BinaryHeap<Reverse<u128>>,
    sequence: u32,
}

impl Pending for Heap {
    #[inline]
    fn push(&mut self, time: u64, entity: u32) {
        self.heap.push(Reverse(u128::from(time) << 64 | u128::from(self.sequence) << 32 | u128::from(entity)));
        self.sequence = self.sequence.wrapping_add(1);
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        self.heap.pop().map(|Reverse(key)| ((key >> 64) as u64, key as u32))
    }
}

fn hold(queue: Queue, entities: u32, events: u64) -> Held {
    match queue {
        Queue::Shipped => held_by(&mut EventQueue::new(), entities, events),
        Queue::Heap => held_by(&mut Heap::default(), entities, events),
        Queue::Null => held_by_none(entities, events),
    }
}

fn ticks(gap: f64) -> u64 {
    (gap * TICKS + 0.5) as u64
}

/// Books of the loop: how often each entity came, and a sum that depends on the order.
struct Counter {
    counts: Vec<u32>,
    sum: u64,
    weight: u64,
}

impl Counter {
    fn new(entities: u32) -> Self {
        Self { counts: vec![0; entities as usize], sum: 0, weight: 1 }
    }

    #[inline]
    fn count(&mut self, entity: u32) {
        self.counts[entity as usize] += 1;
        self.sum = self.sum.wrapping_add(u64::from(entity) * self.weight);
        self.weight = if self.weight == 7 { 1 } else { self.weight + 1 };
    }

    fn held(&self, t_end: u64, cpu: f64) -> Held {
        let max = self.counts.iter().copied().max().unwrap_or(0);
        Held { t_end: t_end as f64 / TICKS, sum: self.sum, max, cpu }
    }
}

fn held_by(queue: &mut impl Pending, entities: u32, events: u64) -> Held {
    let mut draws = Draws::new(1, 0);
    (0..entities).for_each(|entity| queue.push(ticks(draws.exponential(1.0)), entity));
    let mut counter = Counter::new(entities);
    let (t_end, cpu) = machine::timed(|| {
        let mut now = 0;
        for _ in 0..events {
            let Some((time, entity)) = queue.pop() else { break };
            now = time;
            counter.count(entity);
            let gap = ticks(draws.exponential(1.0));
            queue.push(time + gap, draws.below(entities));
        }
        now
    });
    counter.held(t_end, cpu)
}

fn held_by_none(entities: u32, events: u64) -> Held {
    let mut draws = Draws::new(1, 0);
    let mut counter = Counter::new(entities);
    let (t_end, cpu) = machine::timed(|| {
        let (mut now, mut entity) = (0_u64, 0);
        for _ in 0..events {
            counter.count(entity);
            now = now.wrapping_add(ticks(draws.exponential(1.0)));
            entity = draws.below(entities);
        }
        now
    });
    counter.held(t_end, cpu)
}
