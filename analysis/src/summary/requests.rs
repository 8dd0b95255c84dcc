//! What became of requests, how long they took, by model and by class.

use indexmap::IndexMap;
use serde::Serialize;
use sim_core::engine::Books;
use sim_core::engine::ledger::Counts;
use sim_core::kernel::sum::Sum;
use sim_core::world::World;

use crate::histogram::Spans;
use crate::recorder::{Group, Phases, Recorder};

/// What became of the measured cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Asked for.
    pub arrived: u64,
    /// Results at their origin, late ones included.
    pub completed: u64,
    /// Results at their origin after the deadline.
    pub late: u64,
    /// Turned away.
    pub rejected: u64,
    /// Lost.
    pub failed: u64,
    /// Neither ended nor lost when the run ended.
    pub in_flight: u64,
    /// Where those in flight were.
    pub in_flight_split: InFlight,
    /// Why those turned away were.
    pub rejected_split: Rejected,
}

/// Where requests in flight were when the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InFlight {
    /// Put off or held by the scheduler.
    pub deferred: u64,
    /// In a device's queue.
    pub queued: u64,
    /// On links or in slots.
    pub running: u64,
}

/// Why requests were turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// No device can run the model where the class allows.
    pub no_device: u64,
    /// Every device was over the scheduler's limits.
    pub over_limits: u64,
}

impl Requests {
    pub(super) fn new(counts: &Counts, recorder: &Recorder) -> Self {
        let all = recorder.all();
        Self {
            arrived: counts.arrived,
            completed: counts.completed,
            late: counts.late,
            rejected: counts.rejected,
            failed: counts.failed,
            in_flight: counts.in_flight(),
            in_flight_split: InFlight { deferred: counts.deferred, queued: counts.queued, running: counts.running },
            rejected_split: Rejected { no_device: all.no_device, over_limits: all.over_limits },
        }
    }
}

/// Sojourn times of completed requests [ms]; `None` when nothing completed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sojourn {
    /// Mean, exact.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// Longest, exact.
    pub max: Option<f64>,
}

impl Sojourn {
    pub(super) fn new(spans: &Spans) -> Self {
        Self {
            mean: spans.mean_ms(),
            p50: quantile_ms(spans, 0.5),
            p95: quantile_ms(spans, 0.95),
            p99: quantile_ms(spans, 0.99),
            max: spans.max().map(|span| span.as_millis()),
        }
    }
}

fn quantile_ms(spans: &Spans, q: f64) -> Option<f64> {
    spans.quantile(q).map(|span| span.as_millis())
}

/// Mean times of completed requests by what they spent them on [ms]; `None` when nothing completed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PhaseMeans {
    /// Put off by the scheduler.
    pub deferred: Option<f64>,
    /// On links, waiting for them included.
    pub network: Option<f64>,
    /// In devices' queues, waking of the device included.
    pub queued: Option<f64>,
    /// Loading the model.
    pub loading: Option<f64>,
    /// Computing.
    pub service: Option<f64>,
}

impl PhaseMeans {
    pub(super) fn new(phases: &Phases) -> Self {
        Self {
            deferred: phases.deferred.mean(),
            network: phases.network.mean(),
            queued: phases.queued.mean(),
            loading: phases.loading.mean(),
            service: phases.service.mean(),
        }
    }
}

/// Figures of each model by its name, in the scenario's order.
pub type ByModel = IndexMap<String, ModelRow>;

/// Figures of each request class by its name, in the scenario's order.
pub type ByClass = IndexMap<String, ClassRow>;

/// Figures of the requests for one model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModelRow {
    /// Completed, late ones included.
    pub completed: u64,
    /// Completed after the deadline.
    pub late: u64,
    /// Turned away.
    pub rejected: u64,
    /// Mean sojourn time [ms].
    pub sojourn_mean_ms: Option<f64>,
    /// 95th percentile of the sojourn times [ms].
    pub sojourn_p95_ms: Option<f64>,
    /// Energy attributed to its requests, those in flight included [J].
    pub energy_j: f64,
    /// Operational emissions attributed to its requests, those in flight included [g].
    pub carbon_g: f64,
}

/// Figures of the requests of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassRow {
    /// Completed, late ones included.
    pub completed: u64,
    /// Completed after the deadline.
    pub late: u64,
    /// Turned away.
    pub rejected: u64,
    /// Mean sojourn time [ms].
    pub sojourn_mean_ms: Option<f64>,
    /// 95th percentile of the sojourn times [ms].
    pub sojourn_p95_ms: Option<f64>,
}

impl ClassRow {
    fn new(group: &Group) -> Self {
        Self {
            completed: group.completed(),
            late: group.late,
            rejected: group.rejected(),
            sojourn_mean_ms: group.sojourn.mean_ms(),
            sojourn_p95_ms: quantile_ms(&group.sojourn, 0.95),
        }
    }
}

pub(super) fn by_class(recorder: &Recorder, world: &World) -> ByClass {
    let groups = world.request_classes.iter().zip(recorder.classes().iter());
    groups.map(|(class, group)| (class.name.clone(), ClassRow::new(group))).collect()
}

pub(super) fn by_model(books: &Books, recorder: &Recorder, world: &World) -> ByModel {
    let row = |(id, group)| {
        let ClassRow { completed, late, rejected, sojourn_mean_ms, sojourn_p95_ms } = ClassRow::new(group);
        let entry = &books.ledger.models()[id];
        let (energy_j, carbon_g) = (entry.energy().0, entry.carbon().0);
        let row = ModelRow { completed, late, rejected, sojourn_mean_ms, sojourn_p95_ms, energy_j, carbon_g };
        (world.models[id].name.clone(), row)
    };
    recorder.models().enumerate().map(row).collect()
}

/// Mean top-1 accuracy of completed requests over models whose accuracy is known.
pub(super) fn accuracy(recorder: &Recorder, world: &World) -> Option<f64> {
    let (mut hits, mut known) = (Sum::default(), 0);
    for (id, group) in recorder.models().enumerate() {
        let Some(accuracy) = world.models[id].accuracy else { continue };
        hits.add(accuracy * group.completed() as f64);
        known += group.completed();
    }
    (known > 0).then(|| hits.value() / known as f64)
}
