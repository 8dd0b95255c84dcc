//! TRACE's weighted score: CarbonEdge's terms with the transfer in the time and in the carbon, by a scan.

use ordered_float::OrderedFloat;

use super::terms::{Extremes, Terms, Traits, WhenNone};
use crate::ids::{DeviceId, PlanId};
use crate::ranked::Candidates;
use crate::scheduler::{Actions, Decision, Execution, Reason, Request, Scheduler, View};
use crate::units::{Grams, JoulesPerByte};

/// What moving data is believed to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NetworkEnergy {
    /// What the scenario says of its network.
    Scenario,
    /// So much a byte, drawn where the data comes from.
    PerByte(JoulesPerByte),
}

impl NetworkEnergy {
    /// Emissions of moving a request's input and result at the newest public intensities. The sender's intensity
    /// counts, as in TRACE's code: the origin's for the input, the device's for the result.
    fn carbon(self, request: &Request, view: &View, device: DeviceId) -> Grams {
        match self {
            Self::Scenario => view.transfer_cost(request, device).1,
            Self::PerByte(_) if device == request.origin => Grams::ZERO,
            Self::PerByte(energy) => {
                let result = view.tensor(request.model, view.whole(request.model).to);
                request.input * energy * view.intensity_at(request.origin) + result * energy * view.intensity_at(device)
            }
        }
    }
}

/// A candidate that passes the filters, with what its score is made of.
#[derive(Clone, Copy)]
struct Scored {
    device: DeviceId,
    /// The score but for its carbon term.
    base: f64,
    /// Computing and moving [g].
    carbon: f64,
}

/// The score of TRACE; strict maximum, so the lowest id of equals.
pub(crate) struct TransferScore {
    /// CarbonEdge's terms, without those of performance and carbon.
    terms: Terms,
    performance: f64,
    carbon: f64,
    /// The time at which S_P is a half [s].
    half_time: f64,
    network: NetworkEnergy,
    candidates: Candidates,
    scored: Vec<Scored>,
}

impl TransferScore {
    /// A score of these terms, whose weights of performance and carbon are taken out of them.
    pub fn new(mut terms: Terms, half_time: f64, network: NetworkEnergy) -> Self {
        let performance = std::mem::take(&mut terms.weights.performance);
        let carbon = std::mem::take(&mut terms.weights.carbon);
        let (candidates, scored) = (Candidates::default(), Vec::new());
        Self { terms, performance, carbon, half_time, network, candidates, scored }
    }

    /// Scores the candidates, all that are near or only those that pass the paper's filters.
    fn look(&mut self, request: &Request, view: &View, all: bool) {
        let terms = &self.terms;
        self.scored.clear();
        for &device in self.candidates.of(request, view) {
            let traits = Traits::of(view, device, request.model);
            let now = terms.now(view, device, &traits.frame);
            let passes = || terms.has_room(&traits, &now) && terms.is_quick(view, request, device);
            if !terms.is_near(view, request, device) || !(all || passes()) {
                continue;
            }
            let moving = view.transfer_time(request, device).as_secs();
            let seconds = terms.seconds(&traits, &now);
            let quick = 1.0 / (1.0 + (seconds + moving) / self.half_time);
            let base = terms.base(&traits, &now) + self.performance * quick;
            let computing = terms.carbon_cost(view, &traits, &now) / 3.6e9;
            let carbon = computing + self.network.carbon(request, view, device).0;
            self.scored.push(Scored { device, base, carbon });
        }
    }

    /// The highest score of those that were looked at.
    fn best(&self) -> Option<DeviceId> {
        let costs = self.scored.iter().map(|scored| scored.carbon);
        let extremes = costs.fold(Extremes::NONE, Extremes::with);
        let mut best: Option<(f64, DeviceId)> = None;
        for scored in &self.scored {
            let span = extremes.most - extremes.least;
            let clean = if span > 0.0 { 1.0 - (scored.carbon - extremes.least) / span } else { 1.0 };
            let score = scored.base + self.carbon * clean;
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, scored.device));
            }
        }
        best.map(|(_, device)| device)
    }

    fn choose(&mut self, request: &Request, view: &View) -> Result<DeviceId, Reason> {
        if self.candidates.of(request, view).is_empty() {
            return Err(Reason::NoDevice);
        }
        self.look(request, view, false);
        if let Some(device) = self.best() {
            return Ok(device);
        }
        let fallback = match self.terms.when_none {
            WhenNone::Reject => None,
            WhenNone::QueueBest => {
                self.look(request, view, true);
                self.best()
            }
            WhenNone::LeastLoaded => {
                let near = |device: &&DeviceId| self.terms.is_near(view, request, **device);
                let devices = self.candidates.of(request, view).iter().filter(near).copied();
                devices.min_by_key(|&device| (OrderedFloat(view.crowding(device)), device))
            }
        };
        fallback.ok_or(Reason::OverLimits)
    }
}

impl Scheduler for TransferScore {
    fn start(&mut self, view: &View, _: &mut Actions) {
        self.terms.avg_time.start(view.devices().len());
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        match self.choose(request, view) {
            Ok(device) => Decision::Run(PlanId::whole(device)),
            Err(reason) => Decision::Reject(reason),
        }
    }

    fn executed(&mut self, execution: &Execution, _: &View) {
        self.terms.avg_time.note(execution);
    }
}
