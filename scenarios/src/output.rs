//! The run directory: written under a temporary name, then renamed, so that a killed run leaves nothing half.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use analysis::export::{EnergyKnown, write_devices, write_requests, write_timeline};
use analysis::histogram::Spans;
use analysis::summary::{Forecasts, SignalSource, Summary};
use serde_json::{Value, json};
use sim_core::engine::footprint::idle_state_bytes;
use sim_core::kernel::rng::Streams;
use sim_core::world::World;

use crate::build::Experiment;
use crate::build::costs::Pair;
use crate::run::{Finished, Timing};

/// Which of several replications a run is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeat {
    /// Its number, from 0.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

/// Writes a run directory `<name>-<seed>` into `out`, in place of an older run's; `published` holds published figures
/// beside simulated ones, where the scenario has any.
///
/// # Errors
/// If something else has that name, or the disk refuses; nothing is left behind then.
pub fn write(
    out: &Path, experiment: &Experiment, scenario: &str, run: &Finished, summary: &Summary, published: Option<&str>,
) -> io::Result<PathBuf> {
    let pending = Pending::new(out, experiment)?;
    fill(pending.path(), experiment, scenario, run, summary, None)?;
    write_published(pending.path(), published)?;
    pending.publish()
}

/// A run directory on its way: nobody sees it before it is published, and it is removed if it never is.
#[derive(Debug)]
pub(crate) struct Pending {
    fresh: tempfile::TempDir,
    target: PathBuf,
}

impl Pending {
    /// An empty directory for `<name>-<seed>` in `out`.
    ///
    /// # Errors
    /// If something else has that name, or the disk refuses.
    pub(crate) fn new(out: &Path, experiment: &Experiment) -> io::Result<Self> {
        Self::named(out, &format!("{}-{}", experiment.name, experiment.seed))
    }

    /// An empty directory for a name in `out`.
    ///
    /// # Errors
    /// If something else has that name, or the disk refuses.
    pub(crate) fn named(out: &Path, name: &str) -> io::Result<Self> {
        let target = out.join(name);
        refuse_other(&target)?;
        fs::create_dir_all(out)?;
        let fresh = tempfile::Builder::new().prefix(".carbonedge-").tempdir_in(out)?;
        Ok(Self { fresh, target })
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        self.fresh.path()
    }

    /// Puts it in place of an older run's.
    ///
    /// # Errors
    /// If something else has its name by now, or the disk refuses.
    pub(crate) fn publish(self) -> io::Result<PathBuf> {
        refuse_other(&self.target)?;
        replace(self.fresh, &self.target)?;
        Ok(self.target)
    }
}

/// Published figures beside simulated ones, where a scenario has any.
pub(crate) fn write_published(folder: &Path, published: Option<&str>) -> io::Result<()> {
    published.map_or(Ok(()), |text| fs::write(folder.join("published.txt"), text))
}

