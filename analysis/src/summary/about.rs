//! Which run a summary is of: its names, its span, its carbon signals.

use indexmap::IndexMap;
use serde::Serialize;
use sim_core::units::SimTime;
use sim_core::world::grid::{Grid, Zone};
use sim_core::world::signal::{Provenance, SignalKind};
use sim_core::world::{Horizon, World};

use super::forecast::Forecasts;

/// What the books cannot know of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the scheduler.
    pub scheduler: String,
    /// The scheduler's parameters as text.
    pub scheduler_parameters: IndexMap<String, String>,
    /// Seed of the random streams.
    pub seed: u64,
    /// Which independent repeat of that seed.
    pub replication: u64,
    /// Where the carbon signals come from; [`SignalSource::all`] reads them off a world.
    pub signals: Vec<SignalSource>,
    /// How the worst known energy of a model on a device class is known: `measured`, `calibrated` or `modelled`.
    pub energy_provenance: Option<&'static str>,
}

/// What a signal is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalUse {
    /// Schedulers see it.
    Deciding,
    /// The books use it.
    Accounting,
    /// Schedulers see it and the books use it.
    Both,
}

/// A zone's carbon signal with its labels and its origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignalSource {
    /// The zone.
    pub zone: String,
    /// What it is used for.
    pub used_for: SignalUse,
    /// `average` or `marginal`.
    pub kind: String,
    /// Its labels, such as `lifecycle, consumption, CO2e`.
    pub labels: String,
    /// Where its numbers come from.
    pub provenance: String,
    /// Whether its numbers were made from statistics and not measured.
    pub synthetic: bool,
}

impl SignalSource {
    /// The signals of every zone that a world decides or accounts with.
    #[must_use]
    pub fn all(world: &World) -> Vec<Self> {
        let grid = &world.grid;
        let uses: &[(SignalUse, SignalKind)] = if grid.decide_with == grid.account_with {
            &[(SignalUse::Both, grid.account_with)]
        } else {
            &[(SignalUse::Deciding, grid.decide_with), (SignalUse::Accounting, grid.account_with)]
        };
        let of_zone = |zone| uses.iter().filter_map(move |&(used_for, kind)| Self::of(zone, used_for, kind));
        grid.zones.iter().flat_map(of_zone).collect()
    }

    /// In a line: how many signals are synthetic.
    #[must_use]
    pub fn line(all: &[Self]) -> String {
        match all.iter().filter(|signal| signal.synthetic).count() {
            0 => "none synthetic".to_owned(),
            synthetic => format!("{synthetic} of {} synthetic, not measured", all.len()),
        }
    }

    fn of(zone: &Zone, used_for: SignalUse, kind: SignalKind) -> Option<Self> {
        let signal = zone.signal(kind)?;
        Some(Self {
            zone: zone.name.clone(),
            used_for,
            kind: kind_name(kind).to_owned(),
            labels: signal.labels.to_string(),
            provenance: provenance(&signal.provenance),
            synthetic: matches!(signal.provenance, Provenance::Synthetic(_)),
        })
    }
}

fn kind_name(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::Average => "average",
        SignalKind::Marginal => "marginal",
    }
}

/// The origin of a signal's numbers, in words.
#[must_use]
pub fn provenance(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Given(name) => format!("given: {name}"),
        Provenance::Synthetic(name) => format!("synthetic: {name}"),
        Provenance::StartAssumed(name) => format!("start assumed: {name}"),
    }
}

/// The kinds of signal, and where each zone's come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signals {
    /// The kind that schedulers see.
    pub decide_with: &'static str,
    /// The kind that the books use.
    pub account_with: &'static str,
    /// What schedulers may believe of the present and the future.
    pub forecast: Forecasts,
    /// Origin of each zone's signals.
    pub zones: Vec<SignalSource>,
}

impl Signals {
    pub(super) fn new(grid: &Grid, zones: Vec<SignalSource>) -> Self {
        let (decide_with, account_with) = (kind_name(grid.decide_with), kind_name(grid.account_with));
        Self { decide_with, account_with, forecast: Forecasts::new(grid), zones }
    }
}

/// The parts of the simulated span [s].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Span {
    /// Arrivals before the window, not measured.
    pub lead_in_s: f64,
    /// What arrived here is measured.
    pub window_s: f64,
    /// Longest wait after the window.
    pub drain_s: f64,
    /// When the run ended, from the epoch.
    pub end_s: f64,
}

impl Span {
    pub(super) fn new(horizon: &Horizon, end: SimTime) -> Self {
        Self {
            lead_in_s: horizon.lead_in.as_secs(),
            window_s: horizon.window.as_secs(),
            drain_s: horizon.drain.as_secs(),
            end_s: end.as_secs(),
        }
    }
}
