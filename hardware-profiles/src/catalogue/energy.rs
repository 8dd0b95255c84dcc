//! Published energies of whole models on a class.

use serde_yaml::Value;

use crate::figure::{self, Figure, Kind, Wrong};
use crate::quantity::Unit;

/// What one inference of a model takes on a device of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyFigure {
    /// The energy [J] with its source.
    pub figure: Figure,
    /// Whether it holds what the device draws idle in the meantime.
    pub gross: bool,
    /// How long the inference took [s], where the row says so.
    pub seconds: Option<f64>,
}

impl EnergyFigure {
    /// Energy above idle [J] of an inference that took `seconds`, on a device that draws `idle` [W]; `None`
    /// where no source states it.
    #[must_use]
    pub fn above_idle(&self, idle: f64, seconds: f64) -> Option<f64> {
        let joules = self.figure.number()?;
        Some(if self.gross { joules - idle * seconds } else { joules })
    }
}

/// Reads `{model, energy, of, time, mark, source}`; `time` may be left out.
pub(super) fn read(row: &Value) -> Result<(String, EnergyFigure), Wrong> {
    let Value::Mapping(map) = row else {
        return Err(Wrong::new(
            figure::scalar(row),
            "an energy names its model",
            "write {model, energy, of, mark, source}",
        ));
    };
    figure::only(map, &["model", "energy", "of", "time", "mark", "source"])?;
    let model = map.get("model").and_then(figure::scalar).unwrap_or_default();
    if model.is_empty() {
        return Err(Wrong::new(None, "an energy names its model", "write {model, energy, of, mark, source}"));
    }
    let gross = match map.get("of").and_then(Value::as_str) {
        Some("gross") => true,
        Some("above-idle") => false,
        other => {
            let hint = "write `of: above-idle`, or `of: gross` if it holds the idle power too";
            return Err(Wrong::new(other.map(str::to_owned), "`of` says whether idle power is in it", hint));
        }
    };
    let mut fields = map.clone();
    ["model", "of", "time"].iter().for_each(|key| drop(fields.remove(*key)));
    let mut time = fields.clone();
    if let Some(energy) = fields.remove("energy") {
        fields.insert("value".into(), energy);
    }
    let read = figure::read(&Value::Mapping(fields), Kind::Quantity(Unit::Energy))?;
    let seconds = match map.get("time") {
        None => None,
        Some(given) => {
            time.remove("energy");
            time.insert("value".into(), given.clone());
            figure::read(&Value::Mapping(time), Kind::Quantity(Unit::Time))?.number()
        }
    };
    if !read.number().is_some_and(|joules| joules > 0.0) || seconds.is_some_and(|seconds| seconds <= 0.0) {
        let hint = "leave the line out if it is not known";
        return Err(Wrong::new(read.text, "an energy and its time are more than nothing", hint));
    }
    Ok((model, EnergyFigure { figure: read, gross, seconds }))
}
