//! A carbon series on the calendar, before it is placed in simulated time.

use jiff::Timestamp;
use sim_core::world::signal::{EndPolicy, Labels, Provenance, Signal};
use thiserror::Error;

use super::clock::instant_of;

/// Mean carbon intensities of consecutive intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The grid zone, as the file names it.
    pub zone: String,
    /// What the numbers count.
    pub labels: Labels,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// Starts of the intervals and the end of the last one [ns since 1970], ascending.
    bounds: Vec<i64>,
    /// One value an interval [g/kWh].
    values: Vec<f64>,
}

/// A series that cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the series lies more than 292 years from the epoch")]
pub struct TooFar;

/// One interval of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its first instant.
    pub start: Timestamp,
    /// Its end, which is the start of the next.
    pub end: Timestamp,
    /// Its mean intensity [g/kWh].
    pub value: f64,
}

/// What a series is, apart from its numbers.
#[derive(Debug)]
pub(super) struct Meaning {
    pub zone: String,
    pub labels: Labels,
    pub provenance: Provenance,
}

impl Series {
    /// The series of values between bounds [ns since 1970], which ascend and are one more than the values.
    pub(super) fn new(meaning: Meaning, bounds: Vec<i64>, values: Vec<f64>) -> Self {
        debug_assert!(bounds.len() == values.len() + 1 && bounds.windows(2).all(|pair| pair[0] < pair[1]));
        let Meaning { zone, labels, provenance } = meaning;
        Self { zone, labels, provenance, bounds, values }
    }

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
        (instant_of(self.bounds[0]), instant_of(self.bounds[self.values.len()]))
    }

    /// The intervals in order.
    pub fn intervals(&self) -> impl ExactSizeIterator<Item = Interval> + '_ {
        self.bounds.windows(2).zip(&self.values).map(|(pair, &value)| Interval {
            start: instant_of(pair[0]),
            end: instant_of(pair[1]),
            value,
        })
    }

    /// Starts of the intervals and the end of the last one [ns since 1970].
    pub(super) fn bounds(&self) -> &[i64] {
        &self.bounds
    }

    /// The intervals that reach into `[from, to)`, whole; none if the series has none there.
    #[must_use]
    pub fn window(&self, from: Timestamp, to: Timestamp) -> Option<Self> {
        let (from, to) = (from.as_nanosecond(), to.as_nanosecond());
        let first = self.bounds[1..].partition_point(|&end| i128::from(end) <= from);
        let last = self.bounds[..self.values.len()].partition_point(|&start| i128::from(start) < to);
        (first < last).then(|| Self {
            bounds: self.bounds[first..=last].to_vec(),
            values: self.values[first..last].to_vec(),
            zone: self.zone.clone(),
            labels: self.labels,
            provenance: self.provenance.clone(),
        })
    }

    /// The signal of a scenario that starts at `epoch`; what lies before it is kept as history.
    ///
    /// # Errors
    /// If it lies more than 292 years away, where nanoseconds end.
    pub fn into_signal(self, epoch: Timestamp, end: EndPolicy) -> Result<Signal, TooFar> {
        let epoch = i64::try_from(epoch.as_nanosecond()).map_err(|_| TooFar)?;
        let (first, last) = (self.bounds[0], self.bounds[self.values.len()]);
        // Its length is a number of nanoseconds too.
        last.checked_sub(first).ok_or(TooFar)?;
        let bounds: Option<Vec<i64>> = self.bounds.iter().map(|bound| bound.checked_sub(epoch)).collect();
        let signal = Signal::irregular(bounds.ok_or(TooFar)?, self.values, end, self.labels, self.provenance);
        Ok(signal.expect("invariant: a series ascends and its values are intensities"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Uncovered, covers};
    use crate::carbon::clock::nanos;
    use sim_core::units::{Intensity, NANOS_PER_SECOND, SimDuration, SimTime};
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
        let start = nanos(at("2022-01-01T00:00:00Z")).unwrap();
        Series::new(meaning, (0..=i64::from(hours)).map(|k| start + k * HOUR).collect(), values)
    }

    #[test]
    fn history_before_the_epoch_is_kept() {
        let signal = series(72).into_signal(at("2022-01-02T06:30:00Z"), EndPolicy::Error).unwrap();
        assert_eq!(signal.span(), (-30 * HOUR - HOUR / 2, 41 * HOUR + HOUR / 2));
        assert_eq!(signal.at(SimTime::ZERO), Intensity(30.0));
        assert_eq!(signal.published(SimTime::ZERO, SimDuration::ZERO), Intensity(29.0));
    }

    #[test]
    fn a_series_longer_than_nanoseconds_tell_is_refused() {
        let long = Series { bounds: vec![i64::MIN + 1, 0, i64::MAX], values: vec![1.0, 2.0], ..series(2) };
        assert_eq!(long.into_signal(Timestamp::UNIX_EPOCH, EndPolicy::Hold).unwrap_err(), TooFar);
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
