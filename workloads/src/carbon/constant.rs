//! A carbon intensity that never changes.

use sim_core::units::Intensity;
use sim_core::world::signal::{Labels, Provenance, Signal};

use crate::error::{ParameterError, not_negative};

/// The signal that is `value` at all times; `source` says where the number comes from.
///
/// # Errors
/// If the value is negative or not finite.
pub fn signal(value: Intensity, labels: Labels, source: &str) -> Result<Signal, ParameterError> {
    not_negative("carbon intensity", value.0)?;
    let made = Signal::constant(value, labels, Provenance::Given(source.to_owned()));
    Ok(made.expect("invariant: a finite value that is not negative is a signal"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::units::SimTime;
    use sim_core::world::signal::{Basis, Gas, Scope};

    #[test]
    fn a_constant_covers_all_time_and_a_negative_one_is_refused() {
        let labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
        let world = signal(Intensity(475.0), labels, "IEA 2019").unwrap();
        assert!(world.is_constant() && world.covers(SimTime::NEVER));
        assert!(signal(Intensity(-1.0), labels, "").is_err());
    }
}
