//! A carbon series from any table with a column of times and a column of values.

use std::io::BufRead;

use jiff::tz::TimeZone;
use sim_core::world::signal::{Labels, Provenance};

use super::series::{Meaning, Points, Series, Steps};
use super::unit::Unit;
use crate::calendar::parse_instant;
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// How a table is to be read.
///
/// A row's time is the start of its interval and its value the interval's mean. The interval lasts until the next
/// row; the last one lasts as long as the one before it.
#[derive(Clone, Debug)]
pub struct GenericCsv {
    /// The column of times: ISO 8601, with an offset or without.
    pub time_column: String,
    /// The column of values.
    pub value_column: String,
    /// Their unit.
    pub unit: Unit,
    /// Where times without an offset are local; [`time_zone`](crate::calendar::time_zone) finds one by name.
    pub time_zone: TimeZone,
    /// Whether the steps must be equal.
    pub steps: Steps,
    /// The zone it is about.
    pub zone: String,
    /// What the numbers count.
    pub labels: Labels,
}

impl GenericCsv {
    /// Reads a table.
    ///
    /// # Errors
    /// The first thing that is wrong: a missing column, a value that is no intensity, a time that is none, comes
    /// twice or goes backwards, a gap, fewer than two rows.
    pub fn read(&self, reader: impl BufRead, file: &str) -> Result<Series, ReadError> {
        let mut table = Table::open(reader, file)?;
        let time = table.column(&[&self.time_column])?;
        let value = table.column(&[&self.value_column])?;
        let mut points = Points::default();
        while let Some(row) = table.next()? {
            let text = row.filled(time)?;
            let at = parse_instant(text, &self.time_zone, points.last()).map_err(|reason| {
                row.fault(Problem::BadTime { column: row.name(time), value: text.to_owned(), reason })
            })?;
            points.push(&row, text, at, self.unit.read(&row, value)?)?;
        }
        let provenance = Provenance::Given(format!("{file}, column `{}`", self.value_column));
        let meaning = Meaning { zone: self.zone.clone(), labels: self.labels, provenance };
        points.into_series(&table, self.steps, meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::time_zone;
    use sim_core::world::signal::{Basis, Gas, Scope};

    fn format(unit: Unit, zone: &str, steps: Steps) -> GenericCsv {
        GenericCsv {
            time_column: "time".into(),
            value_column: "ci".into(),
            unit,
            time_zone: time_zone(zone).unwrap(),
            steps,
            zone: "X".into(),
            labels: Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 },
        }
    }

    fn refused(rows: &str) -> ReadError {
        let text = format!("time,ci\n2022-01-01T00:00Z,100\n2022-01-01T01:00Z,200\n{rows}");
        format(Unit::GramsPerKwh, "UTC", Steps::Equal).read(text.as_bytes(), "x.csv").unwrap_err()
    }

    #[test]
    fn pounds_and_kilograms_become_grams() {
        let text = "a,time,ci\n,2022-01-01T00:00Z,0.4\n,2022-01-01T01:00Z,0\n";
        let values = |unit| format(unit, "UTC", Steps::Equal).read(text.as_bytes(), "x").unwrap().values().to_vec();
        assert_eq!(values(Unit::KilogramsPerKwh), [400.0, 0.0]);
        // 1000 lb/MWh are 453.59237 g/kWh.
        assert!((values(Unit::PoundsPerMwh)[0] - 0.4 * 0.453_592_37).abs() < 1e-15);
        assert_eq!("tCO2/MWh".parse::<Unit>().unwrap_err(), super::super::unit::UnknownUnit("tCO2/MWh".into()));
    }

    #[test]
    fn local_times_pass_both_clock_changes_without_a_gap() {
        for (start, hours) in [("2022-03-26", 47), ("2022-10-29", 49)] {
            let madrid = time_zone("Europe/Madrid").unwrap();
            let first = parse_instant(start, &madrid, None).unwrap();
            let mut text = "time,ci\n".to_owned();
            for hour in 0..hours {
                let local = (first + jiff::SignedDuration::from_hours(hour)).to_zoned(madrid.clone()).datetime();
                text += &format!("{local},{hour}\n");
            }
            let series = format(Unit::GramsPerKwh, "Europe/Madrid", Steps::Equal).read(text.as_bytes(), "x").unwrap();
            let (start, end) = series.span();
            assert_eq!(end.duration_since(start), jiff::SignedDuration::from_hours(hours));
            // Two local days, of 47 and 49 hours.
            assert_eq!(end.to_zoned(madrid).datetime().time(), jiff::civil::Time::midnight());
        }
    }

    #[test]
    fn free_steps_last_until_the_next_row() {
        let text = "time,ci\n2022-01-01T00:00Z,1\n2022-01-01T01:00Z,2\n2022-01-01T04:00Z,3\n";
        let series = format(Unit::GramsPerKwh, "UTC", Steps::Any).read(text.as_bytes(), "x").unwrap();
        let signal = series.into_signal("2022-01-01T00:00Z".parse().unwrap(), Default::default()).unwrap();
        let hour = 3_600_000_000_000;
        assert_eq!(signal.span(), (0, 7 * hour));
        assert!((signal.mean().0 - (1.0 + 3.0 * 2.0 + 3.0 * 3.0) / 7.0).abs() < 1e-12);
    }

    #[test]
    fn every_fault_names_file_line_and_value() {
        let message = |rows: &str| refused(rows).to_string();
        assert_eq!(
            message("2022-01-01T03:00Z,1\n"),
            "x.csv:4: a gap: `2022-01-01T03:00:00Z` follows `2022-01-01T01:00:00Z`, \
             but the step of the series is 3600 s"
        );
        assert_eq!(message("2022-01-01T01:00Z,1\n"), "x.csv:4: `2022-01-01T01:00Z` comes twice");
        assert!(message("2022-01-01T00:30Z,1\n").starts_with("x.csv:4: time goes backwards"));
        assert_eq!(message("2022-01-01T02:00Z,\n"), "x.csv:4: `ci` is empty");
        assert!(message("2022-01-01T02:00Z,NaN\n").starts_with("x.csv:4: `ci` is `NaN`"));
        assert_eq!(message("2022-01-01T02:00Z,-3\n"), "x.csv:4: `ci` is `-3`, but it must be zero or more");
        assert!(refused("2022-01-01T02:00Z,400000\n").problem.hint().contains("unit"));
        assert!(message("01/02/2022,7\n").starts_with("x.csv:4: `time` is `01/02/2022`, which is not an instant"));
        let missing = format(Unit::GramsPerKwh, "UTC", Steps::Equal).read("when,co2\n".as_bytes(), "x.csv");
        assert_eq!(missing.unwrap_err().to_string(), "x.csv:1: no column `time`; the columns are `when`, `co2`");
    }
}
