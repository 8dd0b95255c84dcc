//! The requests of a window as a placement problem.

use std::collections::BTreeMap;

use super::room::Standby;
use super::{Arc, Batch, Fleet, Limits, Problem, Room, Servers, Sort};
use crate::fleet_index::Kind;
use crate::ids::DeviceId;
use crate::scheduler::{Request, View};
use crate::units::{Grams, Joules, SimDuration};

/// How windows are placed.
pub(crate) struct WindowRules {
    /// Length of a window.
    pub window: SimDuration,
    /// Longest round-trip time from origin to device.
    pub rtt_limit: Option<SimDuration>,
    /// What turning on a device takes; by its class if `None`.
    pub activation: Option<Joules>,
    pub limits: Limits,
}

/// Where an arc leads: to a group of devices in a state, or to the origins themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Group(Kind, Standby),
    Origin,
}

/// A window's problem, with what its parts stand for.
pub(crate) struct Window<'a> {
    pub problem: Problem,
    /// Of each demand, the places of its requests in the list of those held.
    pub requests: Vec<Vec<usize>>,
    /// Of each arc.
    pub ways: Vec<Way>,
    groups: BTreeMap<(Kind, Standby), usize>,
    rules: &'a WindowRules,
    fleet: &'a Fleet,
    room: &'a Room,
    view: &'a View<'a>,
}

/// A batch, looked at for where it may go.
struct Look {
    demand: usize,
    sort: Sort,
    origin: DeviceId,
    mean: Request,
    slowest: Request,
    /// Time that is left for the most urgent one.
    left: SimDuration,
}

impl<'a> Window<'a> {
    /// The problem of the requests held.
    pub fn of(rules: &'a WindowRules, fleet: &'a Fleet, room: &'a Room, view: &'a View<'a>, held: &[Request]) -> Self {
        let mut batches: BTreeMap<Sort, (Batch, Vec<usize>)> = BTreeMap::new();
        for (place, request) in held.iter().enumerate() {
            let batch = batches.entry(Sort::of(fleet, view, request));
            let (_, places) =
                batch.and_modify(|(batch, _)| batch.add(request)).or_insert_with(|| (Batch::of(request), Vec::new()));
            places.push(place);
        }
        let problem = Problem { whole: true, ..Problem::default() };
        let (requests, ways, groups) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut window = Self { problem, requests, ways, groups, rules, fleet, room, view };
        for (sort, (batch, places)) in batches {
            window.requests.push(places);
            window.offer(sort, &batch);
        }
        window
    }

    /// A batch as a demand with its arcs.
    fn offer(&mut self, sort: Sort, batch: &Batch) {
        let slowest = batch.slowest();
        let left = slowest.deadline.map_or(SimDuration::MAX, |deadline| deadline.since(self.view.now()));
        let demand = self.problem.amounts.len();
        let look = Look { demand, sort, origin: slowest.origin, mean: batch.mean(), slowest, left };
        self.problem.amounts.push(f64::from(batch.count));
        let fleet = self.fleet;
        for &kind in fleet.serving(sort.model, sort.class) {
            if kind == sort.at {
                self.offer_origins(&look, batch);
            }
            for standby in [Standby::On, Standby::Asleep, Standby::Off] {
                self.offer_group(&look, kind, standby, f64::from(batch.count));
            }
        }
    }

    /// Each request on its own origin: nothing moves.
    fn offer_origins(&mut self, look: &Look, batch: &Batch) {
        let load = self.load(look, look.origin);
        if self.view.compute_time(&look.slowest, look.origin) > look.left || load == SimDuration::ZERO {
            return;
        }
        let fit = |(&origin, &count): (&DeviceId, &u32)| u64::from(count).min(self.room.free_of(origin).0 / load.0);
        let most: u64 = batch.origins.iter().map(fit).sum();
        if most > 0 {
            let cost = self.view.expected_carbon(&look.mean, look.origin);
            self.join(look, (look.sort.at, Standby::On), look.origin, cost, most as f64);
            self.ways.push(Way::Origin);
        }
    }

    /// On a group of devices in a state.
    fn offer_group(&mut self, look: &Look, kind: Kind, standby: Standby, most: f64) {
        let none = match standby {
            Standby::On => self.room.free(kind) == SimDuration::ZERO,
            Standby::Asleep | Standby::Off => self.room.standing_by(kind, standby) == 0,
        };
        let device = if none { None } else { self.room.one(self.fleet, kind, standby, look.origin) };
        let Some(device) = device.filter(|&device| self.reaches(look, device)) else { return };
        let cost = self.view.expected_carbon(&look.mean, device);
        self.join(look, (kind, standby), device, cost, most);
        self.ways.push(Way::Group(kind, standby));
    }

    /// Whether the slowest request of a batch is back in time from a device with a free slot.
    fn reaches(&self, look: &Look, device: DeviceId) -> bool {
        let view = self.view;
        let near = self.rules.rtt_limit.is_none_or(|limit| view.rtt(look.origin, device) <= limit);
        let time = view.transfer_time(&look.slowest, device)
            + view.wake_time(device)
            + view.compute_time(&look.slowest, device);
        near && time <= look.left
    }

    fn load(&self, look: &Look, device: DeviceId) -> SimDuration {
        self.room.load(self.view.compute_time(&look.mean, device))
    }

    fn join(&mut self, look: &Look, group: (Kind, Standby), device: DeviceId, cost: Grams, most: f64) {
        let servers = match self.groups.get(&group) {
            Some(&servers) => servers,
            None => {
                self.problem.servers.push(self.servers(group, device));
                self.groups.insert(group, self.problem.servers.len() - 1);
                self.problem.servers.len() - 1
            }
        };
        let load = self.load(look, device).as_secs();
        self.problem.arcs.push(Arc { demand: look.demand, servers, cost: cost.0, load, most });
    }

    /// A group of devices like this one as servers; their capacity is compute time [s].
    fn servers(&self, (kind, standby): (Kind, Standby), device: DeviceId) -> Servers {
        if standby == Standby::On {
            return Servers { free: self.room.free(kind).as_secs(), each: 0.0, more: 0, activation: 0.0 };
        }
        let (view, at) = (self.view, self.view.power_state(device));
        let own = || view.wake_energy(device, at) + view.idle_above(device, at) * self.rules.window;
        let energy = self.rules.activation.unwrap_or_else(own);
        Servers {
            free: 0.0,
            each: self.room.whole(view, device).as_secs(),
            more: self.room.standing_by(kind, standby),
            activation: (energy * view.intensity_at(device)).0,
        }
    }
}
