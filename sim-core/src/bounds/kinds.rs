//! Devices that are alike in all that a bound looks at.

use std::collections::BTreeMap;

use crate::ids::{DeviceId, Table};
use crate::world::World;
use crate::world::device::Role;

/// Devices that a bound cannot tell apart: those of one class at one site with one access link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// One of them.
    pub device: DeviceId,
    /// How many there are.
    pub count: u32,
}

/// All kinds of device, and the kind of each.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    pub all: Vec<Kind>,
    of: Table<DeviceId, u32>,
}

impl Kinds {
    pub fn new(world: &World) -> Self {
        let mut kinds = Self { all: Vec::new(), of: Table::new() };
        let mut known = BTreeMap::new();
        for (id, device) in world.devices.enumerate() {
            let flags = [device.role == Role::Source, device.housed];
            let key =
                (device.class, device.site, flags, device.background_load.to_bits(), world.devices.access_kinds(id));
            let next = kinds.all.len();
            let kind = *known.entry(key).or_insert(next);
            if kind == next {
                kinds.all.push(Kind { device: id, count: 0 });
            }
            kinds.all[kind].count += 1;
            kinds.of.push(u32::try_from(kind).expect("invariant: no more kinds than devices"));
        }
        kinds
    }

    /// The kind of a device, as a place in the list of all.
    pub fn of(&self, device: DeviceId) -> usize {
        self.of[device] as usize
    }
}
