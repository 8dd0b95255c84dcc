//! UMass CarbonEdge: the requests of a window placed together, at the least emissions that capacity and latency allow.

use super::{Entry, Kind, Param};
use crate::ids::DeviceId;
use crate::placement::{Fleet, Hand, Limits, Orders, Room, Window, WindowRules};
use crate::scheduler::{Actions, Decision, Reason, Request, Scheduler, View};
use crate::units::{Joules, SimDuration};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "umass-carbonedge",
    summary: "holds the requests of a window and places them together by a MILP: least emissions, those of waking servers included",
    citation: "CarbonEdge (Wu et al., HPDC 2025, arXiv 2502.14076)",
    params: &[
        Param {
            name: "window",
            kind: Kind::Span,
            // Half of it is added to each response on average; a tenth of a second is the limit of what seems instantaneous
            // (Miller, AFIPS 1968; Nielsen, Usability Engineering, 1993).
            default: "100 ms",
            doc: "requests are held for the rest of a window of this length, then placed together; none: 100 ms",
        },
        Param {
            name: "rtt_limit",
            kind: Kind::Span,
            default: "none",
            doc: "devices with a longer round-trip time from the origin take no request (the paper's latency limit); deadlines count in any case",
        },
        Param {
            name: "activation",
            kind: Kind::NumberOr { word: "device", min: 0.0, max: 1e9 },
            default: "device",
            doc: "B_j, what turning on a device takes [J]: given, or (device) its wake-up energy and its idle power above standby over one window",
        },
        Param {
            name: "max_variables",
            kind: Kind::Count { min: 0, max: 1_000_000 },
            // Measured: at 900 variables and 1,000 nodes a window at capacity takes 50 ms, at 1,800 variables 60 ms.
            default: "2000",
            doc: "windows that need more variables are placed greedily; 0: all windows that capacity hinders",
        },
        Param {
            name: "max_nodes",
            kind: Kind::Count { min: 0, max: 1_000_000_000 },
            default: "1000",
            doc: "most nodes of branch and bound; then the best counts of what was found, a solution in parts that is rounded, and the greedy one",
        },
    ],
    build: |setup| {
        let params = setup.params;
        let window = params.span("window").filter(|window| *window > SimDuration::ZERO);
        let rules = WindowRules {
            window: window.unwrap_or(SimDuration::from_millis(100.0)),
            rtt_limit: params.span("rtt_limit"),
            activation: params.number_or("activation").map(Joules),
            limits: Limits {
                variables: params.number("max_variables") as usize,
                nodes: params.number("max_nodes") as u64,
            },
        };
        Ok(Box::new(UmassCarbonEdge { rules, fleet: None, held: Vec::new() }))
    },
};

struct UmassCarbonEdge {
    rules: WindowRules,
    /// Known from the start on.
    fleet: Option<(Fleet, Room)>,
    held: Vec<Request>,
}

impl Scheduler for UmassCarbonEdge {
    fn start(&mut self, view: &View, actions: &mut Actions) {
        let fleet = Fleet::of(view);
        let room = Room::of(&fleet, view, self.rules.window);
        self.fleet = Some((fleet, room));
        actions.wake_at(view.now() + self.rules.window);
    }

    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        let served = |(fleet, _): &(Fleet, Room)| !fleet.serving(request.model, request.class).is_empty();
        if !self.fleet.as_ref().is_some_and(served) {
            return Decision::Reject(Reason::NoDevice);
        }
        self.held.push(*request);
        Decision::Hold
    }

    fn wake(&mut self, view: &View, actions: &mut Actions) {
        actions.wake_at(view.now() + self.rules.window);
        let Some((fleet, room)) = self.fleet.as_mut().filter(|_| !self.held.is_empty()) else { return };
        room.settle(fleet, view);
        let window = Window::of(&self.rules, fleet, room, view, &self.held);
        let placed = window.problem.solve(self.rules.limits);
        let orders = Orders::of(window, &placed);
        Hand { fleet, room, view, actions }.carry_out(orders, &self.held);
        self.held.clear();
    }

    fn changed(&mut self, device: DeviceId) {
        if let Some((_, room)) = &mut self.fleet {
            room.note(device);
        }
    }

    fn index_bytes(&self) -> usize {
        self.fleet.as_ref().map_or(0, |(fleet, room)| fleet.bytes() + room.bytes())
    }
}
