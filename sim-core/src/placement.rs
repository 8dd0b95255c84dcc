//! Placing requests on servers together, at the least emissions: the problem, and how it is solved.
//!
//! Requests that are alike are one *demand*, an amount; devices that are alike are one group of *servers*, a capacity
//! that grows with each one turned on. What goes where is a flow over *arcs*.

mod exact;
mod fleet;
mod greedy;
mod hand;
mod hour;
mod room;
mod rounded;
mod sort;
#[cfg(test)]
mod tests;
mod window;

pub(crate) use fleet::Fleet;
pub(crate) use hand::{Hand, Orders};
pub(crate) use hour::{Hour, HourRules, Routes, Server};
pub(crate) use room::Room;
pub(crate) use sort::{Batch, Sort};
pub(crate) use window::{Window, WindowRules};

/// Devices that are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Servers {
    /// Load that fits on those that are on.
    pub free: f64,
    /// Load that fits on one that is turned on.
    pub each: f64,
    /// How many can be turned on.
    pub more: u32,
    /// Emissions of turning one on [g].
    pub activation: f64,
}

/// A way for a demand to a group of servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arc {
    pub demand: usize,
    pub servers: usize,
    /// Emissions of a unit [g].
    pub cost: f64,
    /// Load of a unit on the servers.
    pub load: f64,
    /// The most that goes this way.
    pub most: f64,
}

/// As little left as can be, then min Σ cost·x + Σ activation·y, over flows x, servers turned on y and amounts left, with
/// Σ_arcs x + left = amount for each demand, Σ load·x ≤ free + each·y and y ≤ more, a whole number, for each group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Problem {
    /// Of each demand.
    pub amounts: Vec<f64>,
    pub servers: Vec<Servers>,
    pub arcs: Vec<Arc>,
    /// Whether flows are whole numbers.
    pub whole: bool,
}

/// Flows, and what they ask for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    /// On each arc.
    pub flows: Vec<f64>,
    /// Turned on of each group.
    pub on: Vec<u32>,
    /// Left of each demand.
    pub left: Vec<f64>,
}

/// How far the exact solution is sought; counts and no clock, so that a decision never depends on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Most variables of an exact solution.
    pub variables: usize,
    /// Most nodes of branch and bound.
    pub nodes: u64,
}

/// Room that rounding is allowed to overstep, relative to what is there.
const SLACK: f64 = 1e-9;

impl Problem {
    /// What leaving a unit counts in the solvers: more than all else together can.
    pub fn penalty(&self) -> f64 {
        let dearest = |demand: usize| {
            let costs = self.arcs.iter().filter(|arc| arc.demand == demand).map(|arc| arc.cost);
            costs.fold(0.0, f64::max)
        };
        let flows: f64 = self.amounts.iter().enumerate().map(|(demand, amount)| amount * dearest(demand)).sum();
        let on: f64 = self.servers.iter().map(|servers| f64::from(servers.more) * servers.activation).sum();
        let all = flows + on;
        if all > 0.0 { 2.0 * all } else { 1.0 }
    }

    /// Emissions of a solution, without what it leaves [g].
    pub fn emissions(&self, placed: &Placed) -> f64 {
        let flows: f64 = self.arcs.iter().zip(&placed.flows).map(|(arc, flow)| arc.cost * flow).sum();
        let on = self.servers.iter().zip(&placed.on).map(|(servers, &on)| servers.activation * f64::from(on));
        flows + on.sum::<f64>()
    }

    /// Whether a solution leaves less than another, or as much at lower emissions.
    fn is_better(&self, one: &Placed, other: &Placed) -> bool {
        let left = |placed: &Placed| placed.left.iter().sum::<f64>();
        let (less, slack) = (left(other) - left(one), SLACK * self.amounts.iter().sum::<f64>());
        less > slack || (less >= -slack && self.emissions(one) < self.emissions(other))
    }

    /// How many variables the exact solution has.
    pub fn variables(&self) -> usize {
        self.amounts.len() + self.arcs.len() + self.servers.iter().filter(|servers| servers.more > 0).count()
    }

    /// Everything its cheapest way, the first of equals, where all of it fits on what is on: then nothing is better.
    pub fn unhindered(&self) -> Option<Placed> {
        let mut cheapest: Vec<Option<usize>> = vec![None; self.amounts.len()];
        for (k, arc) in self.arcs.iter().enumerate() {
            let best = &mut cheapest[arc.demand];
            if best.is_none_or(|other: usize| arc.cost < self.arcs[other].cost) {
                *best = Some(k);
            }
        }
        let mut placed = self.nothing();
        let mut load = vec![0.0; self.servers.len()];
        for (demand, &amount) in self.amounts.iter().enumerate() {
            let Some(k) = cheapest[demand] else { continue };
            let arc = &self.arcs[k];
            if amount > arc.most {
                return None;
            }
            placed.flows[k] = amount;
            placed.left[demand] = 0.0;
            load[arc.servers] += amount * arc.load;
        }
        let fits = self.servers.iter().zip(&load).all(|(servers, &load)| load <= servers.free * (1.0 + SLACK));
        fits.then_some(placed)
    }

    /// The best solution within the limits: the exact one, or the best of those that stand in for it.
    pub fn solve(&self, limits: Limits) -> Placed {
        if let Some(placed) = self.unhindered() {
            return placed;
        }
        let (trimmed, kept) = self.trimmed();
        let best = trimmed.search(limits);
        let mut flows = vec![0.0; self.arcs.len()];
        kept.iter().zip(&best.flows).for_each(|(&k, &flow)| flows[k] = flow);
        Placed { flows, ..best }
    }

    /// The exact solution where it is found. Else the best of three: what the search came to; for whole flows a solution
    /// in parts that is rounded, for others the relaxation with servers turned on whole; and the greedy one.
    fn search(&self, limits: Limits) -> Placed {
        let small = self.variables() <= limits.variables;
        let found = match (small, self.whole) {
            (true, true) => [self.exact(limits.nodes), self.rounded(limits.nodes)],
            (true, false) => [self.exact(limits.nodes), None],
            (false, true) => [None, None],
            (false, false) => [self.relaxed().map(|relaxed| relaxed.turned_on_whole(self)), None],
        };
        let better = |best: Placed, other: Placed| if self.is_better(&other, &best) { other } else { best };
        found.into_iter().flatten().fold(self.greedy(), better)
    }

    /// Without the arcs that no best solution needs, with the places of those that are kept: a demand that fits on a
    /// group which everything together cannot fill goes no dearer way.
    fn trimmed(&self) -> (Self, Vec<usize>) {
        let mut need = vec![0.0; self.servers.len()];
        self.arcs.iter().for_each(|arc| need[arc.servers] += arc.load * arc.most.min(self.amounts[arc.demand]));
        let mut ceilings = vec![f64::INFINITY; self.amounts.len()];
        for arc in &self.arcs {
            let roomy = need[arc.servers] <= self.servers[arc.servers].free && self.amounts[arc.demand] <= arc.most;
            if roomy {
                ceilings[arc.demand] = ceilings[arc.demand].min(arc.cost);
            }
        }
        let keep = |k: &usize| self.arcs[*k].cost <= ceilings[self.arcs[*k].demand];
        let kept: Vec<usize> = (0..self.arcs.len()).filter(keep).collect();
        (Self { arcs: kept.iter().map(|&k| self.arcs[k]).collect(), ..self.clone() }, kept)
    }

    /// Nothing placed.
    fn nothing(&self) -> Placed {
        Placed { flows: vec![0.0; self.arcs.len()], on: vec![0; self.servers.len()], left: self.amounts.clone() }
    }
}
