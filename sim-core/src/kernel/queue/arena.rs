//! Where waiting entries lie: one flat array of chunks, shared by all lists.

use super::entry::{Entry, Key};

/// Entries of a chunk: enough to make links rare, few enough that half-filled chunks are no matter.
const CHUNK: u32 = 16;

/// An unordered list of entries; its last chunk alone may be part-filled, and each chunk links to the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    /// The slot behind the last entry.
    end: u32,
    len: u32,
}

impl List {
    pub const EMPTY: Self = Self { end: 0, len: 0 };

    pub fn len(self) -> usize {
        self.len as usize
    }
}

/// All chunks; those of no list are linked for reuse, so that a queue that has found its size allocates no more.
#[derive(Clone, Debug)]
pub(super) struct Arena<E> {
    slots: Vec<Entry<E>>,
    /// By chunk: the one before it in its list or among the free.
    links: Vec<u32>,
    /// The free chunk to be used next; none if it lies outside.
    free: u32,
}

impl<E> Default for Arena<E> {
    fn default() -> Self {
        Self { slots: Vec::new(), links: Vec::new(), free: u32::MAX }
    }
}

impl<E: Copy> Arena<E> {
    #[inline]
    pub fn push(&mut self, list: &mut List, entry: Entry<E>) {
        if list.len % CHUNK == 0 {
            list.end = self.open(list.end, entry);
        }
        self.slots[list.end as usize] = entry;
        list.end += 1;
        list.len += 1;
    }

    #[inline]
    pub fn pop(&mut self, list: &mut List) -> Option<Entry<E>> {
        list.len = list.len.checked_sub(1)?;
        list.end -= 1;
        let entry = self.slots[list.end as usize];
        if list.len % CHUNK == 0 {
            list.end = self.close(list.end);
        }
        Some(entry)
    }

    /// Moves a list to the end of `entries`.
    #[inline]
    pub fn append(&mut self, mut list: List, entries: &mut Vec<Entry<E>>) {
        while list.len > 0 {
            let filled = (list.len - 1) % CHUNK + 1;
            let first = list.end - filled;
            entries.extend_from_slice(&self.slots[first as usize..list.end as usize]);
            list.end = self.close(first);
            list.len -= filled;
        }
    }

    /// The lowest and the highest key of a list that is not empty.
    pub fn range(&self, list: List) -> (Key, Key) {
        let (mut low, mut high) = (Key::MAX, 0);
        let (mut end, mut left) = (list.end, list.len);
        while left > 0 {
            let filled = (left - 1) % CHUNK + 1;
            for entry in &self.slots[(end - filled) as usize..end as usize] {
                low = low.min(entry.key());
                high = high.max(entry.key());
            }
            left -= filled;
            end = (self.links[((end - 1) / CHUNK) as usize] + 1) * CHUNK;
        }
        (low, high)
    }

    /// The first slot of a chunk put behind the one that ends at `end`.
    #[inline(never)]
    fn open(&mut self, end: u32, filler: Entry<E>) -> u32 {
        let chunk = self.free;
        let before = (end / CHUNK).wrapping_sub(1);
        if let Some(link) = self.links.get_mut(chunk as usize) {
            self.free = std::mem::replace(link, before);
            return chunk * CHUNK;
        }
        let first = self.slots.len();
        self.slots.resize(first + CHUNK as usize, filler);
        self.links.push(before);
        first as u32
    }

    /// Frees the chunk that starts at `first`; returns the slot behind the chunk before it.
    #[inline(never)]
    fn close(&mut self, first: u32) -> u32 {
        let chunk = first / CHUNK;
        let before = std::mem::replace(&mut self.links[chunk as usize], self.free);
        self.free = chunk;
        before.wrapping_add(1) * CHUNK
    }
}
