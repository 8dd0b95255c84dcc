//! The weighted node score of AMP4EC and CarbonEdge: its terms, its filters, its scan.

use std::collections::BTreeMap;

use ordered_float::OrderedFloat;
use rand::RngExt;

use crate::ids::{DeviceId, ModelId, PlanId, RequestClassId, SiteId};
use crate::kernel::rng::Purpose;
use crate::scheduler::{Actions, Decision, Execution, Reason, Request, Scheduler, View};
use crate::schedulers::{Kind, Param, Params};
use crate::units::SimDuration;

/// Parameters that every weighted score has.
pub(crate) const WEIGHTED_PARAMS: [Param; 5] = [
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
        doc: "load: share of busy slots, its exponential average (telemetry.load_window), or with the queue counted in",
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
];

/// Weights of the five terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    /// wR of S_R = ½·cpu_avail/cpu_needed + ½·mem_avail/mem_needed, each ratio clamped to 0…1.
    pub resources: f64,
    /// wL of S_L = 1 − load.
    pub load: f64,
    /// wP of S_P = 1/(1 + avg_time), in seconds.
    pub performance: f64,
    /// wB of S_B = 1/(1 + 2·task_count).
    pub balance: f64,
    /// wC of S_C.
    pub carbon: f64,
}

/// How the carbon score is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CarbonForm {
    /// 1/(1 + I·P·T/3.6e6), W and ms: what the paper prints.
    Paper,
    /// 1/(1 + I·P·T/3.6e9), W and ms: I times true kilowatt-hours.
    Kwh,
    /// 1 − (I·E − min)/(max − min) over the eligible candidates of the decision.
    MinMax,
}

impl CarbonForm {
    pub fn named(name: &str) -> Self {
        match name {
            "kwh" => Self::Kwh,
            "minmax" => Self::MinMax,
            _ => Self::Paper,
        }
    }
}

/// Where load comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoadSource {
    Instant,
    Smoothed,
    QueueAware,
}

/// What counts as a device's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskCount {
    InFlight,
    Cumulative,
}

impl TaskCount {
    pub fn named(name: &str) -> Self {
        if name == "cumulative" { Self::Cumulative } else { Self::InFlight }
    }
}

/// S_P and avg_time before a device has reported anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prior {
    /// AMP4EC: S_P = 0.5, that is avg_time = 1 s.
    Half,
    /// The device's profile.
    Profile,
}

/// Where avg_time comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AvgTime {
    Profile,
    /// Mean of the times that each device reported: (sum [s], number).
    History {
        prior: Prior,
        reported: Vec<(f64, u32)>,
    },
}

impl AvgTime {
    pub fn named(name: &str, prior: Prior) -> Self {
        if name == "history" { Self::History { prior, reported: Vec::new() } } else { Self::Profile }
    }

    fn seconds(&self, view: &View, device: DeviceId, model: ModelId) -> f64 {
        let profile = || view.profile_time(device, model).as_secs();
        match self {
            Self::Profile => profile(),
            Self::History { prior, reported } => match (reported[device.0 as usize], prior) {
                ((sum, count), _) if count > 0 => sum / f64::from(count),
                (_, Prior::Half) => 1.0,
                (_, Prior::Profile) => profile(),
            },
        }
    }
}

/// What to do when the filters leave no device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenNone {
    Reject,
    QueueBest,
    LeastLoaded,
}

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

/// A weighted node score with its filters; strict maximum, so the lowest id of equals.
pub(crate) struct Score {
    weights: Weights,
    pub form: CarbonForm,
    pub task_count: TaskCount,
    pub avg_time: AvgTime,
    pub tie_noise: f64,
    load_limit: f64,
    latency_threshold: Option<SimDuration>,
    candidate_rtt: Option<SimDuration>,
    load: LoadSource,
    when_none: WhenNone,
    candidates: BTreeMap<CandidateKey, Vec<DeviceId>>,
}

/// The span of I·E over the eligible candidates of a decision.
#[derive(Clone, Copy)]
struct Extremes {
    least: f64,
    most: f64,
}

impl Score {
    pub fn new(params: &Params, weights: Weights) -> Self {
        Self {
            weights,
            form: CarbonForm::Paper,
            task_count: TaskCount::InFlight,
            avg_time: AvgTime::Profile,
            tie_noise: 0.0,
            load_limit: params.number("load_limit"),
            latency_threshold: params.span("latency_threshold"),
            candidate_rtt: params.span("candidate_rtt"),
            load: match params.text("load") {
                "ewma" => LoadSource::Smoothed,
                "queue-aware" => LoadSource::QueueAware,
                _ => LoadSource::Instant,
            },
            when_none: match params.text("when_none") {
                "reject" => WhenNone::Reject,
                "least-loaded" => WhenNone::LeastLoaded,
                _ => WhenNone::QueueBest,
            },
            candidates: BTreeMap::new(),
        }
    }

    fn load(&self, view: &View, device: DeviceId) -> f64 {
        match self.load {
            LoadSource::Instant => view.load(device),
            LoadSource::Smoothed => view.report(device).smoothed,
            LoadSource::QueueAware => view.queue_aware_load(device),
        }
    }

    /// The paper's filters: load, latency, resources.
    fn passes(&self, view: &View, request: &Request, device: DeviceId, load: f64) -> bool {
        load <= self.load_limit
            && self.latency_threshold.is_none_or(|limit| view.latency(request.origin, device) <= limit)
            && view.cores(device) * (1.0 - load) >= view.cores_needed(request.model)
            && view.memory_available(device).0 >= view.memory_needed(request.model).0
    }

