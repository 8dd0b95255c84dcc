//! A first pass over a trace: everything that can be wrong with it is said before a run starts.

use std::io::BufRead;

use sim_core::units::SimDuration;

use super::counts::CountTable;
use super::format::Format;
use super::options::TraceOptions;
use super::reorder::Reorder;
use super::row::{Known, TraceRow};
use super::rows::{counts, functions, own, timed, times};
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// What a trace holds. Times [ns] count from where the trace counts: the Unix epoch, or whatever its numbers mean; in
/// own traces the scenario's epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// Its format.
    pub format: Format,
    /// Number of rows.
    pub rows: u64,
    /// Arrivals to expect: its rows, or the sum of its counts.
    pub arrivals: f64,
    /// The first instant [ns].
    pub first: i64,
    /// The last instant [ns]; of counts the end of the last interval.
    pub last: i64,
    /// The instant that becomes the epoch [ns].
    pub start: i64,
    /// How far a row may lie behind the newest row above it [ns].
    pub lag: i64,
    /// Most rows that wait to be put in order.
    pub waiting: usize,
    /// Of own traces: the longest slack that a row gives its request.
    pub slack: Option<SimDuration>,
    /// Of counts: the length of an interval [ns].
    pub step: i64,
    /// Of counts: the names of the regions.
    pub regions: Vec<String>,
}

impl Survey {
    /// Reads a whole trace, twice if its rows must be put in order, and keeps nothing of it but figures.
    ///
    /// # Errors
    /// What a replay could not replay: the first wrong row, a trace without a row, one that ends before the start, or
    /// one whose disorder no buffer holds.
    pub fn of<R: BufRead>(
        mut open: impl FnMut() -> std::io::Result<R>, file: &str, options: &TraceOptions, known: &Known,
    ) -> Result<Self, ReadError> {
        let mut reopen = || open_table(open(), file);
        let table = reopen()?;
        let format = match options.format {
            Some(format) => format,
            None => Format::recognise(&table, options.time_column.as_deref())?,
        };
        let mut survey = Self::read(table, format, options, known)?;
        if survey.lag > 0 {
            let mut rows = Reorder::new(functions(reopen()?, options)?, survey.lag, file);
            while rows.next()?.is_some() {}
            survey.waiting = rows.peak();
        }
        survey.begin(options).map_err(|problem| ReadError { file: file.to_owned(), line: None, problem })?;
        Ok(survey)
    }

    fn read<R: BufRead>(
        table: Table<R>, format: Format, options: &TraceOptions, known: &Known,
    ) -> Result<Self, ReadError> {
        match format {
            Format::Own => {
                let mut rows = own(table, options, known)?;
                Self::seen(format, || rows.next())
            }
            Format::AzureLlm | Format::Csv => {
                let mut rows = timed(table, options, format)?;
                Self::seen(format, || rows.next())
            }
            Format::AzureFunctions => {
                let mut rows = functions(table, options)?;
                Self::seen(format, || rows.next())
            }
            Format::Counts => Self::counted(counts(table, options)?),
        }
    }

    /// Finds the instant that becomes the epoch.
    fn begin(&mut self, options: &TraceOptions) -> Result<(), Problem> {
        // The length of an interval is known after two of them.
        let needed = if self.format == Format::Counts { 2 } else { 1 };
        if self.rows < needed as u64 {
            return Err(Problem::TooShort { rows: self.rows as usize, needed });
        }
        if self.last.checked_sub(self.first).is_none() {
            let (column, value) = (
                "last time − first".to_owned(),
                format!("{} s to {} s", self.first as f64 / 1e9, self.last as f64 / 1e9),
            );
            return Err(Problem::OutOfRange { column, value, expected: "at most 292 years" });
        }
        self.start = match &options.start {
            Some(text) => start(text, options, self.format).map_err(|reason| Problem::BadTime {
                column: "start".to_owned(),
                value: text.clone(),
                reason,
            })?,
            None if self.format == Format::Own => 0,
            None => self.first,
        };
        // The last instant of counts is the end of an interval, in which nothing arrives any more.
        let over = if self.format == Format::Counts { self.start >= self.last } else { self.start > self.last };
        match &options.start {
            Some(text) if over => Err(Problem::AfterEnd { value: text.clone() }),
            Some(_) | None => Ok(()),
        }
    }

    fn empty(format: Format) -> Self {
        Self {
            format,
            rows: 0,
            arrivals: 0.0,
            first: i64::MAX,
            last: i64::MIN,
            start: 0,
            lag: 0,
            waiting: 0,
            slack: None,
            step: 0,
            regions: Vec::new(),
        }
    }

    fn seen(format: Format, mut next: impl FnMut() -> Result<Option<TraceRow>, ReadError>) -> Result<Self, ReadError> {
        let mut survey = Self::empty(format);
        while let Some(row) = next()? {
            survey.rows += 1;
            survey.arrivals += 1.0;
            survey.first = survey.first.min(row.at);
            survey.last = survey.last.max(row.at);
            survey.slack = survey.slack.max(row.slack);
            survey.lag = survey.lag.max(survey.last.saturating_sub(row.at));
        }
        Ok(survey)
    }

    fn counted<R: BufRead>(mut table: CountTable<R>) -> Result<Self, ReadError> {
        let mut survey = Self::empty(Format::Counts);
        while let Some((at, count)) = table.next()? {
            survey.rows += 1;
            survey.arrivals += count;
            survey.first = survey.first.min(at);
            survey.last = survey.last.max(at);
        }
        survey.step = table.step().unwrap_or_default();
        survey.last = survey.last.saturating_add(survey.step);
        survey.regions = table.regions();
        Ok(survey)
    }
}

/// A start as the trace would write it [ns].
fn start(text: &str, options: &TraceOptions, format: Format) -> Result<i64, String> {
    // Read as a cell of a table of one cell, so that it means what a cell means.
    let cell = format!("start\n\"{}\"\n", text.replace('"', ""));
    let said = |error: ReadError| error.problem.to_string();
    let mut table = Table::open(cell.as_bytes(), "").map_err(said)?;
    let row = table.next().map_err(said)?.ok_or("it is empty")?;
    times(options, format, 0).read(&row, None).map_err(said)
}

pub(super) fn open_table<R: BufRead>(opened: std::io::Result<R>, file: &str) -> Result<Table<R>, ReadError> {
    let opened =
        opened.map_err(|error| ReadError { file: file.to_owned(), line: None, problem: Problem::Csv(error.into()) })?;
    Table::open(opened, file)
}
