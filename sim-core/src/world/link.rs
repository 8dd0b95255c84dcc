//! Links: one direction of a medium with rate, latency and energy.

use std::collections::BTreeMap;
use std::ops::Index;

use crate::ids::{LinkId, SiteId, Table};
use crate::units::{BitRate, Bytes, Joules, JoulesPerByte, SimDuration, Watts};

/// What carrying data costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkEnergy {
    /// For every byte carried.
    pub per_byte: JoulesPerByte,
    /// Always, carrying or not: booked as network emissions that no request answers for.
    pub baseline: Watts,
    /// Above the baseline while transmitting.
    pub marginal: Watts,
}

impl LinkEnergy {
    /// Whether carrying draws anything above the baseline.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.per_byte != JoulesPerByte::ZERO || self.marginal != Watts::ZERO
    }

    /// Energy of one transmission above the baseline.
    #[must_use]
    pub fn transmission(&self, bytes: Bytes, span: SimDuration) -> Joules {
        bytes * self.per_byte + self.marginal * span
    }
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Propagation.
    pub latency: SimDuration,
    /// Bandwidth.
    pub rate: BitRate,
    /// Cost of carrying.
    pub energy: LinkEnergy,
    /// The sites that answer for its energy, with their shares; both the same for an access link.
    pub shares: [(SiteId, f64); 2],
}

impl Link {
    /// Whether carrying over it takes no time, whatever the size.
    #[must_use]
    pub fn is_instant(&self) -> bool {
        self.latency == SimDuration::ZERO && self.rate.0.is_infinite()
    }

    /// Whether carrying over it takes no time and draws nothing.
    #[must_use]
    pub fn is_ideal(&self) -> bool {
        self.is_instant() && !self.energy.draws()
    }

    /// How long the medium is busy with so many bytes.
    #[must_use]
    #[inline]
    pub fn transmission(&self, bytes: Bytes) -> SimDuration {
        if self.rate.0.is_infinite() { SimDuration::ZERO } else { bytes / self.rate }
    }
}

/// The access link of a device: two links one after the other, and their kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    pub(crate) uplink: LinkId,
    pub(crate) kinds: [u32; 2],
}

/// Every direction of every link, each description kept once: access links of a million devices are of few kinds.
#[derive(Clone, Debug, Default)]
pub struct Links {
    kinds: Vec<Link>,
    kind_of: Table<LinkId, u32>,
    /// Kinds by their bits, while links are being laid.
    known: BTreeMap<[u64; 9], u32>,
}

impl Links {
    /// Lays a link in one direction.
    pub fn push(&mut self, link: Link) -> LinkId {
        let kind = self.kind(link);
        self.kind_of.push(kind)
    }

    /// Lays the access link of a device: the direction to its site, then the direction from there.
    pub fn push_access(&mut self, up: Link, down: Link) -> Access {
        let (uplink, downlink) = (self.push(up), self.push(down));
        Access { uplink, kinds: [self.kind_of(uplink), self.kind_of(downlink)] }
    }

    fn kind(&mut self, link: Link) -> u32 {
        let count = self.kinds.len();
        // Devices are laid group by group, site by site: most links are of one of the last two kinds.
        if let Some(recent) = (count.saturating_sub(2)..count).find(|&kind| self.kinds[kind] == link) {
            return recent as u32;
        }
        let next = u32::try_from(count).expect("invariant: fewer than 2^32 kinds of links");
        let kind = *self.known.entry(bits(&link)).or_insert(next);
        if kind == next {
            self.kinds.push(link);
        }
        kind
    }

    /// Gives back what only laying needs.
    pub(super) fn settle(&mut self) {
        self.known = BTreeMap::new();
        self.kinds.shrink_to_fit();
    }

    /// Number of links, each direction for itself.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kind_of.len()
    }

    /// Whether there is no link.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kind_of.is_empty()
    }

    /// All links in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.kind_of.iter().map(|&kind| &self.kinds[kind as usize])
    }

    /// The description of a number.
    #[inline]
    pub(crate) fn of_kind(&self, kind: u32) -> &Link {
        &self.kinds[kind as usize]
    }

    /// The number of a link's description among the different ones.
    #[inline]
    pub(crate) fn kind_of(&self, link: LinkId) -> u32 {
        self.kind_of[link]
    }

    /// Whether carrying data draws any energy on any of them.
    pub(crate) fn draw(&self) -> bool {
        self.kinds.iter().any(|link| link.energy.draws())
    }

    /// All kinds of links, for a change of each.
    pub(super) fn kinds_mut(&mut self) -> &mut [Link] {
        &mut self.kinds
    }

    /// Memory that they take [B].
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kinds.len() * size_of::<Link>() + self.kind_of.len() * size_of::<u32>()
    }
}

impl Index<LinkId> for Links {
    type Output = Link;
    #[inline]
    fn index(&self, id: LinkId) -> &Link {
        &self.kinds[self.kind_of[id] as usize]
    }
}

impl From<Table<LinkId, Link>> for Links {
    fn from(links: Table<LinkId, Link>) -> Self {
        let mut all = Self::default();
        links.iter().for_each(|&link| {
            all.push(link);
        });
        all
    }
}

/// A link's description to the last bit.
fn bits(link: &Link) -> [u64; 9] {
    let LinkEnergy { per_byte, baseline, marginal } = link.energy;
    let [(a, share_a), (b, share_b)] = link.shares;
    let numbers = [link.rate.0, per_byte.0, baseline.0, marginal.0, share_a, share_b].map(f64::to_bits);
    let [rate, per_byte, baseline, marginal, share_a, share_b] = numbers;
    [link.latency.0, rate, per_byte, baseline, marginal, u64::from(a.0), share_a, u64::from(b.0), share_b]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn links_are_what_was_laid_and_each_description_is_kept_once(
            laid in prop::collection::vec((0u64..3, 1u32..3, 0u32..3), 0..60),
        ) {
            let laid: Vec<Link> = laid.into_iter().map(|(latency, rate, site)| Link {
                latency: SimDuration(latency),
                rate: BitRate(f64::from(rate)),
                energy: LinkEnergy::default(),
                shares: [(SiteId(site), 0.5), (SiteId(0), 0.5)],
            }).collect();
            let links = Links::from(Table::from(laid.clone()));
            prop_assert_eq!(links.iter().copied().collect::<Vec<_>>(), laid.clone());
            prop_assert!(laid.iter().enumerate().all(|(k, link)| links[LinkId::new(k)] == *link));
            let distinct = laid.iter().map(bits).collect::<std::collections::BTreeSet<_>>();
            prop_assert_eq!(links.kinds.len(), distinct.len());
        }
    }
}
