//! The figures of a run: the keys of `summary.json`, in its order.

mod about;
mod carbon;
mod forecast;
mod placement;
mod requests;
pub(crate) mod splits;

use serde::Serialize;
use sim_core::engine::Books;
use sim_core::world::World;

pub use about::{About, SignalSource, SignalUse, Signals, Span, provenance};
pub use carbon::{Attribution, Carbon, Energy, Network, RESCORED_AT};
pub use forecast::{ForecastUse, Forecasts};
pub use placement::Placement;
pub use requests::{ByClass, ByModel, ClassRow, InFlight, ModelRow, PhaseMeans, Rejected, Requests, Sojourn};
pub use splits::{Split, SplitSegment, word as split_word};

use crate::histogram::QUANTILE_ERROR;
use crate::recorder::Recorder;

/// What a run comes to. Its fields are the keys of `summary.json`; `None` is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the scheduler.
    pub scheduler: String,
    /// The scheduler's parameters as text, in its own order.
    pub scheduler_parameters: indexmap::IndexMap<String, String>,
    /// Seed of the random streams.
    pub seed: u64,
    /// Which independent repeat of that seed.
    pub replication: u64,
    /// From the epoch to the end of the measurement window [s]; the drain after it is not counted.
    pub horizon_s: f64,
    /// The parts of the simulated span.
    pub span: Span,
    /// Carbon signals and their origin.
    pub signal: Signals,
    /// What became of the measured cohort.
    pub requests: Requests,
    /// Completed requests over the measurement window [1/s].
    pub throughput_per_s: f64,
    /// Completion at the origin − arrival, of completed requests [ms].
    pub sojourn_ms: Sojourn,
    /// Largest relative error of every quantile in this summary; means and extremes are exact.
    pub quantile_error: f64,
    /// Mean times of completed requests [ms].
    pub time_ms: PhaseMeans,
    /// Energy by account [J].
    pub energy_j: Energy,
    /// Emissions by account [g].
    pub carbon_g: Carbon,
    /// Who answers for operational emissions.
    pub attribution: Attribution,
    /// Energy of all accounts over completed requests [J].
    pub energy_j_per_inference: Option<f64>,
    /// Operational emissions, idle and network included, over completed requests [g].
    pub carbon_g_per_inference: Option<f64>,
    /// Completed requests over operational emissions [1/g].
    pub inferences_per_g: Option<f64>,
    /// Software Carbon Intensity: operational and embodied emissions over completed requests [g].
    pub sci_g_per_inference: Option<f64>,
    /// What moving data weighs, and would weigh under published coefficients.
    pub network: Network,
    /// Shares of the measured computations.
    pub placement: Placement,
    /// How models were split over devices.
    pub splits: Vec<Split>,
    /// Mean top-1 accuracy of completed requests over models whose accuracy is known.
    pub accuracy_top1: Option<f64>,
    /// Figures of each model.
    pub by_model: ByModel,
    /// Figures of each request class.
    pub by_request_class: ByClass,
}

impl Summary {
    /// The summary of a finished run that `recorder` listened to.
    #[must_use]
    pub fn new(books: &Books, recorder: &Recorder, world: &World, about: About) -> Self {
        let completed = books.measured.completed;
        let per_inference = |amount: f64| (completed > 0).then(|| amount / completed as f64);
        let energy_j = Energy::new(&books.ledger, about.energy_provenance);
        let carbon_g = Carbon::new(&books.ledger, world);
        let horizon = &world.settings.horizon;
        Self {
            scenario: about.scenario,
            scheduler: about.scheduler,
            scheduler_parameters: about.scheduler_parameters,
            seed: about.seed,
            replication: about.replication,
            horizon_s: horizon.window_end().as_secs(),
            span: Span::new(horizon, books.end),
            signal: Signals::new(&world.grid, about.signals),
            requests: Requests::new(&books.measured, recorder),
            throughput_per_s: completed as f64 / horizon.window.as_secs(),
            sojourn_ms: Sojourn::new(&recorder.all().sojourn),
            quantile_error: QUANTILE_ERROR,
            time_ms: PhaseMeans::new(recorder.phases()),
            energy_j,
            carbon_g,
            attribution: Attribution::new(&books.ledger, world.settings.idle_rule),
            energy_j_per_inference: per_inference(energy_j.total),
            carbon_g_per_inference: per_inference(carbon_g.operational),
            inferences_per_g: (completed > 0 && carbon_g.operational > 0.0)
                .then(|| completed as f64 / carbon_g.operational),
            sci_g_per_inference: carbon_g.embodied.and_then(|_| per_inference(carbon_g.total)),
            network: Network::new(&books.ledger, completed),
            placement: Placement::new(&books.ledger, world),
            splits: splits::splits(books, recorder, world),
            accuracy_top1: requests::accuracy(recorder, world),
            by_model: requests::by_model(books, recorder, world),
            by_request_class: requests::by_class(recorder, world),
        }
    }
}
