//! TRACE: CarbonEdge's weighted score with the transfer's time and emissions in it.

use super::{Entry, Kind, Param, ParamIssue, Params, join};
use crate::score::{
    AvgTime, NetworkEnergy, Prior, TaskCount, Terms, TransferScore, WEIGHTED_PARAMS, Weights,
};
use crate::units::JoulesPerByte;

const fn weight(name: &'static str, doc: &'static str) -> Param {
    Param { name, kind: Kind::NumberOr { word: "mode", min: 0.0, max: 1.0 }, default: "mode", doc }
}

const OWN: [Param; 10] = [
        Param {
            name: "mode",
            kind: Kind::Choice(&["trans-green", "green", "balanced", "performance"]),
            default: "trans-green",
            doc: "weights (wR, wL, wP, wB, wC): trans-green .10 .10 .10 .10 .60 (TRACE's code); the others as in carbonedge",
        },
        weight("w_c", "carbon weight 0…1; the mode's other weights are scaled by (1 − w_c)/(1 − its own); mode: the mode's own"),
        weight("w_r", "weight of resources, used as it is; mode: the mode's own, scaled"),
        weight("w_l", "weight of load, used as it is; mode: the mode's own, scaled"),
        weight("w_p", "weight of performance, used as it is; mode: the mode's own, scaled"),
        weight("w_b", "weight of balance, used as it is; mode: the mode's own, scaled"),
        Param {
            name: "k_net",
            kind: Kind::Text,
            default: "network",
            doc: "energy of moving data: the scenario's network (network), or kWh/GB of TRACE's code for 4g (0.14), 5g and wifi (0.08), fibre (0.04), or a number [kWh/GB]",
        },
        Param {
            name: "half_time",
            kind: Kind::Number { min: 1e-6, max: 1e6 },
            default: "0.1",
            doc: "S_P = 1/(1 + (avg_time + transfer time)/half_time) [s]: 0.1 in TRACE's code, 1 in CarbonEdge",
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
            doc: "avg_time of S_P and of the energy: the device's profile, or the mean of what it reported (its profile before any)",
        },
];

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "trace",
    summary: "CarbonEdge's score with transfer time in S_P and transfer emissions in S_C, normalised over the candidates",
    citation: "TRACE/trans-edge, weights and terms from its public code (github.com/ebaadraheem/trans-edge), 2026",
    // Without `search`: transfers differ by origin and device, so every candidate is looked at.
    params: &join::<15>(&OWN, WEIGHTED_PARAMS.split_at(5).0),
    build: |setup| {
        let mut terms = Terms::new(setup.params, weights(setup.params));
        terms.task_count = TaskCount::named(setup.params.text("task_count"));
        terms.avg_time = AvgTime::named(setup.params.text("avg_time"), Prior::Profile);
        let network = network_energy(setup.params.text("k_net"))?;
        Ok(Box::new(TransferScore::new(terms, setup.params.number("half_time"), network)))
    },
};

fn network_energy(text: &str) -> Result<NetworkEnergy, ParamIssue> {
    let kwh_per_gb = match text {
        "network" => return Ok(NetworkEnergy::Scenario),
        "4g" => 0.14,
        "5g" | "wifi" => 0.08,
        "fibre" => 0.04,
        // From nothing to a thousand times the highest figure of the literature.
        other => match other.parse::<f64>() {
            Ok(number) if (0.0..=140.0).contains(&number) => number,
            _ => {
                return Err(ParamIssue {
                    param: "k_net",
                    message: format!("`{other}` is no access medium and no number from 0 to 140"),
                    hint: "network, 4g, 5g, wifi, fibre, or kWh/GB such as 0.04".into(),
                });
            }
        },
    };
    Ok(NetworkEnergy::PerByte(JoulesPerByte::from_kwh_per_gb(kwh_per_gb)))
}

/// The mode's weights; a given carbon weight scales the others, any other given weight is taken as it is.
fn weights(params: &Params) -> Weights {
    match params.text("mode") {
        "trans-green" => Weights { resources: 0.10, load: 0.10, performance: 0.10, balance: 0.10, carbon: 0.60 },
        mode => Weights::of_mode(mode),
    }
    .changed(params)
}
