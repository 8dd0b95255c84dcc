//! Arguments of `compare`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::ScenarioArgs;

/// Examples of `compare --help`.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge compare city-day --replications 10
  carbonedge compare city-day --schedulers nearest,carbonedge:mode=green,carbonedge:mode=green:form=kwh
  carbonedge compare world-year --over week --replications 12 --schedulers nearest,least-carbon-within-deadline
  carbonedge compare city-day --precision 0.5% --max-replications 60
  carbonedge compare city-day --vary forecast_error,network_energy,signal=average|marginal

A scheduler is its name with any parameters behind it (`carbonedge:mode=green:form=minmax`), `scenario` for the
scenario's own, or `all` for each that fits the scenario. The first is the baseline that all others are paired with:
in each replication they meet the same requests and the same luck. `--over seed` says how far figures would move with
other requests on the very same grid; `--over week` draws whole weeks, one in each of equal parts of the year.";

/// Arguments of `compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// What to compare in.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Schedulers, the baseline first [default: the scenario's `compare.schedulers`, else six that every comparison needs].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub schedulers: Vec<String>,
    /// The one that the others are paired with, if it is not the first.
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    /// How many seeds, days, weeks, years or grids [default: the scenario's, else 10].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub replications: Option<u32>,
    /// What is replicated [default: the scenario's, else seed].
    #[arg(long, value_name = "WHAT", value_parser = ["seed", "day", "week", "year", "grid"])]
    pub over: Option<String>,
    /// Seeds in each day, week, year or grid, to tell the variance within from that between [default: the scenario's, else 1].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub seeds: Option<u32>,
    /// Arrivals before each day, week or year that are not measured [default: the scenario's].
    #[arg(long, value_name = "SPAN")]
    pub lead_in: Option<String>,
    /// The metric that verdicts are on [default: the scenario's, else carbon_g_per_inference].
    #[arg(long, value_name = "METRIC")]
    pub primary: Option<String>,
    /// The least difference that matters, as a share of the baseline's mean [default: the scenario's, else 1 %].
    #[arg(long, value_name = "SHARE")]
    pub margin: Option<String>,
    /// Add seeds until every paired difference is known to this share of the baseline's mean.
    #[arg(long, value_name = "SHARE")]
    pub precision: Option<String>,
    /// With --precision: no more replications than this.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(10..=10_000), requires = "precision")]
    pub max_replications: u32,
    /// One long run a scheduler instead of replications: start cut off by MSER-5, batch means of the rest. Refused where a
    /// rate or a signal varies in time. Nothing is written.
    #[arg(long, conflicts_with_all = ["precision", "vary", "over", "seeds", "replications"])]
    pub steady: bool,
    /// Rank again under other assumptions: forecast_error, signal, network_energy, idle_attribution,
    /// embodied_in_decision; values after `=`, apart by `|`.
    #[arg(long, value_name = "AXES", value_delimiter = ',')]
    pub vary: Vec<String>,
    /// Largest linear program of the bound that shares slots by window; 0 leaves that bound out. 200000 columns take some
    /// ten seconds for each replication.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub program_columns: u32,
    /// Folder that the directory `<name>-<seed>-compare` goes into.
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// Print the comparison as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
}
