//! The latency between two sites: that of the nearest pair of places that was measured.

use std::collections::HashMap;

use sim_core::units::SimDuration;

use super::Matrix;
use super::places::Places;
use crate::distance::{Kilometres, Place, great_circle};

/// How far a site may be from the place whose latencies stand for its own, unless a scenario says otherwise.
///
/// Ours, no standard: by the fibre rule of ITU-T G.826 and G.114, 500 km are at most 3.75 ms of the one-way latency.
pub const WITHIN: Kilometres = Kilometres(500.0);

/// A site of a scenario, as far as it tells where it is in a latency table.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The name of its place in the table, where the scenario gives one.
    pub known_as: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// Its grid zone.
    pub zone: Option<&'a str>,
    /// Its coordinates.
    pub place: Option<Place>,
}

/// Why there is no measured latency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gap {
    /// No place of the table is the site's: none bears its name or that of its zone, and none is known to be near.
    NoPlace {
        /// The site's number.
        site: usize,
        /// Distance of the nearest place, where coordinates are known.
        nearest: Option<Kilometres>,
    },
    /// The pair was not measured.
    NoPair,
}

/// One place of the table that stands for a site.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    place: usize,
    distance: f64,
}

/// The latencies between sites out of a table.
///
/// A site is found in the table by the name that the scenario gives it there; else by its own name; else by its
/// coordinates, as the places within the bound, the nearest first; else by the name of its zone. Among the places of two
/// sites the measured pair counts whose distances from them have the least sum. Two sites whose nearest place is one
/// have the latency of that place to itself or none: a pair of other places would set them apart.
#[derive(Clone, Debug)]
pub struct Between<'a> {
    matrix: &'a Matrix,
    places: &'a Places,
    /// The table's place by the number of its place on the map.
    by_place: HashMap<usize, usize>,
    /// Of each site the places that may stand for it, at least one; or the distance of the nearest, which is too far.
    candidates: Vec<Result<Vec<Candidate>, Option<Kilometres>>>,
}

impl<'a> Between<'a> {
    /// Finds the sites in the table.
    #[must_use]
    pub fn new(matrix: &'a Matrix, places: &'a Places, sites: &[Site], within: Kilometres) -> Self {
        let names = || matrix.names().enumerate();
        let by_place = names().filter_map(|(k, name)| Some((places.number(name)?, k))).collect();
        let located: Vec<(usize, Place)> = names().filter_map(|(k, name)| Some((k, places.find(name)?))).collect();
        let mut made = Self { matrix, places, by_place, candidates: Vec::new() };
        made.candidates = sites.iter().map(|site| made.locate(site, &located, within)).collect();
        made
    }

    /// Whether the table has a place of that name, or of another name of the same place.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.named(name).is_some()
    }

    /// How many places of the table have known coordinates.
    #[must_use]
    pub fn located(&self) -> usize {
        self.by_place.len()
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.matrix.find(name).or_else(|| self.by_place.get(&self.places.number(name)?).copied())
    }

    fn locate(
        &self, site: &Site, located: &[(usize, Place)], within: Kilometres,
    ) -> Result<Vec<Candidate>, Option<Kilometres>> {
        let exactly = |place: usize| vec![Candidate { place, distance: 0.0 }];
        let named = |name: &str| self.named(name);
        if let Some(place) = site.known_as.and_then(named).or_else(|| named(site.name)) {
            return Ok(exactly(place));
        }
        let near = site.place.map_or(Err(None), |at| near(at, located, within));
        near.or_else(|nearest| site.zone.and_then(named).map(exactly).ok_or(nearest))
    }

    /// Propagation from one site to another, by their numbers.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn one_way(&self, from: usize, to: usize) -> Result<SimDuration, Gap> {
        let find = |site: usize| self.candidates[site].as_ref().map_err(|&nearest| Gap::NoPlace { site, nearest });
        let (sources, targets) = (find(from)?, find(to)?);
        let (a, b) = (sources[0].place, targets[0].place);
        let found = self.matrix.one_way(a, b);
        // Most pairs are known; and no other pair of places stands for two sites at one.
        let found = if found.is_some() || a == b { found } else { self.nearest_pair(sources, targets) };
        found.ok_or(Gap::NoPair)
    }

    /// The measured pair with the least sum of distances. Both lists are sorted by distance.
    fn nearest_pair(&self, sources: &[Candidate], targets: &[Candidate]) -> Option<SimDuration> {
        let mut best: Option<(f64, SimDuration)> = None;
        for a in sources {
            for b in targets.iter().filter(|b| b.place != a.place) {
                let sum = a.distance + b.distance;
                if best.is_some_and(|(least, _)| sum >= least) {
                    break;
                }
                if let Some(latency) = self.matrix.one_way(a.place, b.place) {
                    best = Some((sum, latency));
                }
            }
        }
        best.map(|(_, latency)| latency)
    }
}

/// The places within the bound, the nearest first; if there is none, the distance of the nearest of all.
fn near(at: Place, located: &[(usize, Place)], within: Kilometres) -> Result<Vec<Candidate>, Option<Kilometres>> {
    let distance = |&(place, there): &(usize, Place)| Candidate { place, distance: great_circle(at, there).0 };
    let mut all: Vec<Candidate> = located.iter().map(distance).collect();
    all.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.place.cmp(&b.place)));
    let nearest = all.first().map(|candidate| Kilometres(candidate.distance));
    all.retain(|candidate| candidate.distance <= within.0);
    if all.is_empty() { Err(nearest) } else { Ok(all) }
}
