//! Reading profile files: their format, and the laws that their figures obey.

use super::{Profile, SCHEMA, SegmentRow};

/// How far sums of a file may differ from the figures they make up, relative: room for rounding only.
const ROUNDING: f64 = 1e-9;

/// A profile file that says something impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It is no JSON, or lacks a field, or has one too many.
    #[error("{file}: {message}; it should be what `carbonedge profile MODEL` writes")]
    Format {
        /// The file.
        file: String,
        /// What the reader says, with line and column.
        message: String,
    },
    /// It is of another version of the format.
    #[error("{file}: schema is `{schema}`, not `{SCHEMA}`; profile the model again with this version")]
    Schema {
        /// The file.
        file: String,
        /// What it says.
        schema: String,
    },
    /// A figure is impossible.
    #[error("{file}: {what} is {value}; {right}")]
    Figure {
        /// The file.
        file: String,
        /// Which figure.
        what: String,
        /// What it is.
        value: String,
        /// What would be right.
        right: &'static str,
    },
}

/// Reads the text of a profile file; `file` is its name in errors.
///
/// # Errors
/// If it is of another format or version, or its figures break a law: numbers are finite and no less than zero,
/// layers have names of their own, segments end at cuts in the order of layers and the last one at the last layer,
/// and the multiply-accumulates of layers and of segments both sum up to the model's.
pub fn read(text: &str, file: &str) -> Result<Profile, ProfileError> {
    let format = |error: serde_json::Error| ProfileError::Format { file: file.to_owned(), message: error.to_string() };
    let value: serde_json::Value = serde_json::from_str(text).map_err(format)?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(schema) if schema != SCHEMA => {
            return Err(ProfileError::Schema { file: file.to_owned(), schema: schema.to_owned() });
        }
        Some(_) | None => {}
    }
    // From the text again: errors then tell line and column.
    let profile: Profile = serde_json::from_str(text).map_err(format)?;
    let laws = Laws { file, profile: &profile };
    laws.figures()?;
    laws.layers()?;
    laws.segments()?;
    laws.sums()?;
    Ok(profile)
}

struct Laws<'a> {
    file: &'a str,
    profile: &'a Profile,
}

impl Laws<'_> {
    fn refuse(&self, what: impl Into<String>, value: impl ToString, right: &'static str) -> ProfileError {
        ProfileError::Figure { file: self.file.to_owned(), what: what.into(), value: value.to_string(), right }
    }

    fn amounts(&self, of: &str, amounts: &[(&str, f64)]) -> Result<(), ProfileError> {
        match amounts.iter().find(|(_, value)| !value.is_finite() || *value < 0.0) {
            Some((name, value)) => Err(self.refuse(format!("{of}{name}"), value, "a finite number of 0 or more")),
            None => Ok(()),
        }
    }

    fn figures(&self) -> Result<(), ProfileError> {
        let Profile { model, quality, energy, host, .. } = self.profile;
        self.amounts(
            "",
            &[
                ("model.input_bytes", model.input_bytes),
                ("model.output_bytes", model.output_bytes),
                ("model.macs", model.macs),
                ("host.memory_bytes", host.memory_bytes),
                ("quality.whole_mad_s", quality.whole_mad_s),
                ("quality.sum_s", quality.sum_s),
                ("quality.spread", quality.spread),
                ("peak_activation_bytes", self.profile.peak_activation_bytes),
                ("energy.idle_w", energy.idle_w.unwrap_or(0.0)),
                ("energy.busy_w", energy.busy_w.unwrap_or(0.0)),
            ],
        )?;
        if !(quality.whole_s.is_finite() && quality.whole_s > 0.0) {
            return Err(self.refuse("quality.whole_s", quality.whole_s, "a finite number above 0"));
        }
        if !quality.deviation.is_finite() {
            return Err(self.refuse("quality.deviation", quality.deviation, "a finite number"));
        }
        Ok(())
    }

    fn layers(&self) -> Result<(), ProfileError> {
        let layers = &self.profile.layers;
        let Some(last) = layers.last() else {
            return Err(self.refuse("layers", "empty", "at least one layer"));
        };
        if !last.cut {
            return Err(self.refuse("cut of the last layer", "false", "true, as the outputs leave there"));
        }
        let mut names = std::collections::HashSet::new();
        for row in layers {
            let of = format!("layer `{}`: ", row.name);
            self.amounts(
                &of,
                &[
                    ("macs", row.macs),
                    ("weight_bytes", row.weight_bytes),
                    ("input_bytes", row.input_bytes),
                    ("activation_bytes", row.activation_bytes),
                ],
            )?;
            if !names.insert(row.name.as_str()) {
                return Err(self.refuse("layers", format!("two of the name `{}`", row.name), "names of their own"));
            }
        }
        Ok(())
    }

    fn segments(&self) -> Result<(), ProfileError> {
        let layers = &self.profile.layers;
        let mut after = 0;
        for segment in &self.profile.segments {
            let of = format!("segment `{}`: ", segment.end);
            self.amounts(&of, &amounts(segment))?;
            for operator in &segment.operators {
                self.amounts(&format!("{of}{}: ", operator.name), &[("median_s", operator.median_s)])?;
            }
            let Some(steps) = layers[after..].iter().position(|row| row.name == segment.end) else {
                return Err(self.refuse("segment", format!("`{}`", segment.end), "the name of a later layer"));
            };
            after += steps + 1;
            if !layers[after - 1].cut {
                return Err(self.refuse("segment", format!("`{}`", segment.end), "the name of a layer with cut: true"));
            }
        }
        if after < layers.len() {
            let right = "the last segment should end at the last layer";
            return Err(self.refuse("segments", format!("an account of {after} of {} layers", layers.len()), right));
        }
        Ok(())
    }

    fn sums(&self) -> Result<(), ProfileError> {
        let Profile { model, layers, segments, quality, .. } = self.profile;
        let differ = |a: f64, b: f64| (a - b).abs() > ROUNDING * a.abs().max(b.abs());
        let of_layers: f64 = layers.iter().map(|row| row.macs).sum();
        if differ(of_layers, model.macs) {
            return Err(self.refuse("sum of the layers' macs", of_layers, "the sum is model.macs"));
        }
        let of_segments: f64 = segments.iter().map(|row| row.dense_macs + row.depthwise_macs).sum();
        if differ(of_segments, model.macs) {
            return Err(self.refuse("sum of the segments' macs", of_segments, "the sum is model.macs"));
        }
        let times: f64 = segments.iter().map(|row| row.median_s).sum();
        if differ(times, quality.sum_s) {
            return Err(self.refuse("sum of the segments' median_s", times, "the sum is quality.sum_s"));
        }
        Ok(())
    }
}

fn amounts(segment: &SegmentRow) -> [(&'static str, f64); 9] {
    [
        ("dense_macs", segment.dense_macs),
        ("depthwise_macs", segment.depthwise_macs),
        ("input_bytes", segment.input_bytes),
        ("output_bytes", segment.output_bytes),
        ("weight_bytes", segment.weight_bytes),
        ("median_s", segment.median_s),
        ("mad_s", segment.mad_s),
        ("energy_j", segment.energy_j.unwrap_or(0.0)),
        ("tensor_bytes", segment.tensor_bytes),
    ]
}
