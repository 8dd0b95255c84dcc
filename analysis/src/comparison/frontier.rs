//! Which schedulers trade carbon for latency without being beaten in both.

use serde::Serialize;

use crate::inference::pareto;

/// How far beyond the worst costs the reference point lies, so that the extremes of the front count too (Ishibuchi et
/// al., *Evolutionary Computation* 26 (2018), recommend slightly beyond the worst).
const BEYOND: f64 = 1.1;

/// The Pareto set of carbon and latency by the schedulers' values, whose uncertainty it leaves aside.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Frontier {
    /// Names of the two metrics.
    pub metrics: [&'static str; 2],
    /// Schedulers that no other one beats in both, from the least carbon on.
    pub set: Vec<String>,
    /// The point that the area is measured to: 1.1 times the worst value of each metric.
    pub reference: [f64; 2],
    /// Area that the set dominates, as a share of the rectangle between zero and the reference.
    pub hypervolume: f64,
    /// What that share would lose without each scheduler of the set, in its order.
    pub contributions: Vec<f64>,
}

impl Frontier {
    /// The set among named points that have both costs.
    pub(super) fn new(metrics: [&'static str; 2], points: &[(&str, [f64; 2])]) -> Self {
        let costs: Vec<[f64; 2]> = points.iter().map(|(_, costs)| *costs).collect();
        let reference = [0, 1].map(|k| BEYOND * costs.iter().map(|costs| costs[k]).fold(0.0, f64::max));
        let rectangle = reference[0] * reference[1];
        let share = |points: &[[f64; 2]]| {
            if rectangle > 0.0 { pareto::hypervolume(points, reference) / rectangle } else { 0.0 }
        };
        let front = pareto::front(&costs);
        let hypervolume = share(&costs);
        let without = |left_out: usize| {
            let rest = costs.iter().enumerate().filter(|(k, _)| *k != left_out);
            share(&rest.map(|(_, costs)| *costs).collect::<Vec<_>>())
        };
        Self {
            metrics,
            set: front.iter().map(|&k| points[k].0.to_owned()).collect(),
            reference,
            hypervolume,
            contributions: front.iter().map(|&k| hypervolume - without(k)).collect(),
        }
    }
}
