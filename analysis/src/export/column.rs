//! A column: its name, its unit, its meaning, where its values come from.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, StringArray, UInt64Array};
use arrow_schema::DataType;
use serde::Serialize;

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An unsigned integer of 64 bits.
    Count,
    /// A floating-point number of 64 bits.
    Number,
    /// UTF-8.
    Text,
}

impl Kind {
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Count => DataType::UInt64,
            Self::Number => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
    }
}

/// What a reader of a file needs to know of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name, with the unit as suffix.
    pub name: &'static str,
    /// Type of its values.
    pub kind: Kind,
    /// Its unit, `1` for a count; `None` for text.
    pub unit: Option<&'static str>,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// What it says.
    pub meaning: &'static str,
}

/// Where a column's values come from in a row.
pub(super) enum Get<R> {
    Count(fn(&R) -> u64),
    Number(fn(&R) -> f64),
    MaybeNumber(fn(&R) -> Option<f64>),
    Text(fn(&R) -> &str),
    MaybeText(fn(&R) -> Option<&str>),
    /// Text that is made for the row, such as a device's name.
    Made(fn(&R) -> Cow<'_, str>),
    MaybeMade(fn(&R) -> Option<Cow<'_, str>>),
}

/// A column of a file whose rows are `R`.
pub(super) struct Field<R> {
    pub about: Column,
    get: Get<R>,
}

impl<R> Field<R> {
    pub fn text(name: &'static str, get: fn(&R) -> &str, meaning: &'static str) -> Self {
        Self::new(name, None, Get::Text(get), meaning)
    }

    pub fn count(name: &'static str, get: fn(&R) -> u64, meaning: &'static str) -> Self {
        Self::new(name, Some("1"), Get::Count(get), meaning)
    }

    pub fn number(name: &'static str, unit: &'static str, get: fn(&R) -> f64, meaning: &'static str) -> Self {
        Self::new(name, Some(unit), Get::Number(get), meaning)
    }

    pub fn new(name: &'static str, unit: Option<&'static str>, get: Get<R>, meaning: &'static str) -> Self {
        let (kind, nullable) = match get {
            Get::Count(_) => (Kind::Count, false),
            Get::Number(_) => (Kind::Number, false),
            Get::MaybeNumber(_) => (Kind::Number, true),
            Get::Text(_) | Get::Made(_) => (Kind::Text, false),
            Get::MaybeText(_) | Get::MaybeMade(_) => (Kind::Text, true),
        };
        Self { about: Column { name, kind, unit, nullable, meaning }, get }
    }

    /// The column's values in some rows.
    pub fn array(&self, rows: &[R]) -> ArrayRef {
        match self.get {
            Get::Count(get) => Arc::new(UInt64Array::from_iter_values(rows.iter().map(get))),
            Get::Number(get) => Arc::new(Float64Array::from_iter_values(rows.iter().map(get))),
            Get::MaybeNumber(get) => Arc::new(rows.iter().map(get).collect::<Float64Array>()),
            Get::Text(get) => Arc::new(StringArray::from_iter_values(rows.iter().map(get))),
            Get::MaybeText(get) => Arc::new(rows.iter().map(get).collect::<StringArray>()),
            Get::Made(get) => Arc::new(StringArray::from_iter_values(rows.iter().map(get))),
            Get::MaybeMade(get) => Arc::new(rows.iter().map(get).collect::<StringArray>()),
        }
    }
}

pub(super) fn about<R>(fields: &[Field<R>]) -> Vec<Column> {
    fields.iter().map(|field| field.about).collect()
}
