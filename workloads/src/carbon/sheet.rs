//! A table of text that lies in memory: a row is split no further than its last wanted cell, so that wide tables cost
//! little more than what is read of them.

use std::borrow::Cow;
use std::io::BufRead;

use super::fault::Fault;
use super::rows::MOST_ROWS;
use crate::error::{Problem, ReadError};
use crate::table::fault_at;

/// A table with a header and one separator.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    file: &'a str,
    text: Cow<'a, [u8]>,
    /// Where the rows begin, and how many lines lie before.
    body: (usize, u64),
    separator: u8,
    /// Names of the columns, trimmed.
    pub header: Vec<String>,
    /// Cells of the first row; none if there is no row.
    pub sample: Vec<String>,
}

/// Most columns of a table: ten times the zones that Electricity Maps has.
const MOST_COLUMNS: usize = 4096;

/// Most bytes of the first row that recognition looks at.
const LONGEST_SAMPLE: usize = 1 << 18;

/// Stands between the cells of a table that had quotes (ASCII, unit separator).
const UNIT_SEPARATOR: u8 = 0x1f;

impl<'a> Sheet<'a> {
    /// Reads the header.
    pub fn open(text: Cow<'a, [u8]>, file: &'a str) -> Result<Self, ReadError> {
        let whole = |fault: Fault| ReadError { file: file.to_owned(), line: None, problem: fault.into() };
        if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
            return Err(whole(Fault::NotText("it is UTF-16")));
        }
        if text.iter().take(1024).any(|&byte| byte == 0) {
            return Err(whole(Fault::NotText("it holds zero bytes")));
        }
        let marked = text.starts_with(&[0xef, 0xbb, 0xbf]);
        let mut sheet = Self { file, text, body: (0, 0), separator: b',', header: Vec::new(), sample: Vec::new() };
        if marked {
            sheet.text = without_mark(sheet.text);
        }
        sheet.separator = separator(&sheet.text);
        if sheet.text.contains(&b'"') {
            let plain =
                unquoted(&sheet.text, sheet.separator).ok_or_else(|| whole(Fault::NotText("a quote is not closed")))?;
            (sheet.text, sheet.separator) = (Cow::Owned(plain), UNIT_SEPARATOR);
        }
        let mut lines = sheet.raw((0, 0));
        let first = lines.next().ok_or_else(|| whole(Fault::NotText("it is empty")))?;
        if first.iter().filter(|&&byte| byte == sheet.separator).count() >= MOST_COLUMNS {
            return Err(whole(Fault::TooMuch { limit: MOST_COLUMNS as u64, what: "columns" }));
        }
        let header = cells(first, sheet.separator);
        let body = (lines.at, lines.number);
        let sample = lines.next().map(|line| cells(&line[..line.len().min(LONGEST_SAMPLE)], sheet.separator));
        let sample = sample.unwrap_or_default();
        Ok(Self { header, body, sample, ..sheet })
    }

    /// The file's name as the caller gave it.
    pub fn file(&self) -> &'a str {
        self.file
    }

    /// The column that bears the first of the `names` that one does.
    pub fn column(&self, names: &[&str]) -> Result<usize, ReadError> {
        let found = names.iter().find_map(|name| self.find(name)).ok_or_else(|| {
            let (column, present) = (names[0].to_owned(), self.header.clone());
            fault_at(self.file, 1, Problem::MissingColumn { column, present })
        })?;
        let name = plain(&self.header[found]);
        if self.header[found + 1..].iter().any(|other| plain(other) == name) {
            let twice = Fault::Twice { column: self.header[found].clone() };
            return Err(fault_at(self.file, 1, twice.into()));
        }
        Ok(found)
    }

    /// The column of that name, if there is one; case does not count, nor whether a 2 is written below the line.
    pub fn find(&self, name: &str) -> Option<usize> {
        let wanted = plain(name);
        self.header.iter().position(|column| plain(column) == wanted)
    }

    /// Whether there are columns of all these names.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.find(name).is_some())
    }

    /// The rows, of which cells up to the last of the `wanted` columns can be read.
    pub fn lines(&self, wanted: impl IntoIterator<Item = usize>) -> Lines<'_> {
        let depth = wanted.into_iter().max().map_or(0, |last| last + 1);
        Lines {
            raw: self.raw(self.body),
            file: self.file,
            header: &self.header,
            depth,
            cells: Vec::with_capacity(depth),
            count: 0,
        }
    }

    /// A fault of the file as a whole.
    pub fn fault(&self, problem: impl Into<Problem>) -> ReadError {
        ReadError { file: self.file.to_owned(), line: None, problem: problem.into() }
    }

    fn raw(&self, (at, number): (usize, u64)) -> RawLines<'_> {
        RawLines { text: &self.text, at, number, separator: self.separator }
    }
}

