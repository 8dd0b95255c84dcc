//! Any table with a column of times and a column of values, both named, or plain to see.

use super::clock::Clock;
use super::content::{Input, fuel_column};
use super::fault::Fault;
use super::format::Entry;
use super::rows::{Amount, Draft, Rows, amount};
use super::sheet::{Sheet, plain};
use super::stated::{SILENT, Says, Speech};
use super::unit::Unit;
use crate::error::ReadError;
use crate::instant;

pub(super) const ENTRY: Entry = Entry {
    name: "csv",
    about: "any table with a column of times and one of values: `unit`, `timezone`, `values` and, of several \
            columns, `time_column` and `value_column` must be stated where the file does not say them",
    takes: &["time_column", "value_column", "timezone"],
    recognise,
    read,
    issued: Err("which holds one value an instant"),
};

/// Names of columns that hold times.
const TIME_NAMES: &[&str] = &["time", "timestamp", "datetime", "date", "from", "start", "utc time", "unix", "epoch"];

/// Why `values` must be stated of a table that nobody documents.
pub(super) const VALUES: Says<super::options::Values> =
    Says::Nothing("`mean` if a value is the mean of the interval that starts at its time, `point` if it is a sample");

/// Whether a column holds times: by its first cell, or by its name.
pub(super) fn is_time(sheet: &Sheet, column: usize) -> bool {
    let cell = sheet.sample.get(column).map_or("", String::as_str);
    let name = plain(&sheet.header[column]);
    let named = TIME_NAMES.contains(&name.as_str()) || name.contains("datetime") || name.contains("timestamp");
    match cell.parse::<f64>() {
        // Numbers are times if they are called so, and are as large as seconds since 1970 are.
        Ok(number) => named && number >= 1e8,
        Err(_) => named || !cell.is_empty() && instant::read(cell).is_ok(),
    }
}

/// The column of times: the one that is stated, or the only one.
pub(super) fn time_column(input: &Input, sheet: &Sheet) -> Result<usize, ReadError> {
    if let Some(column) = &input.options.time_column {
        return sheet.column(&[column]);
    }
    let mut times = (0..sheet.header.len()).filter(|&column| is_time(sheet, column));
    match (times.next(), times.next()) {
        (Some(only), None) => Ok(only),
        (first, _) => {
            let why =
                if first.is_some() { "several columns may hold times" } else { "no column can be seen to hold times" };
            Err(input.fault(Fault::Unstated { key: "time_column", why: why.to_owned() }))
        }
    }
}

/// Whether a column's cells are numbers, by its first one.
pub(super) fn is_number(sheet: &Sheet, column: usize) -> bool {
    sheet.sample.get(column).is_some_and(|cell| matches!(amount(cell), Amount::Number(_)))
}

fn recognise(input: &Input) -> bool {
    let named = input.options.time_column.is_some() || input.options.value_column.is_some();
    input.as_sheet().is_some_and(|sheet| {
        let timed = (0..sheet.header.len()).any(|column| is_time(sheet, column));
        named || timed && sheet.header.len() > 1 && fuel_column(&sheet.header).is_none()
    })
}

