//! The room that devices have for a window's requests, kept up by what is told of changes.

use super::Fleet;
use crate::fleet_index::Kind;
use crate::ids::{DeviceId, Id};
use crate::scheduler::{PowerState, View};
use crate::units::{SimDuration, SimTime};

/// Whether a device is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standby {
    On,
    Asleep,
    Off,
}

impl Standby {
    fn of(view: &View, device: DeviceId) -> Self {
        match view.power_state(device) {
            PowerState::Off => Self::Off,
            PowerState::Sleep => Self::Asleep,
            PowerState::Idle | PowerState::Busy => Self::On,
        }
    }
}

/// A device's room and state, as far as is known.
#[derive(Clone, Copy, Debug)]
struct Own {
    /// Compute time that its slots have left in a window.
    free: SimDuration,
    standby: Standby,
    /// Whether it is turned on by the plan being made.
    woken: bool,
    /// Compute time that the plan being made has given it.
    given: SimDuration,
}

/// What the devices of a group have together.
#[derive(Clone, Copy, Debug, Default)]
struct Together {
    free: SimDuration,
    asleep: u32,
    off: u32,
}

impl Together {
    fn count(&mut self, standby: Standby) -> Option<&mut u32> {
        match standby {
            Standby::On => None,
            Standby::Asleep => Some(&mut self.asleep),
            Standby::Off => Some(&mut self.off),
        }
    }
}

/// The room of all devices.
#[derive(Debug)]
pub(crate) struct Room {
    window: SimDuration,
    own: Vec<Own>,
    groups: Vec<Together>,
    changed: Vec<DeviceId>,
    /// The reports that are in it.
    reported: Option<SimTime>,
}

impl Room {
    /// The room of a fleet for windows of a length.
    pub fn of(fleet: &Fleet, view: &View, window: SimDuration) -> Self {
        let none = Own { free: SimDuration::ZERO, standby: Standby::On, woken: false, given: SimDuration::ZERO };
        let mut room = Self {
            window,
            own: vec![none; view.devices().len()],
            groups: vec![Together::default(); fleet.kinds().count()],
            changed: view.devices().collect(),
            reported: view.reported_at(),
        };
        room.settle(fleet, view);
        room
    }

    /// A device may have changed.
    pub fn note(&mut self, device: DeviceId) {
        self.changed.push(device);
    }

    /// Takes in what has changed.
    pub fn settle(&mut self, fleet: &Fleet, view: &View) {
        let reported = view.reported_at();
        if self.reported != reported {
            self.reported = reported;
            self.changed = view.devices().collect();
        }
        let mut changed = std::mem::take(&mut self.changed);
        for device in changed.drain(..) {
            self.look(fleet, view, device);
        }
        self.changed = changed;
    }

    fn look(&mut self, fleet: &Fleet, view: &View, device: DeviceId) {
        let kind = fleet.kind_of(device);
        if kind == Kind::NONE {
            return;
        }
        let (group, own) = (&mut self.groups[kind.index()], &mut self.own[device.index()]);
        group.free -= own.free;
        if let Some(count) = group.count(own.standby) {
            *count -= 1;
        }
        let standby = Standby::of(view, device);
        let free = if standby == Standby::On { left(view, device, self.window) } else { SimDuration::ZERO };
        *own = Own { free, standby, woken: false, given: SimDuration::ZERO };
        group.free += own.free;
        if let Some(count) = group.count(own.standby) {
            *count += 1;
        }
    }

    /// Compute time of all slots of a device in a window.
    pub fn whole(&self, view: &View, device: DeviceId) -> SimDuration {
        whole(view, device, self.window)
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        let changed = self.changed.capacity() * size_of::<DeviceId>();
        self.own.capacity() * size_of::<Own>() + self.groups.capacity() * size_of::<Together>() + changed
    }

    /// Compute time that the devices of a group that are on have left.
    pub fn free(&self, kind: Kind) -> SimDuration {
        self.groups[kind.index()].free
    }

    /// Compute time that a device that is on has left.
    pub fn free_of(&self, device: DeviceId) -> SimDuration {
        self.own[device.index()].free
    }

    /// Compute time that the plan being made has given a device.
    pub fn given(&self, device: DeviceId) -> SimDuration {
        self.own[device.index()].given
    }

    /// What work of so long fills of a window: all of a slot if it is longer.
    pub fn load(&self, compute: SimDuration) -> SimDuration {
        SimDuration(compute.0.min(self.window.0))
    }

    /// How many devices of a group are in a state that is not on.
    pub fn standing_by(&self, kind: Kind, standby: Standby) -> u32 {
        match standby {
            Standby::On => 0,
            Standby::Asleep => self.groups[kind.index()].asleep,
            Standby::Off => self.groups[kind.index()].off,
        }
    }

    /// A device of a group in a state, but not this one: the lowest id.
    pub fn one(&self, fleet: &Fleet, kind: Kind, standby: Standby, but: DeviceId) -> Option<DeviceId> {
        let mut members = fleet.members(kind).iter().copied();
        members.find(|&device| device != but && self.own[device.index()].standby == standby)
    }

    /// The device of a group in a state that takes the next load: of those that are on the one with the most room; of
    /// others one that the plan has turned on and that has room, else one more. The lowest id of equals.
    pub fn next(&self, fleet: &Fleet, kind: Kind, standby: Standby, load: SimDuration) -> Option<DeviceId> {
        let members = fleet.members(kind).iter().copied();
        let fitting = members.filter(|&device| self.own[device.index()].standby == standby);
        fitting.min_by_key(|&device| {
            let own = &self.own[device.index()];
            let rank = match standby {
                Standby::On => 0,
                Standby::Asleep | Standby::Off if own.woken && own.free >= load => 0,
                Standby::Asleep | Standby::Off if !own.woken => 1,
                Standby::Asleep | Standby::Off => 2,
            };
            (rank, SimDuration::MAX - own.free, device)
        })
    }

    /// Gives a device work of so long; whether it is to be turned on for it.
    pub fn give(&mut self, fleet: &Fleet, view: &View, device: DeviceId, compute: SimDuration) -> bool {
        let load = self.load(compute);
        let (group, own) = (&mut self.groups[fleet.kind_of(device).index()], &mut self.own[device.index()]);
        let turned_on = own.standby != Standby::On && !own.woken;
        if turned_on {
            own.woken = true;
            own.free = whole(view, device, self.window);
            group.free += own.free;
        }
        let taken = SimDuration(own.free.0.min(load.0));
        own.free -= taken;
        group.free -= taken;
        own.given += compute;
        self.changed.push(device);
        turned_on
    }
}

/// Compute time of a device's slots in a window.
fn whole(view: &View, device: DeviceId, window: SimDuration) -> SimDuration {
    window.scale(f64::from(view.slots(device)))
}

/// What is left of it: what the work assigned to the device does not fill, at the least its free slots.
fn left(view: &View, device: DeviceId, window: SimDuration) -> SimDuration {
    let backlog = view.backlog(device).scale(1.0 / (1.0 - view.background_load(device)));
    let slots = u32::from(view.slots(device)).saturating_sub(view.in_flight(device));
    (whole(view, device, window) - backlog).max(window.scale(f64::from(slots)))
}
