//! The simulator's own traces: every row names its model and its origin.

use std::io::BufRead;

use sim_core::units::{Bytes, SimDuration};

use super::row::{Known, Order, TraceRow, named};
use super::time::Times;
use crate::arrivals::mix::{MOST_BYTES, MOST_WORK};
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// The columns of a request's own limits [s].
pub(super) const SLACK: &str = "slack_s";
const DEADLINE: &str = "deadline_s";

/// Longer limits than a hundred years are none: a unit is wrong [s].
const LONGEST_S: f64 = 100.0 * 365.0 * 86_400.0;
const SPAN: &str = "from 0 s to 100 years";

/// Rows of `timestamp`, `model`, `origin`, and if wanted `class`, `work`, `input_bytes`, `slack_s`, `deadline_s`.
///
/// A timestamp is ISO 8601 (UTC, or with an offset) or a number of seconds after the start.
#[derive(Debug)]
pub(super) struct Own<R> {
    table: Table<R>,
    times: Times,
    model: usize,
    origin: usize,
    class: Option<usize>,
    work: Option<usize>,
    input: Option<usize>,
    slack: Option<usize>,
    deadline: Option<usize>,
    known: Known,
    /// Whether rows before the start are refused.
    from_start: bool,
    order: Order,
    count: u64,
}

impl<R: BufRead> Own<R> {
    pub fn open(table: Table<R>, times: Times, known: Known, from_start: bool) -> Result<Self, ReadError> {
        Ok(Self {
            model: table.column(&["model"])?,
            origin: table.column(&["origin"])?,
            class: table.optional("class"),
            work: table.optional("work"),
            input: table.optional("input_bytes"),
            slack: table.optional(SLACK),
            deadline: table.optional(DEADLINE),
            times,
            known,
            from_start,
            order: Order::default(),
            count: 0,
            table,
        })
    }

    pub fn next(&mut self) -> Result<Option<TraceRow>, ReadError> {
        let Some(row) = self.table.next()? else { return Ok(None) };
        let column = self.times.column;
        let at = self.times.read(&row, self.order.before())?;
        if self.from_start && at < 0 {
            return Err(row.fault(Problem::BeforeStart { value: row.text(column).to_owned() }));
        }
        self.order.take(&row, column, at)?;
        let known = self.known.as_deref();
        // An empty cell leaves open what it might tell.
        let filled = |column: &usize| !row.text(*column).is_empty();
        let class = match self.class.filter(filled) {
            Some(column) => named(&row, column, known.map(|names| &names.classes))?,
            None => None,
        };
        let number = |column: Option<usize>, fits: fn(f64) -> bool, expected| {
            column.filter(filled).map(|column| row.number_that(column, fits, expected)).transpose()
        };
        let read = TraceRow {
            row: self.count,
            at,
            model: named(&row, self.model, known.map(|names| &names.models))?,
            origin: named(&row, self.origin, known.map(|names| &names.origins))?,
            class,
            work: number(self.work, |work| work > 0.0 && work <= MOST_WORK, "more than 0, at most 1e9")?,
            input: number(self.input, |bytes| (0.0..=MOST_BYTES).contains(&bytes), "from 0 to 1e15")?.map(Bytes),
            slack: number(self.slack, |slack| (0.0..=LONGEST_S).contains(&slack), SPAN)?.map(SimDuration::from_secs),
            deadline: number(self.deadline, |limit| (0.0..=LONGEST_S).contains(&limit), SPAN)?
                .map(SimDuration::from_secs),
            region: None,
        };
        self.count += 1;
        Ok(Some(read))
    }
}
