//! What schedulers tell of their decisions is what they do.

use std::cmp::Ordering;

use sim_core::ids::{DeviceId, RequestClassId};
use sim_core::scheduler::{Around, Considered, Cuts, Decision, Request, Scheduler, View, Watch};
use sim_core::schedulers::BUILTIN;

use crate::conformance::{Lent, mixed, requests};
use crate::toolkit::{close, run_with, scheduler};

/// The better one first, as the page ranks them: what is not excluded, the higher score, the lower terms that count.
fn order(a: &Considered, b: &Considered) -> Ordering {
    let terms = a.terms[..a.counted].iter().zip(&b.terms[..b.counted]);
    let by_terms = terms.map(|(a, b)| a.value.total_cmp(&b.value)).find(|order| order.is_ne());
    let by_score = a.score.zip(b.score).map(|(a, b)| b.total_cmp(&a));
    a.excluded.is_some().cmp(&b.excluded.is_some()).then(by_score.or(by_terms).unwrap_or(Ordering::Equal))
}

/// Compares each decision with what was told before it.
#[derive(Default)]
struct Doubter {
    told: u32,
}

impl Watch for Doubter {
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        let explanation = scheduler.explain(request, view);
        let decision = scheduler.decide(request, view);
        let Decision::Run(plan) = decision else { return decision };
        let whole = view.whole(request.model);
        let segments = (0..).map_while(|k| view.segment(plan, k));
        let chosen: Vec<(DeviceId, Cuts)> =
            segments.map(|segment| (segment.device, segment.cuts.unwrap_or(whole))).collect();
        for one in &explanation.considered {
            if let Some(score) = one.score.filter(|_| explanation.rule.starts_with("the highest score")) {
                let sum: f64 = one.terms[..one.counted].iter().map(|term| term.value).sum();
                // AMP4EC's score has noise of up to a twentieth on top.
                assert!(score >= sum - 1e-12 && score <= sum * 1.05 + 1e-12, "{score} of {sum}");
            }
        }
        let best = explanation.considered.iter().min_by(|a, b| order(a, b));
        let (Some(best), false) = (best, explanation.rule.is_empty()) else { return decision };
        // Where all are excluded, another rule decides, and says so.
        if best.excluded.is_none() {
            let of_chosen = explanation.considered.iter().find(|one| one.plan == chosen).expect("it is among them");
            assert_eq!(order(best, of_chosen), Ordering::Equal, "{best:#?} against {of_chosen:#?}");
            self.told += 1;
        }
        decision
    }
}

#[test]
fn a_scheduler_that_tells_its_rule_keeps_to_it() {
    let world = mixed();
    let mut telling = Vec::new();
    for entry in BUILTIN {
        let mut around = Around { scheduler: scheduler(&world, entry.name, &[]), watch: Doubter::default() };
        run_with(&world, requests(4.0), Lent(&mut around));
        if around.watch.told > 100 {
            telling.push(entry.name);
        }
    }
    for name in ["carbonedge", "amp4ec", "least-carbon", "least-carbon-within-deadline", "neurosurgeon", "carbon-split"]
    {
        assert!(telling.contains(&name), "{name} tells nothing: {telling:?}");
    }
}

/// Looks at one device's figures.
struct Look;

impl Scheduler for Look {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let told = view.expectations(request, DeviceId(1));
        let figure = |name: &str| told.iter().find(|term| term.name == name).expect("told").value;
        let whole = view.whole(request.model);
        let plan = [(DeviceId(1), whole)];
        let sum = figure("wait_s") + figure("load_s") + figure("compute_s") + figure("transfer_s");
        close(sum, view.plan_time(request, &plan).as_secs());
        close(figure("compute_g") + figure("transfer_g"), view.expected_carbon(request, DeviceId(1)).0);
        Decision::Run(view.split(request, &plan))
    }
}

#[test]
fn what_can_be_expected_of_a_device_adds_up_to_the_time_and_the_carbon_of_a_plan() {
    let mut world = mixed();
    world.request_classes[RequestClassId(1)].zones = None;
    let mut script = requests(1.0);
    script.0.retain(|arrival| arrival.model.0 < 2);
    run_with(&world, script, Look);
}
