//! Yearly tables of the Electricity Maps data portal, with the header of before and of after 2024.
//!
//! Times are UTC starts of intervals and values their means; intensities are of consumption, in CO2e.

use jiff::tz::TimeZone;
use sim_core::world::signal::{Basis, Gas, Scope, SignalKind};

use super::clock::Clock;
use super::content::Input;
use super::format::Entry;
use super::options::Values;
use super::rows::{Draft, Rows};
use super::sheet::{Line, Sheet};
use super::stated::{Says, Speech};
use super::unit::Unit;
use crate::error::{Problem, ReadError};

pub(super) const ENTRY: Entry = Entry {
    name: "electricity-maps",
    about: "yearly table of the Electricity Maps portal: UTC, means; average, consumption, CO2e, life cycle \
            unless `scope: direct`",
    takes: &["value_column"],
    recognise,
    read,
    issued: Err("which holds what happened only"),
};

const TIME: &str = "Datetime (UTC)";
const ZONE: &str = "Zone id";
const DIRECT: &[&str] = &["Carbon intensity gCO2eq/kWh (direct)"];
const LIFECYCLE: &[&str] = &["Carbon intensity gCO2eq/kWh (Life cycle)", "Carbon intensity gCO2eq/kWh (LCA)"];

fn recognise(input: &Input) -> bool {
    let intensity = |sheet: &Sheet| [DIRECT, LIFECYCLE].concat().iter().any(|name| sheet.find(name).is_some());
    input.as_sheet().is_some_and(|sheet| sheet.has(&[TIME, ZONE]) && intensity(sheet))
}

/// Where the table keeps what.
struct Columns {
    time: usize,
    zone: usize,
    value: usize,
    estimated: Option<usize>,
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let sheet = input.sheet()?;
    let scope = input.options.scope.unwrap_or(Scope::Lifecycle);
    let value = match (&input.options.value_column, scope) {
        (Some(column), _) => sheet.column(&[column])?,
        (None, Scope::Direct) => sheet.column(DIRECT)?,
        (None, Scope::Lifecycle) => sheet.column(LIFECYCLE)?,
    };
    let columns = Columns {
        time: sheet.column(&[TIME])?,
        zone: sheet.column(&[ZONE])?,
        value,
        estimated: sheet.find("Data estimated"),
    };
    let scope =
        if DIRECT.iter().any(|name| sheet.find(name) == Some(value)) { Scope::Direct } else { Scope::Lifecycle };
    let (zone, rows, estimated) = columns.rows(sheet, input.wanted())?;
    if rows.len() > 0 {
        input.refuse_other_zone(&[&zone])?;
    }
    let speech = Speech {
        kind: Says::Only(SignalKind::Average),
        scope: Says::Only(scope),
        basis: Says::Only(Basis::Consumption),
        gas: Says::Only(Gas::Co2e),
        unit: Says::Only(Unit::GramsPerKwh),
        values: Says::Only(Values::Mean),
    };
    let source = format!("Electricity Maps ({estimated} of {} values estimated)", rows.len());
    let stated = speech.join(input.options, &zone, source).map_err(|fault| input.fault(fault))?;
    Ok(Draft { stated, rows })
}

impl Columns {
    /// The rows of the one zone, or of the wanted one of several; how many of them are estimated.
    fn rows(&self, sheet: &Sheet, wanted: Option<&str>) -> Result<(String, Rows, usize), ReadError> {
        match (self.rows_of(sheet, None)?, wanted) {
            (Ok(read), _) => Ok(read),
            (Err(fault), None) => Err(fault),
            (Err(_), Some(zone)) => match self.rows_of(sheet, Some(zone))? {
                Ok((_, rows, _)) if rows.len() == 0 => {
                    let (column, value) = (ZONE.to_owned(), zone.to_owned());
                    Err(sheet.fault(Problem::UnknownName { column, value, known: self.zones(sheet)? }))
                }
                read => read,
            },
        }
    }

