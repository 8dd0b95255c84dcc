//! A table read row by row, with columns found by name and faults that know their line.

use std::io::BufRead;

use crate::error::{Problem, ReadError};
use crate::lines::UnixLines;

/// A comma-separated table with a header.
#[derive(Debug)]
pub(crate) struct Table<R> {
    file: String,
    reader: csv::Reader<UnixLines<R>>,
    header: Vec<String>,
    record: csv::StringRecord,
}

impl<R: BufRead> Table<R> {
    /// Reads the header.
    pub fn open(reader: R, file: &str) -> Result<Self, ReadError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(UnixLines::new(reader));
        let header = reader.headers().map_err(|error| fault_at(file, 1, Problem::Csv(error)))?;
        let header = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        Ok(Self { file: file.to_owned(), reader, header, record: csv::StringRecord::new() })
    }

    /// The first column that bears one of the `names`.
    pub fn column(&self, names: &[&str]) -> Result<usize, ReadError> {
        names.iter().find_map(|name| self.optional(name)).ok_or_else(|| ReadError {
            file: self.file.clone(),
            line: Some(1),
            problem: Problem::MissingColumn { column: names[0].to_owned(), present: self.header.clone() },
        })
    }

    /// The column of that name, if there is one; case does not count, nor whether a 2 is written below the line.
    pub fn optional(&self, name: &str) -> Option<usize> {
        let wanted = plain(name);
        self.header.iter().position(|column| plain(column) == wanted)
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.header
    }

    /// A fault of the header.
    pub fn header_fault(&self, problem: Problem) -> ReadError {
        fault_at(&self.file, 1, problem)
    }

    /// The next row; none at the end.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, ReadError> {
        let first = self.reader.position().line();
        self.reader.get_mut().next_row();
        let more = self.reader.read_record(&mut self.record);
        // After a row the reader stands at the start of the next line.
        let stopped = more.as_ref().is_err_and(csv::Error::is_io_error);
        let line = if stopped { first } else { self.reader.position().line() - 1 };
        let more = more.map_err(|error| fault_at(&self.file, line, Problem::Csv(error)))?;
        Ok(more.then(|| Row { file: &self.file, header: &self.header, record: &self.record, line }))
    }

    /// A fault of the file as a whole.
    pub fn fault(&self, problem: Problem) -> ReadError {
        ReadError { file: self.file.clone(), line: None, problem }
    }
}

/// One row of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    file: &'a str,
    header: &'a [String],
    record: &'a csv::StringRecord,
    line: u64,
}

impl<'a> Row<'a> {
    /// Its line in the file, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// A cell's text, which may be empty.
    pub fn text(&self, column: usize) -> &'a str {
        &self.record[column]
    }

    /// A cell's text, which must not be empty.
    pub fn filled(&self, column: usize) -> Result<&'a str, ReadError> {
        match self.text(column) {
            "" => Err(self.fault(Problem::Empty { column: self.name(column) })),
            text => Ok(text),
        }
    }

    /// A cell's finite number.
    pub fn number(&self, column: usize) -> Result<f64, ReadError> {
        let text = self.filled(column)?;
        let problem = || Problem::BadNumber { column: self.name(column), value: text.to_owned() };
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| self.fault(problem()))
    }

    /// A cell's finite number, if it `fits` what is `expected`.
    pub fn number_that(
        &self, column: usize, fits: impl Fn(f64) -> bool, expected: &'static str,
    ) -> Result<f64, ReadError> {
        let number = self.number(column)?;
        if fits(number) {
            return Ok(number);
        }
        let value = self.text(column).to_owned();
        Err(self.fault(Problem::OutOfRange { column: self.name(column), value, expected }))
    }

    /// The header of a column.
    pub fn name(&self, column: usize) -> String {
        self.header[column].clone()
    }

    /// A fault of this row.
    pub fn fault(&self, problem: Problem) -> ReadError {
        fault_at(self.file, self.line(), problem)
    }
}

/// A fault in a line of a file.
pub(crate) fn fault_at(file: &str, line: u64, problem: Problem) -> ReadError {
    ReadError { file: file.to_owned(), line: Some(line), problem }
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('₂', "2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read as _};

    /// Cells and lines of all rows, read through a buffer so small that it cuts everything.
    fn rows(text: &str, capacity: usize) -> Vec<(u64, String)> {
        let mut table = Table::open(BufReader::with_capacity(capacity, text.as_bytes()), "x").unwrap();
        let mut rows = Vec::new();
        while let Some(row) = table.next().unwrap() {
            rows.push((row.line(), row.text(1).to_owned()));
        }
        rows
    }

    #[test]
    fn a_row_without_an_end_is_refused_before_it_fills_the_memory() {
        // Endless text would never come back.
        let endless = |start: &'static str| start.as_bytes().chain(std::io::repeat(b'7'));
        let long = |error: ReadError| error.to_string();
        let header = Table::open(BufReader::new(endless("a,b")), "x").err().map(long);
        assert!(header.is_some_and(|text| text.contains("longer than 1048576 bytes")));
        for start in ["a,b\n1,2\n3,", "a,b\n1,2\n3,\"4\n"] {
            let mut table = Table::open(BufReader::new(endless(start)), "x").unwrap();
            assert!(table.next().is_ok());
            let error = table.next().map(|_| ()).unwrap_err().to_string();
            assert!(error.starts_with("x:3: ") && error.contains("is a quote not closed?"), "{error}");
        }
        // Many rows together may be longer.
        let text = format!("a,b\n{}", "1,2\n".repeat(1 << 19));
        assert_eq!(rows(&text, 1 << 16).len(), 1 << 19);
    }

    #[test]
    fn lines_are_counted_whatever_ends_them_and_over_blank_ones() {
        let expected = [(2, "x"), (4, "y"), (5, "z")].map(|(line, cell)| (line, cell.to_owned()));
        for end in ["\n", "\r\n"] {
            for last in ["", end] {
                let text = format!("a,b{end}1, x{end}{end}2,\"y\"{end}3,z{last}");
                for capacity in [1, 2, 3, 7, 1000] {
                    assert_eq!(rows(&text, capacity), expected, "{text:?} {capacity}");
                }
            }
        }
    }
}
