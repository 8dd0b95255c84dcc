//! What the queue stores: an event with its packed key.

use super::Rank;
use crate::units::SimTime;

const SEQUENCE_BITS: u32 = 62;

/// Time in the upper word, rank and sequence number in the lower: equal times are a rule and not luck, and no two keys
/// are equal.
pub(super) type Key = u128;

/// The last key of a rank at an instant.
#[inline]
pub(super) fn last_key(time: SimTime, rank: Rank) -> Key {
    Key::from(time.0) << u64::BITS | Key::from((rank as u64) << SEQUENCE_BITS | ((1 << SEQUENCE_BITS) - 1))
}

/// An event of eight bytes makes 24 of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<E> {
    time: u64,
    order: u64,
    /// What is to happen.
    pub event: E,
}

impl<E> Entry<E> {
    /// An entry; a queue would need a century to number 2⁶² of them.
    #[inline]
    pub fn new(time: SimTime, rank: Rank, sequence: u64, event: E) -> Self {
        debug_assert!(sequence < 1 << SEQUENCE_BITS);
        Self { time: time.0, order: (rank as u64) << SEQUENCE_BITS | sequence, event }
    }

    /// What it is ordered by.
    #[inline]
    pub fn key(&self) -> Key {
        Key::from(self.time) << u64::BITS | Key::from(self.order)
    }

    /// When it happens.
    #[inline]
    pub fn time(&self) -> SimTime {
        SimTime(self.time)
    }

    /// Its place among the events of one instant.
    #[inline]
    pub fn rank(&self) -> Rank {
        match self.order >> SEQUENCE_BITS {
            0 => Rank::Completion,
            1 => Rank::Grid,
            2 => Rank::Arrival,
            _ => Rank::Wake,
        }
    }
}
