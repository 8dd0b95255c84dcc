//! Devices in cells of equal kind and standing, and their moves from one cell to another.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use super::kinds::Kind;
use super::members::Members;
use crate::ids::{DeviceId, Id};

/// A cell; numbers of cells that ran empty are used again.
pub(crate) type Cell = u32;

/// No cell.
const NOWHERE: Cell = Cell::MAX;

/// A device's way from one cell to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    pub device: DeviceId,
    /// Where it was, if anywhere.
    pub from: Option<Cell>,
    /// Where it is.
    pub to: Cell,
    /// The cell that it left is empty, or was and has since become another.
    pub emptied: bool,
    /// The cell that it entered was empty.
    pub opened: bool,
}

/// Devices of one kind and one standing: what changes of them and counts.
#[derive(Debug)]
struct Group<S> {
    kind: Kind,
    standing: S,
    members: Members,
}

/// Which device is in which cell, as of the last time that notes were applied.
#[derive(Debug)]
pub(crate) struct Partition<S> {
    kind_of: Vec<Kind>,
    cell_of: Vec<Cell>,
    groups: Vec<Group<S>>,
    /// Of each kind its cells that are not empty, in order of their standings.
    kinds: Vec<BTreeMap<S, Cell>>,
    free: Vec<Cell>,
    noted: Vec<DeviceId>,
    /// A bit a device: whether it is noted.
    is_noted: Vec<u64>,
}

impl<S: Ord + Copy> Partition<S> {
    /// All devices by their kinds, none in a cell, every one noted; those of no kind are never looked at.
    pub fn new(kind_of: Vec<Kind>, kinds: usize) -> Self {
        let devices = kind_of.len();
        let mut partition = Self {
            kind_of,
            cell_of: vec![NOWHERE; devices],
            groups: Vec::new(),
            kinds: vec![BTreeMap::new(); kinds],
            free: Vec::new(),
            noted: Vec::new(),
            is_noted: vec![0; devices.div_ceil(64)],
        };
        partition.note_all();
        partition
    }

    /// A device may have changed.
    #[inline]
    pub fn note(&mut self, device: DeviceId) {
        let (word, bit) = (device.index() / 64, 1 << (device.index() % 64));
        if self.is_noted[word] & bit == 0 && self.kind_of[device.index()] != Kind::NONE {
            self.is_noted[word] |= bit;
            self.noted.push(device);
        }
    }

    /// All devices may have changed.
    pub fn note_all(&mut self) {
        (0..self.kind_of.len()).for_each(|device| self.note(DeviceId::new(device)));
    }

    /// Moves what is noted to the cells of its present standing; tells of every move, each device's one at most.
    #[inline]
    pub fn settle(&mut self, standing: impl Fn(DeviceId, Kind) -> S, mut moved: impl FnMut(Move)) {
        let many = self.noted.len() > 4096;
        while let Some(device) = self.noted.pop() {
            self.is_noted[device.index() / 64] &= !(1 << (device.index() % 64));
            let kind = self.kind_of[device.index()];
            self.place(device, kind, standing(device, kind), &mut moved);
        }
        if many {
            self.noted = Vec::new();
        }
    }

    #[inline]
    fn place(&mut self, device: DeviceId, kind: Kind, standing: S, moved: &mut impl FnMut(Move)) {
        let before = self.cell_of[device.index()];
        let from = (before != NOWHERE).then_some(before);
        if from.is_some_and(|from| self.groups[from as usize].standing == standing) {
            return;
        }
        let emptied = from.is_some_and(|from| self.leave(device, kind, from));
        let known = self.kinds[kind.index()].get(&standing).copied();
        let to = known.unwrap_or_else(|| self.open(kind, standing));
        self.cell_of[device.index()] = to;
        let cell_of = &self.cell_of;
        self.groups[to as usize].members.enter(device, cell_of.len(), |other| cell_of[other.index()] == to);
        moved(Move { device, from, to, emptied, opened: known.is_none() });
    }

    /// Takes a device out of its cell; tells whether that is empty now.
    fn leave(&mut self, device: DeviceId, kind: Kind, from: Cell) -> bool {
        self.cell_of[device.index()] = NOWHERE;
        let (group, cell_of) = (&mut self.groups[from as usize], &self.cell_of);
        group.members.leave(device, cell_of.len(), |other| cell_of[other.index()] == from);
        let emptied = group.members.is_empty();
        if emptied {
            self.kinds[kind.index()].remove(&group.standing);
            self.free.push(from);
        }
        emptied
    }

