//! Fleets from a table: one row is one device, or some of a kind in one place.

use std::io::BufRead;

use crate::distance::Place;
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table};

/// One row of a fleet: devices of one class in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetRow {
    /// Its line in the file, for messages of whoever resolves its names.
    pub line: u64,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Its device class in the catalogue.
    pub class: String,
    /// Its grid zone.
    pub zone: String,
    /// Its site.
    pub site: String,
    /// How many devices the row stands for; at least one.
    pub count: u32,
}

/// Reads a fleet: columns `latitude`, `longitude` [degrees], `class`, `zone`, `site`, and if wanted `name`, `count`.
///
/// # Errors
/// The first row that is wrong, or a table without a row.
pub fn read(reader: impl BufRead, file: &str) -> Result<Vec<FleetRow>, ReadError> {
    let mut table = Table::open(reader, file)?;
    let columns = Columns::find(&table)?;
    let mut rows = Vec::new();
    while let Some(row) = table.next()? {
        rows.push(columns.read(&row)?);
    }
    if rows.is_empty() {
        return Err(table.fault(Problem::TooShort { rows: 0, needed: 1 }));
    }
    Ok(rows)
}

/// Where the table keeps what.
struct Columns {
    name: Option<usize>,
    latitude: usize,
    longitude: usize,
    class: usize,
    zone: usize,
    site: usize,
    count: Option<usize>,
}

impl Columns {
    fn find<R: BufRead>(table: &Table<R>) -> Result<Self, ReadError> {
        Ok(Self {
            name: table.optional("name"),
            latitude: table.column(&["latitude"])?,
            longitude: table.column(&["longitude"])?,
            class: table.column(&["class"])?,
            zone: table.column(&["zone"])?,
            site: table.column(&["site"])?,
            count: table.optional("count"),
        })
    }

    fn read(&self, row: &Row) -> Result<FleetRow, ReadError> {
        Ok(FleetRow {
            line: row.line(),
            name: self.name.map(|column| row.text(column).to_owned()).filter(|name| !name.is_empty()),
            place: Place {
                latitude: row.number_that(self.latitude, |x| x.abs() <= 90.0, "between -90 and 90 degrees")?,
                longitude: row.number_that(self.longitude, |x| x.abs() <= 180.0, "between -180 and 180 degrees")?,
            },
            class: row.filled(self.class)?.to_owned(),
            zone: row.filled(self.zone)?.to_owned(),
            site: row.filled(self.site)?.to_owned(),
            count: self.count(row)?,
        })
    }

    /// An empty count is one.
    fn count(&self, row: &Row) -> Result<u32, ReadError> {
        let Some(column) = self.count.filter(|&column| !row.text(column).is_empty()) else { return Ok(1) };
        let whole = |x: f64| x >= 1.0 && x <= f64::from(u32::MAX) && x.fract() == 0.0;
        Ok(row.number_that(column, whole, "a whole number of at least 1")? as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_keeps_its_lines_and_counts_one_where_no_count_stands() {
        let text =
            "site,latitude,longitude,class,zone,count,name\nlyon,45.76,4.84,pi4,FR,,cam\n\nlyon,45.7,4.8,nano,FR,12,\n";
        let rows = read(text.as_bytes(), "fleet.csv").unwrap();
        assert_eq!((rows[0].line, rows[0].count, rows[0].name.as_deref()), (2, 1, Some("cam")));
        assert_eq!((rows[1].line, rows[1].count, rows[1].name.as_deref()), (4, 12, None));
    }

    #[test]
    fn a_wrong_cell_is_named_with_its_line_and_value() {
        let read = |row: &str| {
            let text = format!("latitude,longitude,class,zone,site,count\n45,4,pi4,FR,lyon,1\n{row}\n");
            read(text.as_bytes(), "fleet.csv").unwrap_err().to_string()
        };
        assert!(read("95,4,pi4,FR,lyon,1").starts_with("fleet.csv:3: `latitude` is `95`"));
        assert_eq!(read("45,4,pi4,,lyon,1"), "fleet.csv:3: `zone` is empty");
        assert!(read("45,4,pi4,FR,lyon,2.5").contains("`count` is `2.5`"));
        assert!(read("45,4").starts_with("fleet.csv:3: not a table"));
    }
}
