//! Arguments of `profile` as they are typed.

use std::path::PathBuf;

use clap::Args;

/// Examples below the help of `profile`.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge profile mobilenet-v2                          a network of the zoo
  carbonedge profile face.onnx --shapes input=1,3,480,640  a file, with its image size
  carbonedge profile face.onnx --dry-run                   its layers, MACs and cuts only
  carbonedge profile mobilenet-v2 --class raspberry-pi-4   on a Raspberry Pi 4, with its power";

/// Arguments of a measurement.
#[derive(Clone, Debug, Args)]
pub struct MeasureArgs {
    /// A network of the zoo (`carbonedge list models`) or an ONNX file.
    #[arg(required = true)]
    pub model: Option<String>,
    /// Shape of an input that the file leaves open, or another one than the file's; an open first extent is 1 without it.
    #[arg(long = "shapes", value_name = "NAME=N,N,…")]
    pub shapes: Vec<String>,
    /// Load the network and run it once; show its layers, MACs and cuts, and measure nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// File that the profile goes into [default: out/profiles/NAME.json].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Sweep the caches before each operator, as on a device that wakes for single images.
    #[arg(long)]
    pub cold: bool,
    /// Rounds of 15 to 40 runs, a second apart; the fastest quiet one counts.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Device class that this machine is one of: named in the profile, and its power taken where there is no meter.
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    /// Power above idle while the network runs, where there is no meter: `12 W`.
    #[arg(long, value_name = "POWER")]
    pub busy_power: Option<String>,
    /// Most memory that the process which loads the file may map [default: half of the machine's].
    #[arg(long, value_name = "SIZE")]
    pub memory_limit: Option<String>,
    /// Longest time that this process may take.
    #[arg(long, value_name = "TIME", default_value = "10 min")]
    pub time_limit: String,
    /// Print the profile as JSON instead of the tables.
    #[arg(long)]
    pub json: bool,
}
