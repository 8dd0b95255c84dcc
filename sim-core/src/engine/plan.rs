//! Plans: a request's segments in order, interned so that a decision is one small number, and checked before they run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Run;
use super::event::Slot;
use crate::ids::{DeviceId, Id, PlanId};
use crate::world::cost::Cuts;

/// The layers between two cuts, run on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// Where it runs.
    pub device: DeviceId,
    /// What it runs; `None` for the whole model.
    pub cuts: Option<Cuts>,
}

/// All plans of a run: the first ids are the single-device plans, the others are interned.
#[derive(Debug)]
pub(crate) struct Plans {
    devices: usize,
    split: RefCell<Interned>,
}

#[derive(Debug, Default)]
struct Interned {
    plans: Vec<Vec<Segment>>,
    ids: BTreeMap<Vec<(DeviceId, Cuts)>, PlanId>,
}

impl Plans {
    pub fn new(devices: usize) -> Self {
        Self { devices, split: RefCell::default() }
    }

    /// The segments of all split plans in order of their ids.
    pub fn splits(self) -> Vec<Vec<Segment>> {
        self.split.into_inner().plans
    }

    /// The id of a split plan, the same for the same segments.
    pub fn intern(&self, segments: &[(DeviceId, Cuts)]) -> PlanId {
        let mut split = self.split.borrow_mut();
        if let Some(&known) = split.ids.get(segments) {
            return known;
        }
        let id = PlanId::new(self.devices + split.plans.len());
        split.ids.insert(segments.to_vec(), id);
        split.plans.push(segments.iter().map(|&(device, cuts)| Segment { device, cuts: Some(cuts) }).collect());
        id
    }

    /// The device of a plan that runs the whole model on one.
    #[inline]
    pub fn device(&self, plan: PlanId) -> Option<DeviceId> {
        (plan.index() < self.devices).then_some(DeviceId(plan.0))
    }

    /// The k-th segment of a plan; `None` past the last or for an unknown plan.
    #[inline]
    pub fn segment(&self, plan: PlanId, k: u16) -> Option<Segment> {
        if plan.index() < self.devices {
            return (k == 0).then_some(Segment { device: DeviceId(plan.0), cuts: None });
        }
        self.split.borrow().plans.get(plan.index() - self.devices)?.get(usize::from(k)).copied()
    }
}

impl Run<'_> {
    /// Whether a request may run by a plan; else why not.
    pub(super) fn check_plan(&self, slot: Slot, plan: PlanId) -> Result<(), String> {
        let request = &self.state.flights[slot].request;
        let view = super::view(self.world, &self.state, &self.streams);
        let id = request.id;
        let whole = self.world.models[request.model].whole();
        let mut reached = 0;
        for k in 0.. {
            let Some(segment) = self.state.plans.segment(plan, k) else { break };
            let cuts = segment.cuts.unwrap_or(whole);
            if cuts.from != reached || cuts.to <= cuts.from || cuts.to > whole.to {
                return Err(format!("split request {id} at {cuts:?}, which does not follow on cut {reached}"));
            }
            if !view.may_run_segment(request, segment.device, cuts) {
                let device = self.world.device_name(segment.device);
                let model = &self.world.models[request.model].name;
                return Err(format!("placed request {id} ({model}) on {device}, which may not run it"));
            }
            reached = cuts.to;
        }
        match reached {
            0 => Err(format!("placed request {id} by a plan that does not exist")),
            _ if reached < whole.to => Err(format!("split request {id} short of its last cut")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_segments_are_one_plan_and_others_another() {
        let plans = Plans::new(2);
        let cuts = |from, to| Cuts { from, to };
        let split = [(DeviceId(0), cuts(0, 3)), (DeviceId(1), cuts(3, 9))];
        let plan = plans.intern(&split);
        assert_eq!(plan, plans.intern(&split));
        assert_ne!(plan, plans.intern(&split[..1]));
        assert_eq!(plans.segment(plan, 1), Some(Segment { device: DeviceId(1), cuts: Some(cuts(3, 9)) }));
        assert_eq!(plans.segment(PlanId(1), 0), Some(Segment { device: DeviceId(1), cuts: None }));
        assert_eq!(plans.segment(plan, 2), None);
    }
}
