//! Where a request may be computed whole, and what computing it there and moving its data costs at least.

use super::kinds::Kinds;
use crate::ids::{DeviceId, Id, ModelId, RequestClassId, SiteId, ZoneId};
use crate::units::{Bytes, JOULES_PER_KWH, SimDuration};
use crate::world::World;
use crate::world::device::{DeviceClass, DynamicPower};
use crate::world::link::Link;
use crate::world::topology::EnergyScope;

/// Energy that moving a request's data takes in one zone, at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moving {
    pub zone: ZoneId,
    /// For each byte of input [kWh/B].
    pub per_byte: f64,
    /// Beside it: the result [kWh].
    pub fixed: f64,
}

/// Computing on a kind of device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Compute {
    /// Power above idle while it computes, the least that may be [kW], times PUE.
    pub kilowatts: f64,
    /// Seconds for work 1 on a device to itself, without noise.
    pub seconds: f64,
    /// What background load leaves of the device.
    pub free: f64,
    /// The highest speed of a request that shares the device; `None` where they do not slow each other down.
    fastest: Option<f64>,
    /// σ of the service noise.
    pub sigma: f64,
}

impl Compute {
    /// How long a request takes at least; as the engine rounds it, or a nanosecond less where speeds change.
    pub fn span(&self, factor: f64) -> SimDuration {
        let seconds = self.seconds * factor / self.free;
        match self.fastest {
            None => SimDuration::from_secs(seconds),
            Some(speed) => SimDuration::from_secs(seconds / speed) - SimDuration(1),
        }
    }

    /// Seconds that work 1 takes at least, without noise.
    #[cfg(feature = "lp")]
    pub fn least_seconds(&self) -> f64 {
        self.seconds / self.free / self.fastest.unwrap_or(1.0)
    }
}

/// A kind of device as a place for a request of one model, class and origin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// The kind of device.
    #[cfg(feature = "lp")]
    pub kind: usize,
    pub zone: ZoneId,
    pub compute: Compute,
    pub moving: Vec<Moving>,
}

/// What a kind of request is: a model, a class, the kind of device that asks.
pub(super) type Asked = (ModelId, RequestClassId, usize);

/// All places for a kind of request.
pub(super) fn places(world: &World, kinds: &Kinds, asked: Asked) -> Vec<Place> {
    let (model, class, origin) = asked;
    let from = kinds.all[origin].device;
    let mut places = Vec::new();
    for (kind, described) in kinds.all.iter().enumerate() {
        let (device, zone) = (described.device, world.zone_of(described.device));
        if !world.is_allowed(class, device) || !world.can_run(device, model) {
            continue;
        }
        let compute = compute(world, device, model);
        // At the origin itself nothing moves; another device like it is no better.
        let moving = if kind == origin { Vec::new() } else { moving(world, from, device, model) };
        places.push(Place {
            #[cfg(feature = "lp")]
            kind,
            zone,
            compute,
            moving,
        });
    }
    places
}

/// The places of which none is at least as good as another in everything.
pub(super) fn undominated(places: Vec<Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    for place in places {
        if kept.iter().any(|other| dominates(other, &place)) {
            continue;
        }
        kept.retain(|other| !dominates(&place, other));
        kept.push(place);
    }
    kept
}

/// Whether a place emits no more than another at every instant, whatever the request: as much power and time, or less,
/// in the same zone and with the same noise, and no more for moving in any zone.
fn dominates(a: &Place, b: &Place) -> bool {
    let (x, y) = (&a.compute, &b.compute);
    let less = x.kilowatts >= 0.0 && x.kilowatts <= y.kilowatts && x.seconds <= y.seconds && x.free >= y.free;
    let alike = a.zone == b.zone && x.sigma == y.sigma && x.fastest == y.fastest;
    let in_b = |zone| b.moving.iter().find(|moving| moving.zone == zone);
    let cheaper = |moving: &Moving| {
        in_b(moving.zone).is_some_and(|other| moving.per_byte <= other.per_byte && moving.fixed <= other.fixed)
    };
    alike && less && a.moving.iter().all(cheaper)
}

