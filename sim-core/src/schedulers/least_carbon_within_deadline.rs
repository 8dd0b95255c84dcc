//! Least carbon within the deadline: the fewest grams where the result is expected in time.

use ordered_float::OrderedFloat;

use super::Entry;
use super::earliest_completion::EarliestCompletion;
use crate::fleet_index::Inputs;
use crate::ids::{DeviceId, PlanId};
use crate::ranked::{Candidates, RankIndex, SEARCH, Search, Standing, scan};
use crate::scheduler::{Considered, Decision, Explanation, Reason, Request, Scheduler, Term, View};
use crate::units::SimTime;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "least-carbon-within-deadline",
    summary: "least expected emissions among devices expected in time; if none is, the earliest completion",
    citation: "baseline (carbon under a latency bound, as in CASPER, arXiv 2403.14792)",
    params: &[SEARCH],
    build: |setup| {
        let search = Search::of(setup.params);
        Ok(Box::new(WithinDeadline { search, candidates: Candidates::default(), index: None }))
    },
};

const INPUTS: Inputs = Inputs { class: true, background: true, pue: true, place: true, slots: false, zone: false };

struct WithinDeadline {
    search: Search,
    candidates: Candidates,
    index: Option<RankIndex>,
}

impl WithinDeadline {
    fn by_scan(&mut self, request: &Request, view: &View) -> Option<DeviceId> {
        let candidates = self.candidates.of(request, view).iter().copied();
        let in_time = candidates.clone().filter(|&device| is_in_time(request, view, device));
        let least = in_time.min_by_key(|&device| (carbon(request, view, device), device));
        least.or_else(|| scan(&EarliestCompletion, request, view, candidates))
    }

    /// Emissions are one for a kind and its busy slots, and who waits longer is no earlier.
    fn by_index(&mut self, request: &Request, view: &View) -> Option<DeviceId> {
        let index = self.index.get_or_insert_with(|| RankIndex::new(view, INPUTS));
        index.settle(view, |view, device| Standing::wait(view, device).drawing(view, device));
        let (key, within) = (|device| carbon(request, view, device), |device| is_in_time(request, view, device));
        let least = index.least_within(request, view, key, within);
        least.or_else(|| index.least(&EarliestCompletion, request, view))
    }
}

fn carbon(request: &Request, view: &View, device: DeviceId) -> OrderedFloat<f64> {
    OrderedFloat(view.expected_carbon(request, device).0)
}

fn is_in_time(request: &Request, view: &View, device: DeviceId) -> bool {
    view.expected_completion(request, device) <= request.deadline.unwrap_or(SimTime::NEVER)
}

impl Scheduler for WithinDeadline {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let by_index = self.search.by_index(view);
        let chosen = if by_index { self.by_index(request, view) } else { self.by_scan(request, view) };
        chosen.map_or(Decision::Reject(Reason::NoDevice), |device| Decision::Run(PlanId::whole(device)))
    }

    fn explain(&self, request: &Request, view: &View) -> Explanation {
        let of = |device| {
            let completion = view.expected_completion(request, device).as_secs();
            let key = vec![Term::new("carbon_g", carbon(request, view, device).0), Term::new("completion_s", completion)];
            let late = !is_in_time(request, view, device);
            Considered { excluded: late.then_some("expected late"), ..Considered::whole(request, view, device, key) }
        };
        let rule = "the least carbon of those expected in time, then the lowest id; if none is, the earliest completion";
        Explanation { rule, considered: view.candidates(request).map(of).collect() }
    }

    fn changed(&mut self, device: DeviceId) {
        if let Some(index) = &mut self.index {
            index.note(device);
        }
    }

    fn index_bytes(&self) -> usize {
        self.index.as_ref().map_or(0, RankIndex::bytes)
    }
}
