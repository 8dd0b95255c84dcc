//! Names of devices, kept by group: a million of them would take more memory than the devices.

use std::borrow::Cow;
use std::ops::Range;

use crate::ids::{DeviceId, Id};

/// The names of all devices in the order of their ids: single ones, and groups whose members are `<group>-<k>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    groups: Vec<Group>,
    len: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: Box<str>,
    /// Number of its first device.
    first: usize,
    /// Whether its devices are `<name>-<k>`, k from 0; else it is one device of that name.
    numbered: bool,
}

impl Names {
    /// Names the next device.
    pub fn push(&mut self, name: &str) {
        self.groups.push(Group { name: name.into(), first: self.len, numbered: false });
        self.len += 1;
    }

    /// Names the next `count` devices `<name>-0`, `<name>-1`, …
    pub fn push_group(&mut self, name: &str, count: usize) {
        self.groups.push(Group { name: name.into(), first: self.len, numbered: true });
        self.len += count;
    }

    /// How many devices have a name.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has a name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The name of a device.
    ///
    /// # Panics
    /// If it has none: an id of another world.
    #[must_use]
    pub fn get(&self, device: DeviceId) -> Cow<'_, str> {
        assert!(device.index() < self.len, "invariant: a device has a name");
        // Of groups that begin at the same number, all but the last are empty.
        let after = self.groups.partition_point(|group| group.first <= device.index());
        let group = &self.groups[after - 1];
        if group.numbered {
            Cow::Owned(format!("{}-{}", group.name, device.index() - group.first))
        } else {
            Cow::Borrowed(&*group.name)
        }
    }

    /// All names in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len).map(|index| self.get(DeviceId::new(index)))
    }

    /// The devices of a name, lowest id first; more than one only where names were given twice.
    pub fn find(&self, name: &str) -> impl Iterator<Item = DeviceId> {
        let member = name.rsplit_once('-').and_then(|(group, k)| Some((group, number(k)?)));
        let all = self.groups.iter().enumerate().filter_map(move |(g, group)| {
            let Range { start, end } = self.range(g);
            match (group.numbered, member) {
                (false, _) => (*group.name == *name).then_some(start),
                (true, Some((of, k))) => (*group.name == *of && k < end - start).then(|| start + k),
                (true, None) => None,
            }
        });
        all.map(DeviceId::new)
    }

    fn range(&self, group: usize) -> Range<usize> {
        self.groups[group].first..self.groups.get(group + 1).map_or(self.len, |next| next.first)
    }

    /// Memory that the names take [B].
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts: usize = self.groups.iter().map(|group| group.name.len()).sum();
        self.groups.capacity() * size_of::<Group>() + texts
    }
}

/// A number as names have it: `7`, and neither `07` nor `+7`.
fn number(text: &str) -> Option<usize> {
    let number = text.parse().ok()?;
    (format!("{number}") == text).then_some(number)
}

impl<S: AsRef<str>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut all = Self::default();
        names.into_iter().for_each(|name| all.push(name.as_ref()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_by_group_are_those_of_a_plain_list(
            groups in prop::collection::vec(("[ab](-[0-2]){0,2}", prop::option::of(0usize..12)), 0..8),
        ) {
            let (mut names, mut twin) = (Names::default(), Vec::new());
            for (name, count) in &groups {
                match count {
                    None => {
                        names.push(name);
                        twin.push(name.clone());
                    }
                    Some(count) => {
                        names.push_group(name, *count);
                        twin.extend((0..*count).map(|k| format!("{name}-{k}")));
                    }
                }
            }
            prop_assert_eq!(names.len(), twin.len());
            prop_assert_eq!(names.iter().collect::<Vec<_>>(), twin.clone());
            let absent = ["a-07", "b-+1", "a-", "-", "", "a--1"].map(str::to_owned);
            for asked in twin.iter().chain(&absent) {
                let by_scan = twin.iter().enumerate().filter(|(_, name)| *name == asked).map(|(k, _)| DeviceId::new(k));
                prop_assert_eq!(names.find(asked).collect::<Vec<_>>(), by_scan.collect::<Vec<_>>());
            }
        }
    }
}
