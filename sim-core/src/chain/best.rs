//! The best chains: label-setting dynamic programming over (cut, devices used, device at work), exact.
//!
//! A label is one way to have computed the layers before a cut. Of two labels of the same cut, the same devices used and
//! the same device at work, one that is no better in any figure that counts cannot become better by the same steps, since
//! steps add to both figures alike, or raise the slowest; so it is dropped.

use std::ops::Range;

use super::tables::{Step, Tables};
use crate::ids::DeviceId;
use crate::scheduler::Cuts;

/// Which labels are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The one of least time; of equals, of least cost.
    Time,
    /// The one of least cost; of equals, of least time.
    Cost,
    /// All that no other one undercuts in time and cost.
    Both,
}

/// What the time of a chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Along {
    /// The sum of its steps.
    Sum,
    /// Its slowest step.
    Slowest,
}

/// What is searched for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub keep: Keep,
    pub along: Along,
    /// Segments at most.
    pub parts: u32,
}

#[derive(Clone, Copy, Debug)]
struct Label {
    time: u64,
    cost: f64,
    /// The label it extends, or `START`.
    before: u32,
    /// The cut that it ends at.
    to: u16,
    /// The device of its last segment, its place in the tables.
    device: u8,
}

const START: u32 = u32::MAX;

impl Keep {
    /// Whether a label makes another one of the same state superfluous.
    #[inline]
    fn beats(self, a: &Label, b: &Label) -> bool {
        match self {
            Self::Time => a.time < b.time || (a.time == b.time && a.cost <= b.cost),
            Self::Cost => a.cost < b.cost || (a.cost == b.cost && a.time <= b.time),
            Self::Both => a.time <= b.time && a.cost <= b.cost,
        }
    }
}

impl Along {
    #[inline]
    fn then(self, time: u64, step: u64) -> u64 {
        match self {
            Self::Sum => time.saturating_add(step),
            Self::Slowest => time.max(step),
        }
    }
}

/// A chain that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Time [ns], without waits.
    pub time: u64,
    /// Cost.
    pub cost: f64,
    segments: Range<usize>,
}

/// Chains found: for each set of devices those that no other one over the same devices undercuts, by rising time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    /// The sets of devices, as bits by place in the tables, each with its chains.
    pub sets: Vec<(u32, Range<usize>)>,
    /// The chains.
    pub found: Vec<Found>,
    segments: Vec<(DeviceId, Cuts)>,
}

impl Chains {
    /// The segments of a chain in order.
    pub fn segments(&self, found: &Found) -> &[(DeviceId, Cuts)] {
        &self.segments[found.segments.clone()]
    }

    fn clear(&mut self) {
        self.sets.clear();
        self.found.clear();
        self.segments.clear();
    }
}

/// Where a label stands.
#[derive(Clone, Copy)]
struct Stand {
    label: u32,
    cut: u16,
    set: u32,
    at: Option<usize>,
}

/// The memory of a search, kept for the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    labels: Vec<Label>,
    /// Labels that stand, by cut, set and device; whole chains by set at the end.
    states: Vec<Vec<u32>>,
    sets: usize,
    devices: usize,
}

impl Search {
    /// All chains that count over the devices of the tables.
    pub fn run(&mut self, tables: &Tables, rules: Rules, chains: &mut Chains) {
        chains.clear();
        let last = tables.last();
        self.devices = tables.devices().len();
        self.sets = 1 << self.devices;
        self.labels.clear();
        let states = usize::from(last) * self.sets * self.devices + self.sets;
        self.states.iter_mut().for_each(Vec::clear);
        self.states.resize_with(states.max(self.states.len()), Vec::new);
        self.extend(tables, rules, Stand { label: START, cut: 0, set: 0, at: None });
        for cut in 1..last {
            for set in 1..self.sets as u32 {
                for at in (0..self.devices).filter(|at| set & (1 << at) != 0) {
                    let state = self.state(cut, set, at);
                    for k in 0..self.states[state].len() {
                        let label = self.states[state][k];
                        self.extend(tables, rules, Stand { label, cut, set, at: Some(at) });
                    }
                }
            }
        }
        self.collect(tables, chains);
    }

    fn state(&self, cut: u16, set: u32, at: usize) -> usize {
        (usize::from(cut) * self.sets + set as usize) * self.devices + at
    }

    fn whole(&self, last: u16, set: u32) -> usize {
        usize::from(last) * self.sets * self.devices + set as usize
    }

    /// Every next segment on a device that is not used yet.
    fn extend(&mut self, tables: &Tables, rules: Rules, from: Stand) {
        let last = tables.last();
        let parts = from.set.count_ones() + 1;
        let first = if parts == rules.parts { last } else { from.cut + 1 };
        let (time, cost) = match from.label {
            START => (0, 0.0),
            label => (self.labels[label as usize].time, self.labels[label as usize].cost),
        };
        for device in (0..self.devices).filter(|device| parts <= rules.parts && from.set & (1 << device) == 0) {
            let moved = tables.moving(from.at, device, from.cut);
            for to in first..=last {
                let Some(segment) = tables.segment(device, from.cut, to) else { continue };
                let home = if to == last { tables.homeward(device) } else { Step { time: 0, cost: 0.0 } };
                let times = [moved.time, segment.time, home.time];
                let label = Label {
                    time: times.into_iter().fold(time, |time, step| rules.along.then(time, step)),
                    cost: cost + moved.cost + segment.cost + home.cost,
                    before: from.label,
                    to,
                    device: device as u8,
                };
                let set = from.set | 1 << device;
                let state = if to == last { self.whole(last, set) } else { self.state(to, set, device) };
                self.insert(state, label, rules.keep);
            }
        }
    }

    fn insert(&mut self, state: usize, label: Label, keep: Keep) {
        let (labels, state) = (&mut self.labels, &mut self.states[state]);
        if state.iter().any(|&other| keep.beats(&labels[other as usize], &label)) {
            return;
        }
        state.retain(|&other| !keep.beats(&label, &labels[other as usize]));
        state.push(labels.len() as u32);
        labels.push(label);
    }

    fn collect(&mut self, tables: &Tables, chains: &mut Chains) {
        // One chain a set, over all its devices: the next search writes into the same memory.
        chains.segments.reserve(self.sets * self.devices);
        for set in 1..self.sets as u32 {
            let state = self.whole(tables.last(), set);
            let labels = &self.labels;
            self.states[state].sort_unstable_by_key(|&label| labels[label as usize].time);
            let first = chains.found.len();
            for &label in &self.states[state] {
                let Label { time, cost, .. } = labels[label as usize];
                let segments = trace(labels, label, tables.devices(), &mut chains.segments);
                chains.found.push(Found { time, cost, segments });
            }
            if chains.found.len() > first {
                chains.sets.push((set, first..chains.found.len()));
            }
        }
    }
}

/// Writes the segments that led to a label; where they are.
fn trace(labels: &[Label], label: u32, devices: &[DeviceId], segments: &mut Vec<(DeviceId, Cuts)>) -> Range<usize> {
    let first = segments.len();
    let mut at = label;
    while at != START {
        let Label { before, to, device, .. } = labels[at as usize];
        let from = if before == START { 0 } else { labels[before as usize].to };
        segments.push((devices[usize::from(device)], Cuts { from, to }));
        at = before;
    }
    segments[first..].reverse();
    first..segments.len()
}
