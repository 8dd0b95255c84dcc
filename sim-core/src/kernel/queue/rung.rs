//! A rung of the ladder: a stretch of keys cut into equal buckets.

use super::arena::{Arena, List};
use super::entry::{Entry, Key};

/// The lists of a rung take 8 KiB. With 10⁶ pending, 256 need a third rung: a fifth more instructions.
pub(super) const BUCKETS: usize = 1024;
const WORD: usize = u64::BITS as usize;
/// A power of two of buckets, each a power of two of keys wide.
#[derive(Clone, Debug)]
pub(super) struct Rung {
    start: Key,
    /// Behind the last key that belongs here.
    end: Key,
    /// The width of a bucket is two to this power.
    shift: u32,
    /// One bit a bucket: it holds something.
    filled: [u64; BUCKETS / WORD],
    buckets: [List; BUCKETS],
}

impl Rung {
    /// A rung of no keys.
    pub const EMPTY: Self =
        Self { start: 0, end: 0, shift: 0, filled: [0; BUCKETS / WORD], buckets: [List::EMPTY; BUCKETS] };

    /// Cuts `low ..= high` into so many buckets, a power of two; keys from `limit` on belong elsewhere.
    pub fn cut(&mut self, (low, high): (Key, Key), buckets: usize, limit: Key) {
        let buckets = buckets.clamp(2, BUCKETS);
        let bits = Key::BITS - (high - low).leading_zeros();
        self.start = low;
        self.shift = bits.saturating_sub(buckets.trailing_zeros()).min(Key::BITS - BUCKETS.trailing_zeros());
        self.end = limit;
        self.end = self.end_of(BUCKETS - 1);
    }

    /// Behind the last key of a bucket; the highest key of all is nobody's.
    #[inline]
    fn end_of(&self, bucket: usize) -> Key {
        let last = (bucket as Key) << self.shift | ((1 << self.shift) - 1);
        self.start.saturating_add(last).saturating_add(1).min(self.end)
    }

    /// Behind the last key that belongs here.
    #[inline]
    pub fn end(&self) -> Key {
        self.end
    }

    /// Takes an entry whose key lies in start .. end.
    #[inline]
    pub fn push<E: Copy>(&mut self, arena: &mut Arena<E>, entry: Entry<E>) {
        let bucket = ((entry.key() - self.start) >> self.shift) as usize;
        self.filled[bucket / WORD] |= 1 << (bucket % WORD);
        arena.push(&mut self.buckets[bucket], entry);
    }

    /// Takes the first bucket that holds something, and the key behind its last.
    #[inline]
    pub fn take_first(&mut self) -> Option<(List, Key)> {
        let word = self.filled.iter().position(|&word| word != 0)?;
        let bucket = word * WORD + self.filled[word].trailing_zeros() as usize;
        self.filled[word] &= self.filled[word] - 1;
        Some((std::mem::take(&mut self.buckets[bucket]), self.end_of(bucket)))
    }
}
