//! Energy meters of this machine: which there are, and why those that cannot be read cannot.

mod battery;
mod ina3221;
#[cfg(feature = "nvml")]
mod nvml;
mod rapl;
mod sampler;
mod sysfs;
mod windows;

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use self::sampler::{Integral, Power, SAMPLING_PERIOD, Sampled};
pub use self::windows::{Estimate, Window, WindowError, above_idle, watch};

/// A counter of energy.
pub trait Meter: fmt::Debug + Send {
    /// What it reads, as a report prints it: `RAPL package-0 + dram`.
    fn name(&self) -> String;

    /// What its figure includes.
    fn scope(&self) -> Scope;

    /// Energy since some fixed moment before the first call [J]; it never falls, and only differences mean something.
    ///
    /// # Errors
    /// The meter can no longer be read, or reads what cannot be true. A meter that samples power stays in error,
    /// for its integral has a hole.
    fn joules(&mut self) -> Result<f64, MeterError>;
}

/// What the figure of a meter includes; no meter sees a single process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Processor packages, with their memory where it is metered.
    Package,
    /// A module with processor, graphics and memory, without its carrier board.
    Board,
    /// A graphics card.
    Card,
    /// All that runs on the battery, the screen too.
    Battery,
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Package => "package",
            Self::Board => "board",
            Self::Card => "card",
            Self::Battery => "battery",
        })
    }
}

/// Why a meter cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MeterError {
    /// A file of it cannot be read.
    #[error("{}: cannot be read: {why}; {remedy}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// A file of it holds something else than it should.
    #[error("{}: expected {expected}, found `{value}`", .file.display())]
    Garbage {
        /// The file.
        file: PathBuf,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: String,
    },
    /// It can be read, but its figure is not the energy that is asked for.
    #[error("{place}: {reason}; {remedy}")]
    Refused {
        /// The folder, or the library and its card.
        place: String,
        /// What is wrong with its figure.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}

/// A kind of meter that this machine does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Its name.
    pub kind: &'static str,
    /// Where it would be.
    pub place: String,
}

impl fmt::Display for Absent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: nothing at {}", self.kind, self.place)
    }
}

/// What [`detect`] found.
#[derive(Debug, Default)]
pub struct Found {
    /// Meters that gave a first reading, those that see the processor most closely first, graphics cards last.
    pub meters: Vec<Box<dyn Meter>>,
    /// Meters that are there and cannot be used.
    pub unusable: Vec<MeterError>,
    /// Kinds of meter that are not there.
    pub absent: Vec<Absent>,
}

impl Found {
    /// Why there is no other meter than those found, a reason a line: first what could be mended.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        self.unusable.iter().map(ToString::to_string).chain(self.absent.iter().map(ToString::to_string)).collect()
    }

    fn add(&mut self, kind: &'static str, place: String, looked: Result<Option<Box<dyn Meter>>, MeterError>) {
        match looked {
            Ok(Some(meter)) => self.meters.push(meter),
            Ok(None) => self.absent.push(Absent { kind, place }),
            Err(error) => self.unusable.push(error),
        }
    }
}

/// Looks for the meters of the machine whose file system begins at `root`: `/` for this one.
///
/// Graphics cards are asked through their driver's library, so they are looked for only where `root` is `/`, and
/// only with the feature `nvml`.
#[must_use]
pub fn detect(root: &Path) -> Found {
    let mut found = Found::default();
    let place = |path: &str| root.join(path).display().to_string();
    found.add("RAPL", place(rapl::PLACE), rapl::open(root));
    found.add("INA3221 of a Jetson", place(ina3221::PLACE), ina3221::open(root));
    found.add("battery", place(battery::PLACE), battery::open(root));
    #[cfg(feature = "nvml")]
    if root == Path::new("/") {
        nvml::detect(&mut found);
    }
    found
}
