//! Documents of WattTime's API, version 3: rates as they were, a forecast, or a list of forecasts as they were issued.

use jiff::tz::TimeZone;
use serde_json::Value;
use sim_core::world::signal::{Basis, Gas, Scope, SignalKind};

use crate::carbon::clock::{Clock, Trouble};
use crate::carbon::content::Input;
use crate::carbon::fault::Fault;
use crate::carbon::issues::Issues;
use crate::carbon::options::Values;
use crate::carbon::rows::{Draft, Place, Rows};
use crate::carbon::stated::{Says, Speech, Stated};
use crate::carbon::unit::Unit;
use crate::error::{Problem, ReadError};
use crate::table::fault_at;

const TIME: &str = "point_time";
const VALUE: &str = "value";
const ISSUED: &str = "generated_at";
const FORECAST: &str = "forecast";

/// Whether a document is WattTime's.
pub(super) fn is_one(document: &Value) -> bool {
    let first = document.get("data").and_then(Value::as_array).and_then(|data| data.first());
    first.is_some_and(|first| first.get(TIME).is_some() || first.get(ISSUED).is_some() && first.get(FORECAST).is_some())
}

fn meta<'d>(document: &'d Value, key: &str) -> Option<&'d str> {
    document.get("meta").and_then(|meta| meta.get(key)).and_then(Value::as_str)
}

/// What `meta` says of the values; a marginal rate is labelled as WattTime's tables are.
fn stated(input: &Input, document: &Value) -> Result<Stated, ReadError> {
    let unit = match meta(document, "units") {
        Some("lbs_co2_per_mwh") => Says::Only(Unit::PoundsPerMwh),
        Some(_) | None => Says::Nothing("`meta.units` of the document is not `lbs_co2_per_mwh`"),
    };
    let marginal = match meta(document, "signal_type") {
        Some("co2_moer") => true,
        Some("co2_aoer") => false,
        other => {
            let signal = other.unwrap_or("none");
            let why = format!("WattTime's signal `{signal}`, but `co2_moer` or `co2_aoer` is one of intensity");
            return Err(input.fault(Fault::NoSeries(why)));
        }
    };
    let basis =
        if marginal { Says::Only(Basis::Production) } else { Says::Nothing("WattTime's document does not say") };
    let speech = Speech {
        kind: Says::Only(if marginal { SignalKind::Marginal } else { SignalKind::Average }),
        scope: Says::Only(Scope::Direct),
        basis,
        gas: Says::Only(Gas::Co2),
        unit,
        values: Says::Only(Values::Mean),
    };
    let region = meta(document, "region");
    region.map_or(Ok(()), |region| input.refuse_other_zone(&[region]))?;
    let zone = region.unwrap_or(input.zone());
    let source = if marginal { "WattTime marginal rate" } else { "WattTime average rate" };
    speech.join(input.options, zone, source).map_err(|fault| input.fault(fault))
}

/// The list `data`, or one inside of it.
fn list<'d>(input: &Input, of: &'d Value, key: &str) -> Result<&'d Vec<Value>, ReadError> {
    let broken = || Fault::Broken { kind: "document", reason: format!("no list `{key}`") };
    of.get(key).and_then(Value::as_array).ok_or_else(|| input.fault(broken()))
}

/// The instant under a key of the entry at a place, counted from 1 [ns since 1970].
fn time(input: &Input, clock: &mut Clock, entry: &Value, key: &str, place: u64) -> Result<i64, ReadError> {
    let column = key.to_owned();
    let Some(text) = entry.get(key).and_then(Value::as_str) else {
        return Err(fault_at(input.file, place, Problem::Empty { column }));
    };
    clock.instant(text).map_err(|trouble| match trouble {
        Trouble::NoZone => fault_at(input.file, place, crate::carbon::clock::no_zone(text).into()),
        Trouble::Unreadable(reason) => {
            fault_at(input.file, place, Problem::BadTime { column, value: text.to_owned(), reason })
        }
    })
}

/// The rates as they were.
pub(super) fn read(input: &Input, document: &Value) -> Result<Draft, ReadError> {
    let stated = stated(input, document)?;
    let data = list(input, document, "data")?;
    if meta(document, ISSUED).is_some() || data.iter().any(|entry| entry.get(FORECAST).is_some()) {
        let why = "forecasts of WattTime, not what happened: they can be `recorded` forecasts".to_owned();
        return Err(input.fault(Fault::NoSeries(why)));
    }
    let (mut rows, mut clock) = (Rows::new(input.file), Clock::new(Some(TimeZone::UTC)));
    for (line, entry) in (1..).zip(data) {
        let start = time(input, &mut clock, entry, TIME, line)?;
        let (place, name) = (Place { file: 0, line }, || VALUE.to_owned());
        match entry.get(VALUE) {
            Some(Value::Null) | None => rows.missing(place, start, || Problem::Empty { column: name() }),
            Some(value) => match value.as_f64() {
                Some(number) => rows.number(place, start, number, stated.unit, name, || value.to_string()),
                None => {
                    rows.missing(place, start, || Problem::BadNumber { column: name(), value: value.to_string() });
                }
            },
        }
    }
    Ok(Draft { stated, rows })
}

