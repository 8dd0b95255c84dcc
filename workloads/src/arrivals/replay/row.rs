//! One row of a trace as a reader hands it on: what it names, and what it leaves open.

use std::sync::Arc;

use indexmap::IndexMap;
use sim_core::ids::{DeviceId, ModelId, RequestClassId};
use sim_core::units::{Bytes, SimDuration};

use crate::error::{Problem, ReadError};
use crate::table::Row;

/// What the names in a trace mean.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Devices by name.
    pub origins: IndexMap<String, DeviceId>,
    /// Models by name.
    pub models: IndexMap<String, ModelId>,
    /// Request classes by name.
    pub classes: IndexMap<String, RequestClassId>,
}

/// Names that are checked against those known, or taken as they are where nothing is known.
pub type Known = Option<Arc<Names>>;

/// One row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TraceRow {
    /// Its number, counted from 0 in the order of the file.
    pub row: u64,
    /// Its time [ns], from where the trace counts.
    pub at: i64,
    /// The model it names.
    pub model: Option<ModelId>,
    /// The origin it names.
    pub origin: Option<DeviceId>,
    /// The class it names.
    pub class: Option<RequestClassId>,
    /// Its work.
    pub work: Option<f64>,
    /// Its input.
    pub input: Option<Bytes>,
    /// How long its start may be put off.
    pub slack: Option<SimDuration>,
    /// Largest sojourn time that counts as in time.
    pub deadline: Option<SimDuration>,
    /// Place of its region among those that are read.
    pub region: Option<usize>,
}

/// The id of a cell's name; none where no names are known.
pub(super) fn named<T: Copy>(
    row: &Row, column: usize, known: Option<&IndexMap<String, T>>,
) -> Result<Option<T>, ReadError> {
    let text = row.filled(column)?;
    let Some(known) = known else { return Ok(None) };
    let found = known.get(text).copied();
    found.map(Some).ok_or_else(|| {
        row.fault(Problem::UnknownName {
            column: row.name(column),
            value: text.to_owned(),
            known: known.keys().cloned().collect(),
        })
    })
}

/// Refuses a row whose time lies before that of the row above.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    last: Option<(i64, String)>,
}

impl Order {
    /// An instant that the next row lies after: just before the row above, since requests may come at one instant.
    pub fn before(&self) -> Option<i64> {
        self.last.as_ref().map(|&(at, _)| at.saturating_sub(1))
    }

    /// Takes the next row's time, which stands in a `column`.
    pub fn take(&mut self, row: &Row, column: usize, at: i64) -> Result<(), ReadError> {
        let text = row.text(column);
        match &mut self.last {
            Some((last, before)) if at < *last => {
                return Err(row.fault(Problem::Backwards { value: text.to_owned(), before: before.clone() }));
            }
            Some((last, before)) => {
                *last = at;
                before.clear();
                before.push_str(text);
            }
            None => self.last = Some((at, text.to_owned())),
        }
        Ok(())
    }
}
