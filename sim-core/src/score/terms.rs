//! The terms of the weighted score: one expression for the scan and the index.

use std::cmp::Ordering;

use super::weights::Weights;
use crate::ids::{DeviceId, Id, ModelId, ZoneId};
use crate::scheduler::{Execution, Request, View};
use crate::schedulers::Params;
use crate::units::SimDuration;

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
pub(super) enum LoadSource {
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

    /// Forgets all reports, for a fleet of so many devices.
    pub(super) fn start(&mut self, devices: usize) {
        match self {
            Self::Profile => {}
            Self::History { reported, .. } => *reported = vec![(0.0, 0); devices],
        }
    }

    /// Takes in a report; whether it counts.
    pub(super) fn note(&mut self, execution: &Execution) -> bool {
        match self {
            Self::Profile => false,
            Self::History { reported, .. } => {
                let (sum, count) = &mut reported[execution.device.index()];
                *sum += execution.span.as_secs();
                *count += 1;
                true
            }
        }
    }

    /// What a device has reported on average [s], if it counts.
    #[inline]
    fn reported(&self, device: DeviceId) -> Option<f64> {
        match self {
            Self::Profile => None,
            Self::History { reported, .. } => {
                let (sum, count) = reported[device.index()];
                (count > 0).then(|| sum / f64::from(count))
            }
        }
    }

    /// What is believed where nothing is reported, by the profile [s].
    #[inline]
    fn unreported(&self, profile: f64) -> f64 {
        match self {
            Self::History { prior: Prior::Half, .. } => 1.0,
            Self::Profile | Self::History { prior: Prior::Profile, .. } => profile,
        }
    }
}

/// What to do when the filters leave no device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhenNone {
    Reject,
    QueueBest,
    LeastLoaded,
}

/// What load and memory of a device are measured by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    slots: f64,
    background: f64,
    memory: f64,
}

impl Frame {
    pub fn of(view: &View, device: DeviceId) -> Self {
        Self {
            slots: f64::from(view.slots(device).max(1)),
            background: view.background_load(device),
            memory: view.memory(device).0,
        }
    }
}

/// What a score needs of a device for a model that does not change during a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Traits {
    pub zone: ZoneId,
    pub frame: Frame,
    cores: f64,
    declared_power: f64,
    /// The profile's time [s].
    profile: f64,
    needs: Needs,
}

/// What a request for a model needs of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Needs {
    cores: f64,
    memory: f64,
}

impl Traits {
    pub fn of(view: &View, device: DeviceId, model: ModelId) -> Self {
        Self {
            zone: view.zone(device),
            frame: Frame::of(view, device),
            cores: view.cores(device),
            declared_power: view.declared_power(device).0,
            profile: view.profile_time(device, model).as_secs(),
            needs: Needs { cores: view.cores_needed(model), memory: view.memory_needed(device, model).0 },
        }
    }
}

/// A number that is itself alone: compared by its bits, whose order serves look-ups only.
#[derive(Clone, Copy, Debug)]
struct Exact(f64);

impl Ord for Exact {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.to_bits().cmp(&other.0.to_bits())
    }
}

impl PartialOrd for Exact {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Exact {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Exact {}

/// What changes of a device; with equal traits and equal changes, scores are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Now {
    // First, as it tells the most apart at the least cost.
    tasks: u32,
    load: Exact,
    /// Memory not reserved [B].
    memory: Exact,
    /// The mean of the times that it reported [s].
    reported: Option<Exact>,
}

impl Now {
    /// Of a device that has not reported a time.
    pub const UNREPORTED: Self = Self { load: Exact(0.0), memory: Exact(0.0), tasks: 0, reported: None };
}

/// The span of I·E over the eligible candidates of a decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extremes {
    pub least: f64,
    pub most: f64,
}

impl Extremes {
    pub const NONE: Self = Self { least: f64::INFINITY, most: f64::NEG_INFINITY };

    #[inline]
    pub fn with(self, cost: f64) -> Self {
        Self { least: self.least.min(cost), most: self.most.max(cost) }
    }
}

/// What a score is made of.
pub(crate) struct Terms {
    pub weights: Weights,
    pub form: CarbonForm,
    pub task_count: TaskCount,
    pub avg_time: AvgTime,
    pub tie_noise: f64,
    load_limit: f64,
    pub(super) latency_threshold: Option<SimDuration>,
    pub(super) candidate_rtt: Option<SimDuration>,
    load: LoadSource,
    pub(super) when_none: WhenNone,
}

