//! Carbon split: the chain of segments over a few devices that emits least, within the deadline if asked.

use std::collections::BTreeMap;

use super::{Entry, Kind, Param};
use crate::chain::{
    Along, Chains, Choice, Found, Keep, PARTS, Rules, Search, Step, Tables, candidates_param, devices,
};
use crate::ids::{DeviceId, ModelId, RequestClassId, ZoneId};
use crate::scheduler::{Considered, Cuts, Decision, Explanation, Reason, Request, Scheduler, Term, View};
use crate::units::SimDuration;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "carbon-split",
    summary: "splits each request over the chain of devices that emits least, transfers included, in time if asked",
    citation: "this project: shortest path over cuts and devices, with Pareto labels where a deadline binds (Martins, EJOR 16, 1984)",
    params: &[
        Param {
            name: "objective",
            kind: Kind::Choice(&["carbon", "carbon-within-deadline", "energy", "latency"]),
            default: "carbon",
            doc: "what is least, over all devices and links: grams at the public intensities, the same among chains \
                  expected in time (if none is, latency), joules above idle, or time with waits",
        },
        PARTS,
        candidates_param("4"),
        Param {
            name: "choice",
            kind: Kind::Choice(&["class-and-zone", "class", "nearest"]),
            default: "class-and-zone",
            doc: "devices looked at where there are more: the origin, and the nearest of each class in each zone, of \
                  each class, or the nearest whatever they are",
        },
    ],
    build: |setup| {
        let objective = match setup.params.text("objective") {
            "carbon-within-deadline" => Objective::CarbonInTime,
            "energy" => Objective::Energy,
            "latency" => Objective::Latency,
            _ => Objective::Carbon,
        };
        Ok(Box::new(CarbonSplit {
            objective,
            parts: setup.params.number("parts") as u32,
            choice: Choice::named(setup.params.text("choice")),
            most: setup.params.number("candidates") as usize,
            intensities: 0,
            known: BTreeMap::new(),
            tables: Tables::default(),
            search: Search::default(),
            stamp: Stamp::default(),
        }))
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Objective {
    Carbon,
    CarbonInTime,
    Energy,
    Latency,
}

impl Objective {
    fn keep(self) -> Keep {
        match self {
            Self::Carbon | Self::Energy => Keep::Cost,
            Self::CarbonInTime => Keep::Both,
            Self::Latency => Keep::Time,
        }
    }

    fn is_of_carbon(self) -> bool {
        match self {
            Self::Carbon | Self::CarbonInTime => true,
            Self::Energy | Self::Latency => false,
        }
    }
}

/// What chains depend on that changes: while it is the same, so are they. Waits are added at each decision.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stamp {
    /// How often an intensity changed.
    intensities: u64,
    work: f64,
    input: f64,
    /// Busy slots of devices whose energy depends on them.
    busy: Vec<u16>,
    /// Of each device, for every cut: up to which cut the layers from there on are in memory.
    resident: Vec<u16>,
}

impl Stamp {
    fn take(&mut self, request: &Request, view: &View, devices: &[DeviceId]) {
        (self.work, self.input) = (request.work, request.input.0);
        self.busy.clear();
        self.resident.clear();
        let last = view.whole(request.model).to;
        for &device in devices {
            self.busy.push(if view.draws_by_load(device) { view.busy(device) } else { 0 });
            if view.is_resident(device, request.model) {
                self.resident.push(last);
                continue;
            }
            // What holds a segment holds all parts of it, so that the reach of a later cut is no shorter.
            let mut reach = 0;
            for from in 0..last {
                reach = reach.max(from);
                while reach < last && view.is_loaded(device, request.model, Cuts { from, to: reach + 1 }) {
                    reach += 1;
                }
                self.resident.push(reach);
            }
        }
    }
}

/// What is known of the requests of a model and a class from one origin.
#[derive(Debug, Default)]
struct Known {
    devices: Vec<DeviceId>,
    stamp: Stamp,
    chains: Chains,
}

struct CarbonSplit {
    objective: Objective,
    parts: u32,
    choice: Choice,
    most: usize,
    intensities: u64,
    known: BTreeMap<(ModelId, RequestClassId, DeviceId), Known>,
    tables: Tables,
    search: Search,
    stamp: Stamp,
}

impl CarbonSplit {
    /// The chains of a request, searched for anew if anything they depend on has changed.
    fn chains(&mut self, request: &Request, view: &View) -> &Known {
        let kind = (request.model, request.class, request.origin);
        let fresh = || Known { devices: devices(request, view, self.choice, self.most), ..Known::default() };
        let known = self.known.entry(kind).or_insert_with(fresh);
        self.stamp.intensities = if self.objective.is_of_carbon() { self.intensities } else { 0 };
        self.stamp.take(request, view, &known.devices);
        if known.stamp != self.stamp {
            std::mem::swap(&mut known.stamp, &mut self.stamp);
            known.search((self.objective, self.parts), request, view, (&mut self.tables, &mut self.search));
        }
        known
    }
}

