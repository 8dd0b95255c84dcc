//! Yearly tables of the Electricity Maps data portal, with the header of before and of after 2024.

use std::io::BufRead;

use jiff::tz::TimeZone;
use sim_core::world::signal::{Basis, Gas, Labels, Provenance, Scope};

use super::series::{Meaning, Points, Series, Steps};
use super::unit::Unit;
use crate::calendar::parse_instant;
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table};

/// Which of the two intensities to take; the source counts consumption and all greenhouse gases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElectricityMaps {
    /// Direct, or over the life cycle.
    pub scope: Scope,
}

const DIRECT: &[&str] = &["Carbon intensity gCO2eq/kWh (direct)"];
const LIFECYCLE: &[&str] = &["Carbon intensity gCO2eq/kWh (Life cycle)", "Carbon intensity gCO2eq/kWh (LCA)"];

impl ElectricityMaps {
    /// Reads a table of one zone; the zone is the one that its rows name.
    ///
    /// # Errors
    /// The first thing that is wrong, a gap or a second zone among it.
    pub fn read(&self, reader: impl BufRead, file: &str) -> Result<Series, ReadError> {
        let mut table = Table::open(reader, file)?;
        let columns = self.columns(&table)?;
        let (mut points, mut zone, mut estimated) = (Points::default(), String::new(), 0usize);
        while let Some(row) = table.next()? {
            columns.same_zone(&row, &mut zone)?;
            columns.push(&row, &mut points)?;
            estimated += usize::from(columns.estimated.is_some_and(|column| row.text(column) == "true"));
        }
        let labels = Labels { scope: self.scope, basis: Basis::Consumption, gas: Gas::Co2e };
        let text = format!("Electricity Maps, {file}, {estimated} of {} values estimated", points.len());
        points.into_series(&table, Steps::Equal, Meaning { zone, labels, provenance: Provenance::Given(text) })
    }

    fn columns<R: BufRead>(&self, table: &Table<R>) -> Result<Columns, ReadError> {
        let value = match self.scope {
            Scope::Direct => DIRECT,
            Scope::Lifecycle => LIFECYCLE,
        };
        Ok(Columns {
            time: table.column(&["Datetime (UTC)"])?,
            zone: table.column(&["Zone id"])?,
            value: table.column(value)?,
            estimated: table.optional("Data estimated"),
        })
    }
}

/// Where the table keeps what.
struct Columns {
    time: usize,
    zone: usize,
    value: usize,
    estimated: Option<usize>,
}

impl Columns {
    fn same_zone(&self, row: &Row, zone: &mut String) -> Result<(), ReadError> {
        let here = row.filled(self.zone)?;
        if zone.is_empty() {
            here.clone_into(zone);
        }
        if here == zone {
            return Ok(());
        }
        Err(row.fault(Problem::MixedZones { value: here.to_owned(), first: zone.clone() }))
    }

    fn push(&self, row: &Row, points: &mut Points) -> Result<(), ReadError> {
        let text = row.filled(self.time)?;
        let at = parse_instant(text, &TimeZone::UTC, None).map_err(|reason| {
            row.fault(Problem::BadTime { column: row.name(self.time), value: text.to_owned(), reason })
        })?;
        points.push(row, text, at, Unit::GramsPerKwh.read(row, self.value)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::units::{NANOS_PER_SECOND, SimTime};
    use sim_core::world::signal::EndPolicy;
    use std::path::Path;

    const NEW: &str = "\u{feff}Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),\
        Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),\
        Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method\r\n\
        2024-01-01 00:00:00,France,France,FR,20.5,33.25,95.1,40.2,entsoe.eu,false,\r\n\
        2024-01-01 01:00:00,France,France,FR,21.5,34.25,95.1,40.2,entsoe.eu,true,TIME_SLICER_AVERAGE\r\n";

    #[test]
    fn the_new_header_is_read_too_with_either_scope() {
        let read = |scope| ElectricityMaps { scope }.read(NEW.as_bytes(), "FR_2024.csv").unwrap();
        assert_eq!(read(Scope::Direct).values(), [20.5, 21.5]);
        let series = read(Scope::Lifecycle);
        assert_eq!((series.values(), series.zone.as_str()), (&[33.25, 34.25][..], "FR"));
        let text = "Electricity Maps, FR_2024.csv, 1 of 2 values estimated";
        assert_eq!(series.provenance, Provenance::Given(text.into()));
    }

    #[test]
    fn a_second_zone_in_the_file_is_refused() {
        let text = NEW.replace("01:00:00,France,France,FR", "01:00:00,Spain,Spain,ES");
        let error = ElectricityMaps { scope: Scope::Direct }.read(text.as_bytes(), "x.csv").unwrap_err();
        assert_eq!(error.to_string(), "x.csv:3: zone `ES` follows zone `FR` in one series");
    }

    /// File, zone, and means of the two columns [g/kWh], by Python: `math.fsum(map(float, column)) / 8760`.
    const REAL: [(&str, &str, f64, f64); 5] = [
        ("US-CAL-CISO_2021_hourly.csv", "US-CAL-CISO", 205.59067237442923, 274.3297283105023),
        ("US-CAL-CISO_2022_hourly.csv", "US-CAL-CISO", 194.5991780821918, 261.28086757990866),
        ("US-CAL-CISO_2023_hourly.csv", "US-CAL-CISO", 193.46056621004567, 261.15818493150687),
        ("ES_2022_hourly.csv", "ES", 166.75733447488585, 219.2797294520548),
        ("NO_2022_hourly.csv", "NO", 12.771121004566211, 38.11992351598174),
    ];

    #[test]
    fn real_years_have_their_rows_their_mean_and_an_exact_integral() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/carbon/electricitymaps-umass");
        if !folder.is_dir() {
            println!("skipped: no shared data");
            return;
        }
        for (file, zone, direct, lifecycle) in REAL {
            for (scope, mean) in [(Scope::Direct, direct), (Scope::Lifecycle, lifecycle)] {
                let reader = std::io::BufReader::new(std::fs::File::open(folder.join(file)).unwrap());
                let series = ElectricityMaps { scope }.read(reader, file).unwrap();
                assert_eq!((series.len(), series.zone.as_str()), (8760, zone), "{file}");
                let signal = series.clone().into_signal(series.span().0, EndPolicy::Error).unwrap();
                let year = SimTime(365 * 86_400 * NANOS_PER_SECOND);
                assert_eq!(signal.span(), (0, year.0 as i64), "{file}");
                assert!((signal.mean().0 / mean - 1.0).abs() < 1e-12, "{file} {:?} {mean}", signal.mean());
                let integral = signal.integral(SimTime::ZERO, year).0;
                assert!((integral / (mean * year.as_secs()) - 1.0).abs() < 1e-9, "{file} {integral}");
            }
        }
    }
}