    fn open(&mut self, kind: Kind, standing: S) -> Cell {
        let cell = match self.free.pop() {
            Some(cell) => {
                let group = &mut self.groups[cell as usize];
                (group.kind, group.standing) = (kind, standing);
                cell
            }
            None => {
                self.groups.push(Group { kind, standing, members: Members::default() });
                Cell::try_from(self.groups.len() - 1).expect("invariant: no more cells than devices")
            }
        };
        self.kinds[kind.index()].insert(standing, cell);
        cell
    }

    /// A number above all cells'.
    pub fn cells(&self) -> usize {
        self.groups.len()
    }

    /// Kind and standing of a cell; `None` if it is empty.
    #[inline]
    pub fn cell(&self, cell: Cell) -> Option<(Kind, S)> {
        let group = &self.groups[cell as usize];
        (!group.members.is_empty()).then_some((group.kind, group.standing))
    }

    /// The lowest device in a cell.
    #[inline]
    pub fn lowest(&mut self, cell: Cell) -> Option<DeviceId> {
        let cell_of = &self.cell_of;
        self.groups[cell as usize].members.lowest(|device| cell_of[device.index()] == cell)
    }

    /// The first cell of a kind, or the first whose standing is above another.
    #[inline]
    pub fn first(&self, kind: Kind, above: Option<S>) -> Option<(S, Cell)> {
        let cells = &self.kinds[kind.index()];
        let found = match above {
            None => cells.first_key_value(),
            Some(state) => cells.range((Excluded(state), Unbounded)).next(),
        };
        found.map(|(&state, &cell)| (state, cell))
    }

    /// Memory beside itself [B]; that of the maps is estimated at twice their entries.
    pub fn bytes(&self) -> usize {
        let members: usize = self.groups.iter().map(|group| group.members.bytes()).sum();
        let entries: usize = self.kinds.iter().map(BTreeMap::len).sum();
        self.kind_of.capacity() * size_of::<Kind>()
            + (self.cell_of.capacity() + self.free.capacity() + self.noted.capacity()) * size_of::<u32>()
            + self.is_noted.capacity() * size_of::<u64>()
            + self.groups.capacity() * size_of::<Group<S>>()
            + self.kinds.capacity() * size_of::<BTreeMap<S, Cell>>()
            + 2 * entries * size_of::<(S, Cell)>()
            + members
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_knows_its_lowest_device_as_sorted_sets_do(
            rounds in prop::collection::vec(prop::collection::vec((0u32..90, 0u8..4), 0..60), 1..40),
        ) {
            let kind = |device: u32| Kind::new((device % 3) as usize);
            let mut standings = [0u8; 90];
            let mut partition = Partition::new((0..90).map(kind).collect(), 3);
            for round in rounds {
                for (device, standing) in round {
                    standings[device as usize] = standing;
                    partition.note(DeviceId(device));
                }
                partition.settle(|device, _| standings[device.index()], |_| {});
                let all: BTreeSet<(Kind, u8, DeviceId)> =
                    (0..90).map(|device| (kind(device), standings[device as usize], DeviceId(device))).collect();
                let mut cells = 0;
                for k in 0..3 {
                    let mut at = None;
                    while let Some((standing, cell)) = partition.first(Kind::new(k), at) {
                        let members = all.range((Kind::new(k), standing, DeviceId(0))..=(Kind::new(k), standing, DeviceId(90)));
                        prop_assert_eq!(partition.lowest(cell), members.map(|&(.., device)| device).next());
                        prop_assert_eq!(partition.cell(cell), Some((Kind::new(k), standing)));
                        (at, cells) = (Some(standing), cells + 1);
                    }
                }
                let expected: BTreeSet<(Kind, u8)> = all.iter().map(|&(kind, standing, _)| (kind, standing)).collect();
                prop_assert_eq!(cells, expected.len());
            }
            // Entries of those who left are no more than members, and a few.
            prop_assert!(partition.bytes() < 20_000, "{} bytes", partition.bytes());
        }
    }
}