fn segment(objective: Objective, request: &Request, view: &View, device: DeviceId, cuts: Cuts) -> Step {
    let time = view.load_time(device, request.model, cuts) + view.segment_time(request, device, cuts);
    let energy = view.segment_energy(request, device, cuts);
    let cost = if objective.is_of_carbon() { (energy * view.intensity_at(device)).0 } else { energy.0 };
    Step { time: time.0, cost }
}

fn moved(objective: Objective, request: &Request, view: &View, (from, to): (DeviceId, DeviceId), cut: u16) -> Step {
    let bytes = view.data(request, cut);
    let (energy, carbon) = view.moving_cost(from, to, bytes);
    let cost = if objective.is_of_carbon() { carbon.0 } else { energy.0 };
    Step { time: view.moving_time(from, to, bytes).0, cost }
}

impl Known {
    fn search(
        &mut self, (objective, parts): (Objective, u32), request: &Request, view: &View,
        (tables, search): (&mut Tables, &mut Search),
    ) {
        let segment = |device, cuts| segment(objective, request, view, device, cuts);
        let moved = |from, to, cut| moved(objective, request, view, (from, to), cut);
        tables.fill(request, view, &self.devices, segment, moved);
        search.run(tables, Rules { keep: objective.keep(), along: Along::Sum, parts }, &mut self.chains);
    }

    fn wait(&self, view: &View, set: u32) -> u64 {
        let used = self.devices.iter().enumerate().filter(|(k, _)| set & (1 << k) != 0);
        used.fold(0, |sum, (_, &device)| view.expected_wait(device).0.saturating_add(sum))
    }

    /// The chain of least cost.
    fn cheapest(&self) -> Option<&Found> {
        self.chains.found.iter().min_by(|a, b| a.cost.total_cmp(&b.cost).then(a.time.cmp(&b.time)))
    }

    /// The chain that is over first, waits included: with the same devices they are the same for all.
    fn soonest(&self, view: &View) -> Option<&Found> {
        let firsts = self.chains.sets.iter().map(|(set, range)| (self.wait(view, *set), &self.chains.found[range.start]));
        let order = |(wait, found): &(u64, &Found)| (wait.saturating_add(found.time), found.cost);
        let firsts = firsts.min_by(|a, b| order(a).0.cmp(&order(b).0).then(order(a).1.total_cmp(&order(b).1)));
        firsts.map(|(_, found)| found)
    }

    /// The chain of least cost among those over within a time [ns], waits included.
    fn cheapest_within(&self, view: &View, left: u64) -> Option<&Found> {
        let in_time = self.chains.sets.iter().filter_map(|(set, range)| {
            let left = left.checked_sub(self.wait(view, *set))?;
            // Along a front cost falls as time rises.
            let of_set = &self.chains.found[range.clone()];
            of_set[..of_set.partition_point(|found| found.time <= left)].last()
        });
        in_time.min_by(|a, b| a.cost.total_cmp(&b.cost).then(a.time.cmp(&b.time)))
    }
}

impl Scheduler for CarbonSplit {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let objective = self.objective;
        let known = self.chains(request, view);
        let chosen = match objective {
            Objective::Carbon | Objective::Energy => known.cheapest(),
            Objective::Latency => known.soonest(view),
            Objective::CarbonInTime => {
                let left = request.deadline.map_or(u64::MAX, |deadline| deadline.since(view.now()).0);
                known.cheapest_within(view, left).or_else(|| known.soonest(view))
            }
        };
        let plan = chosen.map(|found| view.split(request, known.chains.segments(found)));
        plan.map_or(Decision::Reject(Reason::NoDevice), Decision::Run)
    }

    fn explain(&self, request: &Request, view: &View) -> Explanation {
        let mut known = Known { devices: devices(request, view, self.choice, self.most), ..Known::default() };
        let room = (&mut Tables::default(), &mut Search::default());
        known.search((self.objective, self.parts), request, view, room);
        let cost = if self.objective.is_of_carbon() { "carbon_g" } else { "energy_j" };
        let left = request.deadline.map(|deadline| deadline.since(view.now()).0);
        let of = |set: u32, found: &Found| {
            let wait = known.wait(view, set);
            let time = Term::new("time_s", SimDuration(wait.saturating_add(found.time)).as_secs());
            let (cost, wait_s) = (Term::new(cost, found.cost), Term::new("wait_s", SimDuration(wait).as_secs()));
            let first = if self.objective == Objective::Latency { [time, cost] } else { [cost, time] };
            let late = left.is_some_and(|left| wait.saturating_add(found.time) > left);
            let excluded = (late && self.objective == Objective::CarbonInTime).then_some("expected late");
            let terms = vec![first[0], first[1], wait_s];
            Considered { plan: known.chains.segments(found).to_vec(), terms, counted: 2, score: None, excluded }
        };
        let sets = known.chains.sets.iter();
        let considered = sets.flat_map(|(set, range)| known.chains.found[range.clone()].iter().map(|found| of(*set, found)));
        Explanation { rule: "the least of its objective; of each set of devices the best chains are shown", considered: considered.collect() }
    }

    fn published(&mut self, _: ZoneId, _: &View) {
        self.intensities += 1;
    }
}
