//! The event queue: events in order of time, then rank, then insertion.

mod arena;
mod entry;
mod rung;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use crate::units::SimTime;
use arena::{Arena, List};
use entry::{Entry, Key};
use rung::Rung;

/// Order of events at one instant: a device freed now is free for a request arriving now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rank {
    /// Something ends: a computation, a transmission, a wake-up of a device.
    Completion = 0,
    /// The surroundings change: grid, telemetry.
    Grid = 1,
    /// A request arrives.
    Arrival = 2,
    /// A scheduler or a deferred request is woken.
    Wake = 3,
}

/// A longer list is cut into a rung. With 10³ pending, a hold loop of 16 takes a third more instructions; of 48, as many.
const SORTED: usize = 32;
/// A bottom longer than this costs more to keep sorted than a rung does.
const OVERLONG: usize = 96;

/// The kernel's future event list: a ladder queue (Tang, Goh and Thng, ACM TOMACS 15(3), 2005).
///
/// The next few events stand sorted in the bottom; those behind wait unordered in the buckets of rungs, each rung
/// covering one bucket of the rung before it, and those behind all rungs in one far list. A bucket is sorted, or cut
/// into a rung of its own, when its turn comes. So a push is an append and a pop takes the end of a short array, while
/// a heap of 10⁶ events pays a cache miss at each of its twenty levels. Buckets divide keys and not times: a thousand
/// events of one instant are divided by rank and number.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    /// The earliest entries, the first at the end; all their keys are below `floor`.
    bottom: Vec<Entry<E>>,
    /// All keys in rungs and far list are at least this.
    floor: Key,
    /// Of these the first `depth` are in use; the last of them comes first.
    rungs: Vec<Rung>,
    depth: usize,
    /// What lies behind all rungs.
    far: List,
    arena: Arena<E>,
    sequence: u64,
    len: usize,
    /// The key popped last.
    now: Key,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            bottom: Vec::new(),
            floor: 0,
            rungs: Vec::new(),
            depth: 0,
            far: List::default(),
            arena: Arena::default(),
            sequence: 0,
            len: 0,
            now: 0,
        }
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, time: SimTime, rank: Rank, event: E) {
        let entry = Entry::new(time, rank, self.sequence, event);
        self.sequence += 1;
        self.len += 1;
        if entry.key() < self.floor {
            return self.insert(entry);
        }
        let rung = self.rungs[..self.depth].iter_mut().rev().find(|rung| entry.key() < rung.end());
        match rung {
            Some(rung) => rung.push(&mut self.arena, entry),
            None => self.arena.push(&mut self.far, entry),
        }
    }

    /// Time and rank of the earliest event.
    #[must_use]
    #[inline]
    pub fn peek(&mut self) -> Option<(SimTime, Rank)> {
        if self.bottom.is_empty() {
            self.refill();
        }
        self.bottom.last().map(|entry| (entry.time(), entry.rank()))
    }

    /// Takes the earliest event out.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        if self.bottom.is_empty() {
            self.refill();
        }
        let entry = self.bottom.pop()?;
        self.len -= 1;
        self.now = entry.key();
        Some((entry.time(), entry.event))
    }

    /// Number of pending events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Memory that it holds beside itself [B].
    #[must_use]
    pub fn memory(&self) -> usize {
        self.bottom.capacity() * size_of::<Entry<E>>() + self.rungs.capacity() * size_of::<Rung>() + self.arena.memory()
    }

    /// Puts an entry into its place in the bottom.
    fn insert(&mut self, entry: Entry<E>) {
        let mut place = self.bottom.len();
        self.bottom.push(entry);
        while place > 0 && self.bottom[place - 1].key() < entry.key() {
            self.bottom[place] = self.bottom[place - 1];
            place -= 1;
        }
        self.bottom[place] = entry;
        if self.bottom.len() > OVERLONG {
            self.spill();
        }
    }

    /// Makes a rung of an over-long bottom. It starts at the present, so that what comes next finds its bucket there.
    #[cold]
    fn spill(&mut self) {
        let first = self.bottom.last().map_or(self.now, |entry| entry.key().min(self.now));
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        rung.cut((first, self.floor - 1), self.bottom.len(), self.floor);
        self.bottom.drain(..).for_each(|entry| rung.push(&mut self.arena, entry));
        self.floor = first;
    }

    /// Fills an empty bottom with the earliest entries.
    fn refill(&mut self) {
        while self.bottom.is_empty() && self.len > 0 {
            let (list, end) = match self.depth.checked_sub(1) {
                None => (std::mem::take(&mut self.far), Key::MAX),
                Some(top) => match self.rungs[top].take_first() {
                    Some(bucket) => bucket,
                    None => {
                        self.depth = top;
                        continue;
                    }
                },
            };
            if list.len() > SORTED {
                self.descend(list, end);
                continue;
            }
            self.arena.append(list, &mut self.bottom);
            self.bottom.sort_unstable_by_key(|entry| Reverse(entry.key()));
            self.floor = self.bottom.first().map_or(self.floor, |last| last.key() + 1);
        }
    }

    /// Cuts a list too long to sort into a rung of its own, with all keys before `end`.
    fn descend(&mut self, mut list: List, end: Key) {
        let range = self.arena.range(list);
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        rung.cut(range, list.len(), end);
        while let Some(entry) = self.arena.pop(&mut list) {
            rung.push(&mut self.arena, entry);
        }
        self.floor = range.0;
    }
}

/// The rung above those in use.
fn next_rung<'a>(rungs: &'a mut Vec<Rung>, depth: &mut usize) -> &'a mut Rung {
    if *depth == rungs.len() {
        rungs.push(Rung::EMPTY);
    }
    *depth += 1;
    &mut rungs[*depth - 1]
}
