//! Bandwidth traces: what a link carried over time, measured.

use std::io::BufRead;

use sim_core::units::{BitRate, SimDuration};

use crate::error::{Problem, ReadError};
use crate::table::fault_at;

/// No link carries more [Mbit/s]: a unit is wrong.
const MOST_MBIT_S: f64 = 1e9;
/// A century [s]; later times are dates, not times of a trace.
const LATEST_S: f64 = 100.0 * 365.0 * 86_400.0;

/// A trace of bandwidth, as far as a link of constant rate needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// Rows of the file.
    pub rows: usize,
    /// Time from the first row to the last.
    pub span: SimDuration,
    /// Time-weighted mean over the span.
    pub mean: BitRate,
}

/// Reads a trace: two columns, seconds and Mbit/s, with tabs or blanks between them and no header.
///
/// A row tells the rate since the row before; the first row tells only where time starts. So the simulator of Pensieve
/// (Mao et al., *Neural Adaptive Video Streaming with Pensieve*, SIGCOMM 2017) reads its traces, from which this format
/// comes. Steps may be of any length, and a rate may be zero while a link is gone.
///
/// # Errors
/// The first row that is wrong; fewer than two rows; a trace of zeros.
pub fn read(reader: impl BufRead, file: &str) -> Result<Trace, ReadError> {
    let mut sum = Sum::default();
    for (line, text) in (1..).zip(reader.lines()) {
        let text = text.map_err(|error| fault_at(file, line, Problem::Csv(error.into())))?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if !text.is_empty() {
            sum.add(text).map_err(|problem| fault_at(file, line, problem))?;
        }
    }
    sum.trace().map_err(|problem| ReadError { file: file.to_owned(), line: None, problem })
}

/// The rows so far.
#[derive(Default)]
struct Sum {
    rows: usize,
    first_s: f64,
    last_s: f64,
    megabits: f64,
}

impl Sum {
    fn add(&mut self, text: &str) -> Result<(), Problem> {
        let cells: Vec<&str> = text.split_whitespace().collect();
        let [time, rate] = cells[..] else {
            let known = "two columns without a header, seconds and Mbit/s, with a tab between them";
            return Err(Problem::Unrecognised { known });
        };
        let at = number("time", time, LATEST_S, "between zero and a century of seconds")?;
        let rate = number("bandwidth", rate, MOST_MBIT_S, "between zero and 10⁹ Mbit/s")?;
        if self.rows == 0 {
            self.first_s = at;
        } else if at < self.last_s {
            return Err(Problem::Backwards { value: time.to_owned(), before: self.last_s.to_string() });
        } else if at == self.last_s {
            return Err(Problem::Duplicate { value: time.to_owned() });
        } else {
            self.megabits += rate * (at - self.last_s);
        }
        self.last_s = at;
        self.rows += 1;
        Ok(())
    }

    fn trace(self) -> Result<Trace, Problem> {
        if self.rows < 2 {
            return Err(Problem::TooShort { rows: self.rows, needed: 2 });
        }
        let mean = self.megabits / (self.last_s - self.first_s);
        if mean <= 0.0 {
            let (column, value) = ("bandwidth".to_owned(), "0".to_owned());
            return Err(Problem::OutOfRange { column, value, expected: "above zero in some row" });
        }
        let span = SimDuration::from_secs(self.last_s - self.first_s);
        Ok(Trace { rows: self.rows, span, mean: BitRate(mean * 1e6) })
    }
}

fn number(column: &str, text: &str, most: f64, expected: &'static str) -> Result<f64, Problem> {
    let (column, value) = (column.to_owned(), text.to_owned());
    match text.parse::<f64>() {
        Ok(number) if (0.0..=most).contains(&number) => Ok(number),
        Ok(number) if number.is_finite() => Err(Problem::OutOfRange { column, value, expected }),
        Ok(_) | Err(_) => Err(Problem::BadNumber { column, value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        read(text.as_bytes(), "trace").expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_rate_holds_since_the_row_before_however_long_that_is() {
        // 8 Mbit/s for one second and 0 for three; the 100 of the first row last no time.
        let trace = read("0.5\t100\r\n1.5 8\n\n4.5\t0.0\n".as_bytes(), "trace").expect("it is right");
        assert_eq!(trace, Trace { rows: 3, span: SimDuration::from_secs(4.0), mean: BitRate(2e6) });
    }

    #[test]
    fn a_wrong_row_is_named_with_its_line_and_value() {
        assert_eq!(told("0 1\n1 -2\n"), "trace:2: `bandwidth` is `-2`, but it must be between zero and 10⁹ Mbit/s");
        assert_eq!(told("0 1\n\n1 NaN\n"), "trace:3: `bandwidth` is `NaN`, which is not a finite number");
        assert_eq!(told("5 1\n4.5 1\n"), "trace:2: time goes backwards, from `5` to `4.5`");
        assert_eq!(told("5 1\n5 1\n"), "trace:2: `5` comes twice");
        assert!(told("time,rate\n").starts_with("trace:1: not a known format"));
        assert!(told("0 0\n1 0\n").ends_with("above zero in some row"));
        for text in ["", "\n", "0 1\n"] {
            assert!(told(text).contains("are too few: 2 are needed"));
        }
    }
}
