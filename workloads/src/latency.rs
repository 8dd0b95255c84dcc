//! Measured latencies between places, in each direction as they were measured.
//!
//! [`read`] takes a square matrix, a list of pairs or a table of pings; [`places`] says where its places are;
//! [`between`] finds for two sites of a scenario the nearest pair that was measured.

pub mod between;
pub mod places;
mod read;

use std::collections::BTreeMap;

use indexmap::IndexSet;
use sim_core::units::SimDuration;

pub use read::read;

/// How a table of latencies is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A header of destinations, and one row a source, whose name comes first. An empty cell was not measured.
    Matrix,
    /// One row a pair: from, to and a latency.
    Pairs,
    /// One row a ping: `source`, `destination`, `min`, `avg`, `max`, as WonderNetwork publishes. A pair's latency is
    /// the mean of its `avg`.
    Pings,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Matrix, Self::Pairs, Self::Pings];

    /// As scenarios write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Matrix => "matrix",
            Self::Pairs => "pairs",
            Self::Pings => "pings",
        }
    }
}

/// What a latency in a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Values {
    /// A round trip, such as `ping` shows: one way takes half of it.
    Rtt,
    /// One way.
    OneWay,
}

/// The unit of the latencies in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milliseconds.
    #[default]
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Seconds.
    Seconds,
}

impl Unit {
    fn in_millis(self) -> f64 {
        match self {
            Self::Milliseconds => 1.0,
            Self::Microseconds => 1e-3,
            Self::Seconds => 1e3,
        }
    }
}

/// What becomes of a pair that has several values. Pings are repeated by nature: theirs are always averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Duplicates {
    /// The file is refused.
    #[default]
    Error,
    /// The first value in the file counts.
    First,
    /// Their mean counts.
    Mean,
}

/// What a caller states of a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Its format; none to recognise it by its header.
    pub format: Option<Format>,
    /// Whether its values are round trips; none only for pings, which are.
    pub values: Option<Values>,
    /// The unit of its values.
    pub unit: Unit,
    /// The column of values in a list of pairs or pings; none for one with a usual name.
    pub column: Option<String>,
    /// What becomes of a pair that has several values.
    pub duplicates: Duplicates,
}

/// Latencies between named places.
#[derive(Clone, Debug)]
pub struct Matrix {
    format: Format,
    rows: usize,
    names: IndexSet<String>,
    /// One-way latency [ms]; a map, because most pairs of a long list may be missing.
    one_way: BTreeMap<(usize, usize), f64>,
}

impl Matrix {
    /// The format that it was read as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Rows of the file below its header.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Its places, in the order of the file.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The number of a place.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.get_index_of(name)
    }

    /// The time from one place to another, by their numbers; none if it was not measured.
    #[must_use]
    pub fn one_way(&self, from: usize, to: usize) -> Option<SimDuration> {
        self.one_way.get(&(from, to)).copied().map(SimDuration::from_millis)
    }

    /// All measured pairs of places with the one-way latency [ms], by the numbers of the places.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = ((usize, usize), f64)> {
        self.one_way.iter().map(|(&pair, &latency)| (pair, latency))
    }
}
