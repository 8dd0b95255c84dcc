//! Emission factors by fuel, which make an intensity of a generation mix.

use std::borrow::Cow;

use super::fault::Fault;
use super::rows::{Amount, amount};
use super::sheet::Sheet;
use crate::error::{Problem, ReadError};

/// A named set of emission factors [g/kWh].
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// Its name, which outputs show.
    pub name: String,
    /// Fuels, in the words of this program, with their factors [g/kWh].
    pub by_fuel: Vec<(String, f64)>,
}

/// A factor and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Sourced {
    /// The fuel.
    pub fuel: &'static str,
    /// Grams of CO2e a kilowatt-hour over the life cycle [g/kWh].
    pub grams: f64,
    /// Where the number stands.
    pub source: &'static str,
}

const AR5: &str = "IPCC AR5 WG3 (2014), annex III, table A.III.2, median";
const LIKE_COAL: &str = "as coal: AR5 has no median of its own for it";

/// Medians of IPCC AR5; the last five fuels are not in its table, and are so taken that the published intensities of
/// SustainDC's files follow from their mix (oil, other), or as Electricity Maps takes them (unknown, waste, storage).
pub const IPCC_AR5: &[Sourced] = &[
    Sourced { fuel: "coal", grams: 820.0, source: AR5 },
    Sourced { fuel: "lignite", grams: 820.0, source: LIKE_COAL },
    Sourced { fuel: "peat", grams: 820.0, source: LIKE_COAL },
    Sourced { fuel: "gas", grams: 490.0, source: AR5 },
    Sourced { fuel: "nuclear", grams: 12.0, source: AR5 },
    Sourced { fuel: "hydro", grams: 24.0, source: AR5 },
    Sourced { fuel: "wind", grams: 11.0, source: "IPCC AR5 WG3 (2014), annex III, table A.III.2, median, onshore" },
    Sourced { fuel: "wind-offshore", grams: 12.0, source: AR5 },
    Sourced { fuel: "solar", grams: 41.0, source: "IPCC AR5 WG3 (2014), annex III, table A.III.2, median, rooftop PV" },
    Sourced { fuel: "solar-thermal", grams: 27.0, source: AR5 },
    Sourced { fuel: "geothermal", grams: 38.0, source: AR5 },
    Sourced {
        fuel: "biomass",
        grams: 230.0,
        source: "IPCC AR5 WG3 (2014), annex III, table A.III.2, median, dedicated",
    },
    Sourced { fuel: "marine", grams: 17.0, source: AR5 },
    Sourced {
        fuel: "oil",
        grams: 650.0,
        source: "not in AR5; the published intensities of SustainDC's files follow from it",
    },
    Sourced {
        fuel: "other",
        grams: 230.0,
        source: "as biomass; the published intensities of SustainDC's files follow from it",
    },
    Sourced { fuel: "waste", grams: 230.0, source: "as biomass, the choice of Electricity Maps" },
    Sourced { fuel: "unknown", grams: 700.0, source: "a mean of thermal plants, the choice of Electricity Maps" },
    Sourced {
        fuel: "hydro-storage",
        grams: 24.0,
        source: "as hydro: what the water was pumped with is not in the file",
    },
];

impl Factors {
    /// The medians of IPCC AR5, over the life cycle, in CO2e.
    #[must_use]
    pub fn ipcc_ar5() -> Self {
        let by_fuel = IPCC_AR5.iter().map(|factor| (factor.fuel.to_owned(), factor.grams)).collect();
        Self { name: "ipcc-ar5".to_owned(), by_fuel }
    }

    /// The set of that name, if it is one of the program's own.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        (name == "ipcc-ar5").then(Self::ipcc_ar5)
    }

    /// A user's own table, columns `fuel,g_per_kwh`.
    ///
    /// # Errors
    /// A missing column, a factor that is not a number of at least 0, a fuel that comes twice, or no row.
    pub fn read(bytes: &[u8], file: &str) -> Result<Self, ReadError> {
        let sheet = Sheet::open(Cow::Borrowed(bytes), file)?;
        let (fuel, grams) = (sheet.column(&["fuel"])?, sheet.column(&["g_per_kwh"])?);
        let mut lines = sheet.lines([fuel, grams]);
        let mut factors = Self { name: file.to_owned(), by_fuel: Vec::new() };
        while let Some(line) = lines.next()? {
            let (name, text) = (line.text(fuel)?, line.text(grams)?);
            let Amount::Number(number @ 0.0..) = amount(text) else {
                let (column, value) = (line.name(grams).to_owned(), text.to_owned());
                return Err(line.fault(Problem::OutOfRange { column, value, expected: "a number, zero or more" }));
            };
            if factors.of(name).is_some() {
                return Err(line.fault(Problem::Duplicate { value: name.to_owned() }));
            }
            factors.by_fuel.push((name.to_owned(), number));
        }
        if factors.by_fuel.is_empty() {
            return Err(sheet.fault(Fault::NoSeries("a table of factors without a row".to_owned())));
        }
        Ok(factors)
    }

    /// The factor of a fuel [g/kWh].
    #[must_use]
    pub fn of(&self, fuel: &str) -> Option<f64> {
        self.by_fuel.iter().find(|(name, _)| name.eq_ignore_ascii_case(fuel)).map(|(_, grams)| *grams)
    }
}
