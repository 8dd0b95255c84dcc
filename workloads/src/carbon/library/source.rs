//! Sources of electricity with their life-cycle emission factors.

/// What makes electricity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Water, of rivers and of reservoirs.
    Hydro,
    /// Fission.
    Nuclear,
    /// Wind, on land or at sea.
    Wind,
    /// Photovoltaics and solar thermal power.
    Solar,
    /// Wood, biogas and waste.
    Biomass,
    /// Heat of the ground, and other renewables.
    Geothermal,
    /// Brown coal.
    Lignite,
    /// Hard coal.
    Coal,
    /// Natural gas.
    Gas,
    /// Oil, and fossil fuels that no other source names.
    Oil,
}

/// All sources, in the order of the tables' columns; those that burn fossil fuels last, in merit order.
pub(super) const SOURCES: [Source; 10] = [
    Source::Hydro,
    Source::Nuclear,
    Source::Wind,
    Source::Solar,
    Source::Biomass,
    Source::Geothermal,
    Source::Lignite,
    Source::Coal,
    Source::Gas,
    Source::Oil,
];

/// Where most factors come from.
const IPCC: &str = "IPCC AR5 WG3 Annex III (2014), table A.III.2, median of life-cycle emissions";

impl Source {
    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hydro => "hydro",
            Self::Nuclear => "nuclear",
            Self::Wind => "wind",
            Self::Solar => "solar",
            Self::Biomass => "biomass",
            Self::Geothermal => "geothermal",
            Self::Lignite => "lignite",
            Self::Coal => "coal",
            Self::Gas => "gas",
            Self::Oil => "oil",
        }
    }

    /// Life-cycle emissions of a kilowatt-hour [g/kWh], and where the figure comes from.
    #[must_use]
    pub fn factor(self) -> (f64, &'static str) {
        match self {
            Self::Hydro => (24.0, IPCC),
            Self::Nuclear => (12.0, IPCC),
            // Onshore; offshore is 12.
            Self::Wind => (11.0, IPCC),
            // Utility scale; rooftops are 41.
            Self::Solar => (48.0, IPCC),
            Self::Biomass => (230.0, IPCC),
            Self::Geothermal => (38.0, IPCC),
            Self::Coal => (820.0, IPCC),
            Self::Gas => (490.0, IPCC),
            // AR5 has one figure for all coal; lignite burns with more carbon and less efficiency.
            Self::Lignite => (
                1050.0,
                "middle of 800 to 1,300 g/kWh: Turconi, Boldrin and Astrup (2013), doi:10.1016/j.rser.2013.08.013",
            ),
            // AR5 has no figure for oil.
            Self::Oil => (840.0, "IPCC SRREN (2011) Annex II, table A.II.4, median"),
        }
    }

    /// Its place in the tables.
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// Energy of a year by source [TWh].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mix(pub [f64; SOURCES.len()]);

impl Mix {
    pub(super) fn of(&self, source: Source) -> f64 {
        self.0[source.index()]
    }

    /// All of it [TWh].
    pub(super) fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    /// Emissions of a kilowatt-hour of the whole [g/kWh].
    pub(super) fn intensity(&self) -> f64 {
        let grams = SOURCES.iter().map(|&source| self.of(source) * source.factor().0);
        grams.sum::<f64>() / self.total()
    }
}
