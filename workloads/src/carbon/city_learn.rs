//! Carbon series of CityLearn data sets: one column without times.

use std::io::BufRead;

use jiff::Timestamp;
use sim_core::units::SimDuration;
use sim_core::world::signal::{Labels, Provenance};

use super::series::{Meaning, Series, regular};
use super::unit::Unit;
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// Where a series without times is put, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct CityLearn {
    /// Start of the first row, which is assumed.
    pub start: Timestamp,
    /// Length of each interval; the data sets of the challenges are hourly.
    pub step: SimDuration,
    /// The zone it is about.
    pub zone: String,
    /// What the numbers count.
    pub labels: Labels,
}

impl CityLearn {
    /// Reads the column `kg_CO2/kWh`.
    ///
    /// # Errors
    /// A missing column, a value that is no intensity, no row at all, or a step that leaves the calendar.
    pub fn read(&self, reader: impl BufRead, file: &str) -> Result<Series, ReadError> {
        let mut table = Table::open(reader, file)?;
        let column = table.column(&["kg_CO2/kWh"])?;
        let mut values = Vec::new();
        while let Some(row) = table.next()? {
            values.push(Unit::KilogramsPerKwh.read(&row, column)?);
        }
        if values.is_empty() {
            return Err(table.fault(Problem::TooShort { rows: 0, needed: 1 }));
        }
        let provenance = Provenance::StartAssumed(format!("{file}, real series, start assumed at {}", self.start));
        let meaning = Meaning { zone: self.zone.clone(), labels: self.labels, provenance };
        let beyond = || {
            let reason = "the series would leave the calendar".to_owned();
            table.fault(Problem::BadTime { column: "start".to_owned(), value: self.start.to_string(), reason })
        };
        regular(self.start, self.step, values, meaning).filter(|_| self.step.0 > 0).ok_or_else(beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::world::signal::{Basis, Gas, Scope};

    #[test]
    fn rows_become_grams_one_step_apart_from_the_given_start() {
        let format = CityLearn {
            start: "2021-08-01T00:00:00Z".parse().unwrap(),
            step: SimDuration::from_hours(1),
            zone: "X".into(),
            labels: Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 },
        };
        let series = format.read("kg_CO2/kWh\n0.25\n0.5\n".as_bytes(), "x.csv").unwrap();
        assert_eq!(series.values(), [250.0, 500.0]);
        assert_eq!(series.span().1, "2021-08-01T02:00:00Z".parse().unwrap());
        let error = format.read("kg_CO2/kWh\n0.25\n500\n".as_bytes(), "x.csv").unwrap_err();
        assert_eq!(error.to_string(), "x.csv:3: `kg_CO2/kWh` is `500`, which would be 500000 g/kWh");
    }
}
