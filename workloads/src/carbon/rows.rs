//! Rows of a file on their way to a series, with what was odd about each.

use super::fault::Fault;
use super::findings::Oddity;
use super::sheet::Line;
use super::stated::Stated;
use super::unit::{HIGHEST, Unit};
use crate::error::{Problem, ReadError};
use crate::table::fault_at;

/// Most rows of a file, sixteen years of minutes: a few bytes of gzip or Parquet can stand for billions.
pub(super) const MOST_ROWS: u64 = 8 << 20;

/// Where a row stands: which file, and which line of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub file: u32,
    pub line: u64,
}

/// One kind of oddity: how often, and the first.
#[derive(Debug)]
pub(super) struct Note {
    pub oddity: Oddity,
    pub count: usize,
    pub place: Place,
    pub problem: Problem,
}

/// Rows in the order of the file.
#[derive(Debug)]
pub(super) struct Rows {
    pub files: Vec<String>,
    pub places: Vec<Place>,
    /// Starts of the intervals, or instants of the samples [ns since 1970].
    pub starts: Vec<i64>,
    /// Their values [g/kWh]; NaN where there is none.
    pub values: Vec<f64>,
    /// End of the last interval [ns since 1970], where the file says it.
    pub end: Option<i64>,
    /// Whether the file says the end of every interval, so that a long one is no gap.
    pub contiguous: bool,
    /// What was odd about single rows.
    pub notes: Vec<Note>,
}

/// A file that is read, but whose gaps are not mended yet.
#[derive(Debug)]
pub(super) struct Draft {
    pub stated: Stated,
    pub rows: Rows,
}

/// What a cell holds.
pub(super) enum Amount {
    Number(f64),
    /// Nothing, or a word for it.
    Nothing,
    /// Something that is not a number.
    Words,
}

/// Reads a number as tables write it; in a table parted by `;` a comma may stand for the point.
pub(super) fn amount(text: &str) -> Amount {
    if let Ok(number) = text.parse::<f64>() {
        return if number.is_finite() { Amount::Number(number) } else { Amount::Nothing };
    }
    match text.to_ascii_lowercase().as_str() {
        "" | "-" | "n/a" | "na" | "n/e" | "null" | "none" | "#n/a" => Amount::Nothing,
        other => comma(other).map_or(Amount::Words, Amount::Number),
    }
}

/// A number with one comma for its point; only cells parted by something else can hold one. A comma before exactly
/// three digits may part thousands instead, so that is no number.
fn comma(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once(',')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction) && fraction.len() != 3;
    plain.then(|| format!("{whole}.{fraction}").parse().ok()).flatten()
}

impl Rows {
    /// No row yet.
    pub fn new(file: &str) -> Self {
        Self {
            files: vec![file.to_owned()],
            places: Vec::new(),
            starts: Vec::new(),
            values: Vec::new(),
            end: None,
            contiguous: false,
            notes: Vec::new(),
        }
    }

    /// Number of rows so far.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds a row whose value stands in a cell.
    pub fn cell(&mut self, line: &Line, column: usize, start: i64, unit: Unit) -> Result<(), ReadError> {
        let text = line.text(column)?;
        let place = Place { file: 0, line: line.number };
        let name = || line.name(column).to_owned();
        match amount(text) {
            Amount::Number(number) => self.number(place, start, number, unit, name, || text.to_owned()),
            Amount::Nothing if text.is_empty() => self.missing(place, start, || Problem::Empty { column: name() }),
            Amount::Nothing | Amount::Words => {
                self.missing(place, start, || Problem::BadNumber { column: name(), value: text.to_owned() });
            }
        }
        Ok(())
    }

    /// Adds a row with its value in `unit`; `name` and `text` say what it is called and looks like in the file.
    pub fn number(
        &mut self, place: Place, start: i64, number: f64, unit: Unit, name: impl Fn() -> String,
        text: impl Fn() -> String,
    ) {
        let grams = number * unit.in_grams_per_kwh();
        if (0.0..=HIGHEST).contains(&grams) {
            return self.push(place, start, grams);
        }
        let (oddity, problem) = if grams < 0.0 {
            (Oddity::Negative, Problem::OutOfRange { column: name(), value: text(), expected: "zero or more" })
        } else if grams > HIGHEST {
            (Oddity::UnitDoubt, Problem::Implausible { column: name(), value: text(), grams })
        } else {
            (Oddity::NoValue, Problem::BadNumber { column: name(), value: text() })
        };
        self.note(oddity, place, || problem);
        self.push(place, start, f64::NAN);
    }

    /// Adds a row without a value.
    pub fn missing(&mut self, place: Place, start: i64, problem: impl FnOnce() -> Problem) {
        self.note(Oddity::NoValue, place, problem);
        self.push(place, start, f64::NAN);
    }

