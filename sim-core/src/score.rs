//! The weighted node score of AMP4EC and CarbonEdge: its parameters, and how its best device is found.

mod board;
mod explain;
mod index;
mod scan;
mod terms;
mod transfer;
mod weights;

use crate::ids::{DeviceId, PlanId, ZoneId};
use crate::ranked::{SEARCH, Search};
use crate::scheduler::{Actions, Decision, Execution, Explanation, Request, Scheduler, View};
use crate::schedulers::{Kind, Param, Params};

use index::Index;
use scan::Scan;
pub(crate) use terms::{AvgTime, CarbonForm, Prior, TaskCount, Terms};
pub(crate) use transfer::{NetworkEnergy, TransferScore};
pub(crate) use weights::Weights;

/// Parameters that every weighted score has.
pub(crate) const WEIGHTED_PARAMS: [Param; 6] = [
    Param {
        name: "load_limit",
        kind: Kind::Number { min: 0.0, max: 1.0 },
        default: "0.8",
        doc: "devices with a higher load are skipped",
    },
    Param {
        name: "latency_threshold",
        kind: Kind::Span,
        default: "none",
        doc: "devices with a higher one-way latency from the origin are skipped",
    },
    Param {
        name: "load",
        kind: Kind::Choice(&["instant", "ewma", "queue-aware"]),
        default: "instant",
        doc: "load: share of busy slots, its exponential average (telemetry.load_window; live, it moves with time alone and every device is looked at), or with the queue counted in",
    },
    Param {
        name: "when_none",
        kind: Kind::Choice(&["queue-best", "reject", "least-loaded"]),
        default: "queue-best",
        doc: "if the filters leave no device: the best score without them, rejection (the paper's null), or the least crowded",
    },
    Param {
        name: "candidate_rtt",
        kind: Kind::Span,
        default: "none",
        doc: "candidates: all (none), or only devices within this round-trip time of the origin; when_none keeps to it",
    },
    SEARCH,
];

/// A weighted node score with its filters; strict maximum, so the lowest id of equals.
pub(crate) struct Score {
    terms: Terms,
    search: Search,
    scan: Scan,
    index: Option<Index>,
}

impl Score {
    pub fn new(terms: Terms, params: &Params) -> Self {
        Self { terms, search: Search::of(params), scan: Scan::default(), index: None }
    }

    /// Whether the index finds what the scan does: noise belongs to a request and a device, a live exponential average
    /// moves with time alone, and normalised costs of devices that each have their own have no order that lasts.
    fn by_index(&self, view: &View) -> bool {
        let lasting = self.terms.form != CarbonForm::MinMax || !self.terms.by_history();
        self.terms.tie_noise == 0.0 && lasting && !self.terms.drifts(view) && self.search.by_index(view)
    }
}

impl Scheduler for Score {
    fn start(&mut self, view: &View, _: &mut Actions) {
        self.terms.avg_time.start(view.devices().len());
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let chosen = if self.by_index(view) {
            let index = self.index.get_or_insert_with(|| Index::new(&self.terms, view));
            index.choose(&self.terms, request, view)
        } else {
            self.scan.choose(&self.terms, request, view)
        };
        match chosen {
            Ok(device) => Decision::Run(PlanId::whole(device)),
            Err(reason) => Decision::Reject(reason),
        }
    }

    fn published(&mut self, zone: ZoneId, _: &View) {
        if let Some(index) = &mut self.index {
            index.published(zone);
        }
    }

    fn executed(&mut self, execution: &Execution, _: &View) {
        if self.terms.avg_time.note(execution) {
            self.changed(execution.device);
        }
    }

    fn changed(&mut self, device: DeviceId) {
        if let Some(index) = &mut self.index {
            index.note(device);
        }
    }

    fn explain(&self, request: &Request, view: &View) -> Explanation {
        explain::explain(&self.terms, request, view)
    }

    fn index_bytes(&self) -> usize {
        self.index.as_ref().map_or(0, Index::bytes)
    }
}
