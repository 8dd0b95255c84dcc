//! Generation by fuel (EIA, ENTSO-E, CarbonCast's mixes): an interval's intensity is the mean of the fuels' emission
//! factors, weighted by what each generated.
//!
//! Negative generation is consumption, of pumped storage or a plant's own: it counts as zero. A fuel that no row has is
//! one that the zone has not; a row that lacks another is a missing value. Rows start intervals, except in EIA-930's
//! tables, whose column names the end of the hour.

use jiff::tz::TimeZone;
use sim_core::world::signal::{Basis, SignalKind};

use super::clock::Clock;
use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::options::Values;
use super::rows::{Amount, Draft, Place, Rows, amount};
use super::sheet::{Line, Sheet, plain};
use super::stated::{SILENT, Says, Speech};
use super::unit::Unit;
use crate::carbon::factors::Factors;
use crate::error::{Problem, ReadError};

mod fuels;
mod times;

use times::Times;

pub(super) const ENTRY: Entry = Entry {
    name: "generation-mix",
    about: "generation by fuel (EIA, ENTSO-E, SustainDC): intensity by `factors` (`ipcc-ar5`, or a table), \
            average of production; UTC or `timezone`, means",
    takes: &["time_column", "value_column", "timezone", "factors"],
    recognise,
    read,
    issued: Err("which holds generation, not forecasts"),
};

/// Fewest fuels that make a mix.
const FUELS: usize = 3;

fn recognise(input: &Input) -> bool {
    let timed = |sheet: &Sheet| Times::find(input, sheet).is_ok();
    input.as_sheet().is_some_and(|sheet| fuels::columns(sheet).is_ok_and(|fuels| fuels.len() >= FUELS) && timed(sheet))
}

/// A column of generation.
struct Fuel {
    column: usize,
    name: String,
    /// Its emission factor [g/kWh]; none if the set has none, which matters only once it generates.
    grams: Option<f64>,
}

/// What a row's fuels make, and which of them it lacks.
struct Mixed {
    intensity: f64,
    lacking: u64,
}

/// A mix whose columns and factors are known.
struct Mix {
    fuels: Vec<Fuel>,
    factors: String,
    /// How many cells were negative.
    negative: usize,
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let sheet = input.sheet()?;
    let mut times = Times::find(input, sheet)?;
    times.choose(input, sheet)?;
    if let Some(column) = &input.options.value_column {
        return of_column(input, sheet, times, column);
    }
    let factors = input.options.factors.clone().unwrap_or_else(Factors::ipcc_ar5);
    let mut mix = Mix::new(sheet, &factors)?;
    let (starts, mixed, places, end) = mix.rows(sheet, &mut times)?;
    let rows = gathered(input.file, sheet, &mix, (starts, mixed, places), end);
    let names: Vec<&str> = mix.fuels.iter().map(|fuel| fuel.name.as_str()).collect();
    let source = format!(
        "generation mix of {} with the factors {}, {} negative cells counted as zero",
        names.join(", "),
        mix.factors,
        mix.negative
    );
    let speech = speech(Says::Only(Unit::GramsPerKwh));
    let zone = times.zone().unwrap_or(input.zone());
    let stated = speech.join(input.options, zone, source).map_err(|fault| input.fault(fault))?;
    Ok(Draft { stated, rows })
}

fn speech(unit: Says<Unit>) -> Speech {
    Speech {
        kind: Says::Only(SignalKind::Average),
        basis: Says::Only(Basis::Production),
        unit,
        values: Says::Only(Values::Mean),
        ..SILENT
    }
}

/// An intensity that the table itself bears, such as SustainDC's `avg_CI`.
fn of_column(input: &Input, sheet: &Sheet, mut times: Times, column: &str) -> Result<Draft, ReadError> {
    let value = sheet.column(&[column])?;
    if input.options.factors.is_some() {
        let why = "the intensity stands in a column, which `factors` does not change".to_owned();
        return Err(input.fault(Fault::Idle { key: "factors", why }));
    }
    let source = format!("column `{column}`");
    let mut stated =
        speech(SILENT.unit).join(input.options, input.zone(), source).map_err(|fault| input.fault(fault))?;
    let mut rows = Rows::new(input.file);
    let mut lines = sheet.lines([times.column, value].into_iter().chain(times.area));
    while let Some(line) = lines.next()? {
        if times.is_here(&line)? {
            rows.cell(&line, value, times.read(&line)?.0, stated.unit)?;
        }
    }
    if let Some(zone) = times.zone() {
        zone.clone_into(&mut stated.zone);
    }
    Ok(Draft { stated, rows })
}

type Read = (Vec<i64>, Vec<Mixed>, Vec<Place>, Option<i64>);

