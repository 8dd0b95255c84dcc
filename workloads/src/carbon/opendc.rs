//! Parquet of OpenDC: `timestamp` in milliseconds without a zone, and `carbon_intensity` [g/kWh].
//!
//! OpenDC itself takes the timestamps for UTC and holds each value until the next row, so they are starts of intervals
//! here too; `timezone` may state another place. Labels are not written down anywhere.

use jiff::tz::TimeZone;

use super::clock::{instant_of, is_utc, nanos};
use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::options::Values;
use super::rows::{Draft, Place, Rows};
use super::stated::{SILENT, Says, Speech};
use crate::calendar::resolve;
use crate::error::{Problem, ReadError};
use crate::table::fault_at;

pub(super) const ENTRY: Entry = Entry {
    name: "opendc",
    about: "Parquet of OpenDC: timestamps without a zone are UTC unless `timezone` is stated, means, g/kWh; \
            labels are not written",
    takes: &["timezone"],
    recognise,
    read,
    issued: Err("which holds what happened only"),
};

const TIME: &str = "timestamp";
const VALUE: &str = "carbon_intensity";

fn recognise(input: &Input) -> bool {
    input.as_parquet().is_some_and(|columns| columns.has(&[TIME, VALUE]))
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let columns = input.parquet()?;
    let speech = Speech { values: Says::Only(Values::Mean), ..SILENT };
    let stated = speech.join(input.options, input.zone(), "OpenDC").map_err(|fault| input.fault(fault))?;
    let times = columns.times(TIME).map_err(|fault| input.fault(fault))?;
    let values = columns.numbers(VALUE).map_err(|fault| input.fault(fault))?;
    let zone = input.options.time_zone.as_ref();
    if times.utc && zone.is_some_and(|zone| !is_utc(zone)) {
        let why = "the file's times are instants, local to no place".to_owned();
        return Err(input.fault(Fault::Idle { key: "timezone", why }));
    }
    let zone = zone.filter(|_| !times.utc);
    let (mut rows, mut before) = (Rows::new(input.file), None);
    for ((row, time), value) in (1..).zip(times.values).zip(values) {
        let start = at(time, zone, before).map_err(|reason| {
            let value = time.map_or_else(|| "empty".to_owned(), |time| instant_of(time).to_string());
            fault_at(input.file, row, Problem::BadTime { column: TIME.to_owned(), value, reason })
        })?;
        before = Some(start);
        let place = Place { file: 0, line: row };
        rows.number(place, start, value, stated.unit, || VALUE.to_owned(), || value.to_string());
    }
    Ok(Draft { stated, rows })
}

/// The instant of a timestamp that is local to `zone`, or UTC.
fn at(time: Option<i64>, zone: Option<&TimeZone>, before: Option<i64>) -> Result<i64, String> {
    let time = time.ok_or_else(|| "it is empty, or too far away".to_owned())?;
    let instant = match zone {
        None => instant_of(time),
        Some(zone) => {
            let local = instant_of(time).to_zoned(TimeZone::UTC).datetime();
            resolve(local, zone, before.map(instant_of))?
        }
    };
    nanos(instant).ok_or_else(|| "it lies outside the years 1824 to 2115".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampSecondArray};
    use parquet::arrow::ArrowWriter;

    use crate::calendar::time_zone;
    use crate::carbon::options::Options;
    use crate::carbon::reading::read;

    /// Two hours whose times are a column as given.
    fn file(times: ArrayRef) -> Vec<u8> {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![400.0, 300.0]));
        let batch = RecordBatch::try_from_iter([("timestamp", times), ("carbon_intensity", values)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn whole_numbers_are_times_of_whatever_unit_their_size_tells() {
        let hours = [1_659_492_000_i64, 1_659_495_600];
        let as_unit = |scale: i64| -> ArrayRef { Arc::new(Int64Array::from(hours.map(|s| s * scale).to_vec())) };
        let seconds: ArrayRef = Arc::new(TimestampSecondArray::from(hours.to_vec()));
        for times in [as_unit(1), as_unit(1000), as_unit(1_000_000), as_unit(1_000_000_000), seconds] {
            let series = read(&file(times), "x.parquet", &Options::default()).unwrap().series;
            let span = ["2022-08-03T02:00:00Z", "2022-08-03T04:00:00Z"].map(|text| text.parse().unwrap());
            assert_eq!(series.span(), (span[0], span[1]));
        }
    }

    #[test]
    fn a_place_is_taken_of_naive_times_and_refused_of_instants() {
        let berlin = Options { time_zone: time_zone("Europe/Berlin"), ..Options::default() };
        let naive = TimestampSecondArray::from(vec![1_659_492_000_i64, 1_659_495_600]);
        let series = read(&file(Arc::new(naive.clone())), "x", &berlin).unwrap().series;
        assert_eq!(series.span().0, "2022-08-03T00:00:00Z".parse().unwrap());
        let message = read(&file(Arc::new(naive.with_timezone("UTC"))), "x", &berlin).unwrap_err().to_string();
        assert!(message.starts_with("x: `timezone` means nothing here"), "{message}");
    }
}
