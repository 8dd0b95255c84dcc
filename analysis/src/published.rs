//! Simulated figures beside published ones.

use std::fmt;

use serde::Serialize;

use crate::number::{NONE, significant};
use crate::table::{Align, Table};

/// A simulated figure and the published one it is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pair {
    /// What the simulator says; `None` when nothing completed.
    pub simulated: Option<f64>,
    /// What was published, if it was.
    pub published: Option<f64>,
}

impl Pair {
    /// A pair of figures.
    #[must_use]
    pub fn new(simulated: impl Into<Option<f64>>, published: impl Into<Option<f64>>) -> Self {
        Self { simulated: simulated.into(), published: published.into() }
    }

    /// (simulated − published) / published [%], where both are known.
    #[must_use]
    pub fn error_percent(&self) -> Option<f64> {
        let (simulated, published) = (self.simulated?, self.published?);
        (published != 0.0).then(|| (simulated - published) / published * 100.0)
    }
}

/// One configuration, such as a scheduler.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Mean sojourn time [ms].
    pub latency_ms: Pair,
    /// Operational emissions of an inference [g].
    pub carbon_g_per_inference: Pair,
    /// Inferences of a gram [1/g].
    pub inferences_per_g: Pair,
}

impl Case {
    fn metrics(&self) -> [(&'static str, &Pair); 3] {
        [
            ("latency [ms]", &self.latency_ms),
            ("carbon [g/inference]", &self.carbon_g_per_inference),
            ("inferences [1/g]", &self.inferences_per_g),
        ]
    }
}

/// Configurations of one experiment beside what was published about it; displayed as a titled table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// What is compared, with its source.
    pub title: String,
    /// The configurations in order.
    pub cases: Vec<Case>,
}

impl Comparison {
    /// The largest absolute error of all pairs [%]; `None` if no pair is complete.
    #[must_use]
    pub fn worst_error_percent(&self) -> Option<f64> {
        let pairs = self.cases.iter().flat_map(Case::metrics);
        pairs.filter_map(|(_, pair)| pair.error_percent()).map(f64::abs).max_by(f64::total_cmp)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Align::{Left, Right};
        let columns = [("", Left), ("metric", Left), ("simulated", Right), ("published", Right), ("error", Right)];
        let mut table = Table::new(&columns);
        for case in &self.cases {
            let known = |pair: &Pair| pair.simulated.is_some() || pair.published.is_some();
            let metrics = case.metrics().into_iter().filter(|(_, pair)| known(pair));
            for (k, (metric, pair)) in metrics.enumerate() {
                let name = if k == 0 { case.name.as_str() } else { "" };
                let error = pair.error_percent().map_or(NONE.to_owned(), |error| format!("{error:+.1} %"));
                let simulated = pair.simulated.map_or(NONE.to_owned(), |value| significant(value, 5));
                // As it was published, with no digit that was not.
                let published = pair.published.map_or(NONE.to_owned(), |value| value.to_string());
                table.row([name, metric, &simulated, &published, &error]);
            }
        }
        writeln!(f, "{}", self.title)?;
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_stands_beside_the_published_one_with_its_error() {
        let comparison = Comparison {
            title: "MobileNetV2 (CarbonEdge, 2026)".into(),
            cases: vec![
                Case {
                    name: "monolithic".into(),
                    latency_ms: Pair::new(254.85, 254.85),
                    carbon_g_per_inference: Pair::new(0.005_35, 0.0053),
                    inferences_per_g: Pair::new(186.9, 189.5),
                },
                Case {
                    name: "amp4ec".into(),
                    latency_ms: Pair::new(271.2, 277.22),
                    inferences_per_g: Pair::new(1662.0, None),
                    ..Case::default()
                },
            ],
        };
        let text = "\
MobileNetV2 (CarbonEdge, 2026)
              metric                simulated  published   error
  monolithic  latency [ms]             254.85     254.85  +0.0 %
              carbon [g/inference]  0.0053500     0.0053  +0.9 %
              inferences [1/g]         186.90      189.5  -1.4 %
  amp4ec      latency [ms]             271.20     277.22  -2.2 %
              inferences [1/g]        1,662.0          –       –
";
        assert_eq!(comparison.to_string(), text);
        assert!((comparison.worst_error_percent().expect("pairs") - 2.1716).abs() < 1e-3);
    }
}
