//! Units of carbon intensity that tables come in.

use std::str::FromStr;

/// A unit of carbon intensity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Grams a kilowatt-hour.
    #[default]
    GramsPerKwh,
    /// Kilograms a kilowatt-hour.
    KilogramsPerKwh,
    /// Kilograms a megawatt-hour.
    KilogramsPerMwh,
    /// Pounds a megawatt-hour, as US agencies publish.
    PoundsPerMwh,
}

/// Ten times the median of coal, 1001 g/kWh (IPCC SRREN 2011, annex II): beyond it the unit must be wrong [g/kWh].
pub(super) const HIGHEST: f64 = 10_000.0;

/// Half of the least median of any source over its life cycle, hydropower's 4 g/kWh (IPCC SRREN 2011, table A.II.4): a
/// mean below it is rather one in kg/kWh, unless somebody states the unit [g/kWh].
pub(super) const LOWEST_MEAN: f64 = 2.0;

impl Unit {
    /// All units.
    pub const ALL: [Self; 4] = [Self::GramsPerKwh, Self::KilogramsPerKwh, Self::KilogramsPerMwh, Self::PoundsPerMwh];

    /// As scenarios write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GramsPerKwh => "g/kWh",
            Self::KilogramsPerKwh => "kg/kWh",
            Self::KilogramsPerMwh => "kg/MWh",
            Self::PoundsPerMwh => "lb/MWh",
        }
    }

    /// How many g/kWh one of it is; the pound is 0.45359237 kg by definition (1959).
    #[must_use]
    pub fn in_grams_per_kwh(self) -> f64 {
        match self {
            Self::GramsPerKwh | Self::KilogramsPerMwh => 1.0,
            Self::KilogramsPerKwh => 1000.0,
            Self::PoundsPerMwh => 0.453_592_37,
        }
    }

    /// The unit that a column's header names, such as `Carbon intensity gCO2eq/kWh`.
    pub(super) fn in_header(header: &str) -> Option<Self> {
        let plain: String =
            header.to_lowercase().replace('₂', "2").chars().filter(|c| !" _[]().".contains(*c)).collect();
        let (mass, kwh) = match (plain.find("/kwh").or_else(|| plain.find("perkwh")), plain.find("/mwh")) {
            (Some(at), _) => (&plain[..at], true),
            (None, Some(at)) => (&plain[..at], false),
            (None, None) => return None,
        };
        let mass = mass.strip_suffix("eq").or_else(|| mass.strip_suffix('e')).unwrap_or(mass);
        let mass = mass.strip_suffix("co2").unwrap_or(mass);
        if mass.ends_with("kg") {
            return Some(if kwh { Self::KilogramsPerKwh } else { Self::KilogramsPerMwh });
        }
        if mass.ends_with("lb") || mass.ends_with("lbs") {
            return (!kwh).then_some(Self::PoundsPerMwh);
        }
        (kwh && mass.ends_with('g') && !mass.ends_with("mg")).then_some(Self::GramsPerKwh)
    }
}

/// A unit that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no unit of carbon intensity; known are `g/kWh`, `kg/kWh`, `kg/MWh`, `lb/MWh`")]
pub struct UnknownUnit(pub String);

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        Self::ALL.into_iter().find(|unit| unit.name() == text).ok_or_else(|| UnknownUnit(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_their_unit_or_none() {
        for (header, unit) in [
            ("kg_CO2/kWh", Some(Unit::KilogramsPerKwh)),
            ("Carbon intensity gCO₂eq/kWh (Life cycle)", Some(Unit::GramsPerKwh)),
            ("g_per_kwh", Some(Unit::GramsPerKwh)),
            ("CI [kg CO2e/MWh]", Some(Unit::KilogramsPerMwh)),
            ("MOER (lbs CO2/MWh)", Some(Unit::PoundsPerMwh)),
            ("lbs/MWh", Some(Unit::PoundsPerMwh)),
            ("price EUR/MWh", None),
            ("carbon_intensity", None),
            ("mg/kWh", None),
        ] {
            assert_eq!(Unit::in_header(header), unit, "{header}");
        }
        for unit in Unit::ALL {
            assert_eq!(unit.name().parse(), Ok(unit));
        }
        assert_eq!("tCO2/MWh".parse::<Unit>(), Err(UnknownUnit("tCO2/MWh".into())));
    }
}
