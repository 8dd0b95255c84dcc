//! The weighted score of every candidate, one after another: the reference of the index.

use std::collections::BTreeMap;

use ordered_float::OrderedFloat;
use rand::RngExt;

use super::terms::{CarbonForm, Extremes, Now, Terms, Traits, WhenNone};
use crate::ids::{DeviceId, ModelId, RequestClassId, SiteId};
use crate::scheduler::{Reason, Request, View};
use crate::units::SimDuration;

/// Candidates depend on these of a request: its origin's place (if an RTT limits them), its model, its class.
type CandidateKey = (Option<Place>, ModelId, RequestClassId);

/// Origins in one place have the same candidates within an RTT, except that only it is at no distance from itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    site: SiteId,
    access: SimDuration,
    /// The origin, where the limit does not reach to its neighbours of equal access.
    alone: Option<DeviceId>,
}

/// A device that may run a kind of request.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub device: DeviceId,
    pub traits: Traits,
    /// Whether its traits are those of the candidate before it.
    same: bool,
}

/// The candidates that scans have found.
#[derive(Default)]
pub(super) struct Scan {
    candidates: BTreeMap<CandidateKey, Vec<Candidate>>,
}

impl Scan {
    /// The device with the highest score; strictly, so the lowest id of equals.
    pub fn choose(&mut self, terms: &Terms, request: &Request, view: &View) -> Result<DeviceId, Reason> {
        let key = key(terms, view, request);
        let found = self.candidates.entry(key).or_insert_with(|| find_candidates(terms, view, request));
        Look { terms, request, view }.choose(found)
    }
}

fn key(terms: &Terms, view: &View, request: &Request) -> CandidateKey {
    let place = terms.candidate_rtt.map(|limit| {
        let access = view.access_latency(request.origin);
        let alone = (access + access > limit).then_some(request.origin);
        Place { site: view.site(request.origin), access, alone }
    });
    (place, request.model, request.class)
}

pub(super) fn find_candidates(terms: &Terms, view: &View, request: &Request) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for device in view.candidates(request).filter(|&device| terms.is_near(view, request, device)) {
        let traits = Traits::of(view, device, request.model);
        let same = found.last().is_some_and(|before| before.traits == traits);
        found.push(Candidate { device, traits, same });
    }
    found
}

/// One scan.
pub(super) struct Look<'a> {
    pub terms: &'a Terms,
    pub request: &'a Request,
    pub view: &'a View<'a>,
}

impl Look<'_> {
    /// The paper's filters: load, latency, resources.
    #[inline]
    pub fn passes(&self, candidate: &Candidate, now: &Now) -> bool {
        self.terms.has_room(&candidate.traits, now) && self.terms.is_quick(self.view, self.request, candidate.device)
    }

    /// A score with the noise that breaks ties.
    pub fn noisy(&self, device: DeviceId, score: f64) -> f64 {
        if self.terms.tie_noise == 0.0 {
            return score;
        }
        let mut stream = self.view.draw(self.request, u64::from(device.0));
        score * (1.0 + self.terms.tie_noise * stream.random::<f64>())
    }

    /// Whether equal traits and equal changes make equal scores, so that only the first of a row of equals counts.
    fn equals_tie(&self) -> bool {
        self.terms.tie_noise == 0.0 && self.terms.latency_threshold.is_none()
    }

    /// The device with the highest score among those that `keep` leaves.
    fn best(&self, candidates: &[Candidate], keep: impl Fn(&Candidate, &Now) -> bool) -> Option<DeviceId> {
        let (terms, view) = (self.terms, self.view);
        let extremes = self.extremes(candidates, &keep);
        let equals_tie = self.equals_tie();
        let mut best: Option<(f64, DeviceId)> = None;
        let mut before: Option<Now> = None;
        for candidate in candidates {
            let traits = &candidate.traits;
            let now = terms.now(view, candidate.device, &traits.frame);
            let repeats = equals_tie && candidate.same && before == Some(now);
            before = Some(now);
            if repeats || !keep(candidate, &now) {
                continue;
            }
            let score = terms.base(traits, &now) + terms.carbon(terms.carbon_cost(view, traits, &now), extremes);
            let score = self.noisy(candidate.device, score);
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, candidate.device));
            }
        }
        best.map(|(_, device)| device)
    }

    pub fn extremes(&self, candidates: &[Candidate], keep: impl Fn(&Candidate, &Now) -> bool) -> Extremes {
        if self.terms.form != CarbonForm::MinMax {
            return Extremes::NONE;
        }
        candidates.iter().fold(Extremes::NONE, |extremes, candidate| {
            let now = self.terms.now(self.view, candidate.device, &candidate.traits.frame);
            if !keep(candidate, &now) {
                return extremes;
            }
            extremes.with(self.terms.carbon_cost(self.view, &candidate.traits, &now))
        })
    }

    fn choose(&self, candidates: &[Candidate]) -> Result<DeviceId, Reason> {
        if candidates.is_empty() {
            return Err(Reason::NoDevice);
        }
        let best = self.best(candidates, |candidate, now| self.passes(candidate, now));
        let fallback = || match self.terms.when_none {
            WhenNone::Reject => None,
            WhenNone::QueueBest => self.best(candidates, |_, _| true),
            WhenNone::LeastLoaded => {
                let devices = candidates.iter().map(|candidate| candidate.device);
                devices.min_by_key(|&device| (OrderedFloat(self.view.crowding(device)), device))
            }
        };
        best.or_else(fallback).ok_or(Reason::OverLimits)
    }
}
