//! What a file is, seen from its bytes: a table of text, JSON, or Parquet; gzip is opened on the way.

use std::borrow::Cow;
use std::io::Read;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use serde_json::Value;

use super::fault::Fault;
use super::options::Options;
use super::parquet_file::{self, Columns};
use super::sheet::Sheet;
use crate::error::ReadError;

/// A file to be read, and what is stated of it.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// The name that errors show.
    pub file: &'a str,
    pub options: &'a Options,
    content: Content<'a>,
}

#[derive(Debug)]
enum Content<'a> {
    Table(Sheet<'a>),
    Json(Value),
    Parquet(Columns),
}

/// Most bytes that a gzipped file may grow to: three times a year of 5-minute forecasts in the widest format here.
const MOST_UNZIPPED: u64 = 256 << 20;

/// Most bytes of JSON, whose tree in memory takes ten times as much; a year of half-hours in one document is 2 MB.
const MOST_JSON: usize = 32 << 20;

impl<'a> Input<'a> {
    /// Finds out what a file is.
    ///
    /// # Errors
    /// If it is not even what its first bytes promise.
    pub fn open(bytes: &'a [u8], file: &'a str, options: &'a Options) -> Result<Self, ReadError> {
        let fault = |fault: Fault| ReadError { file: file.to_owned(), line: None, problem: fault.into() };
        let text = if bytes.starts_with(&[0x1f, 0x8b]) {
            Cow::Owned(unzipped(bytes).map_err(fault)?)
        } else {
            Cow::Borrowed(bytes)
        };
        let first =
            text.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&text).iter().find(|byte| !byte.is_ascii_whitespace());
        let content = if text.starts_with(b"PAR1") {
            Content::Parquet(parquet_file::open(Bytes::from(text.into_owned())).map_err(fault)?)
        } else if matches!(first, Some(b'{' | b'[')) {
            Content::Json(json(&text).map_err(fault)?)
        } else {
            Content::Table(Sheet::open(text, file)?)
        };
        Ok(Self { file, options, content })
    }

    /// The table, if it is one.
    pub fn as_sheet(&self) -> Option<&Sheet<'a>> {
        match &self.content {
            Content::Table(sheet) => Some(sheet),
            Content::Json(_) | Content::Parquet(_) => None,
        }
    }

    /// The JSON document, if it is one.
    pub fn as_json(&self) -> Option<&Value> {
        match &self.content {
            Content::Json(value) => Some(value),
            Content::Table(_) | Content::Parquet(_) => None,
        }
    }

    /// The Parquet file, if it is one.
    pub fn as_parquet(&self) -> Option<&Columns> {
        match &self.content {
            Content::Parquet(columns) => Some(columns),
            Content::Table(_) | Content::Json(_) => None,
        }
    }

    /// The table that the file must be.
    pub fn sheet(&self) -> Result<&Sheet<'a>, ReadError> {
        self.as_sheet().ok_or_else(|| self.wrong("a table of text"))
    }

    /// The Parquet file that it must be.
    pub fn parquet(&self) -> Result<&Columns, ReadError> {
        self.as_parquet().ok_or_else(|| self.wrong("Parquet"))
    }

    fn wrong(&self, wanted: &'static str) -> ReadError {
        let found = match &self.content {
            Content::Table(_) => "a table of text",
            Content::Json(_) => "JSON",
            Content::Parquet(_) => "Parquet",
        };
        self.fault(Fault::WrongContent { wanted, found })
    }

    /// The zone that is wanted of a file that holds several.
    pub fn wanted(&self) -> Option<&'a str> {
        self.options.zone.as_deref().or(self.options.known_as.as_deref())
    }

    /// The zone of a file that names none; empty if the caller names none either.
    pub fn zone(&self) -> &'a str {
        self.wanted().unwrap_or_default()
    }

    /// Refuses a file of one zone, known by any of some names, if another zone is stated.
    pub fn refuse_other_zone(&self, names: &[&str]) -> Result<(), ReadError> {
        match &self.options.zone {
            Some(given) if !names.contains(&given.as_str()) => {
                let (given, stated) = (given.clone(), names.join("` or `"));
                Err(self.fault(Fault::Contradiction { key: "zone", given, stated }))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A fault of the file as a whole.
    pub fn fault(&self, fault: Fault) -> ReadError {
        ReadError { file: self.file.to_owned(), line: None, problem: fault.into() }
    }

    /// Why no format knows the file, as far as one can tell.
    pub fn unrecognised(&self) -> Fault {
        match &self.content {
            Content::Json(_) => Fault::NoSeries(
                "JSON without a list `data` of intervals that have `from` and `intensity`, or `point_time` and `value`"
                    .into(),
            ),
            Content::Parquet(columns) => {
                Fault::Unrecognised(format!("Parquet with the columns {}", listed(&columns.names())))
            }
            Content::Table(sheet) => {
                let header = &sheet.header;
                if header.len() > 1 && header[1..].iter().all(|name| is_year(name)) {
                    return Fault::NoSeries("yearly means, one column a year".into());
                }
                if let Some(column) = fuel_column(header) {
                    let rows = format!("one row a fuel, by `{column}`; a generation mix has one column a fuel");
                    return Fault::NoSeries(rows);
                }
                let shown = format!("a table with the columns {}", listed(header));
                let timed = (0..header.len()).any(|k| super::csv::is_time(sheet, k));
                if timed {
                    Fault::Unrecognised(shown)
                } else {
                    Fault::NoSeries(format!("{shown}, none of which holds times"))
                }
            }
        }
    }
}

/// The column that names the fuel of each row, as ENTSO-E's and EIA's files of one row a fuel call it.
pub(super) fn fuel_column(header: &[String]) -> Option<&str> {
    let names = ["production type", "productiontype", "fueltype"];
    header.iter().map(String::as_str).find(|column| names.contains(&column.to_lowercase().as_str()))
}

fn is_year(name: &str) -> bool {
    name.len() == 4 && name.parse::<u16>().is_ok_and(|year| (1900..2100).contains(&year))
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn unzipped(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(MOST_UNZIPPED + 1).read_to_end(&mut text);
    read.map_err(|error| Fault::Broken { kind: "gzip", reason: error.to_string() })?;
    if text.len() as u64 > MOST_UNZIPPED {
        return Err(Fault::TooMuch { limit: MOST_UNZIPPED, what: "bytes once unzipped" });
    }
    Ok(text)
}

fn json(text: &[u8]) -> Result<Value, Fault> {
    if text.len() > MOST_JSON {
        return Err(Fault::TooMuch { limit: MOST_JSON as u64, what: "bytes of JSON" });
    }
    let text = text.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(text);
    serde_json::from_slice(text).map_err(|error| Fault::Broken { kind: "JSON", reason: error.to_string() })
}
