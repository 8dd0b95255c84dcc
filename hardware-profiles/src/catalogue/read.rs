//! Reads a catalogue's text, telling all that is wrong with it at once.

use indexmap::IndexMap;
use serde_yaml::{Mapping, Value};

use super::Catalogue;
use super::class::{ClassEntry, FIELDS, Field};
use super::energy::{self, EnergyFigure};
use crate::figure::{self, CatalogueError, Figure, Kind, Wrong};
use crate::quantity::Unit;
use crate::zoo;

/// Keys of a class beside its fields.
const SUMMARY: &str = "summary";
const CALIBRATION: &str = "calibration";
const TIMES: &str = "times";
const ENERGIES: &str = "energies";

/// Reads all classes of a text.
pub(super) fn catalogue(yaml: &str, file: &str) -> Result<Catalogue, Vec<CatalogueError>> {
    let whole = |message: &str, hint: &str| vec![Wrong::new(None, message, hint).at(file, "", "")];
    let root: Value = serde_yaml::from_str(yaml)
        .map_err(|error| whole(&error.to_string(), "a catalogue is YAML: names of classes, under each its fields"))?;
    let Value::Mapping(classes) = root else {
        return Err(whole("there is no class", "write a class's name and a colon, under it its fields"));
    };
    let mut reader = Reader { file, errors: Vec::new() };
    let classes: IndexMap<_, _> = classes.iter().filter_map(|(name, node)| reader.class(name, node)).collect();
    if reader.errors.is_empty() { Ok(Catalogue { classes }) } else { Err(reader.errors) }
}

/// The text under way, with what was wrong so far.
struct Reader<'a> {
    file: &'a str,
    errors: Vec<CatalogueError>,
}

impl Reader<'_> {
    fn class(&mut self, name: &Value, node: &Value) -> Option<(String, ClassEntry)> {
        let name = figure::scalar(name)?;
        let Value::Mapping(map) = node else {
            self.tell(&name, "", Wrong::new(None, "a class is a list of fields", "see `summary`, `cores`, `slots` …"));
            return None;
        };
        self.unknown_keys(&name, map);
        let entry = ClassEntry {
            summary: map.get(SUMMARY).and_then(figure::scalar).unwrap_or_default(),
            figures: FIELDS.iter().filter_map(|field| self.field(&name, map, field)).collect(),
            calibration: self.list(&name, map, CALIBRATION, |row| latency(row, CALIBRATION)),
            times: self.list(&name, map, TIMES, |row| latency(row, TIMES)),
            energies: self.list(&name, map, ENERGIES, energy::read),
            name: name.clone(),
        };
        self.consistent(&entry);
        Some((name, entry))
    }

    fn tell(&mut self, entry: &str, field: &str, wrong: Wrong) {
        self.errors.push(wrong.at(self.file, entry, field));
    }

    fn unknown_keys(&mut self, name: &str, map: &Mapping) {
        let known = || FIELDS.iter().map(|field| field.name).chain([SUMMARY, CALIBRATION, TIMES, ENERGIES]);
        for key in map.keys().filter_map(figure::scalar) {
            if !known().any(|field| field == key) {
                let nearest = known().min_by_key(|field| distance(field, &key)).unwrap_or(SUMMARY);
                self.tell(name, &key, Wrong::new(None, "there is no such field", format!("did you mean `{nearest}`?")));
            }
        }
    }

    fn field(&mut self, name: &str, map: &Mapping, field: &Field) -> Option<(&'static str, Figure)> {
        let read = match map.get(field.name) {
            Some(node) => figure::read(node, field.kind),
            None if field.required => Err(Wrong::new(None, "the field is missing", field.meaning)),
            None => return None,
        };
        let checked = read.and_then(|figure| match figure.text {
            None if field.required => Err(Wrong::new(None, "this field needs a value", field.meaning)),
            _ => Ok(figure),
        });
        checked.map_err(|wrong| self.tell(name, field.name, wrong)).ok().map(|figure| (field.name, figure))
    }

    /// A list of rows, each with a model's name and a figure.
    fn list<T>(
        &mut self, name: &str, map: &Mapping, list: &'static str,
        read_row: impl Fn(&Value) -> Result<(String, T), Wrong>,
    ) -> IndexMap<String, T> {
        let rows = match map.get(list) {
            None => return IndexMap::new(),
            Some(Value::Sequence(rows)) => rows,
            Some(_) => {
                let hint = if list == ENERGIES {
                    "write `- {model: resnet-50, energy: \"12 mJ\", of: above-idle, mark: measured, source: \"…\"}`"
                } else {
                    "write `- {model: mobilenet-v2, time: \"44 ms\", mark: measured, source: \"…\"}`"
                };
                self.tell(name, list, Wrong::new(None, "it is a list, one row a model", hint));
                return IndexMap::new();
            }
        };
        let mut read = IndexMap::new();
        for row in rows {
            match read_row(row) {
                Ok((model, _)) if read.contains_key(&model) => {
                    let hint = "one row a model: the best known figure";
                    self.tell(name, list, Wrong::new(Some(model), "the model is given twice", hint));
                }
                Ok((model, figure)) => drop(read.insert(model, figure)),
                Err(wrong) => self.tell(name, list, wrong),
            }
        }
        read
    }

    /// What only several fields together tell.
    fn consistent(&mut self, entry: &ClassEntry) {
        let name = &entry.name;
        if entry.summary.trim().is_empty() {
            self.tell(
                name,
                SUMMARY,
                Wrong::new(None, "the field is missing", "say in a line what the class stands for"),
            );
        }
        if let (Some(idle), Some(max)) = (entry.number("idle_power"), entry.number("max_power"))
            && max < idle
        {
            let hint = "the maximum includes the idle power";
            self.tell(name, "max_power", Wrong::new(None, "it is less than idle_power", hint));
        }
        if entry.figures.get("power_curve").is_some_and(|figure| figure.numbers().len() == 1) {
            let hint = "give the power at load 0 and at load 1 at least, separated by commas";
            self.tell(name, "power_curve", Wrong::new(None, "a curve has two points or more", hint));
        }
        self.energies_make_sense(entry);
        let latencies = !entry.calibration.is_empty() || !entry.times.is_empty();
        let peak = ["mac_rate_f32", "mac_rate_f16", "mac_rate_int8"].iter().any(|field| entry.number(field).is_some());
        if !(latencies || peak) || (entry.is_calibrated() && entry.fit().is_err()) {
            let why = entry.fit().err().map_or(String::new(), |error| error.to_string());
            let hint = "give a mac_rate of its precision, or a latency of a built-in network under `calibration`";
            self.tell(name, "mac_rate_f32", Wrong::new(None, &format!("the class has no compute rate: {why}"), hint));
        }
    }
}

