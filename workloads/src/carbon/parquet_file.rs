//! Columns of a Parquet file that lies in memory, read in batches.

use std::panic::AssertUnwindSafe;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use super::clock::tick;
use super::fault::Fault;
use super::rows::MOST_ROWS;
use super::thrift;

/// A Parquet file of which the footer is read.
#[derive(Debug)]
pub(super) struct Columns {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
}

/// A column of times.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// Nanoseconds since 1970; none where the cell is empty or lies beyond 64 bits.
    pub values: Vec<Option<i64>>,
    /// Whether they are UTC; otherwise they are local to a place that the file does not name.
    pub utc: bool,
}

/// Most bytes that its columns may grow to.
const MOST_BYTES: u64 = 1 << 30;

/// Reads the footer.
pub(super) fn open(bytes: Bytes) -> Result<Columns, Fault> {
    guarded(|| opened(bytes))
}

/// Does what the library does with a file; where it panics on a damaged one (version 60.1 does, where a page wants
/// a dictionary that is not there), that is a fault like any other.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let broken = || Fault::Broken { kind: "Parquet", reason: "its pages contradict its footer".to_owned() };
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(broken()))
}

fn opened(bytes: Bytes) -> Result<Columns, Fault> {
    let damaged = |reason: &str| Err(Fault::Broken { kind: "Parquet", reason: reason.to_owned() });
    if !thrift::sound_footer(&bytes) {
        return damaged("its footer is damaged");
    }
    let metadata = ArrowReaderMetadata::load(&bytes, parquet::arrow::arrow_reader::ArrowReaderOptions::default())
        .map_err(|error| broken(&error))?;
    let groups = metadata.metadata().row_groups();
    let rows = groups.iter().fold(0u64, |sum, group| sum.saturating_add(group.num_rows().unsigned_abs()));
    let size = |group: &RowGroupMetaData| group.total_byte_size().unsigned_abs();
    if rows > MOST_ROWS {
        return Err(Fault::TooMuch { limit: MOST_ROWS, what: "rows" });
    }
    if groups.iter().fold(0u64, |sum, group| sum.saturating_add(size(group))) > MOST_BYTES {
        return Err(Fault::TooMuch { limit: MOST_BYTES, what: "bytes of columns" });
    }
    let pages = |column: &ColumnChunkMetaData| {
        let first = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let (first, length) = (usize::try_from(first).ok()?, usize::try_from(column.compressed_size()).ok()?);
        bytes.get(first..first.checked_add(length)?)
    };
    for column in groups.iter().flat_map(|group| group.columns()) {
        match pages(column) {
            None => return damaged("a column lies outside the file"),
            Some(pages) if !thrift::sound_pages(pages) => return damaged("a page of a column is damaged"),
            Some(_) => {}
        }
    }
    Ok(Columns { bytes, metadata })
}

fn broken(error: &dyn std::error::Error) -> Fault {
    Fault::Broken { kind: "Parquet", reason: error.to_string() }
}

impl Columns {
    /// Names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.metadata.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Whether there are columns of all these names.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.metadata.schema().index_of(name).is_ok())
    }

    /// A fact of the footer.
    pub fn fact(&self, key: &str) -> Option<&str> {
        let facts = self.metadata.metadata().file_metadata().key_value_metadata()?;
        facts.iter().find(|fact| fact.key == key).and_then(|fact| fact.value.as_deref())
    }

    /// A column of times.
    pub fn times(&self, name: &str) -> Result<Times, Fault> {
        guarded(|| {
            let mut times = Times::default();
            self.each(name, |column| {
                let utc = push_times(column, &mut times.values)
                    .ok_or_else(|| wrong_type(name, "timestamps or whole numbers since 1970", column.data_type()))?;
                times.utc = utc;
                Ok(())
            })?;
            Ok(times)
        })
    }

    /// A column of numbers, NaN where a cell is empty.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, Fault> {
        guarded(|| {
            let mut numbers = Vec::new();
            self.each(name, |column| {
                push_numbers(column, &mut numbers).ok_or_else(|| wrong_type(name, "numbers", column.data_type()))
            })?;
            Ok(numbers)
        })
    }

    /// Hands on the batches of one column.
    fn each(&self, name: &str, mut visit: impl FnMut(&ArrayRef) -> Result<(), Fault>) -> Result<(), Fault> {
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.metadata.clone());
        let schema = self.metadata.schema();
        let root = schema.index_of(name).map_err(|error| broken(&error))?;
        let mask =
            parquet::arrow::ProjectionMask::roots(self.metadata.metadata().file_metadata().schema_descr(), [root]);
        let reader = reader.with_projection(mask).with_batch_size(8192).build().map_err(|error| broken(&error))?;
        let mut rows = 0u64;
        for batch in reader {
            let batch = batch.map_err(|error| broken(&error))?;
            rows += batch.num_rows() as u64;
            if rows > MOST_ROWS {
                return Err(Fault::TooMuch { limit: MOST_ROWS, what: "rows" });
            }
            visit(batch.column(0))?;
        }
        Ok(())
    }
}

fn wrong_type(name: &str, wanted: &str, found: &DataType) -> Fault {
    Fault::Unrecognised(format!("column `{name}` holds {found}, not {wanted}"))
}

/// Appends times; says whether they are UTC. None if the column holds something else.
fn push_times(column: &ArrayRef, times: &mut Vec<Option<i64>>) -> Option<bool> {
    let kind = column.data_type();
    if let DataType::Timestamp(unit, zone) = kind {
        match unit {
            TimeUnit::Second => scaled(column.as_primitive::<TimestampSecondType>(), 1_000_000_000, times),
            TimeUnit::Millisecond => scaled(column.as_primitive::<TimestampMillisecondType>(), 1_000_000, times),
            TimeUnit::Microsecond => scaled(column.as_primitive::<TimestampMicrosecondType>(), 1000, times),
            TimeUnit::Nanosecond => scaled(column.as_primitive::<TimestampNanosecondType>(), 1, times),
        }
        return Some(zone.is_some());
    }
    // OpenDC's own writer stores instants as milliseconds since 1970; others write seconds, or nanoseconds.
    (kind == &DataType::Int64)
        .then(|| times.extend(column.as_primitive::<Int64Type>().iter().map(by_size)))
        .map(|()| true)
}

/// A number since 1970 in a unit that its size tells.
fn by_size(number: Option<i64>) -> Option<i64> {
    number.and_then(|number| number.checked_mul(tick(number as f64)?))
}

fn scaled<T: ArrowPrimitiveType<Native = i64>>(ticks: &PrimitiveArray<T>, scale: i64, times: &mut Vec<Option<i64>>) {
    times.extend(ticks.iter().map(|tick| tick.and_then(|tick| tick.checked_mul(scale))));
}

/// Appends numbers; none if the column holds something else.
fn push_numbers(column: &ArrayRef, numbers: &mut Vec<f64>) -> Option<()> {
    let kind = column.data_type();
    if kind == &DataType::Float64 {
        numbers.extend(column.as_primitive::<Float64Type>().iter().map(|x| x.unwrap_or(f64::NAN)));
    } else if kind == &DataType::Float32 {
        numbers.extend(column.as_primitive::<Float32Type>().iter().map(|x| x.map_or(f64::NAN, f64::from)));
    } else if kind == &DataType::Int64 {
        numbers.extend(column.as_primitive::<Int64Type>().iter().map(|x| x.map_or(f64::NAN, |x| x as f64)));
    } else {
        return None;
    }
    Some(())
}
