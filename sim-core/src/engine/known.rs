//! What a run asks of its world at every step of a request, found by one look: a row for alike devices, one for each
//! model on each class.

use super::Run;
use crate::ids::{ClassId, DeviceId, Id, ModelId, PlanId, SiteId, ZoneId};
use crate::scheduler::Request;
use crate::units::{Bytes, SimDuration, Watts};
use crate::world::World;
use crate::world::cost::Cuts;
use crate::world::device::{Device, Discipline, DynamicPower, Role};

/// What alike devices have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alike {
    pub class: ClassId,
    pub site: SiteId,
    pub zone: ZoneId,
    /// Requests that it runs at once.
    pub slots: u16,
    /// Whether its queue is in order of deadlines.
    pub by_deadline: bool,
    /// Whether its power grows with its busy slots.
    pub linear: bool,
    /// Whether running requests slow each other down.
    pub interferes: bool,
    /// Whether schedulers may place anything here.
    pub runs: bool,
    pub idle_timeout: Option<SimDuration>,
    /// The factor of its machine room.
    pub pue: f64,
    /// Share of its compute that other software leaves.
    pub free: f64,
}

impl Alike {
    fn new(world: &World, device: &Device) -> Self {
        let (class, site) = (&world.classes[device.class], &world.sites[device.site]);
        Self {
            class: device.class,
            site: device.site,
            zone: site.zone,
            slots: class.slots,
            by_deadline: class.discipline == Discipline::Edf,
            linear: class.power.dynamic == DynamicPower::Linear,
            interferes: class.interferes(),
            runs: device.role != Role::Source && class.slots > 0,
            idle_timeout: class.power.idle_timeout,
            pue: if device.housed { site.pue } else { 1.0 },
            free: 1.0 - device.background_load,
        }
    }
}

/// A segment on a class: what its cost table says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costed {
    pub cuts: Cuts,
    /// Compute time [s], alone on the device and without noise.
    pub seconds: f64,
    /// Power above idle.
    pub power: Watts,
    /// Memory that it reserves in a slot.
    pub memory: Bytes,
}

impl Costed {
    fn new(world: &World, class: ClassId, model: ModelId, cuts: Cuts) -> Option<Self> {
        let table = world.costs.get(class, model)?;
        Some(Self {
            cuts,
            seconds: table.time_s(cuts),
            power: table.power(cuts),
            memory: world.memory_on(class, model, cuts),
        })
    }
}

/// All rows.
#[derive(Debug)]
pub(crate) struct Known {
    alike: Vec<Alike>,
    models: usize,
    /// Whole models on classes whose memory holds them, by class first.
    whole: Vec<Option<Costed>>,
}

impl Known {
    pub fn new(world: &World) -> Self {
        let pairs = world.classes.ids().flat_map(|class| world.models.ids().map(move |model| (class, model)));
        let whole = |(class, model): (ClassId, ModelId)| {
            let cuts = world.models[model].whole();
            let fits = world.costs.get(class, model)?.parameters(cuts) <= world.classes[class].memory;
            Costed::new(world, class, model, cuts).filter(|_| fits)
        };
        Self {
            alike: world.devices.descriptions().map(|device| Alike::new(world, device)).collect(),
            models: world.models.len(),
            whole: pairs.map(whole).collect(),
        }
    }

    /// What a device has in common with others.
    #[inline]
    pub fn of(&self, world: &World, device: DeviceId) -> &Alike {
        &self.alike[world.devices.description(device)]
    }

    /// A whole model on a class that can hold it.
    #[inline]
    pub fn whole(&self, class: ClassId, model: ModelId) -> Option<&Costed> {
        self.whole[class.index() * self.models + model.index()].as_ref()
    }

    /// The layers between two cuts of a model, or all, on a class that a checked plan uses.
    #[cold]
    pub fn segment(&self, world: &World, class: ClassId, model: ModelId, cuts: Option<Cuts>) -> Costed {
        let cuts = cuts.unwrap_or_else(|| world.models[model].whole());
        Costed::new(world, class, model, cuts).expect("invariant: plans use devices that can run the model")
    }
}

impl Run<'_> {
    /// What a device has in common with others.
    #[inline]
    pub(super) fn alike(&self, device: DeviceId) -> Alike {
        *self.known.of(self.world, device)
    }

    /// Whether a plan runs a request's whole model on a device that can.
    #[inline]
    pub(super) fn runs_whole(&self, request: &Request, plan: PlanId) -> bool {
        let Some(device) = self.state.plans.device(plan) else { return false };
        let alike = self.known.of(self.world, device);
        alike.runs
            && self.known.whole(alike.class, request.model).is_some()
            && self.world.request_classes[request.class].zones.as_ref().is_none_or(|zones| zones.contains(&alike.zone))
    }
}