impl Mix {
    fn new(sheet: &Sheet, factors: &Factors) -> Result<Self, ReadError> {
        let fuel = |(column, name): (usize, &str)| {
            let grams = factors.of(name).or_else(|| factors.of(&sheet.header[column]));
            Fuel { column, name: name.to_owned(), grams }
        };
        let columns = fuels::columns(sheet).map_err(|fault| sheet.fault(fault))?;
        let fuels: Vec<Fuel> = columns.into_iter().map(fuel).collect();
        if fuels.is_empty() || fuels.len() > 64 {
            return Err(sheet.fault(Fault::NoSeries(format!("{} columns of generation by fuel", fuels.len()))));
        }
        Ok(Self { fuels, factors: factors.name.clone(), negative: 0 })
    }

    fn rows(&mut self, sheet: &Sheet, times: &mut Times) -> Result<Read, ReadError> {
        let (mut starts, mut mixed, mut places, mut end) = (Vec::new(), Vec::new(), Vec::new(), None);
        let mut lines = sheet.lines(self.fuels.iter().map(|fuel| fuel.column).chain([times.column]).chain(times.area));
        while let Some(line) = lines.next()? {
            if !times.is_here(&line)? {
                continue;
            }
            let (start, until) = times.read(&line)?;
            starts.push(start);
            mixed.push(self.mix(&line)?);
            places.push(Place { file: 0, line: line.number });
            end = until;
        }
        Ok((starts, mixed, places, end))
    }

    fn mix(&mut self, line: &Line) -> Result<Mixed, ReadError> {
        let (mut emitted, mut generated, mut lacking) = (0.0, 0.0, 0);
        for (k, fuel) in self.fuels.iter().enumerate() {
            let text = line.text(fuel.column)?;
            let number = match amount(text) {
                Amount::Number(number) => number,
                // ENTSO-E: a fuel that is not expected in the area.
                Amount::Nothing if text.eq_ignore_ascii_case("n/e") => continue,
                Amount::Nothing => {
                    lacking |= 1 << k;
                    continue;
                }
                Amount::Words => fuels::thousands(text).ok_or_else(|| {
                    let (column, value) = (line.name(fuel.column).to_owned(), text.to_owned());
                    line.fault(Problem::BadNumber { column, value })
                })?,
            };
            self.negative += usize::from(number < 0.0);
            if number > 0.0 {
                let grams = fuel.grams.ok_or_else(|| {
                    let (fuel, factors) = (fuel.name.clone(), self.factors.clone());
                    line.fault(Fault::NoFactor { fuel, factors })
                })?;
                emitted += number * grams;
                generated += number;
            }
        }
        Ok(Mixed { intensity: emitted / generated, lacking })
    }
}

/// Rows of what was mixed: those that lack a fuel which others have are missing values.
fn gathered(
    file: &str, sheet: &Sheet, mix: &Mix, (starts, mixed, places): (Vec<i64>, Vec<Mixed>, Vec<Place>), end: Option<i64>,
) -> Rows {
    let never = mixed.iter().fold(u64::MAX, |never, row| never & row.lacking);
    let mut rows = Rows::new(file);
    for ((&start, row), &place) in starts.iter().zip(&mixed).zip(&places) {
        let lacking = row.lacking & !never;
        if lacking != 0 {
            let column = sheet.header[mix.fuels[lacking.trailing_zeros() as usize].column].clone();
            rows.missing(place, start, || Problem::Empty { column });
        } else {
            let name = || "generation of all fuels".to_owned();
            rows.number(place, start, row.intensity, Unit::GramsPerKwh, name, || "0".to_owned());
        }
    }
    rows.end = end;
    rows
}

/// Where a header says that its times are local.
fn zone_in(header: &str) -> Option<TimeZone> {
    let name = plain(header);
    if name.contains("utc") {
        return Some(TimeZone::UTC);
    }
    // ENTSO-E's times are those of Brussels.
    (name.contains("cet")).then(|| crate::calendar::time_zone("Europe/Brussels")).flatten()
}

