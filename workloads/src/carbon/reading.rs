//! A file of carbon intensities, read.

use sim_core::world::signal::SignalKind;

use super::findings::Finding;
use super::format::Format;
use super::options::{Options, Values};
use super::series::Series;
use super::unit::Unit;
use crate::error::ReadError;
use crate::forecast::issued::Issued;

/// A signal out of a file, with what was found on the way.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The format that it was read as.
    pub format: Format,
    /// The signal's intervals [g/kWh].
    pub series: Series,
    /// Average or marginal.
    pub kind: SignalKind,
    /// Unit of the values in the file.
    pub unit: Unit,
    /// What a value in the file is.
    pub values: Values,
    /// Rows of the file.
    pub rows: usize,
    /// What was odd, mended by the policy that was stated; empty under [`Gaps::Error`](super::options::Gaps::Error).
    pub findings: Vec<Finding>,
}

/// Reads the signal of a file; `file` is the name that errors show.
///
/// # Errors
/// The first thing that is wrong, or that must be stated and is not.
pub fn read(bytes: &[u8], file: &str, options: &Options) -> Result<Reading, ReadError> {
    let _ = (bytes, file, options);
    unimplemented!()
}

/// Reads the forecasts of a file as they were issued.
///
/// # Errors
/// If the file has none, or something is wrong with it.
pub fn read_issued(bytes: &[u8], file: &str, options: &Options) -> Result<Issued, ReadError> {
    let _ = (bytes, file, options);
    unimplemented!()
}
