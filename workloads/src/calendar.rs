//! How instants of the world's calendar map to nanoseconds of simulated time.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use sim_core::units::{NANOS_PER_SECOND, SimDuration, SimTime};
use sim_core::world::signal::{EndPolicy, Signal};
use thiserror::Error;

use crate::instant::Written;

/// Nanoseconds from `epoch` to `instant` [ns], negative before it; none beyond 292 years.
#[must_use]
pub fn nanos_since(epoch: Timestamp, instant: Timestamp) -> Option<i64> {
    i64::try_from(instant.as_nanosecond() - epoch.as_nanosecond()).ok()
}

/// The simulated time of `instant`; none before the epoch or beyond 292 years.
#[must_use]
pub fn sim_time(epoch: Timestamp, instant: Timestamp) -> Option<SimTime> {
    nanos_since(epoch, instant).and_then(|nanos| u64::try_from(nanos).ok()).map(SimTime)
}

/// The time zone of an IANA name such as `Europe/Madrid`, from the database inside this program.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Reads an instant: ISO 8601 with `Z` or an offset, or without one as a local time of `zone`.
///
/// A local time that an autumn change repeats is the first of the two that lies after `before`.
///
/// # Errors
/// If the text is neither, or a local time that a spring change skips.
pub fn parse_instant(text: &str, zone: &TimeZone, before: Option<Timestamp>) -> Result<Timestamp, String> {
    match crate::instant::read(text)? {
        Written::Instant(instant) => Ok(instant),
        Written::Local(local) => resolve(local, zone, before),
    }
}

/// The instant of a local time, as [`parse_instant`] chooses it.
pub(crate) fn resolve(local: DateTime, zone: &TimeZone, before: Option<Timestamp>) -> Result<Timestamp, String> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let resolved = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.unambiguous(),
        AmbiguousOffset::Gap { .. } => return Err("the clocks skip this local time in spring".to_owned()),
        AmbiguousOffset::Fold { .. } => match ambiguous.earlier() {
            Ok(first) if before.is_some_and(|before| first <= before) => ambiguous.later(),
            first => first,
        },
    };
    resolved.map_err(|error| error.to_string())
}

/// What a signal lacks of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the signal starts {} h too late and ends {} h too early", hours(*before), hours(*after))]
pub struct Uncovered {
    /// How long the interval lasts before the signal starts.
    pub before: SimDuration,
    /// How long it goes on after the signal ends.
    pub after: SimDuration,
}

/// Whether a signal has a value at every instant from `from` to `to` [ns since the epoch].
///
/// A signal that wraps covers all time; one that holds covers all time after its start.
///
/// # Errors
/// What is missing at both ends.
pub fn covers(signal: &Signal, from: i64, to: i64) -> Result<(), Uncovered> {
    let (start, end) = signal.span();
    let (early, late) = match signal.end_policy() {
        EndPolicy::Wrap => (0, 0),
        EndPolicy::Hold => (start.saturating_sub(from), 0),
        EndPolicy::Error => (start.saturating_sub(from), to.saturating_sub(end)),
    };
    let missing = Uncovered { before: span(early), after: span(late) };
    if missing.before.0 == 0 && missing.after.0 == 0 { Ok(()) } else { Err(missing) }
}

fn span(nanos: i64) -> SimDuration {
    SimDuration(u64::try_from(nanos).unwrap_or(0))
}

fn hours(span: SimDuration) -> f64 {
    span.as_secs() / 3600.0
}

/// Nanoseconds in an hour.
const HOUR_NS: u64 = 3_600 * NANOS_PER_SECOND;
/// Nanoseconds in a day.
const DAY_NS: u64 = 86_400 * NANOS_PER_SECOND;
/// Nanoseconds in a week.
const WEEK_NS: u64 = 7 * DAY_NS;

/// The local clock of a place: tells hour and weekday of a simulated time.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalClock {
    /// From when on, and from Monday 00:00 local time to the epoch [ns], less than a week; the first from the epoch on.
    phases: Vec<(SimTime, u64)>,
}

impl LocalClock {
    /// The clock of a place `offset_h` hours ahead of UTC [h]; it knows no summer time.
    #[must_use]
    pub fn new(epoch: Timestamp, offset_h: f64) -> Self {
        Self { phases: vec![(SimTime::ZERO, phase(epoch, (offset_h * 3600.0).round() as i64))] }
    }

    /// The clock of a time zone, with all changes of its offset until `end`: summer time, and new laws.
    #[must_use]
    pub fn in_zone(epoch: Timestamp, zone: &TimeZone, end: SimTime) -> Self {
        let offset_s = |instant| i64::from(zone.to_offset(instant).seconds());
        let changes = zone.following(epoch).map_while(|change| {
            let at = sim_time(epoch, change.timestamp()).filter(|&at| at <= end)?;
            Some((at, phase(epoch, offset_s(change.timestamp()))))
        });
        Self { phases: std::iter::once((SimTime::ZERO, phase(epoch, offset_s(epoch)))).chain(changes).collect() }
    }

