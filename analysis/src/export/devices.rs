//! `devices.parquet`: one row a device.

use std::io::Write;

use parquet::errors::ParquetError;
use sim_core::engine::Books;
use sim_core::engine::ledger::Account;
use sim_core::ids::DeviceId;
use sim_core::world::World;
use sim_core::world::device::{Device, Role};

use super::column::{Field, Get};
use super::writer::write;
use super::{EnergyKnown, known};

/// One device.
pub(super) struct Row<'a> {
    id: DeviceId,
    books: &'a Books,
    world: &'a World,
}

impl Row<'_> {
    fn device(&self) -> &Device {
        &self.world.devices[self.id]
    }

    fn role(&self) -> &'static str {
        match self.device().role {
            Role::Shared => "shared",
            Role::Reserved => "reserved",
            Role::Source => "source",
        }
    }

    fn energy(&self, account: Account) -> f64 {
        self.books.ledger.device(self.id).get(account).energy().0
    }

    fn carbon(&self, account: Account) -> f64 {
        self.books.ledger.device(self.id).get(account).carbon().0
    }

    fn embodied(&self) -> Option<f64> {
        self.books.ledger.embodied()[self.id].map(|carbon| carbon.0)
    }
}

/// Writes all devices in the scenario's order.
///
/// Moving data is booked by site and zone, not by device: its account is in the timeline and the summary.
///
/// # Errors
/// If `out` does not take the bytes.
pub fn write_devices(
    out: impl Write + Send, books: &Books, world: &World, energy: EnergyKnown,
) -> Result<(), ParquetError> {
    let mut facts = known(world, energy);
    facts.push(("network_account", "booked by zone: see timeline.parquet".to_owned()));
    write(out, &fields(), world.devices.ids().map(|id| Row { id, books, world }), facts)
}

pub(super) fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::new("device", None, Get::Made(|row| row.world.device_name(row.id)), "Device"),
        Field::text("class", |row| &row.world.class_of(row.id).name, "Device class"),
        Field::text("site", |row| &row.world.sites[row.device().site].name, "Site it stands in"),
        Field::text("zone", |row| &row.world.grid.zones[row.world.zone_of(row.id)].name, "Grid zone of its site"),
        Field::text("role", |row| row.role(), "shared, reserved (only for schedulers that name it) or source"),
        Field::count("served", |row| row.books.ledger.served()[row.id], "Computations of measured requests"),
        Field::number("energy_dynamic_j", "J", |row| row.energy(Account::Dynamic), "Energy of computing, above idle"),
        Field::number("energy_idle_j", "J", |row| row.energy(Account::Idle), "Energy of being idle, asleep or off"),
        Field::number("energy_wake_j", "J", |row| row.energy(Account::Wake), "Energy of waking and booting"),
        Field::number("energy_load_j", "J", |row| row.energy(Account::Load), "Energy of loading models"),
        Field::number(
            "carbon_dynamic_g",
            "g",
            |row| row.carbon(Account::Dynamic),
            "Emissions of computing, above idle",
        ),
        Field::number("carbon_idle_g", "g", |row| row.carbon(Account::Idle), "Emissions of being idle, asleep or off"),
        Field::number("carbon_wake_g", "g", |row| row.carbon(Account::Wake), "Emissions of waking and booting"),
        Field::number("carbon_load_g", "g", |row| row.carbon(Account::Load), "Emissions of loading models"),
        Field::new(
            "embodied_g",
            Some("g"),
            Get::MaybeNumber(Row::embodied),
            "Share of embodied emissions over the measurement window; null where not booked or not stated",
        ),
    ]
}
