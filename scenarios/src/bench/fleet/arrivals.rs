//! Poisson arrivals of every device in order of time, a slab of time after the other.

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::units::SimTime;

use crate::bench::draws::Draws;

/// Mean gap of a device's arrivals [s].
const GAP_S: f64 = 5.0;
/// Length of a slab [s]: an offset in it [ns] takes 31 bits, so that it and a device are one word to sort by.
const SLAB_S: f64 = 2.0;

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
    /// What comes in it, in order: nanoseconds since its start, then the device.
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
        Self { devices: (0..devices).map(device).collect(), end, until: 0.0, base: 0, slab: Vec::new(), taken: 0 }
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
                    self.slab.push(offset << 32 | d as u64);
                    device.next += device.gaps.exponential(GAP_S);
                }
            }
            self.slab.sort_unstable();
        }
    }
}

impl ArrivalSource for Tasks {
    #[inline]
    fn peek(&mut self) -> Option<SimTime> {
        if self.taken == self.slab.len() {
            self.fill();
        }
        self.slab.get(self.taken).map(|key| SimTime(self.base + (key >> 32)))
    }

    #[inline]
    fn next(&mut self) -> Option<Arrival> {
        let at = self.peek()?;
        let origin = DeviceId(self.slab[self.taken] as u32);
        self.taken += 1;
        Some(Arrival { at, origin, model: ModelId(0), class: RequestClassId(0), work: 1.0, input: None, client: None })
    }

    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_those_of_each_device_merged_by_time() {
        let (devices, end) = (7, 61.5);
        let mut expected: Vec<(SimTime, u32)> = Vec::new();
        for d in 0..devices {
            let mut gaps = Draws::new(3, u64::from(d));
            let mut at = gaps.exponential(GAP_S);
            while at < end {
                expected.push((SimTime::from_secs(at), d));
                at += gaps.exponential(GAP_S);
            }
        }
        expected.sort_unstable();
        let mut tasks = Tasks::new(devices, end);
        let got: Vec<_> = std::iter::from_fn(|| tasks.next()).map(|task| (task.at, task.origin.0)).collect();
        assert_eq!(got, expected);
        assert!(got.len() > 30, "{} arrivals", got.len());
    }
}
