//! Where computations ran, as shares.

use indexmap::IndexMap;
use serde::Serialize;
use sim_core::engine::ledger::Ledger;
use sim_core::ids::{DeviceId, Id, Table};
use sim_core::world::World;

/// Shares of the cohort's computations, 0…1, every name in the scenario's order; all 0 if there was none.
///
/// A request split over devices counts once for each of its segments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placement {
    /// By device class.
    pub by_device_class: IndexMap<String, f64>,
    /// By zone.
    pub by_zone: IndexMap<String, f64>,
    /// By site.
    pub by_site: IndexMap<String, f64>,
}

impl Placement {
    pub(super) fn new(ledger: &Ledger, world: &World) -> Self {
        let served = ledger.served();
        Self {
            by_device_class: shares(served, &world.classes, |class| &class.name, |d| world.devices[d].class),
            by_zone: shares(served, &world.grid.zones, |zone| &zone.name, |d| world.zone_of(d)),
            by_site: shares(served, &world.sites, |site| &site.name, |d| world.devices[d].site),
        }
    }
}

/// Shares of what each device served by the entity of some kind that the device belongs to.
fn shares<I: Id, T>(
    served: &Table<DeviceId, u64>, kind: &Table<I, T>, name: fn(&T) -> &str, of: impl Fn(DeviceId) -> I,
) -> IndexMap<String, f64> {
    let mut counts = Table::<I, u64>::filled(kind.len(), 0);
    served.enumerate().for_each(|(device, count)| counts[of(device)] += count);
    let total = counts.iter().sum::<u64>().max(1);
    let mut shares = IndexMap::new();
    for (id, row) in kind.enumerate() {
        // Classes of one name with different settings are one class to a reader.
        *shares.entry(name(row).to_owned()).or_insert(0.0) += counts[id] as f64 / total as f64;
    }
    shares
}
