//! All machines, those that nothing but a name and an access link tells apart described once.

use std::collections::BTreeMap;
use std::ops::Index;

use super::device::Device;
use super::link::Access;
use crate::ids::{DeviceId, Id, LinkId};

/// What is common to alike devices.
#[derive(Clone, Debug, PartialEq)]
struct Alike {
    device: Device,
    access: [u32; 2],
}

/// One device: eight bytes, so that those of ten thousand stay in a cache.
#[derive(Clone, Copy, Debug)]
struct One {
    alike: u32,
    uplink: LinkId,
}

/// All machines in order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    alike: Vec<Alike>,
    all: Vec<One>,
    /// Descriptions by their bits.
    known: BTreeMap<[u64; 7], u32>,
}

impl Devices {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a device with the access link that was laid for it.
    pub fn push(&mut self, device: Device, access: Access) -> DeviceId {
        let alike = self.describe(Alike { device, access: access.kinds });
        self.all.push(One { alike, uplink: access.uplink });
        DeviceId::new(self.all.len() - 1)
    }

    /// Changes the description of one device.
    pub fn change(&mut self, id: DeviceId, change: impl FnOnce(&mut Device)) {
        let mut alike = self.alike[self.all[id.index()].alike as usize].clone();
        change(&mut alike.device);
        self.all[id.index()].alike = self.describe(alike);
    }

    fn describe(&mut self, alike: Alike) -> u32 {
        // Devices come group by group and site by site: most are like the last one.
        if let Some(last) = self.alike.len().checked_sub(1).filter(|&last| self.alike[last] == alike) {
            return last as u32;
        }
        let next = u32::try_from(self.alike.len()).expect("invariant: no more kinds of devices than devices");
        let known = *self.known.entry(bits(&alike)).or_insert(next);
        if known == next {
            self.alike.push(alike);
        }
        known
    }

    /// Number of devices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All ids in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = DeviceId> + use<> {
        (0..self.all.len()).map(DeviceId::new)
    }

    /// All devices in order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Device> {
        self.all.iter().map(|one| &self.alike[one.alike as usize].device)
    }

    /// All devices with their ids.
    pub fn enumerate(&self) -> impl ExactSizeIterator<Item = (DeviceId, &Device)> {
        self.ids().zip(self.iter())
    }

    /// The id of the first device that fits.
    pub fn find(&self, fits: impl Fn(&Device) -> bool) -> Option<DeviceId> {
        self.iter().position(fits).map(DeviceId::new)
    }

    /// The link from a device to its site.
    #[must_use]
    #[inline]
    pub fn uplink(&self, id: DeviceId) -> LinkId {
        self.all[id.index()].uplink
    }

    /// The link from its site to a device.
    #[must_use]
    #[inline]
    pub fn downlink(&self, id: DeviceId) -> LinkId {
        LinkId(self.uplink(id).0 + 1)
    }

    /// A device's uplink, whose downlink is the next link, and the kinds of both.
    #[inline]
    pub(crate) fn access(&self, id: DeviceId) -> (LinkId, [u32; 2]) {
        let one = self.all[id.index()];
        (one.uplink, self.alike[one.alike as usize].access)
    }

    /// The number of a device's description among the different ones.
    #[inline]
    pub(crate) fn description(&self, id: DeviceId) -> usize {
        self.all[id.index()].alike as usize
    }

    /// The different descriptions in order of their numbers.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &Device> {
        self.alike.iter().map(|alike| &alike.device)
    }

    /// The kinds of a device's two access links, up and down.
    #[inline]
    pub(crate) fn access_kinds(&self, id: DeviceId) -> [u32; 2] {
        self.alike[self.all[id.index()].alike as usize].access
    }

    /// Memory that they take [B].
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.alike.len() * (size_of::<Alike>() + 2 * size_of::<([u64; 7], u32)>()) + self.all.len() * size_of::<One>()
    }
}

impl FromIterator<(Device, Access)> for Devices {
    fn from_iter<It: IntoIterator<Item = (Device, Access)>>(devices: It) -> Self {
        let mut all = Self::new();
        devices.into_iter().for_each(|(device, access)| {
            all.push(device, access);
        });
        all
    }
}

impl Index<DeviceId> for Devices {
    type Output = Device;
    #[inline]
    fn index(&self, id: DeviceId) -> &Device {
        &self.alike[self.all[id.index()].alike as usize].device
    }
}

/// A description to the last bit.
fn bits(Alike { device, access }: &Alike) -> [u64; 7] {
    let Device { class, site, role, housed, service_share, background_load } = device;
    let words = [u64::from(class.0), u64::from(site.0), *role as u64, u64::from(*housed)];
    let [class, site, role, housed] = words;
    let access = u64::from(access[0]) << 32 | u64::from(access[1]);
    [class, site, role, housed, service_share.to_bits(), background_load.to_bits(), access]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ClassId, SiteId};
    use crate::world::device::Role;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn devices_are_what_was_added_and_changed(
            made in prop::collection::vec((0u32..2, 0u32..3, 0u32..2), 1..60), changed in any::<prop::sample::Index>(),
        ) {
            let device = |class, site| Device {
                class: ClassId(class), site: SiteId(site), role: Role::Shared, housed: false, service_share: 1.0,
                background_load: 0.0,
            };
            let mut devices = Devices::new();
            let mut twin = Vec::new();
            for (k, &(class, site, kind)) in made.iter().enumerate() {
                devices.push(device(class, site), Access { uplink: LinkId::new(2 * k), kinds: [kind; 2] });
                twin.push(device(class, site));
            }
            let changed = changed.index(made.len());
            devices.change(DeviceId::new(changed), |device| device.background_load = 0.5);
            twin[changed].background_load = 0.5;
            prop_assert_eq!(devices.iter().cloned().collect::<Vec<_>>(), twin);
            for (id, &(_, _, kind)) in devices.ids().zip(&made) {
                prop_assert_eq!(devices.access_kinds(id), [kind; 2]);
                prop_assert_eq!(devices.downlink(id), LinkId::new(2 * id.index() + 1));
            }
        }
    }
}
