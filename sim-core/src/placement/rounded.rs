//! Whole flows from a solution in parts: rounded down, and what that leaves placed greedily.

use super::{Arc, Placed, Problem, SLACK, Servers};

impl Problem {
    /// The best solution in parts, made whole; `None` where so many nodes come to none.
    pub fn rounded(&self, nodes: u64) -> Option<Placed> {
        let parts = Self { whole: false, ..self.clone() }.exact(nodes)?;
        let flows: Vec<f64> = parts.flows.iter().map(|flow| (flow + SLACK).floor()).collect();
        let rest = self.without(&flows, &parts.on);
        let more = rest.greedy();
        let add = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a + b).collect();
        let on = parts.on.iter().zip(&more.on).map(|(a, b)| a + b).collect();
        Some(Placed { flows: add(&flows, &more.flows), on, left: more.left })
    }

    /// What is left of the problem after these flows, with so many servers turned on.
    fn without(&self, flows: &[f64], on: &[u32]) -> Self {
        let mut rest = self.clone();
        for (Servers { free, each, more, .. }, &on) in rest.servers.iter_mut().zip(on) {
            *free += *each * f64::from(on);
            *more -= on;
        }
        for (&flow, Arc { demand, servers, load, most, .. }) in flows.iter().zip(&mut rest.arcs) {
            rest.servers[*servers].free -= flow * *load;
            rest.amounts[*demand] -= flow;
            *most -= flow;
        }
        rest
    }
}