impl Terms {
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
        }
    }

    /// Whether scores change with time alone, so that no change of a device tells of it.
    pub(super) fn drifts(&self, view: &View) -> bool {
        self.load == LoadSource::Smoothed && view.reported_at().is_none()
    }

    /// Whether devices that are alike in all else differ in the time that they reported.
    pub(super) fn by_history(&self) -> bool {
        self.avg_time != AvgTime::Profile
    }

    #[inline(always)] // once a candidate, with its branches on settings hoisted out of the scan
    pub(super) fn now(&self, view: &View, device: DeviceId, frame: &Frame) -> Now {
        let Frame { slots, background, memory } = *frame;
        let share = |busy: f64| background + (1.0 - background) * busy / slots;
        let load = match self.load {
            LoadSource::Instant => share(f64::from(view.busy(device))),
            LoadSource::Smoothed => view.report(device).smoothed,
            LoadSource::QueueAware => {
                let report = view.report(device);
                share(f64::from(report.busy)) + f64::from(report.queued) / slots
            }
        };
        let tasks = match self.task_count {
            TaskCount::InFlight => view.in_flight(device),
            TaskCount::Cumulative => view.assigned(device),
        };
        let memory = memory - view.reserved(device).0;
        let reported = self.avg_time.reported(device).map(Exact);
        Now { load: Exact(load), memory: Exact(memory), tasks, reported }
    }

    /// The paper's filters but for latency: load and resources.
    #[inline]
    pub(super) fn has_room(&self, traits: &Traits, now: &Now) -> bool {
        let load = now.load.0;
        load <= self.load_limit
            && traits.cores * (1.0 - load) >= traits.needs.cores
            && now.memory.0 >= traits.needs.memory
    }

    /// Whether a device is near enough for the latency threshold.
    #[inline]
    pub(super) fn is_quick(&self, view: &View, request: &Request, device: DeviceId) -> bool {
        self.latency_threshold.is_none_or(|limit| view.latency(request.origin, device) <= limit)
    }

    /// Whether a device is within the round-trip time of candidates.
    #[inline]
    pub(super) fn is_near(&self, view: &View, request: &Request, device: DeviceId) -> bool {
        self.candidate_rtt.is_none_or(|limit| view.rtt(request.origin, device) <= limit)
    }

    #[inline]
    pub(super) fn seconds(&self, traits: &Traits, now: &Now) -> f64 {
        now.reported.map_or_else(|| self.avg_time.unreported(traits.profile), |Exact(mean)| mean)
    }

    /// I·P·T of a device [g/kWh · W · ms].
    #[inline]
    pub(super) fn carbon_cost(&self, view: &View, traits: &Traits, now: &Now) -> f64 {
        view.intensity(traits.zone).0 * traits.declared_power * self.seconds(traits, now) * 1e3
    }

    #[inline]
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

    /// The score but for its carbon term, which is added last.
    #[inline]
    pub(super) fn base(&self, traits: &Traits, now: &Now) -> f64 {
        let (load, needs) = (now.load.0, traits.needs);
        let cores = covered(traits.cores * (1.0 - load), needs.cores);
        let resources = 0.5 * cores + 0.5 * covered(now.memory.0, needs.memory);
        self.weights.resources * resources
            + self.weights.load * (1.0 - load).max(0.0)
            + self.weights.performance / (1.0 + self.seconds(traits, now))
            + self.weights.balance / (1.0 + 2.0 * f64::from(now.tasks))
    }

    /// S_R, S_L, S_P, S_B and S_C of a device, each before its weight.
    pub(super) fn parts(&self, traits: &Traits, now: &Now, cost: f64, extremes: Extremes) -> [f64; 5] {
        let (load, needs) = (now.load.0, traits.needs);
        let cores = covered(traits.cores * (1.0 - load), needs.cores);
        [
            0.5 * cores + 0.5 * covered(now.memory.0, needs.memory),
            (1.0 - load).max(0.0),
            1.0 / (1.0 + self.seconds(traits, now)),
            1.0 / (1.0 + 2.0 * f64::from(now.tasks)),
            self.carbon_score(cost, extremes),
        ]
    }

    /// The carbon term of a device that costs so much.
    #[inline]
    pub(super) fn carbon(&self, cost: f64, extremes: Extremes) -> f64 {
        // Zero times infinity is no number.
        if self.weights.carbon == 0.0 { 0.0 } else { self.weights.carbon * self.carbon_score(cost, extremes) }
    }
}

/// The share of a need that is covered, 0…1; what needs nothing has all it needs.
#[inline]
fn covered(available: f64, needed: f64) -> f64 {
    let share = available / needed;
    if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) }
}
