//! Requests that are alike: one model and class, asked for at one place.

use std::collections::BTreeMap;

use super::Fleet;
use crate::fleet_index::Kind;
use crate::ids::{DeviceId, ModelId, RequestClassId, SiteId};
use crate::scheduler::{Request, View};
use crate::units::Bytes;

/// What alike requests share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sort {
    pub model: ModelId,
    pub class: RequestClassId,
    site: SiteId,
    access: [u32; 2],
    /// The group of the origin.
    pub at: Kind,
}

impl Sort {
    /// The sort of a request.
    pub fn of(fleet: &Fleet, view: &View, request: &Request) -> Self {
        let origin = request.origin;
        Self {
            model: request.model,
            class: request.class,
            site: view.site(origin),
            access: view.access_kinds(origin),
            at: fleet.kind_of(origin),
        }
    }
}

/// Requests of one sort, summed up.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The one that is due first, the earlier of equals.
    pub urgent: Request,
    /// How many there are.
    pub count: u32,
    work: f64,
    input: f64,
    most_work: f64,
    most_input: f64,
    /// How many each origin asked for.
    pub origins: BTreeMap<DeviceId, u32>,
}

impl Batch {
    /// A batch of one.
    pub fn of(request: &Request) -> Self {
        let (count, origins) = (0, BTreeMap::new());
        let mut batch =
            Self { urgent: *request, count, work: 0.0, input: 0.0, most_work: 0.0, most_input: 0.0, origins };
        batch.add(request);
        batch
    }

    /// One more.
    pub fn add(&mut self, request: &Request) {
        self.count += 1;
        self.work += request.work;
        self.input += request.input.0;
        self.most_work = self.most_work.max(request.work);
        self.most_input = self.most_input.max(request.input.0);
        *self.origins.entry(request.origin).or_insert(0) += 1;
        let due = |request: &Request| request.deadline.map_or(u64::MAX, |deadline| deadline.0);
        if due(request) < due(&self.urgent) {
            self.urgent = *request;
        }
    }

    /// A request of the mean work and input: what a batch takes grows with both in proportion, so it stands for all.
    pub fn mean(&self) -> Request {
        let count = f64::from(self.count);
        Request { work: self.work / count, input: Bytes(self.input / count), ..self.urgent }
    }

    /// A request that takes as long as any, due as early as any.
    pub fn slowest(&self) -> Request {
        Request { work: self.most_work, input: Bytes(self.most_input), ..self.urgent }
    }
}
