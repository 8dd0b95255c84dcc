//! Devices and the classes in use from a scenario.

use std::borrow::Cow;

use hardware_profiles::catalogue::{self, Catalogue};
use hardware_profiles::quantity::Unit;
use sim_core::ids::{ClassId, DeviceId, Id, SiteId, Table};
use sim_core::world::Site;
use sim_core::world::device::{Device, DeviceClass, Discipline, Role};
use sim_core::world::devices::Devices;
use sim_core::world::link::Links;
use sim_core::world::names::Names;

use super::network::{self, Access, Coefficients};
use crate::issues::{Check, nearest_of};
use crate::spec::{DeviceSpec, FleetSpec, SiteSpec, Spec};

const ROLES: [(&str, Role); 3] = [("shared", Role::Shared), ("reserved", Role::Reserved), ("source", Role::Source)];

/// Devices with their classes and access links.
#[derive(Default)]
pub(super) struct Fleet {
    pub classes: Table<ClassId, DeviceClass>,
    /// Catalogue entry of each class.
    pub bases: Vec<String>,
    pub devices: Devices,
    pub names: Names,
    pub links: Links,
    /// Names of groups with the devices in each.
    pub groups: Vec<(String, Vec<DeviceId>)>,
}

/// The catalogue, with the scenario's own classes if it names a file of them.
pub(super) fn catalogue(check: &mut Check, spec: &Spec) -> Cow<'static, Catalogue> {
    let mut all = Cow::Borrowed(catalogue::builtin());
    if let Some(file) = &spec.device_classes
        && let Some(text) = check.read("device_classes", file)
    {
        match Catalogue::parse(&text, file) {
            Ok(own) => all.to_mut().extend(own),
            Err(errors) => {
                errors.into_iter().for_each(|error| check.issue("device_classes", error.to_string(), error.hint));
            }
        }
    }
    all
}

/// The fleet's CSV, read: rows become groups of one row each, its sites are added to the scenario's.
pub(super) fn rows(check: &mut Check, spec: &FleetSpec, sites: &mut Vec<SiteSpec>) -> Vec<DeviceSpec> {
    let path = "fleet.file";
    let Some(file) = check.required(path, "the fleet's file", spec.file.as_ref()).map(str::to_owned) else {
        return Vec::new();
    };
    let Some(text) = check.read(path, &file) else { return Vec::new() };
    let rows = match workloads::fleet::read(text.as_bytes(), &file) {
        Ok(rows) => rows,
        Err(error) => {
            check.issue(path, error.to_string(), error.problem.hint());
            return Vec::new();
        }
    };
    let group = spec.name.clone().unwrap_or_else(|| "fleet".into());
    let mut devices = Vec::with_capacity(rows.len());
    for (k, row) in rows.into_iter().enumerate() {
        match sites.iter().find(|site| site.name.as_deref() == Some(&row.site)) {
            Some(site) if site.zone.as_deref() != Some(&row.zone) => {
                let zone = site.zone.clone().unwrap_or_default();
                let message = format!(
                    "{file}:{}: site `{}` is in zone `{}`, elsewhere in `{zone}`",
                    row.line, row.site, row.zone
                );
                check.issue(path, message, "a site lies in one zone");
            }
            Some(_) => {}
            None => sites.push(SiteSpec {
                name: Some(row.site.clone()),
                zone: Some(row.zone.clone()),
                latitude: Some(row.place.latitude),
                longitude: Some(row.place.longitude),
                ..SiteSpec::default()
            }),
        }
        devices.push(DeviceSpec {
            name: Some(row.name.unwrap_or_else(|| format!("{group}-{k}"))),
            class: Some(row.class),
            site: Some(row.site),
            count: Some(row.count),
            access: spec.access.clone(),
            housed: spec.housed,
            role: spec.role.clone(),
            ..DeviceSpec::default()
        });
    }
    devices
}

impl Fleet {
    /// Adds a group of devices, noting what is wrong with it under `path`.
    pub fn add(
        &mut self, check: &mut Check, path: &str, spec: &DeviceSpec, catalogue: &Catalogue,
        sites: &Table<SiteId, Site>, run: Coefficients,
    ) -> Option<()> {
        let name = check.required(&format!("{path}.name"), "the group's name", spec.name.as_ref());
        if let Some(name) = name.filter(|name| self.groups.iter().any(|(other, _)| other == name)) {
            check.issue(&format!("{path}.name"), format!("device group `{name}` is defined twice"), "");
        }
        let class = self.class(check, path, spec, catalogue);
        let places = places(check, path, spec, sites);
        let template = template(check, path, spec);
        let access = network::access(check, &format!("{path}.access"), spec.access.as_ref(), run);
        let count = spec.count.unwrap_or(1);
        if count == 0 {
            check.issue(&format!("{path}.count"), "a group of no devices", "at least 1, or leave the group out");
        }
        let name = name?;
        let (Some(class), Some(template), Some(access), Some(places)) = (class, template, access, places) else {
            // Others may name the group all the same.
            self.groups.push((name.to_owned(), Vec::new()));
            return None;
        };
        let group = Group { name, class, count, template };
        self.place(&group, &places, &access);
        Some(())
    }

