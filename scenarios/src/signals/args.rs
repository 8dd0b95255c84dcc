//! Arguments of `carbonedge signals`: files of carbon intensities, with what is stated of them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sim_core::world::signal::SignalKind;

use super::score::{self, ScoreArgs};
use crate::issues::Check;
use crate::spec::{Quantity, SignalSpec};

/// What can be done with a file of carbon intensities.
#[derive(Clone, Debug, Subcommand)]
pub enum SignalsVerb {
    /// Show what a file holds: span, step, gaps, mean, percentiles, labels.
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(Box<InspectArgs>),
    /// Write a file of any known format as this project's Parquet, in UTC and g/kWh.
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(Box<ConvertArgs>),
    /// Tell how far a forecast of a signal is off, by horizon: mean absolute error, in g/kWh and relative, and bias.
    #[command(after_help = score::EXAMPLES)]
    Score(Box<ScoreArgs>),
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  carbonedge signals inspect DE_2024_hourly.csv
  carbonedge signals inspect 2022-01-01_2022-12-31_FR.parquet --json
  carbonedge signals inspect lab.csv --time-column time --value-column ci --unit kg/kWh --timezone Europe/Berlin \\
      --values mean";

const CONVERT_EXAMPLES: &str = "\
Examples:
  carbonedge signals convert DE_2024_hourly.csv de.parquet
  carbonedge signals convert moer-2020-07.csv.gz moer-2020-08.csv.gz pge.parquet --gaps hold
  (then, in a scenario: average: {file: de.parquet})";

/// Files with what is stated of them; what a format states itself need not be stated.
#[derive(Clone, Debug, Args)]
pub struct FileArgs {
    /// The file; several of one format follow each other in time.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// What of it is stated.
    #[command(flatten)]
    pub stated: Stated,
    /// Its zone: chosen of several, refused if the file names another one only, or the name of one that it does not name.
    #[arg(long, value_name = "NAME")]
    pub zone: Option<String>,
    /// What becomes of what is odd, as the verb says.
    #[arg(skip)]
    pub gaps: Option<String>,
}

/// What is stated of files.
#[derive(Clone, Debug, Default, Args)]
pub struct Stated {
    /// Its format, as in `carbonedge list formats` [default: recognised by content].
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// The column of times.
    #[arg(long, value_name = "NAME")]
    pub time_column: Option<String>,
    /// The column of values.
    #[arg(long, value_name = "NAME")]
    pub value_column: Option<String>,
    /// Unit of the values: g/kWh, kg/kWh, kg/MWh or lb/MWh.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// Time zone of times without one: UTC or an IANA name.
    #[arg(long, value_name = "NAME")]
    pub timezone: Option<String>,
    /// UTC instant of the first value, for files without times.
    #[arg(long, value_name = "INSTANT")]
    pub start: Option<String>,
    /// Length of an interval, for files without times.
    #[arg(long, value_name = "SPAN")]
    pub step: Option<String>,
    /// What a value is: mean (of the interval that starts at its time) or point.
    #[arg(long, value_name = "WHAT")]
    pub values: Option<String>,
    /// A longer step is a gap (even), or not (any).
    #[arg(long, value_name = "WHICH")]
    pub steps: Option<String>,
    /// Emission factors of a generation mix: ipcc-ar5, or a table `fuel,g_per_kwh`.
    #[arg(long, value_name = "NAME|FILE")]
    pub factors: Option<String>,
    /// average or marginal.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// direct or lifecycle.
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// consumption or production.
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// CO2e or CO2.
    #[arg(long, value_name = "GAS")]
    pub gas: Option<String>,
}

/// Arguments of `signals inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// What to look at.
    #[command(flatten)]
    pub files: FileArgs,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `signals convert`.
#[derive(Clone, Debug, Args)]
pub struct ConvertArgs {
    /// What to convert: files to read, then the file to write.
    #[command(flatten)]
    pub files: FileArgs,
    /// What becomes of gaps, missing or negative values, repeated and unsorted times: error, hold or interpolate.
    #[arg(long, value_name = "POLICY", default_value = "error")]
    pub gaps: String,
    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,
}

impl ConvertArgs {
    /// The files to read and the file to write.
    ///
    /// # Errors
    /// If only one file is named.
    pub fn split(&self) -> Result<(FileArgs, PathBuf), String> {
        let mut read = self.files.clone();
        match read.files.pop() {
            Some(written) if !read.files.is_empty() => Ok((read, written.into())),
            _ => Err("name the file to read and the file to write".to_owned()),
        }
    }
}

impl FileArgs {
    /// The same as a scenario would state it.
    #[must_use]
    pub fn spec(&self) -> SignalSpec {
        let stated = self.stated.clone();
        SignalSpec {
            files: self.files.clone(),
            zone: self.zone.clone(),
            format: stated.format,
            time_column: stated.time_column,
            value_column: stated.value_column,
            unit: stated.unit,
            timezone: stated.timezone,
            start: stated.start,
            step: stated.step.map(Quantity),
            values: stated.values,
            gaps: self.gaps.clone(),
            steps: stated.steps,
            factors: stated.factors,
            scope: stated.scope,
            basis: stated.basis,
            gas: stated.gas,
            ..SignalSpec::default()
        }
    }

    /// The kind of signal that is stated, if one is.
    pub fn kind(&self, check: &mut Check) -> Option<SignalKind> {
        let kinds = [("average", SignalKind::Average), ("marginal", SignalKind::Marginal)];
        let given = self.stated.kind.as_deref()?;
        check.choice("kind", Some(given), &kinds)
    }
}