impl Reader<'_> {
    /// An energy needs the time it was drawn in, and gross ones more than idling draws.
    fn energies_make_sense(&mut self, entry: &ClassEntry) {
        let idle = entry.number("idle_power").unwrap_or(0.0);
        for (model, energy) in &entry.energies {
            let EnergyFigure { figure, gross, seconds } = energy;
            let field = format!("{ENERGIES}.{model}");
            match seconds.or_else(|| entry.known_time(model)) {
                None => {
                    let hint = "give the row a `time`, or the class a measured latency of that model";
                    self.tell(&entry.name, &field, Wrong::new(None, "nothing tells how long it took", hint));
                }
                Some(seconds) if *gross && figure.number().is_some_and(|joules| joules <= idle * seconds) => {
                    let hint = "it includes idle_power · time; write `of: above-idle` if that is taken off already";
                    self.tell(
                        &entry.name,
                        &field,
                        Wrong::new(figure.text.clone(), "it is less than idling draws", hint),
                    );
                }
                Some(_) => {}
            }
        }
    }
}

fn latency(row: &Value, list: &str) -> Result<(String, Figure), Wrong> {
    let Value::Mapping(map) = row else {
        return Err(Wrong::new(figure::scalar(row), "a latency names its model", "write {model, time, mark, source}"));
    };
    figure::only(map, &["model", "time", "mark", "source"])?;
    let model = map.get("model").and_then(figure::scalar).unwrap_or_default();
    if list == CALIBRATION && zoo::by_name(&model).is_none() {
        let known: Vec<String> = zoo::builtin().iter().map(|network| network.name.clone()).collect();
        return Err(Wrong::new(
            Some(model),
            "it is not a built-in network",
            format!("write one of {}", known.join(", ")),
        ));
    }
    let mut figure = map.clone();
    figure.remove("model");
    if let Some(time) = figure.remove("time") {
        figure.insert("value".into(), time);
    }
    let read = figure::read(&Value::Mapping(figure), Kind::Quantity(Unit::Time))?;
    match read.number() {
        Some(seconds) if seconds > 0.0 => Ok((model, read)),
        _ => Err(Wrong::new(read.text, "a latency is longer than nothing", "leave the line out if it is not known")),
    }
}

/// Letters to change, add or leave out between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.bytes().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
