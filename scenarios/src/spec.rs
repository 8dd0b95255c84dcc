//! A scenario file as typed data: every field optional and unchecked, so that all its problems can be shown at once.

pub mod compare;
pub mod grid;
pub mod network;
pub mod quantity;
pub mod source;
pub mod workload;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compare::CompareSpec;
pub use grid::{ForecastSpec, GridSpec, SignalSpec, ZoneSpec};
pub use network::{LatencySpec, LinkSpec, NetworkSpec};
pub use quantity::Quantity;
pub use workload::{InputSpec, JobsSpec, OriginsFileSpec, OriginsSpec, SourceSpec, StateSpec, WorkSpec};

/// A scenario: what exists, what is asked of it, who decides.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Spec {
    /// Its name; the run directory is `<name>-<seed>`.
    pub name: Option<String>,
    /// What it shows, in a sentence or two.
    pub description: String,
    /// Seed of all random streams (default 1).
    pub seed: Option<u64>,
    /// Simulated span and measurement window.
    pub time: TimeSpec,
    /// Zones and their carbon signals.
    pub grid: GridSpec,
    /// Places.
    pub sites: Vec<SiteSpec>,
    /// Links between sites, contention, energy of moving data.
    pub network: NetworkSpec,
    /// Groups of equal devices.
    pub devices: Vec<DeviceSpec>,
    /// CSV file of single devices: latitude, longitude, class, zone, site (and name, count).
    pub fleet: Option<FleetSpec>,
    /// YAML file of device classes in the catalogue's format, beside the scenario.
    pub device_classes: Option<String>,
    /// Models that requests may ask for.
    pub models: Vec<ModelSpec>,
    /// Profile files with the class of the device that each was measured on; they go before the class's own figures.
    pub profiles: Vec<ProfileSpec>,
    /// Kinds of requests (default: one kind, `interactive`, without a deadline).
    pub request_classes: Vec<RequestClassSpec>,
    /// Sources of requests.
    pub workload: Vec<SourceSpec>,
    /// Who decides (default: carbonedge, green).
    pub scheduler: SchedulerSpec,
    /// How energy and carbon are booked.
    pub accounting: AccountingSpec,
    /// What schedulers see of devices.
    pub telemetry: TelemetrySpec,
    /// Models in devices' memory at the start: `all` (default) or `none`.
    pub preload: Option<String>,
    /// Lognormal noise on service times: `on` (default) or `off`.
    pub service_noise: Option<Switch>,
    /// What is written.
    pub outputs: OutputSpec,
    /// Published figures that variants of this scenario are shown beside.
    pub reproduces: Option<ReproducesSpec>,
    /// What `carbonedge compare` compares unless told otherwise.
    pub compare: CompareSpec,
}

/// `on` or `off`; YAML reads these as words or as booleans.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Switch {
    /// A YAML boolean.
    Bool(bool),
    /// A word.
    Word(String),
}

/// Simulated span and measurement window.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct TimeSpec {
    /// UTC instant of the epoch, where the lead-in starts: `2022-06-01T00:00:00Z` (default: start of the library's year).
    pub start: Option<String>,
    /// Arrivals before the window, not measured (default `0 s`).
    pub lead_in: Option<Quantity>,
    /// Measurement window: `24 h`.
    pub window: Option<Quantity>,
    /// Longest wait after the window for its requests to finish (default `1 h`).
    pub drain: Option<Quantity>,
    /// Length of a timeline interval (default `1 h`).
    pub interval: Option<Quantity>,
}

/// A place.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SiteSpec {
    /// Its name.
    pub name: Option<String>,
    /// Its grid zone.
    pub zone: Option<String>,
    /// Power usage effectiveness for housed devices (default 1.0).
    pub pue: Option<f64>,
    /// Degrees north, for link latency by distance.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// IANA time zone, for requests by local time (default: by longitude).
    pub timezone: Option<String>,
    /// People there, for requests by population.
    pub population: Option<f64>,
}

