//! Arguments of `explain-request` as they are typed.

use std::path::PathBuf;

use clap::Args;
use hardware_profiles::quantity::{Unit, parse};
use sim_core::units::SimDuration;

use crate::cli::ScenarioArgs;

/// Examples below its help.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge explain-request hello 42
  carbonedge explain-request out/hello-1 42 --json
  carbonedge explain-request city-day 1000 --scheduler carbon-split
  carbonedge explain-request out/city-day-1 1000 --perfetto trace.json --around 30s";

/// Arguments of `explain-request`.
#[derive(Clone, Debug, Args)]
pub struct ExplainRequestArgs {
    /// A run directory, a shipped scenario or a YAML file.
    #[arg(value_name = "RUN|SCENARIO")]
    pub run: String,
    /// The request's number in order of arrival, as in requests.parquet.
    pub id: u64,
    /// Which of several replications, from 0.
    #[arg(long, value_name = "K")]
    pub replication: Option<u64>,
    /// Another seed: another run.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Another scheduler, with its default parameters: what would it have done?
    #[arg(long, value_name = "NAME")]
    pub scheduler: Option<String>,
    /// Set a value of the scenario, as often as needed.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A folder where the scenario's files are looked for; as often as needed.
    #[arg(long, value_name = "DIR")]
    pub data: Vec<PathBuf>,
    /// Most candidates shown on the page.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub candidates: usize,
    /// Write a trace (Chrome's JSON) of the request and of those in flight near it.
    #[arg(long, value_name = "FILE")]
    pub perfetto: Option<PathBuf>,
    /// How long before and after the request others are in the trace.
    #[arg(long, value_name = "SPAN", default_value = "0 s", requires = "perfetto")]
    pub around: String,
    /// Print everything as JSON instead of the page.
    #[arg(long)]
    pub json: bool,
}

impl ExplainRequestArgs {
    /// Whether the run is changed by the command line.
    pub(super) fn changes(&self) -> bool {
        self.seed.is_some() || self.scheduler.is_some() || !self.set.is_empty()
    }

    /// The same as arguments of a scenario.
    pub(super) fn scenario(&self, scenario: String) -> ScenarioArgs {
        ScenarioArgs {
            scenario,
            seed: self.seed,
            scheduler: self.scheduler.clone(),
            set: self.set.clone(),
            data: self.data.clone(),
        }
    }

    /// How long before and after the request others count.
    ///
    /// # Errors
    /// If it is no span of time.
    pub(super) fn around_span(&self) -> Result<SimDuration, String> {
        let seconds = parse(&self.around, Unit::Time).map_err(|error| format!("--around {error}; {}", error.hint()))?;
        Ok(SimDuration::from_secs(seconds))
    }
}
