//! The devices of one cell, the lowest id at hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::Bits;
use crate::ids::DeviceId;

/// Entries beyond twice the members that are not worth sorting out.
const SLACK: usize = 32;
/// At least so many members are kept as bits, if they are more than one in so many of all devices: 16 bytes for each
/// then, as much as a heap that is twice as long as it has members takes with what it needs to grow.
const MANY: u32 = 16;
const DENSE: usize = 128;
/// They are no more if fewer than one in so many are left.
const SPARSE: usize = 256;

/// A heap whose entries count only while their device is a member: who leaves is dropped when it comes to the top. Where
/// many of all devices are members, a bit for each device.
#[derive(Debug, Default)]
pub(super) struct Members {
    heap: BinaryHeap<Reverse<DeviceId>>,
    /// In use instead of the heap.
    bits: Option<Box<Bits>>,
    count: u32,
}

impl Members {
    /// Takes in one of so many devices; `lives` tells who is a member now, it included.
    #[inline]
    pub fn enter(&mut self, device: DeviceId, devices: usize, lives: impl Fn(DeviceId) -> bool) {
        self.count += 1;
        if let Some(bits) = &mut self.bits {
            return bits.insert(device);
        }
        self.heap.push(Reverse(device));
        if self.count >= MANY && self.count as usize * DENSE > devices {
            self.thicken(devices, lives);
        } else {
            self.tidy(lives);
        }
    }

    /// Lets one of so many devices go; `lives` tells who is a member now, it no more.
    #[inline]
    pub fn leave(&mut self, device: DeviceId, devices: usize, lives: impl Fn(DeviceId) -> bool) {
        self.count -= 1;
        if let Some(bits) = &mut self.bits {
            bits.remove(device);
            if self.count == 0 || (self.count as usize * SPARSE) < devices {
                self.thin();
            }
        } else if self.count > 0 {
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
        if let Some(bits) = &self.bits {
            return bits.lowest();
        }
        while let Some(&Reverse(device)) = self.heap.peek() {
            if lives(device) {
                return Some(device);
            }
            self.heap.pop();
        }
        None
    }

    /// From a heap to bits.
    #[cold]
    fn thicken(&mut self, devices: usize, lives: impl Fn(DeviceId) -> bool) {
        let mut bits = Bits::new(devices);
        let entries = std::mem::take(&mut self.heap);
        entries.iter().filter(|entry| lives(entry.0)).for_each(|entry| bits.insert(entry.0));
        self.bits = Some(Box::new(bits));
    }

    /// From bits to a heap.
    #[cold]
    fn thin(&mut self) {
        self.heap = self.bits.take().iter().flat_map(|bits| bits.iter()).map(Reverse).collect();
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
        let bits = self.bits.as_ref().map_or(0, |bits| size_of::<Bits>() + bits.bytes());
        self.heap.capacity() * size_of::<DeviceId>() + bits
    }
}
