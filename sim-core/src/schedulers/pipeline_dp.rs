//! Pipeline DP: stages over a chain of devices such that the slowest stage is as fast as can be.

use std::collections::BTreeMap;

use super::{Entry, Kind, Param};
use crate::chain::{Along, Chains, Choice, Found, Keep, PARTS, Rules, Search, Step, Tables, candidates_param, devices};
use crate::ids::{DeviceId, ModelId, PlanId, RequestClassId};
use crate::units::SimDuration;
use crate::scheduler::{Considered, Decision, Explanation, Reason, Request, Scheduler, Term, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "pipeline-dp",
    summary: "splits each model into a pipeline whose slowest stage or link is least, for most requests a second",
    citation: "PipeEdge (Hu et al., DSD 2022; EdgePipe, arXiv 2110.14895): dynamic programming over layers and devices",
    params: &[
        PARTS,
        candidates_param("4"),
        Param {
            name: "choice",
            kind: Kind::Choice(&["class", "class-and-zone", "nearest"]),
            default: "class",
            doc: "devices looked at where there are more: the origin, and the nearest of each class, of each class in \
                  each zone, or the nearest whatever they are",
        },
    ],
    build: |setup| {
        Ok(Box::new(Pipeline {
            rules: Rules { keep: Keep::Both, along: Along::Slowest, parts: setup.params.number("parts") as u32 },
            choice: Choice::named(setup.params.text("choice")),
            most: setup.params.number("candidates") as usize,
            plans: BTreeMap::new(),
        }))
    },
};

struct Pipeline {
    rules: Rules,
    choice: Choice,
    most: usize,
    /// The plan of each kind of request: nothing that it depends on changes during a run.
    plans: BTreeMap<(ModelId, RequestClassId, DeviceId), Option<PlanId>>,
}

impl Pipeline {
    /// Chains of which no other one over the same devices has a faster slowest step and less time from end to end.
    fn chains(&self, request: &Request, view: &View) -> Chains {
        // A pipeline is laid for the model, not for the work and input of who asks first.
        let usual = Request { work: 1.0, input: view.tensor(request.model, 0), ..*request };
        let mut tables = Tables::default();
        let segment = |device, cuts| {
            let time = view.segment_time(&usual, device, cuts);
            Step { time: time.0, cost: time.as_secs() }
        };
        let moved = |from, to, cut| {
            let bytes = view.tensor(usual.model, cut);
            let time = view.link_time(from, to, bytes);
            Step { time: time.0, cost: view.moving_time(from, to, bytes).as_secs() }
        };
        tables.fill(&usual, view, &devices(&usual, view, self.choice, self.most), segment, moved);
        let mut chains = Chains::default();
        Search::default().run(&tables, self.rules, &mut chains);
        chains
    }

    /// The chain of least slowest step; of equals, of least time from end to end.
    fn plan(&self, request: &Request, view: &View) -> Option<PlanId> {
        let chains = self.chains(request, view);
        let least = chains.found.iter().min_by(|a, b| a.time.cmp(&b.time).then(a.cost.total_cmp(&b.cost)))?;
        Some(view.split(request, chains.segments(least)))
    }
}

impl Scheduler for Pipeline {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let kind = (request.model, request.class, request.origin);
        let known = self.plans.get(&kind).copied();
        let plan = known.unwrap_or_else(|| {
            let plan = self.plan(request, view);
            self.plans.insert(kind, plan);
            plan
        });
        plan.map_or(Decision::Reject(Reason::NoDevice), Decision::Run)
    }

    fn explain(&self, request: &Request, view: &View) -> Explanation {
        let chains = self.chains(request, view);
        let of = |found: &Found| {
            let slowest = Term::new("slowest_step_s", SimDuration(found.time).as_secs());
            let terms = vec![slowest, Term::new("time_s", found.cost)];
            Considered { plan: chains.segments(found).to_vec(), terms, counted: 2, score: None, excluded: None }
        };
        let considered = chains.found.iter().map(of).collect();
        Explanation { rule: "the least slowest step, then the least time from end to end without waits", considered }
    }
}
