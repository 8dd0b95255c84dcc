//! From steps to phases: what a request did from when to when, where, and what that took.

use serde::Serialize;
use sim_core::ids::{DeviceId, LinkId};
use sim_core::record::{Step, What};
use sim_core::units::{Bytes, SimTime};
use sim_core::world::World;

/// Where a phase is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// With the scheduler, before it runs.
    Scheduler,
    /// In a device's queue.
    Queue(DeviceId),
    /// In a slot of a device.
    Device(DeviceId),
    /// On its way from one device to another.
    Way(DeviceId, DeviceId),
}

/// A link that carries data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub link: LinkId,
    /// Which link of the way it is, and whose way.
    pub number: usize,
    pub way: (DeviceId, DeviceId),
    /// When the data could have been on it, when it was, and when its last bit left and was there.
    pub ready: SimTime,
    pub from: SimTime,
    pub until: SimTime,
    pub there: SimTime,
}

/// One phase of a request.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    pub name: &'static str,
    pub place: Place,
    pub from: SimTime,
    pub to: SimTime,
    pub bytes: Option<Bytes>,
    pub energy_j: f64,
    pub carbon_g: f64,
    pub hops: Vec<Hop>,
}

/// The phases of a request that arrived at an instant; the last one is open if it has not ended.
pub(super) fn phases(arrival: SimTime, steps: &[Step]) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    let (mut since, mut energy, mut carbon) = (arrival, 0.0, 0.0);
    let mut open = Some(blank("deferred", Place::Scheduler, arrival));
    for step in steps {
        if let What::OnLink { link, from, until, there } = step.what {
            let Some(Phase { place: Place::Way(a, b), hops, .. }) = open.as_mut() else { continue };
            let ready = hops.last().map_or(since, |hop: &Hop| hop.there);
            hops.push(Hop { link, number: hops.len(), way: (*a, *b), ready, from, until, there });
            continue;
        }
        let Some(next) = next(step) else { continue };
        if let Some(done) = open.take() {
            let (energy_j, carbon_g) = (step.energy.0 - energy, step.carbon.0 - carbon);
            (energy, carbon) = (step.energy.0, step.carbon.0);
            phases.push(Phase { to: step.at, energy_j, carbon_g, ..done });
        }
        since = step.at;
        open = next;
    }
    phases.extend(open.filter(|_| !steps.is_empty()));
    // Nothing is put off for no time, and data that stays has no way.
    phases.retain(|phase| phase.to > phase.from || !matches!(phase.place, Place::Scheduler | Place::Way(..)));
    phases
}

/// The phase that a step begins, if it begins any; `None` where the phase before goes on.
fn next(step: &Step) -> Option<Option<Phase>> {
    let at = step.at;
    match step.what {
        What::Deferred(_) | What::Placed(_) | What::OnLink { .. } => None,
        What::SetsOut { from, to, bytes } => {
            Some(Some(Phase { bytes: Some(bytes), ..blank("moving", Place::Way(from, to), at) }))
        }
        What::Queued(device) => Some(Some(blank("queued", Place::Queue(device), at))),
        What::Loading(device) => Some(Some(blank("loading", Place::Device(device), at))),
        What::Computing(device, _) => Some(Some(blank("computing", Place::Device(device), at))),
        What::Ended(_) => Some(None),
    }
}

fn blank(name: &'static str, place: Place, from: SimTime) -> Phase {
    Phase { name, place, from, to: from, bytes: None, energy_j: 0.0, carbon_g: 0.0, hops: Vec::new() }
}

/// Where a phase is, by names.
pub(super) fn place_name(world: &World, place: Place) -> String {
    let name = |device| world.device_name(device).into_owned();
    match place {
        Place::Scheduler => "scheduler".into(),
        Place::Queue(device) => format!("queue of {}", name(device)),
        Place::Device(device) => name(device),
        Place::Way(from, to) => format!("{} → {}", name(from), name(to)),
    }
}

/// A link by the names of its ends.
pub(super) fn link_name(world: &World, hop: &Hop) -> String {
    let (from, to) = hop.way;
    if hop.number == 0 {
        return format!("{} up", world.device_name(from));
    }
    if world.hop(from, to, hop.number + 1).is_none() {
        return format!("{} down", world.device_name(to));
    }
    let ends = world.topology.link(hop.link).shares.map(|(site, _)| world.sites[site].name.as_str());
    format!("{} – {} (link {})", ends[0], ends[1], hop.link.0)
}

/// A phase as it is told.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PhaseTold {
    /// What it does.
    pub phase: &'static str,
    /// Where.
    pub place: String,
    /// From when on [s since the scenario's epoch].
    pub from_s: f64,
    /// Until when.
    pub to_s: f64,
    /// How long [ms], from whole nanoseconds.
    pub took_ms: f64,
    /// Data on its way [B].
    pub bytes: Option<f64>,
    /// Energy attributed in it [J].
    pub energy_j: f64,
    /// Emissions attributed in it [g].
    pub carbon_g: f64,
    /// Links on the way.
    pub links: Vec<LinkTold>,
}

/// A link as it is told.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LinkTold {
    /// Its name.
    pub link: String,
    /// Waiting for others [ms].
    pub waited_ms: f64,
    /// Putting the data on it [ms].
    pub sending_ms: f64,
    /// The last bit's travel [ms].
    pub latency_ms: f64,
}

impl PhaseTold {
    pub fn new(world: &World, phase: &Phase) -> Self {
        let link = |hop: &Hop| LinkTold {
            link: link_name(world, hop),
            waited_ms: hop.from.since(hop.ready).as_millis(),
            sending_ms: hop.until.since(hop.from).as_millis(),
            latency_ms: hop.there.since(hop.until).as_millis(),
        };
        Self {
            phase: phase.name,
            place: place_name(world, phase.place),
            from_s: phase.from.as_secs(),
            to_s: phase.to.as_secs(),
            took_ms: phase.to.since(phase.from).as_millis(),
            bytes: phase.bytes.map(|bytes| bytes.0),
            energy_j: phase.energy_j,
            carbon_g: phase.carbon_g,
            links: phase.hops.iter().map(link).collect(),
        }
    }
}
