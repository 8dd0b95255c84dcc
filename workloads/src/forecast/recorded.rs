//! Recorded forecasts: what was issued, as it was issued.

use jiff::Timestamp;
use sim_core::units::{Intensity, SimTime};
use sim_core::world::forecast::{FromPast, Past};
use thiserror::Error;

use super::issued::{Issue, Issued};
use crate::calendar::nanos_since;

/// A table of issued forecasts in simulated time. At any instant the newest issue that reaches the target counts, and
/// nothing that was issued later is seen; where no issue reaches, the newest public value holds.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// By time of issue.
    issues: Vec<Placed>,
    values: Vec<f64>,
    /// `reach[k]`: the furthest end of the first k + 1 issues [ns since the epoch].
    reach: Vec<i64>,
    source: String,
}

/// An issue in simulated time [ns since the epoch].
#[derive(Clone, Copy, Debug)]
struct Placed {
    at: i64,
    start: i64,
    end: i64,
    step: i64,
    /// Where its values stand.
    first: usize,
}

/// Why issued forecasts cannot be used.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RecordedError {
    /// There is none.
    #[error("there is no issue")]
    Empty,
    /// They are not in the order of their issue.
    #[error("the issue of {at} follows one that is newer")]
    NotAscending {
        /// The later one in the table.
        at: Timestamp,
    },
    /// It has no interval, or none that lasts.
    #[error("the issue of {at} has no interval that lasts")]
    NoInterval {
        /// When it was issued.
        at: Timestamp,
    },
    /// A value is no intensity.
    #[error("the issue of {at} expects {value} g/kWh")]
    BadValue {
        /// When it was issued.
        at: Timestamp,
        /// The value [g/kWh].
        value: f64,
    },
    /// Nanoseconds end 292 years from the epoch.
    #[error("the issue of {at} lies more than 292 years from the start of the simulation")]
    TooFar {
        /// When it was issued.
        at: Timestamp,
    },
}

impl Recorded {
    /// Issued forecasts in a simulation that starts at `epoch`.
    ///
    /// # Errors
    /// If there is none, they do not ascend, or one has no lasting interval, a value that is no intensity, or a time out
    /// of reach.
    pub fn new(issued: Issued, epoch: Timestamp) -> Result<Self, RecordedError> {
        let issues: Vec<Placed> =
            issued.issues.iter().map(|issue| placed(&issued, issue, epoch)).collect::<Result<_, _>>()?;
        if issues.is_empty() {
            return Err(RecordedError::Empty);
        }
        if let Some(k) = issues.windows(2).position(|pair| pair[1].at < pair[0].at) {
            return Err(RecordedError::NotAscending { at: issued.issues[k + 1].at });
        }
        let mut furthest = i64::MIN;
        let reach = issues.iter().map(|issue| {
            furthest = furthest.max(issue.end);
            furthest
        });
        Ok(Self { reach: reach.collect(), issues, values: issued.values, source: issued.source })
    }

    /// When the first was issued, and the furthest end of an interval of any [ns since the epoch].
    #[must_use]
    pub fn span(&self) -> (i64, i64) {
        (self.issues[0].at, self.reach[self.reach.len() - 1])
    }

    /// The times of issue from the epoch on.
    pub fn issue_times(&self) -> impl Iterator<Item = SimTime> {
        self.issues.iter().filter_map(|issue| u64::try_from(issue.at).ok().map(SimTime))
    }

    /// What the newest issue at `now` that reaches a target expects of it; none if no issue reaches it.
    #[must_use]
    pub fn expected(&self, now: SimTime, target: SimTime) -> Option<Intensity> {
        self.find(now, target).0
    }

    /// The expectation, and the first instant after the target at which another one holds.
    fn find(&self, now: SimTime, target: SimTime) -> (Option<Intensity>, SimTime) {
        let (now, target) = (nanos(now), nanos(target));
        let visible = self.issues.partition_point(|issue| issue.at <= now);
        let mut until = i64::MAX;
        for k in (0..visible).rev() {
            // Neither this issue nor an older one reaches the target.
            if self.reach[k] <= target {
                break;
            }
            let issue = &self.issues[k];
            if (issue.start..issue.end).contains(&target) {
                let step = (target - issue.start) / issue.step;
                let value = self.values[issue.first + step as usize];
                return (Some(Intensity(value)), instant(until.min(issue.start + (step + 1) * issue.step)));
            }
            if issue.start > target {
                until = until.min(issue.start);
            }
        }
        (None, instant(until))
    }
}

fn placed(issued: &Issued, issue: &Issue, epoch: Timestamp) -> Result<Placed, RecordedError> {
    let at = issue.at;
    let values = issued.values.get(issue.values.clone()).unwrap_or_default();
    let step = i64::try_from(issue.step.as_nanos()).unwrap_or(0);
    if values.is_empty() || step <= 0 {
        return Err(RecordedError::NoInterval { at });
    }
    if let Some(&value) = values.iter().find(|value| !value.is_finite() || **value < 0.0) {
        return Err(RecordedError::BadValue { at, value });
    }
    let place = || {
        let start = nanos_since(epoch, issue.start)?;
        let length = step.checked_mul(i64::try_from(values.len()).ok()?)?;
        let end = start.checked_add(length)?;
        Some(Placed { at: nanos_since(epoch, at)?, start, end, step, first: issue.values.start })
    };
    place().ok_or(RecordedError::TooFar { at })
}

fn nanos(time: SimTime) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

fn instant(nanos: i64) -> SimTime {
    if nanos == i64::MAX { SimTime::NEVER } else { SimTime(u64::try_from(nanos).unwrap_or(0)) }
}

impl FromPast for Recorded {
    fn name(&self) -> &str {
        "recorded"
    }

    fn parameters(&self) -> String {
        format!("{} issues of {}; persistence where none reaches", self.issues.len(), self.source)
    }

    fn at(&self, past: &Past, target: SimTime) -> Intensity {
        self.expected(past.now(), target).unwrap_or(past.latest())
    }

    fn reaches(&self, past: &Past, target: SimTime) -> bool {
        self.expected(past.now(), target).is_some()
    }

    fn holds_until(&self, past: &Past, target: SimTime) -> SimTime {
        self.find(past.now(), target).1
    }

    fn next_issue(&self, now: SimTime) -> SimTime {
        let now = nanos(now);
        let next = self.issues.partition_point(|issue| issue.at <= now);
        self.issues.get(next).map_or(SimTime::NEVER, |issue| instant(issue.at))
    }
}