/// Lines that are not blank, with their numbers.
#[derive(Debug)]
struct RawLines<'s> {
    text: &'s [u8],
    at: usize,
    number: u64,
    separator: u8,
}

impl<'s> RawLines<'s> {
    fn next(&mut self) -> Option<&'s [u8]> {
        loop {
            let mut rest = &self.text[self.at..];
            // Reading from memory cannot fail.
            let taken = rest.skip_until(b'\n').ok().filter(|&taken| taken > 0)?;
            let line = &self.text[self.at..self.at + taken];
            (self.at, self.number) = (self.at + taken, self.number + 1);
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Some(line);
            }
        }
    }
}

/// All cells of a line.
fn cells(line: &[u8], separator: u8) -> Vec<String> {
    line.split(|&byte| byte == separator).map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect()
}

/// The rows of a [`Sheet`].
#[derive(Debug)]
pub(super) struct Lines<'s> {
    raw: RawLines<'s>,
    file: &'s str,
    header: &'s [String],
    depth: usize,
    cells: Vec<&'s [u8]>,
    count: u64,
}

impl<'s> Lines<'s> {
    /// The next row; none at the end.
    pub fn next(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        let Some(text) = self.raw.next() else { return Ok(None) };
        let separator = self.raw.separator;
        self.cells.clear();
        self.cells.extend(text.split(|&byte| byte == separator).take(self.depth));
        let cells = 1 + text.iter().filter(|&&byte| byte == separator).count();
        let line = Line { file: self.file, header: self.header, cells: &self.cells, number: self.raw.number };
        self.count += 1;
        if self.count > MOST_ROWS {
            return Err(line.fault(Fault::TooMuch { limit: MOST_ROWS, what: "rows" }));
        }
        if cells != self.header.len() {
            return Err(line.fault(Fault::Ragged { cells, columns: self.header.len() }));
        }
        Ok(Some(line))
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'l> {
    file: &'l str,
    header: &'l [String],
    cells: &'l [&'l [u8]],
    /// Its line in the file, counted from 1.
    pub number: u64,
}

impl<'l> Line<'l> {
    /// A cell's text, trimmed.
    pub fn text(&self, column: usize) -> Result<&'l str, ReadError> {
        std::str::from_utf8(self.cells[column])
            .map(str::trim)
            .map_err(|_| self.fault(Fault::NotText("a cell is not UTF-8")))
    }

    /// The header of a column.
    pub fn name(&self, column: usize) -> &'l str {
        &self.header[column]
    }

    /// A fault of this row.
    pub fn fault(&self, problem: impl Into<Problem>) -> ReadError {
        fault_at(self.file, self.number, problem.into())
    }
}

/// A column's name without what does not count.
pub(super) fn plain(name: &str) -> String {
    name.to_lowercase().replace('₂', "2")
}

fn without_mark(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[3..]),
        Cow::Owned(mut text) => {
            text.drain(..3);
            Cow::Owned(text)
        }
    }
}

/// The separator that the first line that is not blank has most of, outside quotes.
fn separator(text: &[u8]) -> u8 {
    let first = text.split(|&byte| byte == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace)).unwrap_or(&[]);
    let count = |separator: u8| {
        let mut quoted = false;
        let outside = |byte: &&u8| {
            quoted ^= **byte == b'"';
            !quoted && **byte == separator
        };
        first.iter().filter(outside).count()
    };
    let (comma, semicolon, tab) = (count(b','), count(b';'), count(b'\t'));
    if comma >= semicolon.max(tab) {
        b','
    } else if semicolon >= tab {
        b';'
    } else {
        b'\t'
    }
}

