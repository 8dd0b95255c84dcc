//! The highest of many scores while single ones change.

use crate::ids::DeviceId;

/// A score and who has it; of equal scores the lowest id is the better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entrant {
    pub score: f64,
    pub device: DeviceId,
}

impl Entrant {
    /// Nobody, worse than anybody.
    pub const NOBODY: Self = Self { score: f64::NEG_INFINITY, device: DeviceId(u32::MAX) };

    /// The better of two.
    #[inline]
    pub fn better(self, other: Self) -> Self {
        let wins = other.score > self.score || (other.score == self.score && other.device < self.device);
        if wins { other } else { self }
    }

    /// Who it is, if anybody.
    #[inline]
    pub fn device(self) -> Option<DeviceId> {
        (self != Self::NOBODY).then_some(self.device)
    }
}

/// A complete binary tree: leaves in order, each inner place the better of the two below it.
#[derive(Debug)]
pub(crate) struct Tournament {
    places: Vec<Entrant>,
}

impl Tournament {
    /// So many entrants, nobody yet.
    pub fn new(entrants: usize) -> Self {
        Self { places: vec![Entrant::NOBODY; 2 * entrants.next_power_of_two()] }
    }

    /// The winner.
    #[inline]
    pub fn winner(&self) -> Entrant {
        self.places[1]
    }

    /// What stands in a leaf.
    #[inline]
    pub fn get(&self, leaf: usize) -> Entrant {
        self.places[self.places.len() / 2 + leaf]
    }

    /// Replaces what stands in a leaf.
    #[inline]
    pub fn set(&mut self, leaf: usize, entrant: Entrant) {
        let mut at = self.places.len() / 2 + leaf;
        self.places[at] = entrant;
        while at > 1 {
            at /= 2;
            let better = self.places[2 * at].better(self.places[2 * at + 1]);
            if self.places[at] == better {
                return;
            }
            self.places[at] = better;
        }
    }

    /// Replaces what stands in a leaf by one that is better.
    #[inline]
    pub fn offer(&mut self, leaf: usize, entrant: Entrant) {
        let standing = self.get(leaf);
        if standing.better(entrant) != standing {
            self.set(leaf, entrant);
        }
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Entrant>()
    }
}
