//! The perfect forecast: what will happen.

use sim_core::units::{Exposure, Intensity, SimTime};
use sim_core::world::forecast::{Oracle, OracleDerived};

/// What will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perfect;

impl OracleDerived for Perfect {
    fn name(&self) -> &str {
        "perfect"
    }

    fn at(&self, oracle: &Oracle, target: SimTime) -> Intensity {
        oracle.actual().at(target)
    }

    fn exposure(&self, oracle: &Oracle, from: SimTime, to: SimTime) -> Exposure {
        oracle.actual().integral(from, to)
    }
}
