//! The few devices that a chain may run over: near ones, one of each kind.

use crate::ids::{ClassId, DeviceId, ZoneId};
use crate::scheduler::{Cuts, Request, View};
use crate::schedulers::{Kind, Param};

/// How many segments a chain may have.
pub(crate) const PARTS: Param = Param {
    name: "parts",
    kind: Kind::Count { min: 1, max: 8 },
    default: "3",
    doc: "segments of a chain at most, each on a device of its own",
};

/// How many devices are looked at; the time of a search doubles with each.
pub(crate) const fn candidates_param(default: &'static str) -> Param {
    Param {
        name: "candidates",
        kind: Kind::Count { min: 1, max: 8 },
        default,
        doc: "devices looked at: all that can run a layer where they are no more, else the chosen ones nearest to the origin",
    }
}

/// Which devices are looked at where there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The origin, and the nearest device of each other class.
    Class,
    /// The origin, and the nearest device of each other class in each zone.
    ClassAndZone,
    /// The nearest, whatever they are.
    Nearest,
}

impl Choice {
    pub fn named(name: &str) -> Self {
        match name {
            "class" => Self::Class,
            "class-and-zone" => Self::ClassAndZone,
            _ => Self::Nearest,
        }
    }

    /// What only one device of is taken.
    fn kind(self, view: &View, device: DeviceId) -> (Option<ClassId>, Option<ZoneId>, Option<DeviceId>) {
        match self {
            Self::Class => (Some(view.class(device)), None, None),
            Self::ClassAndZone => (Some(view.class(device)), Some(view.zone(device)), None),
            Self::Nearest => (None, None, Some(device)),
        }
    }
}

/// Shared devices that can run some layer of a request's model, at most `most` of them: the origin first, then by
/// latency from it.
pub(crate) fn devices(request: &Request, view: &View, choice: Choice, most: usize) -> Vec<DeviceId> {
    let last = view.whole(request.model).to;
    let runs = |device, from| view.may_run_segment(request, device, Cuts { from, to: from + 1 });
    let able = |&device: &DeviceId| view.is_shared(device) && (0..last).any(|from| runs(device, from));
    let mut devices: Vec<_> = view.devices().filter(able).collect();
    devices.sort_by_key(|&device| (device != request.origin, view.latency(request.origin, device), device));
    if devices.len() > most {
        let mut kinds = Vec::new();
        devices.retain(|&device| {
            let kind = choice.kind(view, device);
            let fresh = !kinds.contains(&kind);
            kinds.push(kind);
            fresh
        });
        devices.truncate(most);
    }
    devices
}
