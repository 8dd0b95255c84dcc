//! A carbon series on the calendar, before it is placed in simulated time.

use jiff::{SignedDuration, Timestamp};
use sim_core::units::SimDuration;
use sim_core::world::signal::{EndPolicy, Labels, Provenance, Signal};
use thiserror::Error;

use crate::calendar::nanos_since;
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table, fault_at};

/// Mean carbon intensities of consecutive intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The grid zone, as the file names it.
    pub zone: String,
    /// What the numbers count.
    pub labels: Labels,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// Starts of the intervals and the end of the last one.
    bounds: Vec<Timestamp>,
    /// One value an interval [g/kWh].
    values: Vec<f64>,
}

/// A series that cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the series lies more than 292 years from the epoch")]
pub struct TooFar;

impl Series {
    /// Number of intervals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no interval; never true of a series that was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in order [g/kWh].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Start of the first interval and end of the last.
    #[must_use]
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.bounds[0], self.bounds[self.values.len()])
    }

    /// The intervals that reach into `[from, to)`, whole; none if the series has none there.
    #[must_use]
    pub fn window(&self, from: Timestamp, to: Timestamp) -> Option<Self> {
        let first = self.bounds[1..].partition_point(|&end| end <= from);
        let last = self.bounds[..self.values.len()].partition_point(|&start| start < to);
        (first < last).then(|| Self {
            bounds: self.bounds[first..=last].to_vec(),
            values: self.values[first..last].to_vec(),
            ..self.labelled()
        })
    }

    /// The same zone, labels and provenance without any interval.
    fn labelled(&self) -> Self {
        let (zone, provenance) = (self.zone.clone(), self.provenance.clone());
        Self { zone, labels: self.labels, provenance, bounds: Vec::new(), values: Vec::new() }
    }

    /// The signal of a scenario that starts at `epoch`; what lies before it is kept as history.
    ///
    /// # Errors
    /// If it lies more than 292 years away, where nanoseconds end.
    pub fn into_signal(self, epoch: Timestamp, end: EndPolicy) -> Result<Signal, TooFar> {
        let bounds: Option<Vec<i64>> = self.bounds.iter().map(|&bound| nanos_since(epoch, bound)).collect();
        let signal = Signal::irregular(bounds.ok_or(TooFar)?, self.values, end, self.labels, self.provenance);
        Ok(signal.expect("invariant: a series ascends and its values are intensities"))
    }
}

/// How the steps of a series may vary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steps {
    /// Not at all: the shortest step is the step, and a longer one is a gap.
    #[default]
    Equal,
    /// Freely: each interval lasts until the next row, however long that is.
    Any,
}

/// Rows on their way to a series: instants that ascend, with a value each.
#[derive(Debug, Default)]
pub(crate) struct Points {
    lines: Vec<u64>,
    starts: Vec<Timestamp>,
    values: Vec<f64>,
}

/// What a series is, apart from its numbers.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub zone: String,
    pub labels: Labels,
    pub provenance: Provenance,
}

impl Points {
    /// The last instant so far.
    pub fn last(&self) -> Option<Timestamp> {
        self.starts.last().copied()
    }

    /// Number of rows so far.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds a row that `text` places in time.
    pub fn push(&mut self, row: &Row, text: &str, start: Timestamp, value: f64) -> Result<(), ReadError> {
        let value_text = || text.to_owned();
        match self.last() {
            Some(last) if start == last => return Err(row.fault(Problem::Duplicate { value: value_text() })),
            Some(last) if start < last => {
                return Err(row.fault(Problem::Backwards { value: value_text(), before: last.to_string() }));
            }
            Some(_) | None => {}
        }
        self.lines.push(row.line());
        self.starts.push(start);
        self.values.push(value);
        Ok(())
    }

    /// The series of these rows: an interval lasts until the next row, and the last one as long as the one before.
    pub fn into_series<R: std::io::BufRead>(
        self, table: &Table<R>, steps: Steps, meaning: Meaning,
    ) -> Result<Series, ReadError> {
        if self.len() < 2 {
            return Err(table.fault(Problem::TooShort { rows: self.len(), needed: 2 }));
        }
        if steps == Steps::Equal {
            self.refuse_gaps(table.file())?;
        }
        let [.., before, last] = self.starts[..] else { unreachable!("two rows at least") };
        let mut bounds = self.starts;
        bounds.push(last.saturating_add(last.duration_since(before)).expect("invariant: a signed duration saturates"));
        let Meaning { zone, labels, provenance } = meaning;
        Ok(Series { zone, labels, provenance, bounds, values: self.values })
    }

