//! Arguments of `carbonedge bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::ScenarioArgs;

/// What is measured.
#[derive(Clone, Debug, Subcommand)]
pub enum BenchVerb {
    /// The event queue in the hold model: take the earliest of N events, put one an exponential gap later.
    #[command(after_help = W1_EXAMPLES)]
    W1(HoldArgs),
    /// The engine as an M/M/c queue at 80 % load: one device of c slots, mean wait beside the golden one.
    #[command(after_help = W2_EXAMPLES)]
    W2(FarmArgs),
    /// The engine as an edge fleet: D devices of two slots, fifo links, exact energy and carbon, for an hour.
    #[command(after_help = W3_EXAMPLES)]
    W3(FleetArgs),
    /// Events a second, bytes a device and nanoseconds a decision, from a hundred to a million devices.
    #[command(after_help = SCALE_EXAMPLES)]
    Scale(ScaleArgs),
    /// How fast memory is read by one thread, and by two at once.
    #[command(after_help = "Example:\n  carbonedge bench memory --mib 512")]
    Memory(MemoryArgs),
    /// One run of a scenario alone, then two at once that share its world, beside two probes of memory.
    #[command(after_help = "Example:\n  carbonedge bench replications city-day --set time.window=2h")]
    Replications(ReplicationsArgs),
}

const W1_EXAMPLES: &str = "\
One RESULT line a queue: user [CPU seconds of the loop], ns [ns/event], per_s [events/s], rss_kib [KiB at most],
t_end [mean gaps], sum and max are check values.

Examples:
  carbonedge bench w1 --entities 1000
  carbonedge bench w1 --entities 1000000 --events 5000000 --rival heap --runs 5
  carbonedge bench w1 --queue null                      the loop without a queue";

const W2_EXAMPLES: &str = "\
RESULT line: user [CPU seconds of the run], ns [ns/customer], per_s [customers/s], rss_kib [KiB at most],
wait [s, mean], ci [s, half width of its 95 % interval from 20 batches], theory [s, Erlang C].

Examples:
  carbonedge bench w2 --servers 10
  carbonedge bench w2 --servers 1000 --customers 100000 --format json";

const W3_EXAMPLES: &str = "\
RESULT line: user [CPU seconds of the run], ns [ns/task], per_s [tasks/s], rss_kib [KiB at most], T [s], resp_ms and
max_ms [ms, from arrival to result at the origin], energy [J] and carbon [g] of all devices in [0, T].

Examples:
  carbonedge bench w3 --devices 10000 --dispatch d2 --runs 5
  carbonedge bench w3 --devices 1000 --dispatch d2 --busy
  taskset -c 1 carbonedge bench w3 --devices 100";

const SCALE_EXAMPLES: &str = "\
Fleets are those of the scenario million-day in small: five classes, up to 300 sites and 30 zones, fifo network,
CarbonEdge-Green. A decision's time is that of asking the scheduler, the clock's own time taken off.

Examples:
  carbonedge bench scale
  carbonedge bench scale --devices 100,1000 --requests 100000 --format json --out scale.json";

/// Where figures go.
#[derive(Clone, Debug, Args)]
pub struct Output {
    /// Lines and tables, or JSON with the unit of every figure.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: Format,
    /// A file instead of the terminal.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How figures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text.
    Table,
    /// JSON.
    Json,
}

/// What holds the events of the hold model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Queue {
    /// The simulator's own event queue.
    Shipped,
    /// The standard library's binary heap of packed keys.
    Heap,
    /// Nothing: the cost of the loop around a queue.
    Null,
}

/// Arguments of `bench w1`.
#[derive(Clone, Debug, Args)]
pub struct HoldArgs {
    /// Entities, one pending event each.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub entities: u32,
    /// Events taken and put.
    #[arg(long, value_name = "E", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub events: u64,
    /// What holds the events.
    #[arg(long, value_name = "QUEUE", default_value = "shipped")]
    pub queue: Queue,
    /// Measure this one too, run by run in turn, with the ratio of the medians.
    #[arg(long, value_name = "QUEUE")]
    pub rival: Option<Queue>,
    /// Runs; the median is shown.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Where figures go.
    #[command(flatten)]
    pub output: Output,
}

/// Arguments of `bench w2`.
#[derive(Clone, Debug, Args)]
pub struct FarmArgs {
    /// Servers: slots of the one device.
    #[arg(long, short = 'c', value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub servers: u16,
    /// Customers.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(20..))]
    pub customers: u64,
    /// Runs; the median is shown.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Where figures go.
    #[command(flatten)]
    pub output: Output,
}

/// How tasks find a device in the edge fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dispatch {
    /// The least loaded of all: the scheduler `least-loaded`.
    All,
    /// The less loaded of two that are drawn.
    D2,
}

/// Arguments of `bench w3`.
#[derive(Clone, Debug, Args)]
pub struct FleetArgs {
    /// Devices.
    #[arg(long, short = 'd', value_name = "D", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub devices: u32,
    /// How tasks find a device.
    #[arg(long, value_name = "RULE", default_value = "all")]
    pub dispatch: Dispatch,
    /// Tasks of 7 s instead of 50 ms: slots are busy 70 % of the time.
    #[arg(long)]
    pub busy: bool,
    /// Simulated span of arrivals [s].
    #[arg(long, value_name = "T", default_value_t = 3600.0)]
    pub seconds: f64,
    /// Runs; the median is shown.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Where figures go.
    #[command(flatten)]
    pub output: Output,
}

/// Arguments of `bench scale`.
#[derive(Clone, Debug, Args)]
pub struct ScaleArgs {
    /// Sizes of fleets, with commas.
    #[arg(long, value_name = "D,D,…", value_delimiter = ',', default_value = "100,1000,10000,100000,1000000",
        value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub devices: Vec<u32>,
    /// Requests that are simulated in each fleet.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: u64,
    /// Runs a row; medians are shown.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Where figures go.
    #[command(flatten)]
    pub output: Output,
}

/// Arguments of `bench memory`.
#[derive(Clone, Debug, Args)]
pub struct MemoryArgs {
    /// Size of each thread's array [MiB]; more than the caches hold.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub mib: u32,
    /// Where figures go.
    #[command(flatten)]
    pub output: Output,
}

/// Arguments of `bench replications`.
#[derive(Clone, Debug, Args)]
pub struct ReplicationsArgs {
    /// What to run.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Runs of each kind; medians are shown.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Where figures go.
    #[command(flatten)]
    pub output: Output,
}
