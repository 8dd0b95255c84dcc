//! Problems of a scenario: collected all at once, shown with path, line, value and hint.

use std::fmt::Write;
use std::path::PathBuf;

use hardware_profiles::quantity::{self, Unit};
use sim_core::units::SimDuration;

use crate::spec::source::Source;
use crate::spec::{Quantity, Switch};

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where: `devices[2].class`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, with the value.
    pub message: String,
    /// What would be right.
    pub hint: String,
    /// Line (from 1) where the parser met it, for files that do not parse.
    pub line: Option<usize>,
}

/// All problems of a scenario that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The scenario.
    pub source: Source,
    /// Its problems; at least one.
    pub issues: Vec<Issue>,
    /// Paths that were set from the command line: their values are not in the text.
    pub set: Vec<String>,
}

impl Refused {
    /// All problems drawn beneath each other with their lines.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        for issue in &self.issues {
            let _ = writeln!(text, "{}", self.draw(issue));
        }
        let count = self.issues.len();
        let _ = write!(text, "{}: {count} problem{}", self.source.name, if count == 1 { "" } else { "s" });
        text
    }

    fn draw(&self, issue: &Issue) -> String {
        let handler =
            miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor()).with_width(100);
        let from_flag = self.set.iter().any(|path| issue.path.starts_with(path.as_str()));
        let place = match issue.line {
            Some(line) => Some(self.line_span(line)),
            None if from_flag || issue.path.is_empty() => None,
            None => self.source.locate(&issue.path),
        };
        let line = place.as_ref().map(|span| self.source.line(span.start));
        let mut message = match (line, from_flag) {
            (Some(line), _) => format!("{}:{line}: ", self.source.name),
            (None, true) => "--set ".to_owned(),
            (None, false) => format!("{}: ", self.source.name),
        };
        if !issue.path.is_empty() {
            let _ = write!(message, "{}: ", issue.path);
        }
        message.push_str(&issue.message);
        let mut diagnostic = miette::MietteDiagnostic::new(message);
        if !issue.hint.is_empty() {
            diagnostic = diagnostic.with_help(issue.hint.clone());
        }
        let Some(span) = place else { return rendered(&handler, &miette::Report::new(diagnostic)) };
        let label = miette::LabeledSpan::at(span, "here");
        let report = miette::Report::new(diagnostic.with_label(label))
            .with_source_code(miette::NamedSource::new(&self.source.name, self.source.text.clone()));
        rendered(&handler, &report)
    }

    fn line_span(&self, line: usize) -> std::ops::Range<usize> {
        let start = self.source.text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
        let length = self.source.text[start..].find('\n').unwrap_or(self.source.text.len() - start);
        start..start + length.max(1).min(self.source.text.len() - start)
    }
}

fn rendered(handler: &miette::GraphicalReportHandler, report: &miette::Report) -> String {
    let mut text = String::new();
    match handler.render_report(&mut text, report.as_ref()) {
        Ok(()) => text,
        Err(_) => format!("{report:?}"),
    }
}

/// Collects problems while a scenario is resolved.
#[derive(Debug, Default)]
pub struct Check {
    /// The problems so far.
    pub issues: Vec<Issue>,
    /// Where files are looked for, in this order: beside the scenario, then where the command line says.
    pub folders: Vec<PathBuf>,
    /// Every file that was read, with its content's hash.
    pub inputs: Vec<(String, String)>,
    /// What is no problem, but should be known.
    pub notes: Vec<String>,
}

impl Check {
    /// Notes a problem; the same problem of several devices or pairs of sites is told once.
    pub fn issue(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        let issue = Issue { path: path.to_owned(), message: message.into(), hint: hint.into(), line: None };
        if !self.issues.contains(&issue) {
            self.issues.push(issue);
        }
    }

    /// A quantity, its default where nothing is written; a problem and `None` if it makes no sense.
    pub fn quantity(&mut self, path: &str, given: Option<&Quantity>, unit: Unit, default: Option<f64>) -> Option<f64> {
        let Some(given) = given else {
            if default.is_none() {
                self.issue(path, format!("{} is missing", unit.name()), format!("for example `{}`", unit.example()));
            }
            return default;
        };
        match quantity::parse(&given.0, unit) {
            Ok(value) => Some(value),
            Err(error) => {
                self.issue(path, error.to_string(), error.hint());
                None
            }
        }
    }

    /// A span of time.
    pub fn span(&mut self, path: &str, given: Option<&Quantity>, default: Option<f64>) -> Option<SimDuration> {
        self.quantity(path, given, Unit::Time, default).map(SimDuration::from_secs)
    }

    /// One of several words; the first is the default.
    pub fn choice<T: Copy>(&mut self, path: &str, given: Option<&str>, words: &[(&str, T)]) -> Option<T> {
        let Some(given) = given else { return words.first().map(|&(_, value)| value) };
        let found = words.iter().find(|(word, _)| *word == given).map(|&(_, value)| value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
            self.issue(path, format!("`{given}` is not one of the choices"), nearest_of(given, &known));
        }
        found
    }