    /// The hour of the day [h], in [0, 24).
    #[must_use]
    #[inline]
    pub fn hour(&self, time: SimTime) -> f64 {
        (self.of_week(time) % DAY_NS) as f64 / (3600.0 * NANOS_PER_SECOND as f64)
    }

    /// Whether it is Saturday or Sunday.
    #[must_use]
    #[inline]
    pub fn is_weekend(&self, time: SimTime) -> bool {
        self.of_week(time) >= 5 * DAY_NS
    }

    /// The span around a time in which the local hour is the same whole one, `[from, to)`, and that hour.
    #[must_use]
    pub fn whole_hour(&self, time: SimTime) -> (SimTime, SimTime, u32) {
        let of_day = self.of_week(time) % DAY_NS;
        let after = self.phases.partition_point(|&(from, _)| from <= time);
        let changed = self.phases[after.saturating_sub(1)].0;
        let changes = self.phases.get(after).map_or(SimTime::NEVER, |&(from, _)| from);
        let from = SimTime(time.0.saturating_sub(of_day % HOUR_NS)).max(changed);
        let to = SimTime(time.0.saturating_add(HOUR_NS - of_day % HOUR_NS)).min(changes);
        (from, to, (of_day / HOUR_NS) as u32)
    }

    /// Nanoseconds since Monday 00:00 local time [ns].
    #[inline]
    fn of_week(&self, time: SimTime) -> u64 {
        let after = self.phases.partition_point(|&(from, _)| from <= time);
        (time.0 % WEEK_NS + self.phases[after.saturating_sub(1)].1) % WEEK_NS
    }
}

/// From Monday 00:00 local time to the epoch [ns], at an offset from UTC.
fn phase(epoch: Timestamp, offset_s: i64) -> u64 {
    // 1 January 1970 was a Thursday: three days after a Monday.
    let ahead = i128::from(offset_s) * i128::from(NANOS_PER_SECOND) + 3 * i128::from(DAY_NS);
    let phase = (epoch.as_nanosecond() + ahead).rem_euclid(i128::from(WEEK_NS));
    u64::try_from(phase).expect("invariant: a remainder of a week is less than a week")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_local_clock_knows_hour_and_weekend_of_its_own_place() {
        // Friday 2022-12-30 22:30 UTC is Saturday 00:30 at UTC+2.
        let epoch = at("2022-12-30T22:30:00Z");
        let (utc, east) = (LocalClock::new(epoch, 0.0), LocalClock::new(epoch, 2.0));
        assert_eq!((utc.hour(SimTime::ZERO), utc.is_weekend(SimTime::ZERO)), (22.5, false));
        assert_eq!((east.hour(SimTime::ZERO), east.is_weekend(SimTime::ZERO)), (0.5, true));
        assert!(!east.is_weekend(SimTime::from_secs(47.5 * 3600.0)));
    }

    #[test]
    fn the_clock_of_a_time_zone_skips_an_hour_in_spring_and_repeats_one_in_autumn() {
        let end = SimTime::from_secs(366.0 * 86_400.0);
        let epoch = at("2022-01-01T00:00:00Z");
        let madrid = LocalClock::in_zone(epoch, &time_zone("Europe/Madrid").unwrap(), end);
        let hour = |text: &str| madrid.hour(sim_time(epoch, at(text)).unwrap());
        assert_eq!((hour("2022-03-27T00:59:59Z").floor(), hour("2022-03-27T01:00:00Z")), (1.0, 3.0));
        assert_eq!((hour("2022-10-30T00:30:00Z"), hour("2022-10-30T01:30:00Z")), (2.5, 2.5));
        // Saturday ends an hour earlier in UTC when it is summer.
        let weekend = |text: &str| madrid.is_weekend(sim_time(epoch, at(text)).unwrap());
        assert!(!weekend("2022-07-01T21:59:59Z") && weekend("2022-07-01T22:00:00Z"));
        assert!(!weekend("2022-12-30T22:59:59Z") && weekend("2022-12-30T23:00:00Z"));
        // A zone without summer time is an offset.
        let tokyo = LocalClock::in_zone(epoch, &time_zone("Asia/Tokyo").unwrap(), end);
        assert_eq!(tokyo, LocalClock::new(epoch, 9.0));
    }

    #[test]
    fn the_repeated_hour_of_autumn_is_told_apart_by_order() {
        let madrid = time_zone("Europe/Madrid").unwrap();
        let first = parse_instant("2022-10-30 02:00", &madrid, None).unwrap();
        let second = parse_instant("2022-10-30 02:00", &madrid, Some(first)).unwrap();
        assert_eq!((first, second), (at("2022-10-30T00:00:00Z"), at("2022-10-30T01:00:00Z")));
        assert!(parse_instant("2022-03-27 02:30", &madrid, None).unwrap_err().contains("skip"));
    }

    #[test]
    fn times_with_seven_digits_or_without_seconds_are_read() {
        let utc = TimeZone::UTC;
        assert_eq!(parse_instant("2023-11-16 18:15:46.6805900", &utc, None).unwrap(), at("2023-11-16T18:15:46.68059Z"));
        assert_eq!(parse_instant("2023-03-16T11:30Z", &utc, None).unwrap(), at("2023-03-16T11:30:00Z"));
    }
}