fn compute(world: &World, device: DeviceId, model: ModelId) -> Compute {
    let (class, table) = (world.class_of(device), world.planned_cost(device, model));
    let background = world.devices[device].background_load;
    let watts = match &class.power.dynamic {
        DynamicPower::Linear => table.power(table.whole()).0,
        DynamicPower::Table(_) => least_of_table(class, background),
    };
    Compute {
        kilowatts: watts * world.pue_of(device) / 1000.0,
        seconds: table.time_s(table.whole()),
        free: 1.0 - background,
        fastest: class.interferes().then(|| fastest(class)),
        sigma: if world.settings.service_noise { table.noise_sigma.unwrap_or(class.noise_sigma) } else { 0.0 },
    }
}

/// The highest speed of a request on a class, however many run.
pub(super) fn fastest(class: &DeviceClass) -> f64 {
    (1..=class.slots.max(1)).map(|running| class.speed(running)).fold(0.0, f64::max)
}

/// The least power that a busy slot answers for: the lowest slope of P(u) from the background load.
pub(super) fn least_of_table(class: &DeviceClass, background: f64) -> f64 {
    let above = |utilisation: f64| class.power.dynamic.above_idle(utilisation).0;
    let slots = f64::from(class.slots.max(1));
    let share = |busy: f64| (above(background + (1.0 - background) * busy / slots) - above(background)) / busy;
    (1..=class.slots.max(1)).map(|busy| share(f64::from(busy))).fold(f64::INFINITY, f64::min)
}

/// What moving the input there and the result back takes.
pub(super) fn moving(world: &World, from: DeviceId, to: DeviceId, model: ModelId) -> Vec<Moving> {
    let output = world.models[model].output();
    let network = &world.topology.energy;
    let mut list = Vec::new();
    match network.scope {
        EnergyScope::EndToEnd => {
            let per_byte = network.end_to_end.0 * network.pue * 0.5 / JOULES_PER_KWH;
            for device in [from, to] {
                add(&mut list, world.zone_of(device), per_byte, per_byte * output.0);
            }
        }
        EnergyScope::Link => {
            for (way, back) in [((from, to), false), ((to, from), true)] {
                for link in world.hops(way.0, way.1) {
                    carry(world, link, back.then_some(output), &mut list);
                }
            }
        }
    }
    list.retain(|moving| moving.per_byte != 0.0 || moving.fixed != 0.0);
    list
}

/// What a link takes for the input, or for a result of so many bytes. The engine rounds transmissions to nanoseconds,
/// so half of one is taken off what a carrying link draws.
fn carry(world: &World, link: &Link, result: Option<Bytes>, list: &mut Vec<Moving>) {
    let pue = world.topology.energy.pue / JOULES_PER_KWH;
    let seconds_per_byte = 8.0 / link.rate.0;
    let per_byte = (link.energy.per_byte.0 + link.energy.marginal.0 * seconds_per_byte) * pue;
    let rounded = if seconds_per_byte > 0.0 { -0.5e-9 * link.energy.marginal.0 * pue } else { 0.0 };
    for (site, share) in link.shares {
        let zone = zone_of(world, site);
        match result {
            None => add(list, zone, per_byte * share, rounded * share),
            Some(bytes) => add(list, zone, 0.0, (per_byte * bytes.0 + rounded).max(0.0) * share),
        }
    }
}

fn zone_of(world: &World, site: SiteId) -> ZoneId {
    world.sites[site].zone
}

fn add(list: &mut Vec<Moving>, zone: ZoneId, per_byte: f64, fixed: f64) {
    match list.iter_mut().find(|moving| moving.zone == zone) {
        Some(moving) => {
            moving.per_byte += per_byte;
            moving.fixed += fixed;
        }
        None => list.push(Moving { zone, per_byte, fixed }),
    }
}

impl Moving {
    /// Energy for a request's data [kWh].
    pub fn energy(&self, input: Bytes) -> f64 {
        (self.per_byte * input.0 + self.fixed).max(0.0)
    }
}

/// The place of a kind of request in a table of all.
pub(super) fn index(world: &World, kinds: &Kinds, (model, class, origin): Asked) -> usize {
    (model.index() * world.request_classes.len() + class.index()) * kinds.all.len() + origin
}

/// Service noise of mean 1 from a standard normal draw, as the engine makes it.
pub(super) fn lognormal(z: f64, sigma: f64) -> f64 {
    if sigma == 0.0 { 1.0 } else { (sigma * z - 0.5 * sigma * sigma).exp() }
}
