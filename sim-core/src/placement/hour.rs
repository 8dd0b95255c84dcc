//! An hour's expected requests as a placement problem: which devices are on, and who serves whom.

use std::collections::BTreeMap;

use super::{Arc, Batch, Fleet, Limits, Placed, Problem, Servers, Sort};
use crate::fleet_index::Kind;
use crate::ids::{DeviceId, Id};
use crate::scheduler::{PowerState, Request, View};
use crate::units::{Grams, SimDuration};

/// How hours are planned.
pub(crate) struct HourRules {
    /// How long a plan holds, and how far back it looks.
    pub period: SimDuration,
    /// Share of a device's slots that may be planned for.
    pub utilisation: f64,
    /// Longest expected response; the deadline if `None`.
    pub latency: Option<SimDuration>,
    /// What devices are put into that are not needed.
    pub down: PowerState,
    pub limits: Limits,
}

/// Who serves requests of one sort: groups of devices, the origins themselves, or anyone who is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Group(Kind),
    Origin,
    Anyone,
}

/// Shares of the requests of one sort, dealt out so that no count is ever one off its share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    shares: Vec<(Server, f64)>,
    sent: Vec<u64>,
    total: u64,
}

impl Routes {
    /// Who serves the next request: who is furthest behind the share, the first of equals.
    pub fn next(&mut self) -> Server {
        self.total += 1;
        let behind = |k: usize| self.shares[k].1 * self.total as f64 - self.sent[k] as f64;
        let first = (0..self.shares.len()).reduce(|best, k| if behind(k) > behind(best) { k } else { best });
        let Some(k) = first else { return Server::Anyone };
        self.sent[k] += 1;
        self.shares[k].0
    }

    fn add(&mut self, server: Server, share: f64) {
        self.shares.push((server, share));
        self.sent.push(0);
    }
}

/// An hour's problem, with what its parts stand for.
pub(crate) struct Hour<'a> {
    /// Amounts are requests a second, loads slots, costs grams a second.
    pub problem: Problem,
    sorts: Vec<Sort>,
    /// Of each group of servers.
    kinds: Vec<Kind>,
    /// Of each arc.
    ways: Vec<Server>,
    rules: &'a HourRules,
    fleet: &'a Fleet,
    view: &'a View<'a>,
    /// Of each device: whether it stays on in any case.
    pinned: &'a [bool],
}

/// A batch, looked at for where it may go.
struct Look<'r> {
    demand: usize,
    mean: &'r Request,
    /// Requests a second.
    rate: f64,
    /// Longest response.
    limit: SimDuration,
}

impl<'a> Hour<'a> {
    /// The problem of an hour like the last one, whose requests were these.
    pub fn of(
        rules: &'a HourRules, fleet: &'a Fleet, view: &'a View<'a>, pinned: &'a [bool], seen: &BTreeMap<Sort, Batch>,
    ) -> Self {
        let problem = Problem { whole: false, ..Problem::default() };
        let (sorts, kinds, ways) = (Vec::new(), Vec::new(), Vec::new());
        let mut hour = Self { problem, sorts, kinds, ways, rules, fleet, view, pinned };
        seen.iter().for_each(|(&sort, batch)| hour.offer(sort, batch));
        hour
    }

    fn offer(&mut self, sort: Sort, batch: &Batch) {
        let (mean, seconds) = (batch.mean(), self.rules.period.as_secs());
        let deadline = mean.deadline.map(|deadline| deadline.since(mean.arrival));
        let look = Look {
            demand: self.sorts.len(),
            mean: &mean,
            rate: f64::from(batch.count) / seconds,
            limit: self.rules.latency.or(deadline).unwrap_or(SimDuration::MAX),
        };
        self.sorts.push(sort);
        self.problem.amounts.push(look.rate);
        let fleet = self.fleet;
        for &kind in fleet.serving(sort.model, sort.class) {
            if kind == sort.at {
                let load = self.view.compute_time(&mean, mean.origin).as_secs();
                let most = f64::from(self.view.slots(mean.origin)) * self.rules.utilisation / load;
                let most = batch.origins.values().map(|&count| (f64::from(count) / seconds).min(most)).sum();
                self.join(&look, kind, Server::Origin, mean.origin, most);
            }
            let beside = fleet.members(kind).iter().find(|&&device| device != mean.origin);
            if let Some(&device) = beside {
                self.join(&look, kind, Server::Group(kind), device, look.rate);
            }
        }
    }

    fn join(&mut self, look: &Look, kind: Kind, way: Server, device: DeviceId, most: f64) {
        let (view, mean) = (self.view, look.mean);
        let compute = view.compute_time(mean, device);
        if view.transfer_time(mean, device) + compute > look.limit || most <= 0.0 {
            return;
        }
        let servers = self.kinds.iter().position(|&known| known == kind).unwrap_or_else(|| {
            self.kinds.push(kind);
            self.problem.servers.push(self.servers(kind, device));
            self.kinds.len() - 1
        });
        let cost = (view.compute_energy(mean, device) * self.intensity(device) + view.transfer_cost(mean, device).1).0;
        self.problem.arcs.push(Arc { demand: look.demand, servers, cost, load: compute.as_secs(), most });
        self.ways.push(way);
    }

    /// What the forecast expects of the hour where a device stands.
    fn intensity(&self, device: DeviceId) -> crate::units::Intensity {
        let now = self.view.now();
        self.view.forecast_mean(self.view.zone(device), now, now + self.rules.period)
    }

    fn servers(&self, kind: Kind, device: DeviceId) -> Servers {
        let members = self.fleet.members(kind);
        let pinned = members.iter().filter(|device| self.pinned[device.index()]).count();
        let each = f64::from(self.view.slots(device)) * self.rules.utilisation;
        let idle = self.view.idle_above(device, self.rules.down) * SimDuration::from_secs(1.0);
        let Grams(activation) = idle * self.intensity(device);
        let more = (members.len() - pinned) as u32;
        Servers { free: pinned as f64 * each, each, more, activation }
    }

    /// The devices of each group that are on by a solution: those that stay on, and the first others.
    pub fn on(&self, placed: &Placed) -> Vec<Vec<DeviceId>> {
        let mut on = vec![0; self.fleet.kinds().count()];
        self.kinds.iter().zip(&placed.on).for_each(|(kind, &count)| on[kind.index()] = count);
        let chosen = self.fleet.kinds().map(|kind| {
            let mut rest = on[kind.index()];
            let stays = |device: &&DeviceId| {
                let pinned = self.pinned[device.index()];
                let chosen = pinned || rest > 0;
                rest -= u32::from(chosen && !pinned);
                chosen
            };
            self.fleet.members(kind).iter().filter(stays).copied().collect()
        });
        chosen.collect()
    }

    /// Who serves whom by a solution.
    pub fn routes(&self, placed: &Placed) -> BTreeMap<Sort, Routes> {
        let mut routes = vec![Routes::default(); self.sorts.len()];
        for ((arc, &way), &flow) in self.problem.arcs.iter().zip(&self.ways).zip(&placed.flows) {
            if flow > 0.0 {
                routes[arc.demand].add(way, flow / self.problem.amounts[arc.demand]);
            }
        }
        for (demand, &left) in placed.left.iter().enumerate().filter(|&(_, &left)| left > 0.0) {
            routes[demand].add(Server::Anyone, left / self.problem.amounts[demand]);
        }
        self.sorts.iter().copied().zip(routes).collect()
    }
}
