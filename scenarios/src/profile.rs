//! The verb `profile`: what a network takes on this machine, and what is known of it on others.

pub mod args;
pub mod check;
#[cfg(feature = "tract")]
pub mod child;
mod class;
#[cfg(feature = "tract")]
mod file;
pub mod fit;
#[cfg(feature = "tract")]
mod measure;
#[cfg(feature = "tract")]
mod report;

use crate::commands::Error;

#[cfg(feature = "tract")]
pub use measure::measure;

/// Says how to get a build that measures.
///
/// # Errors
/// Always.
#[cfg(not(feature = "tract"))]
pub fn measure(_: &args::MeasureArgs, _: bool) -> Result<String, Error> {
    Err(Error::Input(WITHOUT.to_owned()))
}

/// Does the work of one request from standard input.
///
/// # Errors
/// If the request cannot be read or the answer not written; always without the inference engine.
pub fn worker() -> Result<(), Error> {
    #[cfg(feature = "tract")]
    let served = hardware_profiles::tract::worker::serve(std::io::stdin(), std::io::stdout())
        .map_err(|error| Error::Input(format!("the profiler's own process: {error}")));
    #[cfg(not(feature = "tract"))]
    let served = Err(Error::Input(WITHOUT.to_owned()));
    served
}

/// What a build without the inference engine answers.
#[cfg(not(feature = "tract"))]
const WITHOUT: &str = "this build has no inference engine to profile with; it takes some minutes to compile, so it is \
    left out by default:\n  cargo install --path scenarios --features tract\n  \
    cargo run --release --features tract -- profile mobilenet-v2";
