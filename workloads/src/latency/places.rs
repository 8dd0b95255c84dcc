//! Where the places of a latency table are: names with coordinates.

use std::collections::HashMap;
use std::io::BufRead;

use crate::distance::Place;
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// Columns that name a place, the one that tables of latencies refer to first.
const NAMES: [&str; 9] = ["id", "name", "place", "region", "site", "city", "title", "iata", "code"];
const LATITUDE: [&str; 2] = ["latitude", "lat"];
const LONGITUDE: [&str; 4] = ["longitude", "lon", "lng", "long"];

/// Places by all of their names.
#[derive(Clone, Debug, Default)]
pub struct Places {
    places: Vec<Place>,
    /// A name that several places bear leads to none of them.
    by_name: HashMap<String, Option<usize>>,
}

impl Places {
    /// The place of a name; none if no place or more than one bears it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Place> {
        self.number(name).map(|place| self.places[place])
    }

    /// The number of the place of a name, by which two names of one place are known to be the same.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied().flatten()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Reads places: columns `latitude`, `longitude` [degrees] and one or more of `id`, `name`, `place`, `region`, `site`,
/// `city`, `title`, `iata`, `code`; the servers of WonderNetwork are such a table.
///
/// # Errors
/// The first row that is wrong, or a table without a row.
pub fn read(reader: impl BufRead, file: &str) -> Result<Places, ReadError> {
    let mut table = Table::open(reader, file)?;
    let (latitude, longitude) = (table.column(&LATITUDE)?, table.column(&LONGITUDE)?);
    table.column(&NAMES)?;
    let names: Vec<usize> = NAMES.iter().filter_map(|name| table.optional(name)).collect();
    let mut places = Places::default();
    while let Some(row) = table.next()? {
        let number = places.places.len();
        places.places.push(Place {
            latitude: row.number_that(latitude, |x| x.abs() <= 90.0, "between -90 and 90 degrees")?,
            longitude: row.number_that(longitude, |x| x.abs() <= 180.0, "between -180 and 180 degrees")?,
        });
        for name in names.iter().map(|&column| row.text(column)).filter(|name| !name.is_empty()) {
            let entry = places.by_name.entry(name.to_owned()).or_insert(Some(number));
            if *entry != Some(number) {
                *entry = None;
            }
        }
    }
    if places.is_empty() {
        return Err(table.fault(Problem::TooShort { rows: 0, needed: 1 }));
    }
    Ok(places)
}
