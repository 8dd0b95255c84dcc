//! What becomes of gaps, doubles and missing values of a file: refused, or mended as the caller states.

use sim_core::world::signal::Provenance;

use super::clock::instant_of;
use super::fault::Fault;
use super::findings::{Finding, Oddity};
use super::options::{Gaps, Options, Steps, Values};
use super::rows::{Draft, Place, Rows};
use super::series::{Meaning, Series};
use super::stated::Stated;
use super::steps;
use super::unit::LOWEST_MEAN;
use crate::error::{Problem, ReadError};

/// The series of a draft, and what was mended on the way.
///
/// # Errors
/// The first oddity, if none may be; too few rows; a unit that cannot be right.
pub(super) fn mend(draft: Draft, options: &Options) -> Result<(Series, Vec<Finding>), ReadError> {
    let Draft { stated, mut rows } = draft;
    let needed = if stated.values == Values::Point || rows.end.is_none() { 2 } else { 1 };
    let file_rows = rows.len();
    let too_short = |rows: &Rows| rows.fault_of_file(Problem::TooShort { rows: rows.len(), needed });
    if file_rows < needed {
        return Err(too_short(&rows));
    }
    refuse_wrong_unit(&rows, &stated)?;
    order(&mut rows);
    let gaps = match options.steps {
        Steps::Even if !rows.contiguous => steps::gaps(&rows.starts),
        Steps::Even | Steps::Any => Vec::new(),
    };
    for &(k, step) in &gaps {
        let (value, before) = (instant_of(rows.starts[k + 1]).to_string(), instant_of(rows.starts[k]).to_string());
        let problem = || Problem::Gap { value, before, step_s: step as f64 / 1e9 };
        rows.note(Oddity::Gap, rows.places[k + 1], problem);
    }
    let findings = settle(&mut rows, options.gaps)?;
    let leading = rows.values.iter().take_while(|value| value.is_nan()).count();
    cut_front(&mut rows, leading);
    if rows.len() < needed {
        return Err(too_short(&rows));
    }
    let gaps = gaps.iter().filter(|(k, _)| *k >= leading).map(|&(k, step)| (k - leading, step)).collect();
    let filled = Filled { rows, gaps, gaps_policy: options.gaps };
    let mended = mended(&findings, options.gaps);
    Ok((filled.series(stated, &mended, needed)?, findings))
}

/// Refuses values that are wrong as a whole, as they are when the unit is another one.
fn refuse_wrong_unit(rows: &Rows, stated: &Stated) -> Result<(), ReadError> {
    let doubt = |what: String| Err(rows.fault_of_file(Fault::DoubtfulUnit { what, unit: stated.unit.name() }));
    let high = rows.notes.iter().find(|note| note.oddity == Oddity::UnitDoubt).map_or(0, |note| note.count);
    if 2 * high > rows.len() {
        return doubt(format!("{high} of {} values are above 10,000 g/kWh", rows.len()));
    }
    let known = || rows.values.iter().filter(|value| !value.is_nan());
    let mean = known().sum::<f64>() / known().count().max(1) as f64;
    if !stated.unit_named && known().next().is_some() && mean < LOWEST_MEAN {
        return doubt(format!("the values have a mean of {mean:.3} g/kWh"));
    }
    Ok(())
}