/// A group of equal devices.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct DeviceSpec {
    /// Name of the group; its devices are `<name>-<k>`, or `<name>` if there is one.
    pub name: Option<String>,
    /// Its catalogue entry.
    pub class: Option<String>,
    /// Where they stand.
    pub site: Option<String>,
    /// Or: so many at each of these sites; `[all]` for every site.
    pub sites: Vec<String>,
    /// How many (at each site) (default 1).
    pub count: Option<u32>,
    /// `shared` (default), `reserved` (only for a scheduler that names it) or `source` (only issues requests).
    pub role: Option<String>,
    /// Access link: a preset of the catalogue (default `ideal`), or its figures.
    pub access: Option<LinkSpec>,
    /// Whether the site's PUE applies (default false).
    pub housed: bool,
    /// Share of idle power and embodied emissions that this service answers for (default `100 %`; sources `0 %`).
    pub service_share: Option<Quantity>,
    /// Share of compute taken by other software (default `0 %`).
    pub background_load: Option<Quantity>,
    /// Requests at once (default: the class's).
    pub slots: Option<u16>,
    /// Speed of each request when k run: `[1.0, 0.8]` (default: the class's).
    pub slot_scaling: Vec<f64>,
    /// `fifo` (default) or `edf`.
    pub queue: Option<String>,
    /// Falls asleep after so long without work (default: never).
    pub idle_timeout: Option<Quantity>,
}

/// A CSV of single devices.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct FleetSpec {
    /// The file, beside the scenario.
    pub file: Option<String>,
    /// Name of the group that its devices form.
    pub name: Option<String>,
    /// Access link of its devices.
    pub access: Option<LinkSpec>,
    /// Whether the site's PUE applies.
    pub housed: bool,
    /// `shared` (default), `reserved` or `source`.
    pub role: Option<String>,
}

/// A profile file, as `carbonedge profile` writes it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct ProfileSpec {
    /// The file, beside the scenario. Its model must be one of the scenario's.
    pub file: Option<String>,
    /// The device class that it holds for, in single precision (default: the one that the file names).
    pub class: Option<String>,
    /// Whether it was measured on the very devices of this scenario, not just on one of their kind (default false).
    pub same_device: bool,
}

/// A model: a name of the zoo, or a table of layers.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct ModelSpec {
    /// A name of the zoo, or a new one with `layers` (with `profile`: the one in the file).
    pub name: Option<String>,
    /// CSV of layers: name, kind, macs, weight_bytes, activation_bytes, cut.
    pub layers: Option<String>,
    /// Or: profile file of a network that is not in the zoo; its layers are the model's.
    pub profile: Option<String>,
    /// Number format that it runs in: `f32`, `f16` or `int8` (default: each device class's own).
    pub precision: Option<String>,
    /// Data sent to the device that runs it (default: the camera's bytes for zoo models).
    pub input: Option<Quantity>,
    /// Data sent back.
    pub output: Option<Quantity>,
    /// Encoding of the tensor that a split model sends between devices: `f32` (default), `f16` or `int8`. It changes
    /// the bytes sent; what it does to the accuracy is not modelled.
    pub cut_encoding: Option<String>,
    /// Top-1 accuracy: `71.9 %`.
    pub accuracy: Option<Quantity>,
    /// CPU cores that a scheduler reserves to run it.
    pub cores_needed: Option<f64>,
}

/// A kind of request.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct RequestClassSpec {
    /// Its name.
    pub name: Option<String>,
    /// Largest sojourn time that counts as in time.
    pub deadline: Option<Quantity>,
    /// How long its start may be put off (default `0 s`).
    pub slack: Option<Quantity>,
    /// Whether schedulers may suspend it while it computes, and resume it later (default false).
    pub interruptible: bool,
    /// Of interruptible classes: compute time that is done again at each resumption (default `0 s`).
    pub resume_cost: Option<Quantity>,
    /// Zones it may be computed in (default: all).
    pub zones: Vec<String>,
}

