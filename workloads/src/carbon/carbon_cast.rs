//! CarbonCast: blocks of forecasts of 96 hours with the actuals beside them, and the actuals alone.
//!
//! Times are UTC (`UTC time`, or `datetime` in UTC), hourly means. A block begins where time goes back, and was issued
//! at its first hour, from what was known then, unless a column `creation_time (UTC)` says when. Intensity is made of
//! generation by source (Maji et al., CarbonCast, BuildSys 2022): of production; direct or life cycle as the column's
//! name or the caller says.

use jiff::tz::TimeZone;
use sim_core::world::signal::{Basis, Scope, SignalKind};

use super::clock::Clock;
use super::content::Input;
use super::fault::Fault;
use super::format::Entry;
use super::issues::Issues;
use super::options::Values;
use super::rows::{Amount, Draft, Rows, amount};
use super::sheet::{Sheet, plain};
use super::stated::{SILENT, Says, Speech, Stated};
use crate::error::{Problem, ReadError};

pub(super) const ENTRY: Entry = Entry {
    name: "carboncast",
    about: "CarbonCast: blocks of 96 hours of forecasts with actuals, UTC, hourly means of production; `scope` \
            chooses direct or life cycle, and must be stated where the column's name does not say it",
    takes: &["value_column"],
    recognise,
    read,
    issued: Ok(issued),
};

const TIME: &[&str] = &["UTC time", "datetime"];
const ACTUAL: &[&str] = &["carbon_intensity_actual", "actual_carbon_intensity", "carbon_intensity"];
const FORECAST: &[&str] =
    &["avg_carbon_intensity_forecast", "forecasted_avg_carbon_intensity", "forecasted_carbon_intensity"];
const CREATED: &str = "creation_time (UTC)";

/// Rows of a block: no longer stretch of ascending times can be one.
const BLOCK: usize = 96;

fn recognise(input: &Input) -> bool {
    let any = |sheet: &Sheet, names: &[&str]| names.iter().any(|name| column(sheet, &[name], None).is_some());
    input.as_sheet().is_some_and(|sheet| {
        let strict = sheet.find(TIME[1]).is_some() && (any(sheet, &ACTUAL[..2]) || any(sheet, FORECAST));
        strict || sheet.find(TIME[0]).is_some() && (any(sheet, ACTUAL) || any(sheet, FORECAST))
    })
}

/// The column of one of the `names`, plain or with `_direct` or `_lifecycle` after it.
fn column(sheet: &Sheet, names: &[&str], scope: Option<Scope>) -> Option<usize> {
    let endings: &[&str] = match scope {
        Some(Scope::Direct) => &["", "_direct"],
        Some(Scope::Lifecycle) => &["", "_lifecycle"],
        None => &["", "_lifecycle", "_direct"],
    };
    names.iter().find_map(|name| endings.iter().find_map(|ending| sheet.find(&format!("{name}{ending}"))))
}

/// The column of values, and what it means.
fn chosen(input: &Input, sheet: &Sheet, names: &[&str]) -> Result<(usize, Stated), ReadError> {
    let value = match &input.options.value_column {
        Some(name) => sheet.column(&[name])?,
        None => column(sheet, names, input.options.scope).map_or_else(|| sheet.column(names), Ok)?,
    };
    let name = plain(&sheet.header[value]);
    let scope = match (name.ends_with("_direct"), name.ends_with("_lifecycle")) {
        (true, _) => Says::Only(Scope::Direct),
        (false, true) => Says::Only(Scope::Lifecycle),
        (false, false) => Says::Nothing("the column is called the same in files of direct and of life-cycle emissions"),
    };
    let speech = Speech {
        kind: Says::Only(SignalKind::Average),
        scope,
        basis: Says::Only(Basis::Production),
        values: Says::Only(Values::Mean),
        ..SILENT
    };
    let source = format!("CarbonCast, column `{}`", sheet.header[value]);
    Ok((value, speech.join(input.options, input.zone(), source).map_err(|fault| input.fault(fault))?))
}

/// Starts of the blocks: rows whose time is not after that of the row above.
fn blocks(starts: &[i64]) -> Vec<usize> {
    std::iter::once(0).chain((1..starts.len()).filter(|&k| starts[k] <= starts[k - 1])).collect()
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let sheet = input.sheet()?;
    let (value, stated) = chosen(input, sheet, ACTUAL)?;
    let time = sheet.column(TIME)?;
    let (mut rows, mut clock) = (Rows::new(input.file), Clock::new(Some(TimeZone::UTC)));
    let mut lines = sheet.lines([time, value]);
    while let Some(line) = lines.next()? {
        rows.cell(&line, value, clock.read(&line, time)?, stated.unit)?;
    }
    let firsts = blocks(&rows.starts);
    let equal = firsts.windows(2).all(|pair| pair[1] - pair[0] == firsts.get(1).copied().unwrap_or(0));
    if firsts.len() > 1 && equal && firsts[1] > 1 {
        rows = rows.overlaid()?;
    }
    Ok(Draft { stated, rows })
}

