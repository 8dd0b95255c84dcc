//! Shortest ways between sites, over arrays: a mesh of hundreds of sites has a link for every pair of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::link::Links;
use crate::ids::{Id, LinkId, SiteId};

/// Latency first [ns], then hops: among equally fast ways the one with fewer links, and no loop costs nothing.
type Cost = u128;

/// No way leads there.
const NO_WAY: Cost = Cost::MAX;

/// Directed links between sites, by the site that they leave.
pub(super) struct Ways {
    /// Those that leave site s are `all[starts[s]..starts[s + 1]]`.
    starts: Vec<usize>,
    all: Vec<Way>,
}

#[derive(Clone, Copy)]
struct Way {
    to: usize,
    link: LinkId,
    cost: Cost,
}

impl Ways {
    pub fn new(sites: usize, between: &[(SiteId, SiteId, LinkId)], links: &Links) -> Self {
        let mut sorted = between.to_vec();
        sorted.sort_by_key(|&(from, _, link)| (from, link));
        let starts = (0..=sites).map(|site| sorted.partition_point(|(from, _, _)| from.index() < site)).collect();
        let cost = |link: LinkId| u128::from(links[link].latency.0) << 32 | 1;
        let all = sorted.iter().map(|&(_, to, link)| Way { to: to.index(), link, cost: cost(link) }).collect();
        Self { starts, all }
    }

    fn sites(&self) -> usize {
        self.starts.len() - 1
    }

    fn leaving(&self, site: usize) -> &[Way] {
        &self.all[self.starts[site]..self.starts[site + 1]]
    }

    /// The fastest link from a site to each other site, where there is one; of equals the lowest.
    pub fn joined(&self, from: usize) -> Vec<Option<LinkId>> {
        let mut best: Vec<Option<(Cost, LinkId)>> = vec![None; self.sites()];
        for way in self.leaving(from) {
            let best = &mut best[way.to];
            *best = Some(best.map_or((way.cost, way.link), |known| known.min((way.cost, way.link))));
        }
        best.into_iter().map(|best| best.map(|(_, link)| link)).collect()
    }

    /// The last link of the shortest way from a site to each other, with the site that it leaves; of equals the lowest.
    pub fn last_links(&self, from: usize) -> Vec<Option<(usize, LinkId)>> {
        let distance = self.distances(from);
        let mut last: Vec<Option<(usize, LinkId)>> = vec![None; self.sites()];
        for (site, &here) in distance.iter().enumerate().filter(|(_, here)| **here != NO_WAY) {
            for way in self.leaving(site).iter().filter(|way| here + way.cost == distance[way.to]) {
                let last = &mut last[way.to];
                if last.is_none_or(|(_, link)| way.link < link) {
                    *last = Some((site, way.link));
                }
            }
        }
        last
    }

    /// What it costs to get to each site (Dijkstra 1959).
    fn distances(&self, from: usize) -> Vec<Cost> {
        let mut distance = vec![NO_WAY; self.sites()];
        let mut reached = BinaryHeap::from([Reverse((0, from))]);
        distance[from] = 0;
        while let Some(Reverse((here, site))) = reached.pop() {
            if here > distance[site] {
                continue;
            }
            for way in self.leaving(site) {
                let there = here + way.cost;
                if there < distance[way.to] {
                    distance[way.to] = there;
                    reached.push(Reverse((there, way.to)));
                }
            }
        }
        distance
    }
}
