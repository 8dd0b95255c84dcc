//! AMP4EC: the weighted node score without a carbon term.

use super::{Entry, Kind, Param, join};
use crate::score::{AvgTime, Prior, Score, TaskCount, Terms, WEIGHTED_PARAMS, Weights};

const OWN: [Param; 3] = [
        Param {
            name: "task_count",
            kind: Kind::Choice(&["cumulative", "in-flight"]),
            default: "cumulative",
            doc: "what task_count of S_B = 1/(1 + 2·task_count) counts",
        },
        Param {
            name: "avg_time",
            kind: Kind::Choice(&["history", "profile"]),
            default: "history",
            doc: "avg_time of S_P: mean of what the device reported (S_P = 0.5 before any), or its profile",
        },
        Param {
            name: "tie_noise",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: "0.05",
            doc: "each score is multiplied by 1 + u·tie_noise, u uniform in 0…1, keyed by request and device; above 0 every device is looked at",
        },
];

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "amp4ec",
    summary: "AMP4EC's weighted node score: resources, load, performance history, balance",
    citation: "AMP4EC (arXiv 2504.00407), FMEC 2025; weights and terms from its public code",
    params: &join::<9>(&OWN, &WEIGHTED_PARAMS),
    build: |setup| {
        let mut terms = Terms::new(setup.params, Weights { resources: 0.2, load: 0.2, performance: 0.1, balance: 0.5, carbon: 0.0 });
        terms.task_count = TaskCount::named(setup.params.text("task_count"));
        terms.avg_time = AvgTime::named(setup.params.text("avg_time"), Prior::Half);
        terms.tie_noise = setup.params.number("tie_noise");
        Ok(Box::new(Score::new(terms, setup.params)))
    },
};
