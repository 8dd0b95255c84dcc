//! Reads a table of latencies, whichever way it is laid out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::BufRead;

use indexmap::IndexSet;

use super::{Duplicates, Format, Matrix, Options, Values};
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table};

/// Names of the columns of a pair in published lists.
const FROM: [&str; 7] = ["source", "from", "sending_region", "src", "origin", "from_region", "source_region"];
const TO: [&str; 8] =
    ["destination", "to", "receiving_region", "dst", "target", "to_region", "destination_region", "target_region"];
/// Names of the column of latencies; the mean goes before any other statistic.
const LATENCY: [&str; 12] = [
    "milliseconds",
    "latency_ms",
    "rtt_ms",
    "avg_ms",
    "mean_ms",
    "ms",
    "latency",
    "rtt",
    "avg",
    "mean",
    "avg_rtt",
    "rtt_avg",
];

/// No network is this slow, and a sum of such times stays within simulated time [ms].
const LONGEST_MS: f64 = 3.6e6;

/// Reads a table of latencies; `file` is the name that errors show.
///
/// # Errors
/// The first row that is wrong; a header that no format has; a place or pair that comes twice, unless
/// [`Options::duplicates`] says what then; values of which nobody says whether they are round trips.
pub fn read(reader: impl BufRead, file: &str, options: &Options) -> Result<Matrix, ReadError> {
    let mut table = Table::open(reader, file)?;
    let format = match options.format {
        Some(format) => format,
        None => recognise(&table)?,
    };
    let mut reading = Reading::new(options, scale(&table, format, options)?);
    match format {
        Format::Matrix => reading.matrix(&mut table)?,
        Format::Pairs | Format::Pings => reading.list(&mut table, format)?,
    }
    if reading.cells.is_empty() {
        return Err(table.fault(Problem::TooShort { rows: reading.rows, needed: 1 }));
    }
    let one_way = reading.cells.into_iter().map(|(pair, cell)| (pair, cell.sum / cell.count)).collect();
    Ok(Matrix { format, rows: reading.rows, names: reading.names, one_way })
}

fn recognise<R: BufRead>(table: &Table<R>) -> Result<Format, ReadError> {
    let has = |name: &str| table.optional(name).is_some();
    let one_of = |names: &[&str]| names.iter().any(|name| has(name));
    if ["source", "destination", "min", "avg", "max"].into_iter().all(has) {
        Ok(Format::Pings)
    } else if one_of(&FROM) && one_of(&TO) {
        Ok(Format::Pairs)
    } else if table.columns().len() > 1 {
        // That its rows are named like its columns shows when they are read.
        Ok(Format::Matrix)
    } else {
        let known = "a matrix (a header of places, one row a place), or a list with the columns source, destination \
                     and a latency";
        Err(table.fault(Problem::Unrecognised { known }))
    }
}

/// Milliseconds one way in a unit of the file's values.
fn scale<R: BufRead>(table: &Table<R>, format: Format, options: &Options) -> Result<f64, ReadError> {
    let share = match (format, options.values) {
        (Format::Pings, Some(Values::OneWay)) => {
            let message = "pings are round trips, but it is stated that the values are one way";
            return Err(table.fault(Problem::Contradiction { message }));
        }
        (Format::Pings, _) | (_, Some(Values::Rtt)) => 0.5,
        (_, Some(Values::OneWay)) => 1.0,
        (Format::Matrix | Format::Pairs, None) => {
            return Err(table.fault(Problem::Unstated { what: "whether the latencies are round trips or one way" }));
        }
    };
    Ok(share * options.unit.in_millis())
}

/// A pair's values so far.
struct Cell {
    sum: f64,
    count: f64,
}

/// What was read so far.
struct Reading<'a> {
    options: &'a Options,
    scale: f64,
    rows: usize,
    names: IndexSet<String>,
    cells: BTreeMap<(usize, usize), Cell>,
}

impl<'a> Reading<'a> {
    fn new(options: &'a Options, scale: f64) -> Self {
        Self { options, scale, rows: 0, names: IndexSet::new(), cells: BTreeMap::new() }
    }

    fn matrix<R: BufRead>(&mut self, table: &mut Table<R>) -> Result<(), ReadError> {
        let columns = self.destinations(table)?;
        let mut sources = IndexSet::new();
        while let Some(row) = table.next()? {
            self.rows += 1;
            let name = row.filled(0)?;
            let Some(from) = self.names.get_index_of(name) else {
                let known = self.names.iter().cloned().collect();
                return Err(row.fault(Problem::UnknownName { column: row.name(0), value: name.to_owned(), known }));
            };
            if !sources.insert(from) && self.options.duplicates == Duplicates::Error {
                return Err(row.fault(Problem::NamedTwice { value: name.to_owned() }));
            }
            for &(column, to) in &columns {
                // An empty cell is a pair that was not measured.
                if !row.text(column).is_empty() {
                    self.add(&row, column, from, to, self.options.duplicates)?;
                }
            }
        }
        Ok(())
    }

    /// The places of a matrix's columns.
    fn destinations<R: BufRead>(&mut self, table: &Table<R>) -> Result<Vec<(usize, usize)>, ReadError> {
        let mut columns = Vec::with_capacity(table.columns().len());
        for (column, name) in table.columns().iter().enumerate().skip(1) {
            if name.is_empty() {
                return Err(table.header_fault(Problem::Empty { column: format!("column {}", column + 1) }));
            }
            let (place, new) = self.names.insert_full(name.clone());
            if !new && self.options.duplicates == Duplicates::Error {
                return Err(table.header_fault(Problem::NamedTwice { value: name.clone() }));
            }
            columns.push((column, place));
        }
        Ok(columns)
    }

    fn list<R: BufRead>(&mut self, table: &mut Table<R>, format: Format) -> Result<(), ReadError> {
        let (from, to) = (table.column(&FROM)?, table.column(&TO)?);
        let usual: &[&str] = if format == Format::Pings { &["avg"] } else { &LATENCY };
        let value = match &self.options.column {
            Some(name) => table.column(&[name])?,
            None => table.column(usual)?,
        };
        let duplicates = if format == Format::Pings { Duplicates::Mean } else { self.options.duplicates };
        while let Some(row) = table.next()? {
            self.rows += 1;
            let pair = (self.place(row.filled(from)?), self.place(row.filled(to)?));
            self.add(&row, value, pair.0, pair.1, duplicates)?;
        }
        Ok(())
    }

    fn place(&mut self, name: &str) -> usize {
        self.names.get_index_of(name).unwrap_or_else(|| self.names.insert_full(name.to_owned()).0)
    }

    fn add(
        &mut self, row: &Row, column: usize, from: usize, to: usize, duplicates: Duplicates,
    ) -> Result<(), ReadError> {
        let scale = self.scale;
        let fits = |value: f64| value >= 0.0 && value * scale <= LONGEST_MS;
        let value = row.number_that(column, fits, "a latency from zero to an hour")? * scale;
        match (self.cells.entry((from, to)), duplicates) {
            (Entry::Vacant(entry), _) => {
                entry.insert(Cell { sum: value, count: 1.0 });
            }
            (Entry::Occupied(_), Duplicates::First) => {}
            (Entry::Occupied(mut entry), Duplicates::Mean) => {
                let cell = entry.get_mut();
                cell.sum += value;
                cell.count += 1.0;
            }
            (Entry::Occupied(_), Duplicates::Error) => {
                let value = format!("{} → {}", self.names[from], self.names[to]);
                return Err(row.fault(Problem::NamedTwice { value }));
            }
        }
        Ok(())
    }
}
