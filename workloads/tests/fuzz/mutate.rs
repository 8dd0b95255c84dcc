//! Small damages to a file: what disks, editors and people do to tables, and what breaks parsers.

use rand::Rng;
use sim_core::kernel::rng::Stream;

/// What numbers are replaced by: ends of ranges, and words that some parsers take for numbers.
const NUMBERS: [&str; 16] = [
    "NaN",
    "inf",
    "-inf",
    "-1",
    "-0",
    "1e308",
    "1e-320",
    "1e999",
    "0",
    "18446744073709551616",
    "-9223372036854775808",
    "9999999999999999999999",
    "0x10",
    "1_000",
    "",
    "9999-12-30T22:00:00Z",
];

/// Bytes with a meaning somewhere.
const SPECIAL: [&[u8]; 12] =
    [b"\n", b"\r", b"\"", b",", b"\t", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"[", b"-", b"PAR1"];

/// A uniform number below `end`, which is not zero.
fn below(rng: &mut Stream, end: usize) -> usize {
    (rng.next_u64() % end as u64) as usize
}

/// The seed with one to four damages; `other` is the file that a part may come from.
pub fn mutate(rng: &mut Stream, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=below(rng, 4) {
        damage(rng, &mut bytes, other);
    }
    bytes
}

fn damage(rng: &mut Stream, bytes: &mut Vec<u8>, other: &[u8]) {
    if bytes.is_empty() {
        bytes.push(b'0');
    }
    let at = below(rng, bytes.len());
    match below(rng, 9) {
        0 => bytes[at] ^= 1 << below(rng, 8),
        1 => bytes[at] = below(rng, 256) as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..(at + 1 + below(rng, 40)).min(bytes.len()))),
        4 => {
            let special = SPECIAL[below(rng, SPECIAL.len())];
            bytes.splice(at..at, special.iter().copied());
        }
        5 if !other.is_empty() => {
            let from = below(rng, other.len());
            let to = (from + 1 + below(rng, 200)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        6 => repeat_line(rng, bytes, at),
        _ => replace_number(rng, bytes, at),
    }
}

/// The line at a place, once more or many times.
fn repeat_line(rng: &mut Stream, bytes: &mut Vec<u8>, at: usize) {
    let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |k| k + 1);
    let end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |k| at + k + 1);
    let line = bytes[start..end].repeat([1, 2, 100][below(rng, 3)]);
    bytes.splice(end..end, line);
}

/// The first number at or after a place becomes one that is hard to bear.
fn replace_number(rng: &mut Stream, bytes: &mut Vec<u8>, at: usize) {
    let digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let Some(start) = bytes[at..].iter().position(digit).map(|k| at + k) else { return };
    let end = bytes[start..].iter().position(|byte| !digit(byte)).map_or(bytes.len(), |k| start + k);
    bytes.splice(start..end, NUMBERS[below(rng, NUMBERS.len())].bytes());
}