    fn place(&mut self, group: &Group, places: &[SiteId], access: &Access) {
        let total = places.len() * group.count as usize;
        if total == 1 {
            self.names.push(group.name)
        } else {
            self.names.push_group(group.name, total)
        }
        let mut members = Vec::with_capacity(total);
        for &site in places {
            for _ in 0..group.count {
                let device = Device { class: group.class, site, ..group.template.clone() };
                members.push(self.devices.push(device, access.lay(&mut self.links, site)));
            }
        }
        self.groups.push((group.name.to_owned(), members));
    }

    /// The class of a group: the catalogue's with the group's own settings; equal ones are one class.
    fn class(&mut self, check: &mut Check, path: &str, spec: &DeviceSpec, catalogue: &Catalogue) -> Option<ClassId> {
        let name = check.required(&format!("{path}.class"), "the device class", spec.class.as_ref())?;
        let Some(entry) = catalogue.get(name) else {
            let known: Vec<&str> = catalogue.names().collect();
            check.issue(&format!("{path}.class"), format!("no device class `{name}`"), nearest_of(name, &known));
            return None;
        };
        let mut class = entry.device_class();
        let queues = [("fifo", Discipline::Fifo), ("edf", Discipline::Edf)];
        class.discipline = check.choice(&format!("{path}.queue"), spec.queue.as_deref(), &queues)?;
        if let Some(slots) = spec.slots {
            check.number(&format!("{path}.slots"), Some(f64::from(slots)), 1.0, 1.0, f64::from(u16::MAX))?;
            class.slots = slots;
        }
        if !spec.slot_scaling.is_empty() {
            if spec.slot_scaling.iter().any(|speed| !(*speed > 0.0 && *speed <= 1.0)) {
                let hint = "speeds of each request when 1, 2, … run: above 0, at most 1";
                check.issue(&format!("{path}.slot_scaling"), format!("{:?} are not speeds", spec.slot_scaling), hint);
                return None;
            }
            class.slot_scaling.clone_from(&spec.slot_scaling);
        }
        if let Some(timeout) = &spec.idle_timeout {
            class.power.idle_timeout = Some(check.span(&format!("{path}.idle_timeout"), Some(timeout), None)?);
        }
        let same = self.classes.find(|other| *other == class);
        Some(same.unwrap_or_else(|| {
            self.bases.push(name.to_owned());
            self.classes.push(class)
        }))
    }

    /// The devices of a group or a single device, by name.
    pub fn members(&self, name: &str) -> Option<Vec<DeviceId>> {
        let group = self.groups.iter().find(|(other, _)| other == name).map(|(_, members)| members.clone());
        group.or_else(|| self.names.find(name).next().map(|device| vec![device]))
    }
}

struct Group<'s> {
    name: &'s str,
    class: ClassId,
    count: u32,
    template: Device,
}

fn places(check: &mut Check, path: &str, spec: &DeviceSpec, sites: &Table<SiteId, Site>) -> Option<Vec<SiteId>> {
    let known = || sites.iter().map(|site| site.name.as_str());
    if spec.sites == ["all"] && spec.site.is_none() {
        return Some(sites.ids().collect());
    }
    match (&spec.site, spec.sites.is_empty()) {
        (Some(site), true) => Some(vec![SiteId::new(check.named(&format!("{path}.site"), "site", site, known())?)]),
        (None, false) => {
            let find = |(k, site): (usize, &String)| {
                check.named(&format!("{path}.sites[{k}]"), "site", site, known()).map(SiteId::new)
            };
            let found: Vec<Option<SiteId>> = spec.sites.iter().enumerate().map(find).collect();
            found.into_iter().collect()
        }
        (None, true) | (Some(_), false) => {
            check.issue(
                path,
                "a group stands at one `site` or at several `sites`",
                "such as `site: lab` or `sites: [all]`",
            );
            None
        }
    }
}

/// What all devices of a group share, but for name, class and place.
fn template(check: &mut Check, path: &str, spec: &DeviceSpec) -> Option<Device> {
    let role = check.choice(&format!("{path}.role"), spec.role.as_deref(), &ROLES);
    let mut share =
        |field: &str, given, default| check.quantity(&format!("{path}.{field}"), given, Unit::Share, Some(default));
    // A source exists anyway and serves nothing: by default the service does not answer for it.
    let answered = if role == Some(Role::Source) { 0.0 } else { 1.0 };
    let service_share = share("service_share", spec.service_share.as_ref(), answered);
    let background_load = share("background_load", spec.background_load.as_ref(), 0.0);
    for (field, value, most) in [("service_share", service_share, 1.0), ("background_load", background_load, 0.99)] {
        if let Some(value) = value {
            check.number(&format!("{path}.{field}"), Some(value), 0.0, 0.0, most)?;
        }
    }
    Some(Device {
        class: ClassId(0),
        site: SiteId(0),
        role: role?,
        housed: spec.housed,
        service_share: service_share?,
        background_load: background_load?,
    })
}
