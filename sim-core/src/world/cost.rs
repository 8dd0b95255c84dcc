//! Cost tables: time, energy and bytes of every cut of every model on every device class.

use crate::ids::{ClassId, Id, ModelId, Table};
use crate::units::{Bytes, Joules, SimDuration, Watts};

/// One model on one device class, as prefix sums over its cut points.
///
/// Row k stands for the cut after k steps: row 0 is the input, the last row the output.
#[derive(Clone, Debug, PartialEq)]
pub struct CostTable {
    /// Compute time up to each cut [s].
    pub seconds: Vec<f64>,
    /// Energy above idle up to each cut [J].
    pub joules: Vec<f64>,
    /// Parameters up to each cut [B], in the class's precision.
    pub parameters: Vec<f64>,
    /// What schedulers believe the whole model takes; the table's own time if `None`.
    pub declared_time: Option<SimDuration>,
    /// σ of the service noise's logarithm for this model; the class's own if `None`.
    pub noise_sigma: Option<f64>,
}

/// A run of layers between two cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cuts {
    /// The cut it starts at.
    pub from: u16,
    /// The cut it ends at.
    pub to: u16,
}

impl Cuts {
    /// Whether a segment lies within this one: who holds this one's weights holds its.
    #[must_use]
    #[inline]
    pub const fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

impl CostTable {
    /// A table without inner cuts: the whole model or nothing.
    #[must_use]
    pub fn whole_only(seconds: f64, energy: Joules, parameters: Bytes) -> Self {
        Self {
            seconds: vec![0.0, seconds],
            joules: vec![0.0, energy.0],
            parameters: vec![0.0, parameters.0],
            declared_time: None,
            noise_sigma: None,
        }
    }

    /// The cuts that enclose the whole model.
    #[must_use]
    pub fn whole(&self) -> Cuts {
        Cuts { from: 0, to: u16::try_from(self.seconds.len() - 1).expect("invariant: fewer than 2^16 cuts") }
    }

    /// Compute time of a segment [s], alone on the device and without noise.
    #[must_use]
    #[inline]
    pub fn time_s(&self, cuts: Cuts) -> f64 {
        self.seconds[usize::from(cuts.to)] - self.seconds[usize::from(cuts.from)]
    }

    /// Energy above idle of a segment.
    #[must_use]
    #[inline]
    pub fn energy(&self, cuts: Cuts) -> Joules {
        Joules(self.joules[usize::from(cuts.to)] - self.joules[usize::from(cuts.from)])
    }

    /// Power above idle while a segment runs: its joules over its seconds.
    #[must_use]
    #[inline]
    pub fn power(&self, cuts: Cuts) -> Watts {
        match self.time_s(cuts) {
            seconds if seconds > 0.0 => Watts(self.energy(cuts).0 / seconds),
            _ => Watts::ZERO,
        }
    }

    /// Parameters of a segment.
    #[must_use]
    pub fn parameters(&self, cuts: Cuts) -> Bytes {
        Bytes(self.parameters[usize::from(cuts.to)] - self.parameters[usize::from(cuts.from)])
    }
}

/// The cost tables of all pairs; `None` where a model cannot run on a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    models: usize,
    tables: Vec<Option<CostTable>>,
}

impl Costs {
    /// Costs from one row of tables a class, each with one entry a model.
    ///
    /// # Panics
    /// If the rows differ in length: a bug of the caller.
    #[must_use]
    pub fn new(rows: Table<ClassId, Vec<Option<CostTable>>>) -> Self {
        let models = rows.iter().next().map_or(0, Vec::len);
        assert!(rows.iter().all(|row| row.len() == models), "invariant: one cost table a model in every row");
        Self { models, tables: rows.iter().flatten().cloned().collect() }
    }

    /// The table of a model on a class, if it can run there.
    #[must_use]
    #[inline]
    pub fn get(&self, class: ClassId, model: ModelId) -> Option<&CostTable> {
        self.tables[class.index() * self.models + model.index()].as_ref()
    }
}