/// Sorts by time and drops repeated times, noting both.
fn order(rows: &mut Rows) {
    if rows.ascend() {
        return;
    }
    for k in 1..rows.len() {
        if rows.starts[k] < rows.starts[k - 1] {
            let (value, before) = (instant_of(rows.starts[k]).to_string(), instant_of(rows.starts[k - 1]).to_string());
            rows.note(Oddity::Backwards, rows.places[k], || Problem::Backwards { value, before });
        }
    }
    let mut by_time: Vec<usize> = (0..rows.len()).collect();
    by_time.sort_by_key(|&k| rows.starts[k]);
    let twice = |pair: &[usize]| rows.starts[pair[0]] == rows.starts[pair[1]];
    let mut doubles: Vec<Place> =
        by_time.windows(2).filter(|pair| twice(pair)).map(|pair| rows.places[pair[1]]).collect();
    by_time.dedup_by_key(|k| rows.starts[*k]);
    doubles.sort_unstable();
    let time_of = |place: Place| {
        let k = rows.places.iter().position(|&other| other == place);
        k.map_or_else(String::new, |k| instant_of(rows.starts[k]).to_string())
    };
    let first = doubles.first().map(|&place| time_of(place));
    for &place in &doubles {
        let value = first.clone().unwrap_or_default();
        rows.note(Oddity::Duplicate, place, || Problem::Duplicate { value });
    }
    rows.places = by_time.iter().map(|&k| rows.places[k]).collect();
    rows.values = by_time.iter().map(|&k| rows.values[k]).collect();
    rows.starts = by_time.iter().map(|&k| rows.starts[k]).collect();
}

/// Refuses oddities, or tells them.
fn settle(rows: &mut Rows, policy: Gaps) -> Result<Vec<Finding>, ReadError> {
    let mut notes = std::mem::take(&mut rows.notes);
    notes.sort_by_key(|note| note.place);
    if policy != Gaps::Error || notes.is_empty() {
        let finding = |note: super::rows::Note| Finding {
            oddity: note.oddity,
            count: note.count,
            line: note.place.line,
            first: note.problem.to_string(),
        };
        return Ok(notes.into_iter().map(finding).collect());
    }
    let counts: Vec<String> = notes.iter().map(|note| format!("{} {}", note.count, note.oddity.name())).collect();
    let alone = notes.len() == 1 && notes[0].count == 1;
    let others = if alone { String::new() } else { format!(" (in all: {})", counts.join(", ")) };
    let first = notes.swap_remove(0);
    Err(rows.fault(first.place, Fault::Odd { first: Box::new(first.problem), others }))
}

/// What was mended, as the series says it of itself wherever it goes.
fn mended(findings: &[Finding], policy: Gaps) -> String {
    let counts: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.count, finding.oddity.name())).collect();
    match policy {
        Gaps::Hold if !counts.is_empty() => format!("; mended by `hold`: {}", counts.join(", ")),
        Gaps::Interpolate if !counts.is_empty() => format!("; mended by `interpolate`: {}", counts.join(", ")),
        Gaps::Error | Gaps::Hold | Gaps::Interpolate => String::new(),
    }
}

fn cut_front(rows: &mut Rows, count: usize) {
    rows.places.drain(..count);
    rows.starts.drain(..count);
    rows.values.drain(..count);
}

/// Rows that ascend and whose first has a value.
struct Filled {
    rows: Rows,
    /// Row before each gap, and the regular step there [ns].
    gaps: Vec<(usize, i64)>,
    gaps_policy: Gaps,
}

impl Filled {
    fn series(mut self, stated: Stated, mended: &str, needed: usize) -> Result<Series, ReadError> {
        let end = self.end(&stated);
        let missing: Vec<usize> = (0..self.rows.len()).filter(|&k| self.rows.values[k].is_nan()).collect();
        self.fill_values();
        if self.gaps_policy == Gaps::Interpolate && stated.values == Values::Mean {
            self.insert_rows()?;
        }
        let (bounds, values) = match stated.values {
            Values::Mean => {
                let Some(end) = end else {
                    return Err(self.rows.fault_of_file(Problem::TooShort { rows: self.rows.len(), needed }));
                };
                let mut bounds = self.rows.starts;
                bounds.push(end);
                (bounds, self.rows.values)
            }
            Values::Point => {
                let means = self.means_between_points(&missing);
                (self.rows.starts, means)
            }
        };
        let files = self.rows.files.join(", ");
        let text = format!("{}, {files}{mended}", stated.source);
        let provenance = match (stated.synthetic, stated.start_assumed) {
            (true, _) => Provenance::Synthetic(text),
            (false, true) => Provenance::StartAssumed(text),
            (false, false) => Provenance::Given(text),
        };
        Ok(Series::new(Meaning { zone: stated.zone, labels: stated.labels, provenance }, bounds, values))
    }

