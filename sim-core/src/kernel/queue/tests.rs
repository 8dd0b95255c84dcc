//! The queue beside two slow twins: a list sorted anew at each push, and a binary heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

const RANKS: [Rank; 4] = [Rank::Completion, Rank::Grid, Rank::Arrival, Rank::Wake];

/// The slow twin: a list kept in order by a stable sort.
#[derive(Default)]
struct SortedList(Vec<(SimTime, Rank, u64)>);

impl SortedList {
    fn push(&mut self, time: SimTime, rank: Rank, event: u64) {
        self.0.push((time, rank, event));
        self.0.sort_by_key(|&(time, rank, _)| (time, rank));
    }
    fn pop(&mut self) -> Option<(SimTime, u64)> {
        (!self.0.is_empty()).then(|| self.0.remove(0)).map(|(time, _, event)| (time, event))
    }
}

/// The queue and a heap that must agree on every pop; events are numbered in order of insertion.
#[derive(Default)]
struct Pair {
    queue: EventQueue<u64>,
    heap: BinaryHeap<Reverse<(SimTime, Rank, u64)>>,
    pushed: u64,
    now: u64,
}

impl Pair {
    fn push(&mut self, time: u64, rank: Rank) {
        self.queue.push(SimTime(time), rank, self.pushed);
        self.heap.push(Reverse((SimTime(time), rank, self.pushed)));
        self.pushed += 1;
    }
    fn pop(&mut self) {
        let first = self.heap.pop().map(|Reverse(first)| first);
        assert_eq!(self.queue.peek(), first.map(|(time, rank, _)| (time, rank)));
        assert_eq!(self.queue.pop(), first.map(|(time, _, event)| (time, event)));
        assert_eq!(self.queue.len(), self.heap.len());
        self.now = first.map_or(self.now, |(time, ..)| time.0);
    }
    fn drain(&mut self) {
        while !self.heap.is_empty() {
            self.pop();
        }
        self.pop();
        assert!(self.queue.is_empty());
    }
}

/// A stream of words without a generator's dependencies (SplitMix64, Steele et al., OOPSLA 2014).
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }
}

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// How far ahead of the present pushes fall.
#[derive(Clone, Copy, Debug)]
enum Gaps {
    Equal,
    Few,
    Short,
    Bimodal,
    AnyTime,
    NowOrNever,
    Descending,
}

const GAPS: [Gaps; 7] =
    [Gaps::Equal, Gaps::Few, Gaps::Short, Gaps::Bimodal, Gaps::AnyTime, Gaps::NowOrNever, Gaps::Descending];

impl Gaps {
    fn time(self, pair: &Pair, word: u64) -> u64 {
        let gap = match self {
            Self::Equal => 0,
            Self::Few => word % 3,
            Self::Short => word % 10_000,
            Self::Bimodal => word % 50 + if word >> 60 == 0 { 1 << 50 } else { 0 },
            // Also before the present, which no engine does.
            Self::AnyTime => return word,
            Self::NowOrNever => return if word >> 63 == 0 { pair.now } else { u64::MAX - word % 2 },
            Self::Descending => 10_000_000_u64.saturating_sub(pair.pushed),
        };
        pair.now.saturating_add(gap)
    }
}

proptest! {
    #[test]
    fn the_queue_and_its_slow_twin_agree_on_every_pop(
        steps in prop::collection::vec((any::<bool>(), 0u64..8, 0usize..4), 1..400),
    ) {
        let (mut queue, mut twin) = (EventQueue::new(), SortedList::default());
        for (event, (pop, time, rank)) in (0..).zip(steps) {
            if pop {
                prop_assert_eq!(queue.peek().map(|(time, _)| time), twin.0.first().map(|e| e.0));
                prop_assert_eq!(queue.pop(), twin.pop());
            } else {
                queue.push(SimTime(time), RANKS[rank], event);
                twin.push(SimTime(time), RANKS[rank], event);
            }
        }
        while let Some(event) = twin.pop() {
            prop_assert_eq!(queue.pop(), Some(event));
        }
        prop_assert!(queue.is_empty());
    }

    /// Phases of one kind of gap each, growing or shrinking, so that each finds the ladder that another has left.
    #[test]
    fn the_queue_and_a_heap_agree_whatever_the_gaps(
        seed in any::<u64>(),
        phases in prop::collection::vec((0usize..GAPS.len(), 1usize..3_000, 1u64..10), 1..6),
    ) {
        let (mut pair, mut words) = (Pair::default(), Words(seed));
        for (kind, steps, pushes_in_ten) in phases {
            for _ in 0..steps {
                let word = words.next();
                if word % 10 < pushes_in_ten {
                    pair.push(GAPS[kind].time(&pair, mix(word)), RANKS[(word >> 62) as usize]);
                } else {
                    pair.pop();
                }
            }
        }
        pair.drain();
    }
}

