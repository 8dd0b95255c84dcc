//! What every energy meter can do.

/// A meter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MeterError(pub String);

/// A meter of energy.
pub trait Meter {
    /// What it reads, as a report prints it.
    fn name(&self) -> String;

    /// Energy since it was opened [J]; never falls.
    ///
    /// # Errors
    /// If the system no longer lets it be read.
    fn joules(&mut self) -> Result<f64, MeterError>;
}