    /// End of the last interval: what the file says, or as long after its start as the last step that is no gap.
    fn end(&self, stated: &Stated) -> Option<i64> {
        let starts = &self.rows.starts;
        let last = *starts.last()?;
        if let Some(end) = self.rows.end.filter(|&end| end > last && stated.values == Values::Mean) {
            return Some(end);
        }
        let before_last = starts.len().checked_sub(2)?;
        let step = match self.gaps.last() {
            Some(&(k, regular)) if k == before_last => regular,
            Some(_) | None => last - starts[before_last],
        };
        Some(last.saturating_add(step))
    }

    /// Gives rows without a value the last one before, or one on the line to the next.
    fn fill_values(&mut self) {
        let (starts, values) = (&self.rows.starts, &mut self.rows.values);
        let mut k = 1;
        while k < values.len() {
            if !values[k].is_nan() {
                k += 1;
                continue;
            }
            let next = (k..values.len()).find(|&later| !values[later].is_nan());
            let before = k - 1;
            for at in k..next.unwrap_or(values.len()) {
                values[at] = match next.filter(|_| self.gaps_policy == Gaps::Interpolate) {
                    Some(next) => line(starts, values, (before, next), starts[at]),
                    None => values[before],
                };
            }
            k = next.unwrap_or(values.len());
        }
    }

    /// Puts rows into the gaps, on the line between the rows before and after.
    fn insert_rows(&mut self) -> Result<(), ReadError> {
        let length = |k: usize| self.rows.starts[k + 1] - self.rows.starts[k];
        let missing = self.gaps.iter().fold(0i64, |sum, &(k, step)| sum.saturating_add(length(k) / step));
        let most = i64::try_from(self.rows.len()).unwrap_or(i64::MAX).saturating_mul(MOST_PER_ROW).max(A_YEAR);
        if missing > most {
            let limit = most.unsigned_abs();
            return Err(self.rows.fault_of_file(Fault::TooMuch { limit, what: "rows are missing" }));
        }
        let (mut starts, mut values) = (Vec::new(), Vec::new());
        let mut gaps = self.gaps.iter().copied().peekable();
        for k in 0..self.rows.len() {
            starts.push(self.rows.starts[k]);
            values.push(self.rows.values[k]);
            let Some((_, step)) = gaps.next_if(|gap| gap.0 == k) else { continue };
            let mut at = self.rows.starts[k] + step;
            while at < self.rows.starts[k + 1] {
                starts.push(at);
                values.push(line(&self.rows.starts, &self.rows.values, (k, k + 1), at));
                at += step;
            }
        }
        (self.rows.starts, self.rows.values) = (starts, values);
        Ok(())
    }

    /// Means between samples: of the straight line, but of the last sample alone where it holds: over a gap, and from a
    /// sample that is missing to the next one.
    fn means_between_points(&self, missing: &[usize]) -> Vec<f64> {
        let values = &self.rows.values;
        let mut means: Vec<f64> = values.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        if self.gaps_policy == Gaps::Hold {
            let held = self.gaps.iter().map(|&(k, _)| k).chain(missing.iter().copied());
            held.filter(|&k| k < values.len() - 1).for_each(|k| means[k] = values[k]);
        }
        means
    }
}

/// Most rows that are put into gaps for each row that is there: what is nearly all gap is no series, but two times of
/// which one is wrong, and a few bytes must not take memory without end.
const MOST_PER_ROW: i64 = 10;

/// Rows that may be missing of any file, a year of hours.
const A_YEAR: i64 = 8784;

/// The value at `at` on the straight line between two rows.
fn line(starts: &[i64], values: &[f64], (before, after): (usize, usize), at: i64) -> f64 {
    let share = (at - starts[before]) as f64 / (starts[after] - starts[before]) as f64;
    values[before] + share * (values[after] - values[before])
}
