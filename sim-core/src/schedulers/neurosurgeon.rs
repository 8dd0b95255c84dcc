//! Neurosurgeon: the first layers on the origin, the rest on a server, cut where time or energy is least.

use ordered_float::OrderedFloat;

use super::{Entry, Kind, Param, ParamIssue};
use crate::ids::DeviceId;
use crate::scheduler::{Considered, Cuts, Decision, Explanation, Reason, Request, Scheduler, Term, View};

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

/// A server and the cut it takes over at; its last cut leaves everything to the origin.
type Way = (DeviceId, u16);

impl Neurosurgeon {
    /// Every way to split: whole on the origin, then for each server the cuts from all on it to the last layers.
    fn ways(&self, request: &Request, last: u16) -> impl Iterator<Item = Way> {
        let origin = request.origin;
        let servers = self.servers.iter().copied().filter(move |&server| server != origin);
        let shared = servers.flat_map(move |server| (0..last).map(move |cut| (server, cut)));
        std::iter::once((origin, last)).chain(shared)
    }
}

/// Both parts of a way; an empty one is left out.
fn with_segments<T>(origin: DeviceId, (server, cut): Way, last: u16, then: impl FnOnce(&[(DeviceId, Cuts)]) -> T) -> T {
    let parts = [(origin, Cuts { from: 0, to: cut }), (server, Cuts { from: cut, to: last })];
    then(&parts[usize::from(cut == 0)..2 - usize::from(cut == last)])
}

impl Neurosurgeon {
    /// Every way that the devices may and can go, with what it costs [s or J].
    fn feasible(&self, request: &Request, view: &View) -> impl Iterator<Item = (OrderedFloat<f64>, Way)> {
        let last = view.whole(request.model).to;
        let may = |&(device, cuts): &(DeviceId, Cuts)| {
            // A reserved origin computes for nobody who does not name it.
            (device != request.origin || view.is_shared(device)) && view.may_run_segment(request, device, cuts)
        };
        let cost = move |way: Way| {
            with_segments(request.origin, way, last, |plan| {
                plan.iter().all(may).then(|| OrderedFloat(self.objective.of(request, view, plan)))
            })
        };
        self.ways(request, last).filter_map(move |way| Some((cost(way)?, way)))
    }
}

impl Scheduler for Neurosurgeon {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let last = view.whole(request.model).to;
        match self.feasible(request, view).min_by_key(|&(cost, _)| cost) {
            Some((_, way)) => {
                Decision::Run(with_segments(request.origin, way, last, |plan| view.split(request, plan)))
            }
            None => Decision::Reject(Reason::NoDevice),
        }
    }

    fn explain(&self, request: &Request, view: &View) -> Explanation {
        let last = view.whole(request.model).to;
        let name = match self.objective {
            Objective::Latency => "time_s",
            Objective::Energy => "energy_j",
        };
        let of = |(cost, way): (OrderedFloat<f64>, Way)| {
            let plan = with_segments(request.origin, way, last, <[_]>::to_vec);
            Considered { plan, terms: vec![Term::new(name, cost.0)], counted: 1, score: None, excluded: None }
        };
        let considered = self.feasible(request, view).map(of).collect();
        Explanation { rule: "the least of its objective, then all on the origin, then the earliest cut", considered }
    }
}
