//! Which forecasts schedulers were shown, and whether these knew the future.

use serde::Serialize;
use sim_core::world::forecast::{Forecast, Persistence};
use sim_core::world::grid::{Grid, Present};

const PUBLISHED: &str = "published";

/// What schedulers may believe of the carbon intensity, now and to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forecasts {
    /// What is shown as the present intensity: `published` or `forecast`.
    pub present: &'static str,
    /// Whether any forecast uses what nobody could have known.
    pub oracle_derived: bool,
    /// The forecasts, each with the zones that it is of.
    pub methods: Vec<ForecastUse>,
}

/// A forecast and its zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForecastUse {
    /// Its method, such as `persistence`.
    pub method: String,
    /// Its parameters in words; empty without any.
    pub parameters: String,
    /// Whether it uses what nobody could have known.
    pub oracle_derived: bool,
    /// The zones.
    pub zones: Vec<String>,
}

impl Forecasts {
    /// The forecasts of a grid, in the order of its zones.
    #[must_use]
    pub fn new(grid: &Grid) -> Self {
        let mut methods: Vec<ForecastUse> = Vec::new();
        for zone in grid.zones.iter() {
            let new = ForecastUse::new(&zone.forecast, &zone.name);
            match methods.iter_mut().find(|known| known.is_same(&new)) {
                Some(known) => known.zones.extend(new.zones),
                None => methods.push(new),
            }
        }
        let present = match grid.present {
            Present::Published => PUBLISHED,
            Present::Forecast => "forecast",
        };
        Self { present, oracle_derived: methods.iter().any(|forecast| forecast.oracle_derived), methods }
    }

    /// Whether nothing but published values is shown.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let persistence = Forecast::from_past(Persistence);
        !self.oracle_derived
            && self.present == PUBLISHED
            && self.methods.iter().all(|forecast| forecast.method == persistence.name())
    }

    /// In a line: each method with its label, and the number of its zones if there are several methods.
    #[must_use]
    pub fn line(&self) -> String {
        let several = self.methods.len() > 1;
        let one = |forecast: &ForecastUse| {
            let label = if forecast.oracle_derived { " (oracle-derived)" } else { "" };
            let zones = if several { format!(" in {} zones", forecast.zones.len()) } else { String::new() };
            format!("{}{label}{zones}", forecast.method)
        };
        let methods = self.methods.iter().map(one).collect::<Vec<_>>().join(", ");
        format!("{methods}; present: {}", self.present)
    }
}

impl ForecastUse {
    fn new(forecast: &Forecast, zone: &str) -> Self {
        Self {
            method: forecast.name().to_owned(),
            parameters: forecast.parameters(),
            oracle_derived: forecast.is_oracle_derived(),
            zones: vec![zone.to_owned()],
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.method, &self.parameters, self.oracle_derived)
            == (&other.method, &other.parameters, other.oracle_derived)
    }
}
