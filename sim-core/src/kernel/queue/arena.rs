//! Where waiting entries lie: one flat array of chunks, shared by all lists.

use super::entry::{Entry, Key};

/// Entries of a chunk: enough to make links rare, few enough that half-filled chunks are no matter.
const CHUNK: u32 = 16;

/// A chunk is named by its end, the slot behind it, so that no chunk is 0.
const NONE: u32 = 0;

/// An unordered list of entries; its last chunk alone may be part-filled, and each chunk links to the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    /// The slot behind the last entry.
    end: u32,
    len: u32,
}

impl List {
    /// A list of nothing.
    pub const EMPTY: Self = Self { end: NONE, len: 0 };

    /// Entries in it.
    #[inline]
    pub fn len(self) -> usize {
        self.len as usize
    }
}

/// All chunks; those of no list are linked for reuse, so that a queue that has found its size allocates no more.
#[derive(Clone, Debug)]
pub(super) struct Arena<E> {
    slots: Vec<Entry<E>>,
    /// By chunk: the end of the one before it in its list, or of the next among the free.
    links: Vec<u32>,
    /// The end of the free chunk to be used next.
    free: u32,
}

impl<E> Default for Arena<E> {
    fn default() -> Self {
        Self { slots: Vec::new(), links: Vec::new(), free: NONE }
    }
}

impl<E: Copy> Arena<E> {
    /// Adds an entry to a list.
    #[inline]
    pub fn push(&mut self, list: &mut List, entry: Entry<E>) {
        if list.len % CHUNK == 0 {
            list.end = self.open(list.end, entry);
        }
        self.slots[list.end as usize] = entry;
        list.end += 1;
        list.len += 1;
    }

    /// Takes out the entry that was added last.
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

    /// The lowest and the highest key of a list that is not empty.
    pub fn range(&self, list: List) -> (Key, Key) {
        let (mut low, mut high) = (Key::MAX, 0);
        self.chunks(list, |entries| {
            for entry in entries {
                low = low.min(entry.key());
                high = high.max(entry.key());
            }
        });
        (low, high)
    }

    /// Adds the keys of a list.
    pub fn keys(&self, list: List, keys: &mut Vec<Key>) {
        self.chunks(list, |entries| keys.extend(entries.iter().map(Entry::key)));
    }

    fn chunks(&self, list: List, mut each: impl FnMut(&[Entry<E>])) {
        let (mut end, mut left) = (list.end, list.len);
        while left > 0 {
            let filled = (left - 1) % CHUNK + 1;
            each(&self.slots[(end - filled) as usize..end as usize]);
            left -= filled;
            end = self.links[((end - 1) / CHUNK) as usize];
        }
    }

    /// Memory that it holds beside itself [B].
    pub fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<Entry<E>>() + self.links.capacity() * size_of::<u32>()
    }

    /// The first slot of a chunk put behind the one that ends at `end`.
    fn open(&mut self, end: u32, filler: Entry<E>) -> u32 {
        let first = match self.free.checked_sub(CHUNK) {
            None => self.grow(filler),
            Some(first) => first,
        };
        self.free = std::mem::replace(&mut self.links[(first / CHUNK) as usize], end);
        first
    }

    /// Frees the chunk that starts at `first`; returns the end of the chunk before it.
    fn close(&mut self, first: u32) -> u32 {
        let before = std::mem::replace(&mut self.links[(first / CHUNK) as usize], self.free);
        self.free = first + CHUNK;
        before
    }

    /// The first slot of a chunk that is new; the filler is never read.
    #[cold]
    fn grow(&mut self, filler: Entry<E>) -> u32 {
        let first = self.slots.len();
        self.slots.resize(first + CHUNK as usize, filler);
        self.links.push(NONE);
        u32::try_from(first).expect("invariant: memory ends before 2³² entries of 16 bytes or more do")
    }
}
