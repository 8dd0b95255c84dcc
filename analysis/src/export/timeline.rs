//! `timeline.parquet`: one row a zone and interval.

use std::io::Write;

use parquet::errors::ParquetError;
use sim_core::engine::Books;
use sim_core::engine::ledger::{Account, Cell};
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::World;
use sim_core::world::grid::Zone;

use super::column::Field;
use super::writer::write;
use super::{EnergyKnown, known};

/// One zone in one interval.
pub(super) struct Row<'a> {
    zone: &'a Zone,
    cell: &'a Cell,
    start: SimTime,
    /// Mean accounting intensity [g/kWh].
    intensity: f64,
}

impl Row<'_> {
    fn energy(&self, account: Account) -> f64 {
        self.cell.accounts.get(account).energy().0
    }

    fn carbon(&self, account: Account) -> f64 {
        self.cell.accounts.get(account).carbon().0
    }
}

/// Writes the timeline from the epoch to the end of the run: zone after zone, each in order of time.
///
/// # Errors
/// If `out` does not take the bytes.
pub fn write_timeline(
    out: impl Write + Send, books: &Books, world: &World, energy: EnergyKnown,
) -> Result<(), ParquetError> {
    let interval = books.ledger.interval();
    let (step, end) = (interval.as_secs().to_string(), books.end.as_secs().to_string());
    let mut facts = known(world, energy);
    facts.extend([("interval_s", step), ("end_s", end)]);
    write(out, &fields(), rows(books, world, interval), facts)
}

fn rows<'a>(books: &'a Books, world: &'a World, interval: SimDuration) -> impl Iterator<Item = Row<'a>> {
    let starts = move || (0u64..).map(move |k| SimTime(k.saturating_mul(interval.0)));
    books.ledger.timeline().enumerate().flat_map(move |(zone, cells)| {
        let begun = cells.iter().zip(starts()).take_while(move |(_, start)| *start < books.end);
        begun.map(move |(cell, start)| {
            let end = (start + interval).min(books.end);
            let intensity = world.grid.accounting(zone).integral(start, end) / end.since(start);
            Row { zone: &world.grid.zones[zone], cell, start, intensity: intensity.0 }
        })
    })
}

pub(super) fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::text("zone", |row| &row.zone.name, "Grid zone"),
        Field::number("start_s", "s", |row| row.start.as_secs(), "Start of the interval, from the epoch"),
        Field::number(
            "intensity_g_per_kwh",
            "g/kWh",
            |row| row.intensity,
            "Mean of the accounting signal over the interval, up to the end of the run",
        ),
        Field::count("requests", |row| row.cell.requests, "Computations of measured requests that ended here then"),
        Field::number("energy_dynamic_j", "J", |row| row.energy(Account::Dynamic), "Energy of computing, above idle"),
        Field::number("energy_idle_j", "J", |row| row.energy(Account::Idle), "Energy of being idle, asleep or off"),
        Field::number("energy_wake_j", "J", |row| row.energy(Account::Wake), "Energy of waking and booting"),
        Field::number("energy_load_j", "J", |row| row.energy(Account::Load), "Energy of loading models"),
        Field::number("energy_network_j", "J", |row| row.energy(Account::Network), "Energy of moving data"),
        Field::number("energy_decision_j", "J", |row| row.energy(Account::Decision), "Energy of deciding, if charged"),
        Field::number(
            "carbon_dynamic_g",
            "g",
            |row| row.carbon(Account::Dynamic),
            "Emissions of computing, above idle",
        ),
        Field::number("carbon_idle_g", "g", |row| row.carbon(Account::Idle), "Emissions of being idle, asleep or off"),
        Field::number("carbon_wake_g", "g", |row| row.carbon(Account::Wake), "Emissions of waking and booting"),
        Field::number("carbon_load_g", "g", |row| row.carbon(Account::Load), "Emissions of loading models"),
        Field::number("carbon_network_g", "g", |row| row.carbon(Account::Network), "Emissions of moving data"),
        Field::number(
            "carbon_decision_g",
            "g",
            |row| row.carbon(Account::Decision),
            "Emissions of deciding, if charged",
        ),
    ]
}
