//! Forecasts of a file on their way to a table of issues.

use jiff::SignedDuration;

use super::clock::instant_of;
use super::fault::Fault;
use super::options::Gaps;
use super::rows::Place;
use super::unit::HIGHEST;
use crate::error::{Problem, ReadError};
use crate::forecast::issued::{Issue, Issued};
use crate::table::fault_at;

/// Forecasts in the order of the file.
#[derive(Debug)]
pub(super) struct Issues {
    files: Vec<String>,
    /// Who publishes them, as outputs say it.
    source: String,
    heads: Vec<Head>,
    values: Vec<f64>,
}

/// One forecast.
#[derive(Clone, Debug)]
struct Head {
    place: Place,
    at: i64,
    start: i64,
    step: i64,
    values: std::ops::Range<usize>,
}

impl Issues {
    /// No forecast yet.
    pub fn new(file: &str, source: impl Into<String>) -> Self {
        Self { files: vec![file.to_owned()], source: source.into(), heads: Vec::new(), values: Vec::new() }
    }

    /// Adds a forecast that stands at a line: when it was issued, the start of its first interval, their length [ns],
    /// and their values [g/kWh], NaN where there is none.
    pub fn push(&mut self, line: u64, at: i64, (start, step): (i64, i64), values: impl IntoIterator<Item = f64>) {
        let first = self.values.len();
        self.values.extend(values);
        let place = Place { file: 0, line };
        self.heads.push(Head { place, at, start, step, values: first..self.values.len() });
    }

    /// Puts the forecasts of another file to these.
    pub fn join(&mut self, other: Self) {
        let file = u32::try_from(self.files.len()).expect("invariant: files are few");
        let shift = self.values.len();
        self.files.extend(other.files);
        self.values.extend(other.values);
        self.heads.extend(other.heads.into_iter().map(|head| Head {
            place: Place { file: head.place.file + file, ..head.place },
            values: head.values.start + shift..head.values.end + shift,
            ..head
        }));
    }

    /// The table of issues, sorted by time; a forecast that two files hold counts once.
    ///
    /// # Errors
    /// Two unlike forecasts issued at one instant, a value that is missing or no intensity, or no forecast at all.
    pub fn finish(mut self, policy: Gaps) -> Result<Issued, ReadError> {
        let mut heads = std::mem::take(&mut self.heads);
        for head in &heads {
            self.check(head, policy)?;
        }
        heads.sort_by_key(|head| head.at);
        let mut issues: Vec<Issue> = Vec::with_capacity(heads.len());
        let mut before: Option<&Head> = None;
        for head in &heads {
            if let Some(twin) = before.filter(|twin| twin.at == head.at) {
                self.refuse_unlike(twin, head)?;
                continue;
            }
            issues.push(Issue {
                at: instant_of(head.at),
                start: instant_of(head.start),
                step: SignedDuration::from_nanos(head.step),
                values: head.values.clone(),
            });
            before = Some(head);
        }
        if issues.is_empty() {
            let problem = Problem::TooShort { rows: 0, needed: 1 };
            return Err(ReadError { file: self.files[0].clone(), line: None, problem });
        }
        let source = format!("{}, {}", self.source, self.files.join(", "));
        Ok(Issued { issues, values: self.values, source })
    }

    fn fault(&self, place: Place, problem: impl Into<Problem>) -> ReadError {
        fault_at(&self.files[place.file as usize], place.line, problem.into())
    }

    /// Refuses values that are no intensity, or gives them the value of the horizon before (of the first, the one
    /// after).
    fn check(&mut self, head: &Head, policy: Gaps) -> Result<(), ReadError> {
        let fits = |value: &f64| (0.0..=HIGHEST).contains(value);
        let values = &mut self.values[head.values.clone()];
        let Some(bad) = values.iter().position(|value| !fits(value)) else { return Ok(()) };
        let known = values.iter().copied().find(fits);
        match (policy, known) {
            (Gaps::Hold | Gaps::Interpolate, Some(known)) => {
                let mut last = known;
                for value in values {
                    if fits(value) { last = *value } else { *value = last }
                }
                Ok(())
            }
            (Gaps::Error, _) | (_, None) => {
                let (column, value) = (format!("forecast of interval {}", bad + 1), values[bad].to_string());
                Err(self.fault(head.place, Problem::BadNumber { column, value }))
            }
        }
    }

    fn refuse_unlike(&self, twin: &Head, head: &Head) -> Result<(), ReadError> {
        let (mine, theirs) = (&self.values[head.values.clone()], &self.values[twin.values.clone()]);
        if (head.start, head.step, mine) == (twin.start, twin.step, theirs) {
            return Ok(());
        }
        let k = mine.iter().zip(theirs).position(|(a, b)| a != b).unwrap_or(0);
        let value = |values: &[f64]| values.get(k).copied().unwrap_or(f64::NAN);
        let other = format!("{}:{}", self.files[twin.place.file as usize], twin.place.line);
        let time = format!("{}, interval {} of the forecast,", instant_of(head.at), k + 1);
        Err(self.fault(head.place, Fault::Conflict { time, here: value(mine), there: value(theirs), other }))
    }
}
