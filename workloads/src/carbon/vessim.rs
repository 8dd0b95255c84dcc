//! Tables with one column a zone, as Vessim's signals are loaded from.
//!
//! A column of times comes first, after an index or without one; every other column is a zone. Vessim takes intensities
//! in g/kWh and holds a value until the next row, or draws a line, as its user asks: so `values` must be stated.

use super::clock::Clock;
use super::content::Input;
use super::csv::{VALUES, is_number, is_time, time_column};
use super::fault::Fault;
use super::format::Entry;
use super::rows::{Draft, Rows};
use super::sheet::{Sheet, plain};
use super::stated::{SILENT, Speech};
use crate::error::{Problem, ReadError};

pub(super) const ENTRY: Entry = Entry {
    name: "vessim",
    about: "one column a zone (`zone` chooses), as Vessim reads: g/kWh; `values`, and `timezone` of times \
            without an offset, must be stated; labels are not written",
    takes: &["time_column", "value_column", "timezone"],
    recognise,
    read,
    issued: Err("which holds one value an instant"),
};

/// Words in the names of columns that hold something and are no zones.
const NO_ZONES: &[&str] = &[
    "carbon",
    "intensity",
    "co2",
    "moer",
    "value",
    "forecast",
    "actual",
    "kwh",
    "mwh",
    "emission",
    "percent",
    "lower",
    "upper",
];

fn recognise(input: &Input) -> bool {
    let plain_zone = |sheet: &Sheet, column: usize| {
        let name = plain(&sheet.header[column]);
        name != "ci" && !NO_ZONES.iter().any(|word| name.contains(word))
    };
    input.options.value_column.is_none()
        && input.as_sheet().is_some_and(|sheet| {
            let zones = zones(sheet);
            let timed = (0..sheet.header.len()).filter(|&column| is_time(sheet, column)).count() == 1;
            timed
                && !zones.is_empty()
                && zones.iter().all(|&zone| plain_zone(sheet, zone))
                && zones.iter().any(|&zone| is_number(sheet, zone))
        })
}

/// Columns that are neither times nor an index.
fn zones(sheet: &Sheet) -> Vec<usize> {
    let index = |column: usize| matches!(plain(&sheet.header[column]).as_str(), "" | "index" | "unnamed: 0");
    (0..sheet.header.len()).filter(|&column| !index(column) && !is_time(sheet, column)).collect()
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let sheet = input.sheet()?;
    let time = time_column(input, sheet)?;
    let value = zone_column(input, sheet, &zones(sheet))?;
    let speech = Speech { values: VALUES, ..SILENT };
    let zone = &sheet.header[value];
    let stated = speech.join(input.options, zone, format!("column `{zone}`")).map_err(|fault| input.fault(fault))?;
    let (mut rows, mut clock) = (Rows::new(input.file), Clock::new(input.options.time_zone.clone()));
    let mut lines = sheet.lines([time, value]);
    while let Some(line) = lines.next()? {
        rows.cell(&line, value, clock.read(&line, time)?, stated.unit)?;
    }
    Ok(Draft { stated, rows })
}

/// The column of the wanted zone, or the only one.
fn zone_column(input: &Input, sheet: &Sheet, zones: &[usize]) -> Result<usize, ReadError> {
    let known = || zones.iter().map(|&zone| sheet.header[zone].clone()).collect::<Vec<_>>();
    let wanted = input.options.value_column.as_deref().or(input.wanted());
    match (zones, wanted) {
        ([only], _) if input.options.value_column.is_some() => Ok(*only),
        ([only], _) => input.refuse_other_zone(&[&sheet.header[*only]]).map(|()| *only),
        (_, Some(zone)) if sheet.find(zone).is_some_and(|column| zones.contains(&column)) => sheet.column(&[zone]),
        (_, Some(zone)) => {
            let (column, value) = ("zone".to_owned(), zone.to_owned());
            Err(sheet.fault(Problem::UnknownName { column, value, known: known() }))
        }
        (_, None) => {
            let why = format!("the file has {}", known().join(", "));
            Err(input.fault(Fault::Unstated { key: "zone", why }))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::calendar::time_zone;
    use crate::carbon::options::{Options, Values};
    use crate::carbon::reading::read;

    #[test]
    fn the_wanted_zone_is_read_whatever_the_index() {
        let text = ",timestamp,DE,FR\n0,1659492000,400,30\n1,1659495600,401,31\n";
        let of = |zone: Option<&str>| {
            let options = Options { zone: zone.map(str::to_owned), values: Some(Values::Mean), ..Options::default() };
            read(text.as_bytes(), "x.csv", &options)
                .map(|read| (read.series.zone.clone(), read.series.values().to_vec()))
        };
        assert_eq!(of(Some("FR")).unwrap(), ("FR".to_owned(), vec![30.0, 31.0]));
        assert_eq!(of(None).unwrap_err().to_string(), "x.csv: `zone` must be stated: the file has DE, FR");
        assert!(of(Some("ES")).unwrap_err().to_string().contains("known are `DE`, `FR`"));
    }

    #[test]
    fn one_zone_with_local_times_needs_their_place() {
        let text = "Date,DE\n2019-12-20 00:00:00,218.3\n2019-12-20 00:15:00,217.9\n";
        let options = Options { values: Some(Values::Mean), ..Options::default() };
        assert!(read(text.as_bytes(), "x", &options).unwrap_err().to_string().contains("`timezone` must be stated"));
        let read = read(text.as_bytes(), "x", &Options { time_zone: time_zone("Europe/Berlin"), ..options }).unwrap();
        assert_eq!(read.series.span().0, "2019-12-19T23:00:00Z".parse().unwrap());
    }
}
