//! From a name or a file to a specification: the text, the settings of the command line, every unknown key.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_yaml::Value;

use crate::build::{Experiment, build};
use crate::issues::{Check, Issue, Refused, nearest_of};
use crate::library;
use crate::spec::Spec;
use crate::spec::source::Source;

/// A scenario's text with the folder that its files are named from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The text.
    pub source: Source,
    /// Where its files are looked for: its own folder first.
    pub folders: Vec<PathBuf>,
}

impl Loaded {
    /// The shipped scenario of a name, or the file.
    ///
    /// # Errors
    /// If there is neither, with the nearest name; or if the file cannot be read as text.
    pub fn find(name: &str) -> Result<Self, String> {
        if let Some(shipped) = library::by_name(name) {
            let source = Source { name: format!("{name} (shipped)"), text: shipped.text.to_owned() };
            return Ok(Self { source, folders: vec![PathBuf::new()] });
        }
        let path = Path::new(name);
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let folders = vec![path.parent().map(Path::to_owned).unwrap_or_default()];
                Ok(Self { source: Source { name: name.to_owned(), text }, folders })
            }
            Err(error) => {
                let known: Vec<&str> = library::SCENARIOS.iter().map(|shipped| shipped.name).collect();
                Err(format!("no shipped scenario `{name}`, and no such file ({error}); {}", nearest_of(name, &known)))
            }
        }
    }

    /// The same scenario with more folders where its files may be, after its own.
    #[must_use]
    pub fn with_data(mut self, folders: &[PathBuf]) -> Self {
        self.folders.extend_from_slice(folders);
        self
    }

    /// The specification with `set` (path, YAML value) applied.
    ///
    /// # Errors
    /// If the text is not YAML, has values of wrong types or unknown keys.
    pub fn spec(&self, set: &[(String, Value)]) -> Result<Spec, Box<Refused>> {
        let mut issues = Vec::new();
        let spec = self.parse(set, &mut issues);
        match spec {
            Some(spec) if issues.is_empty() => Ok(spec),
            _ => Err(self.refuse(issues, set)),
        }
    }

    /// The experiment with `set` applied: all problems of the file at once, unknown keys among them.
    ///
    /// # Errors
    /// All problems.
    pub fn experiment(&self, set: &[(String, Value)]) -> Result<Experiment, Box<Refused>> {
        let mut issues = Vec::new();
        let spec = self.parse(set, &mut issues);
        let mut check = Check { issues, folders: self.folders.clone(), ..Check::default() };
        let experiment = spec.and_then(|spec| build(&spec, &mut check));
        match experiment {
            Some(experiment) if check.issues.is_empty() => Ok(experiment),
            _ => Err(self.refuse(check.issues, set)),
        }
    }

    fn refuse(&self, issues: Vec<Issue>, set: &[(String, Value)]) -> Box<Refused> {
        let set = set.iter().map(|(path, _)| path.clone()).collect();
        Box::new(Refused { source: self.source.clone(), issues, set })
    }

    /// The specification as far as it can be read; unknown keys are noted and skipped.
    fn parse(&self, set: &[(String, Value)], issues: &mut Vec<Issue>) -> Option<Spec> {
        let mut root: Value = match serde_yaml::from_str(&self.source.text) {
            Ok(root) => root,
            Err(error) => {
                issues.push(not_yaml(&error));
                return None;
            }
        };
        for (path, value) in set {
            if let Err(message) = put(&mut root, path, value.clone()) {
                issues.push(Issue {
                    path: path.clone(),
                    message,
                    hint: "such as --set time.window=1h".into(),
                    line: None,
                });
            }
        }
        typed(root, issues)
    }
}

fn not_yaml(error: &serde_yaml::Error) -> Issue {
    let line = error.location().map(|location| location.line());
    let hint = "indent with spaces, one key once, quote text that holds `: `";
    Issue { path: String::new(), message: format!("not YAML: {error}"), hint: hint.into(), line }
}

