//! Models in devices' memory, whole or in segments: residency, pins and eviction of the least recently used.

use crate::ids::{DeviceId, ModelId, Table};
use crate::units::{Bytes, SimTime};
use crate::world::cost::Cuts;
use crate::world::{Preload, World};

/// The parameters of a segment in memory; they serve every segment within it.
#[derive(Clone, Copy, Debug)]
struct Resident {
    model: ModelId,
    cuts: Cuts,
    size: Bytes,
    used: SimTime,
    /// In memory from then on.
    ready: SimTime,
    /// Requests that hold it in memory.
    pins: u32,
}

impl Resident {
    fn serves(&self, model: ModelId, cuts: Cuts) -> bool {
        self.model == model && self.cuts.covers(cuts)
    }
}

#[derive(Clone, Debug, Default)]
struct Memory {
    residents: Vec<Resident>,
}

/// What a request finds when it wants the parameters of its segment.
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
        let all = |device| world.models.ids().map(|model| whole_weights(world, device, model)).sum::<Bytes>();
        let loses = |device: DeviceId| world.class_of(device).memory < all(device);
        let static_for_good = world.settings.preload == Preload::All && !world.devices.ids().any(loses);
        Self((!static_for_good).then(|| world.devices.ids().map(|device| preloaded(world, device)).collect()))
    }

    /// What is kept of them [B].
    pub fn bytes(&self) -> usize {
        let residents = |memory: &Memory| size_of::<Memory>() + memory.residents.len() * size_of::<Resident>();
        self.0.iter().flat_map(Table::iter).map(residents).sum()
    }

    pub fn is_resident(&self, device: DeviceId, model: ModelId, cuts: Cuts, now: SimTime) -> bool {
        let Some(memories) = &self.0 else { return true };
        memories[device].residents.iter().any(|resident| resident.serves(model, cuts) && resident.ready <= now)
    }

    /// Pins the parameters of a segment for a request that takes a slot, making room for them if need be; with what is
    /// pinned, to be released later.
    pub fn fetch(
        &mut self, world: &World, device: DeviceId, model: ModelId, cuts: Cuts, now: SimTime,
    ) -> (Fetch, Cuts) {
        let Some(memories) = &mut self.0 else { return (Fetch::Ready, cuts) };
        let memory = &mut memories[device];
        // Of several that serve, the one that is there first.
        let serving = memory.residents.iter_mut().filter(|resident| resident.serves(model, cuts));
        if let Some(resident) = serving.min_by_key(|resident| resident.ready) {
            resident.pins += 1;
            resident.used = now;
            let fetch = if resident.ready <= now { Fetch::Ready } else { Fetch::Coming(resident.ready) };
            return (fetch, resident.cuts);
        }
        let size = world.weights(device, model, cuts);
        if !memory.make_room(world.class_of(device).memory, size) {
            return (Fetch::Full, cuts);
        }
        memory.residents.push(Resident { model, cuts, size, used: now, ready: SimTime::NEVER, pins: 1 });
        (Fetch::Load, cuts)
    }

    /// A load that was begun will be done at `ready`.
    pub fn loading(&mut self, device: DeviceId, model: ModelId, held: Cuts, ready: SimTime) {
        if let Some(resident) = self.find(device, model, held) {
            resident.ready = ready;
        }
    }

    /// A request lets go of what it pinned.
    pub fn release(&mut self, device: DeviceId, model: ModelId, held: Cuts) {
        if let Some(resident) = self.find(device, model, held) {
            resident.pins = resident.pins.saturating_sub(1);
        }
    }

    /// The device is switched off: nothing stays in memory.
    pub fn clear(&mut self, world: &World, device: DeviceId) {
        let fresh = || world.devices.ids().map(|device| preloaded(world, device)).collect();
        self.0.get_or_insert_with(fresh)[device].residents.clear();
    }

    fn find(&mut self, device: DeviceId, model: ModelId, held: Cuts) -> Option<&mut Resident> {
        let of = |resident: &&mut Resident| resident.model == model && resident.cuts == held;
        self.0.as_mut()?[device].residents.iter_mut().find(of)
    }
}

impl Memory {
    fn used(&self) -> f64 {
        self.residents.iter().map(|resident| resident.size.0).sum()
    }

    /// Evicts the least recently used unpinned parameters until `needed` fits; false, and nothing evicted, if it cannot.
    fn make_room(&mut self, capacity: Bytes, needed: Bytes) -> bool {
        let pinned: f64 = self.residents.iter().filter(|resident| resident.pins > 0).map(|held| held.size.0).sum();
        if pinned + needed.0 > capacity.0 {
            return false;
        }
        while self.used() + needed.0 > capacity.0 {
            let oldest = (0..self.residents.len())
                .filter(|&k| self.residents[k].pins == 0)
                .min_by_key(|&k| (self.residents[k].used, self.residents[k].model, self.residents[k].cuts))
                .expect("invariant: unpinned parameters hold what is missing");
            self.residents.remove(oldest);
        }
        true
    }
}

/// Parameters of a whole model in a device's precision; nothing where it cannot run.
fn whole_weights(world: &World, device: DeviceId, model: ModelId) -> Bytes {
    world.cost(device, model).map_or(Bytes::ZERO, |table| table.parameters(table.whole()))
}

fn preloaded(world: &World, device: DeviceId) -> Memory {
    let mut memory = Memory::default();
    if world.settings.preload == Preload::None {
        return memory;
    }
    let capacity = world.class_of(device).memory.0;
    for (model, entry) in world.models.enumerate() {
        let size = whole_weights(world, device, model);
        if world.can_run(device, model) && memory.used() + size.0 <= capacity {
            let (cuts, from) = (entry.whole(), SimTime::ZERO);
            memory.residents.push(Resident { model, cuts, size, used: from, ready: from, pins: 0 });
        }
    }
    memory
}
