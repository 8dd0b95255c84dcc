//! A figure with how it is known and where it stands.

use serde_yaml::{Mapping, Value};
use thiserror::Error;

use crate::quantity::{self, Unit};

/// How a figure is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Somebody measured it on that device or link.
    Measured,
    /// Computed from other figures, by the formula in its source.
    Derived,
    /// Its maker states it.
    Spec,
}

impl Mark {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Measured, "measured"), (Self::Derived, "derived"), (Self::Spec, "spec")];

    /// Its name in catalogues.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Derived => "derived",
            Self::Spec => "spec",
        }
    }
}

/// One figure of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The value as written; `None` where no source states it, and `source` says why.
    pub text: Option<String>,
    /// How it is known; `None` without a value.
    pub mark: Option<Mark>,
    /// Where it stands, or the formula it is derived by.
    pub source: String,
    values: Vec<f64>,
}

impl Figure {
    /// Its value in the unit that its kind names, the first one if it is a list.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.values.first().copied()
    }

    /// All its values, if it is a list.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        &self.values
    }
}

/// A figure among others, for listings.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureRow<'a> {
    /// The field it belongs to, such as `idle_power` or `times.mobilenet-v2`.
    pub field: String,
    /// The value as written; `None` where no source states it.
    pub value: Option<&'a str>,
    /// How it is known; `None` without a value.
    pub mark: Option<Mark>,
    /// Where it stands, or why it is missing.
    pub source: &'a str,
}

impl<'a> FigureRow<'a> {
    pub(crate) fn new(field: impl Into<String>, figure: &'a Figure) -> Self {
        Self { field: field.into(), value: figure.text.as_deref(), mark: figure.mark, source: &figure.source }
    }
}

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A text with its unit.
    Quantity(Unit),
    /// Texts with their unit, separated by commas.
    Quantities(Unit),
    /// A dimensionless number, 0 or more.
    Number,
    /// Dimensionless numbers, 0 or more, separated by commas.
    Numbers,
    /// A whole number, 1 or more.
    Count,
    /// One of a few words.
    Word(&'static [&'static str]),
}

/// One thing that is wrong with a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {}: {message}{}", path(entry, field), given(value))]
pub struct CatalogueError {
    /// The file's name.
    pub file: String,
    /// The class or link; empty if the file as a whole is wrong.
    pub entry: String,
    /// The field; empty if the entry as a whole is wrong.
    pub field: String,
    /// The value as given, if there is one.
    pub value: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

fn path(entry: &str, field: &str) -> String {
    [entry, field].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

fn given(value: &Option<String>) -> String {
    value.as_ref().map_or(String::new(), |value| format!(" (given: `{value}`)"))
}

/// What is wrong with a figure, before it is known whose it is.
pub(crate) struct Wrong {
    pub value: Option<String>,
    pub message: String,
    pub hint: String,
}

impl Wrong {
    pub(crate) fn new(value: Option<String>, message: &str, hint: impl Into<String>) -> Self {
        Self { value, message: message.to_owned(), hint: hint.into() }
    }

    /// Says whose it is.
    pub(crate) fn at(self, file: &str, entry: &str, field: &str) -> CatalogueError {
        let Self { value, message, hint } = self;
        CatalogueError { file: file.to_owned(), entry: entry.to_owned(), field: field.to_owned(), value, message, hint }
    }
}

const SHAPE: &str = "write it as `{value: \"6.4 W\", mark: measured, source: \"where it stands\"}`, \
                     or `value: null` with the reason as its source";

/// Reads `{value, mark, source}`.
pub(crate) fn read(node: &Value, kind: Kind) -> Result<Figure, Wrong> {
    let Value::Mapping(map) = node else {
        return Err(Wrong::new(scalar(node), "a figure names its source", SHAPE));
    };
    only(map, &["value", "mark", "source"])?;
    let source = map.get("source").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    if source.is_empty() {
        return Err(Wrong::new(None, "the source is missing", SHAPE));
    }
    match map.get("value") {
        None => Err(Wrong::new(None, "the value is missing", SHAPE)),
        Some(Value::Null) => Ok(Figure { text: None, mark: None, source, values: Vec::new() }),
        Some(value) => {
            let (text, values) = read_value(value, kind)?;
            Ok(Figure { text: Some(text), mark: Some(read_mark(map)?), source, values })
        }
    }
}

/// Refuses keys that mean nothing.
pub(crate) fn only(map: &Mapping, known: &[&str]) -> Result<(), Wrong> {
    match map.keys().find(|key| !key.as_str().is_some_and(|key| known.contains(&key))) {
        Some(key) => Err(Wrong::new(scalar(key), "there is no such key", format!("the keys are {}", known.join(", ")))),
        None => Ok(()),
    }
}

fn read_mark(map: &Mapping) -> Result<Mark, Wrong> {
    let given = map.get("mark").and_then(scalar);
    let found = Mark::NAMES.iter().find(|(_, name)| given.as_deref() == Some(name));
    found.map(|(mark, _)| *mark).ok_or_else(|| {
        Wrong::new(given, "the mark says how the value is known", "write `mark: measured`, `derived` or `spec`")
    })
}

fn read_value(value: &Value, kind: Kind) -> Result<(String, Vec<f64>), Wrong> {
    let text = scalar(value).ok_or_else(|| Wrong::new(None, "the value is not a single one", SHAPE))?;
    let values = match kind {
        Kind::Quantity(unit) => vec![read_quantity(&text, unit)?],
        Kind::Quantities(unit) => text.split(',').map(|part| read_quantity(part, unit)).collect::<Result<_, _>>()?,
        Kind::Number => vec![read_number(&text)?],
        Kind::Numbers => text.split(',').map(read_number).collect::<Result<_, _>>()?,
        Kind::Count => vec![read_count(&text)?],
        Kind::Word(words) => {
            read_word(&text, words)?;
            Vec::new()
        }
    };
    Ok((text, values))
}

fn read_quantity(text: &str, unit: Unit) -> Result<f64, Wrong> {
    quantity::parse(text, unit).map_err(|error| Wrong::new(Some(text.to_owned()), &error.to_string(), error.hint()))
}

fn read_number(text: &str) -> Result<f64, Wrong> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err(Wrong::new(Some(text.to_owned()), "it is not a number of 0 or more", "write a plain number")),
    }
}

