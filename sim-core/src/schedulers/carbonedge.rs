//! CarbonEdge: AMP4EC's weighted node score plus a carbon term.

use super::{Entry, Kind, Param, join};
use crate::score::{AvgTime, CarbonForm, Prior, Score, TaskCount, Terms, WEIGHTED_PARAMS, Weights};


const fn weight(name: &'static str, doc: &'static str) -> Param {
    Param { name, kind: Kind::NumberOr { word: "mode", min: 0.0, max: 1.0 }, default: "mode", doc }
}

const OWN: [Param; 9] = [
        Param {
            name: "mode",
            kind: Kind::Choice(&["green", "balanced", "performance"]),
            default: "green",
            doc: "the paper's weights (wR, wL, wP, wB, wC): performance .25 .25 .30 .15 .05, balanced .20 .20 .15 .15 .30, green .15 .15 .10 .10 .50",
        },
        weight("w_c", "carbon weight 0…1; the mode's other weights are scaled by (1 − w_c)/(1 − its own); mode: the mode's own"),
        weight("w_r", "weight of resources, used as it is; mode: the mode's own, scaled"),
        weight("w_l", "weight of load, used as it is; mode: the mode's own, scaled"),
        weight("w_p", "weight of performance, used as it is; mode: the mode's own, scaled"),
        weight("w_b", "weight of balance, used as it is; mode: the mode's own, scaled"),
        Param {
            name: "form",
            kind: Kind::Choice(&["paper", "kwh", "minmax"]),
            default: "paper",
            doc: "S_C = 1/(1 + I·E): E = W·ms ÷ 3.6e6 as printed (paper), ÷ 3.6e9, true kWh (kwh); or I·E normalised over the candidates of the decision (minmax)",
        },
        Param {
            name: "task_count",
            kind: Kind::Choice(&["in-flight", "cumulative"]),
            default: "in-flight",
            doc: "what task_count of S_B = 1/(1 + 2·task_count) counts",
        },
        Param {
            name: "avg_time",
            kind: Kind::Choice(&["profile", "history"]),
            default: "profile",
            doc: "avg_time of S_P and E: the device's profile, or the mean of what it reported (its profile before any); a mean with form minmax has every device looked at",
        },
];

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "carbonedge",
    summary: "the weighted node score S = wR·S_R + wL·S_L + wP·S_P + wB·S_B + wC·S_C",
    citation: "CarbonEdge (arXiv 2603.27420v2), 2026",
    params: &join::<15>(&OWN, &WEIGHTED_PARAMS),
    build: |setup| {
        let weights = Weights::of_mode(setup.params.text("mode")).changed(setup.params);
        let mut terms = Terms::new(setup.params, weights);
        terms.task_count = TaskCount::named(setup.params.text("task_count"));
        terms.avg_time = AvgTime::named(setup.params.text("avg_time"), Prior::Profile);
        terms.form = CarbonForm::named(setup.params.text("form"));
        Ok(Box::new(Score::new(terms, setup.params)))
    },
};