/// The forecasts as they were issued.
pub(super) fn issued(input: &Input, document: &Value) -> Result<Issues, ReadError> {
    let stated = stated(input, document)?;
    let data = list(input, document, "data")?;
    let mut issues = Issues::new(input.file, "WattTime forecast");
    let mut clock = Clock::new(Some(TimeZone::UTC));
    if data.iter().all(|entry| entry.get(FORECAST).is_none()) {
        let why = "the document does not say when it was generated".to_owned();
        let meta = document.get("meta").filter(|meta| meta.get(ISSUED).is_some());
        let meta = meta.ok_or_else(|| input.fault(Fault::NoForecasts(why)))?;
        let at = time(input, &mut clock, meta, ISSUED, 1)?;
        push(input, &mut issues, (1, at), data, stated.unit)?;
        return Ok(issues);
    }
    for (line, entry) in (1..).zip(data) {
        let at = time(input, &mut clock, entry, ISSUED, line)?;
        push(input, &mut issues, (line, at), list(input, entry, FORECAST)?, stated.unit)?;
    }
    Ok(issues)
}

/// Adds one forecast; its points lie at equal steps.
fn push(
    input: &Input, issues: &mut Issues, (line, at): (u64, i64), points: &[Value], unit: Unit,
) -> Result<(), ReadError> {
    let mut clock = Clock::new(Some(TimeZone::UTC));
    let starts: Vec<i64> =
        points.iter().map(|point| time(input, &mut clock, point, TIME, line)).collect::<Result<_, _>>()?;
    let step = starts.get(1).map_or(0, |second| second - starts[0]);
    if step <= 0 || starts.windows(2).any(|pair| pair[1] - pair[0] != step) {
        let why = "a forecast needs two points or more, at equal steps".to_owned();
        return Err(fault_at(input.file, line, Fault::NoForecasts(why).into()));
    }
    let value =
        |point: &Value| point.get(VALUE).and_then(Value::as_f64).map_or(f64::NAN, |n| n * unit.in_grams_per_kwh());
    issues.push(line, at, (starts[0], step), points.iter().map(value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::carbon::options::Options;
    use crate::carbon::reading::{read, read_issued};

    /// A document whose `data` and more of `meta` are given.
    fn document(data: &str, meta: &str) -> String {
        format!(
            r#"{{"data":[{data}],"meta":{{"data_point_period_seconds":300,"region":"CAISO_NORTH",
                "signal_type":"co2_moer","units":"lbs_co2_per_mwh"{meta}}}}}"#
        )
    }

    const POINTS: &str = r#"{"point_time":"2023-07-15T00:00:00+00:00","value":1000.0},
        {"point_time":"2023-07-15T00:05:00+00:00","value":500}"#;

    #[test]
    fn rates_are_read_in_the_unit_and_of_the_region_that_the_document_names() {
        let history = document(POINTS, "");
        let read_as = |options: Options| read(history.as_bytes(), "x.json", &options);
        let series = read_as(Options::default()).unwrap().series;
        assert_eq!((series.values(), series.zone.as_str()), (&[453.592_37, 226.796_185][..], "CAISO_NORTH"));
        let other = Options { zone: Some("PJM".to_owned()), ..Options::default() };
        assert!(read_as(other).unwrap_err().to_string().contains("which is `CAISO_NORTH`"));
        let health = history.replace("co2_moer", "health_damage");
        assert!(read(health.as_bytes(), "x", &Options::default()).unwrap_err().to_string().contains("`health_damage`"));
        let null = history.replace("500}", "null}");
        assert_eq!(read(null.as_bytes(), "x", &Options::default()).unwrap_err().to_string(), "x:2: `value` is empty");
        assert!(read_issued(history.as_bytes(), "x", &Options::default()).is_err());
    }

    #[test]
    fn forecasts_are_issued_when_they_were_generated_and_are_no_history() {
        let one = document(POINTS, r#","generated_at":"2023-07-14T23:58:00+00:00""#);
        let listed = document(&format!(r#"{{"generated_at":"2023-07-14T23:58:00+00:00","forecast":[{POINTS}]}}"#), "");
        for text in [one, listed] {
            let issued = read_issued(text.as_bytes(), "x", &Options::default()).unwrap();
            assert_eq!(issued.issues[0].at, "2023-07-14T23:58:00Z".parse().unwrap());
            assert_eq!(issued.issues[0].start, "2023-07-15T00:00:00Z".parse().unwrap());
            assert_eq!(issued.values, [453.592_37, 226.796_185]);
            let message = read(text.as_bytes(), "x", &Options::default()).unwrap_err().to_string();
            assert!(message.contains("not what happened"), "{message}");
        }
    }
}
