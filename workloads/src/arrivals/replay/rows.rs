//! The rows of a trace, whatever its format.

use std::io::BufRead;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sim_core::kernel::rng::Stream;

use super::Trace;
use super::azure_functions::Functions;
use super::counts::{CountTable, Counts};
use super::format::Format;
use super::options::TraceOptions;
use super::own::Own;
use super::reorder::Reorder;
use super::row::{Known, TraceRow};
use super::time::Times;
use super::timed::{Timed, Work};
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// Rows in order of time.
#[derive(Debug)]
pub(super) enum Rows<R> {
    Own(Own<R>),
    Timed(Timed<R>),
    Functions(Reorder<R>),
    Counts(Counts<R>),
}

impl<R: BufRead> Rows<R> {
    /// The rows of a trace that was surveyed; counts become arrivals with the luck of `stream`.
    pub fn open(table: Table<R>, trace: &Trace, stream: Stream) -> Result<Self, ReadError> {
        let Trace { file, options, known, survey } = trace;
        Ok(match survey.format {
            Format::Own => Self::Own(own(table, options, known)?),
            Format::AzureLlm | Format::Csv => Self::Timed(timed(table, options, survey.format)?),
            Format::AzureFunctions => Self::Functions(Reorder::new(functions(table, options)?, survey.lag, file)),
            Format::Counts => {
                let table = counts(table, options)?;
                Self::Counts(Counts::new(table, survey.step, survey.start, stream))
            }
        })
    }

    pub fn next(&mut self) -> Result<Option<TraceRow>, ReadError> {
        match self {
            Self::Own(rows) => rows.next(),
            Self::Timed(rows) => rows.next(),
            Self::Functions(rows) => rows.next(),
            Self::Counts(rows) => rows.next(),
        }
    }
}

pub(super) fn own<R: BufRead>(table: Table<R>, options: &TraceOptions, known: &Known) -> Result<Own<R>, ReadError> {
    let column = table.column(&["timestamp"])?;
    Own::open(table, times(options, Format::Own, column), known.clone(), options.start.is_none())
}

pub(super) fn timed<R: BufRead>(
    table: Table<R>, options: &TraceOptions, format: Format,
) -> Result<Timed<R>, ReadError> {
    let column = match (&options.time_column, format) {
        (Some(name), _) => table.column(&[name])?,
        (None, Format::Csv) => {
            return Err(table.fault(Problem::UnknownTrace { present: table.columns().to_vec() }));
        }
        (None, Format::Own | Format::AzureLlm | Format::AzureFunctions | Format::Counts) => {
            table.column(&["timestamp"])?
        }
    };
    let work = work(&table, options)?;
    let times = times(options, format, column);
    Ok(Timed::new(table, times, work))
}

pub(super) fn functions<R: BufRead>(table: Table<R>, options: &TraceOptions) -> Result<Functions<R>, ReadError> {
    let work = work(&table, options)?;
    Functions::open(table, work)
}

pub(super) fn counts<R: BufRead>(table: Table<R>, options: &TraceOptions) -> Result<CountTable<R>, ReadError> {
    let column = table.column(&["timestamp"])?;
    CountTable::open(table, times(options, Format::Counts, column), &options.regions)
}

/// How times of a format are read; those of the start too.
pub(super) fn times(options: &TraceOptions, format: Format, column: usize) -> Times {
    let (zero, zone) = match format {
        Format::Own => (options.epoch, Some(TimeZone::UTC)),
        Format::AzureLlm | Format::AzureFunctions | Format::Counts => (Timestamp::UNIX_EPOCH, Some(TimeZone::UTC)),
        Format::Csv => (Timestamp::UNIX_EPOCH, None),
    };
    Times { column, unit_ns: options.time_unit_ns, zone: options.timezone.clone().or(zone), zero }
}

fn work<R: BufRead>(table: &Table<R>, options: &TraceOptions) -> Result<Option<Work>, ReadError> {
    let Some(name) = &options.work_column else { return Ok(None) };
    Ok(Some(Work { column: table.column(&[name])?, per: options.work_per }))
}
