//! Text with one kind of line end, so that the line of every row of a table is known exactly, and rows are no longer
//! than a row can be.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// Longer rows [B] are none: a quote that is never closed makes a row of a whole file.
const MOST_ROW: usize = 1 << 20;

/// A reader that drops carriage returns and ends the last line too.
///
/// The csv crate leaves a line feed after a carriage return, and blank lines, to the row that follows: with plain line
/// ends, the line before its position after a row is the row's own.
#[derive(Debug)]
pub(crate) struct UnixLines<R> {
    inner: R,
    ended: bool,
    /// What the row that is being read may still take [B].
    left: usize,
}

impl<R: BufRead> UnixLines<R> {
    /// The same text with plain line ends.
    pub fn new(inner: R) -> Self {
        Self { inner, ended: false, left: MOST_ROW }
    }

    /// Lets another row be read.
    pub fn next_row(&mut self) {
        self.left = MOST_ROW;
    }
}

impl<R: BufRead> Read for UnixLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let text = self.inner.fill_buf()?;
            if text.is_empty() {
                return Ok(self.end(buffer));
            }
            if self.left == 0 {
                let message = format!("a row is longer than {MOST_ROW} bytes; is a quote not closed?");
                return Err(Error::new(ErrorKind::InvalidData, message));
            }
            let (mut kept, taken) = (0, text.len().min(buffer.len()).min(self.left));
            for &byte in text[..taken].iter().filter(|&&byte| byte != b'\r') {
                buffer[kept] = byte;
                kept += 1;
            }
            self.inner.consume(taken);
            self.left -= taken;
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
