//! What a series is apart from its numbers: what its format says of it, joined with what the caller states.

use sim_core::world::signal::{Basis, Gas, Labels, Scope, SignalKind};

use super::fault::Fault;
use super::options::{Options, Values};
use super::unit::Unit;

/// What a format says of one thing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Says<T> {
    /// This, and nothing else may be stated.
    Only(T),
    /// This, unless something else is stated.
    Unless(T),
    /// Nothing: it must be stated, for this reason.
    Nothing(&'static str),
}

/// What a series is apart from its numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stated {
    /// The grid zone.
    pub zone: String,
    /// Average or marginal.
    pub kind: SignalKind,
    /// What the numbers count.
    pub labels: Labels,
    /// Unit in the file.
    pub unit: Unit,
    /// Whether the file or the caller names the unit; otherwise values that are low as a whole leave it in doubt.
    pub unit_named: bool,
    /// What a value is.
    pub values: Values,
    /// Who publishes it, and what else outputs should say of it.
    pub source: String,
    /// Whether the place in time was assumed.
    pub start_assumed: bool,
    /// Whether the numbers were made, not measured.
    pub synthetic: bool,
}

/// What a format says of all labels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speech {
    pub kind: Says<SignalKind>,
    pub scope: Says<Scope>,
    pub basis: Says<Basis>,
    pub gas: Says<Gas>,
    pub unit: Says<Unit>,
    pub values: Says<Values>,
}

/// Labels of a format that says none: those of most published series, a life cycle's CO2e of what is consumed.
pub(super) const SILENT: Speech = Speech {
    kind: Says::Unless(SignalKind::Average),
    scope: Says::Unless(Scope::Lifecycle),
    basis: Says::Unless(Basis::Consumption),
    gas: Says::Unless(Gas::Co2e),
    unit: Says::Unless(Unit::GramsPerKwh),
    values: Says::Unless(Values::Mean),
};

impl Speech {
    /// Joins it with what the caller states.
    ///
    /// # Errors
    /// If the two contradict each other, or neither says something.
    pub fn join(&self, options: &Options, zone: &str, source: impl Into<String>) -> Result<Stated, Fault> {
        let kind = settle("kind", self.kind, options.kind, kind_name)?;
        let labels = Labels {
            scope: settle("scope", self.scope, options.scope, scope_name)?,
            basis: settle("basis", self.basis, options.basis, basis_name)?,
            gas: settle("gas", self.gas, options.gas, gas_name)?,
        };
        Ok(Stated {
            zone: zone.to_owned(),
            kind,
            labels,
            unit: settle("unit", self.unit, options.unit, Unit::name)?,
            unit_named: options.unit.is_some() || matches!(self.unit, Says::Only(_)),
            values: settle("values", self.values, options.values, Values::name)?,
            source: source.into(),
            start_assumed: false,
            synthetic: false,
        })
    }
}

fn settle<T: Copy + PartialEq>(
    key: &'static str, says: Says<T>, given: Option<T>, name: fn(T) -> &'static str,
) -> Result<T, Fault> {
    match (says, given) {
        (Says::Only(only), Some(given)) if given != only => {
            Err(Fault::Contradiction { key, given: name(given).to_owned(), stated: name(only).to_owned() })
        }
        (Says::Nothing(why), None) => Err(Fault::Unstated { key, why: why.to_owned() }),
        (Says::Only(value) | Says::Unless(value), None) => Ok(value),
        (Says::Only(_) | Says::Unless(_) | Says::Nothing(_), Some(given)) => Ok(given),
    }
}

/// As scenarios write it.
pub(super) fn kind_name(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::Average => "average",
        SignalKind::Marginal => "marginal",
    }
}

/// As scenarios write it.
pub(super) fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Direct => "direct",
        Scope::Lifecycle => "lifecycle",
    }
}

/// As scenarios write it.
pub(super) fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Consumption => "consumption",
        Basis::Production => "production",
    }
}

/// As scenarios write it.
pub(super) fn gas_name(gas: Gas) -> &'static str {
    match gas {
        Gas::Co2 => "CO2",
        Gas::Co2e => "CO2e",
    }
}
