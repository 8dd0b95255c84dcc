//! Neurosurgeon: the first layers on the origin, the rest on a server, cut where time or energy is least.

use ordered_float::OrderedFloat;

use super::{Entry, Kind, Param, ParamIssue};
use crate::ids::DeviceId;
use crate::scheduler::{Cuts, Decision, Reason, Request, Scheduler, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "neurosurgeon",
    summary: "splits each model between its origin and a server at the best cut, all or nothing included",
    citation: "Kang et al., ASPLOS 2017 (doi 10.1145/3037697.3037698)",
    params: &[
        Param {
            name: "objective",
            kind: Kind::Choice(&["latency", "energy"]),
            default: "latency",
            doc: "latency: origin's time + transfer + server's time, waits included; energy: the origin's above idle + transfers",
        },
        Param {
            name: "server",
            kind: Kind::Text,
            default: "auto",
            doc: "a device or a device class that runs the rest; auto: the shared class with the most cores",
        },
    ],
    build: |setup| {
        let name = setup.params.text("server");
        let class = if name == "auto" { setup.largest_class().unwrap_or(name) } else { name };
        let named: Vec<DeviceId> = setup.device(name).into_iter().collect();
        let servers = if named.is_empty() { setup.devices_of(class) } else { named };
        if servers.is_empty() {
            return Err(ParamIssue {
                param: "server",
                message: format!("no device `{class}`, and no shared device of a class `{class}`, in this scenario"),
                hint: format!("name a device or a class with shared ones: {}", setup.known_names()),
            });
        }
        let objective = if setup.params.text("objective") == "energy" { Objective::Energy } else { Objective::Latency };
        Ok(Box::new(Neurosurgeon { servers, objective }))
    },
};

/// Segments in order.
type Split = Vec<(DeviceId, Cuts)>;

#[derive(Clone, Copy, Debug)]
enum Objective {
    Latency,
    Energy,
}

impl Objective {
    /// What a plan costs [s or J].
    fn of(self, request: &Request, view: &View, plan: &[(DeviceId, Cuts)]) -> f64 {
        match self {
            Self::Latency => view.plan_time(request, plan).as_secs(),
            Self::Energy => {
                let own = plan.iter().filter(|(device, _)| *device == request.origin);
                let own: f64 = own.map(|&(device, cuts)| view.segment_energy(request, device, cuts).0).sum();
                own + view.plan_transfer_cost(request, plan).0.0
            }
        }
    }
}

struct Neurosurgeon {
    servers: Vec<DeviceId>,
    objective: Objective,
}

impl Neurosurgeon {
    /// Every way to split: whole on the origin, then for each server the cuts from all to nothing on it.
    fn plans<'a>(&'a self, request: &'a Request, view: &'a View) -> impl Iterator<Item = Split> + 'a {
        let whole = view.whole(request.model);
        let on_server = move |server: DeviceId| {
            (0..whole.to).map(move |cut| {
                let head = (cut > 0).then_some((request.origin, Cuts { from: 0, to: cut }));
                head.into_iter().chain([(server, Cuts { from: cut, to: whole.to })]).collect()
            })
        };
        let servers = self.servers.iter().copied().filter(|&server| server != request.origin);
        let plans = std::iter::once(vec![(request.origin, whole)]).chain(servers.flat_map(on_server));
        let may = move |&(device, cuts): &(DeviceId, Cuts)| {
            // A reserved origin computes for nobody who does not name it.
            (device != request.origin || view.is_shared(device)) && view.may_run_segment(request, device, cuts)
        };
        plans.filter(move |plan| plan.iter().all(may))
    }
}

impl Scheduler for Neurosurgeon {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let cost = |plan: &Split| OrderedFloat(self.objective.of(request, view, plan));
        match self.plans(request, view).min_by_key(cost) {
            Some(plan) => Decision::Run(view.split(request, &plan)),
            None => Decision::Reject(Reason::NoDevice),
        }
    }
}
