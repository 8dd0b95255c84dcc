//! What every segment takes on every device of a chain, and every tensor between two of them.

use crate::ids::DeviceId;
use crate::scheduler::{Cuts, Request, View};

/// What one step of a chain takes: a segment on a device, or a tensor on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Time [ns].
    pub time: u64,
    /// Cost, in the unit of who fills the tables.
    pub cost: f64,
}

impl Step {
    /// What cannot be done.
    const NEVER: Self = Self { time: u64::MAX, cost: f64::INFINITY };

    fn is_possible(self) -> bool {
        self.time < u64::MAX && self.cost < f64::INFINITY
    }
}

/// The steps of all chains of one request over a few devices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    devices: Vec<DeviceId>,
    last: u16,
    /// By device, first and last cut.
    segments: Vec<Step>,
    /// By device, device and cut.
    moves: Vec<Step>,
    /// From the origin, and back to it, by device.
    ends: Vec<[Step; 2]>,
}

impl Tables {
    /// Fills the tables anew: `segment` tells what a segment that may run takes on a device, `moved` what data takes
    /// from one device to another.
    pub fn fill(
        &mut self, request: &Request, view: &View, devices: &[DeviceId], segment: impl Fn(DeviceId, Cuts) -> Step,
        moved: impl Fn(DeviceId, DeviceId, u16) -> Step,
    ) {
        let last = view.whole(request.model).to;
        self.last = last;
        self.devices.clear();
        self.devices.extend_from_slice(devices);
        self.segments.clear();
        self.moves.clear();
        self.ends.clear();
        for &device in devices {
            for from in 0..=last {
                let step = |to| {
                    let cuts = Cuts { from, to };
                    let runs = from < to && view.may_run_segment(request, device, cuts);
                    if runs { segment(device, cuts) } else { Step::NEVER }
                };
                self.segments.extend((0..=last).map(step));
            }
            for &next in devices {
                self.moves.extend((0..=last).map(|cut| moved(device, next, cut)));
            }
            self.ends.push([moved(request.origin, device, 0), moved(device, request.origin, last)]);
        }
    }

    /// The devices that the tables are of.
    pub fn devices(&self) -> &[DeviceId] {
        &self.devices
    }

    /// The model's last cut.
    pub fn last(&self) -> u16 {
        self.last
    }

    /// A segment on the k-th device; `None` if it cannot run there.
    #[inline]
    pub fn segment(&self, k: usize, from: u16, to: u16) -> Option<Step> {
        let width = usize::from(self.last) + 1;
        let step = self.segments[(k * width + usize::from(from)) * width + usize::from(to)];
        step.is_possible().then_some(step)
    }

    /// The data at a cut from one device to another; at the first cut from the origin.
    #[inline]
    pub fn moving(&self, from: Option<usize>, to: usize, cut: u16) -> Step {
        let Some(from) = from else { return self.ends[to][0] };
        let width = usize::from(self.last) + 1;
        self.moves[(from * self.devices.len() + to) * width + usize::from(cut)]
    }

    /// The result from a device to the origin.
    #[inline]
    pub fn homeward(&self, from: usize) -> Step {
        self.ends[from][1]
    }
}
