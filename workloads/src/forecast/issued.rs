//! Forecasts as they were issued: a table of issue times with the intervals ahead of each.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

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

/// Two files tell of one issue, and not the same.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the forecast issued at {at} for {start} on comes twice, with other values")]
pub struct IssuedTwice {
    /// When it was issued.
    pub at: Timestamp,
    /// Start of its first interval.
    pub start: Timestamp,
}

impl Issued {
    /// Several tables as one, in the order of issue. Files that overlap repeat issues; of these one is kept.
    ///
    /// # Errors
    /// If an issue is repeated with other values.
    pub fn joined(parts: Vec<Self>) -> Result<Self, IssuedTwice> {
        let source = parts.iter().map(|part| part.source.as_str()).collect::<Vec<_>>().join(", ");
        let mut all = Self { source, ..Self::default() };
        for part in parts {
            let shift = all.values.len();
            all.values.extend(part.values);
            all.issues.extend(part.issues.into_iter().map(|issue| {
                let Range { start, end } = issue.values;
                Issue { values: start + shift..end + shift, ..issue }
            }));
        }
        // A stable sort: of equal issues the first file's stays first.
        all.issues.sort_by_key(|issue| (issue.at, issue.start));
        let mut kept: Vec<Issue> = Vec::with_capacity(all.issues.len());
        for issue in all.issues {
            match kept.last().filter(|last| (last.at, last.start) == (issue.at, issue.start)) {
                Some(last)
                    if last.step == issue.step
                        && all.values.get(last.values.clone()) == all.values.get(issue.values.clone()) => {}
                Some(_) => return Err(IssuedTwice { at: issue.at, start: issue.start }),
                None => kept.push(issue),
            }
        }
        Ok(Self { issues: kept, ..all })
    }
}
