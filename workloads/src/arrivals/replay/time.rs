//! Times in traces: instants of the calendar or numbers, to whole nanoseconds without a detour over floats.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::calendar::parse_instant;
use crate::error::{Problem, ReadError};
use crate::table::Row;

/// How the cells of a column of times are read.
#[derive(Clone, Debug)]
pub(super) struct Times {
    pub column: usize,
    /// Nanoseconds of a number's unit [ns].
    pub unit_ns: i64,
    /// The zone of local times; without one they are refused.
    pub zone: Option<TimeZone>,
    /// Instants of the calendar are counted from here.
    pub zero: Timestamp,
}

impl Times {
    /// A cell's time [ns after zero, or as a plain number says]; a local time that comes twice is the first of the two
    /// that lies after `before`.
    pub fn read(&self, row: &Row, before: Option<i64>) -> Result<i64, ReadError> {
        let text = row.filled(self.column)?;
        let bad =
            |reason| row.fault(Problem::BadTime { column: row.name(self.column), value: text.to_owned(), reason });
        if text.parse::<f64>().is_ok() {
            return nanos(text, self.unit_ns).ok_or_else(|| {
                row.fault(Problem::BadNumber { column: row.name(self.column), value: text.to_owned() })
            });
        }
        let instant = match &self.zone {
            None if text.parse::<Timestamp>().is_err() && text.parse::<DateTime>().is_ok() => {
                return Err(bad("it is a local time, and no timezone is given".to_owned()));
            }
            None => parse_instant(text, &TimeZone::UTC, None),
            Some(zone) => parse_instant(text, zone, before.and_then(|nanos| self.instant(nanos))),
        };
        let instant = instant.map_err(bad)?;
        let nanos = instant.as_nanosecond() - self.zero.as_nanosecond();
        i64::try_from(nanos).map_err(|_| bad("it is more than 292 years away".to_owned()))
    }

    fn instant(&self, nanos: i64) -> Option<Timestamp> {
        Timestamp::from_nanosecond(self.zero.as_nanosecond() + i128::from(nanos)).ok()
    }
}

/// A decimal number of units as whole nanoseconds, rounded half away from zero; none if it is no number or beyond 292
/// years.
pub(super) fn nanos(text: &str, unit_ns: i64) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if !(whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit())) || whole.len() + part.len() == 0 {
        // An exponent, or a word such as `inf`.
        let value = text.parse::<f64>().ok()? * unit_ns as f64;
        return (value.abs() < i64::MAX as f64).then(|| value.round() as i64);
    }
    // 18 digits of a part are beyond what a nanosecond of any unit can tell.
    let part = &part[..part.len().min(18)];
    let scale = 10i128.pow(part.len() as u32);
    let units: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i128 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let rounded = (part * i128::from(unit_ns) * 2 + scale) / (2 * scale);
    let total = units.checked_mul(i128::from(unit_ns))?.checked_add(rounded)?;
    i64::try_from(if negative { -total } else { total }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_become_whole_nanoseconds_exactly() {
        let second = 1_000_000_000;
        for (text, expected) in [
            ("0.07949090003967285", Some(79_490_900)),
            ("1660251600", Some(1_660_251_600 * second)),
            ("1660251600.1234567885", Some(1_660_251_600_123_456_789)),
            ("-1.5", Some(-1_500_000_000)),
            (".5", Some(500_000_000)),
            ("5.", Some(5_000_000_000)),
            ("1e3", Some(1000 * second)),
            ("1e300", None),
            ("99999999999999999999999999999999999999999", None),
            ("inf", None),
            ("NaN", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(nanos(text, second), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_none(text in "[-+]?[0-9.e]{0,40}", unit in prop::sample::select(vec![1i64, 1_000_000, 86_400_000_000_000])) {
            let near = text.parse::<f64>().ok().map(|value| value * unit as f64);
            if let Some(nanos) = nanos(&text, unit) {
                let near = near.expect("a number");
                prop_assert!((nanos as f64 - near).abs() <= 1.0 + near.abs() * 1e-12, "{text}: {nanos} is not {near}");
            }
        }
    }
}
