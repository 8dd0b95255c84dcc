//! Carbon series without times: columns of CityLearn data sets, and of any table that has no times.
//!
//! Where the first row stands and how long an interval is must be stated. CityLearn's column `kg_CO2/kWh` says its
//! unit; its documentation says no more than "CO2 emission rate", so labels are not written.

use std::io::Read;

use jiff::Timestamp;
use sim_core::units::SimDuration;
use sim_core::world::signal::{Labels, Provenance};

use super::clock::nanos;
use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::mend::mend;
use super::options::{Options, Values};
use super::rows::{Draft, Rows};
use super::series::Series;
use super::sheet::Sheet;
use super::stated::{SILENT, Says, Speech};
use super::unit::Unit;
use crate::error::{Problem, ReadError};

pub(super) const ENTRY: Entry = Entry {
    name: "citylearn",
    about: "a column of CityLearn (`kg_CO2/kWh`), or of any table without times: `start` and `step` must be \
            stated, means; labels are not written",
    takes: &["value_column", "start", "step"],
    recognise,
    read,
    issued: Err("which has no times"),
};

const COLUMN: &str = "kg_CO2/kWh";

/// CityLearn's column, or nothing but columns of numbers of which none can be times.
fn recognise(input: &Input) -> bool {
    let Some(sheet) = input.as_sheet() else { return false };
    let numbers = || !sheet.sample.is_empty() && sheet.sample.iter().all(|cell| cell.parse::<f64>().is_ok());
    sheet.find(COLUMN).is_some() && sheet.header.len() == 1
        || numbers() && !(0..sheet.header.len()).any(|column| super::csv::is_time(sheet, column))
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let (sheet, options) = (input.sheet()?, input.options);
    let column = value_column(sheet, options)?;
    let unit = Unit::in_header(&sheet.header[column])
        .map_or(Says::Nothing("no column's header names it, and the column has no other documentation"), Says::Only);
    let speech = Speech { unit, values: Says::Only(Values::Mean), ..SILENT };
    let source = format!("column `{}`", sheet.header[column]);
    let mut stated = speech.join(options, input.zone(), source).map_err(|fault| input.fault(fault))?;
    let unstated = |key, why: &str| input.fault(Fault::Unstated { key, why: why.to_owned() });
    let start = options.start.ok_or_else(|| unstated("start", "the file has no times; the first row's instant"))?;
    let step = options.step.ok_or_else(|| unstated("step", "the file has no times; `1 h` for hourly rows"))?;
    stated.start_assumed = true;
    stated.source = format!("{}, real series, start assumed at {start}", stated.source);
    let beyond = || {
        let reason = "the series would leave the calendar, or its step is zero".to_owned();
        let (column, value) = ("start".to_owned(), start.to_string());
        sheet.fault(Problem::BadTime { column, value, reason })
    };
    let mut lines = sheet.lines([column]);
    let mut rows = Rows::new(input.file);
    let step = i64::try_from(step.0).ok().filter(|&step| step > 0).ok_or_else(beyond)?;
    let mut at = nanos(start).ok_or_else(beyond)?;
    while let Some(line) = lines.next()? {
        rows.cell(&line, column, at, stated.unit)?;
        at = at.checked_add(step).filter(|&at| at <= i64::MAX / 2).ok_or_else(beyond)?;
    }
    rows.end = Some(at);
    Ok(Draft { stated, rows })
}

fn value_column(sheet: &Sheet, options: &Options) -> Result<usize, ReadError> {
    match (&options.value_column, sheet.header.as_slice()) {
        (Some(column), _) => sheet.column(&[column]),
        (None, [_]) => Ok(0),
        (None, header) => sheet.find(COLUMN).ok_or_else(|| {
            let why = format!("the table has {} columns, the first is `{}`", header.len(), header[0]);
            sheet.fault(Fault::Unstated { key: "value_column", why })
        }),
    }
}

/// Where a series without times is put, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct CityLearn {
    /// Start of the first row, which is assumed.
    pub start: Timestamp,
    /// Length of each interval; the data sets of the challenges are hourly.
    pub step: SimDuration,
    /// The zone it is about.
    pub zone: String,
    /// What the numbers count.
    pub labels: Labels,
}

impl CityLearn {
    /// Reads the column `kg_CO2/kWh`.
    ///
    /// # Errors
    /// A missing column, a value that is no intensity, no row at all, or a step that leaves the calendar.
    pub fn read(&self, mut reader: impl Read, file: &str) -> Result<Series, ReadError> {
        let mut bytes = Vec::new();
        let unread = |error: std::io::Error| ReadError {
            file: file.to_owned(),
            line: None,
            problem: Fault::Broken { kind: "file", reason: error.to_string() }.into(),
        };
        reader.read_to_end(&mut bytes).map_err(unread)?;
        let Labels { scope, basis, gas } = self.labels;
        let options = Options {
            zone: Some(self.zone.clone()),
            value_column: Some(COLUMN.to_owned()),
            start: Some(self.start),
            step: Some(self.step),
            scope: Some(scope),
            basis: Some(basis),
            gas: Some(gas),
            ..Options::default()
        };
        let mut series = mend(read(&Input::open(&bytes, file, &options)?)?, &options)?.0;
        let text = format!("{file}, real series, start assumed at {}", self.start);
        series.provenance = Provenance::StartAssumed(text);
        Ok(series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carbon::reading;
    use sim_core::world::signal::{Basis, Gas, Scope};

    #[test]
    fn rows_become_grams_one_step_apart_from_the_given_start() {
        let format = CityLearn {
            start: "2021-08-01T00:00:00Z".parse().unwrap(),
            step: SimDuration::from_hours(1),
            zone: "X".into(),
            labels: Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 },
        };
        let series = format.read("kg_CO2/kWh\n0.25\n0.5\n".as_bytes(), "x.csv").unwrap();
        assert_eq!(series.values(), [250.0, 500.0]);
        assert_eq!(series.span().1, "2021-08-01T02:00:00Z".parse().unwrap());
        let error = format.read("kg_CO2/kWh\n0.25\n0.5\n500\n".as_bytes(), "x.csv").unwrap_err();
        assert_eq!(error.to_string(), "x.csv:4: `kg_CO2/kWh` is `500`, which would be 500000 g/kWh");
    }

    #[test]
    fn what_a_table_without_times_does_not_say_must_be_stated() {
        let mut options = Options::default();
        let mut message = |change: fn(&mut Options)| {
            change(&mut options);
            let read = reading::read(b"0,20\n50.5,46\n52.5,47\n", "FR.csv", &options);
            read.map_or_else(|error| error.to_string(), |read| format!("{:?}", read.series.values()))
        };
        assert!(message(|_| {}).starts_with("FR.csv: `value_column` must be stated"));
        assert!(message(|o| o.value_column = Some("0".into())).starts_with("FR.csv: `unit` must be stated"));
        assert!(message(|o| o.unit = Some(Unit::GramsPerKwh)).starts_with("FR.csv: `start` must be stated"));
        assert!(message(|o| o.start = Some(Timestamp::UNIX_EPOCH)).starts_with("FR.csv: `step` must be stated"));
        assert_eq!(message(|o| o.step = Some(SimDuration::from_hours(1))), "[50.5, 52.5]");
    }
}