fn refuse_other(target: &Path) -> io::Result<()> {
    if target.exists() && !target.join("manifest.json").is_file() {
        let message =
            format!("{} exists and is no run directory; move it away or choose another --out", target.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    Ok(())
}

/// Puts the fresh directory where the old one was.
fn replace(fresh: tempfile::TempDir, target: &Path) -> io::Result<()> {
    let fresh = fresh.keep();
    let old = target.exists().then(|| fresh.with_extension("old"));
    if let Some(old) = &old {
        fs::rename(target, old)?;
    }
    fs::rename(&fresh, target)?;
    old.map_or(Ok(()), fs::remove_dir_all)
}

/// The files of one run.
pub(crate) fn fill(
    folder: &Path, experiment: &Experiment, scenario: &str, run: &Finished, summary: &Summary, repeat: Option<Repeat>,
) -> io::Result<()> {
    open_to_all(folder)?;
    let world = &experiment.world;
    write_json(&folder.join("manifest.json"), &run_manifest(experiment, scenario, run, repeat))?;
    write_json(&folder.join("summary.json"), &serde_json::to_value(summary)?)?;
    write_json(&folder.join("timing.json"), &timing(run, world))?;
    fs::write(folder.join("scenario.yaml"), scenario)?;
    let create = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let energy = EnergyKnown(summary.energy_j.provenance);
    let (books, sample) = (&run.books, run.recorder.sample());
    write_requests(create("requests.parquet")?, sample, books, world, energy).map_err(io::Error::other)?;
    write_timeline(create("timeline.parquet")?, books, world, energy).map_err(io::Error::other)?;
    write_devices(create("devices.parquet")?, books, world, energy).map_err(io::Error::other)
}

/// Temporary folders are their owner's alone; results are for everybody.
#[cfg(unix)]
pub(crate) fn open_to_all(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
pub(crate) fn open_to_all(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn write_json(path: &Path, value: &Value) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, value)?;
    file.write_all(b"\n")?;
    file.flush()
}

/// What a run was, without anything that a rerun would not repeat.
fn run_manifest(experiment: &Experiment, scenario: &str, run: &Finished, repeat: Option<Repeat>) -> Value {
    let mut manifest = manifest(experiment, scenario);
    let rule = "requests of the window whose number is divisible by stride";
    manifest["time"]["end_s"] = run.books.end.as_secs().into();
    manifest["requests_parquet"] = json!({"rule": rule, "stride": run.recorder.sample().stride()});
    if let Some(Repeat { number, of }) = repeat {
        manifest["replication"] = json!({"number": number, "of": of});
    }
    manifest
}

/// What all replications of an experiment have in common.
pub(crate) fn manifest(experiment: &Experiment, scenario: &str) -> Value {
    let horizon = &experiment.world.settings.horizon;
    let chosen = &experiment.scheduler;
    json!({
        "format": 1,
        "simulator": {"name": "carbonedge", "version": env!("CARGO_PKG_VERSION")},
        "scenario": {"name": experiment.name, "description": experiment.description,
            "blake3": blake3::hash(scenario.as_bytes()).to_hex().to_string()},
        "seed": experiment.seed,
        "scheduler": {"name": chosen.entry.name, "params": chosen.parameters(), "citation": chosen.entry.citation},
        "time": {"epoch": experiment.epoch.to_string(), "lead_in_s": horizon.lead_in.as_secs(),
            "window_s": horizon.window.as_secs()},
        "signals": SignalSource::all(&experiment.world),
        "forecasts": Forecasts::new(&experiment.world.grid),
        "inputs": experiment.inputs.iter().map(|(file, hash)| json!({"file": file, "blake3": hash})).collect::<Vec<_>>(),
        "notes": experiment.notes,
        "cut_encodings": experiment.cut_encodings.iter().map(|(model, encoding)| (model.clone(), json!(encoding)))
            .collect::<serde_json::Map<_, _>>(),
        "profiles": experiment.pairs.iter().map(provenance).collect::<Vec<_>>(),
        "boundary": boundary(experiment),
    })
}

/// How the cost table of a model on a class is known.
fn provenance(pair: &Pair) -> Value {
    json!({"class": pair.class, "model": pair.model, "precision": pair.precision.name(), "time": pair.time.name(),
        "calibrated_on": pair.time.models(), "sigma": pair.sigma, "energy": pair.energy})
}

/// What the accounts hold and what they leave out.
#[must_use]
pub fn boundary(experiment: &Experiment) -> String {
    let settings = &experiment.world.settings;
    let embodied = if settings.embodied { "embodied by time share of the window" } else { "no embodied" };
    let background = experiment.world.devices.iter().any(|device| device.background_load > 0.0);
    let background = if background { "; background software's power left out" } else { "" };
    let shared = experiment.world.devices.iter().any(|device| device.service_share < 1.0);
    let shared =
        if shared { "; idle power and embodied of each device by its service_share (sources: none)" } else { "" };
    format!(
        "devices (above idle, idle, wake, model loading; PUE where housed) and links between devices; {embodied}; \
         requests of the window until they end, idle power in the window{background}{shared}"
    )
}

fn timing(run: &Finished, world: &World) -> Value {
    let wall = run.timing.wall.as_secs_f64();
    let requests = run.books.all.arrived as f64;
    let Timing { decisions, arrivals, index_bytes, .. } = &run.timing;
    let quantile = |q| decisions.quantile(q).map(|span| span.0);
    let mean_ns = |spans: &Spans| spans.mean_ms().map(|mean| mean * 1e6);
    // Samples that were interrupted may add up to more than the whole.
    let rest = |decision: f64, arrival: f64| (wall * 1e9 / requests.max(1.0) - decision - arrival).max(0.0);
    let events = mean_ns(decisions).zip(mean_ns(arrivals)).map(|(decision, arrival)| rest(decision, arrival));
    let each = |bytes: usize| bytes as f64 / world.devices.len().max(1) as f64;
    let state = idle_state_bytes(world, &Streams::new(0, 0));
    json!({
        "wall_s": wall,
        "events": run.books.events,
        "events_per_s": run.books.events as f64 / wall.max(1e-9),
        "requests_per_s": requests / wall.max(1e-9),
        "decision_ns": {"p50": quantile(0.5), "p99": quantile(0.99), "sampled": decisions.count()},
        "ns_per_request": {"decision": mean_ns(decisions), "arrival": mean_ns(arrivals), "events": events},
        "bytes_per_device": {"world": each(world.device_bytes()), "state": each(state), "index": each(*index_bytes)},
        "peak_rss_bytes": peak_rss_bytes(),
    })
}

/// Most memory that the process has held at once.
#[cfg(target_os = "linux")]
pub(crate) fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn peak_rss_bytes() -> Option<u64> {
    None
}
