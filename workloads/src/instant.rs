//! Instants as tables write them, read without allocation.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// An instant in a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Written {
    /// With `Z` or an offset.
    Instant(Timestamp),
    /// Without one: local to a place that the text does not name.
    Local(DateTime),
}

/// Reads ISO 8601: date and time, with seconds and a fraction or without, with an offset or without.
pub(crate) fn read(text: &str) -> Result<Written, String> {
    common(text.as_bytes()).map_or_else(|| slowly(text), Ok)
}

/// Whatever jiff reads, and ` UTC` for `Z`.
fn slowly(text: &str) -> Result<Written, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Written::Instant(instant));
    }
    if let Some(local) = text.strip_suffix("UTC") {
        let local: DateTime = local.trim_end().parse().map_err(|error: jiff::Error| error.to_string())?;
        return Offset::UTC.to_timestamp(local).map(Written::Instant).map_err(|error| error.to_string());
    }
    text.parse().map(Written::Local).map_err(|error: jiff::Error| error.to_string())
}

/// `YYYY-MM-DD[T ]HH:MM[:SS[.fraction]]` and then nothing, `Z` or `±HH:MM`: what nearly every table writes, since a
/// year of 5-minute rows has a hundred thousand of them.
fn common(text: &[u8]) -> Option<Written> {
    let (head, rest) = text.split_at_checked(16)?;
    if head[4] != b'-' || head[7] != b'-' || !matches!(head[10], b'T' | b' ') || head[13] != b':' {
        return None;
    }
    let year = i16::from(pair(head, 0)?) * 100 + i16::from(pair(head, 2)?);
    let (second, rest) = match rest {
        [b':', ..] => (pair(rest, 1)?, &rest[3..]),
        rest => (0, rest),
    };
    let (nanos, rest) = fraction(rest)?;
    let local =
        DateTime::new(year, pair(head, 5)?, pair(head, 8)?, pair(head, 11)?, pair(head, 14)?, second, nanos).ok()?;
    let minutes = match rest {
        [] => return Some(Written::Local(local)),
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (i32::from(pair(rest, 1)?), i32::from(pair(rest, 4)?));
            let ahead = (minutes < 60).then_some(hours * 60 + minutes)?;
            if *sign == b'-' { -ahead } else { ahead }
        }
        _ => return None,
    };
    Offset::from_seconds(minutes * 60).ok()?.to_timestamp(local).ok().map(Written::Instant)
}

/// Two digits at a place.
fn pair(text: &[u8], at: usize) -> Option<i8> {
    let digit = |at: usize| text.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| (byte - b'0') as i8);
    Some(digit(at)? * 10 + digit(at + 1)?)
}

/// A fraction of a second [ns], if one stands there, and what follows it; none if it is not one of up to nine digits.
fn fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let [b'.', digits @ ..] = text else { return Some((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let value = digits[..count].iter().fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'));
    Some((value * 10_i32.pow(9 - count as u32), &digits[count..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The short way reads all common texts, and every one as jiff does.
        #[test]
        fn common_texts_are_read_as_jiff_reads_them(
            (year, month, day) in (0..10_000u32, 1..13u32, 1..29u32), (hour, minute) in (0..24u32, 0..60u32),
            seconds in prop_oneof![Just(String::new()), (0..60u32).prop_map(|s| format!(":{s:02}")),
                "(:[0-5][0-9]\\.[0-9]{1,9})"],
            separator in "[T ]", offset in prop_oneof![Just(String::new()), Just("Z".to_owned()),
                "[+-](0[0-9]|1[0-9]):[0-5][0-9]"],
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}{seconds}{offset}");
            if let Some(read) = common(text.as_bytes()) {
                prop_assert_eq!(Ok(read), slowly(&text));
            } else {
                // Only what lies beyond the calendar's ends once it is UTC.
                prop_assert!(slowly(&text).is_err(), "{}", text);
            }
        }

        /// Whatever the bytes, the short way claims nothing that jiff refuses.
        #[test]
        fn no_other_text_is_taken(text in "[0-9T :.Z+-]{14,36}") {
            if let Some(read) = common(text.as_bytes()) {
                prop_assert_eq!(Ok(read), slowly(&text));
            }
        }
    }

    #[test]
    fn utc_may_be_written_out() {
        let expected = "2022-01-01T01:00:00Z".parse().map(Written::Instant).map_err(|_| String::new());
        assert_eq!(read("2022-01-01 01:00:00 UTC"), expected);
        assert!(read("01/02/2022 01:00").is_err());
    }
}
