//! Tables of published latencies: CSV text with the columns device, model, time.

use indexmap::IndexMap;
use thiserror::Error;

use super::Point;
use crate::quantity::{self, Unit};
use crate::zoo;

/// XNNPACK's table: four MobileNets on nine devices.
const XNNPACK: &str = include_str!("../../catalogue/xnnpack.csv");

/// The columns of a table; `device` may be left out where there is one device.
const COLUMNS: [&str; 3] = ["device", "model", "time"];

/// What is wrong with a table; lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LatencyError {
    /// Not the columns that are needed.
    #[error("line {line}: the columns are `{found}`; a table has `device,model,time` or `model,time`")]
    Columns {
        /// The header's line.
        line: usize,
        /// The header as given.
        found: String,
    },
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
    /// A model that is not in the zoo.
    #[error("line {line}: `{model}` is not a built-in network; write one of {known}")]
    Model {
        /// The row's line.
        line: usize,
        /// The model as given.
        model: String,
        /// The names of the built-in ones.
        known: String,
    },
    /// No time, or none above zero.
    #[error("line {line}: `{value}` is not a latency; {hint}")]
    Time {
        /// The row's line.
        line: usize,
        /// The time as given.
        value: String,
        /// What would do.
        hint: String,
    },
    /// A model twice for one device.
    #[error("line {line}: `{model}` is given twice for `{device}`; write its mean or median once")]
    Twice {
        /// The row's line.
        line: usize,
        /// The model.
        model: String,
        /// The device.
        device: String,
    },
    /// A header alone.
    #[error("the table has no latency")]
    Empty,
}

/// Latencies of some devices: models of the zoo with how long each takes [s].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latencies {
    /// By device, in the order of the table.
    pub devices: IndexMap<String, Vec<(String, f64)>>,
}

impl Latencies {
    /// XNNPACK's published table: single precision, four MobileNets on nine devices, with its source in its first lines.
    ///
    /// # Panics
    /// If the embedded table is wrong, which a test rules out.
    #[must_use]
    pub fn xnnpack() -> Self {
        Self::parse(XNNPACK).unwrap_or_else(|errors| panic!("invariant: xnnpack.csv: {}", errors[0]))
    }

    /// Reads a table: a header, then one latency a line, such as `raspberry-pi-4,mobilenet-v2,44 ms`.
    ///
    /// A line that starts with `#` is a comment. Without a column `device` all rows are of one device.
    ///
    /// # Errors
    /// All that is wrong with the table, in order of lines.
    pub fn parse(text: &str) -> Result<Self, Vec<LatencyError>> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let Some((line, header)) = lines.next() else { return Err(vec![LatencyError::Empty]) };
        let header = fields(header);
        if !COLUMNS[1..].iter().all(|column| header.contains(column))
            || header.iter().any(|column| !COLUMNS.contains(column))
        {
            return Err(vec![LatencyError::Columns { line, found: header.join(",") }]);
        }
        let (mut table, mut errors) = (Self::default(), Vec::new());
        for (line, text) in lines {
            if let Err(error) = table.add(line, &header, &fields(text)) {
                errors.push(error);
            }
        }
        if table.devices.is_empty() && errors.is_empty() {
            errors.push(LatencyError::Empty);
        }
        if errors.is_empty() { Ok(table) } else { Err(errors) }
    }

    fn add(&mut self, line: usize, header: &[&str], row: &[&str]) -> Result<(), LatencyError> {
        if row.len() != header.len() {
            return Err(LatencyError::Fields { line, found: row.len(), expected: header.len() });
        }
        let get = |column: &str| header.iter().position(|name| *name == column).map(|index| row[index]);
        let (device, model, time) = (get("device").unwrap_or("device"), get("model"), get("time"));
        let (model, time) = (model.unwrap_or_default(), time.unwrap_or_default());
        if zoo::by_name(model).is_none() {
            let known: Vec<&str> = zoo::builtin().iter().map(|network| network.name.as_str()).collect();
            return Err(LatencyError::Model { line, model: model.to_owned(), known: known.join(", ") });
        }
        let wrong = |hint: String| LatencyError::Time { line, value: time.to_owned(), hint };
        let seconds = quantity::parse(time, Unit::Time).map_err(|error| wrong(format!("{error}: {}", error.hint())))?;
        if seconds <= 0.0 {
            return Err(wrong("a latency is longer than nothing".to_owned()));
        }
        let of_device = self.devices.entry(device.to_owned()).or_default();
        if of_device.iter().any(|(other, _)| other == model) {
            return Err(LatencyError::Twice { line, model: model.to_owned(), device: device.to_owned() });
        }
        of_device.push((model.to_owned(), seconds));
        Ok(())
    }

    /// The latencies of each device as points in single precision.
    #[must_use]
    pub fn points(&self, depthwise_cost: f64) -> Vec<Vec<Point>> {
        let point = |(model, seconds): &(String, f64)| {
            zoo::by_name(model).map(|network| Point::new(network, depthwise_cost, 1.0, *seconds))
        };
        self.devices.values().map(|latencies| latencies.iter().filter_map(point).collect()).collect()
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split(',').map(|field| field.trim().trim_matches('"')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_wrong_lines_are_told_with_their_values() {
        let text = "device,model,time\npi,mobilenet-v2,44\npi,mobilenet-v9,4 ms\npi,resnet-50\npi,resnet-50,0 ms\n";
        let errors = Latencies::parse(text).expect_err("four lines are wrong");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        for (error, part) in told.iter().zip(["`44` is not", "`mobilenet-v9`", "2 fields", "longer than nothing"]) {
            assert!(error.contains(part), "no `{part}` in {error}");
        }
        assert_eq!(
            Latencies::parse("model,ms\n"),
            Err(vec![LatencyError::Columns { line: 1, found: "model,ms".into() }])
        );
        assert_eq!(Latencies::parse("# nothing\n"), Err(vec![LatencyError::Empty]));
        let twice = "model,time\nresnet-50,1 s\nresnet-50,2 s\n";
        assert!(Latencies::parse(twice).expect_err("twice")[0].to_string().contains("given twice"));
    }

    #[test]
    fn without_a_column_for_it_there_is_one_device() {
        let table = Latencies::parse("time,model\n44 ms,mobilenet-v2\n3 s,resnet-50\n").expect("reads");
        assert_eq!(table.devices["device"], [("mobilenet-v2".to_owned(), 0.044), ("resnet-50".to_owned(), 3.0)]);
    }
}
