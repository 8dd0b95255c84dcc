//! What is drawn whatever is served: each device in its lowest state over the window, and the baselines of links.

use crate::kernel::sum::Sum;
use crate::units::{Exposure, Grams, Watts};
use crate::world::World;
use crate::world::device::{DeviceClass, WakeUp};
use crate::world::topology::EnergyScope;

/// The least that devices and links emit over the measurement window; where the scheduler `orders` power states, a
/// device may be asleep or off, else asleep only after a timeout of its class.
pub(super) fn unavoidable(world: &World, orders: bool) -> Grams {
    let horizon = &world.settings.horizon;
    let over = |zone| world.grid.accounting(zone).integral(horizon.window_start(), horizon.window_end());
    let exposures: Vec<Exposure> = world.grid.zones.ids().map(over).collect();
    let exposure = |zone: crate::ids::ZoneId| exposures[zone.0 as usize];
    let mut sum = Sum::default();
    for (id, device) in world.devices.enumerate() {
        let least = least_power(world.class_of(id), device.service_share, orders);
        sum.add((least * world.pue_of(id) * exposure(world.zone_of(id))).0);
    }
    if world.topology.energy.scope == EnergyScope::Link {
        for link in world.topology.links().iter().filter(|link| link.energy.baseline.0 > 0.0) {
            for (site, share) in link.shares {
                let power = link.energy.baseline * (share * world.topology.energy.pue);
                sum.add((power * exposure(world.sites[site].zone)).0);
            }
        }
    }
    Grams(sum.value())
}

/// The lowest power that a device may be in and that the service answers for. Waking counts too: what it draws stands
/// in place of idle power, and may be less.
fn least_power(class: &DeviceClass, service_share: f64, orders: bool) -> Watts {
    let power = &class.power;
    let waking = |wake: WakeUp| if wake.time.0 > 0 { wake.energy / wake.time } else { Watts(f64::INFINITY) };
    let mut least = power.idle * service_share;
    let mut offer = |power: Watts| least = if power < least { power } else { least };
    if orders || power.idle_timeout.is_some() {
        offer(power.sleep * service_share);
        offer(waking(power.wake));
    }
    if orders {
        offer(power.off * service_share);
        offer(waking(power.boot));
    }
    least
}
