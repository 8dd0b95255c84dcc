//! The site graph, compiled to routes: shortest paths by latency.

use super::link::{Link, Links};
use super::routes::Ways;
use crate::ids::{Id, LinkId, SiteId, Table};
use crate::units::{SimDuration, SimTime, Watts};

/// Contention on links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contention {
    /// Every transfer has the medium to itself.
    None,
    /// Store and forward, first in, first out on each direction of each link.
    #[default]
    Fifo,
}

/// Where a link's coefficient counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EnergyScope {
    /// On each link of the way.
    #[default]
    Link,
    /// Once for the whole way, half in the zone of each endpoint.
    EndToEnd,
}

/// How network energy is counted in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkEnergy {
    /// Where coefficients count.
    pub scope: EnergyScope,
    /// Energy of one byte over the whole way, under [`EnergyScope::EndToEnd`] [J/B].
    pub end_to_end: crate::units::JoulesPerByte,
    /// Factor for coefficients that do not include the PUE of network sites; 1 where they do.
    pub pue: f64,
}

impl Default for NetworkEnergy {
    fn default() -> Self {
        Self { scope: EnergyScope::Link, end_to_end: crate::units::JoulesPerByte::ZERO, pue: 1.0 }
    }
}

/// All links with the routes between sites.
#[derive(Clone, Debug)]
pub struct Topology {
    links: Links,
    /// Contention on them.
    pub contention: Contention,
    /// How their energy is counted.
    pub energy: NetworkEnergy,
    sites: usize,
    /// Route from a to b: `flat[starts[a·sites + b] .. starts[a·sites + b + 1]]`.
    starts: Vec<u32>,
    flat: Vec<LinkId>,
    latency: Vec<SimDuration>,
}

/// Which way data take between two sites that a link joins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detours {
    /// The way of the least latency, over other sites too.
    #[default]
    Taken,
    /// The link. Measured latencies break the triangle inequality, yet no packet is relayed by a third site.
    Avoided,
}

/// Two sites without a way between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// From here …
    pub from: SiteId,
    /// … there is no way to here.
    pub to: SiteId,
}

impl Topology {
    /// Compiles the routes of least latency between all pairs of sites over the directed links `between`.
    ///
    /// # Errors
    /// The first pair that no way connects.
    pub fn new(
        sites: usize, links: impl Into<Links>, between: &[(SiteId, SiteId, LinkId)], contention: Contention,
        energy: NetworkEnergy,
    ) -> Result<Self, Unreachable> {
        Self::routed(sites, links, between, contention, energy, Detours::Taken)
    }

    /// Compiles the routes between all pairs of sites over the directed links `between`.
    ///
    /// # Errors
    /// The first pair that no way connects.
    pub fn routed(
        sites: usize, links: impl Into<Links>, between: &[(SiteId, SiteId, LinkId)], contention: Contention,
        energy: NetworkEnergy, detours: Detours,
    ) -> Result<Self, Unreachable> {
        let mut links = links.into();
        links.settle();
        let ways = Ways::new(sites, between, &links);
        let mut topology = Self {
            links,
            contention,
            energy,
            sites,
            starts: vec![0],
            flat: Vec::new(),
            latency: Vec::with_capacity(sites * sites),
        };
        (0..sites).try_for_each(|from| topology.add_routes(&ways, from, detours))?;
        Ok(topology)
    }

    fn add_routes(&mut self, ways: &Ways, from: usize, detours: Detours) -> Result<(), Unreachable> {
        let joined = match detours {
            Detours::Taken => vec![None; self.sites],
            Detours::Avoided => ways.joined(from),
        };
        let all_joined = joined.iter().enumerate().all(|(to, link)| to == from || link.is_some());
        let last = if all_joined { Vec::new() } else { ways.last_links(from) };
        for (to, joined) in joined.into_iter().enumerate() {
            let (mut route, mut at) = (Vec::new(), to);
            while at != from {
                let last = || last.get(at).copied().flatten();
                let step = joined.map(|link| (from, link)).or_else(last);
                let missing = Unreachable { from: SiteId::new(from), to: SiteId::new(to) };
                let (before, link) = step.ok_or(missing)?;
                route.push(link);
                at = before;
            }
            self.latency.push(route.iter().map(|&link| self.links[link].latency).sum());
            self.flat.extend(route.iter().rev());
            self.starts.push(u32::try_from(self.flat.len()).expect("invariant: routes fit 2^32 hops"));
        }
        Ok(())
    }

