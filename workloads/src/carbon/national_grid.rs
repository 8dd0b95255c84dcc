//! Carbon Intensity API of Great Britain (NESO, once National Grid ESO): JSON, tables made of it, and CATS' table.
//!
//! Half-hourly means in UTC, times without seconds; CO2 only, of combustion, with imports and losses on the way to the
//! consumer (Bruce et al., Carbon Intensity Forecast Methodology, National Grid ESO 2021). The file does not say when a
//! forecast was issued: where nobody states `issued`, the end of its first half-hour is taken, since a snapshot that is
//! fetched then or before begins with that half-hour, so nothing is seen too early.

use jiff::tz::TimeZone;
use serde_json::Value;
use sim_core::world::signal::{Basis, Gas, Scope, SignalKind};

use super::clock::{Clock, Trouble, nanos, no_zone};
use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::issues::Issues;
use super::options::Values;
use super::rows::{Amount, Draft, Place, Rows, amount};
use super::sheet::Sheet;
use super::stated::{Says, Speech};
use super::unit::Unit;
use crate::error::{Problem, ReadError};
use crate::table::fault_at;

mod json;

pub(super) const ENTRY: Entry = Entry {
    name: "national-grid",
    about: "Carbon Intensity API of Great Britain, JSON or table: UTC, half-hourly means, average, consumption, \
            direct, CO2, g/kWh; the actual intensity unless `value_column: intensity.forecast`",
    takes: &["value_column", "timezone", "issued"],
    recognise,
    read,
    issued: Ok(issued),
};

const ACTUAL: &str = "intensity.actual";
const FORECAST: &str = "intensity.forecast";

/// One half-hour.
#[derive(Clone, Copy, Debug, PartialEq)]
struct HalfHour {
    /// Line of a table, or place in the list of a document, counted from 1.
    line: u64,
    start: i64,
    end: Option<i64>,
    forecast: Option<f64>,
    actual: Option<f64>,
}

/// Where a table keeps what.
struct Columns {
    time: usize,
    end: Option<usize>,
    forecast: Option<usize>,
    actual: Option<usize>,
    /// Seconds from the fetching of the forecast to each row, or back to it (CATS).
    delta: Option<usize>,
}

impl Columns {
    fn find(sheet: &Sheet) -> Option<Self> {
        let any = |names: &[&str]| names.iter().find_map(|name| sheet.find(name));
        let columns = Self {
            time: any(&["from", "datetime", "time"])?,
            end: sheet.find("to"),
            forecast: any(&[FORECAST, "forecast"]),
            actual: any(&[ACTUAL, "actual"]),
            delta: sheet.find("deltaseconds"),
        };
        let cats = columns.delta.is_some() && sheet.find("intensity").is_some();
        let own = sheet.find(FORECAST).is_some() || sheet.find(ACTUAL).is_some();
        let portal = sheet.has(&["datetime", "forecast", "actual", "index"]);
        match (cats, own || portal) {
            (true, _) => Some(Self { forecast: sheet.find("intensity"), ..columns }),
            (false, true) => Some(columns),
            (false, false) => None,
        }
    }
}

fn recognise(input: &Input) -> bool {
    input.as_sheet().is_some_and(|sheet| Columns::find(sheet).is_some()) || input.as_json().is_some_and(json::is_one)
}

/// All half-hours, and when the snapshot was taken if it says that.
fn half_hours(input: &Input) -> Result<(Vec<HalfHour>, Option<i64>), ReadError> {
    match input.as_json() {
        Some(document) => Ok((of_json(input, document)?, None)),
        None => of_table(input, input.sheet()?),
    }
}

