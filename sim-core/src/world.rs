//! What exists: immutable and complete, so that nothing can fail inside a run.

pub mod cost;
pub mod decision;
pub mod device;
pub mod devices;
pub mod forecast;
pub mod grid;
pub mod link;
pub mod model;
pub mod names;
pub mod signal;
pub mod topology;

use std::borrow::Cow;

use crate::ids::{ClassId, DeviceId, LinkId, ModelId, RequestClassId, SiteId, Table, ZoneId};
use crate::units::{Bytes, Grams, SimDuration, SimTime};
use cost::{CostTable, Costs, Cuts};
use decision::DecisionCost;
use device::{DeviceClass, Role};
use devices::Devices;
use grid::Grid;
use link::Link;
use model::{Model, RequestClass};
use names::Names;
use topology::Topology;

/// A place: devices share its access network and its PUE.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Its name, as in the scenario.
    pub name: String,
    /// The grid area it draws from.
    pub zone: ZoneId,
    /// Power usage effectiveness of its machine room, at least 1.
    pub pue: f64,
}

/// How idle power is split over requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IdleRule {
    /// Equally over the requests in slots, all of it.
    #[default]
    ByTime,
    /// One slot's share to each request in a slot.
    ByUse,
    /// Not at all.
    None,
}

/// The simulated span and what is measured in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Arrivals before the window, not measured.
    pub lead_in: SimDuration,
    /// What arrives here is the measured cohort.
    pub window: SimDuration,
    /// Longest time that a request's start may be put off, by its class or by itself.
    pub slack: SimDuration,
    /// Longest wait for the cohort to finish after the window and the slack.
    pub drain: SimDuration,
    /// Length of a timeline interval.
    pub interval: SimDuration,
}

impl Horizon {
    /// First instant of the measurement window.
    #[must_use]
    pub fn window_start(&self) -> SimTime {
        SimTime::ZERO + self.lead_in
    }

    /// First instant after the measurement window.
    #[must_use]
    pub fn window_end(&self) -> SimTime {
        self.window_start() + self.window
    }

    /// The number of the timeline interval that holds an instant, with the first instant after it.
    #[must_use]
    pub fn interval_of(&self, at: SimTime) -> (usize, SimTime) {
        let length = self.interval.0.max(1);
        let number = at.0 / length;
        (number as usize, SimTime((number + 1).saturating_mul(length)))
    }

    /// Last instant that a run may reach.
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.window_end() + self.slack + self.drain
    }
}

/// What schedulers see of devices, and how late.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TelemetrySettings {
    /// A report is visible so long after it was taken.
    pub age: SimDuration,
    /// Reports are taken so often; zero for always.
    pub period: SimDuration,
    /// Time constant of the exponentially weighted load.
    pub load_window: SimDuration,
}

/// Which models are in memory at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preload {
    /// All that fit, in the scenario's order.
    #[default]
    All,
    /// None.
    None,
}

/// Choices of a run that are not things.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Span and measurement window.
    pub horizon: Horizon,
    /// Split of idle power.
    pub idle_rule: IdleRule,
    /// Whether embodied emissions are booked.
    pub embodied: bool,
    /// Whether schedulers count a device's embodied emissions, by the time that a request takes of one of its slots: of a
    /// fleet that is there anyway they are sunk, so booking them is another matter.
    pub embodied_in_decision: bool,
    /// Whether service times vary.
    pub service_noise: bool,
    /// Telemetry of devices.
    pub telemetry: TelemetrySettings,
    /// Models in memory at the start.
    pub preload: Preload,
    /// What deciding costs; `None` if it takes no time.
    pub decision: Option<DecisionCost>,
}

/// Everything that exists in a run; shared by reference, never changed.
#[derive(Clone, Debug)]
pub struct World {
    /// Device classes.
    pub classes: Table<ClassId, DeviceClass>,
    /// Devices.
    pub devices: Devices,
    /// Their names.
    pub names: Names,
    /// Sites.
    pub sites: Table<SiteId, Site>,
    /// Zones and their carbon signals.
    pub grid: Grid,
    /// Links and routes.
    pub topology: Topology,
    /// Models.
    pub models: Table<ModelId, Model>,
    /// Request classes.
    pub request_classes: Table<RequestClassId, RequestClass>,
    /// Costs of models on classes.
    pub costs: Costs,
    /// Choices.
    pub settings: Settings,
}

