//! Times of a series' rows, as nanoseconds since 1970 UTC.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::fault::Fault;
use super::sheet::Line;
use crate::calendar::resolve;
use crate::error::{Problem, ReadError};
use crate::instant::{self, Written};

/// Reads times: ISO 8601, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Where times without an offset are local; none if nobody says it.
    zone: Option<TimeZone>,
    /// The time before, which tells the two hours of an autumn change apart.
    last: Option<Timestamp>,
}

impl Clock {
    /// A clock of times that are local to `zone` where they bear no offset.
    pub fn new(zone: Option<TimeZone>) -> Self {
        Self { zone, last: None }
    }

    /// A row's time [ns since 1970].
    pub fn read(&mut self, line: &Line, column: usize) -> Result<i64, ReadError> {
        let text = line.text(column)?;
        if text.is_empty() {
            return Err(line.fault(Problem::Empty { column: line.name(column).to_owned() }));
        }
        match self.instant(text) {
            Ok(nanos) => Ok(nanos),
            Err(Trouble::Unreadable(reason)) => Err(line.fault(Problem::BadTime {
                column: line.name(column).to_owned(),
                value: text.to_owned(),
                reason,
            })),
            Err(Trouble::NoZone) => Err(line.fault(no_zone(text))),
        }
    }

    /// The instant that a text is [ns since 1970].
    pub fn instant(&mut self, text: &str) -> Result<i64, Trouble> {
        let instant = match instant::read(text) {
            Ok(Written::Instant(instant)) => instant,
            Ok(Written::Local(local)) => {
                let zone = self.zone.as_ref().ok_or(Trouble::NoZone)?;
                resolve(local, zone, self.last).map_err(Trouble::Unreadable)?
            }
            Err(reason) => epoch(text).unwrap_or(Err(reason)).map_err(Trouble::Unreadable)?,
        };
        self.last = Some(instant);
        nanos(instant).ok_or_else(|| Trouble::Unreadable("it lies outside the years 1824 to 2115".to_owned()))
    }
}

/// Why a text is no instant.
#[derive(Debug)]
pub(super) enum Trouble {
    /// For the reason given.
    Unreadable(String),
    /// It is local to a place that nobody names.
    NoZone,
}

/// The fault of a time that is local to no stated place.
pub(super) fn no_zone(text: &str) -> Fault {
    Fault::Unstated {
        key: "timezone",
        why: format!("`{text}` bears no offset; `UTC` or a name such as `Europe/Berlin`"),
    }
}

/// Nanoseconds since 1970; none outside the years 1824 to 2115, so that any two instants differ by no more than 64 bits
/// of nanoseconds.
pub(super) fn nanos(instant: Timestamp) -> Option<i64> {
    i64::try_from(instant.as_nanosecond()).ok().filter(|nanos| nanos.unsigned_abs() <= u64::MAX / 4)
}

/// The instant of nanoseconds since 1970.
pub(super) fn instant_of(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).expect("invariant: 64-bit nanoseconds lie on the calendar")
}

/// The instant of a number: its magnitude tells its unit, as none of the four could be another between 1973 and 5138.
/// None if the text is not a number.
fn epoch(text: &str) -> Option<Result<Timestamp, String>> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let whole = text.parse::<i128>().ok();
    let Some(each) = tick(number) else {
        return Some(Err("a number of seconds since 1970 has nine digits at least".to_owned()));
    };
    // A fraction of a second is kept to the nearest nanosecond that the number itself can hold.
    let nanos = whole.map_or((number * each as f64).round() as i128, |whole| whole * i128::from(each));
    Some(Timestamp::from_nanosecond(nanos).map_err(|error| error.to_string()))
}

/// How many nanoseconds each unit of a number of seconds, milliseconds, microseconds or nanoseconds since 1970 is, by
/// the number's size; none of what is too small or too large for all.
pub(super) fn tick(number: f64) -> Option<i64> {
    match number {
        1e8..1e11 => Some(1_000_000_000),
        1e11..1e14 => Some(1_000_000),
        1e14..1e17 => Some(1_000),
        1e17..1e20 => Some(1),
        _ => None,
    }
}

/// Whether a time zone is UTC, by whatever name.
pub(super) fn is_utc(zone: &TimeZone) -> bool {
    zone.to_fixed_offset().is_ok_and(|ahead| ahead == Offset::UTC) || zone.iana_name() == Some("UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        nanos(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn numbers_are_seconds_or_finer_by_their_size() {
        let mut clock = Clock::new(None);
        for text in ["1659492000", "1659492000.0", "1659492000000", "1659492000000000", "1659492000000000000"] {
            assert_eq!(clock.instant(text).unwrap(), at("2022-08-03T02:00:00Z"), "{text}");
        }
        assert!(matches!(clock.instant("17"), Err(Trouble::Unreadable(_))));
        assert!(matches!(clock.instant("2022-08-03 02:00"), Err(Trouble::NoZone)));
    }

    #[test]
    fn quarter_hours_of_the_repeated_hour_follow_each_other() {
        let mut clock = Clock::new(crate::calendar::time_zone("Europe/Berlin"));
        let texts = ["01:45", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00"];
        let read: Vec<i64> = texts.iter().map(|time| clock.instant(&format!("2022-10-30 {time}")).unwrap()).collect();
        assert!(read.windows(2).all(|pair| pair[1] - pair[0] == 900_000_000_000), "{read:?}");
        assert!(
            matches!(clock.instant("2022-03-27 02:30"), Err(Trouble::Unreadable(reason)) if reason.contains("skip"))
        );
    }
}
