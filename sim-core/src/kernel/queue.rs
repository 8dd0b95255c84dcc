//! The event queue: events in order of time, then rank, then insertion.

mod arena;
mod entry;
mod near;
mod rung;
#[cfg(test)]
mod tests;

use crate::units::SimTime;
use arena::{Arena, List};
use entry::{Entry, Key};
use near::Near;
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

/// A longer list is cut into a rung before it comes near. With 512, the hold model of 10⁶ takes 5 % longer; with 1,024,
/// that of 10³ a fifth.
const CUT: usize = 768;
/// Entries of a bucket that a rung of few or of many is cut for. The hold model of 10³ pending takes a fifth longer with
/// 256, that of 10⁶ a tenth longer with 64.
const PER_BUCKET: [usize; 2] = [64, 256];
/// Entries up to which they are few.
const FEW: usize = 4096;

/// The kernel's future event list: a ladder queue (Tang, Goh and Thng, ACM TOMACS 15(3), 2005) whose lowest step is a
/// calendar (Brown, CACM 31(10), 1988).
///
/// What comes next stands in a window of narrow buckets, each in order; what lies behind it waits unordered in the
/// buckets of rungs, each rung covering one bucket of the rung before it, and what lies behind all rungs in one far
/// list. When the window is empty the next list is spread over it, or is cut into a rung if it is long. So a push is an
/// append or a short walk and a pop takes the head of a bucket, while a heap of 10⁶ events pays a cache miss at each of
/// its twenty levels. Buckets divide keys and not times: a thousand events of one instant are divided by rank and number.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    /// The earliest entries: all keys below its end.
    near: Near<E>,
    /// Of these the first `depth` are in use; the last of them comes first.
    rungs: Vec<Rung>,
    depth: usize,
    /// What lies behind all rungs.
    far: List,
    arena: Arena<E>,
    /// Entries in rungs and far list.
    waiting: usize,
    /// Keys of a list of which the median is asked.
    keys: Vec<Key>,
    sequence: u64,
    /// The key popped last.
    now: Key,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self {
            near: Near::new(),
            rungs: Vec::new(),
            depth: 0,
            far: List::default(),
            arena: Arena::default(),
            waiting: 0,
            keys: Vec::new(),
            sequence: 0,
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
        self.put(entry);
    }

    /// Puts an entry where it belongs.
    #[inline]
    fn put(&mut self, entry: Entry<E>) {
        if entry.key() >= self.near.end() {
            return self.put_behind(entry);
        }
        if self.near.is_full() {
            return self.put_grown(entry);
        }
        self.near.push(entry);
        if self.near.is_crowded() {
            self.spill();
        }
    }

    /// Apart, so that the way of most entries has nothing to keep for after a call.
    #[cold]
    #[inline(never)]
    fn put_grown(&mut self, entry: Entry<E>) {
        self.near.grow(entry);
        self.put(entry);
    }

    /// Puts an entry into a rung or the far list.
    #[inline(never)]
    fn put_behind(&mut self, entry: Entry<E>) {
        self.waiting += 1;
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
        self.refill();
        self.near.first().map(|first| (first.time(), first.rank()))
    }

    /// Takes the earliest event out.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_by(SimTime::NEVER, Rank::Wake)
    }

    /// Takes the earliest event out if it happens by an instant, and then in this rank or a lower one.
    #[inline]
    pub fn pop_by(&mut self, time: SimTime, rank: Rank) -> Option<(SimTime, E)> {
        self.refill();
        let entry = self.near.pop_until(entry::last_key(time, rank))?;
        self.now = entry.key();
        Some((entry.time(), entry.event))
    }

    /// Number of pending events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.near.len() + self.waiting
    }

    /// Whether no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory that it holds beside itself [B].
    #[must_use]
    pub fn memory(&self) -> usize {
        self.near.memory()
            + self.keys.capacity() * size_of::<Key>()
            + self.rungs.capacity() * size_of::<Rung>()
            + self.arena.memory()
    }

    /// Makes a rung of a crowded window.
    #[cold]
    #[inline(never)]
    fn spill(&mut self) {
        let Some(first) = self.near.first().map(Entry::key) else { return };
        let end = self.near.end();
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        rung.cut((first, end - 1), rung::BUCKETS, end);
        while let Some(entry) = self.near.pop_until(Key::MAX) {
            rung.push(&mut self.arena, entry);
            self.waiting += 1;
        }
        self.near.close(first);
    }

    /// Brings the earliest entries near, if none is.
    #[inline]
    fn refill(&mut self) {
        if self.near.is_empty() && self.waiting > 0 {
            self.load();
        }
    }

    #[cold]
    #[inline(never)]
    fn load(&mut self) {
        while self.near.is_empty() && self.waiting > 0 {
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
            self.waiting -= list.len();
            if list.len() > CUT { self.descend(list, end) } else { self.spread(list, end) }
        }
    }

    /// Cuts a list too long for the window into a rung of its own, with all keys before `end`.
    fn descend(&mut self, mut list: List, end: Key) {
        let range = self.arena.range(list);
        let rung = next_rung(&mut self.rungs, &mut self.depth);
        let per_bucket = PER_BUCKET[usize::from(list.len() > FEW)];
        rung.cut(range, (list.len() / per_bucket).next_power_of_two(), end);
        self.waiting += list.len();
        while let Some(entry) = self.arena.pop(&mut list) {
            rung.push(&mut self.arena, entry);
        }
        self.near.close(range.0);
    }

    /// Spreads a list over the window, which shows keys before `end`; what does not fit goes back.
    fn spread(&mut self, mut list: List, end: Key) {
        let (low, high) = self.arena.range(list);
        // What is yet to be pushed comes as far ahead of the present as most of the far list does; a bucket of a rung is
        // to be divided, and may be filled in a small part only.
        let far = end == Key::MAX;
        let reach = if far { self.reach(list, low).max(low.saturating_sub(self.now)) } else { high - low };
        self.near.open(low, reach, list.len(), end);
        while let Some(entry) = self.arena.pop(&mut list) {
            self.put(entry);
        }
    }

    /// How far behind its lowest key the median of a list lies.
    fn reach(&mut self, list: List, low: Key) -> Key {
        let mut keys = std::mem::take(&mut self.keys);
        self.arena.keys(list, &mut keys);
        let middle = keys.len() / 2;
        let (_, &mut median, _) = keys.select_nth_unstable(middle);
        keys.clear();
        self.keys = keys;
        median - low
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