/// Who decides.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SchedulerSpec {
    /// Its name; `carbonedge list schedulers` shows them.
    pub name: Option<String>,
    /// Its parameters.
    pub params: IndexMap<String, Quantity>,
    /// What deciding costs (default: nothing, and it takes no time).
    pub decision_cost: Option<DecisionCostSpec>,
}

/// What one decision costs, stated and never measured: each request waits for it, and its energy is booked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct DecisionCostSpec {
    /// Time of every decision: `2 us` (default `0 s`).
    pub fixed: Option<Quantity>,
    /// Time for each device that may run the request: `3 ns` (default `0 s`).
    pub per_candidate: Option<Quantity>,
    /// Power above idle of the machine that decides, while it decides: `15 W` (default `0 W`).
    pub power: Option<Quantity>,
    /// The site whose one machine decides for all, one request after another; or `origin` (default): each origin
    /// decides for its own.
    pub at: Option<String>,
}

/// How energy and carbon are booked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct AccountingSpec {
    /// Idle power over requests: `by-time` (default), `by-use` or `none`.
    pub idle: Option<String>,
    /// Embodied emissions: `include` (default) or `exclude`.
    pub embodied: Option<String>,
    /// Whether schedulers that weigh grams count embodied emissions, by the time a request takes of a device's slot: `on`
    /// or `off` (default: of a fleet that is there anyway they are sunk).
    pub embodied_in_decision: Option<Switch>,
}

/// What schedulers see of devices.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct TelemetrySpec {
    /// A report is visible so long after it was taken (default `0 s`).
    pub age: Option<Quantity>,
    /// Reports are taken so often (default: always live).
    pub period: Option<Quantity>,
    /// Time constant of the exponentially weighted load.
    pub load_window: Option<Quantity>,
}

/// What is written.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct OutputSpec {
    /// Most rows of requests.parquet; beyond it, every 2nd, 4th, … request by number (default 100000).
    pub requests: Option<usize>,
}

/// Published figures that variants of a scenario are shown beside.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct ReproducesSpec {
    /// Where the figures were published.
    pub citation: Option<String>,
    /// What is inside and outside the accounts.
    pub boundary: String,
    /// Blocks of variants.
    pub blocks: Vec<BlockSpec>,
    /// A parameter that is swept for the points where placement changes.
    pub sweeps: Vec<SweepSpec>,
}

/// A block of variants.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct BlockSpec {
    /// Its heading.
    pub title: String,
    /// What agreement in it means.
    pub note: String,
    /// The variants.
    pub rows: Vec<VariantSpec>,
}

/// A variant of the scenario.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct VariantSpec {
    /// Its name.
    pub name: String,
    /// Paths with the values that differ.
    pub set: IndexMap<String, serde_yaml_value::Any>,
    /// Published latency [ms].
    pub latency_ms: Option<f64>,
    /// Published emissions per inference [g].
    pub carbon_g_per_inference: Option<f64>,
    /// Published inferences per gram.
    pub inferences_per_g: Option<f64>,
    /// Published placement: share of requests by device class.
    pub placement: IndexMap<String, f64>,
}

/// A sweep for the points where placement changes.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct SweepSpec {
    /// Its heading.
    pub title: String,
    /// What it shows.
    pub note: String,
    /// Paths with the values that differ from the scenario.
    pub set: IndexMap<String, serde_yaml_value::Any>,
    /// The path that is swept.
    pub path: String,
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
    /// Distance between values.
    pub step: f64,
    /// Published or expected points of change.
    pub expected: String,
}

/// A YAML value of any shape, with a schema.
pub mod serde_yaml_value {
    use serde::{Deserialize, Serialize};

    /// Any YAML value.
    #[derive(Clone, Debug, Default, Deserialize, Serialize)]
    #[serde(transparent)]
    pub struct Any(pub serde_yaml::Value);

    impl schemars::JsonSchema for Any {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Any".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            true.into()
        }
    }
}
