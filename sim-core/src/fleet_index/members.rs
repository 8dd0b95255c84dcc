//! The devices of one cell, the lowest id at hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::DeviceId;

/// Entries beyond twice the members that are not worth sorting out.
const SLACK: usize = 32;

/// A heap whose entries count only while their device is a member: who leaves is dropped when it comes to the top.
#[derive(Debug, Default)]
pub(super) struct Members {
    heap: BinaryHeap<Reverse<DeviceId>>,
    count: u32,
}

impl Members {
    /// Takes a device in; `lives` tells who is a member now, it included.
    #[inline]
    pub fn enter(&mut self, device: DeviceId, lives: impl Fn(DeviceId) -> bool) {
        self.count += 1;
        self.heap.push(Reverse(device));
        self.tidy(lives);
    }

    /// Lets a device go; `lives` tells who is a member now, it no more.
    #[inline]
    pub fn leave(&mut self, lives: impl Fn(DeviceId) -> bool) {
        self.count -= 1;
        if self.count > 0 {
            self.tidy(lives);
        } else if self.heap.capacity() > SLACK {
            self.heap = BinaryHeap::new();
        } else {
            self.heap.clear();
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The lowest member.
    #[inline]
    pub fn lowest(&mut self, lives: impl Fn(DeviceId) -> bool) -> Option<DeviceId> {
        while let Some(&Reverse(device)) = self.heap.peek() {
            if lives(device) {
                return Some(device);
            }
            self.heap.pop();
        }
        None
    }

    /// Drops the entries of those who left, where they are the most.
    #[inline]
    fn tidy(&mut self, lives: impl Fn(DeviceId) -> bool) {
        if self.heap.len() > 2 * self.count as usize + SLACK {
            self.compact(lives);
        }
    }

    #[cold]
    fn compact(&mut self, lives: impl Fn(DeviceId) -> bool) {
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.retain(|&Reverse(device)| lives(device));
        entries.sort_unstable_by_key(|&Reverse(device)| device);
        entries.dedup();
        entries.shrink_to(entries.len() + entries.len() / 2 + SLACK);
        self.heap = BinaryHeap::from(entries);
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<DeviceId>()
    }
}