/// A clock of what the header, the caller, or nobody says.
fn clock(input: &Input, header: &str) -> Clock {
    Clock::new(input.options.time_zone.clone().or_else(|| zone_in(header)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carbon::options::{Gaps, Options};
    use crate::carbon::reading::{Reading, read as read_file};

    fn read(text: &str, options: &Options) -> Result<Reading, ReadError> {
        read_file(text.as_bytes(), "x.csv", options)
    }

    #[test]
    fn entsoe_columns_are_mixed_hour_by_hour_through_the_clock_change() {
        let header = "\"Area\",\"MTU\",\"Biomass  - Actual Aggregated [MW]\",\"Fossil Gas  - Actual Aggregated [MW]\",\
            \"Fossil Peat  - Actual Aggregated [MW]\",\"Hydro Pumped Storage  - Actual Aggregated [MW]\",\
            \"Hydro Pumped Storage  - Actual Consumption [MW]\",\"Solar  - Actual Aggregated [MW]\"\n";
        let row = |from: &str, to: &str| {
            format!(
                "\"Germany (DE)\",\"30.10.2022 {from} - 30.10.2022 {to} (CET/CEST)\",\
                 \"100\",\"300\",\"n/e\",\"-5\",\"70\",\"0\"\n"
            )
        };
        let hours = [row("01:00", "02:00"), row("02:00", "03:00"), row("02:00", "03:00"), row("03:00", "04:00")];
        let series = read(&format!("{header}{}", hours.concat()), &Options::default()).unwrap().series;
        assert!(series.values().iter().all(|value| (value - (230.0 + 3.0 * 490.0) / 4.0).abs() < 1e-12));
        let (start, end) = series.span();
        assert_eq!(
            (start.to_string().as_str(), end.to_string().as_str()),
            ("2022-10-29T23:00:00Z", "2022-10-30T03:00:00Z")
        );
    }

    #[test]
    fn eia_names_the_end_of_the_hour() {
        let text = "Balancing Authority,UTC Time at End of Hour,Net Generation (MW) from Coal,\
            Net Generation (MW) from Natural Gas,Net Generation (MW) from Solar,\
            Net Generation (MW) from Nuclear (Adjusted)\n\
            CISO,1/2/2022 1:00:00 AM,0,\"1,000\",0,0\nCISO,1/2/2022 12:00:00 PM,0,500,500,0\n";
        let options = Options { gaps: Gaps::Hold, zone: Some("CISO".into()), ..Options::default() };
        let series = read(text, &options).unwrap().series;
        let two = format!("{text}PJM,1/2/2022 1:00:00 AM,9,9,9,9\n");
        assert_eq!(read(&two, &options).unwrap().series.values(), series.values());
        let message = read(&two, &Options::default()).unwrap_err().to_string();
        assert_eq!(message, "x.csv:4: zone `PJM` follows zone `CISO` in one series");
        assert_eq!((series.span().0, series.values()[0]), ("2022-01-02T00:00:00Z".parse().unwrap(), 490.0));
        assert_eq!(series.span().1, "2022-01-02T12:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_fuel_that_no_row_has_is_none_and_one_that_a_row_lacks_is_missing() {
        let text =
            "timestamp,NG,COL,NUC,OIL\n2022-01-01T00:00Z,1,0,1,\n2022-01-01T01:00Z,1,,1,\n2022-01-01T02:00Z,1,0,1,\n";
        assert_eq!(read(text, &Options::default()).unwrap_err().to_string(), "x.csv:3: `COL` is empty");
        let held = read(text, &Options { gaps: Gaps::Hold, ..Options::default() }).unwrap();
        assert_eq!(held.series.values(), [251.0; 3]);
    }

    #[test]
    fn a_row_a_fuel_is_no_mix_and_told_so() {
        let long = "DateTime(UTC)\tMapCode\tProductionType\tActualGenerationOutput[MW]\tUpdateTime(UTC)\n\
            2026-02-01 00:00:00\tAT\tBiomass\t248\t2026-02-05 10:48:37\n";
        let message = read(long, &Options::default()).unwrap_err().to_string();
        assert!(message.contains("one row a fuel, by `ProductionType`"), "{message}");
    }

    #[test]
    fn own_factors_must_name_every_fuel_that_generates() {
        let text = "timestamp,NG,COL,NUC\n2022-01-01T00:00Z,1,0,1\n2022-01-01T01:00Z,1,1,1\n";
        let factors = |table: &str| Options {
            factors: Some(Factors::read(table.as_bytes(), "mine.csv").unwrap()),
            ..Options::default()
        };
        let error = read(text, &factors("fuel,g_per_kwh\ngas,400\nnuclear,0\n")).unwrap_err();
        assert_eq!(error.to_string(), "x.csv:3: the factors `mine.csv` have none for `coal`");
        let thousands = text.replace("1,1,1", "1,\"1,000\",1");
        let held = Options { gaps: Gaps::Hold, ..factors("fuel,g_per_kwh\ngas,400\nnuclear,0\n") };
        assert_eq!(read(&thousands, &held).unwrap_err().to_string(), error.to_string());
        let series = read(text, &factors("fuel,g_per_kwh\ngas,400\nnuclear,0\nCOL,800\n")).unwrap().series;
        assert_eq!(series.values(), [200.0, 400.0]);
    }
}
