//! The near future: entries in narrow buckets, each bucket in order.

use super::entry::{Entry, Key};

/// Buckets of the window: their heads take 16 KiB, of which a stretch is in use.
pub(super) const BUCKETS: usize = 4096;
const WORD: usize = u64::BITS as usize;
/// Buckets to an entry, as a power of two: with a fourth of them, W3 of 190 pending events takes 8 % longer.
const SPARSE: u32 = 2;
/// No node.
const NONE: u32 = u32::MAX;
/// Steps along buckets that every entry brings with it, and that a window starts with: one that was cut too wide is
/// noticed when they are used up.
const STEPS: i32 = 4;
const FIRST_STEPS: i32 = 64;

/// An entry with the next one of its bucket.
#[derive(Clone, Copy, Debug)]
struct Node<E> {
    entry: Entry<E>,
    next: u32,
}

/// A window on the keys that come next, cut so narrow that a bucket holds one entry or so: a push finds its place at
/// once, and a pop takes the head of the first bucket. Keys before the window count to its first bucket.
#[derive(Clone, Debug)]
pub(super) struct Near<E> {
    start: Key,
    /// Behind the last key that belongs here.
    end: Key,
    /// The width of a bucket is two to this power.
    shift: u32,
    /// The earliest entry, in no bucket: it is at hand as soon as it is asked for.
    first: u32,
    first_key: Key,
    /// No bucket of the words before this one holds anything.
    word: usize,
    len: usize,
    /// Steps left; below zero the window is too wide.
    patience: i32,
    /// The node freed last.
    free: u32,
    nodes: Vec<Node<E>>,
    /// One bit a bucket: it holds something.
    filled: [u64; BUCKETS / WORD],
    heads: [u32; BUCKETS],
}

impl<E> Near<E> {
    /// A window on no keys.
    pub const fn new() -> Self {
        Self {
            start: 0,
            end: 0,
            shift: 0,
            first: NONE,
            first_key: Key::MAX,
            word: 0,
            len: 0,
            patience: 0,
            free: NONE,
            nodes: Vec::new(),
            filled: [0; BUCKETS / WORD],
            heads: [NONE; BUCKETS],
        }
    }
}

impl<E: Copy> Near<E> {
    /// Entries in it.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// Behind the last key that belongs here.
    #[inline]
    pub fn end(&self) -> Key {
        self.end
    }

    /// Whether entries stand so close that finding their places takes too long.
    #[inline]
    pub fn is_crowded(&self) -> bool {
        self.patience < 0
    }

    /// Moves the window, which is empty, to the keys from `start` on, but none from `limit` on; so many entries come
    /// within `reach` of it.
    pub fn open(&mut self, start: Key, reach: Key, entries: usize, limit: Key) {
        let bits = |number: Key| Key::BITS - number.leading_zeros();
        let buckets = BUCKETS.trailing_zeros();
        // Never so narrow that they are outside.
        let narrow = (bits(entries as Key) + SPARSE).min(buckets);
        self.shift = bits(reach).saturating_sub(narrow).min(Key::BITS - 1 - buckets);
        self.start = start;
        self.end = start.saturating_add(1 << (self.shift + buckets)).min(limit);
        self.word = 0;
        self.patience = FIRST_STEPS;
    }

    /// Ends the window, which is empty, before a key.
    pub fn close(&mut self, end: Key) {
        self.end = end;
        self.patience = FIRST_STEPS;
    }

    /// Puts an entry into its place; there is room for it.
    #[inline]
    pub fn push(&mut self, entry: Entry<E>) {
        self.len += 1;
        let at = self.store(entry);
        let (first, first_key) = (self.first, self.first_key);
        if entry.key() >= first_key {
            return self.link(at, entry.key());
        }
        (self.first, self.first_key) = (at, entry.key());
        if first != NONE {
            self.link(first, first_key);
        }
    }

    /// Puts a node into its place in its bucket.
    #[inline]
    fn link(&mut self, at: u32, key: Key) {
        let ahead = key.saturating_sub(self.start);
        let bucket = ((ahead >> self.shift) as usize).min(BUCKETS - 1);
        let (mut before, mut next) = (NONE, self.heads[bucket]);
        while let Some(node) = self.nodes.get(next as usize).filter(|node| node.entry.key() < key) {
            (before, next) = (next, node.next);
            self.patience -= 1;
        }
        self.nodes[at as usize].next = next;
        match self.nodes.get_mut(before as usize) {
            Some(node) => node.next = at,
            None => self.heads[bucket] = at,
        }
        self.filled[bucket / WORD] |= 1 << (bucket % WORD);
        self.word = self.word.min(bucket / WORD);
        self.patience += STEPS;
    }

    #[inline]
    fn store(&mut self, entry: Entry<E>) -> u32 {
        let at = self.free;
        if let Some(node) = self.nodes.get_mut(at as usize) {
            self.free = node.next;
            node.entry = entry;
        }
        at
    }

    /// Whether there is no room for an entry.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.free == NONE
    }

    /// Makes room for one more; the filler is never read.
    pub fn grow(&mut self, filler: Entry<E>) {
        self.free = u32::try_from(self.nodes.len()).expect("invariant: memory ends before 2³² entries of 32 bytes do");
        self.nodes.push(Node { entry: filler, next: NONE });
    }

    /// The earliest entry.
    #[inline]
    pub fn first(&self) -> Option<&Entry<E>> {
        self.nodes.get(self.first as usize).map(|node| &node.entry)
    }

    /// Takes the earliest entry out if its key is at most this one.
    #[inline]
    pub fn pop_until(&mut self, last: Key) -> Option<Entry<E>> {
        if self.first_key > last {
            return None;
        }
        let at = self.first;
        let node = self.nodes.get_mut(at as usize)?;
        let entry = node.entry;
        node.next = self.free;
        self.free = at;
        self.len -= 1;
        self.advance();
        Some(entry)
    }

    /// Takes the head of the first bucket that holds something for the first entry.
    #[inline]
    fn advance(&mut self) {
        while let Some(filled) = self.filled.get_mut(self.word) {
            if *filled == 0 {
                self.word += 1;
                continue;
            }
            let head = &mut self.heads[(self.word * WORD + filled.trailing_zeros() as usize) % BUCKETS];
            let Some(node) = self.nodes.get(*head as usize) else { break };
            (self.first, self.first_key) = (*head, node.entry.key());
            *head = node.next;
            if node.next == NONE {
                *filled &= *filled - 1;
            }
            return;
        }
        (self.first, self.first_key) = (NONE, Key::MAX);
    }

    /// Memory that it holds beside itself [B].
    pub fn memory(&self) -> usize {
        self.nodes.capacity() * size_of::<Node<E>>()
    }
}