/// The same lines without quotes (RFC 4180), the cells parted by [`UNIT_SEPARATOR`]; none if a quote stays open.
fn unquoted(text: &[u8], separator: u8) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let (mut quoted, mut fresh, mut owed) = (false, true, 0usize);
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.next_if_eq(&b'"').is_some() => plain.push(b'"'),
            b'"' if quoted || fresh => (quoted, fresh) = (!quoted, false),
            b'\n' if quoted => {
                // The row keeps to one line; the lines it took follow blank, so that lines below keep their numbers.
                plain.push(b' ');
                owed += 1;
            }
            b'\n' => {
                plain.extend(std::iter::repeat_n(b'\n', owed + 1));
                (fresh, owed) = (true, 0);
            }
            UNIT_SEPARATOR => plain.push(b' '),
            _ if byte == separator && !quoted => {
                plain.push(UNIT_SEPARATOR);
                fresh = true;
            }
            b' ' if fresh && !quoted => {}
            _ => {
                plain.push(byte);
                fresh = false;
            }
        }
    }
    (!quoted).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let sheet = Sheet::open(Cow::Borrowed(text.as_bytes()), "x").unwrap();
        let mut lines = sheet.lines(0..sheet.header.len());
        let mut rows = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            rows.push((line.number, (0..sheet.header.len()).map(|k| line.text(k).unwrap().to_owned()).collect()));
        }
        rows
    }

    #[test]
    fn lines_keep_their_numbers_over_blank_ones_and_ends_of_either_kind() {
        for end in ["\n", "\r\n"] {
            for text in [format!("a,b{end}1, x{end}{end}2,y"), format!("\"a\",b{end}1, \"x\"{end}{end}2,\"y\"{end}")] {
                assert_eq!(
                    rows(&text),
                    [(2, vec!["1".to_owned(), "x".into()]), (4, vec!["2".into(), "y".into()])],
                    "{text:?}"
                );
            }
        }
        let broken = "a;b\n1;\"x\ny\"\n2;z\n";
        assert_eq!(rows(broken), [(2, vec!["1".to_owned(), "x y".into()]), (4, vec!["2".into(), "z".into()])]);
    }

    #[test]
    fn a_column_that_comes_twice_is_found_by_nobody() {
        let sheet = Sheet::open(Cow::Borrowed(b"time,DE,de\n1,2,3\n"), "x").unwrap();
        assert_eq!(sheet.column(&["DE"]).unwrap_err().to_string(), "x:1: two columns are called `DE`");
        assert_eq!(sheet.column(&["FR", "Time"]).unwrap(), 0);
    }

    #[test]
    fn a_cut_row_and_an_open_quote_are_faults() {
        let sheet = Sheet::open(Cow::Borrowed(b"a,b,c\n1,2,3\n4,5\n"), "x").unwrap();
        let mut lines = sheet.lines([0]);
        assert!(lines.next().unwrap().is_some());
        assert_eq!(lines.next().unwrap_err().to_string(), "x:3: 2 cells, but the header has 3");
        assert!(Sheet::open(Cow::Borrowed(b"a,\"b\n1,2\n"), "x").unwrap_err().to_string().contains("quote"));
        assert!(Sheet::open(Cow::Borrowed(b"\xff\xfea\0"), "x").unwrap_err().to_string().contains("UTF-16"));
    }

    proptest! {
        /// Quoted tables are read as the csv crate reads them.
        #[test]
        fn quotes_are_read_as_the_csv_crate_reads_them(
            cells in prop::collection::vec(prop::collection::vec("[a-c\",; ]{0,4}", 3), 1..6), quote in any::<bool>(),
        ) {
            let style = if quote { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
            let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
            writer.write_record(["p", "q", "r"]).unwrap();
            cells.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> = rows(&text).into_iter().map(|(_, row)| row).collect();
            let trimmed: Vec<Vec<String>> =
                cells.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
            prop_assert_eq!(read, trimmed);
        }
    }
}
