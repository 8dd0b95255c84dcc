//! Places on the map from a file of coordinates: where requests are asked for.

use std::io::BufRead;

use serde_json::Value;

use crate::distance::{Kilometres, Place, great_circle};
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table};

/// A place with what it weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedPlace {
    /// Where it is.
    pub place: Place,
    /// Its share of the whole, before all shares are scaled to sum to 1.
    pub weight: f64,
}

/// What a file of places held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The places, in the order of the file.
    pub places: Vec<WeightedPlace>,
    /// Rows without coordinates, which were left out because that was asked for.
    pub skipped: usize,
}

/// How a file of places is read.
#[derive(Clone, Debug, Default)]
pub struct PlaceOptions {
    /// The column of weights; all weigh the same if `None`.
    pub weight: Option<String>,
    /// Leaves out entries without coordinates; otherwise they are refused.
    pub skip_missing: bool,
}

/// Names of the columns of a latitude; case does not count.
const LATITUDE: [&str; 2] = ["latitude", "lat"];
/// Names of the columns of a longitude.
const LONGITUDE: [&str; 4] = ["longitude", "lon", "lng", "long"];
/// Weights up to this one can be summed over any file.
const MOST_WEIGHT: f64 = 1e15;
/// More than a file of all cities; a file beyond it is no file of places.
const MOST_JSON: u64 = 64 << 20;

/// Reads places from a table (EUA's sites and users, Cloudflare's points of presence) or from JSON, an array of objects
/// or an object of them. Other columns do not matter.
///
/// # Errors
/// The first entry whose coordinates or weight are wrong, or a file without a place.
pub fn read(mut reader: impl BufRead, file: &str, options: &PlaceOptions) -> Result<Places, ReadError> {
    let fault = |problem| ReadError { file: file.to_owned(), line: None, problem };
    let start = reader.fill_buf().map_err(|error| fault(Problem::Csv(error.into())))?;
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte));
    let places = match first {
        Some(b'{' | b'[') => json(reader, file, options)?,
        Some(_) | None => table(reader, file, options)?,
    };
    if places.places.is_empty() {
        return Err(fault(Problem::TooShort { rows: 0, needed: 1 }));
    }
    if !places.places.iter().any(|place| place.weight > 0.0) {
        let column = options.weight.clone().unwrap_or_default();
        return Err(fault(Problem::OutOfRange { column, value: "0".to_owned(), expected: "more than 0 somewhere" }));
    }
    Ok(places)
}

/// The nearest of some places, the first of equally near ones, with its distance; none if there is none.
#[must_use]
pub fn nearest(from: Place, places: &[Place]) -> Option<(usize, Kilometres)> {
    let distances = places.iter().map(|&place| great_circle(from, place)).enumerate();
    distances.reduce(|best, next| if next.1 < best.1 { next } else { best })
}

fn table(reader: impl BufRead, file: &str, options: &PlaceOptions) -> Result<Places, ReadError> {
    let mut table = Table::open(reader, file)?;
    let (latitude, longitude) = (table.column(&LATITUDE)?, table.column(&LONGITUDE)?);
    let weight = options.weight.as_deref().map(|name| table.column(&[name])).transpose()?;
    let mut read = Places::default();
    while let Some(row) = table.next()? {
        if options.skip_missing && row.text(latitude).is_empty() && row.text(longitude).is_empty() {
            read.skipped += 1;
            continue;
        }
        let place = Place { latitude: degrees(&row, latitude, 90.0)?, longitude: degrees(&row, longitude, 180.0)? };
        let weight = match weight {
            Some(column) => {
                row.number_that(column, |weight| (0.0..=MOST_WEIGHT).contains(&weight), "from 0 to 1e15")?
            }
            None => 1.0,
        };
        read.places.push(WeightedPlace { place, weight });
    }
    Ok(read)
}

fn degrees(row: &Row, column: usize, most: f64) -> Result<f64, ReadError> {
    let expected = if most == 90.0 { "between -90 and 90 degrees" } else { "between -180 and 180 degrees" };
    row.number_that(column, |degrees| degrees.abs() <= most, expected)
}