    fn push(&mut self, place: Place, start: i64, value: f64) {
        self.places.push(place);
        self.starts.push(start);
        self.values.push(value);
    }

    /// Counts an oddity; the first of its kind is kept.
    pub fn note(&mut self, oddity: Oddity, place: Place, problem: impl FnOnce() -> Problem) {
        match self.notes.iter_mut().find(|note| note.oddity == oddity) {
            Some(note) => note.count += 1,
            None => self.notes.push(Note { oddity, count: 1, place, problem: problem() }),
        }
    }

    /// A fault at a place.
    pub fn fault(&self, place: Place, problem: impl Into<Problem>) -> ReadError {
        fault_at(&self.files[place.file as usize], place.line, problem.into())
    }

    /// A fault of the first file as a whole.
    pub fn fault_of_file(&self, problem: impl Into<Problem>) -> ReadError {
        ReadError { file: self.files[0].clone(), line: None, problem: problem.into() }
    }

    /// Whether every row lies after the row above it.
    pub fn ascend(&self) -> bool {
        self.starts.windows(2).all(|pair| pair[0] < pair[1])
    }

    /// Puts the rows of another file of the same series to these: a row that stands in both, with one value, counts
    /// once.
    ///
    /// # Errors
    /// If the two give different values for one instant.
    pub fn join(&mut self, mut other: Self) -> Result<(), ReadError> {
        let shift = u32::try_from(self.files.len()).expect("invariant: files are few");
        other
            .places
            .iter_mut()
            .chain(other.notes.iter_mut().map(|note| &mut note.place))
            .for_each(|at| at.file += shift);
        self.files.append(&mut other.files);
        if self.ascend() && other.ascend() {
            self.merge(&other)?;
        } else {
            self.places.extend(&other.places);
            self.starts.extend(&other.starts);
            self.values.extend(&other.values);
        }
        self.end = self.end.max(other.end);
        for note in other.notes {
            match self.notes.iter_mut().find(|mine| mine.oddity == note.oddity) {
                Some(mine) => mine.count += note.count,
                None => self.notes.push(note),
            }
        }
        Ok(())
    }

    /// The same rows by time, where blocks that repeat instants must agree about them.
    ///
    /// # Errors
    /// If two blocks give different values for one instant.
    pub fn overlaid(mut self) -> Result<Self, ReadError> {
        let mut by_time: Vec<usize> = (0..self.len()).collect();
        by_time.sort_by_key(|&k| self.starts[k]);
        let mut all = Self::new(&self.files[0]);
        for k in by_time {
            let (start, value) = (self.starts[k], self.values[k]);
            if all.starts.last() != Some(&start) {
                all.push(self.places[k], start, value);
            } else if all.values.last().is_some_and(|twin| twin.to_bits() != value.to_bits()) {
                let (twin, there) = (all.places[all.len() - 1], all.values[all.len() - 1]);
                return Err(self.conflict(self.places[k], start, (value, there), twin));
            }
        }
        all.notes = std::mem::take(&mut self.notes);
        Ok(all)
    }

    fn conflict(&self, place: Place, start: i64, (here, there): (f64, f64), twin: Place) -> ReadError {
        let other = format!("{}:{}", self.files[twin.file as usize], twin.line);
        let time = super::clock::instant_of(start).to_string();
        self.fault(place, Fault::Conflict { time, here, there, other })
    }

    /// Merges rows that ascend into these, which ascend.
    fn merge(&mut self, other: &Self) -> Result<(), ReadError> {
        let (places, starts) = (std::mem::take(&mut self.places), std::mem::take(&mut self.starts));
        let values = std::mem::take(&mut self.values);
        let (mut mine, mut theirs) = (0, 0);
        while mine < starts.len() || theirs < other.len() {
            let next = (starts.get(mine).copied(), other.starts.get(theirs).copied());
            match next {
                (Some(start), Some(twin)) if start == twin => {
                    if values[mine].to_bits() != other.values[theirs].to_bits() {
                        let both = (other.values[theirs], values[mine]);
                        return Err(self.conflict(other.places[theirs], start, both, places[mine]));
                    }
                    self.push(places[mine], start, values[mine]);
                    (mine, theirs) = (mine + 1, theirs + 1);
                }
                (Some(start), twin) if twin.is_none_or(|twin| start < twin) => {
                    self.push(places[mine], start, values[mine]);
                    mine += 1;
                }
                (_, _) => {
                    self.push(other.places[theirs], other.starts[theirs], other.values[theirs]);
                    theirs += 1;
                }
            }
        }
        Ok(())
    }
}
