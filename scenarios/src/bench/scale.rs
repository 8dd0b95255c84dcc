//! How speed and memory grow with the fleet: the engine under CarbonEdge-Green, by index and by scan.

mod asked;
mod scenario;

use analysis::recorder::Recorder;
use analysis::sample::Sample;
use sim_core::engine::{Engine, footprint};
use sim_core::kernel::rng::Streams;
use sim_core::scheduler::Around;
use sim_core::scheduler::Scheduler as _;
use sim_core::schedulers::{Entry, Setup, Value, by_name};
use sim_core::units::SimDuration;

use super::args::ScaleArgs;
use super::machine::{self, on_the_wall};
use super::report::{Figures, Report};
use crate::build::Experiment;
use crate::commands::Error;
use asked::{Asked, Limited};

/// Devices that all decisions of a scan may look at together: some seconds.
const LOOKED_AT: u64 = 100_000_000;

/// Measures fleets of all sizes asked for.
///
/// # Errors
/// If a fleet cannot be built or run.
pub(super) fn bench(args: &ScaleArgs) -> Result<Report, Error> {
    let rows = args.devices.iter().map(|&devices| row(args, devices)).collect::<Result<Vec<_>, Error>>()?;
    let notes = [
        "green, minmax: CarbonEdge-Green with the carbon score as printed and normalised, by the index where it has one",
        "scan: the same as green, looking at every device; in large fleets for the first requests only",
        "rss_kib: the most that the process has held so far, all worlds and indices before included",
    ];
    Ok(Report { rows, table: true, notes: notes.map(str::to_owned).to_vec(), wrong: Vec::new() })
}

fn row(args: &ScaleArgs, devices: u32) -> Result<Figures, Error> {
    let size = scenario::Size::of(devices, args.requests);
    let (experiment, build_s) = on_the_wall(|| scenario::experiment(&size));
    let experiment = experiment?;
    let budget = LOOKED_AT / u64::from(devices);
    let measure = |variant: &Variant, requests: u64| -> Result<Ran, Error> {
        let once = || ran(&experiment, variant, requests);
        Ok(super::median_of(args.runs, once, |ran: &Ran| ran.cpu)?.median)
    };
    let all = args.requests;
    let green = measure(&GREEN, if GREEN.scans() { budget.min(all) } else { all })?;
    let minmax = measure(&MINMAX, if MINMAX.scans() { budget.min(all) } else { all })?;
    let scan = measure(&SCAN, budget.min(all))?;
    let each = |bytes: usize| bytes as f64 / f64::from(devices);
    Ok(Figures::default()
        .count("devices", u64::from(devices))
        .count("sites", u64::from(size.sites))
        .count("zones", u64::from(size.zones()))
        .count("requests", green.requests)
        .count("events", green.events)
        .number("build_s", build_s, 2)
        .number("run_s", green.cpu, 2)
        .number("events_per_s", green.events as f64 / green.cpu, 0)
        .number("requests_per_s", green.requests as f64 / green.cpu, 0)
        .number("world_b", each(experiment.world.device_bytes()), 1)
        .number("state_b", each(footprint::idle_state_bytes(&experiment.world, &Streams::new(1, 0))), 1)
        .number("index_b", each(green.index_bytes), 1)
        .number("green_p50_ns", green.p50_ns, 0)
        .number("green_mean_ns", green.mean_ns, 0)
        .number("minmax_p50_ns", minmax.p50_ns, 0)
        .number("minmax_mean_ns", minmax.mean_ns, 0)
        .number("scan_p50_ns", scan.p50_ns, 0)
        .number("scan_mean_ns", scan.mean_ns, 0)
        .count("rss_kib", machine::peak_rss_kib()))
}

/// CarbonEdge-Green in one of its forms.
struct Variant {
    form: &'static str,
    search: &'static str,
}

const GREEN: Variant = Variant { form: "paper", search: "index" };
const MINMAX: Variant = Variant { form: "minmax", search: "index" };
const SCAN: Variant = Variant { form: "paper", search: "scan" };

impl Variant {
    fn entry() -> Option<&'static Entry> {
        by_name("carbonedge")
    }

    /// Whether it looks at every device: because it is told to, or because it knows no other way.
    fn scans(&self) -> bool {
        let indexed = Self::entry().is_some_and(|entry| entry.params.iter().any(|param| param.name == "search"));
        self.search == "scan" || !indexed
    }
}

/// What one run took.
struct Ran {
    requests: u64,
    events: u64,
    cpu: f64,
    index_bytes: usize,
    p50_ns: Option<f64>,
    mean_ns: Option<f64>,
}

fn ran(experiment: &Experiment, variant: &Variant, requests: u64) -> Result<Ran, Error> {
    let entry = Variant::entry().ok_or_else(|| Error::Bug("no scheduler `carbonedge`".into()))?;
    let mut params = entry.defaults();
    params.0.insert("form", Value::Text(variant.form.into()));
    if entry.params.iter().any(|param| param.name == "search") {
        params.0.insert("search", Value::Text(variant.search.into()));
    }
    let world = &experiment.world;
    let scheduler = (entry.build)(&Setup::new(&params, world)).map_err(|issue| Error::Bug(issue.message))?;
    let mut asked = Around { scheduler, watch: Asked::new(requests) };
    let streams = Streams::new(experiment.seed, 0);
    let source = experiment.workload.open(streams).map_err(|error| Error::Input(error.to_string()))?;
    let mut source = Limited::new(source, requests);
    let mut recorder = Recorder::with_sample(world, Sample::new(0));
    let engine = Engine::new(world, streams, &mut source, &mut asked);
    let (outcome, cpu) = machine::timed(|| engine.run(&mut recorder));
    let books = super::finished(outcome)?;
    Ok(Ran {
        requests: books.all.arrived,
        events: books.events,
        cpu,
        index_bytes: asked.index_bytes(),
        p50_ns: asked.watch.p50_ns(),
        mean_ns: asked.watch.mean_ns(),
    })
}

/// The longest window: a day, as in `million-day`.
const DAY: SimDuration = SimDuration::from_hours(24);
