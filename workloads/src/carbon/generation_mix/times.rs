//! Times of generation mixes: ISO 8601, ENTSO-E's market time units, EIA's end of the hour.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::{clock, zone_in};
use crate::calendar::resolve;
use crate::carbon::clock::{Clock, Trouble, instant_of, nanos, no_zone};
use crate::carbon::content::Input;
use crate::carbon::sheet::{Line, Sheet, plain};
use crate::error::{Problem, ReadError};

/// The column of times, and how it is written.
pub(super) struct Times {
    pub column: usize,
    /// The column that names the area.
    pub area: Option<usize>,
    /// The area that is wanted of several.
    only: Option<String>,
    /// The area of the first row.
    first: Option<String>,
    style: Style,
    clock: Clock,
    zone: Option<TimeZone>,
    last: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    /// ISO 8601 or a number.
    Plain,
    /// `01.01.2022 00:00 - 01.01.2022 01:00 (CET/CEST)`.
    Unit,
    /// `1/31/2022 1:00:00 AM`, month first as in the US; the end of an hour.
    EndOfHour,
}

/// An hour [ns].
const HOUR: i64 = 3_600_000_000_000;

impl Times {
    /// The column of times.
    ///
    /// # Errors
    /// If none can be seen, or several.
    pub fn find(input: &Input, sheet: &Sheet) -> Result<Self, ReadError> {
        let starting = |start: &str| sheet.header.iter().position(|name| plain(name).starts_with(start));
        let stated = input.options.time_column.as_deref().map(|name| sheet.column(&[name])).transpose()?;
        let unit = starting("mtu");
        let end = starting("utc time at end of hour");
        let (column, style) = match (stated, unit, end) {
            (Some(column), ..) if Some(column) == unit => (column, Style::Unit),
            (Some(column), ..) if Some(column) == end => (column, Style::EndOfHour),
            (Some(column), ..) => (column, Style::Plain),
            (None, Some(column), _) => (column, Style::Unit),
            (None, None, Some(column)) => (column, Style::EndOfHour),
            (None, None, None) => match sheet.find("UTC time") {
                Some(column) => (column, Style::Plain),
                None => (crate::carbon::csv::time_column(input, sheet)?, Style::Plain),
            },
        };
        let header = &sheet.header[column];
        let area = sheet.find("area").or_else(|| sheet.find("balancing authority"));
        let zone = input.options.time_zone.clone().or_else(|| zone_in(header));
        Ok(Self { column, area, only: None, first: None, style, clock: clock(input, header), zone, last: None })
    }

    /// A row's start, and its end where the row says it [ns since 1970].
    pub fn read(&mut self, line: &Line) -> Result<(i64, Option<i64>), ReadError> {
        if self.style == Style::Plain {
            return Ok((self.clock.read(line, self.column)?, None));
        }
        let text = line.text(self.column)?;
        let read = if self.style == Style::Unit { self.unit(text) } else { self.end_of_hour(text) };
        read.map_err(|trouble| match trouble {
            Trouble::NoZone => line.fault(no_zone(text)),
            Trouble::Unreadable(reason) => {
                let column = line.name(self.column).to_owned();
                line.fault(Problem::BadTime { column, value: text.to_owned(), reason })
            }
        })
    }

    fn end_of_hour(&mut self, text: &str) -> Result<(i64, Option<i64>), Trouble> {
        let end = match us_time(text) {
            Some(local) => {
                nanos(Offset::UTC.to_timestamp(local).map_err(|error| Trouble::Unreadable(error.to_string()))?)
                    .ok_or_else(|| Trouble::Unreadable("it is too far away".to_owned()))?
            }
            None => self.clock.instant(text)?,
        };
        Ok((end - HOUR, Some(end)))
    }

    fn unit(&mut self, text: &str) -> Result<(i64, Option<i64>), Trouble> {
        let (span, place) = match text.rsplit_once('(') {
            Some((span, place)) if span.contains(" - ") && !span.contains('(') => (span.trim(), Some(place)),
            _ => (text, None),
        };
        let (from, to) = span.split_once(" - ").unwrap_or((span, ""));
        let start = self.moment(from, place)?;
        self.last = Some(start);
        let end = if to.is_empty() { None } else { Some(self.moment(to, place)?) };
        Ok((start, end.filter(|&end| end > start)))
    }

