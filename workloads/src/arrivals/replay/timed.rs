//! Traces that tell times and perhaps an amount of work: Azure's LLM inference and any other table.

use std::io::BufRead;

use super::row::{Order, TraceRow};
use super::time::Times;
use crate::arrivals::mix::MOST_WORK;
use crate::error::ReadError;
use crate::table::{Row, Table};

/// The column that work is read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub column: usize,
    /// What of it is one inference.
    pub per: f64,
}

impl Work {
    pub fn read(&self, row: &Row) -> Result<f64, ReadError> {
        let fits = |amount: f64| amount >= 0.0 && amount <= MOST_WORK * self.per;
        Ok(row.number_that(self.column, fits, "from 0 to 1e9 times what one inference is")? / self.per)
    }
}

/// Rows in order of time.
#[derive(Debug)]
pub(super) struct Timed<R> {
    table: Table<R>,
    times: Times,
    work: Option<Work>,
    order: Order,
    count: u64,
}

impl<R: BufRead> Timed<R> {
    pub fn new(table: Table<R>, times: Times, work: Option<Work>) -> Self {
        Self { table, times, work, order: Order::default(), count: 0 }
    }

    pub fn next(&mut self) -> Result<Option<TraceRow>, ReadError> {
        let Some(row) = self.table.next()? else { return Ok(None) };
        let at = self.times.read(&row, self.order.before())?;
        self.order.take(&row, self.times.column, at)?;
        let work = self.work.map(|work| work.read(&row)).transpose()?;
        let read = TraceRow { row: self.count, at, work, ..TraceRow::default() };
        self.count += 1;
        Ok(Some(read))
    }
}