/// A value as a specification, noting unknown keys and the first value of a wrong type.
fn typed(root: Value, issues: &mut Vec<Issue>) -> Option<Spec> {
    if !root.is_mapping() {
        let message = "a scenario is a mapping of keys".to_owned();
        issues.push(Issue { path: String::new(), message, hint: "start from `carbonedge init`".into(), line: None });
        return None;
    }
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let read = {
        let traced = serde_path_to_error::Deserializer::new(root, &mut track);
        let mut note = |path: serde_ignored::Path| unknown.push(dotted(&path.to_string()));
        Spec::deserialize(serde_ignored::Deserializer::new(traced, &mut note))
    };
    for path in unknown {
        let (parent, key) = path.rsplit_once('.').unwrap_or(("", &path));
        let known = keys_of(parent);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        issues.push(Issue {
            path: path.clone(),
            message: format!("unknown key `{key}`"),
            hint: nearest_of(key, &known),
            line: None,
        });
    }
    match read {
        Ok(spec) => Some(spec),
        Err(error) => {
            let path = dotted(&track.path().to_string());
            let hint = "`carbonedge init` shows a commented scenario, `carbonedge schema` all keys and types".into();
            issues.push(Issue { path, message: error.to_string(), hint, line: None });
            None
        }
    }
}

/// `devices.2.?.class` and `devices[2].class` as the one form that outputs use.
fn dotted(path: &str) -> String {
    let mut made = String::new();
    for part in path.split('.').filter(|part| *part != "?" && !part.is_empty()) {
        if part.parse::<usize>().is_ok() {
            made.push_str(&format!("[{part}]"));
        } else {
            if !made.is_empty() {
                made.push('.');
            }
            made.push_str(part);
        }
    }
    made
}

/// The keys that a mapping of the scenario may have, by the schema.
fn keys_of(parent: &str) -> Vec<String> {
    let schema = serde_json::to_value(schemars::schema_for!(Spec)).unwrap_or_default();
    let mut node = &schema;
    for step in parent.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        let next = if step.parse::<usize>().is_ok() { &node["items"] } else { &node["properties"][step] };
        node = resolve(&schema, next);
    }
    node["properties"].as_object().map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// Follows references and optional values.
fn resolve<'s>(schema: &'s serde_json::Value, node: &'s serde_json::Value) -> &'s serde_json::Value {
    if let Some(target) = node["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        return resolve(schema, schema.pointer(target).unwrap_or(&serde_json::Value::Null));
    }
    match node["anyOf"].as_array().and_then(|choices| choices.iter().find(|choice| choice["type"] != "null")) {
        Some(choice) => resolve(schema, choice),
        None => node,
    }
}

/// Puts a value at a path, making the mappings on the way.
fn put(root: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let normal = path.replace('[', ".").replace(']', "");
    let mut node = root;
    for step in normal.split('.') {
        node = match (step.parse::<usize>(), node) {
            (Ok(index), Value::Sequence(items)) => {
                let length = items.len();
                items.get_mut(index).ok_or_else(|| format!("`{path}`: the list has {length} items"))?
            }
            (_, Value::Sequence(_)) => return Err(format!("`{path}`: `{step}` is no place in a list")),
            (_, node) => {
                if !node.is_mapping() {
                    *node = Value::Mapping(serde_yaml::Mapping::new());
                }
                let Value::Mapping(map) = node else { return Err(format!("`{path}` cannot be set")) };
                map.entry(Value::from(step)).or_insert(Value::Null)
            }
        };
    }
    *node = value;
    Ok(())
}

/// One `path=value` of the command line.
///
/// # Errors
/// If there is no `=`, or the value is not YAML.
pub fn assignment(text: &str) -> Result<(String, Value), String> {
    let (path, value) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`; such as time.window=1h"))?;
    let value = serde_yaml::from_str(value).map_err(|error| format!("`{value}` is not a YAML value: {error}"))?;
    Ok((path.trim().to_owned(), value))
}
