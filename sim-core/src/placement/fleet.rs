//! The fleet as groups of devices that are alike in class, place and all that their costs depend on.

use crate::fleet_index::{Inputs, Kind, Kinds};
use crate::ids::{DeviceId, Id, ModelId, RequestClassId};
use crate::scheduler::View;

/// All devices in groups.
#[derive(Debug)]
pub(crate) struct Fleet {
    kinds: Kinds,
    kind_of: Vec<Kind>,
    members: Vec<Vec<DeviceId>>,
}

impl Fleet {
    /// The groups of a fleet.
    pub fn of(view: &View) -> Self {
        let inputs = Inputs { class: true, background: true, pue: true, place: true, ..Inputs::default() };
        let (kinds, kind_of) = Kinds::of(view, inputs);
        let mut members = vec![Vec::new(); kinds.len()];
        for device in view.devices().filter(|device| kind_of[device.index()] != Kind::NONE) {
            members[kind_of[device.index()].index()].push(device);
        }
        Self { kinds, kind_of, members }
    }

    /// The groups that may run requests of a model and a class.
    pub fn serving(&self, model: ModelId, class: RequestClassId) -> &[Kind] {
        self.kinds.serving(model, class)
    }

    /// All groups.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        self.kinds.iter()
    }

    /// The group of a device; [`Kind::NONE`] for one that runs no request.
    pub fn kind_of(&self, device: DeviceId) -> Kind {
        self.kind_of[device.index()]
    }

    /// The devices of a group, in order of their ids.
    pub fn members(&self, kind: Kind) -> &[DeviceId] {
        &self.members[kind.index()]
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        let members: usize = self.members.iter().map(Vec::capacity).sum();
        self.kinds.bytes() + self.kind_of.capacity() * size_of::<Kind>() + members * size_of::<DeviceId>()
    }
}