    /// `on` or `off`.
    pub fn switch(&mut self, path: &str, given: Option<&Switch>, default: bool) -> bool {
        match given {
            None => default,
            Some(Switch::Bool(value)) => *value,
            Some(Switch::Word(word)) => {
                self.choice(path, Some(word), &[("on", true), ("off", false)]).unwrap_or(default)
            }
        }
    }

    /// A number within bounds.
    pub fn number(&mut self, path: &str, given: Option<f64>, default: f64, least: f64, most: f64) -> Option<f64> {
        let value = given.unwrap_or(default);
        if value.is_finite() && value >= least && value <= most {
            return Some(value);
        }
        self.issue(path, format!("{value} is out of range"), format!("a number from {least} to {most}"));
        None
    }

    /// The place of a name in a list; a problem with the nearest name if it is not there.
    pub fn named<'n>(
        &mut self, path: &str, what: &str, name: &str, known: impl Iterator<Item = &'n str>,
    ) -> Option<usize> {
        let known: Vec<&str> = known.collect();
        let found = known.iter().position(|other| *other == name);
        if found.is_none() {
            self.issue(path, format!("no {what} `{name}`"), nearest_of(name, &known));
        }
        found
    }

    /// A required name.
    pub fn required<'s>(&mut self, path: &str, what: &str, given: Option<&'s String>) -> Option<&'s str> {
        if given.is_none() {
            self.issue(path, format!("{what} is missing"), String::new());
        }
        given.map(String::as_str)
    }

    /// The path of a file that the scenario names; the first folder's if no folder has it.
    #[must_use]
    pub fn find(&self, file: &str) -> PathBuf {
        let paths = || self.folders.iter().map(|folder| folder.join(file));
        paths().find(|path| path.exists()).or_else(|| paths().next()).unwrap_or_else(|| file.into())
    }

    /// The bytes of a file that the scenario names.
    pub fn read_bytes(&mut self, path: &str, file: &str) -> Option<Vec<u8>> {
        match read_file(&self.find(file)) {
            Ok(bytes) => {
                let input = (file.to_owned(), blake3::hash(&bytes).to_hex().to_string());
                if !self.inputs.contains(&input) {
                    self.inputs.push(input);
                }
                Some(bytes)
            }
            Err(reason) => {
                self.unreadable(path, file, &reason);
                None
            }
        }
    }

    /// The text of a file that the scenario names.
    pub fn read(&mut self, path: &str, file: &str) -> Option<String> {
        let text = String::from_utf8(self.read_bytes(path, file)?);
        text.map_err(|_| self.issue(path, format!("`{file}` is not text in UTF-8"), "save it as UTF-8")).ok()
    }

    /// Notes a file that cannot be read, and where it was looked for.
    pub fn unreadable(&mut self, path: &str, file: &str, reason: &str) {
        let shown = |folder: &PathBuf| match folder.as_os_str().is_empty() {
            true => "here".to_owned(),
            false => folder.display().to_string(),
        };
        let folders: Vec<String> = self.folders.iter().map(shown).collect();
        let more = if folders.len() < 2 { "; --data DIR names another folder" } else { "" };
        let hint = format!("files are looked for in: {}{more}", folders.join(", "));
        self.issue(path, format!("cannot read `{file}`: {reason}"), hint);
    }
}

/// Files beyond this are no scenario's inputs; request traces are streamed and have no such bound [B].
const LARGEST_FILE: u64 = 1 << 30;

fn read_file(path: &std::path::Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST_FILE {
        return Err(format!("it has {size} bytes; at most {LARGEST_FILE} are read"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// A hint with the nearest known name, or with all of them if they are few.
#[must_use]
pub fn nearest_of(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|other| (distance(name, other), *other)).min();
    match nearest {
        Some((distance, other)) if distance <= 2 + name.chars().count() / 4 => format!("did you mean `{other}`?"),
        _ if known.is_empty() => "none is defined".to_owned(),
        _ => {
            let shown = known.iter().take(20).copied().collect::<Vec<_>>().join(", ");
            format!("one of: {shown}{}", if known.len() > 20 { ", …" } else { "" })
        }
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_problem_of_many_pairs_is_told_once() {
        let mut check = Check::default();
        for preset in ["fibre", "fibre", "wifi"] {
            check.issue("network.mesh.preset", format!("no `{preset}`"), "");
        }
        assert_eq!(check.issues.len(), 2);
    }

    #[test]
    fn the_nearest_name_is_offered() {
        assert_eq!(nearest_of("raspbery-pi-4", &["jetson-nano", "raspberry-pi-4"]), "did you mean `raspberry-pi-4`?");
        assert_eq!(nearest_of("x", &["alpha", "beta"]), "one of: alpha, beta");
    }
}
