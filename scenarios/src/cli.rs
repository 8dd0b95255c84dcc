//! The command line as it is typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::bench::BenchVerb;
use crate::compare::args::{self as compare, CompareArgs};
use crate::explain_request::args::{self as explain_request, ExplainRequestArgs};
use crate::profile::args::{self, MeasureArgs};
use crate::profile::check::CheckArgs;
use crate::profile::fit::FitArgs;
use crate::rescore::{self, RescoreArgs};
use crate::signals::args::SignalsVerb;
use crate::sweep_weights::{self, SweepWeightsArgs};
use crate::workload_inspect::args::WorkloadVerb;

/// Simulates carbon-aware inference on thousands of edge devices.
#[derive(Debug, Parser)]
#[command(name = "carbonedge", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Threads for runs side by side; results do not depend on it [default: all cores].
    #[arg(long, visible_alias = "jobs", global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// No progress bar, no notes.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  carbonedge run hello                                  ten devices, seconds
  carbonedge run paper                                  the CarbonEdge paper beside its published figures
  carbonedge run city-day --scheduler least-carbon      1,000 devices for a day, another scheduler
  carbonedge run city-day --set time.window=1h --json   another window, the summary as JSON
  carbonedge compare city-day --replications 10         schedulers side by side, paired, with intervals
  carbonedge init > mine.yaml && carbonedge validate mine.yaml
  carbonedge explain carbonedge                         a scheduler, device, model, zone or scenario
  carbonedge profile check vit-tiny --class jetson-nano how well a model's time on a device is known";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a scenario: a table, and a run directory of JSON and Parquet.
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Compare schedulers in one scenario: paired differences with intervals, and what would flip their ranking.
    #[command(after_help = compare::EXAMPLES)]
    Compare(CompareArgs),
    /// Draw the weighted score's curve of performance and carbon over its carbon weight, in all three forms.
    #[command(name = "sweep-weights", after_help = sweep_weights::EXAMPLES)]
    SweepWeights(SweepWeightsArgs),
    /// Put a finished run's energy under other carbon signals, without simulating it again.
    #[command(after_help = rescore::EXAMPLES)]
    Rescore(RescoreArgs),
    /// Check a scenario and show all its problems at once.
    #[command(after_help = "Example:\n  carbonedge validate mine.yaml")]
    Validate(ScenarioArgs),
    /// Show where each splitter cuts one request that is alone in a scenario's world, and why.
    #[command(
        after_help = "Examples:\n  carbonedge splits split-demo\n  carbonedge splits mine.yaml --from camera-1 --model resnet-50 --json"
    )]
    Splits(SplitsArgs),
    /// Print a commented scenario to start from.
    #[command(after_help = "Example:\n  carbonedge init > mine.yaml")]
    Init,
    /// List what there is.
    #[command(
        after_help = "Examples:\n  carbonedge list schedulers\n  carbonedge list zones\n  carbonedge list devices --errors"
    )]
    List {
        /// What to list.
        what: What,
        /// Of devices: how wrong their times are, and on how many models.
        #[arg(long)]
        errors: bool,
    },
    /// Measure a network on this machine: time of each part between its cuts, energy, and a profile file.
    #[command(after_help = args::EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Profile(ProfileArgs),
    /// The process that `profile` loads files in.
    #[command(name = "__profile-worker", hide = true)]
    ProfileWorker,
    /// Explain a scenario, scheduler, device class, model, zone or link preset: figures with their sources.
    #[command(
        after_help = "Examples:\n  carbonedge explain raspberry-pi-4\n  carbonedge explain carbonedge\n  carbonedge explain paper"
    )]
    Explain {
        /// Its name.
        name: String,
    },
    /// Explain one request of a run: what the scheduler weighed, what it chose and why, what then happened.
    #[command(after_help = explain_request::EXAMPLES)]
    ExplainRequest(ExplainRequestArgs),
    /// Carbon signals as files: what is in them, and the same in this project's format.
    Signals {
        /// What to do with them.
        #[command(subcommand)]
        verb: SignalsVerb,
    },
    /// Networks as files.
    Model {
        /// What to do with them.
        #[command(subcommand)]
        verb: ModelVerb,
    },
    /// Request traces and sources of requests.
    Workload {
        /// What to do with them.
        #[command(subcommand)]
        verb: WorkloadVerb,
    },
    /// Measure the simulator: three workloads that other simulators run too, and its speed and memory by fleet size.
    Bench {
        /// What to measure.
        #[command(subcommand)]
        verb: BenchVerb,
    },
    /// Print the JSON Schema of scenario files, for editors.
    #[command(
        after_help = "Example:\n  carbonedge schema > carbonedge.schema.json\n  (first line of a scenario: # yaml-language-server: $schema=carbonedge.schema.json)"
    )]
    Schema,
    /// Print completions for a shell.
    #[command(
        after_help = "Example:\n  carbonedge completions bash > ~/.local/share/bash-completion/completions/carbonedge"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// What can be done with a network.
