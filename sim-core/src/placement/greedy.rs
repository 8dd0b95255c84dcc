//! The greedy solution: one demand after another, each unit where it adds the least emissions.

use super::{Arc, Placed, Problem, SLACK};

/// What is left of a problem while it is filled.
struct Rest {
    free: Vec<f64>,
    more: Vec<u32>,
    most: Vec<f64>,
}

/// So many units on an arc, after turning on a server or not.
struct Step {
    arc: usize,
    units: f64,
    turn_on: bool,
    /// Emissions a unit, those of turning on shared by the units that it makes room for.
    cost: f64,
}

impl Problem {
    /// Demands in their order, each unit on the arc that adds the least, the first of equals. Turning on a server counts
    /// in equal parts for the units that it would take now.
    pub fn greedy(&self) -> Placed {
        let mut placed = self.nothing();
        let mut rest = Rest {
            free: self.servers.iter().map(|servers| servers.free).collect(),
            more: self.servers.iter().map(|servers| servers.more).collect(),
            most: self.arcs.iter().map(|arc| arc.most).collect(),
        };
        let mut arcs_of: Vec<Vec<usize>> = vec![Vec::new(); self.amounts.len()];
        self.arcs.iter().enumerate().for_each(|(k, arc)| arcs_of[arc.demand].push(k));
        for (demand, arcs) in arcs_of.iter().enumerate() {
            while placed.left[demand] > 0.0 {
                let steps = arcs.iter().filter_map(|&arc| self.step(&rest, arc, placed.left[demand]));
                let Some(step) = steps.reduce(|best, other| if other.cost < best.cost { other } else { best }) else {
                    break;
                };
                self.take(&step, &mut rest, &mut placed);
            }
        }
        placed
    }

    /// The most that goes on an arc at one cost.
    fn step(&self, rest: &Rest, arc: usize, left: f64) -> Option<Step> {
        let Arc { servers, load, cost, .. } = self.arcs[arc];
        let wanted = left.min(self.cut(rest.most[arc]));
        let here = wanted.min(self.units(rest.free[servers], load));
        if here > 0.0 {
            return Some(Step { arc, units: here, turn_on: false, cost });
        }
        let there = wanted.min(self.units(rest.free[servers] + self.servers[servers].each, load));
        let cost = cost + self.servers[servers].activation / there;
        (rest.more[servers] > 0 && there > 0.0).then_some(Step { arc, units: there, turn_on: true, cost })
    }

    fn take(&self, step: &Step, rest: &mut Rest, placed: &mut Placed) {
        let Arc { servers, demand, load, .. } = self.arcs[step.arc];
        if step.turn_on {
            rest.more[servers] -= 1;
            rest.free[servers] += self.servers[servers].each;
            placed.on[servers] += 1;
        }
        rest.free[servers] -= load * step.units;
        rest.most[step.arc] -= step.units;
        placed.flows[step.arc] += step.units;
        // What rounding leaves is nothing.
        let left = placed.left[demand] - step.units;
        placed.left[demand] = if left <= SLACK * self.amounts[demand] { 0.0 } else { left };
    }

    /// How many units of a load fit into a room.
    fn units(&self, room: f64, load: f64) -> f64 {
        self.cut(if load > 0.0 { (room / load).max(0.0) } else { f64::INFINITY })
    }

    fn cut(&self, units: f64) -> f64 {
        match self.whole {
            true => (units * (1.0 + SLACK)).floor(),
            // Crumbs that rounding leaves would turn the loop for ever.
            false if units < SLACK => 0.0,
            false => units,
        }
    }
}
