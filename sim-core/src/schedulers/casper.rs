//! CASPER: which devices are on, hour by hour, and who serves whom, at the least emissions under a latency bound.

use std::collections::BTreeMap;

use ordered_float::OrderedFloat;

use super::{Entry, Kind, Param};
use crate::ids::{DeviceId, Id, PlanId};
use crate::placement::{Batch, Fleet, Hour, HourRules, Limits, Routes, Server, Sort};
use crate::scheduler::{Actions, Decision, PowerOrder, PowerState, Reason, Request, Scheduler, View};
use crate::units::{SimDuration, SimTime};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "casper",
    summary: "by the hour: least-carbon devices on and shares of requests under a latency bound, the others asleep or off",
    citation: "CASPER (Souza et al., IGSC 2023, arXiv 2403.14792)",
    params: &[
        Param {
            name: "period",
            kind: Kind::Span,
            // An hour in the paper.
            default: "1 h",
            doc: "how long a plan holds; it expects the requests of the period before; none: 1 h",
        },
        Param {
            name: "latency",
            kind: Kind::Span,
            default: "none",
            doc: "longest expected transfer and computation; none: the deadline of the request's class",
        },
        Param {
            name: "utilisation",
            kind: Kind::Number { min: 0.01, max: 1.0 },
            // The default target of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2).
            default: "0.8",
            doc: "share of slots that is planned for; the rest takes what the last period did not show",
        },
        Param {
            name: "down",
            kind: Kind::Choice(&["sleep", "off", "none"]),
            default: "sleep",
            doc: "what becomes of devices that the plan does not need; devices that issue requests stay on; none: all stay on",
        },
        Param {
            name: "max_variables",
            kind: Kind::Count { min: 0, max: 1_000_000 },
            // Measured: a plan of 2,000 variables takes 10 ms, and devices are few among them.
            default: "20000",
            doc: "plans that need more variables take the linear relaxation, its parts of devices turned on whole",
        },
        Param {
            name: "max_nodes",
            kind: Kind::Count { min: 0, max: 1_000_000_000 },
            default: "1000",
            doc: "most nodes of branch and bound; then the best plan found counts, or the greedy one if it is better",
        },
    ],
    build: |setup| {
        let params = setup.params;
        let period = params.span("period").filter(|period| *period > SimDuration::ZERO);
        let down = match params.text("down") {
            "off" => Some(PowerOrder::Off),
            "none" => None,
            _ => Some(PowerOrder::Sleep),
        };
        let rules = HourRules {
            period: period.unwrap_or(SimDuration::from_hours(1)),
            utilisation: params.number("utilisation"),
            latency: params.span("latency"),
            down: match down {
                Some(PowerOrder::Off) => PowerState::Off,
                Some(PowerOrder::Sleep) => PowerState::Sleep,
                Some(PowerOrder::Wake) | None => PowerState::Idle,
            },
            limits: Limits {
                variables: params.number("max_variables") as usize,
                nodes: params.number("max_nodes") as u64,
            },
        };
        Ok(Box::new(Casper { rules, down, known: None }))
    },
};

/// A device that has work when it is to go down is asked again after so long.
const AGAIN: SimDuration = SimDuration(1_000_000_000);

struct Casper {
    rules: HourRules,
    down: Option<PowerOrder>,
    /// Known from the start on.
    known: Option<Known>,
}

/// What is known of a fleet, of the requests of this period, and of the plan.
struct Known {
    fleet: Fleet,
    /// Of each device: whether it has issued requests, so that it stays on.
    issues: Vec<bool>,
    seen: BTreeMap<Sort, Batch>,
    routes: BTreeMap<Sort, Routes>,
    /// Of each group, the devices that are on.
    on: Vec<Vec<DeviceId>>,
    /// Devices that are to go down once they are free.
    leaving: Vec<DeviceId>,
    next_plan: SimTime,
}

impl Known {
    fn of(view: &View, next_plan: SimTime) -> Self {
        let fleet = Fleet::of(view);
        Self {
            issues: vec![false; view.devices().len()],
            seen: BTreeMap::new(),
            routes: BTreeMap::new(),
            on: fleet.kinds().map(|kind| fleet.members(kind).to_vec()).collect(),
            leaving: Vec::new(),
            next_plan,
            fleet,
        }
    }

