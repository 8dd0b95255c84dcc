//! The formats that carbon intensities are published in: each is one file, named once in the list below.

use std::str::FromStr;

use super::content::Input;
use super::issues::Issues;
use super::rows::Draft;
use crate::error::ReadError;

/// What the list knows of a format.
pub(super) struct Entry {
    /// As scenarios write it.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// Which of `time_column`, `value_column`, `timezone`, `start`, `step`, `factors` and `issued` mean something for it;
    /// the others are refused.
    pub takes: &'static [&'static str],
    /// Whether a file is one of it, by its content.
    pub recognise: fn(&Input) -> bool,
    /// Reads the signal.
    pub read: Reader<Draft>,
    /// Reads the forecasts as they were issued, if the format has some; otherwise why not.
    pub issued: Result<Reader<Issues>, &'static str>,
}

/// Reads something of a file.
pub(super) type Reader<T> = fn(&Input) -> Result<T, ReadError>;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident => $file:ident),* $(,)?) => {
        /// A format of carbon intensities.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            /// All formats, in the order in which they are tried on a file.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub(super) fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &super::$file::ENTRY,)*
                }
            }
        }
    };
}

formats! {
    /// This project's own Parquet, as `carbonedge signals convert` writes it.
    CarbonEdge => carbonedge,
    /// Parquet of OpenDC: naive timestamps in milliseconds.
    OpenDc => opendc,
    /// Yearly table of the Electricity Maps data portal, with the header of before or after 2024.
    ElectricityMaps => electricity_maps,
    /// Wide export of the Electricity Maps API: averages, marginals, forecasts, mix.
    ElectricityMapsApi => electricity_maps_api,
    /// Marginal operating emission rates of WattTime for California's SGIP, with rolling forecasts.
    WattTime => watttime,
    /// Carbon Intensity API of Great Britain (NESO, once National Grid ESO): JSON or table, half-hourly.
    NationalGrid => national_grid,
    /// CarbonCast: blocks of forecasts of 96 hours, with the actuals.
    CarbonCast => carbon_cast,
    /// Generation by fuel (ENTSO-E, EIA): intensity is made of it with emission factors.
    GenerationMix => generation_mix,
    /// A column of CityLearn, kg/kWh, or of any table without times.
    CityLearn => city_learn,
    /// A table with one column a zone, as Vessim reads.
    Vessim => vessim,
    /// Any table with a column of times and a column of values, both named.
    Csv => csv,
}

impl Format {
    /// As scenarios write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it is, in one sentence, with what its documentation says of times, values and labels.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.entry().about
    }

    /// Whether it holds forecasts as they were issued.
    #[must_use]
    pub fn has_forecasts(self) -> bool {
        self.entry().issued.is_ok()
    }
}

/// A format that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of carbon intensities")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.iter().copied().find(|format| format.name() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}