fn issued(input: &Input) -> Result<Issues, ReadError> {
    let sheet = input.sheet()?;
    let (value, stated) = chosen(input, sheet, FORECAST)?;
    let (time, created) = (sheet.column(TIME)?, sheet.find(CREATED));
    let mut lines = sheet.lines([Some(time), Some(value), created].into_iter().flatten());
    let (mut clock, mut issue_clock) = (Clock::new(Some(TimeZone::UTC)), Clock::new(Some(TimeZone::UTC)));
    let (mut starts, mut values, mut numbers, mut made) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while let Some(line) = lines.next()? {
        starts.push(clock.read(&line, time)?);
        numbers.push(line.number);
        values.push(match amount(line.text(value)?) {
            Amount::Number(number) => number * stated.unit.in_grams_per_kwh(),
            Amount::Nothing | Amount::Words => f64::NAN,
        });
        if let Some(column) = created {
            made.push(issue_clock.read(&line, column)?);
        }
    }
    if starts.is_empty() {
        return Err(sheet.fault(Problem::TooShort { rows: 0, needed: 2 }));
    }
    let mut issues = Issues::new(input.file, "CarbonCast forecast");
    let firsts = blocks(&starts);
    for (k, &first) in firsts.iter().enumerate() {
        let end = firsts.get(k + 1).copied().unwrap_or(starts.len());
        let block = &starts[first..end];
        let fault = |why: String| crate::table::fault_at(input.file, numbers[first], Fault::NoForecasts(why).into());
        if block.len() < 2 || block.windows(2).any(|pair| pair[1] - pair[0] != block[1] - block[0]) {
            return Err(fault("a block needs two rows or more, at equal steps".to_owned()));
        }
        if block.len() > BLOCK && made.is_empty() {
            return Err(fault(format!(
                "{} rows follow each other, but a block has {BLOCK}: where one begins is not told",
                block.len()
            )));
        }
        let at = made.get(first..end).and_then(|made| made.iter().copied().max()).unwrap_or(block[0]);
        issues.push(numbers[first], at, (block[0], block[1] - block[0]), values[first..end].iter().copied());
    }
    Ok(issues)
}

#[cfg(test)]
mod tests {
    use crate::carbon::options::Options;
    use crate::carbon::reading::{read, read_issued};
    use sim_core::world::signal::Scope;

    /// Two blocks of three hours, a day's shift of one hour.
    const BLOCKS: &str = ",UTC time,actual_carbon_intensity_direct,forecasted_carbon_intensity_direct\n\
        0,2021-07-01 00:00:00,300,310\n1,2021-07-01 01:00:00,301,311\n2,2021-07-01 02:00:00,302,312\n\
        3,2021-07-01 01:00:00,301,321\n4,2021-07-01 02:00:00,302,322\n5,2021-07-01 03:00:00,303,323\n";

    #[test]
    fn blocks_are_issues_and_their_actuals_one_series() {
        let issued = read_issued(BLOCKS.as_bytes(), "DE.csv", &Options::default()).unwrap();
        assert_eq!(issued.issues.len(), 2);
        let second = &issued.issues[1];
        assert_eq!((second.at, second.at), (second.start, "2021-07-01T01:00:00Z".parse().unwrap()));
        assert_eq!(issued.values[second.values.clone()], [321.0, 322.0, 323.0]);
        let series = read(BLOCKS.as_bytes(), "DE.csv", &Options::default()).unwrap().series;
        assert_eq!((series.values(), series.labels.scope), (&[300.0, 301.0, 302.0, 303.0][..], Scope::Direct));
    }

    #[test]
    fn a_column_that_says_no_scope_needs_one() {
        let text = BLOCKS.replace("actual_carbon_intensity_direct", "carbon_intensity");
        let read = |scope| read(text.as_bytes(), "DE_direct_emissions.csv", &Options { scope, ..Options::default() });
        assert!(read(None).unwrap_err().to_string().starts_with("DE_direct_emissions.csv: `scope` must be stated"));
        assert_eq!(read(Some(Scope::Direct)).unwrap().series.labels.scope, Scope::Direct);
    }

    #[test]
    fn a_block_is_issued_when_its_last_row_was_made() {
        let text = "UTC time,creation_time (UTC),avg_carbon_intensity_forecast_direct\n\
            2021-07-01 00:00:00,2021-07-01 01:30:00,310\n2021-07-01 01:00:00,2021-07-01 01:40:00,311\n";
        let issued = read_issued(text.as_bytes(), "DE.csv", &Options::default()).unwrap();
        assert_eq!(issued.issues[0].at, "2021-07-01T01:40:00Z".parse().unwrap());
    }

    #[test]
    fn blocks_that_disagree_about_the_past_are_refused() {
        let text = BLOCKS.replace("3,2021-07-01 01:00:00,301", "3,2021-07-01 01:00:00,305");
        let message = read(text.as_bytes(), "DE.csv", &Options::default()).unwrap_err().to_string();
        assert_eq!(message, "DE.csv:5: at 2021-07-01T01:00:00Z the value is 305 g/kWh, but 301 g/kWh in DE.csv:3");
    }
}