fn of_json(input: &Input, document: &Value) -> Result<Vec<HalfHour>, ReadError> {
    let mut clock = clock(input);
    let region = json::region_of(document);
    if !region.is_empty() {
        input.refuse_other_zone(&region.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    let entries = json::entries(document, input.wanted()).map_err(|fault| input.fault(fault))?;
    let mut read = Vec::with_capacity(entries.len());
    for (line, entry) in (1..).zip(entries) {
        let mut time = |key: &str, text: &str| {
            clock.instant(text).map_err(|trouble| match trouble {
                Trouble::NoZone => fault_at(input.file, line, no_zone(text).into()),
                Trouble::Unreadable(reason) => {
                    let problem = Problem::BadTime { column: key.to_owned(), value: text.to_owned(), reason };
                    fault_at(input.file, line, problem)
                }
            })
        };
        let (start, end) = (time("from", entry.from)?, entry.to.map(|to| time("to", to)).transpose()?);
        read.push(HalfHour { line, start, end, forecast: entry.forecast, actual: entry.actual });
    }
    Ok(read)
}

fn of_table(input: &Input, sheet: &Sheet) -> Result<(Vec<HalfHour>, Option<i64>), ReadError> {
    let columns = Columns::find(sheet).map_or_else(|| sheet.column(&[FORECAST]).and(Err(no_table(sheet))), Ok)?;
    let Columns { time, end, forecast, actual, delta } = columns;
    let mut lines = sheet.lines([Some(time), end, forecast, actual, delta].into_iter().flatten());
    let (mut clock, mut end_clock) = (clock(input), clock(input));
    let (mut read, mut deltas) = (Vec::new(), Vec::new());
    while let Some(line) = lines.next()? {
        let number = |column: Option<usize>| -> Result<Option<f64>, ReadError> {
            let Some(column) = column else { return Ok(None) };
            match amount(line.text(column)?) {
                Amount::Number(number) => Ok(Some(number)),
                Amount::Nothing => Ok(None),
                Amount::Words => {
                    let (name, value) = (line.name(column).to_owned(), line.text(column)?.to_owned());
                    Err(line.fault(Problem::BadNumber { column: name, value }))
                }
            }
        };
        if deltas.len() < 2 {
            deltas.extend(number(delta)?);
        }
        read.push(HalfHour {
            line: line.number,
            start: clock.read(&line, time)?,
            end: end.map(|column| end_clock.read(&line, column)).transpose()?,
            forecast: number(forecast)?,
            actual: number(actual)?,
        });
    }
    let taken = read.first().and_then(|first: &HalfHour| fetched(first.start, &deltas));
    Ok((read, taken))
}

fn no_table(sheet: &Sheet) -> ReadError {
    let (column, present) = (FORECAST.to_owned(), sheet.header.clone());
    fault_at(sheet.file(), 1, Problem::MissingColumn { column, present })
}

/// When CATS fetched its forecast: the distances of the first rows shrink if they lie before it, else they grow.
fn fetched(start: i64, deltas: &[f64]) -> Option<i64> {
    let [first, second] = deltas else { return None };
    let distance = (first * 1e9) as i64;
    if first > second { start.checked_add(distance) } else { start.checked_sub(distance) }
}

fn clock(input: &Input) -> Clock {
    Clock::new(Some(input.options.time_zone.clone().unwrap_or(TimeZone::UTC)))
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let (read, _) = half_hours(input)?;
    let only_forecasts = input.as_sheet().and_then(Columns::find).is_some_and(|columns| columns.actual.is_none());
    let (column, forecast) = match input.options.value_column.as_deref() {
        Some(name @ (FORECAST | "forecast" | "intensity")) => (name, true),
        Some(name @ (ACTUAL | "actual")) => (name, false),
        Some(other) => {
            let (value, known) = (other.to_owned(), vec![ACTUAL.to_owned(), FORECAST.to_owned()]);
            let problem = Problem::UnknownName { column: "value_column".to_owned(), value, known };
            return Err(ReadError { file: input.file.to_owned(), line: None, problem });
        }
        None if only_forecasts => ("intensity", true),
        None => (ACTUAL, false),
    };
    let value = |half: &HalfHour| if forecast { half.forecast } else { half.actual };
    if !read.is_empty() && read.iter().all(|half| value(half).is_none()) {
        let instead = (!forecast && read.iter().any(|half| half.forecast.is_some())).then_some(FORECAST);
        return Err(input.fault(Fault::AllEmpty { column: column.to_owned(), rows: read.len(), instead }));
    }
    let mut rows = Rows::new(input.file);
    for half in &read {
        let place = Place { file: 0, line: half.line };
        match value(half) {
            Some(number) => {
                rows.number(place, half.start, number, Unit::GramsPerKwh, || column.to_owned(), || number.to_string());
            }
            None => rows.missing(place, half.start, || Problem::Empty { column: column.to_owned() }),
        }
    }
    rows.end = read.last().and_then(|half| half.end);
    let speech = Speech {
        kind: Says::Only(SignalKind::Average),
        scope: Says::Only(Scope::Direct),
        basis: Says::Only(Basis::Consumption),
        gas: Says::Only(Gas::Co2),
        unit: Says::Only(Unit::GramsPerKwh),
        values: Says::Only(Values::Mean),
    };
    let source = if forecast { "NESO, latest forecast" } else { "NESO" };
    let stated = speech.join(input.options, &zone(input), source);
    Ok(Draft { stated: stated.map_err(|fault| input.fault(fault))?, rows })
}

/// The region that the document is of or that is wanted of it, else the nation.
fn zone(input: &Input) -> String {
    let region = input.as_json().and_then(|document| json::region_of(document).into_iter().next());
    region.unwrap_or_else(|| input.wanted().unwrap_or("GB").to_owned())
}

/// Rows that may bear an actual value beside the forecast: the half-hour that is going on, and the one before.
const ACTUALS_OF_A_SNAPSHOT: usize = 2;

fn issued(input: &Input) -> Result<Issues, ReadError> {
    let (read, taken) = half_hours(input)?;
    let [first, second, ..] = read.as_slice() else {
        return Err(input.fault(Fault::NoForecasts("fewer than two half-hours".to_owned())));
    };
    let step = second.start - first.start;
    if step <= 0 || read.windows(2).any(|pair| pair[1].start - pair[0].start != step) {
        return Err(input.fault(Fault::NoForecasts("the rows are not at equal steps".to_owned())));
    }
    let stated = input.options.issued.and_then(nanos);
    let actuals = read.iter().filter(|half| half.actual.is_some()).count();
    if stated.is_none() && actuals > ACTUALS_OF_A_SNAPSHOT {
        let why = format!(
            "{actuals} half-hours have an actual value too: each forecast is of a time that the file does not say"
        );
        return Err(input.fault(Fault::NoForecasts(why)));
    }
    let at = stated.or(taken).unwrap_or_else(|| first.start.saturating_add(step));
    let mut issues = Issues::new(input.file, "NESO forecast");
    issues.push(first.line, at, (first.start, step), read.iter().map(|half| half.forecast.unwrap_or(f64::NAN)));
    Ok(issues)
}

#[cfg(test)]
mod tests {
    use crate::carbon::options::Options;
    use crate::carbon::reading::{read, read_issued};

    const DOCUMENT: &str = r#"{"data":[
        {"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z",
         "intensity":{"forecast":266,"actual":263,"index":"moderate"}},
        {"from":"2018-01-20T12:30Z","to":"2018-01-20T13:00Z",
         "intensity":{"forecast":270,"actual":null,"index":"high"}}]}"#;

    #[test]
    fn the_document_and_its_table_are_the_same() {
        let table = "from,to,intensity.forecast,intensity.actual,intensity.index\r\n\
            2018-01-20T12:00Z,2018-01-20T12:30Z,266,263,moderate\r\n2018-01-20T12:30Z,2018-01-20T13:00Z,270,,high\r\n";
        let options = Options { value_column: Some("intensity.forecast".into()), ..Options::default() };
        for text in [DOCUMENT, table] {
            let read = read(text.as_bytes(), "x", &options).unwrap();
            assert_eq!((read.series.values(), read.series.zone.as_str()), (&[266.0, 270.0][..], "GB"));
            assert_eq!(read.series.span().1, "2018-01-20T13:00:00Z".parse().unwrap());
        }
        let error = read(DOCUMENT.as_bytes(), "x", &Options::default()).unwrap_err();
        assert_eq!(error.to_string(), "x:2: `intensity.actual` is empty");
    }

    #[test]
    fn a_region_is_found_by_its_name() {
        let regions = r#"{"data":[{"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z","regions":[
            {"regionid":1,"shortname":"North Scotland","intensity":{"forecast":10}},
            {"regionid":13,"shortname":"London","intensity":{"forecast":20}}]}]}"#;
        let of = |zone: &str| {
            let (zone, value_column) = (Some(zone.to_owned()), Some("intensity.forecast".to_owned()));
            read(regions.as_bytes(), "x", &Options { zone, value_column, ..Options::default() })
        };
        assert_eq!(of("London").unwrap().series.values(), [20.0]);
        assert_eq!(of("13").unwrap().series.values(), [20.0]);
        assert!(of("Wales").unwrap_err().to_string().contains("`North Scotland`, `London`"));
    }

    #[test]
    fn a_snapshot_is_issued_no_sooner_than_it_can_have_been_fetched() {
        let issued = read_issued(DOCUMENT.as_bytes(), "x", &Options::default()).unwrap();
        let issue = &issued.issues[0];
        assert_eq!(issue.at, "2018-01-20T12:30:00Z".parse().unwrap());
        assert_eq!((issue.start, issued.values.len()), ("2018-01-20T12:00:00Z".parse().unwrap(), 2));
        let stated = Some("2018-01-20T11:31:00Z".parse().unwrap());
        let issued = read_issued(DOCUMENT.as_bytes(), "x", &Options { issued: stated, ..Options::default() }).unwrap();
        assert_eq!(Some(issued.issues[0].at), stated);
        let past = format!(
            "from,intensity.forecast,intensity.actual\n{}",
            (10..20).map(|h| format!("2018-01-20T{h}:00Z,1,1\n")).collect::<String>()
        );
        assert!(
            read_issued(past.as_bytes(), "x", &Options::default()).unwrap_err().to_string().contains("10 half-hours")
        );
    }
}
