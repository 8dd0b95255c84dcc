//! Units of carbon intensity that tables come in.

use std::str::FromStr;

use crate::error::{Problem, ReadError};
use crate::table::Row;

/// A unit of carbon intensity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Grams a kilowatt-hour.
    #[default]
    GramsPerKwh,
    /// Kilograms a kilowatt-hour.
    KilogramsPerKwh,
    /// Pounds a megawatt-hour, as US agencies publish.
    PoundsPerMwh,
}

/// Ten times the median of coal, 1001 g/kWh (IPCC SRREN 2011, annex II): beyond it the unit must be wrong [g/kWh].
const HIGHEST: f64 = 10_000.0;

impl Unit {
    /// How many g/kWh one of it is; the pound is 0.45359237 kg by definition (1959).
    #[must_use]
    pub fn in_grams_per_kwh(self) -> f64 {
        match self {
            Self::GramsPerKwh => 1.0,
            Self::KilogramsPerKwh => 1000.0,
            Self::PoundsPerMwh => 0.453_592_37,
        }
    }

    /// A cell's intensity [g/kWh].
    pub(crate) fn read(self, row: &Row, column: usize) -> Result<f64, ReadError> {
        let grams = row.number_that(column, |x| x >= 0.0, "zero or more")? * self.in_grams_per_kwh();
        if grams > HIGHEST {
            let value = row.text(column).to_owned();
            return Err(row.fault(Problem::Implausible { column: row.name(column), value, grams }));
        }
        Ok(grams)
    }
}

/// A unit that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no unit of carbon intensity; known are `g/kWh`, `kg/kWh`, `lb/MWh`")]
pub struct UnknownUnit(pub String);

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        match text {
            "g/kWh" => Ok(Self::GramsPerKwh),
            "kg/kWh" => Ok(Self::KilogramsPerKwh),
            "lb/MWh" => Ok(Self::PoundsPerMwh),
            other => Err(UnknownUnit(other.to_owned())),
        }
    }
}