#[test]
fn a_long_run_of_each_kind_of_gap_agrees_with_a_heap() {
    for kind in GAPS {
        let (mut pair, mut words) = (Pair::default(), Words(7));
        for step in 0..100_000_u64 {
            let word = words.next();
            // Up to thousands of pending events, and down to none, again and again.
            if mix(step / 8_192) % 8 > word % 8 {
                pair.push(kind.time(&pair, mix(word)), RANKS[(word >> 62) as usize]);
            } else {
                pair.pop();
            }
        }
        pair.drain();
    }
}

#[test]
fn a_completion_comes_before_an_arrival_of_the_same_instant() {
    let mut queue = EventQueue::new();
    queue.push(SimTime(5), Rank::Arrival, "arrival");
    queue.push(SimTime(5), Rank::Completion, "completion");
    assert_eq!(queue.pop(), Some((SimTime(5), "completion")));
}

/// The hold model with exponential gaps of mean one unit: (time of the last pop in units, checksum, most pops of one
/// entity). Draws, sums and their golden values are those that other simulators were measured with.
fn hold(entities: u64, events: u64) -> (f64, u64, u32) {
    const UNIT: f64 = 1e14;
    const SEED: u64 = 42;
    let mut draws = Words(mix(SEED.wrapping_add(mix(1 << 32))));
    let expo = |word: u64| (-(((word >> 11) as f64 + 0.5) / 2f64.powi(53)).ln() * UNIT).round() as u64;
    let mut queue = EventQueue::new();
    for entity in 0..entities {
        queue.push(SimTime(expo(draws.next())), Rank::Completion, entity as u32);
    }
    let mut counts = vec![0u32; entities as usize];
    let (mut end, mut sum) = (0, 0u64);
    for index in 0..events {
        let (time, entity) = queue.pop().expect("a push for every pop");
        counts[entity as usize] += 1;
        sum = sum.wrapping_add(u64::from(entity) * (1 + index % 7));
        end = time.0;
        let gap = expo(draws.next());
        let target = (u128::from(draws.next()) * u128::from(entities)) >> 64;
        queue.push(SimTime(end + gap), Rank::Completion, target as u32);
    }
    (end as f64 / UNIT, sum, counts.into_iter().max().unwrap_or(0))
}

#[test]
fn the_hold_model_meets_its_golden_sums() {
    for (entities, events, end, sum, most) in [
        (1_000, 10_000_000, "10003.868376577", 19_980_723_269, 10_315),
        (100_000, 10_000_000, "100.034554892", 1_999_966_630_233, 147),
        (1_000_000, 5_000_000, "5.001707715", 9_998_866_923_802, 18),
    ] {
        let (its_end, its_sum, its_most) = hold(entities, events);
        assert_eq!((format!("{its_end:.9}").as_str(), its_sum, its_most), (end, sum, most), "{entities} entities");
    }
}

#[test]
fn a_queue_that_has_found_its_size_takes_no_more_memory() {
    let (mut queue, mut words) = (EventQueue::new(), Words(3));
    let mut churn = |queue: &mut EventQueue<u64>, events: u64| {
        for _ in 0..events {
            let (time, event) = queue.pop().expect("a push for every pop");
            queue.push(SimTime(time.0 + words.next() % 1_000_000), Rank::Completion, event);
        }
    };
    (0..100_000).for_each(|event| queue.push(SimTime(event * 10), Rank::Completion, event));
    churn(&mut queue, 1_000_000);
    let found = queue.memory();
    churn(&mut queue, 1_000_000);
    assert_eq!(queue.memory(), found, "it grew");
    let entries = 100_000 * size_of::<Entry<u64>>();
    assert!(queue.memory() < 3 * entries, "{} B for {entries} B of entries", queue.memory());
}