fn read_count(text: &str) -> Result<f64, Wrong> {
    match text.trim().parse::<u16>() {
        Ok(count) if count > 0 => Ok(f64::from(count)),
        _ => Err(Wrong::new(Some(text.to_owned()), "it is not a whole number of 1 or more", "write such as `1`")),
    }
}

fn read_word(text: &str, words: &[&str]) -> Result<(), Wrong> {
    if words.contains(&text) {
        return Ok(());
    }
    Err(Wrong::new(Some(text.to_owned()), "there is no such word here", format!("write one of {}", words.join(", "))))
}

/// The text of a value that is not a list or a mapping.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(yaml: &str, kind: Kind) -> Result<Figure, String> {
        let node = serde_yaml::from_str(yaml).expect("is YAML");
        read(&node, kind).map_err(|wrong| wrong.message)
    }

    #[test]
    fn a_figure_keeps_its_text_beside_its_value() {
        let read = figure("{value: 27 mW, mark: spec, source: data sheet}", Kind::Quantity(Unit::Power));
        let read = read.expect("is complete");
        assert_eq!((read.text.as_deref(), read.number(), read.mark), (Some("27 mW"), Some(0.027), Some(Mark::Spec)));
    }

    #[test]
    fn a_figure_without_a_source_or_a_mark_is_refused() {
        let power = Kind::Quantity(Unit::Power);
        assert_eq!(figure("{value: 6 W, mark: spec}", power), Err("the source is missing".to_owned()));
        assert_eq!(figure("{value: null}", power), Err("the source is missing".to_owned()));
        assert!(figure("{value: 6 W, source: x}", power).is_err());
        assert!(figure("{value: 6 W, mark: guessed, source: x}", power).is_err());
        assert!(figure("6 W", power).is_err());
        assert!(figure("{value: 6 W, mark: spec, source: x, note: y}", power).is_err());
    }

    #[test]
    fn what_nobody_states_is_null_with_a_reason() {
        let read = figure("{value: null, source: the maker publishes none}", Kind::Quantity(Unit::Mass));
        assert_eq!(read.expect("a reason is enough").number(), None);
    }

    #[test]
    fn a_list_of_quantities_keeps_its_order() {
        let read = figure("{value: '75.2 W, 117 W', mark: measured, source: x}", Kind::Quantities(Unit::Power));
        assert_eq!(read.expect("reads").numbers(), [75.2, 117.0]);
    }
}
