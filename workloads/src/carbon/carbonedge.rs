//! This project's own Parquet: `start`, `end` (UTC), `intensity_g_per_kwh`, and what the series is in the footer.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, TimestampNanosecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use sim_core::world::signal::{Basis, Gas, Provenance, Scope, SignalKind};

use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::options::Values;
use super::parquet_file::Columns;
use super::reading::Reading;
use super::rows::{Draft, Place, Rows};
use super::stated::{Says, Speech, basis_name, gas_name, kind_name, scope_name};
use super::unit::Unit;
use crate::error::{Problem, ReadError};
use crate::table::fault_at;

pub(super) const ENTRY: Entry = Entry {
    name: "carbonedge",
    about: "this project's own Parquet, as `carbonedge signals convert` writes it: UTC, means, g/kWh; labels in \
            the file",
    takes: &[],
    recognise,
    read,
    issued: Err("which holds what happened only"),
};

const START: &str = "start";
const END: &str = "end";
const VALUE: &str = "intensity_g_per_kwh";

/// Most rows of a row group.
const GROUP: usize = 1 << 16;

fn recognise(input: &Input) -> bool {
    input.as_parquet().is_some_and(|columns| columns.has(&[START, END, VALUE]))
}

/// Writes a series that was read; the same series gives the same bytes.
///
/// # Errors
/// If the file cannot be written.
pub fn write(reading: &Reading, out: impl Write + Send) -> Result<(), ParquetError> {
    let zone = Some(Arc::from("UTC"));
    let time = |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()), false);
    let schema = Arc::new(Schema::new(vec![time(START), time(END), Field::new(VALUE, DataType::Float64, false)]));
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties(reading)))?;
    let (bounds, values) = (reading.series.bounds(), reading.series.values());
    for first in (0..values.len()).step_by(GROUP) {
        let last = values.len().min(first + GROUP);
        let times = |range: &[i64]| -> ArrayRef {
            Arc::new(TimestampNanosecondArray::from(range.to_vec()).with_timezone_opt(zone.clone()))
        };
        let numbers: ArrayRef = Arc::new(Float64Array::from(values[first..last].to_vec()));
        let columns = vec![times(&bounds[first..last]), times(&bounds[first + 1..=last]), numbers];
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
    }
    writer.close()?;
    Ok(())
}

/// Facts of the footer.
fn properties(reading: &Reading) -> WriterProperties {
    let labels = reading.series.labels;
    let (origin, text) = match &reading.series.provenance {
        Provenance::Given(text) => ("given", text),
        Provenance::Synthetic(text) => ("synthetic", text),
        Provenance::StartAssumed(text) => ("start-assumed", text),
    };
    let facts = [
        ("zone", reading.series.zone.as_str()),
        ("kind", kind_name(reading.kind)),
        ("scope", scope_name(labels.scope)),
        ("basis", basis_name(labels.basis)),
        ("gas", gas_name(labels.gas)),
        ("origin", origin),
        ("source", text),
    ];
    let facts = facts.map(|(key, value)| KeyValue::new(key_of(key), value.to_owned()));
    WriterProperties::builder()
        .set_created_by(concat!("CarbonEdge simulator ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP))
        .set_key_value_metadata(Some(facts.into()))
        .build()
}

fn key_of(key: &str) -> String {
    format!("carbonedge.signal.{key}")
}

/// A fact of the footer that is one of some.
fn fact<T: Copy>(columns: &Columns, key: &str, known: &[T], name: fn(T) -> &'static str) -> Result<Says<T>, Fault> {
    let reason =
        |text: Option<&str>| Fault::Broken { kind: "footer", reason: format!("`{}` is {text:?}", key_of(key)) };
    let text = columns.fact(&key_of(key));
    known.iter().copied().find(|&value| text == Some(name(value))).map(Says::Only).ok_or_else(|| reason(text))
}

fn speech(columns: &Columns) -> Result<Speech, Fault> {
    Ok(Speech {
        kind: fact(columns, "kind", &[SignalKind::Average, SignalKind::Marginal], kind_name)?,
        scope: fact(columns, "scope", &[Scope::Direct, Scope::Lifecycle], scope_name)?,
        basis: fact(columns, "basis", &[Basis::Consumption, Basis::Production], basis_name)?,
        gas: fact(columns, "gas", &[Gas::Co2, Gas::Co2e], gas_name)?,
        unit: Says::Only(Unit::GramsPerKwh),
        values: Says::Only(Values::Mean),
    })
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let columns = input.parquet()?;
    let fault = |fault: Fault| input.fault(fault);
    let named = columns.fact(&key_of("zone")).filter(|zone| !zone.is_empty());
    named.map_or(Ok(()), |zone| input.refuse_other_zone(&[zone]))?;
    let zone = named.unwrap_or(input.zone());
    let source = columns.fact(&key_of("source")).unwrap_or("CarbonEdge");
    let mut stated = speech(columns).map_err(fault)?.join(input.options, zone, source).map_err(fault)?;
    stated.start_assumed = columns.fact(&key_of("origin")) == Some("start-assumed");
    stated.synthetic = columns.fact(&key_of("origin")) == Some("synthetic");
    let (starts, ends) = (columns.times(START).map_err(fault)?, columns.times(END).map_err(fault)?);
    let values = columns.numbers(VALUE).map_err(fault)?;
    let mut rows = Rows { contiguous: true, ..Rows::new(input.file) };
    for (((row, start), end), value) in (1..).zip(&starts.values).zip(&ends.values).zip(values) {
        let place = Place { file: 0, line: row };
        let near = |time: &Option<i64>| time.filter(|time| time.unsigned_abs() <= u64::MAX / 4);
        let (Some(start), Some(end)) = (near(start), near(end)) else {
            let (column, value) = (START.to_owned(), "empty".to_owned());
            let reason = "it is empty, or too far away".to_owned();
            return Err(fault_at(input.file, row, Problem::BadTime { column, value, reason }));
        };
        if let Some(before) = rows.end.filter(|&before| before != start) {
            let (value, before) =
                (super::clock::instant_of(start).to_string(), super::clock::instant_of(before).to_string());
            return Err(fault_at(input.file, row, Problem::Backwards { value, before }));
        }
        rows.number(place, start, value, Unit::GramsPerKwh, || VALUE.to_owned(), || value.to_string());
        rows.end = Some(end);
    }
    Ok(Draft { stated, rows })
}