    /// One end of a market time unit; a place in brackets may follow it, or both ends.
    fn moment(&self, text: &str, place: Option<&str>) -> Result<i64, Trouble> {
        let (text, own) = text.split_once('(').map_or((text, None), |(text, own)| (text, Some(own)));
        let local =
            european_time(text.trim()).ok_or_else(|| Trouble::Unreadable("it is not `DD.MM.YYYY hh:mm`".to_owned()))?;
        let fixed = |hours: i8| Some(TimeZone::fixed(jiff::tz::offset(hours)));
        let zone = match own.or(place).map(|place| place.trim_end_matches(')')) {
            Some("CET") => fixed(1),
            Some("CEST") => fixed(2),
            Some(place) => zone_in(place).or_else(|| self.zone.clone()),
            None => self.zone.clone(),
        };
        let instant =
            resolve(local, &zone.ok_or(Trouble::NoZone)?, self.last.map(instant_of)).map_err(Trouble::Unreadable)?;
        nanos(instant).ok_or_else(|| Trouble::Unreadable("it is too far away".to_owned()))
    }

    /// Chooses the wanted area of a file that holds several, and refuses another one's.
    pub fn choose(&mut self, input: &Input, sheet: &Sheet) -> Result<(), ReadError> {
        let (Some(column), Some(wanted)) = (self.area, input.wanted()) else { return Ok(()) };
        let (mut lines, mut known) = (sheet.lines([column]), Vec::new());
        while let Some(line) = lines.next()? {
            let here = line.text(column)?;
            if here == wanted {
                self.only = Some(wanted.to_owned());
                return Ok(());
            }
            if !known.iter().any(|other| other == here) {
                known.push(here.to_owned());
            }
        }
        match known.as_slice() {
            [] => Ok(()),
            [only] => input.refuse_other_zone(&[only]),
            [_, _, ..] => {
                let (column, value) = (sheet.header[column].clone(), wanted.to_owned());
                Err(sheet.fault(Problem::UnknownName { column, value, known }))
            }
        }
    }

    /// The area of the rows that were read, if the file names it.
    pub fn zone(&self) -> Option<&str> {
        self.only.as_deref().or(self.first.as_deref())
    }

    /// Whether a row is of the chosen area; without a choice there may be one area only.
    pub fn is_here(&mut self, line: &Line) -> Result<bool, ReadError> {
        let Some(column) = self.area else { return Ok(true) };
        let here = line.text(column)?;
        match (&self.only, &self.first) {
            (Some(only), _) => return Ok(only == here),
            (None, None) => self.first = Some(here.to_owned()),
            (None, Some(first)) if first == here => {}
            (None, Some(first)) => {
                return Err(line.fault(Problem::MixedZones { value: here.to_owned(), first: first.clone() }));
            }
        }
        Ok(true)
    }
}

/// `DD.MM.YYYY hh:mm` or `DD/MM/YYYY hh:mm:ss`, day first as ENTSO-E writes it.
fn european_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    let [day, month, year] = three(date, if date.contains('.') { '.' } else { '/' })?;
    clock_time(time, [year, month, day], 0)
}

/// `M/D/YYYY h:mm:ss AM`, month first as the EIA writes it.
fn us_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    let [month, day, year] = three(date, '/')?;
    let (time, half) = time.split_once(' ').unwrap_or((time, ""));
    let hour: i16 = time.split(':').next()?.parse().ok()?;
    let shift = match (half, hour) {
        ("AM", 12) => -12,
        ("PM", 1..=11) => 12,
        ("", _) | ("AM", 1..=11) | ("PM", 12) => 0,
        _ => return None,
    };
    clock_time(time, [year, month, day], shift)
}

fn three(text: &str, separator: char) -> Option<[i16; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn clock_time(time: &str, [year, month, day]: [i16; 3], shift: i16) -> Option<DateTime> {
    let mut parts = time.trim().split(':').map(|part| part.parse::<i16>().ok());
    let (hour, minute) = (parts.next()?? + shift, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let small = |number: i16| i8::try_from(number).ok();
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()
}
