//! The formats that carbon intensities are published in.

use std::str::FromStr;

/// A format of carbon intensities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// This project's own Parquet, as `carbonedge signals convert` writes it.
    CarbonEdge,
    /// Yearly table of the Electricity Maps data portal, with the header of before or after 2024.
    ElectricityMaps,
    /// Wide export of the Electricity Maps API: averages, marginals, forecasts, mix.
    ElectricityMapsApi,
    /// Marginal operating emission rates of WattTime for California's SGIP, with rolling forecasts.
    WattTime,
    /// Carbon Intensity API of Great Britain (NESO, once National Grid ESO): JSON or table, half-hourly.
    NationalGrid,
    /// Generation by fuel (ENTSO-E, EIA): intensity is made of it with emission factors.
    GenerationMix,
    /// Parquet of OpenDC: naive timestamps in milliseconds.
    OpenDc,
    /// A table with one column a zone, as Vessim reads.
    Vessim,
    /// CarbonCast: blocks of forecasts of 96 hours, with the actuals.
    CarbonCast,
    /// A column of CityLearn: kg/kWh without times.
    CityLearn,
    /// Any table with a column of times and a column of values, both named.
    Csv,
}

impl Format {
    /// All formats, in the order in which they are tried on a file.
    pub const ALL: [Self; 11] = [
        Self::CarbonEdge,
        Self::OpenDc,
        Self::ElectricityMaps,
        Self::ElectricityMapsApi,
        Self::WattTime,
        Self::NationalGrid,
        Self::CarbonCast,
        Self::GenerationMix,
        Self::CityLearn,
        Self::Vessim,
        Self::Csv,
    ];

    /// As scenarios write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CarbonEdge => "carbonedge",
            Self::ElectricityMaps => "electricity-maps",
            Self::ElectricityMapsApi => "electricity-maps-api",
            Self::WattTime => "watttime",
            Self::NationalGrid => "national-grid",
            Self::GenerationMix => "generation-mix",
            Self::OpenDc => "opendc",
            Self::Vessim => "vessim",
            Self::CarbonCast => "carboncast",
            Self::CityLearn => "citylearn",
            Self::Csv => "csv",
        }
    }
}

/// A format that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of carbon intensities")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}
