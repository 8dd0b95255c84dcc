//! The Parquet files of a run directory: their columns with units, and their writers.

mod column;
mod devices;
mod requests;
mod timeline;
mod writer;

pub use column::{Column, Kind};
pub use devices::write_devices;
pub use requests::write_requests;
pub use timeline::write_timeline;

use sim_core::world::World;

use crate::summary::{Forecasts, SignalSource};

/// How the energies above idle of a file are known, `measured`, `calibrated` or `modelled` at worst, as the footer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnergyKnown(pub Option<&'static str>);

/// How the numbers of a file are known, as every footer says.
fn known(world: &World, energy: EnergyKnown) -> writer::Facts {
    vec![
        ("signals", SignalSource::line(&SignalSource::all(world))),
        ("forecasts", Forecasts::new(&world.grid).line()),
        ("energy_provenance", energy.0.unwrap_or("not stated").to_owned()),
    ]
}

/// A Parquet file of a run directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// All requests of the measured cohort that ended, or a sample of them.
    Requests,
    /// Each zone in each interval.
    Timeline,
    /// Each device over the whole run.
    Devices,
}

impl File {
    /// All files.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Timeline, Self::Devices];

    /// Its name in a run directory.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests.parquet",
            Self::Timeline => "timeline.parquet",
            Self::Devices => "devices.parquet",
        }
    }

    /// Its columns in order.
    #[must_use]
    pub fn schema(self) -> Vec<Column> {
        match self {
            Self::Requests => column::about(&requests::fields()),
            Self::Timeline => column::about(&timeline::fields()),
            Self::Devices => column::about(&devices::fields()),
        }
    }
}