    /// The rows of `only` one zone, or of all, which must be one: the inner error says that there are more.
    #[allow(clippy::type_complexity)] // the same triple as above, and a mixture is no error yet
    fn rows_of(
        &self, sheet: &Sheet, only: Option<&str>,
    ) -> Result<Result<(String, Rows, usize), ReadError>, ReadError> {
        let wanted = [Some(self.time), Some(self.zone), Some(self.value), self.estimated];
        let mut lines = sheet.lines(wanted.into_iter().flatten());
        let (mut zone, mut rows) = (only.unwrap_or_default().to_owned(), Rows::new(sheet.file()));
        let (mut clock, mut estimated) = (Clock::new(Some(TimeZone::UTC)), 0);
        while let Some(line) = lines.next()? {
            let here = line.text(self.zone)?;
            if zone.is_empty() {
                here.clone_into(&mut zone);
            }
            match (here == zone, only) {
                (true, _) => {}
                (false, Some(_)) => continue,
                (false, None) => return Ok(Err(mixed(&line, here, &zone))),
            }
            rows.cell(&line, self.value, clock.read(&line, self.time)?, Unit::GramsPerKwh)?;
            if let Some(column) = self.estimated {
                estimated += usize::from(line.text(column)?.eq_ignore_ascii_case("true"));
            }
        }
        Ok(Ok((zone, rows, estimated)))
    }

    fn zones(&self, sheet: &Sheet) -> Result<Vec<String>, ReadError> {
        let (mut lines, mut zones) = (sheet.lines([self.zone]), Vec::new());
        while let Some(line) = lines.next()? {
            let zone = line.text(self.zone)?;
            if !zones.iter().any(|known| known == zone) {
                zones.push(zone.to_owned());
            }
        }
        Ok(zones)
    }
}

fn mixed(line: &Line, here: &str, first: &str) -> ReadError {
    line.fault(Problem::MixedZones { value: here.to_owned(), first: first.to_owned() })
}

#[cfg(test)]
mod tests {
    use crate::carbon::options::Options;
    use crate::carbon::reading::read;
    use sim_core::world::signal::{Provenance, Scope};

    const NEW: &str = "\u{feff}Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),\
        Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),\
        Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method\r\n\
        2024-01-01 00:00:00,France,France,FR,20.5,33.25,95.1,40.2,entsoe.eu,false,\r\n\
        2024-01-01 01:00:00,France,France,FR,21.5,34.25,95.1,40.2,entsoe.eu,true,TIME_SLICER_AVERAGE\r\n";

    #[test]
    fn the_new_header_is_read_too_with_either_scope() {
        let options = Options { scope: Some(Scope::Direct), ..Options::default() };
        let direct = read(NEW.as_bytes(), "FR_2024.csv", &options).unwrap();
        assert_eq!((direct.series.values(), direct.series.labels.scope), (&[20.5, 21.5][..], Scope::Direct));
        let series = read(NEW.as_bytes(), "FR_2024.csv", &Options::default()).unwrap().series;
        assert_eq!((series.values(), series.zone.as_str()), (&[33.25, 34.25][..], "FR"));
        let text = "Electricity Maps (1 of 2 values estimated), FR_2024.csv";
        assert_eq!(series.provenance, Provenance::Given(text.into()));
    }

    #[test]
    fn of_several_zones_the_wanted_one_is_read() {
        let two = format!(
            "{NEW}2024-01-01 00:00:00,Spain,Spain,ES,1,2,9,9,x,false,\r\n\
             2024-01-01 01:00:00,Spain,Spain,ES,1,3,9,9,x,false,\r\n"
        );
        let of = |zone: Option<&str>| {
            let options = Options { zone: zone.map(str::to_owned), ..Options::default() };
            read(two.as_bytes(), "x.csv", &options).map(|read| read.series.values().to_vec())
        };
        assert_eq!(of(Some("ES")).unwrap(), [2.0, 3.0]);
        assert_eq!(of(None).unwrap_err().to_string(), "x.csv:4: zone `ES` follows zone `FR` in one series");
        assert!(of(Some("DE")).unwrap_err().to_string().ends_with("known are `FR`, `ES`"));
    }
}