fn json(reader: impl BufRead, file: &str, options: &PlaceOptions) -> Result<Places, ReadError> {
    let not_json = |error: serde_json::Error| ReadError {
        file: file.to_owned(),
        line: Some(error.line() as u64),
        problem: Problem::Json(error.to_string()),
    };
    let root: Value = serde_json::from_reader(reader.take(MOST_JSON)).map_err(not_json)?;
    let entries: Vec<(String, &Value)> = match &root {
        Value::Array(entries) => entries.iter().enumerate().map(|(k, entry)| (format!("[{k}]"), entry)).collect(),
        Value::Object(entries) => entries.iter().map(|(key, entry)| (key.clone(), entry)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let mut read = Places::default();
    for (key, entry) in &entries {
        let fault = |problem| ReadError { file: file.to_owned(), line: None, problem };
        let (latitude, longitude) = (field(entry, &LATITUDE), field(entry, &LONGITUDE));
        if options.skip_missing && latitude.is_none() && longitude.is_none() {
            read.skipped += 1;
            continue;
        }
        let number = |name: &str, value: Option<&Value>, most: f64, least: f64, expected| {
            let column = format!("{key}.{name}");
            let Some(value) = value else { return Err(fault(Problem::Empty { column })) };
            let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            let fits = number.filter(|number| *number >= least && *number <= most);
            fits.ok_or_else(|| fault(Problem::OutOfRange { column, value: value.to_string(), expected }))
        };
        let place = Place {
            latitude: number("lat", latitude, 90.0, -90.0, "between -90 and 90 degrees")?,
            longitude: number("lon", longitude, 180.0, -180.0, "between -180 and 180 degrees")?,
        };
        let weight = match &options.weight {
            Some(name) => number(name, field(entry, &[name]), MOST_WEIGHT, 0.0, "from 0 to 1e15")?,
            None => 1.0,
        };
        read.places.push(WeightedPlace { place, weight });
    }
    Ok(read)
}

/// A field of an object by one of its names; case does not count, and null is nothing.
fn field<'v>(entry: &'v Value, names: &[&str]) -> Option<&'v Value> {
    let object = entry.as_object()?;
    let found = names.iter().find_map(|name| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str, options: &PlaceOptions) -> Result<Vec<(f64, f64, f64)>, String> {
        let read = read(text.as_bytes(), "p", options).map_err(|error| error.to_string())?;
        Ok(read.places.iter().map(|at| (at.place.latitude, at.place.longitude, at.weight)).collect())
    }

    #[test]
    fn columns_and_keys_are_known_by_their_usual_names() {
        let plain = PlaceOptions::default();
        let expected = Ok(vec![(-37.8, 145.0, 1.0)]);
        for text in [
            "SITE_ID,LATITUDE,LONGITUDE\n1,-37.8,145\n",
            "ip,Latitude,Longitude\r\n1.1.1.1,-37.8,145",
            "\u{feff}lon,lat\n145,-37.8\n",
            r#" [{"iata": "MEL", "lat": -37.8, "lon": 145}]"#,
            r#"{"MEL": {"lat": "-37.8", "lon": 145}}"#,
        ] {
            assert_eq!(places(text, &plain), expected, "{text}");
        }
        let weighted = PlaceOptions { weight: Some("users".into()), ..PlaceOptions::default() };
        assert_eq!(places("lat,lon,users\n1,2,3\n4,5,0\n", &weighted), Ok(vec![(1.0, 2.0, 3.0), (4.0, 5.0, 0.0)]));
    }

    #[test]
    fn what_is_no_place_is_refused_or_left_out_if_asked_for() {
        let plain = PlaceOptions::default();
        let refused = |text: &str| places(text, &plain).unwrap_err();
        assert_eq!(refused("lat,lon\n1,2\n,\n"), "p:3: `lat` is empty");
        assert_eq!(refused("lat,lon\n91,2\n"), "p:2: `lat` is `91`, but it must be between -90 and 90 degrees");
        assert_eq!(refused(r#"{"KIV": {"city": "x"}}"#), "p: `KIV.lat` is empty");
        assert!(refused(r#"[{"lat": 1, "lon": 200}]"#).starts_with("p: `[0].lon` is `200`"));
        assert!(refused("lat,name\n1,2\n").contains("no column `longitude`"));
        assert!(refused("{\"a\": \n}").starts_with("p:2: not JSON"));
        assert!(refused("[]").contains("0 rows are too few"));
        let skip = PlaceOptions { skip_missing: true, ..PlaceOptions::default() };
        assert_eq!(read(&b"lat,lon\n1,2\n,\n"[..], "p", &skip).unwrap().skipped, 1);
        assert!(places("lat,lon\n1,2\n,3\n", &skip).unwrap_err().contains("`lat` is empty"));
        let weighted = PlaceOptions { weight: Some("n".into()), ..PlaceOptions::default() };
        assert!(places("lat,lon,n\n1,2,0\n", &weighted).unwrap_err().contains("more than 0 somewhere"));
    }

    #[test]
    fn the_nearest_place_is_the_first_of_those_at_the_least_distance() {
        let at = |latitude, longitude| Place { latitude, longitude };
        let places = [at(0.0, 10.0), at(0.0, -170.0), at(0.0, 175.0), at(0.0, 175.0)];
        // Across the date line 180° lies 5° from 175°.
        assert_eq!(nearest(at(0.0, 180.0), &places).map(|(k, _)| k), Some(2));
        assert_eq!(nearest(at(0.0, 180.0), &[]), None);
    }
}
