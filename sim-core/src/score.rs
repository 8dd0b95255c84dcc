//! The weighted node score of AMP4EC and CarbonEdge: its terms, its filters, its scan.

use std::collections::BTreeMap;

use ordered_float::OrderedFloat;
use rand::RngExt;

use crate::ids::{DeviceId, ModelId, PlanId, RequestClassId, SiteId, ZoneId};
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

    #[inline]
    fn seconds(&self, candidate: &Candidate) -> f64 {
        let profile = candidate.traits.profile;
        match self {
            Self::Profile => profile,
            Self::History { prior, reported } => match (reported[candidate.device.0 as usize], prior) {
                ((sum, count), _) if count > 0 => sum / f64::from(count),
                (_, Prior::Half) => 1.0,
                (_, Prior::Profile) => profile,
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

/// What a score needs of a candidate that does not change during a run.
#[derive(Clone, Copy, PartialEq)]
struct Traits {
    zone: ZoneId,
    slots: f64,
    background: f64,
    cores: f64,
    declared_power: f64,
    memory: f64,
    /// The profile's time [s].
    profile: f64,
    needs: Needs,
}

/// A device that may run a kind of request.
#[derive(Clone, Copy)]
struct Candidate {
    device: DeviceId,
    traits: Traits,
    /// Whether its traits are those of the candidate before it.
    same: bool,
}

/// What changes of a candidate; with equal traits and equal changes, scores are equal.
#[derive(Clone, Copy, PartialEq)]
struct Now {
    load: f64,
    memory: f64,
    tasks: u32,
}

/// What a request for a model needs of a device.
#[derive(Clone, Copy, PartialEq)]
struct Needs {
    cores: f64,
    memory: f64,
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
    candidates: BTreeMap<CandidateKey, Vec<Candidate>>,
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

    #[inline(always)] // once a candidate, with its branches on settings hoisted out of the scan
    fn now(&self, view: &View, candidate: &Candidate) -> Now {
        let (device, traits) = (candidate.device, &candidate.traits);
        let share = |busy: f64| traits.background + (1.0 - traits.background) * busy / traits.slots;
        let load = match self.load {
            LoadSource::Instant => share(f64::from(view.busy(device))),
            LoadSource::Smoothed => view.report(device).smoothed,
            LoadSource::QueueAware => {
                let report = view.report(device);
                share(f64::from(report.busy)) + f64::from(report.queued) / traits.slots
            }
        };
        let tasks = match self.task_count {
            TaskCount::InFlight => view.in_flight(device),
            TaskCount::Cumulative => view.assigned(device),
        };
        Now { load, memory: traits.memory - view.reserved(device).0, tasks }
    }

    /// The paper's filters: load, latency, resources.
    #[inline]
    fn passes(&self, view: &View, request: &Request, candidate: &Candidate, now: Now) -> bool {
        now.load <= self.load_limit
            && self.latency_threshold.is_none_or(|limit| view.latency(request.origin, candidate.device) <= limit)
            && candidate.traits.cores * (1.0 - now.load) >= candidate.traits.needs.cores
            && now.memory >= candidate.traits.needs.memory
    }

    /// I·P·T of a device [g/kWh · W · ms].
    #[inline]
    fn carbon_cost(&self, view: &View, candidate: &Candidate) -> f64 {
        let traits = &candidate.traits;
        view.intensity(traits.zone).0 * traits.declared_power * self.avg_time.seconds(candidate) * 1e3
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

    fn score(&self, view: &View, candidate: &Candidate, now: Now, extremes: Extremes) -> f64 {
        let needs = candidate.traits.needs;
        let cores = candidate.traits.cores * (1.0 - now.load) / needs.cores;
        let resources = 0.5 * cores.clamp(0.0, 1.0) + 0.5 * (now.memory / needs.memory).clamp(0.0, 1.0);
        let score = self.weights.resources * resources
            + self.weights.load * (1.0 - now.load).max(0.0)
            + self.weights.performance / (1.0 + self.avg_time.seconds(candidate))
            + self.weights.balance / (1.0 + 2.0 * f64::from(now.tasks));
        if self.weights.carbon == 0.0 {
            return score;
        }
        score + self.weights.carbon * self.carbon_score(self.carbon_cost(view, candidate), extremes)
    }

    /// A score with the noise that breaks ties.
    fn noisy(&self, view: &View, request: &Request, device: DeviceId, score: f64) -> f64 {
        if self.tie_noise == 0.0 {
            return score;
        }
        let mut stream = view.draw(request, u64::from(device.0));
        score * (1.0 + self.tie_noise * stream.random::<f64>())
    }

    /// Whether equal traits and equal changes make equal scores, so that only the first of a row of equals counts.
    fn equals_tie(&self) -> bool {
        self.tie_noise == 0.0 && self.avg_time == AvgTime::Profile && self.latency_threshold.is_none()
    }

    /// The device with the highest score among those that `keep` leaves.
    fn best(
        &self, view: &View, request: &Request, candidates: &[Candidate], keep: impl Fn(&Candidate, Now) -> bool,
    ) -> Option<DeviceId> {
        let extremes = self.extremes(view, candidates, &keep);
        let equals_tie = self.equals_tie();
        let mut best: Option<(f64, DeviceId)> = None;
        let mut before: Option<Now> = None;
        for candidate in candidates {
            let now = self.now(view, candidate);
            let repeats = equals_tie && candidate.same && before == Some(now);
            before = Some(now);
            if repeats || !keep(candidate, now) {
                continue;
            }
            let score = self.score(view, candidate, now, extremes);
            let score = self.noisy(view, request, candidate.device, score);
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, candidate.device));
            }
        }
        best.map(|(_, device)| device)
    }

    fn extremes(&self, view: &View, candidates: &[Candidate], keep: impl Fn(&Candidate, Now) -> bool) -> Extremes {
        let mut extremes = Extremes { least: f64::INFINITY, most: f64::NEG_INFINITY };
        if self.form == CarbonForm::MinMax {
            for candidate in candidates.iter().filter(|candidate| keep(candidate, self.now(view, candidate))) {
                let cost = self.carbon_cost(view, candidate);
                extremes.least = extremes.least.min(cost);
                extremes.most = extremes.most.max(cost);
            }
        }
        extremes
    }

    fn choose(&self, view: &View, request: &Request, candidates: &[Candidate]) -> Result<DeviceId, Reason> {
        if candidates.is_empty() {
            return Err(Reason::NoDevice);
        }
        let passes = |candidate: &Candidate, now| self.passes(view, request, candidate, now);
        let best = self.best(view, request, candidates, passes);
        let fallback = || match self.when_none {
            WhenNone::Reject => None,
            WhenNone::QueueBest => self.best(view, request, candidates, |_, _| true),
            WhenNone::LeastLoaded => {
                let devices = candidates.iter().map(|candidate| candidate.device);
                devices.min_by_key(|&device| (OrderedFloat(view.crowding(device)), device))
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

    fn find_candidates(&self, view: &View, request: &Request) -> Vec<Candidate> {
        let near = |device| self.candidate_rtt.is_none_or(|limit| view.rtt(request.origin, device) <= limit);
        let mut found: Vec<Candidate> = Vec::new();
        for device in view.candidates(request).filter(|&device| near(device)) {
            let traits = traits(view, device, request.model);
            let same = found.last().is_some_and(|before| before.traits == traits);
            found.push(Candidate { device, traits, same });
        }
        found
    }
}

fn traits(view: &View, device: DeviceId, model: ModelId) -> Traits {
    Traits {
        zone: view.zone(device),
        slots: f64::from(view.slots(device).max(1)),
        background: view.background_load(device),
        cores: view.cores(device),
        declared_power: view.declared_power(device).0,
        memory: view.memory(device).0,
        profile: view.profile_time(device, model).as_secs(),
        needs: Needs { cores: view.cores_needed(model), memory: view.memory_needed(device, model).0 },
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
