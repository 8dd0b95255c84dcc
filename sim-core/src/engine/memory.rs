//! Models in devices' memory: residency, pins and eviction of the least recently used.

use crate::ids::{DeviceId, ModelId, Table};
use crate::units::{Bytes, SimTime};
use crate::world::{Preload, World};

#[derive(Clone, Copy, Debug)]
struct Resident {
    model: ModelId,
    used: SimTime,
    /// In memory from then on.
    ready: SimTime,
    /// Requests that hold it in memory.
    pins: u32,
}

#[derive(Clone, Debug, Default)]
struct Memory {
    models: Vec<Resident>,
}

/// What a request finds when it wants its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetch {
    /// In memory.
    Ready,
    /// Being loaded for another request, until then.
    Coming(SimTime),
    /// To be loaded: room was made.
    Load,
    /// No room until a running request lets go of its model.
    Full,
}

/// Memories of all devices; not kept where every model is in every memory from the start.
#[derive(Clone, Debug)]
pub(crate) struct Memories(Option<Table<DeviceId, Memory>>);

impl Memories {
    pub fn new(world: &World) -> Self {
        let all: Bytes = world.models.iter().map(|model| model.parameters).sum();
        let loses = |class: &crate::world::device::DeviceClass| class.memory.0 < all.0;
        let static_for_good = world.settings.preload == Preload::All && !world.classes.iter().any(loses);
        Self((!static_for_good).then(|| world.devices.ids().map(|device| preloaded(world, device)).collect()))
    }

    pub fn is_resident(&self, device: DeviceId, model: ModelId, now: SimTime) -> bool {
        let Some(memories) = &self.0 else { return true };
        memories[device].models.iter().any(|resident| resident.model == model && resident.ready <= now)
    }

    /// Pins a model for a request that takes a slot, making room for it if need be.
    pub fn fetch(&mut self, world: &World, device: DeviceId, model: ModelId, now: SimTime) -> Fetch {
        let Some(memories) = &mut self.0 else { return Fetch::Ready };
        let memory = &mut memories[device];
        if let Some(resident) = memory.models.iter_mut().find(|resident| resident.model == model) {
            resident.pins += 1;
            resident.used = now;
            return if resident.ready <= now { Fetch::Ready } else { Fetch::Coming(resident.ready) };
        }
        if !memory.make_room(world, world.class_of(device).memory, world.models[model].parameters) {
            return Fetch::Full;
        }
        memory.models.push(Resident { model, used: now, ready: SimTime::NEVER, pins: 1 });
        Fetch::Load
    }

    /// A load that was begun will be done at `ready`.
    pub fn loading(&mut self, device: DeviceId, model: ModelId, ready: SimTime) {
        if let Some(resident) = self.find(device, model) {
            resident.ready = ready;
        }
    }

    /// A request lets go of its model.
    pub fn release(&mut self, device: DeviceId, model: ModelId) {
        if let Some(resident) = self.find(device, model) {
            resident.pins = resident.pins.saturating_sub(1);
        }
    }

    /// The device is switched off: nothing stays in memory.
    pub fn clear(&mut self, world: &World, device: DeviceId) {
        let fresh = || world.devices.ids().map(|device| preloaded(world, device)).collect();
        self.0.get_or_insert_with(fresh)[device].models.clear();
    }

    fn find(&mut self, device: DeviceId, model: ModelId) -> Option<&mut Resident> {
        self.0.as_mut()?[device].models.iter_mut().find(|resident| resident.model == model)
    }
}

impl Memory {
    fn used(&self, world: &World) -> f64 {
        self.models.iter().map(|resident| world.models[resident.model].parameters.0).sum()
    }

    /// Evicts the least recently used unpinned models until `needed` fits; false, and nothing evicted, if it cannot.
    fn make_room(&mut self, world: &World, capacity: Bytes, needed: Bytes) -> bool {
        let size = |resident: &Resident| world.models[resident.model].parameters.0;
        let pinned: f64 = self.models.iter().filter(|resident| resident.pins > 0).map(size).sum();
        if pinned + needed.0 > capacity.0 {
            return false;
        }
        while self.used(world) + needed.0 > capacity.0 {
            let oldest = (0..self.models.len())
                .filter(|&k| self.models[k].pins == 0)
                .min_by_key(|&k| (self.models[k].used, self.models[k].model))
                .expect("invariant: unpinned models hold what is missing");
            self.models.remove(oldest);
        }
        true
    }
}

fn preloaded(world: &World, device: DeviceId) -> Memory {
    let mut memory = Memory::default();
    if world.settings.preload == Preload::None {
        return memory;
    }
    let capacity = world.class_of(device).memory.0;
    for (model, entry) in world.models.enumerate() {
        if world.can_run(device, model) && memory.used(world) + entry.parameters.0 <= capacity {
            memory.models.push(Resident { model, used: SimTime::ZERO, ready: SimTime::ZERO, pins: 0 });
        }
    }
    memory
}
