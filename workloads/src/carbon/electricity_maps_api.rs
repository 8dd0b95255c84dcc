//! Wide export of the Electricity Maps API: averages, marginals, forecasts of the weather, and the mix.
//!
//! Times bear their offset and start intervals, values are their means. `carbon_intensity_avg` counts consumption;
//! `basis: production` and `kind: marginal` choose other columns. The portal's default factors are of the life cycle.

use sim_core::world::signal::{Basis, Gas, Scope, SignalKind};

use super::clock::Clock;
use super::content::Input;
use super::format::Entry;
use super::options::Values;
use super::rows::{Draft, Rows};
use super::sheet::{Sheet, plain};
use super::stated::{Says, Speech};
use super::unit::Unit;
use crate::error::{Problem, ReadError};

pub(super) const ENTRY: Entry = Entry {
    name: "electricity-maps-api",
    about: "wide export of the Electricity Maps API: offsets in the times, means; average of consumption unless \
            `basis: production` or `kind: marginal`, CO2e, life cycle",
    takes: &["value_column", "timezone"],
    recognise,
    read,
    issued: Err("whose forecasts are of weather and production, without the time of their issue"),
};

const AVERAGE: &str = "carbon_intensity_avg";

fn recognise(input: &Input) -> bool {
    input.as_sheet().is_some_and(|sheet| sheet.has(&["zone_name", AVERAGE]) && time(sheet).is_some())
}

fn time(sheet: &Sheet) -> Option<usize> {
    sheet.find("datetime").or_else(|| sheet.find("timestamp"))
}

fn read(input: &Input) -> Result<Draft, ReadError> {
    let (sheet, options) = (input.sheet()?, input.options);
    let marginal = options.kind == Some(SignalKind::Marginal);
    let production = options.basis == Some(Basis::Production);
    let value = match &options.value_column {
        Some(column) => sheet.column(&[column])?,
        None if marginal => marginal_column(sheet)?,
        None if production => sheet.column(&["carbon_intensity_production_avg"])?,
        None => sheet.column(&[AVERAGE])?,
    };
    let name = plain(&sheet.header[value]);
    let basis = if name.contains("production") { Basis::Production } else { Basis::Consumption };
    let kind = if name.contains("marginal") { SignalKind::Marginal } else { SignalKind::Average };
    let (time, zone) = (time(sheet).map_or_else(|| sheet.column(&["datetime"]), Ok)?, sheet.column(&["zone_name"])?);
    let mut lines = sheet.lines([time, zone, value]);
    let (mut rows, mut clock, mut first) =
        (Rows::new(input.file), Clock::new(options.time_zone.clone()), String::new());
    while let Some(line) = lines.next()? {
        let here = line.text(zone)?;
        if first.is_empty() {
            here.clone_into(&mut first);
        } else if here != first {
            return Err(line.fault(Problem::MixedZones { value: here.to_owned(), first }));
        }
        rows.cell(&line, value, clock.read(&line, time)?, Unit::GramsPerKwh)?;
    }
    let speech = Speech {
        kind: Says::Only(kind),
        scope: Says::Unless(Scope::Lifecycle),
        basis: Says::Only(basis),
        gas: Says::Only(Gas::Co2e),
        unit: Says::Only(Unit::GramsPerKwh),
        values: Says::Only(Values::Mean),
    };
    if rows.len() > 0 {
        input.refuse_other_zone(&[&first])?;
    }
    let source = format!("Electricity Maps API, column `{}`", sheet.header[value]);
    let stated = speech.join(options, &first, source).map_err(|fault| input.fault(fault))?;
    Ok(Draft { stated, rows })
}

fn marginal_column(sheet: &Sheet) -> Result<usize, ReadError> {
    let marginal = |name: &String| plain(name).contains("marginal") && plain(name).contains("carbon_intensity");
    sheet.header.iter().position(marginal).map_or_else(|| sheet.column(&["marginal_carbon_intensity_avg"]), Ok)
}

#[cfg(test)]
mod tests {
    use crate::carbon::options::Options;
    use crate::carbon::reading::read;
    use sim_core::world::signal::{Basis, SignalKind};

    const TABLE: &str = "datetime,zone_name,carbon_intensity_avg,carbon_intensity_production_avg,\
        marginal_carbon_intensity_avg\n2020-01-01T00:00:00+00:00,CISO,300,310,500\n\
        2020-01-01T01:00:00+00:00,CISO,301,311,501\n";

    #[test]
    fn kind_and_basis_choose_the_column_and_the_label() {
        let value = |kind, basis| {
            let read = read(TABLE.as_bytes(), "x.csv", &Options { kind, basis, ..Options::default() }).unwrap();
            (read.series.values()[0], read.kind, read.series.labels.basis)
        };
        assert_eq!(value(None, None), (300.0, SignalKind::Average, Basis::Consumption));
        assert_eq!(value(None, Some(Basis::Production)), (310.0, SignalKind::Average, Basis::Production));
        assert_eq!(value(Some(SignalKind::Marginal), None), (500.0, SignalKind::Marginal, Basis::Consumption));
    }
}
