//! Arguments of `workload` as they are typed.

use clap::{Args, Subcommand};

/// Examples below the help of `workload inspect`.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge workload inspect city-day
  carbonedge workload inspect AzureLLMInferenceTrace_code.csv --work-column GeneratedTokens
  carbonedge workload inspect log.csv --time-column when --timezone Europe/Madrid --json";

/// What can be done with a workload.
#[derive(Clone, Debug, Subcommand)]
pub enum WorkloadVerb {
    /// Show rate over time, burstiness and gaps of a trace, or of the sources of a scenario.
    #[command(after_help = EXAMPLES)]
    Inspect(InspectArgs),
}

/// Arguments of `workload inspect`.
#[derive(Clone, Debug, Default, Args)]
pub struct InspectArgs {
    /// A trace (CSV), a scenario file (YAML) or a shipped scenario.
    #[arg(value_name = "FILE|SCENARIO")]
    pub what: String,
    /// Seed of what is drawn: the sources of a scenario, the arrivals of counts [default: the scenario's, else 1].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Set a value of the scenario, as often as needed.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A folder where a scenario's files are looked for that are not beside it; as often as needed.
    #[arg(long, value_name = "DIR")]
    pub data: Vec<std::path::PathBuf>,
    /// Format of the trace: own, azure-llm, azure-functions, counts or csv [default: told by its columns].
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// The column of times of a plain table.
    #[arg(long, value_name = "COLUMN")]
    pub time_column: Option<String>,
    /// Unit of times that are numbers: ns, us, ms, s, min, h or d [default: s].
    #[arg(long, value_name = "UNIT")]
    pub time_unit: Option<String>,
    /// IANA time zone of local times.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// The column that work is read from.
    #[arg(long, value_name = "COLUMN")]
    pub work_column: Option<String>,
    /// How much of the work column is one inference [default: 1].
    #[arg(long, value_name = "N")]
    pub work_per: Option<f64>,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

impl InspectArgs {
    /// The first flag that only traces have, if one is given.
    #[must_use]
    pub fn trace_flag(&self) -> Option<&'static str> {
        self.trace_flags().iter().find(|(_, given)| *given).map(|&(flag, _)| flag)
    }

    /// Whether the flag of a field of replayed sources is given.
    #[must_use]
    pub fn gives(&self, field: &str) -> bool {
        let flag = format!("--{}", field.replace('_', "-"));
        self.trace_flags().iter().any(|&(name, given)| given && name == flag)
    }

    fn trace_flags(&self) -> [(&'static str, bool); 6] {
        [
            ("--format", self.format.is_some()),
            ("--time-column", self.time_column.is_some()),
            ("--time-unit", self.time_unit.is_some()),
            ("--timezone", self.timezone.is_some()),
            ("--work-column", self.work_column.is_some()),
            ("--work-per", self.work_per.is_some()),
        ]
    }
}
