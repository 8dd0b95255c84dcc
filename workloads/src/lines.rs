//! Text with one kind of line end, so that the line of every row of a table is known exactly.

use std::io::{BufRead, Read, Result};

/// A reader that drops carriage returns and ends the last line too.
///
/// The csv crate leaves a line feed after a carriage return, and blank lines, to the row that follows: with plain line
/// ends, the line before its position after a row is the row's own.
#[derive(Debug)]
pub(crate) struct UnixLines<R> {
    inner: R,
    ended: bool,
}

impl<R: BufRead> UnixLines<R> {
    /// The same text with plain line ends.
    pub fn new(inner: R) -> Self {
        Self { inner, ended: false }
    }
}

impl<R: BufRead> Read for UnixLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let text = self.inner.fill_buf()?;
            if text.is_empty() {
                return Ok(self.end(buffer));
            }
            let (mut kept, taken) = (0, text.len().min(buffer.len()));
            for &byte in text[..taken].iter().filter(|&&byte| byte != b'\r') {
                buffer[kept] = byte;
                kept += 1;
            }
            self.inner.consume(taken);
            // Zero would mean the end of the text.
            if kept > 0 || buffer.is_empty() {
                return Ok(kept);
            }
        }
    }
}

impl<R> UnixLines<R> {
    /// One line feed after the text, then nothing.
    fn end(&mut self, buffer: &mut [u8]) -> usize {
        if self.ended || buffer.is_empty() {
            return 0;
        }
        self.ended = true;
        buffer[0] = b'\n';
        1
    }
}
