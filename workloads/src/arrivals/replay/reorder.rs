//! Rows that are not in order of time, put in order in a buffer that is no longer than their disorder.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::BufRead;

use super::azure_functions::Functions;
use super::row::TraceRow;
use crate::error::{Problem, ReadError};

/// Most rows that wait in the buffer: 96 MiB of them.
pub(super) const MOST_BUFFERED: usize = 1 << 22;

/// What is kept of a row while it waits: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Waiting {
    at: i64,
    row: u64,
    /// NaN where the row tells none.
    work: f64,
}

impl Waiting {
    /// Equal times keep the order of the file.
    fn key(&self) -> (i64, u64) {
        (self.at, self.row)
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Rows in order of time, given how far back in time any row lies behind the newest row above it.
///
/// A row may leave as soon as no row that is still unread can lie before it.
#[derive(Debug)]
pub(super) struct Reorder<R> {
    inner: Functions<R>,
    lag: i64,
    newest: i64,
    ended: bool,
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// Most rows that have waited at once.
    peak: usize,
    most: usize,
    file: String,
}

impl<R: BufRead> Reorder<R> {
    /// Puts rows of a `file` in order whose largest lag [ns] is known.
    pub fn new(inner: Functions<R>, lag: i64, file: &str) -> Self {
        let (waiting, file) = (BinaryHeap::new(), file.to_owned());
        Self { inner, lag, newest: i64::MIN, ended: false, waiting, peak: 0, most: MOST_BUFFERED, file }
    }

    pub fn peak(&self) -> usize {
        self.peak
    }

    pub fn next(&mut self) -> Result<Option<TraceRow>, ReadError> {
        loop {
            let safe = self.newest.saturating_sub(self.lag);
            if self.waiting.peek().is_some_and(|Reverse(first)| self.ended || first.at <= safe) {
                return Ok(self.waiting.pop().map(|Reverse(first)| read(first)));
            }
            if self.ended {
                return Ok(None);
            }
            match self.inner.next()? {
                None => self.ended = true,
                Some(row) => self.wait(row)?,
            }
        }
    }

    fn wait(&mut self, row: TraceRow) -> Result<(), ReadError> {
        if self.waiting.len() == self.most {
            let problem = Problem::Disorder { span_s: self.lag as f64 / 1e9, most: self.most };
            return Err(ReadError { file: self.file.clone(), line: None, problem });
        }
        self.newest = self.newest.max(row.at);
        self.waiting.push(Reverse(Waiting { at: row.at, row: row.row, work: row.work.unwrap_or(f64::NAN) }));
        self.peak = self.peak.max(self.waiting.len());
        Ok(())
    }
}

fn read(waiting: Waiting) -> TraceRow {
    let work = Some(waiting.work).filter(|work| !work.is_nan());
    TraceRow { row: waiting.row, at: waiting.at, work, ..TraceRow::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;
    use proptest::prelude::*;

    fn functions(ends: &[(u32, u32)]) -> String {
        let rows = ends.iter().map(|(end, duration)| format!("a,f,{end},{duration}\n"));
        std::iter::once("app,func,end_timestamp,duration\n".to_owned()).chain(rows).collect()
    }

    fn open(text: &str) -> Functions<&[u8]> {
        Functions::open(Table::open(text.as_bytes(), "f.csv").unwrap(), None).unwrap()
    }

    /// How far any row lies behind the newest row above it [ns], the slow way.
    fn lag(starts: &[i64]) -> i64 {
        let behind = |k: usize| starts[..k].iter().map(|&above| above - starts[k]).max().unwrap_or(0).max(0);
        (0..starts.len()).map(behind).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn a_buffer_of_the_files_disorder_is_a_stable_sort(
            ends in prop::collection::vec((0u32..60, 0u32..20), 0..80),
        ) {
            let text = functions(&ends);
            let starts: Vec<i64> =
                ends.iter().map(|&(end, duration)| (i64::from(end) - i64::from(duration)) * 1_000_000_000).collect();
            let mut rows = Reorder::new(open(&text), lag(&starts), "f.csv");
            let sorted: Vec<_> = std::iter::from_fn(|| rows.next().unwrap()).map(|row| (row.at, row.row)).collect();
            let mut twin: Vec<_> = starts.iter().copied().zip(0u64..).collect();
            twin.sort_unstable();
            prop_assert_eq!(sorted, twin);
            // No row waits longer than the disorder asks for.
            let waits = |k: usize| {
                let safe = starts[..=k].iter().max().unwrap() - lag(&starts);
                starts[..=k].iter().filter(|&&at| at >= safe).count()
            };
            let needed = (0..starts.len()).map(waits).max().unwrap_or(0);
            prop_assert!(rows.peak() <= needed + 1, "{} rows waited, {needed} had to", rows.peak());
        }
    }

    #[test]
    fn disorder_beyond_the_buffer_is_refused() {
        let text = functions(&[(50, 0), (51, 0), (52, 0), (1, 0)]);
        let mut rows = Reorder { most: 2, ..Reorder::new(open(&text), 51_000_000_000, "f.csv") };
        let error = rows.next().unwrap_err().to_string();
        assert_eq!(error, "f.csv: rows lie up to 51 s behind rows above them, and more than 2 rows lie in such a span");
    }
}
