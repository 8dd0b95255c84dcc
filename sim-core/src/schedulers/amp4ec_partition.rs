//! AMP4EC's partitioner: contiguous layers over a chain of devices in proportion to their capability.

use std::collections::BTreeMap;

use super::{Entry, Kind, Param};
use crate::ids::{DeviceId, ModelId, PlanId, RequestClassId};
use crate::partition;
use crate::scheduler::{Cuts, Decision, Reason, Request, Scheduler, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "amp4ec-partition",
    summary: "splits each model over a chain of devices by capability, as AMP4EC's partitioner does",
    citation: "AMP4EC (arXiv 2504.00407), FMEC 2025: layer cost and capability shares of its partitioner",
    params: &[
        Param {
            name: "measure",
            kind: Kind::Choice(&["parameters", "macs"]),
            default: "parameters",
            doc: "what a layer costs: its parameters, as published, or its multiply-accumulates",
        },
        Param {
            name: "capability",
            kind: Kind::Choice(&["cores", "speed"]),
            default: "cores",
            doc: "what a device can do: its CPU cores, as published, or the inverse of the model's time on it",
        },
        Param {
            name: "balance",
            kind: Kind::Choice(&["shares", "optimal"]),
            default: "shares",
            doc: "shares: by capability, then large parts give last layers away; optimal: the least largest part",
        },
        Param {
            name: "parts",
            kind: Kind::Count { min: 1, max: 16 },
            default: "3",
            doc: "devices of the chain at most: the origin, if it may run, and the nearest of each other class",
        },
    ],
    build: |setup| {
        Ok(Box::new(Partitioner {
            by_macs: setup.params.text("measure") == "macs",
            by_speed: setup.params.text("capability") == "speed",
            optimal: setup.params.text("balance") == "optimal",
            parts: setup.params.number("parts") as usize,
            plans: BTreeMap::new(),
        }))
    },
};

struct Partitioner {
    by_macs: bool,
    by_speed: bool,
    optimal: bool,
    parts: usize,
    /// The plan of each kind of request: nothing that it depends on changes during a run.
    plans: BTreeMap<(ModelId, RequestClassId, DeviceId), Option<PlanId>>,
}

impl Partitioner {
    /// The origin and the nearest device of each other class, nearest first.
    fn chain(&self, request: &Request, view: &View) -> Vec<DeviceId> {
        let first = Cuts { from: 0, to: 1 };
        let able = |&device: &DeviceId| view.is_shared(device) && view.may_run_segment(request, device, first);
        let mut devices: Vec<_> = view.devices().filter(able).collect();
        devices.sort_by_key(|&device| (device != request.origin, view.latency(request.origin, device), device));
        let mut classes = Vec::new();
        devices.retain(|&device| {
            let fresh = !classes.contains(&view.class(device));
            classes.push(view.class(device));
            fresh
        });
        devices.truncate(self.parts);
        devices
    }

    fn plan(&self, request: &Request, view: &View) -> Option<PlanId> {
        let whole = view.whole(request.model);
        let chain = self.chain(request, view);
        let done = |cut| match self.by_macs {
            true => view.macs_to(request.model, cut).0,
            false => view.parameters_to(request.model, cut).0,
        };
        let work: Vec<f64> = (0..=whole.to).map(done).collect();
        let capability: Vec<f64> = chain.iter().map(|&device| self.capability(request, view, device)).collect();
        let between = |from: usize, to: usize| Cuts { from: from as u16, to: to as u16 };
        let fits = |part: usize, from, to| view.may_run_segment(request, chain[part], between(from, to));
        if chain.is_empty() {
            return None;
        }
        let cut = partition::Chain { work: &work, capability: &capability, fits };
        // Where shares leave more than the last device holds, what balances best is taken.
        let by_share = if self.optimal { None } else { cut.by_share() };
        let boundaries = by_share.or_else(|| cut.optimal())?;
        let parts = boundaries.windows(2).map(|pair| between(pair[0], pair[1]));
        let segments: Vec<_> = chain.iter().copied().zip(parts).filter(|(_, cuts)| cuts.from < cuts.to).collect();
        Some(view.split(request, &segments))
    }

    fn capability(&self, request: &Request, view: &View, device: DeviceId) -> f64 {
        match self.by_speed {
            true => 1.0 / view.segment_time(request, device, view.whole(request.model)).as_secs().max(f64::MIN_POSITIVE),
            false => view.cores(device),
        }
    }
}

impl Scheduler for Partitioner {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let kind = (request.model, request.class, request.origin);
        let plan = self.plans.get(&kind).copied().unwrap_or_else(|| self.plan(request, view));
        self.plans.insert(kind, plan);
        plan.map_or(Decision::Reject(Reason::NoDevice), Decision::Run)
    }
}
