//! Listens to a run and keeps statistics of it in memory that does not grow with the requests served.

use std::collections::BTreeMap;

use sim_core::ids::{Id, ModelId, PlanId, RequestClassId, Table};
use sim_core::record::{Ending, Observer, Record, RequestRecord};
use sim_core::scheduler::Reason;
use sim_core::units::SimDuration;
use sim_core::world::World;

use crate::histogram::Spans;
use crate::sample::Sample;

/// What became of the requests of one kind.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Sojourn times of those that completed, late ones included.
    pub sojourn: Spans,
    /// Completed after the deadline.
    pub late: u64,
    /// Turned away because no device could run the model where the class allows.
    pub no_device: u64,
    /// Turned away because every device was over the scheduler's limits.
    pub over_limits: u64,
}

impl Group {
    /// Requests that completed, late ones included.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.sojourn.count()
    }

    /// Requests turned away, for whatever reason.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.no_device + self.over_limits
    }

    /// Counts the requests of another group too.
    fn merge(&mut self, other: &Self) {
        self.sojourn.merge(&other.sojourn);
        self.late += other.late;
        self.no_device += other.no_device;
        self.over_limits += other.over_limits;
    }

    #[inline]
    fn count(&mut self, ending: Ending, sojourn: SimDuration) {
        match ending {
            Ending::Completed => self.sojourn.add(sojourn),
            Ending::Late => {
                self.sojourn.add(sojourn);
                self.late += 1;
            }
            Ending::Rejected(Reason::NoDevice) => self.no_device += 1,
            Ending::Rejected(Reason::OverLimits) => self.over_limits += 1,
        }
    }
}

/// A stream of spans of which only the mean is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    count: u64,
    /// Exact: u128 holds 2⁶⁴ spans of 2⁶⁴ ns.
    total: u128,
}

impl Mean {
    #[inline]
    fn add(&mut self, span: SimDuration) {
        self.count += 1;
        self.total += u128::from(span.0);
    }

    /// Their mean [ms], exact to one rounding; `None` without any.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total as f64 / self.count as f64 / 1e6)
    }
}

/// Where the time of completed requests went [ms].
#[derive(Clone, Copy, Debug, Default)]
pub struct Phases {
    /// Put off by the scheduler.
    pub deferred: Mean,
    /// On links, waiting for them included.
    pub network: Mean,
    /// In devices' queues, waking of the device included.
    pub queued: Mean,
    /// Loading the model.
    pub loading: Mean,
    /// Computing.
    pub service: Mean,
}

impl Phases {
    #[inline]
    fn add(&mut self, record: &RequestRecord) {
        self.deferred.add(record.deferred);
        self.network.add(record.network);
        self.queued.add(record.queued);
        self.loading.add(record.loading);
        self.service.add(record.service);
    }
}

/// An observer that streams: histograms and sums of every request, and a bounded sample of them.
///
/// Its memory is one histogram (about 0.4 MB) for each request class and each model, the sample, and a count for each
/// plan that splits a model; it allocates nothing while it records, once the sample is full and every plan was seen.
/// Counts, means and extremes are exact; quantiles are within [`QUANTILE_ERROR`](crate::histogram::QUANTILE_ERROR).
#[derive(Clone, Debug)]
pub struct Recorder {
    classes: Table<RequestClassId, Group>,
    models: Table<ModelId, Group>,
    phases: Phases,
    sample: Sample,
    devices: usize,
    splits: BTreeMap<(ModelId, PlanId), u64>,
}

impl Recorder {
    /// A recorder for one run of a world.
    #[must_use]
    pub fn new(world: &World) -> Self {
        Self::with_sample(world, Sample::default())
    }

    /// A recorder that keeps the given sample.
    #[must_use]
    pub fn with_sample(world: &World, sample: Sample) -> Self {
        Self {
            classes: Table::filled(world.request_classes.len(), Group::default()),
            models: Table::filled(world.models.len(), Group::default()),
            phases: Phases::default(),
            sample,
            devices: world.devices.len(),
            splits: BTreeMap::new(),
        }
    }

    /// All requests: those of every class.
    #[must_use]
    pub fn all(&self) -> Group {
        let mut all = Group::default();
        self.classes.iter().for_each(|class| all.merge(class));
        all
    }

    /// The requests of each class.
    #[must_use]
    pub fn classes(&self) -> &Table<RequestClassId, Group> {
        &self.classes
    }

    /// The requests for each model.
    #[must_use]
    pub fn models(&self) -> &Table<ModelId, Group> {
        &self.models
    }

    /// Where the time of completed requests went.
    #[must_use]
    pub fn phases(&self) -> &Phases {
        &self.phases
    }

    /// Completed requests of each model by each plan that splits it.
    #[must_use]
    pub fn splits(&self) -> &BTreeMap<(ModelId, PlanId), u64> {
        &self.splits
    }

    /// The requests that are kept one by one.
    #[must_use]
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    fn request(&mut self, record: &RequestRecord) {
        let sojourn = record.sojourn();
        for group in [&mut self.classes[record.class], &mut self.models[record.model]] {
            group.count(record.ending, sojourn);
        }
        match record.ending {
            Ending::Completed | Ending::Late => self.phases.add(record),
            Ending::Rejected(_) => {}
        }
        // Plans of one device have that device's number.
        if let Some(plan) = record.plan.filter(|plan| plan.index() >= self.devices) {
            *self.splits.entry((record.model, plan)).or_default() += 1;
        }
        self.sample.offer(record);
    }
}

impl Observer for Recorder {
    fn record(&mut self, record: &Record) {
        match record {
            Record::Request(request) => self.request(request),
        }
    }
}
