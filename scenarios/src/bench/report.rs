//! What a bench prints: RESULT lines or a table, or the same as JSON with units.

use serde_json::{Map, Value, json};

use super::args::Format;

/// Figures of one measurement, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures(Vec<(&'static str, String, Value)>);

impl Figures {
    /// With a word.
    pub fn text(mut self, key: &'static str, word: &str) -> Self {
        self.0.push((key, word.to_owned(), json!(word)));
        self
    }

    /// With a whole number.
    pub fn count(mut self, key: &'static str, number: u64) -> Self {
        self.0.push((key, number.to_string(), json!(number)));
        self
    }

    /// With a number, shown to so many decimals; `-` and null where there is none.
    pub fn number(mut self, key: &'static str, number: impl Into<Option<f64>>, decimals: usize) -> Self {
        let number = number.into();
        let text = number.map_or("-".to_owned(), |number: f64| format!("{number:.decimals$}"));
        self.0.push((key, text, json!(number)));
        self
    }

    fn line(&self, head: &str) -> String {
        let words: Vec<String> = self.0.iter().map(|(key, text, _)| format!("{key}={text}")).collect();
        format!("{head} {}", words.join(" "))
    }

    fn json(&self) -> Value {
        Value::Object(self.0.iter().map(|(key, _, value)| ((*key).to_owned(), value.clone())).collect())
    }
}

/// Units of the figures that are not plain counts or words.
const UNITS: [(&str, &str); 34] = [
    ("user", "s of CPU"),
    ("fastest", "s of CPU"),
    ("slowest", "s of CPU"),
    ("ns", "ns each"),
    ("per_s", "1/s"),
    ("rss_kib", "KiB"),
    ("t_end", "mean gaps"),
    ("wait", "s"),
    ("ci", "s"),
    ("theory", "s"),
    ("T", "s"),
    ("resp_ms", "ms"),
    ("max_ms", "ms"),
    ("energy", "J"),
    ("carbon", "g"),
    ("after_j", "J"),
    ("mib", "MiB each"),
    ("one_gb_s", "GB/s"),
    ("two_gb_s", "GB/s each"),
    ("alone_s", "s"),
    ("two_s", "s"),
    ("build_s", "s"),
    ("run_s", "s of CPU"),
    ("events_per_s", "1/s"),
    ("requests_per_s", "1/s"),
    ("world_b", "B/device"),
    ("state_b", "B/device"),
    ("index_b", "B/device"),
    ("green_p50_ns", "ns/decision"),
    ("green_mean_ns", "ns/decision"),
    ("minmax_p50_ns", "ns/decision"),
    ("minmax_mean_ns", "ns/decision"),
    ("scan_p50_ns", "ns/decision"),
    ("scan_mean_ns", "ns/decision"),
];

/// All that a bench has to say.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// Its measurements.
    pub rows: Vec<Figures>,
    /// As a table with date and machine, not as RESULT lines.
    pub table: bool,
    /// What follows them, a line each.
    pub notes: Vec<String>,
    /// Check values that are not the golden ones.
    pub wrong: Vec<String>,
}

impl Report {
    /// The report as text.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Json => self.json(),
            Format::Table if self.table => self.table(),
            Format::Table => {
                let results = self.rows.iter().map(|row| row.line("RESULT"));
                let lines: Vec<String> = results.chain(self.notes.iter().cloned()).collect();
                lines.join("\n") + "\n"
            }
        }
    }

    fn table(&self) -> String {
        let about = super::machine::about();
        let said = |key: &str| about[key].as_str().map_or_else(|| about[key].to_string(), str::to_owned);
        let mut text = format!(
            "{}, {} ({} cores, {}), version {}\n{}\n\n",
            said("date"),
            said("cpu"),
            said("cores"),
            said("os"),
            said("version"),
            said("command")
        );
        text += &columns(&self.rows);
        text + &self.notes.iter().map(|note| format!("\n{note}")).collect::<String>() + "\n"
    }

    fn json(&self) -> String {
        let rows: Vec<Value> = self.rows.iter().map(Figures::json).collect();
        let used = |key: &str| self.rows.iter().any(|row| row.0.iter().any(|(known, ..)| *known == key));
        let units: Map<String, Value> =
            UNITS.iter().filter(|(key, _)| used(key)).map(|(key, unit)| ((*key).to_owned(), json!(unit))).collect();
        let all = json!({
            "about": super::machine::about(),
            "units": units,
            "rows": rows,
            "notes": self.notes,
            "wrong": self.wrong,
        });
        serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
    }
}

/// Rows of the same figures as a Markdown table.
fn columns(rows: &[Figures]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let head: Vec<String> = first.0.iter().map(|(key, ..)| titled(key)).collect();
    let body: Vec<Vec<&str>> =
        rows.iter().map(|row| row.0.iter().map(|(_, text, _)| text.as_str()).collect()).collect();
    let width = |k: usize| body.iter().map(|row| row[k].chars().count()).chain([head[k].chars().count(), 4]).max();
    let widths: Vec<usize> = (0..head.len()).map(|k| width(k).unwrap_or(4)).collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        format!("| {} |\n", padded.join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| format!("{}:", "-".repeat(width - 1))).collect();
    let mut text = line(head.iter().map(String::as_str).collect());
    text += &line(rule.iter().map(String::as_str).collect());
    body.into_iter().for_each(|row| text += &line(row));
    text
}

/// A figure's name with its unit, which takes the place of the name's own ending.
fn titled(key: &str) -> String {
    let Some((_, unit)) = UNITS.iter().find(|(known, _)| *known == key) else { return key.replace('_', " ") };
    if let Some(counted) = key.strip_suffix("_per_s") {
        return format!("{}/s", counted.replace('_', " "));
    }
    let ends = ["_b", "_ns", "_gb_s", "_s", "_kib"];
    let name = ends.iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key);
    format!("{} [{unit}]", name.replace('_', " "))
}
