//! Where a model's time on a device comes from, and how far it may be off.

/// Where the times of a cost table come from, from the best known to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfileSource {
    /// A profile of this model, measured on this very device.
    Measured,
    /// A profile of this model from a device of the same kind, or a published time of it.
    Imported,
    /// The roofline, its parameters fitted to published times of other models.
    Calibrated {
        /// Number of those models.
        models: usize,
    },
    /// The roofline with the peak of a data sheet, or with a speed-up between number formats that nobody measured.
    Datasheet,
}

/// Models from which on a calibration counts as well founded.
const MODELS_ENOUGH: usize = 3;

impl ProfileSource {
    /// σ of the logarithm of the service time, dimensionless.
    ///
    /// 0.03: rounds of a measurement on one quiet machine lie 0.4 to 2 % apart, and a little more between processes.
    /// 0.10: calibrations on four models miss the one left out by 3.6 to 9.3 % in the mean, a σ of 0.045 to 0.117, on nine
    /// devices of XNNPACK's README (google/XNNPACK, commit 0085ae36; `carbonedge profile fit`). 0.20: twice that, for want
    /// of a check.
    /// 0.40: median error of a single roofline over 14 models on one machine, 39 to 53 % depending on its form.
    #[must_use]
    pub fn sigma(self) -> f64 {
        match self {
            Self::Measured => 0.03,
            Self::Imported => 0.10,
            Self::Calibrated { models } if models >= MODELS_ENOUGH => 0.10,
            Self::Calibrated { .. } => 0.20,
            Self::Datasheet => 0.40,
        }
    }

    /// Its name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Imported => "imported",
            Self::Calibrated { .. } => "calibrated",
            Self::Datasheet => "datasheet",
        }
    }

    /// Number of models it is calibrated on, where it is.
    #[must_use]
    pub fn models(self) -> Option<usize> {
        match self {
            Self::Calibrated { models } => Some(models),
            Self::Measured | Self::Imported | Self::Datasheet => None,
        }
    }
}

impl std::fmt::Display for ProfileSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Calibrated { models: 1 } => f.write_str("calibrated on 1 model"),
            Self::Calibrated { models } => write!(f, "calibrated on {models} models"),
            Self::Measured | Self::Imported | Self::Datasheet => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_is_known_the_wider_the_spread() {
        let calibrated = |models| ProfileSource::Calibrated { models };
        let sources =
            [ProfileSource::Measured, ProfileSource::Imported, calibrated(3), calibrated(2), ProfileSource::Datasheet];
        assert_eq!(sources.map(ProfileSource::sigma), [0.03, 0.10, 0.10, 0.20, 0.40]);
        assert_eq!(calibrated(1).to_string(), "calibrated on 1 model");
    }
}