    /// A link, in one direction.
    #[must_use]
    #[inline]
    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id]
    }

    /// Every direction of every link, access links included, in order of the ids.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// The same network with every link without its baseline power.
    #[must_use]
    pub fn without_baselines(mut self) -> Self {
        self.links.kinds_mut().iter_mut().for_each(|link| link.energy.baseline = Watts::ZERO);
        self
    }

    /// The links from one site to another in order; none within a site.
    #[must_use]
    #[inline]
    pub fn route(&self, from: SiteId, to: SiteId) -> &[LinkId] {
        let at = from.index() * self.sites + to.index();
        &self.flat[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Propagation from one site to another.
    #[must_use]
    #[inline]
    pub fn latency(&self, from: SiteId, to: SiteId) -> SimDuration {
        self.latency[from.index() * self.sites + to.index()]
    }

    /// A table of when each link is free, all at the epoch.
    #[must_use]
    pub fn all_free(&self) -> Table<LinkId, SimTime> {
        Table::filled(self.links.len(), SimTime::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::BitRate;
    use crate::world::link::LinkEnergy;
    use proptest::prelude::*;

    fn link(latency: u64) -> Link {
        Link {
            latency: SimDuration(latency),
            rate: BitRate(1e9),
            energy: LinkEnergy::default(),
            shares: [(SiteId(0), 0.5), (SiteId(0), 0.5)],
        }
    }

    proptest! {
        #[test]
        fn routes_are_as_short_as_floyd_and_warshall_find(
            edges in prop::collection::vec((0usize..6, 0usize..6, 1u64..100), 0..20),
        ) {
            let mut links = Table::new();
            let ring = (0..6).map(|i| (i, (i + 1) % 6, 50));
            let between: Vec<_> = ring.chain(edges)
                .map(|(a, b, latency)| (SiteId::new(a), SiteId::new(b), links.push(link(latency))))
                .collect();
            let mut best = [[u64::MAX / 4; 6]; 6];
            (0..6).for_each(|i| best[i][i] = 0);
            for &(a, b, id) in &between {
                let cell = &mut best[a.index()][b.index()];
                *cell = (*cell).min(links[id].latency.0);
            }
            for k in 0..6 { for i in 0..6 { for j in 0..6 {
                best[i][j] = best[i][j].min(best[i][k] + best[k][j]);
            }}}
            let topology = Topology::new(6, links, &between, Contention::Fifo, NetworkEnergy::default()).unwrap();
            for (i, row) in best.iter().enumerate() { for (j, &shortest) in row.iter().enumerate() {
                prop_assert_eq!(topology.latency(SiteId::new(i), SiteId::new(j)).0, shortest);
            }}
        }
    }

    #[test]
    fn a_link_goes_before_a_faster_detour_only_where_detours_are_avoided() {
        let mut links = Table::new();
        let (a, b, c, d) = (SiteId(0), SiteId(1), SiteId(2), SiteId(3));
        let mut lay = |from, to, latency| (from, to, links.push(link(latency)));
        let there = [lay(a, b, 9), lay(a, b, 100), lay(a, c, 1), lay(c, b, 1), lay(b, d, 5)];
        let back = [lay(d, a, 1)];
        let between = [&there[..], &back[..]].concat();
        let latencies = |detours| {
            let energy = NetworkEnergy::default();
            let made = Topology::routed(4, links.clone(), &between, Contention::None, energy, detours).unwrap();
            (made.latency(a, b).0, made.latency(a, d).0, made.route(a, b).len())
        };
        assert_eq!(latencies(Detours::Taken), (2, 7, 2));
        assert_eq!(latencies(Detours::Avoided), (9, 7, 1));
    }

    #[test]
    fn sites_without_a_way_between_them_are_named() {
        let made = Topology::new(2, Table::new(), &[], Contention::None, NetworkEnergy::default());
        assert_eq!(made.unwrap_err(), Unreachable { from: SiteId(0), to: SiteId(1) });
    }
}
