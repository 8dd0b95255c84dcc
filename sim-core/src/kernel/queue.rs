//! The event queue: events in order of time, then rank, then insertion.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::units::SimTime;

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

const SEQUENCE_BITS: u32 = 62;

/// Time, then rank and sequence number packed in one word: equal times are a rule and not luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    time: SimTime,
    order: u64,
}

impl Key {
    fn new(time: SimTime, rank: Rank, sequence: u64) -> Self {
        debug_assert!(sequence < 1 << SEQUENCE_BITS);
        Self { time, order: (rank as u64) << SEQUENCE_BITS | sequence }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    key: Key,
    event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// The kernel's future event list.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    sequence: u64,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }
}

impl<E> EventQueue<E> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, time: SimTime, rank: Rank, event: E) {
        let key = Key::new(time, rank, self.sequence);
        self.sequence += 1;
        self.heap.push(Reverse(Entry { key, event }));
    }

    /// Time and rank of the earliest event.
    #[must_use]
    #[inline]
    pub fn peek(&self) -> Option<(SimTime, Rank)> {
        let key = self.heap.peek()?.0.key;
        let rank = match key.order >> SEQUENCE_BITS {
            0 => Rank::Completion,
            1 => Rank::Grid,
            2 => Rank::Arrival,
            _ => Rank::Wake,
        };
        Some((key.time, rank))
    }

    /// Takes the earliest event out.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.key.time, entry.event))
    }

    /// Number of pending events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RANKS: [Rank; 4] = [Rank::Completion, Rank::Grid, Rank::Arrival, Rank::Wake];

    /// The slow twin: a list kept in order by a stable sort.
    #[derive(Default)]
    struct SortedList(Vec<(SimTime, Rank, u32)>);

    impl SortedList {
        fn push(&mut self, time: SimTime, rank: Rank, event: u32) {
            self.0.push((time, rank, event));
            self.0.sort_by_key(|&(time, rank, _)| (time, rank));
        }
        fn pop(&mut self) -> Option<(SimTime, u32)> {
            (!self.0.is_empty()).then(|| self.0.remove(0)).map(|(time, _, event)| (time, event))
        }
    }

    proptest! {
        #[test]
        fn the_queue_and_its_slow_twin_agree_on_every_pop(
            steps in prop::collection::vec((any::<bool>(), 0u64..8, 0usize..4), 1..200),
        ) {
            let (mut queue, mut twin) = (EventQueue::new(), SortedList::default());
            for (i, (pop, time, rank)) in steps.into_iter().enumerate() {
                if pop {
                    prop_assert_eq!(queue.peek().map(|(time, _)| time), twin.0.first().map(|e| e.0));
                    prop_assert_eq!(queue.pop(), twin.pop());
                } else {
                    queue.push(SimTime(time), RANKS[rank], i as u32);
                    twin.push(SimTime(time), RANKS[rank], i as u32);
                }
            }
            while let Some(event) = twin.pop() {
                prop_assert_eq!(queue.pop(), Some(event));
            }
            prop_assert!(queue.is_empty());
        }
    }

    #[test]
    fn a_completion_comes_before_an_arrival_of_the_same_instant() {
        let mut queue = EventQueue::new();
        queue.push(SimTime(5), Rank::Arrival, "arrival");
        queue.push(SimTime(5), Rank::Completion, "completion");
        assert_eq!(queue.pop(), Some((SimTime(5), "completion")));
    }
}