    /// I·P·T of a device [g/kWh · W · ms].
    fn carbon_cost(&self, view: &View, device: DeviceId, avg_time: f64) -> f64 {
        view.intensity_at(device).0 * view.declared_power(device).0 * avg_time * 1e3
    }

    fn carbon_score(&self, cost: f64, extremes: Extremes) -> f64 {
        match self.form {
            CarbonForm::Paper => 1.0 / (1.0 + cost / 3.6e6),
            CarbonForm::Kwh => 1.0 / (1.0 + cost / 3.6e9),
            CarbonForm::MinMax if extremes.most > extremes.least => {
                1.0 - (cost - extremes.least) / (extremes.most - extremes.least)
            }
            CarbonForm::MinMax => 1.0,
        }
    }

    fn score(&self, view: &View, request: &Request, device: DeviceId, load: f64, extremes: Extremes) -> f64 {
        let model = request.model;
        let cores = view.cores(device) * (1.0 - load) / view.cores_needed(model);
        let memory = view.memory_available(device).0 / view.memory_needed(model).0;
        let resources = 0.5 * cores.clamp(0.0, 1.0) + 0.5 * memory.clamp(0.0, 1.0);
        let tasks = match self.task_count {
            TaskCount::InFlight => view.in_flight(device),
            TaskCount::Cumulative => view.assigned(device),
        };
        let avg_time = self.avg_time.seconds(view, device, model);
        let mut score = self.weights.resources * resources
            + self.weights.load * (1.0 - load).max(0.0)
            + self.weights.performance / (1.0 + avg_time)
            + self.weights.balance / (1.0 + 2.0 * f64::from(tasks));
        if self.weights.carbon != 0.0 {
            score += self.weights.carbon * self.carbon_score(self.carbon_cost(view, device, avg_time), extremes);
        }
        if self.tie_noise > 0.0 {
            let mut stream = view.streams().keyed(Purpose::Scheduler, request.id, u64::from(device.0));
            score *= 1.0 + self.tie_noise * stream.random::<f64>();
        }
        score
    }

    /// The device with the highest score among those that `keep` (by id and load) leaves.
    fn best(
        &self, view: &View, request: &Request, candidates: &[DeviceId], keep: impl Fn(DeviceId, f64) -> bool,
    ) -> Option<DeviceId> {
        let extremes = self.extremes(view, request, candidates, &keep);
        let mut best: Option<(f64, DeviceId)> = None;
        for &device in candidates {
            let load = self.load(view, device);
            if keep(device, load) {
                let score = self.score(view, request, device, load, extremes);
                if best.is_none_or(|(highest, _)| score > highest) {
                    best = Some((score, device));
                }
            }
        }
        best.map(|(_, device)| device)
    }

    fn extremes(
        &self, view: &View, request: &Request, candidates: &[DeviceId], keep: &impl Fn(DeviceId, f64) -> bool,
    ) -> Extremes {
        let mut extremes = Extremes { least: f64::INFINITY, most: f64::NEG_INFINITY };
        if self.form == CarbonForm::MinMax {
            for &device in candidates.iter().filter(|&&device| keep(device, self.load(view, device))) {
                let cost = self.carbon_cost(view, device, self.avg_time.seconds(view, device, request.model));
                extremes.least = extremes.least.min(cost);
                extremes.most = extremes.most.max(cost);
            }
        }
        extremes
    }

    fn choose(&self, view: &View, request: &Request, candidates: &[DeviceId]) -> Result<DeviceId, Reason> {
        if candidates.is_empty() {
            return Err(Reason::NoDevice);
        }
        let best = self.best(view, request, candidates, |device, load| self.passes(view, request, device, load));
        let fallback = || match self.when_none {
            WhenNone::Reject => None,
            WhenNone::QueueBest => self.best(view, request, candidates, |_, _| true),
            WhenNone::LeastLoaded => {
                candidates.iter().copied().min_by_key(|&device| (OrderedFloat(view.crowding(device)), device))
            }
        };
        best.or_else(fallback).ok_or(Reason::OverLimits)
    }

    fn key(&self, view: &View, request: &Request) -> CandidateKey {
        let place = self.candidate_rtt.map(|limit| {
            let access = view.access_latency(request.origin);
            let alone = (access + access > limit).then_some(request.origin);
            Place { site: view.site(request.origin), access, alone }
        });
        (place, request.model, request.class)
    }

    fn find_candidates(&self, view: &View, request: &Request) -> Vec<DeviceId> {
        let near = |device| self.candidate_rtt.is_none_or(|limit| view.rtt(request.origin, device) <= limit);
        view.candidates(request).filter(|&device| near(device)).collect()
    }
}

impl Scheduler for Score {
    fn start(&mut self, view: &View, _: &mut Actions) {
        if let AvgTime::History { reported, .. } = &mut self.avg_time {
            *reported = vec![(0.0, 0); view.devices().len()];
        }
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let key = self.key(view, request);
        if !self.candidates.contains_key(&key) {
            let found = self.find_candidates(view, request);
            self.candidates.insert(key, found);
        }
        match self.choose(view, request, &self.candidates[&key]) {
            Ok(device) => Decision::Run(PlanId::whole(device)),
            Err(reason) => Decision::Reject(reason),
        }
    }

    fn executed(&mut self, execution: &Execution, _: &View) {
        if let AvgTime::History { reported, .. } = &mut self.avg_time {
            let (sum, count) = &mut reported[execution.device.0 as usize];
            *sum += execution.span.as_secs();
            *count += 1;
        }
    }
}
