//! The hold model: a queue of constant length, and the rivals that it is measured beside.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::kernel::queue::{EventQueue, Rank};
use sim_core::units::SimTime;

/// What the loop asks of a queue.
pub trait Pending: Default {
    fn push(&mut self, time: u64, event: u32);
    fn pop(&mut self) -> Option<(u64, u32)>;
}

/// The engine's queue, with events of the engine's eight bytes.
#[derive(Default)]
pub struct Ladder(EventQueue<u64>);

impl Pending for Ladder {
    #[inline]
    fn push(&mut self, time: u64, event: u32) {
        self.0.push(SimTime(time), Rank::Completion, u64::from(event));
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        self.0.pop().map(|(time, event)| (time.0, event as u32))
    }
}

/// The standard library's heap at its best: time, 32 bits of sequence and 32 of event in one word of sixteen bytes.
#[derive(Default)]
pub struct Heap {
    heap: BinaryHeap<Reverse<u128>>,
    sequence: u32,
}

impl Pending for Heap {
    #[inline]
    fn push(&mut self, time: u64, event: u32) {
        let order = u64::from(self.sequence) << u32::BITS | u64::from(event);
        self.heap.push(Reverse(u128::from(time) << u64::BITS | u128::from(order)));
        self.sequence = self.sequence.wrapping_add(1);
    }
    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        self.heap.pop().map(|Reverse(key)| ((key >> u64::BITS) as u64, key as u32))
    }
}

/// How far ahead of the present each push falls.
#[derive(Clone, Copy, Debug)]
pub enum Gaps {
    /// Exponential, as in the hold model of the literature (Jones, CACM 29(4), 1986).
    Exponential,
    /// Transmissions of 12 ms, latencies of 5 ms, computations of 50 ms.
    Engine,
}

impl Gaps {
    fn ticks(self, word: u64) -> u64 {
        match self {
            Self::Exponential => (-(((word >> 11) as f64 + 0.5) / 2f64.powi(53)).ln() * 1e12) as u64,
            Self::Engine => [12_000_000, 5_000_000, 50_000_000][(word % 3) as usize],
        }
    }
}

/// A queue with its pending events; SplitMix64 (Steele et al., OOPSLA 2014) draws the gaps.
pub struct Hold<Q> {
    queue: Q,
    gaps: Gaps,
    state: u64,
}

impl<Q: Pending> Hold<Q> {
    pub fn new(pending: u32, gaps: Gaps) -> Self {
        let mut hold = Self { queue: Q::default(), gaps, state: 42 };
        for event in 0..pending {
            let word = hold.draw();
            // Started in the middle of their gaps.
            hold.queue.push(word % (1 + gaps.ticks(word)), event);
        }
        hold
    }

    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Pops the earliest event and pushes it one gap later.
    #[inline]
    pub fn step(&mut self) {
        let (time, event) = self.queue.pop().expect("invariant: a push for every pop");
        let gap = self.gaps.ticks(self.draw());
        self.queue.push(time + gap, event);
    }
}
