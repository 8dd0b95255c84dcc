//! Azure Functions 2021: invocations by their end, in any order; an invocation starts its duration before it ends.

use std::io::BufRead;

use super::row::TraceRow;
use super::time::nanos;
use super::timed::Work;
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table};

/// Rows in the order of the file; both times are seconds.
#[derive(Debug)]
pub(super) struct Functions<R> {
    table: Table<R>,
    end: usize,
    duration: usize,
    work: Option<Work>,
    count: u64,
}

impl<R: BufRead> Functions<R> {
    pub fn open(table: Table<R>, work: Option<Work>) -> Result<Self, ReadError> {
        let (end, duration) = (table.column(&["end_timestamp"])?, table.column(&["duration"])?);
        Ok(Self { table, end, duration, work, count: 0 })
    }

    pub fn next(&mut self) -> Result<Option<TraceRow>, ReadError> {
        let Some(row) = self.table.next()? else { return Ok(None) };
        let (end, duration) = (seconds(&row, self.end)?, seconds(&row, self.duration)?);
        if duration < 0 {
            let value = row.text(self.duration).to_owned();
            return Err(row.fault(Problem::OutOfRange {
                column: row.name(self.duration),
                value,
                expected: "not negative",
            }));
        }
        let work = self.work.map(|work| work.read(&row)).transpose()?;
        let read = TraceRow { row: self.count, at: end.saturating_sub(duration), work, ..TraceRow::default() };
        self.count += 1;
        Ok(Some(read))
    }
}

fn seconds(row: &Row, column: usize) -> Result<i64, ReadError> {
    let text = row.filled(column)?;
    nanos(text, 1_000_000_000)
        .ok_or_else(|| row.fault(Problem::BadNumber { column: row.name(column), value: text.to_owned() }))
}