    /// Plans the period to come and turns devices on; those that are not needed are to leave.
    fn plan(&mut self, rules: &HourRules, down: bool, view: &View, actions: &mut Actions) {
        let all = vec![true; self.issues.len()];
        let pinned = if down { &self.issues } else { &all };
        let hour = Hour::of(rules, &self.fleet, view, pinned, &self.seen);
        let placed = hour.problem.solve(rules.limits);
        self.on = hour.on(&placed);
        self.routes = hour.routes(&placed);
        self.seen.clear();
        self.leaving.clear();
        for kind in self.fleet.kinds() {
            let on = &self.on[kind.index()];
            on.iter().for_each(|&device| actions.power(device, PowerOrder::Wake));
            let rest = self.fleet.members(kind).iter().filter(|device| on.binary_search(device).is_err());
            self.leaving.extend(rest);
        }
    }

    /// Sends down the devices that are free; whether others are left.
    fn send_down(&mut self, order: PowerOrder, view: &View, actions: &mut Actions) -> bool {
        self.leaving.retain(|&device| {
            let free = view.in_flight(device) == 0;
            if free {
                actions.power(device, order);
            }
            !free
        });
        !self.leaving.is_empty()
    }

    /// The device of a request by the plan.
    fn device(&mut self, rules: &HourRules, request: &Request, view: &View) -> Option<DeviceId> {
        let sort = Sort::of(&self.fleet, view, request);
        self.seen.entry(sort).and_modify(|batch| batch.add(request)).or_insert_with(|| Batch::of(request));
        self.issues[request.origin.index()] = true;
        match self.routes.get_mut(&sort).map_or(Server::Anyone, Routes::next) {
            Server::Origin => Some(request.origin),
            Server::Group(kind) => soonest(&self.on[kind.index()], view),
            Server::Anyone => None,
        }
        .or_else(|| self.anyone(rules, request, view))
    }

    /// Without a plan: of the soonest devices of the groups the one of least emissions within the latency bound; if none
    /// is, the earliest completion. Devices that are down count if none is on.
    fn anyone(&self, rules: &HourRules, request: &Request, view: &View) -> Option<DeviceId> {
        let kinds = self.fleet.serving(request.model, request.class).iter();
        let on: Vec<DeviceId> = kinds.clone().filter_map(|kind| soonest(&self.on[kind.index()], view)).collect();
        let down = || kinds.filter_map(|&kind| soonest(self.fleet.members(kind), view)).collect();
        let latest = rules.latency.map(|latency| request.arrival + latency).or(request.deadline);
        let origin = view.is_candidate(request, request.origin).then_some(request.origin);
        let devices = if on.is_empty() { down() } else { on };
        let rank = |device: DeviceId| {
            let back = view.expected_completion(request, device);
            let late = latest.is_some_and(|latest| back > latest);
            let carbon = if late { 0.0 } else { view.expected_carbon(request, device).0 };
            (late, OrderedFloat(carbon), back, device)
        };
        devices.into_iter().chain(origin).min_by_key(|&device| rank(device))
    }
}

/// The device of least expected wait, the lowest id of equals.
fn soonest(devices: &[DeviceId], view: &View) -> Option<DeviceId> {
    devices.iter().copied().min_by_key(|&device| (view.expected_wait(device), device))
}

impl Scheduler for Casper {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        let next_plan = view.now() + self.rules.period;
        self.known = Some(Known::of(view, next_plan));
        actions.wake_at(next_plan);
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let device = self.known.as_mut().and_then(|known| known.device(&self.rules, request, view));
        device.map_or(Decision::Reject(Reason::NoDevice), |device| Decision::Run(PlanId::whole(device)))
    }

    fn wake(&mut self, view: &View, actions: &mut Actions) {
        let Some(known) = &mut self.known else { return };
        if view.now() >= known.next_plan {
            known.plan(&self.rules, self.down.is_some(), view, actions);
            known.next_plan = view.now() + self.rules.period;
            actions.wake_at(known.next_plan);
        }
        let Some(order) = self.down else { return };
        let again = view.now() + AGAIN;
        if known.send_down(order, view, actions) && again < known.next_plan {
            actions.wake_at(again);
        }
    }

    fn index_bytes(&self) -> usize {
        self.known.as_ref().map_or(0, |known| known.fleet.bytes())
    }
}
