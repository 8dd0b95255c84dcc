//! Walks the Thrift structures of a Parquet file before the library reads them.
//!
//! The library (version 60.1) skips fields that it does not know, and of a list it believes the length: two billion
//! booleans take it no byte of input and seconds of time, nested lists any time. Here no list is longer than the bytes
//! that are left, and none holds booleans, which no structure of Parquet has outside its column index. The encoding is
//! Thrift's compact protocol (Apache Thrift, thrift-compact-protocol.md).

/// Structures within structures; Parquet's own are eight deep.
const DEEPEST: usize = 32;

/// The field of a page's header that holds the length of the page after it.
const COMPRESSED_PAGE_SIZE: i64 = 3;

/// Whether the footer is a structure whose lists fit into it.
pub(super) fn sound_footer(bytes: &[u8]) -> bool {
    let sound = || {
        let (rest, tail) = bytes.split_last_chunk::<8>()?;
        let length = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
        let start = rest.len().checked_sub(length)?;
        Walk { rest: &rest[start..] }.structure(0).map(drop)
    };
    sound().is_some()
}

/// Whether these bytes are pages, one after the other, and the lists of their headers fit into them.
pub(super) fn sound_pages(bytes: &[u8]) -> bool {
    let mut walk = Walk { rest: bytes };
    while !walk.rest.is_empty() {
        let length = walk.structure(0).flatten().and_then(|length| usize::try_from(length).ok());
        if length.and_then(|length| walk.take(length)).is_none() {
            return false;
        }
    }
    true
}

/// What is left to walk; every step answers nothing if the bytes end before it does.
struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A structure; the number in its third field, if it has one.
    fn structure(&mut self, depth: usize) -> Option<Option<i64>> {
        let (mut field, mut third) = (0i64, None);
        loop {
            let header = self.byte()?;
            let (step, kind) = (header >> 4, header & 0x0f);
            if kind == 0 {
                return Some(third);
            }
            field = if step == 0 { self.zigzag()? } else { field.checked_add(i64::from(step))? };
            let value = self.value(kind, depth + 1)?;
            if field == COMPRESSED_PAGE_SIZE {
                third = value;
            }
        }
    }

    /// A value of a field or of a list; the number that it is, if it is one.
    fn value(&mut self, kind: u8, depth: usize) -> Option<Option<i64>> {
        if depth > DEEPEST {
            return None;
        }
        match kind {
            1 | 2 => Some(None),
            3 => self.byte().map(|byte| Some(i64::from(byte as i8))),
            4..=6 => self.zigzag().map(Some),
            7 => self.take(8).map(|_| None),
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.take(length).map(|_| None)
            }
            9 | 10 => self.list(depth).map(|()| None),
            12 => self.structure(depth).map(|_| None),
            // Maps and what else there may be: Parquet has none.
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        let header = self.byte()?;
        let (count, kind) = (header >> 4, header & 0x0f);
        let count = if count == 15 { self.varint()? } else { u64::from(count) };
        if count > self.rest.len() as u64 || (count > 0 && matches!(kind, 1 | 2)) {
            return None;
        }
        (0..count).try_for_each(|_| self.value(kind, depth + 1).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footer(structure: &[u8]) -> bool {
        let length = u32::try_from(structure.len()).expect("a few bytes").to_le_bytes();
        sound_footer(&[b"PAR1", structure, &length, b"PAR1"].concat())
    }

    #[test]
    fn lists_are_no_longer_than_the_bytes_that_are_left_and_hold_no_booleans() {
        // Field 1 is a list of two one-byte numbers, field 2 a text of one byte.
        assert!(footer(&[0x19, 0x23, 7, 7, 0x18, 1, b'x', 0]));
        assert!(!footer(&[0x19, 0xf3, 0xff, 0xff, 0xff, 0xff, 0x07, 7, 0]), "two billion numbers");
        assert!(!footer(&[0x19, 0x21, 0]), "booleans take no bytes");
        assert!(!footer(&[0x18, 9, b'x', 0]), "a text that is too long");
        assert!(!footer(&[0x1c; 100]), "structures without end");
        assert!(!footer(&[0x15]) && !sound_footer(b"PAR1") && !sound_footer(&[0xff; 20]));
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        // Field 3 (zigzag) says two bytes.
        let page = [0x35, 4, 0, b'a', b'b'];
        assert!(sound_pages(&page.repeat(3)) && sound_pages(&[]));
        assert!(!sound_pages(&page[..4]) && !sound_pages(&[0x35, 3, 0]) && !sound_pages(&[0]));
    }
}
