//! Poisson arrivals of every device in order of time, a slab of time after the other.

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::units::SimTime;

use crate::bench::draws::Draws;

/// Mean gap of a device's arrivals [s].
const GAP_S: f64 = 5.0;
/// Length of a slab [s]: an offset in it [ns] takes 32 bits, so that it and a device are one word to sort by.
const SLAB_S: f64 = 4.0;
/// Places in time that the arrivals of a slab are dealt out to: about one to each in a fleet of ten thousand.
const PLACES: usize = 1 << 13;
/// More to a place than this are sorted as if they had not been dealt out.
const CROWDED: usize = 16;

/// One device's arrivals: what comes next [s], and the draws of what comes then.
struct Device {
    next: f64,
    gaps: Draws,
}

/// Arrivals of a fleet. Devices are asked in turn for what comes in the next slab, and only that is sorted: all is read
/// in order, and no queue holds an event a device.
pub(super) struct Tasks {
    devices: Vec<Device>,
    /// First instant without arrivals [s].
    end: f64,
    /// End of the present slab [s].
    until: f64,
    /// Its start [ns].
    base: u64,
    /// What comes in it as it is drawn, and how much in each place in time; then in order: nanoseconds since its start,
    /// then the device.
    drawn: Vec<u64>,
    counts: Vec<u32>,
    slab: Vec<u64>,
    taken: usize,
}

impl Tasks {
    /// Arrivals of so many devices before an instant [s].
    pub fn new(devices: u32, end: f64) -> Self {
        let device = |d: u32| {
            let mut gaps = Draws::new(3, u64::from(d));
            Device { next: gaps.exponential(GAP_S), gaps }
        };
        Self {
            devices: (0..devices).map(device).collect(),
            end,
            until: 0.0,
            base: 0,
            drawn: Vec::new(),
            counts: vec![0; PLACES],
            slab: Vec::new(),
            taken: 0,
        }
    }

    /// Takes the next slabs until one has arrivals.
    fn fill(&mut self) {
        self.slab.clear();
        self.taken = 0;
        while self.slab.is_empty() && self.until < self.end {
            self.base = SimTime::from_secs(self.until).0;
            self.until += SLAB_S;
            let until = self.until.min(self.end);
            for (d, device) in self.devices.iter_mut().enumerate() {
                while device.next < until {
                    let offset = SimTime::from_secs(device.next).0 - self.base;
                    let key = offset << u32::BITS | d as u64;
                    self.drawn.push(key);
                    self.counts[place(key)] += 1;
                    device.next += device.gaps.exponential(GAP_S);
                }
            }
            self.deal();
            self.settle_ties();
        }
    }

    /// Sorts what was drawn: dealt out to its places in time, each arrival stands beside its own.
    fn deal(&mut self) {
        let mut before = 0;
        for count in &mut self.counts {
            before += std::mem::replace(count, before);
        }
        self.slab.resize(self.drawn.len(), 0);
        for key in self.drawn.drain(..) {
            let next = &mut self.counts[place(key)];
            self.slab[*next as usize] = key;
            *next += 1;
        }
        self.counts.fill(0);
        if self.slab.len() > CROWDED * PLACES {
            return self.slab.sort_unstable();
        }
        for k in 1..self.slab.len() {
            let (key, mut to) = (self.slab[k], k);
            while to > 0 && self.slab[to - 1] > key {
                self.slab[to] = self.slab[to - 1];
                to -= 1;
            }
            self.slab[to] = key;
        }
    }

    /// Puts arrivals of the same nanosecond in the order in which they would have been put into a queue: each by the
    /// arrival before it on its device, the first ones of all before those.
    fn settle_ties(&mut self) {
        let base = self.base;
        for together in self.slab.chunk_by_mut(|a, b| offset(*a) == offset(*b)).filter(|chunk| chunk.len() > 1) {
            together.sort_by_cached_key(|&key| (before(device(key), SimTime(base + offset(key))), device(key)));
        }
    }
}

/// Nanoseconds since the slab's start.
#[inline]
fn offset(key: u64) -> u64 {
    key >> u32::BITS
}

/// Its place in time among all of a slab.
#[inline]
fn place(key: u64) -> usize {
    (key >> (u64::BITS - PLACES.trailing_zeros())) as usize
}

/// Whose arrival it is.
#[inline]
fn device(key: u64) -> u32 {
    key as u32
}

/// The instant of a device's arrival before the one at `at`, drawn anew: ties are too rare to keep it for all.
fn before(device: u32, at: SimTime) -> Option<SimTime> {
    let mut gaps = Draws::new(3, u64::from(device));
    let (mut last, mut next) = (None, gaps.exponential(GAP_S));
    while SimTime::from_secs(next) < at {
        last = Some(SimTime::from_secs(next));
        next += gaps.exponential(GAP_S);
    }
    last
}

impl ArrivalSource for Tasks {
    #[inline]
    fn peek(&mut self) -> Option<SimTime> {
        if self.taken == self.slab.len() {
            self.fill();
        }
        self.slab.get(self.taken).map(|&key| SimTime(self.base + offset(key)))
    }

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        let at = self.peek()?;
        let origin = DeviceId(device(self.slab[self.taken]));
        self.taken += 1;
        Some(Arrival {
            at,
            origin,
            model: ModelId(0),
            class: RequestClassId(0),
            work: 1.0,
            input: None,
            slack: None,
            deadline: None,
            client: None,
        })
    }

    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use super::*;

    /// One pending arrival a device, in order of time and then of insertion: 100,000 devices meet in a nanosecond at times.
    #[test]
    fn arrivals_come_in_the_order_of_a_heap_that_holds_one_of_each_device() {
        let (devices, end) = (100_000, 20.5);
        let mut gaps: Vec<Draws> = (0..devices).map(|d| Draws::new(3, u64::from(d))).collect();
        let mut heap = BinaryHeap::new();
        let mut inserted = 0_u64;
        let mut push = |heap: &mut BinaryHeap<_>, d: u32, at: f64| {
            inserted += 1;
            if at < end {
                heap.push(Reverse((SimTime::from_secs(at), inserted, d, at.to_bits())));
            }
        };
        (0..devices).for_each(|d| push(&mut heap, d, gaps[d as usize].exponential(GAP_S)));
        let (mut tasks, mut last, mut ties) = (Tasks::new(devices, end), SimTime::NEVER, 0);
        while let Some(Reverse((at, _, d, exact))) = heap.pop() {
            push(&mut heap, d, f64::from_bits(exact) + gaps[d as usize].exponential(GAP_S));
            assert_eq!(tasks.next().map(|task| (task.at, task.origin)), Some((at, DeviceId(d))));
            ties += u32::from(at == last);
            last = at;
        }
        assert_eq!(tasks.next(), None);
        assert!(ties > 0, "no arrivals of the same nanosecond: the test says nothing of their order");
    }
}
