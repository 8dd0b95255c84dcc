//! A researcher's own layer tables, read from CSV text, and the built-in ones written as such.

use sim_core::units::{Bytes, Macs};
use thiserror::Error;

use super::network::{Layer, LayerKind, Network};

/// The columns a table must have, in any order.
const COLUMNS: [&str; 6] = ["name", "kind", "macs", "weight_bytes", "activation_bytes", "cut"];
/// What a layer reads; without this column, the tensor of the row before.
const INPUT_COLUMN: &str = "input_bytes";

/// What is wrong with a layer table; lines count from 1, the header's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// A column is missing.
    #[error("line 1: there is no column `{0}`; a layer table has name,kind,macs,weight_bytes,activation_bytes,cut")]
    NoColumn(&'static str),
    /// A row is shorter or longer than the header.
    #[error("line {line}: {found} fields where the header has {expected}")]
    Fields {
        /// The row's line.
        line: usize,
        /// Its number of fields.
        found: usize,
        /// The header's.
        expected: usize,
    },
    /// A field that its column cannot hold.
    #[error("line {line}: `{value}` is not a {column}; {hint}")]
    Field {
        /// The row's line.
        line: usize,
        /// The column's name.
        column: &'static str,
        /// The field as given.
        value: String,
        /// What would do.
        hint: String,
    },
    /// A header alone.
    #[error("the table has no layer")]
    Empty,
    /// An end that is not a cut.
    #[error("line {0}: the last layer is the output, so its `cut` must be true")]
    OpenEnd(usize),
}

impl Network {
    /// Reads a layer table: one row a layer in order of computation, bytes in single precision.
    ///
    /// The columns are `name, kind, macs, weight_bytes, activation_bytes, cut` in any order, where `cut` tells whether
    /// nothing but this layer's tensor is needed after it. A column `input_bytes` may say what a layer reads; without
    /// it that is the tensor of the row before. A line that starts with `#` is a comment. The network takes an image of
    /// 224 × 224 × 3 bytes unless its `input_bytes` is set, and hands back its last tensor.
    ///
    /// # Errors
    /// All that is wrong with the table, in order of lines.
    pub fn from_csv(name: &str, text: &str) -> Result<Self, Vec<TableError>> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let header: Vec<&str> = lines.next().map_or(Vec::new(), |(_, line)| fields(line));
        let missing: Vec<_> = COLUMNS.into_iter().filter(|column| !header.contains(column)).collect();
        if !missing.is_empty() {
            return Err(missing.into_iter().map(TableError::NoColumn).collect());
        }
        let mut table = Partial::default();
        for (line, text) in lines {
            table.read(&Row { line, header: &header, fields: fields(text) });
        }
        table.finish(name)
    }

    /// The layer table that [`Network::from_csv`] reads.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let rows = self.layers().iter().enumerate().map(|(index, layer)| {
            let Layer { name, kind, macs, weights, input, activation } = layer;
            let (kind, cut) = (kind.name(), self.cuts().contains(&(index + 1)));
            format!("{name},{kind},{},{},{},{},{cut}\n", macs.0, weights.0, activation.0, input.0)
        });
        std::iter::once("name,kind,macs,weight_bytes,activation_bytes,input_bytes,cut\n".to_owned())
            .chain(rows)
            .collect()
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split(',').map(|field| field.trim().trim_matches('"')).collect()
}

/// What has been read so far.
#[derive(Default)]
struct Partial {
    layers: Vec<Layer>,
    cuts: Vec<usize>,
    errors: Vec<TableError>,
    last_line: usize,
}

impl Partial {
    fn read(&mut self, row: &Row) {
        self.last_line = row.line;
        if row.fields.len() != row.header.len() {
            let (found, expected) = (row.fields.len(), row.header.len());
            self.errors.push(TableError::Fields { line: row.line, found, expected });
            return;
        }
        match self.layer(row) {
            Ok((layer, cut)) => {
                self.layers.push(layer);
                if cut {
                    self.cuts.push(self.layers.len());
                }
            }
            Err(error) => self.errors.push(error),
        }
    }

