//! Writes rows as Parquet, one row group after another, with the same bytes for the same rows.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field as ArrowField, Metadata, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::column::{Column, Field};

/// Most rows of a row group.
const GROUP: usize = 1 << 16;

/// Facts about a whole file: keys and values of its footer.
pub(super) type Facts = Vec<(&'static str, String)>;

/// Writes all rows; memory holds one row group.
pub(super) fn write<R>(
    out: impl Write + Send, fields: &[Field<R>], rows: impl Iterator<Item = R>, facts: Facts,
) -> Result<(), ParquetError> {
    let schema = Arc::new(Schema::new(fields.iter().map(|field| arrow(&field.about)).collect::<Vec<_>>()));
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties(facts)))?;
    let mut rows = rows.peekable();
    let mut group = Vec::new();
    while rows.peek().is_some() {
        group.clear();
        group.extend(rows.by_ref().take(GROUP));
        let columns = fields.iter().map(|field| field.array(&group)).collect();
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
        writer.flush()?;
    }
    writer.close()?;
    Ok(())
}

fn arrow(column: &Column) -> ArrowField {
    let unit = column.unit.map(|unit| ("unit".to_owned(), unit.to_owned()));
    let meaning = ("meaning".to_owned(), column.meaning.to_owned());
    ArrowField::new(column.name, column.kind.data_type(), column.nullable)
        .with_metadata(unit.into_iter().chain([meaning]).collect::<Metadata>())
}

fn properties(facts: Facts) -> WriterProperties {
    let facts = facts.into_iter().map(|(key, value)| KeyValue::new(format!("carbonedge.{key}"), value));
    WriterProperties::builder()
        .set_created_by(concat!("CarbonEdge simulator ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP))
        .set_key_value_metadata(Some(facts.collect()))
        .build()
}