impl World {
    /// The name of a device.
    #[must_use]
    pub fn device_name(&self, device: DeviceId) -> Cow<'_, str> {
        self.names.get(device)
    }

    /// The device of a name; of several, the one of the lowest id.
    #[must_use]
    pub fn device_named(&self, name: &str) -> Option<DeviceId> {
        self.names.find(name).next()
    }

    /// Memory of what grows with devices: their descriptions, their names, all links [B].
    #[must_use]
    pub fn device_bytes(&self) -> usize {
        self.devices.bytes() + self.names.bytes() + self.topology.links().bytes()
    }

    /// The class of a device.
    #[must_use]
    #[inline]
    pub fn class_of(&self, device: DeviceId) -> &DeviceClass {
        &self.classes[self.devices[device].class]
    }

    /// The zone of a device.
    #[must_use]
    #[inline]
    pub fn zone_of(&self, device: DeviceId) -> ZoneId {
        self.sites[self.devices[device].site].zone
    }

    /// The factor on a device's power: its site's PUE if it is housed.
    #[must_use]
    #[inline]
    pub fn pue_of(&self, device: DeviceId) -> f64 {
        let device = &self.devices[device];
        if device.housed { self.sites[device.site].pue } else { 1.0 }
    }

    /// The cost table of a model on a device, if it can run there.
    #[must_use]
    #[inline]
    pub fn cost(&self, device: DeviceId, model: ModelId) -> Option<&CostTable> {
        self.costs.get(self.devices[device].class, model)
    }

    /// The cost table of a model on a device that a checked plan uses.
    #[inline]
    pub(crate) fn planned_cost(&self, device: DeviceId, model: ModelId) -> &CostTable {
        self.cost(device, model).expect("invariant: plans use devices that can run the model")
    }

    /// Whether a device can hold and run a model.
    #[must_use]
    #[inline]
    pub fn can_run(&self, device: DeviceId, model: ModelId) -> bool {
        self.can_run_segment(device, model, self.models[model].whole())
    }

    /// Whether a device can hold and run the layers between two cuts.
    #[must_use]
    #[inline]
    pub fn can_run_segment(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> bool {
        self.devices[device].role != Role::Source
            && self.class_of(device).slots > 0
            && self.cost(device, model).is_some_and(|table| table.parameters(cuts) <= self.class_of(device).memory)
    }

    /// Whether every scheduler may run requests of a model and a class on a device.
    #[inline]
    pub(crate) fn serves(&self, device: DeviceId, model: ModelId, class: RequestClassId) -> bool {
        self.devices[device].role == Role::Shared && self.can_run(device, model) && self.is_allowed(class, device)
    }

    /// Whether requests of a class may be computed in the zone of a device.
    #[inline]
    pub(crate) fn is_allowed(&self, class: RequestClassId, device: DeviceId) -> bool {
        let zones = &self.request_classes[class].zones;
        zones.as_ref().is_none_or(|zones| zones.contains(&self.zone_of(device)))
    }

    /// Parameters of a segment on a device that can run it, in the device's precision.
    #[inline]
    pub(crate) fn weights(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> Bytes {
        self.planned_cost(device, model).parameters(cuts)
    }

    /// How long a segment's parameters take into a device's memory.
    #[inline]
    pub(crate) fn load_time(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> SimDuration {
        let load = &self.class_of(device).load;
        self.weights(device, model, cuts) / load.rate + load.overhead
    }

    /// Memory that a segment reserves while it is in a slot: its parameters and the model's largest activations, in the
    /// device's number format.
    #[inline]
    pub(crate) fn memory_needed(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> Bytes {
        self.memory_on(self.devices[device].class, model, cuts)
    }

    /// The same on the devices of a class.
    pub(crate) fn memory_on(&self, class: ClassId, model: ModelId, cuts: Cuts) -> Bytes {
        let (described, table) = (&self.models[model], self.costs.get(class, model));
        let Some(table) = table.filter(|_| described.parameters.0 > 0.0) else { return described.memory_needed };
        let width = table.parameters(table.whole()).0 / described.parameters.0;
        table.parameters(cuts) + (described.memory_needed - described.parameters) * width
    }

    /// The link from a device to its site.
    #[must_use]
    #[inline]
    pub fn uplink(&self, device: DeviceId) -> &Link {
        self.topology.links().of_kind(self.devices.access_kinds(device)[0])
    }

    /// The link from its site to a device.
    #[must_use]
    #[inline]
    pub fn downlink(&self, device: DeviceId) -> &Link {
        self.topology.links().of_kind(self.devices.access_kinds(device)[1])
    }

    /// The k-th hop from one device to another: uplink, site links, downlink; `None` past the last.
    #[must_use]
    #[inline]
    pub fn hop(&self, from: DeviceId, to: DeviceId, k: usize) -> Option<LinkId> {
        let (a, b) = (&self.devices[from], &self.devices[to]);
        let route = self.topology.route(a.site, b.site);
        match k {
            0 => Some(self.devices.uplink(from)),
            _ if k <= route.len() => Some(route[k - 1]),
            _ if k == route.len() + 1 => Some(self.devices.downlink(to)),
            _ => None,
        }
    }

    /// Links between two devices, in order.
    pub fn hops(&self, from: DeviceId, to: DeviceId) -> impl Iterator<Item = &Link> {
        (0..).map_while(move |k| self.hop(from, to, k)).map(|link| self.topology.link(link))
    }

    /// One-way propagation between two devices; zero from a device to itself.
    #[must_use]
    #[inline]
    pub fn latency(&self, from: DeviceId, to: DeviceId) -> SimDuration {
        if from == to {
            return SimDuration::ZERO;
        }
        let (a, b) = (&self.devices[from], &self.devices[to]);
        self.uplink(from).latency + self.topology.latency(a.site, b.site) + self.downlink(to).latency
    }

    /// Uncontended time of a transfer between two devices; zero from a device to itself.
    #[must_use]
    pub fn transfer_time(&self, from: DeviceId, to: DeviceId, bytes: Bytes) -> SimDuration {
        if from == to {
            return SimDuration::ZERO;
        }
        self.hops(from, to).map(|link| link.transmission(bytes) + link.latency).sum()
    }

    /// Embodied emissions of a device over a span; `None` where its class does not state them.
    #[must_use]
    pub fn embodied(&self, device: DeviceId, span: SimDuration) -> Option<Grams> {
        let class = self.class_of(device);
        let share = span.as_secs() / class.lifetime?.as_secs();
        Some(class.embodied? * (share * self.devices[device].service_share))
    }
}