    fn layer(&self, row: &Row) -> Result<(Layer, bool), TableError> {
        let before = self.layers.last().map_or(Bytes::ZERO, |layer| layer.activation);
        let layer = Layer {
            name: row.get("name").to_owned(),
            kind: row.kind()?,
            macs: Macs(row.number("macs")?),
            weights: Bytes(row.number("weight_bytes")?),
            input: if row.header.contains(&INPUT_COLUMN) { Bytes(row.number(INPUT_COLUMN)?) } else { before },
            activation: Bytes(row.number("activation_bytes")?),
        };
        Ok((layer, row.truth("cut")?))
    }

    fn finish(mut self, name: &str) -> Result<Network, Vec<TableError>> {
        if self.errors.is_empty() && self.layers.is_empty() {
            self.errors.push(TableError::Empty);
        } else if self.errors.is_empty() && self.cuts.last() != Some(&self.layers.len()) {
            self.errors.push(TableError::OpenEnd(self.last_line));
        }
        self.cuts.insert(0, 0);
        if self.errors.is_empty() { Ok(Network::from_layers(name, self.layers, self.cuts)) } else { Err(self.errors) }
    }
}

/// One line under its header.
struct Row<'a> {
    line: usize,
    header: &'a [&'a str],
    fields: Vec<&'a str>,
}

impl Row<'_> {
    fn get(&self, column: &str) -> &str {
        let index = self.header.iter().position(|name| *name == column).expect("invariant: the column was looked for");
        self.fields[index]
    }

    fn kind(&self) -> Result<LayerKind, TableError> {
        LayerKind::by_name(self.get("kind")).ok_or_else(|| {
            let known: Vec<&str> = LayerKind::NAMES.iter().map(|(_, name)| *name).collect();
            self.fault("kind", format!("one of {}", known.join(", ")))
        })
    }

    fn number(&self, column: &'static str) -> Result<f64, TableError> {
        match self.get(column).parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(self.fault(column, "a plain number, 0 or more, such as `150528`".to_owned())),
        }
    }

    fn truth(&self, column: &'static str) -> Result<bool, TableError> {
        match self.get(column).to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(self.fault(column, "`true` or `false`".to_owned())),
        }
    }

    fn fault(&self, column: &'static str, hint: String) -> TableError {
        TableError::Field { line: self.line, column, value: self.get(column).to_owned(), hint }
    }
}

#[cfg(test)]
mod tests {
    use crate::zoo;

    use super::*;

    #[test]
    fn a_built_in_network_survives_the_way_through_csv() {
        let network = zoo::by_name("efficientnet-b0").expect("built in");
        let read = Network::from_csv("efficientnet-b0", &network.to_csv()).expect("reads its own table");
        assert_eq!((read.layers(), read.cuts()), (network.layers(), network.cuts()));
        assert_eq!(read.output_bytes, Bytes(4000.0));
    }

    #[test]
    fn without_a_column_for_it_a_layer_reads_the_row_before() {
        let text = "name,kind,macs,weight_bytes,activation_bytes,cut\na,linear,8,16,32,true\nb,linear,8,16,4,true\n";
        let network = Network::from_csv("own", text).expect("reads");
        assert_eq!(network.layers()[1].input, Bytes(32.0));
        assert_eq!(network.cuts(), [0, 1, 2]);
    }

    #[test]
    fn all_wrong_lines_are_told_at_once() {
        let text = "name,kind,macs,weight_bytes,activation_bytes,cut\na,conv,1,1,1,true\nb,linear,-1,1,1,true\nc,1\n";
        let errors = Network::from_csv("own", text).expect_err("three lines are wrong");
        let lines: Vec<String> = errors.iter().map(|error| error.to_string()[..7].to_owned()).collect();
        assert_eq!(lines, ["line 2:", "line 3:", "line 4:"]);
    }

    #[test]
    fn a_table_whose_end_is_open_is_refused() {
        let text = "name,kind,macs,weight_bytes,activation_bytes,cut\na,linear,1,1,1,false\n";
        assert_eq!(Network::from_csv("own", text), Err(vec![TableError::OpenEnd(2)]));
    }
}
