//! A set of devices as bits, the lowest found in a few steps.

use crate::ids::{DeviceId, Id};

const WORD: usize = u64::BITS as usize;

/// A bit a device; above it, level by level, a bit for each word that holds any.
#[derive(Clone, Debug)]
pub(super) struct Bits {
    /// The lowest level first; the last one is a single word.
    levels: Vec<Vec<u64>>,
}

impl Bits {
    /// None of so many devices.
    pub fn new(devices: usize) -> Self {
        let mut levels = vec![vec![0; devices.div_ceil(WORD).max(1)]];
        while let Some(words) = levels.last().map(Vec::len).filter(|&words| words > 1) {
            levels.push(vec![0; words.div_ceil(WORD)]);
        }
        Self { levels }
    }

    /// Takes a device in.
    #[inline]
    pub fn insert(&mut self, device: DeviceId) {
        let mut at = device.index();
        for level in &mut self.levels {
            let word = &mut level[at / WORD];
            let before = *word;
            *word |= 1 << (at % WORD);
            if before != 0 {
                return;
            }
            at /= WORD;
        }
    }

    /// Lets a device go.
    #[inline]
    pub fn remove(&mut self, device: DeviceId) {
        let mut at = device.index();
        for level in &mut self.levels {
            let word = &mut level[at / WORD];
            *word &= !(1 << (at % WORD));
            if *word != 0 {
                return;
            }
            at /= WORD;
        }
    }

    /// The lowest device.
    #[inline]
    pub fn lowest(&self) -> Option<DeviceId> {
        let mut at = 0;
        for level in self.levels.iter().rev() {
            let word = level[at];
            if word == 0 {
                return None;
            }
            at = at * WORD + word.trailing_zeros() as usize;
        }
        Some(DeviceId::new(at))
    }

    /// All devices in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = DeviceId> {
        let words = self.levels[0].iter().enumerate();
        words.flat_map(|(k, &word)| {
            (0..WORD).filter(move |bit| word >> bit & 1 == 1).map(move |bit| DeviceId::new(k * WORD + bit))
        })
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * size_of::<u64>() + size_of::<Vec<u64>>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_lowest_bit_is_that_of_a_sorted_set(
            devices in 1u32..10_000, changes in prop::collection::vec((any::<bool>(), any::<u32>()), 1..200),
        ) {
            let (mut bits, mut set) = (Bits::new(devices as usize), BTreeSet::new());
            for (enters, device) in changes {
                let device = DeviceId(device % devices);
                if enters {
                    bits.insert(device);
                    set.insert(device);
                } else {
                    // Whoever leaves is the lowest, or somebody else, or nobody.
                    let device = set.first().copied().filter(|_| device.0 % 2 == 0).unwrap_or(device);
                    bits.remove(device);
                    set.remove(&device);
                }
                prop_assert_eq!(bits.lowest(), set.first().copied());
                prop_assert!(bits.iter().eq(set.iter().copied()));
            }
        }
    }
}
