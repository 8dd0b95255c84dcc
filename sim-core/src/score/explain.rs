//! The weighted score of every candidate, told term by term.

use super::scan::{Candidate, Look, find_candidates};
use super::terms::{Now, Terms};
use crate::scheduler::{Considered, Explanation, Request, Term, View};

const PARTS: [&str; 5] = ["S_R", "S_L", "S_P", "S_B", "S_C"];
const WEIGHTED: [&str; 5] = ["w_r·S_R", "w_l·S_L", "w_p·S_P", "w_b·S_B", "w_c·S_C"];

/// All candidates with their terms; the filters' victims among them, which count where the filters leave none.
pub(super) fn explain(terms: &Terms, request: &Request, view: &View) -> Explanation {
    let found = find_candidates(terms, view, request);
    let look = Look { terms, request, view };
    let now = |candidate: &Candidate| terms.now(view, candidate.device, &candidate.traits.frame);
    let passes = |candidate: &Candidate, now: &Now| look.passes(candidate, now);
    let some_pass = found.iter().any(|candidate| passes(candidate, &now(candidate)));
    let extremes = look.extremes(&found, |candidate, now| !some_pass || passes(candidate, now));
    let of = |candidate: &Candidate| {
        let (traits, now) = (&candidate.traits, now(candidate));
        let cost = terms.carbon_cost(view, traits, &now);
        let score = look.noisy(candidate.device, terms.base(traits, &now) + terms.carbon(cost, extremes));
        let parts = terms.parts(traits, &now, cost, extremes);
        let w = &terms.weights;
        let weights = [w.resources, w.load, w.performance, w.balance, w.carbon];
        let weighted = (0..5).map(|k| Term::new(WEIGHTED[k], weights[k] * parts[k]));
        let own = weighted.chain((0..5).map(|k| Term::new(PARTS[k], parts[k]))).collect();
        let whole = Considered::whole(request, view, candidate.device, own);
        let excluded = excluded(terms, &look, candidate, &now);
        Considered { score: Some(score), excluded, counted: WEIGHTED.len(), ..whole }
    };
    let rule = if some_pass {
        "the highest score, then the lowest id"
    } else {
        "no device passes the filters: when_none decides"
    };
    Explanation { rule, considered: found.iter().map(of).collect() }
}

fn excluded(terms: &Terms, look: &Look, candidate: &Candidate, now: &Now) -> Option<&'static str> {
    let room = terms.has_room(&candidate.traits, now);
    let quick = terms.is_quick(look.view, look.request, candidate.device);
    match (room, quick) {
        (true, true) => None,
        (false, _) => Some("over the load limit, or short of cores or memory"),
        (true, false) => Some("over the latency threshold"),
    }
}
