//! The weights of the weighted score: those of the modes, and what parameters change of them.

use crate::schedulers::Params;

/// Weights of the five terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    /// wR of S_R = ½·cpu_avail/cpu_needed + ½·mem_avail/mem_needed, each ratio clamped to 0…1.
    pub resources: f64,
    /// wL of S_L = 1 − load.
    pub load: f64,
    /// wP of S_P = 1/(1 + avg_time), in seconds.
    pub performance: f64,
    /// wB of S_B = 1/(1 + 2·task_count).
    pub balance: f64,
    /// wC of S_C.
    pub carbon: f64,
}

impl Weights {
    /// Those of a mode of CarbonEdge.
    pub fn of_mode(name: &str) -> Self {
        match name {
            "performance" => Self { resources: 0.25, load: 0.25, performance: 0.30, balance: 0.15, carbon: 0.05 },
            "balanced" => Self { resources: 0.20, load: 0.20, performance: 0.15, balance: 0.15, carbon: 0.30 },
            _ => Self { resources: 0.15, load: 0.15, performance: 0.10, balance: 0.10, carbon: 0.50 },
        }
    }

    /// With what parameters give: a carbon weight scales the others, any other weight is taken as it is.
    pub fn changed(self, params: &Params) -> Self {
        let given = params.number_or("w_c");
        let scale = given.map_or(1.0, |carbon| (1.0 - carbon) / (1.0 - self.carbon));
        let weight = |name, own: f64| params.number_or(name).unwrap_or(own * scale);
        Self {
            resources: weight("w_r", self.resources),
            load: weight("w_l", self.load),
            performance: weight("w_p", self.performance),
            balance: weight("w_b", self.balance),
            carbon: given.unwrap_or(self.carbon),
        }
    }
}