#[derive(Clone, Debug, Subcommand)]
pub enum ModelVerb {
    /// Write a network of the zoo as ONNX, its weights drawn and not learnt (needs the feature `tract`).
    #[command(
        after_help = "Examples:\n  carbonedge model export mobilenet-v2 mobilenet-v2.onnx\n  carbonedge list models"
    )]
    Export {
        /// Its name, as in `carbonedge list models`.
        name: String,
        /// The file.
        file: std::path::PathBuf,
        /// Replace the file if it exists.
        #[arg(long)]
        force: bool,
    },
}

const RUN_EXAMPLES: &str = "\
Examples:
  carbonedge run hello
  carbonedge run mine.yaml --seed 7 --scheduler amp4ec --out results
  carbonedge run city-day --replications 10             means with 95 % intervals, on all cores
  carbonedge run hello --set scheduler.params.mode=balanced --set 'workload[0].rate=40 /s'";

/// A scenario with what the command line changes in it.
#[derive(Clone, Debug, Args)]
pub struct ScenarioArgs {
    /// A shipped scenario (`carbonedge list scenarios`) or a YAML file.
    pub scenario: String,
    /// Seed of all random streams.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Another scheduler, with its default parameters.
    #[arg(long, value_name = "NAME")]
    pub scheduler: Option<String>,
    /// Set a value of the scenario, as often as needed.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A folder where files are looked for that are not beside the scenario; as often as needed.
    #[arg(long, value_name = "DIR")]
    pub data: Vec<std::path::PathBuf>,
}

/// What `profile` does beside measuring.
#[derive(Clone, Debug, Subcommand)]
pub enum ProfileVerb {
    /// Fit rate, bandwidth and overhead to published latencies, with errors beside those of simpler forms.
    Fit(FitArgs),
    /// Tell how the time of a model on a device class is known, what it is, and whether it can be trusted.
    Check(CheckArgs),
}

/// Arguments of `profile`.
#[derive(Clone, Debug, Args)]
pub struct ProfileArgs {
    /// What to do instead of measuring.
    #[command(subcommand)]
    pub verb: Option<ProfileVerb>,
    /// What to measure.
    #[command(flatten)]
    pub measure: MeasureArgs,
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// What to run.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Folder that the run directory `<name>-<seed>` goes into.
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: std::path::PathBuf,
    /// Independent repeats under the same seed: means with 95 % intervals, and a folder for each.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub replications: u32,
    /// Print the summary as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `splits`.
#[derive(Clone, Debug, Args)]
pub struct SplitsArgs {
    /// Whose world it is.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// The device that asks [default: one of each kind that the workload names].
    #[arg(long, value_name = "DEVICE")]
    pub from: Option<String>,
    /// The model that is asked for [default: each].
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Print every cut as JSON instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// Things that can be listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    /// Shipped scenarios.
    Scenarios,
    /// Schedulers with their parameters.
    Schedulers,
    /// Device classes.
    Devices,
    /// Models of the zoo.
    Models,
    /// Zones of the carbon library.
    Zones,
    /// Link presets.
    Links,
    /// Formats of carbon files.
    Formats,
}