    fn refuse_gaps(&self, file: &str) -> Result<(), ReadError> {
        let step = |k: usize| self.starts[k].duration_since(self.starts[k - 1]);
        let shortest: SignedDuration = (1..self.len()).map(step).min().expect("invariant: two rows at least");
        let Some(k) = (1..self.len()).find(|&k| step(k) != shortest) else { return Ok(()) };
        let (value, before) = (self.starts[k].to_string(), self.starts[k - 1].to_string());
        Err(fault_at(file, self.lines[k], Problem::Gap { value, before, step_s: shortest.as_secs_f64() }))
    }
}

/// A series of equal steps from a start.
pub(crate) fn regular(start: Timestamp, step: SimDuration, values: Vec<f64>, meaning: Meaning) -> Option<Series> {
    let nth = |k: usize| Timestamp::from_nanosecond(start.as_nanosecond() + i128::from(step.0) * k as i128).ok();
    let bounds: Option<Vec<Timestamp>> = (0..=values.len()).map(nth).collect();
    let Meaning { zone, labels, provenance } = meaning;
    Some(Series { zone, labels, provenance, bounds: bounds?, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Uncovered, covers};
    use sim_core::units::{Intensity, NANOS_PER_SECOND, SimTime};
    use sim_core::world::signal::{Basis, Gas, Scope};

    const HOUR: i64 = 3600 * NANOS_PER_SECOND as i64;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// 0, 1, 2, … g/kWh, hourly from the start of 2022.
    fn series(hours: u32) -> Series {
        let labels = Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 };
        let meaning = Meaning { zone: "X".into(), labels, provenance: Provenance::Given("test".into()) };
        let values = (0..hours).map(f64::from).collect();
        regular(at("2022-01-01T00:00:00Z"), SimDuration(HOUR as u64), values, meaning).unwrap()
    }

    #[test]
    fn history_before_the_epoch_is_kept() {
        let signal = series(72).into_signal(at("2022-01-02T06:30:00Z"), EndPolicy::Error).unwrap();
        assert_eq!(signal.span(), (-30 * HOUR - HOUR / 2, 41 * HOUR + HOUR / 2));
        assert_eq!(signal.at(SimTime::ZERO), Intensity(30.0));
        assert_eq!(signal.published(SimTime::ZERO, SimDuration::ZERO), Intensity(29.0));
    }

    #[test]
    fn a_window_keeps_whole_the_intervals_it_touches() {
        let cut = series(72).window(at("2022-01-01T10:30:00Z"), at("2022-01-01T13:00:00Z")).unwrap();
        assert_eq!(cut.values(), [10.0, 11.0, 12.0]);
        assert_eq!(cut.span(), (at("2022-01-01T10:00:00Z"), at("2022-01-01T13:00:00Z")));
        assert_eq!(series(72).window(at("2022-01-04T00:00:00Z"), at("2022-01-05T00:00:00Z")), None);
    }

    #[test]
    fn what_a_signal_lacks_is_told_at_both_ends() {
        let signal = series(48).into_signal(at("2022-01-01T06:00:00Z"), EndPolicy::Error).unwrap();
        assert_eq!(covers(&signal, -6 * HOUR, 42 * HOUR), Ok(()));
        let lacks = |before: i64, after: i64| {
            Err(Uncovered { before: SimDuration(before as u64), after: SimDuration(after as u64) })
        };
        assert_eq!(covers(&signal, -8 * HOUR, 42 * HOUR + 1), lacks(2 * HOUR, 1));
        assert_eq!(covers(&signal.clone().ending(EndPolicy::Hold), -7 * HOUR, i64::MAX), lacks(HOUR, 0));
        assert_eq!(covers(&signal.ending(EndPolicy::Wrap), i64::MIN, i64::MAX), Ok(()));
    }

    #[test]
    fn an_epoch_centuries_away_is_refused() {
        assert_eq!(series(2).into_signal(at("1500-01-01T00:00:00Z"), EndPolicy::Wrap).unwrap_err(), TooFar);
    }
}
