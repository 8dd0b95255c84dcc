//! Forecasts as they were issued: a table of issue times with the intervals ahead of each.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

/// One forecast: intervals of equal length from a start.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// When it was issued: nobody could know it before.
    pub at: Timestamp,
    /// Start of its first interval.
    pub start: Timestamp,
    /// Length of an interval; positive.
    pub step: SignedDuration,
    /// Where its values stand in [`Issued::values`].
    pub values: Range<usize>,
}

/// Forecasts in the order in which they were issued.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Issued {
    /// The forecasts, their times ascending.
    pub issues: Vec<Issue>,
    /// The values of all [g/kWh].
    pub values: Vec<f64>,
    /// Where they come from.
    pub source: String,
}
