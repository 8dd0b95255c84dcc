//! The text of a scenario, with the place of each path in it.

use std::ops::Range;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// A scenario's text and where it is from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, or `<name> (shipped)`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// One step of a path: `devices[2].class` has three.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (key, rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if let Ok(index) = key.parse() {
            steps.push(Step::Index(index));
        } else if !key.is_empty() {
            steps.push(Step::Key(key.to_owned()));
        }
        let indices = rest.split(['[', ']']).filter_map(|index| index.parse().ok());
        steps.extend(indices.map(Step::Index));
    }
    steps
}

impl Source {
    /// The bytes of the value at a path, or of the deepest part of the path that exists.
    #[must_use]
    pub fn locate(&self, path: &str) -> Option<Range<usize>> {
        let documents = MarkedYaml::load_from_str(&self.text).ok()?;
        let mut node = documents.first()?;
        let mut key_span = None;
        for step in steps(path) {
            match child(node, &step) {
                Some((key, value)) => {
                    key_span = key.or(key_span);
                    node = value;
                }
                None => break,
            }
        }
        // A mapping or a list spans many lines: point to its key instead.
        let scalar = !matches!(node.data, YamlData::Mapping(_) | YamlData::Sequence(_));
        let span = if scalar { (node.span.start.index(), node.span.end.index()) } else { key_span? };
        Some(self.bytes_of(span.0)..self.bytes_of(span.1))
    }

    /// Line (from 1) of a byte.
    #[must_use]
    pub fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|&b| b == b'\n').count()
    }

    /// Spans count characters; slices count bytes.
    fn bytes_of(&self, characters: usize) -> usize {
        self.text.char_indices().nth(characters).map_or(self.text.len(), |(byte, _)| byte)
    }
}

type Span = (usize, usize);

fn child<'n, 'y>(node: &'n MarkedYaml<'y>, step: &Step) -> Option<(Option<Span>, &'n MarkedYaml<'y>)> {
    match (&node.data, step) {
        (YamlData::Mapping(map), Step::Key(key)) => map.iter().find_map(|(name, value)| {
            let found = matches!(&name.data, YamlData::Value(Scalar::String(text)) if text == key);
            found.then(|| (Some((name.span.start.index(), name.span.end.index())), value))
        }),
        (YamlData::Sequence(items), Step::Index(index)) => {
            let item = items.get(*index)?;
            Some((Some((item.span.start.index(), item.span.start.index() + 1)), item))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_on_its_line_behind_characters_of_several_bytes() {
        let text = "description: \"µ–₂\"\ndevices:\n  - class: pi\n  - class: nano\n    slots: 2\n";
        let source = Source { name: "x".into(), text: text.into() };
        let found = source.locate("devices[1].class").expect("it is there");
        assert_eq!((&text[found.clone()], source.line(found.start)), ("nano", 4));
        let missing = source.locate("devices[1].site").expect("its parent is there");
        assert_eq!(source.line(missing.start), 4);
    }
}
