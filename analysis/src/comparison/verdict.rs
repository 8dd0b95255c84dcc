//! What may be said of a scheduler beside the baseline, with the risk of all such words together.

use std::fmt;

use serde::Serialize;

use super::difference::Difference;
use super::rule::Rule;
use crate::inference::holm;

/// The word on a scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Smaller than the baseline.
    Better,
    /// Larger than the baseline.
    Worse,
    /// Within the margin of the baseline, whether or not a difference is certain.
    Equivalent,
    /// Neither is shown: more units may tell.
    NotToldApart,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::NotToldApart => "not told apart",
        })
    }
}

/// A verdict by one metric and the adjusted tests behind it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// The metric.
    pub metric: &'static str,
    /// p of no difference, adjusted over the schedulers (Holm).
    pub p_holm: Option<f64>,
    /// p of "not within the margin", adjusted over the schedulers (Holm).
    pub equivalence_p_holm: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// The judgements of all schedulers by a metric, from their differences; the baseline's is not among them.
pub(super) fn judge(metric: &'static str, differences: &[Option<&Difference>], rule: &Rule) -> Vec<Judgement> {
    let apart = adjusted(differences, |difference| Some(difference.p_value));
    let alike = adjusted(differences, |difference| difference.equivalence_p);
    let rows = differences.iter().zip(apart.into_iter().zip(alike));
    rows.map(|(difference, (p_holm, equivalence_p_holm))| {
        let below = |p: Option<f64>| p.is_some_and(|p| p < rule.alpha());
        let verdict = match difference {
            Some(_) if below(equivalence_p_holm) => Verdict::Equivalent,
            Some(difference) if below(p_holm) && difference.value < 0.0 => Verdict::Better,
            Some(_) if below(p_holm) => Verdict::Worse,
            Some(_) | None => Verdict::NotToldApart,
        };
        Judgement { metric, p_holm, equivalence_p_holm, verdict }
    })
    .collect()
}

/// Holm over the schedulers that have a p.
fn adjusted(all: &[Option<&Difference>], p: impl Fn(&Difference) -> Option<f64>) -> Vec<Option<f64>> {
    let known: Vec<Option<f64>> = all.iter().map(|difference| difference.and_then(&p)).collect();
    let mut adjusted = holm::adjusted(&known.iter().flatten().copied().collect::<Vec<f64>>()).into_iter();
    known.into_iter().map(|p| p.and_then(|_| adjusted.next())).collect()
}