fn value_column(input: &Input, sheet: &Sheet, time: usize) -> Result<usize, ReadError> {
    if let Some(column) = &input.options.value_column {
        return sheet.column(&[column]);
    }
    let mut others = (0..sheet.header.len()).filter(|&column| column != time && !is_time(sheet, column));
    match (others.next(), others.next()) {
        (Some(only), None) => Ok(only),
        (_, _) => {
            let why = format!("the table has {} columns", sheet.header.len());
            Err(input.fault(Fault::Unstated { key: "value_column", why }))
        }
    }
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let sheet = input.sheet()?;
    let time = time_column(input, sheet)?;
    let value = value_column(input, sheet, time)?;
    let in_header = Unit::in_header(&sheet.header[value]);
    let unit = in_header.map_or(Says::Nothing("the column's name does not say it"), Says::Unless);
    let speech = Speech { unit, values: VALUES, ..SILENT };
    let source = format!("column `{}`", sheet.header[value]);
    let stated = speech.join(input.options, input.zone(), source).map_err(|fault| input.fault(fault))?;
    let stated = super::stated::Stated { unit_named: in_header.is_some() || stated.unit_named, ..stated };
    let (mut rows, mut clock) = (Rows::new(input.file), Clock::new(input.options.time_zone.clone()));
    let mut lines = sheet.lines([time, value]);
    while let Some(line) = lines.next()? {
        rows.cell(&line, value, clock.read(&line, time)?, stated.unit)?;
    }
    Ok(Draft { stated, rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::time_zone;
    use crate::carbon::findings::Oddity;
    use crate::carbon::format::Format;
    use crate::carbon::options::{Gaps, Options, Steps, Values};
    use crate::carbon::reading::{self, Reading};
    use sim_core::world::signal::Provenance;

    fn stated(values: Values, gaps: Gaps) -> Options {
        Options { unit: Some(Unit::GramsPerKwh), values: Some(values), gaps, ..Options::default() }
    }

    fn read(text: &str, options: &Options) -> Result<Reading, ReadError> {
        reading::read(text.as_bytes(), "x.csv", options)
    }

    fn hourly(rows: &str) -> String {
        format!("time,ci\n2022-01-01T00:00Z,100\n2022-01-01T01:00Z,200\n{rows}")
    }

    #[test]
    fn pounds_and_kilograms_become_grams() {
        let text = "a,time,ci\n,2022-01-01T00:00Z,0.4\n,2022-01-01T01:00Z,0.6\n";
        let value = |unit| {
            let options =
                Options { unit: Some(unit), value_column: Some("ci".into()), ..stated(Values::Mean, Gaps::Error) };
            read(text, &options).unwrap().series.values()[0]
        };
        assert_eq!((value(Unit::KilogramsPerKwh), value(Unit::KilogramsPerMwh)), (400.0, 0.4));
        // 1000 lb/MWh are 453.59237 g/kWh.
        assert!((value(Unit::PoundsPerMwh) - 0.4 * 0.453_592_37).abs() < 1e-15);
    }

    #[test]
    fn what_the_table_does_not_say_must_be_stated() {
        let message = |text: &str, options: &Options| read(text, options).unwrap_err().to_string();
        let local = "time,ci\n2022-01-01 00:00,100\n2022-01-01 01:00,200\n";
        assert!(message(local, &Options::default()).starts_with("x.csv: `unit` must be stated"));
        let unit = Options { unit: Some(Unit::GramsPerKwh), ..Options::default() };
        assert!(message(local, &unit).starts_with("x.csv: `values` must be stated"));
        let values = stated(Values::Mean, Gaps::Error);
        assert!(message(local, &values).starts_with("x.csv:2: `timezone` must be stated: `2022-01-01 00:00`"));
        let named = local.replace("ci", "gCO2/kWh");
        let zoned = Options { unit: None, time_zone: time_zone("UTC"), ..values };
        assert_eq!(read(&named, &zoned).unwrap().unit, Unit::GramsPerKwh);
    }

    #[test]
    fn local_times_pass_both_clock_changes_without_a_gap() {
        for (start, hours) in [("2022-03-26", 47), ("2022-10-29", 49)] {
            let madrid = time_zone("Europe/Madrid").unwrap();
            let first = crate::calendar::parse_instant(start, &madrid, None).unwrap();
            let mut text = "time;ci\n".to_owned();
            for hour in 0..hours {
                let local = (first + jiff::SignedDuration::from_hours(hour)).to_zoned(madrid.clone()).datetime();
                text += &format!("{local};{hour},5\n");
            }
            let options = Options { time_zone: Some(madrid.clone()), ..stated(Values::Mean, Gaps::Error) };
            let series = read(&text, &options).unwrap().series;
            let (start, end) = series.span();
            assert_eq!(end.duration_since(start), jiff::SignedDuration::from_hours(hours));
            assert_eq!(series.values()[3], 3.5);
            // Two local days, of 47 and 49 hours.
            assert_eq!(end.to_zoned(madrid).datetime().time(), jiff::civil::Time::midnight());
        }
    }

    #[test]
    fn free_steps_last_until_the_next_row() {
        let text = hourly("2022-01-01T04:00Z,300\n");
        let series = read(&text, &Options { steps: Steps::Any, ..stated(Values::Mean, Gaps::Error) }).unwrap().series;
        let signal = series.into_signal("2022-01-01T00:00Z".parse().unwrap(), Default::default()).unwrap();
        let hour = 3_600_000_000_000;
        assert_eq!(signal.span(), (0, 7 * hour));
        assert!((signal.mean().0 - (100.0 + 3.0 * 200.0 + 3.0 * 300.0) / 7.0).abs() < 1e-12);
    }

    #[test]
    fn samples_become_means_of_the_lines_between_them_and_the_last_ends_the_series() {
        let text = hourly("2022-01-01T02:00Z,50\n");
        let series = read(&text, &stated(Values::Point, Gaps::Error)).unwrap().series;
        assert_eq!((series.values(), series.span().1), (&[150.0, 125.0][..], "2022-01-01T02:00:00Z".parse().unwrap()));
        let gap = hourly("2022-01-01T04:00Z,50\n2022-01-01T05:00Z,50\n");
        let values = |gaps| read(&gap, &stated(Values::Point, gaps)).unwrap().series.values().to_vec();
        assert_eq!(values(Gaps::Hold), [150.0, 200.0, 50.0]);
        assert_eq!(values(Gaps::Interpolate), [150.0, 125.0, 50.0]);
        // A sample that is missing is held over as its missing row is.
        let empty = gap.replace("2022-01-01T04:00Z", "2022-01-01T02:00Z,\n2022-01-01T03:00Z,\n2022-01-01T04:00Z");
        let held = read(&empty, &stated(Values::Point, Gaps::Hold)).unwrap().series;
        assert_eq!(held.values(), [150.0, 200.0, 200.0, 200.0, 50.0]);
    }

    #[test]
    fn every_oddity_is_refused_with_its_line_and_what_else_there_is() {
        let message = |rows: &str| {
            let error = read(&hourly(rows), &stated(Values::Mean, Gaps::Error)).unwrap_err();
            (error.to_string(), error.problem.hint())
        };
        let (text, hint) = message("2022-01-01T03:00Z,1\n");
        assert_eq!(
            text,
            "x.csv:4: a gap: `2022-01-01T03:00:00Z` follows `2022-01-01T01:00:00Z`, \
             but the step of the series is 3600 s"
        );
        assert!(hint.contains("`gaps: hold` or `gaps: interpolate`"));
        assert_eq!(message("2022-01-01T01:00Z,1\n").0, "x.csv:4: `2022-01-01T01:00:00Z` comes twice");
        assert!(message("2022-01-01T00:30Z,1\n").0.starts_with("x.csv:4: time goes backwards"));
        assert_eq!(message("2022-01-01T02:00Z,\n").0, "x.csv:4: `ci` is empty");
        assert!(message("2022-01-01T02:00Z,NaN\n").0.starts_with("x.csv:4: `ci` is `NaN`"));
        assert_eq!(message("2022-01-01T02:00Z,-3\n").0, "x.csv:4: `ci` is `-3`, but it must be zero or more");
        assert!(message("2022-01-01T02:00Z,400000\n").0.contains("400000 g/kWh"));
        assert!(message("01/02/2022,7\n").0.starts_with("x.csv:4: `time` is `01/02/2022`, which is not an instant"));
        let many = "2022-01-01T02:00Z,-3\n2022-01-01T02:00Z,7\n2022-01-01T05:00Z,-1\n";
        assert!(message(many).0.ends_with("(in all: 2 negative values, 1 duplicates, 1 gaps)"), "{}", message(many).0);
    }

    #[test]
    fn what_is_mended_is_told() {
        let rows = "2022-01-01T02:00Z,\n2022-01-01T03:00Z,400\n2022-01-01T03:00Z,7\n2022-01-01T06:00Z,100\n\
            2022-01-01T05:00Z,-9\n2022-01-01T07:00Z,80\n";
        let mended = |gaps| read(&hourly(rows), &stated(Values::Mean, gaps)).unwrap();
        let held = mended(Gaps::Hold);
        // 00:00 100, 01:00 200, 02:00 held, 03:00 400 for two hours, 05:00 held, 06:00 100, 07:00 80.
        assert_eq!(held.series.values(), [100.0, 200.0, 200.0, 400.0, 400.0, 100.0, 80.0]);
        let even = mended(Gaps::Interpolate);
        assert_eq!(even.series.values(), [100.0, 200.0, 300.0, 400.0, 300.0, 200.0, 100.0, 80.0]);
        assert_eq!((held.series.span(), held.rows), (even.series.span(), 8));
        let told =
            "; mended by `hold`: 1 values missing, 1 duplicates, 1 negative values, 1 times that go backwards, 1 gaps";
        assert_eq!(held.series.provenance, Provenance::Given(format!("column `ci`, x.csv{told}")));
        let found: Vec<_> = held.findings.iter().map(|finding| (finding.oddity, finding.count, finding.line)).collect();
        let expected = [
            (Oddity::NoValue, 1, 4),
            (Oddity::Duplicate, 1, 6),
            (Oddity::Backwards, 1, 8),
            (Oddity::Negative, 1, 8),
            (Oddity::Gap, 1, 8),
        ];
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|one| found.contains(one)), "{found:?}");
    }

    #[test]
    fn a_unit_that_cannot_be_right_is_refused_unless_somebody_states_it() {
        let text = "timestamp,DE\n2022-01-01T00:00Z,0.4\n2022-01-01T01:00Z,0.5\n";
        let options = Options { values: Some(Values::Mean), ..Options::default() };
        let error = read(text, &options).unwrap_err();
        assert!(error.to_string().contains("mean of 0.450 g/kWh, read as g/kWh"), "{error}");
        assert_eq!(read(text, &Options { unit: Some(Unit::GramsPerKwh), ..options }).unwrap().format, Format::Vessim);
        let error = read(&text.replace("0.", "40000."), &stated(Values::Mean, Gaps::Hold)).unwrap_err();
        assert!(error.to_string().contains("2 of 2 values are above 10,000 g/kWh"), "{error}");
    }
}
