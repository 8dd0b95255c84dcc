//! Sources of requests from a scenario.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;

use hardware_profiles::quantity::Unit;
use indexmap::IndexMap;
use jiff::Timestamp;
use sim_core::arrival::ArrivalSource;
use sim_core::ids::{ClientId, DeviceId, Id, ModelId, RequestClassId};
use sim_core::kernel::rng::{Purpose, Streams};
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::World;
use sim_core::world::device::Role;
use workloads::arrivals::PerSecond;
use workloads::arrivals::closed_loop::ClosedLoop;
use workloads::arrivals::deterministic::Deterministic;
use workloads::arrivals::diurnal::{Diurnal, Shape};
use workloads::arrivals::draw::Draw;
use workloads::arrivals::merge::{AnySource, Merge};
use workloads::arrivals::mix::{Choice, Contents, Mix};
use workloads::arrivals::open_loop::OpenLoop;
use workloads::arrivals::poisson::Poisson;
use workloads::arrivals::replay::{self, Names, Replay};
use workloads::calendar::LocalClock;

use super::fleet::Fleet;
use crate::issues::Check;
use crate::spec::{SiteSpec, SourceSpec, WorkSpec};

/// A source of requests, ready to be opened for any seed.
#[derive(Clone, Debug)]
pub(super) struct Source {
    kind: Kind,
    origins: Vec<DeviceId>,
    contents: Contents,
    limit: u64,
}

#[derive(Clone, Debug)]
enum Kind {
    Poisson(PerSecond),
    Deterministic(SimDuration),
    Diurnal { rate: PerSecond, shape: Shape, clock: LocalClock },
    ClosedLoop { clients: u32, think: Draw },
    Replay { file: PathBuf, name: String, names: Arc<Names>, start: Timestamp },
}

/// All sources of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    sources: Vec<Source>,
    end: SimTime,
}

impl Workload {
    /// Opens the sources for a seed; requests end with the horizon.
    ///
    /// # Errors
    /// If a trace that was checked can no longer be read.
    pub fn open(&self, streams: Streams) -> std::io::Result<impl ArrivalSource + use<>> {
        let mut opened = Vec::with_capacity(self.sources.len());
        let mut clients = 0;
        for (k, source) in self.sources.iter().enumerate() {
            let number = u32::try_from(k).expect("invariant: fewer than 2^32 sources");
            opened.push(source.open(number, &mut clients, self.end, streams)?);
        }
        Ok(Merge::new(opened).expect("invariant: clients of closed loops are numbered apart"))
    }
}

impl Source {
    fn open(
        &self, number: u32, clients: &mut u32, until: SimTime, streams: Streams,
    ) -> std::io::Result<(AnySource, std::ops::Range<u32>)> {
        let start = SimTime::ZERO;
        let stream = || streams.stream(Purpose::Arrivals, u64::from(number));
        let source: AnySource = match &self.kind {
            Kind::Poisson(rate) => {
                self.open_loop(checked(Poisson::new(*rate, start, stream())), number, until, streams)
            }
            Kind::Deterministic(gap) => {
                self.open_loop(checked(Deterministic::new(start, *gap)), number, until, streams)
            }
            Kind::Diurnal { rate, shape, clock } => {
                let instants = checked(Diurnal::new(*rate, *shape, *clock, start, stream()));
                self.open_loop(instants, number, until, streams)
            }
            Kind::ClosedLoop { clients: count, think } => {
                let first = ClientId(*clients);
                let origins: Vec<DeviceId> = self.origins.iter().copied().cycle().take(*count as usize).collect();
                *clients += count;
                let contents = self.contents.clone();
                let made = checked(ClosedLoop::new(&origins, first, *think, contents, start, streams));
                let made = made.until(until).limit(self.limit);
                let range = made.client_ids();
                return Ok((Box::new(made), range));
            }
            Kind::Replay { file, name, names, start } => {
                let reader = BufReader::new(File::open(file)?);
                let replay = Replay::new(reader, name, names, *start).map_err(std::io::Error::other)?;
                Box::new(replay.until(until))
            }
        };
        Ok((source, 0..0))
    }

    fn open_loop<I>(&self, instants: I, number: u32, until: SimTime, streams: Streams) -> AnySource
    where
        I: Iterator<Item = SimTime> + Send + 'static,
    {
        let origins = Choice::uniform(self.origins.clone()).expect("invariant: a source has origins");
        let mix = Mix::new(origins, self.contents.clone());
        Box::new(OpenLoop::new(instants, mix, streams, number).until(until).limit(self.limit))
    }
}

fn checked<T, E: std::fmt::Debug>(made: Result<T, E>) -> T {
    made.expect("invariant: the source's parameters were checked")
}

/// What the sources of a scenario may refer to.
pub(super) struct Known<'a> {
    pub world: &'a World,
    pub fleet: &'a Fleet,
    pub sites: &'a [SiteSpec],
    pub epoch: Timestamp,
}

/// The sources of a scenario.
pub(super) fn workload(check: &mut Check, specs: &[SourceSpec], known: &Known) -> Workload {
    if specs.is_empty() {
        check.issue("workload", "no source of requests", "such as `workload: [{arrivals: poisson, rate: 10 /s}]`");
    }
    let mut sources = Vec::new();
    for (k, spec) in specs.iter().enumerate() {
        let path = format!("workload[{k}]");
        sources.extend(read(check, &path, spec, known).unwrap_or_default());
    }
    Workload { sources, end: known.world.settings.horizon.end() }
}

fn read(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Vec<Source>> {
    let kinds = ["poisson", "deterministic", "diurnal", "closed-loop", "replay"];
    let words: Vec<(&str, usize)> = kinds.iter().enumerate().map(|(k, word)| (*word, k)).collect();
    let kind = check.choice(&format!("{path}.arrivals"), spec.arrivals.as_deref().or(Some("poisson")), &words);
    let origins = origins(check, path, spec, known);
    let contents = contents(check, path, spec, known);
    let limit = spec.limit.unwrap_or(u64::MAX);
    check_fields(check, path, spec, kind.map(|k| kinds[k]));
    let (kind, origins) = (kinds[kind?], origins?);
    if kind == "diurnal" {
        return diurnal(check, path, spec, &origins, contents?, known);
    }
    let kind = match kind {
        "closed-loop" => closed_loop(check, path, spec)?,
        "replay" => replayed(check, path, spec, known)?,
        "deterministic" => Kind::Deterministic(SimDuration::from_secs(1.0 / rate(check, path, spec)?.0)),
        _ => Kind::Poisson(rate(check, path, spec)?),
    };
    Some(vec![Source { kind, origins, contents: contents?, limit }])
}

/// Fields that mean nothing for a kind of arrivals are problems: what is written should count.
fn check_fields(check: &mut Check, path: &str, spec: &SourceSpec, kind: Option<&str>) {
    let Some(kind) = kind else { return };
    let split = spec.local_time.as_deref() == Some("site");
    let fields: [(&str, bool, &[&str]); 10] = [
        ("rate", spec.rate.is_some(), &["poisson", "deterministic", "diurnal"]),
        ("amplitude", spec.amplitude.is_some(), &["diurnal"]),
        ("peak_hour", spec.peak_hour.is_some(), &["diurnal"]),
        ("weekend", spec.weekend.is_some(), &["diurnal"]),
        ("local_time", spec.local_time.is_some(), &["diurnal"]),
        ("clients", spec.clients.is_some(), &["closed-loop"]),
        ("think_time", spec.think_time.is_some(), &["closed-loop"]),
        ("think", spec.think.is_some(), &["closed-loop"]),
        ("file", spec.file.is_some(), &["replay"]),
        ("limit", spec.limit.is_some() && !split, &["poisson", "deterministic", "diurnal", "closed-loop"]),
    ];
    for (field, given, kinds) in fields {
        if given && !kinds.contains(&kind) {
            let hint = format!("it belongs to arrivals: {}", kinds.join(" | "));
            check.issue(&format!("{path}.{field}"), format!("`{field}` means nothing for `{kind}` arrivals"), hint);
        }
    }
    if split && spec.limit.is_some() {
        let hint = "leave it out, or give local_time in hours";
        check.issue(&format!("{path}.limit"), "a limit over several local times is not one limit", hint);
    }
}

fn rate(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<PerSecond> {
    let path = format!("{path}.rate");
    let rate = check.quantity(&path, spec.rate.as_ref(), Unit::Rate, None)?;
    if rate > 0.0 && rate <= 1e9 {
        return Some(PerSecond(rate));
    }
    check.issue(&path, format!("{rate} requests a second"), "more than 0, at most 1e9 /s");
    None
}

fn origins(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Vec<DeviceId>> {
    let devices = &known.world.devices;
    if spec.origins.is_empty() {
        let sources: Vec<DeviceId> = devices.ids().filter(|&id| devices[id].role == Role::Source).collect();
        return Some(if sources.is_empty() { devices.ids().collect() } else { sources });
    }
    let mut all = Vec::new();
    for (k, name) in spec.origins.iter().enumerate() {
        match known.fleet.members(name) {
            Some(members) => all.extend(members),
            None => {
                let names = known.fleet.groups.iter().map(|(name, _)| name.as_str());
                check.named(&format!("{path}.origins[{k}]"), "device group", name, names);
            }
        }
    }
    (!all.is_empty()).then_some(all)
}

fn weighted<I: Id>(
    check: &mut Check, path: &str, what: &str, weights: &IndexMap<String, f64>, known: &[&str], default: Vec<I>,
) -> Option<Choice<I>> {
    if weights.is_empty() {
        return Choice::uniform(default).ok();
    }
    let mut items = Vec::new();
    for name in weights.keys() {
        items.extend(check.named(&format!("{path}.{name}"), what, name, known.iter().copied()).map(I::new));
    }
    if items.len() < weights.len() {
        return None;
    }
    let made = Choice::weighted(items, weights.values().copied().collect());
    made.map_err(|error| check.issue(path, error.to_string(), "weights are not negative, and one is more than 0")).ok()
}

fn contents(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Contents> {
    let world = known.world;
    let names: Vec<&str> = world.models.iter().map(|model| model.name.as_str()).collect();
    let all: Vec<ModelId> = world.models.ids().collect();
    let models = weighted(check, &format!("{path}.models"), "model", &spec.models, &names, all);
    let names: Vec<&str> = world.request_classes.iter().map(|class| class.name.as_str()).collect();
    let first = vec![RequestClassId(0)];
    let classes = weighted(check, &format!("{path}.classes"), "request class", &spec.classes, &names, first);
    let work = match &spec.work {
        None => Draw::constant(1.0).ok(),
        Some(spec) => work(check, &format!("{path}.work"), spec),
    };
    let made = Contents::new(models?, classes?, work?);
    made.map_err(|error| check.issue(&format!("{path}.work"), error.to_string(), "a positive mean")).ok()
}

fn work(check: &mut Check, path: &str, spec: &WorkSpec) -> Option<Draw> {
    let kinds = [("constant", 0), ("exponential", 1), ("lognormal", 2)];
    let kind = check.choice(&format!("{path}.kind"), spec.kind.as_deref(), &kinds)?;
    let mean = check.number(&format!("{path}.mean"), spec.mean, 1.0, 1e-9, 1e9)?;
    let sigma = check.number(&format!("{path}.sigma"), spec.sigma, 0.0, 0.0, 10.0)?;
    let made = match kind {
        0 => Draw::constant(mean),
        1 => Draw::exponential(mean),
        _ => Draw::lognormal_of_mean(mean, sigma),
    };
    made.map_err(|error| check.issue(path, error.to_string(), "")).ok()
}

fn closed_loop(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<Kind> {
    let clients = spec.clients.unwrap_or(1);
    check.number(&format!("{path}.clients"), Some(f64::from(clients)), 1.0, 1.0, 1e8)?;
    let think_path = format!("{path}.think_time");
    let seconds = check.quantity(&think_path, spec.think_time.as_ref(), Unit::Time, Some(0.0))?;
    let kinds = [("constant", false), ("exponential", true)];
    let exponential = check.choice(&format!("{path}.think"), spec.think.as_deref(), &kinds)?;
    let think = if exponential { Draw::exponential(seconds) } else { Draw::constant(seconds) };
    let think = think.map_err(|error| check.issue(&think_path, error.to_string(), "such as `1 s`")).ok()?;
    Some(Kind::ClosedLoop { clients, think })
}

/// One source for each local time of the origins, with its share of the rate.
fn diurnal(
    check: &mut Check, path: &str, spec: &SourceSpec, origins: &[DeviceId], contents: Contents, known: &Known,
) -> Option<Vec<Source>> {
    let total = rate(check, path, spec)?;
    let amplitude = check.quantity(&format!("{path}.amplitude"), spec.amplitude.as_ref(), Unit::Share, Some(0.5))?;
    check.number(&format!("{path}.amplitude"), Some(amplitude), 0.0, 0.0, 1.0)?;
    let peak = check.number(&format!("{path}.peak_hour"), spec.peak_hour, 15.0, 0.0, 24.0)?;
    let weekend = check.quantity(&format!("{path}.weekend"), spec.weekend.as_ref(), Unit::Share, Some(1.0))?;
    let shape = Shape::flat().cosine(amplitude, peak).and_then(|shape| shape.weekend(weekend));
    let shape = shape.map_err(|error| check.issue(path, error.to_string(), "")).ok()?;
    let mut by_offset: IndexMap<i32, Vec<DeviceId>> = IndexMap::new();
    for &origin in origins {
        by_offset.entry(offset_h(check, path, spec, origin, known)?).or_default().push(origin);
    }
    let source = |(offset, members): (i32, Vec<DeviceId>)| {
        let rate = PerSecond(total.0 * members.len() as f64 / origins.len() as f64);
        let clock = LocalClock::new(known.epoch, f64::from(offset));
        let kind = Kind::Diurnal { rate, shape, clock };
        Source { kind, origins: members, contents: contents.clone(), limit: spec.limit.unwrap_or(u64::MAX) }
    };
    Some(by_offset.into_iter().map(source).collect())
}

/// Hours ahead of UTC at an origin: a given number, or a fifteenth of its site's longitude.
fn offset_h(check: &mut Check, path: &str, spec: &SourceSpec, origin: DeviceId, known: &Known) -> Option<i32> {
    let path = format!("{path}.local_time");
    let site = &known.sites[known.world.devices[origin].site.index()];
    match (spec.local_time.as_deref(), site.longitude) {
        (None, _) => Some(0),
        (Some("site"), Some(longitude)) => Some((longitude / 15.0).round() as i32),
        (Some("site"), None) => {
            let name = site.name.as_deref().unwrap_or_default();
            check.issue(&path, format!("site `{name}` has no longitude"), "give its coordinates, or a number of hours");
            None
        }
        (Some(text), _) => {
            let hours = text.parse().ok().filter(|hours| (-14..=14).contains(hours));
            if hours.is_none() {
                check.issue(
                    &path,
                    format!("`{text}` is no local time"),
                    "`site`, or whole hours ahead of UTC such as \"-5\"",
                );
            }
            hours
        }
    }
}

fn replayed(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Kind> {
    let path = format!("{path}.file");
    let name = check.required(&path, "the trace's file", spec.file.as_ref())?.to_owned();
    let file = check.find(&name);
    let world = known.world;
    let mut names = Names::default();
    names.origins.extend(world.devices.enumerate().map(|(id, device)| (device.name.clone(), id)));
    names.models.extend(world.models.enumerate().map(|(id, model)| (model.name.clone(), id)));
    names.classes.extend(world.request_classes.enumerate().map(|(id, class)| (class.name.clone(), id)));
    let names = Arc::new(names);
    let opened = match File::open(&file) {
        Ok(opened) => BufReader::new(opened),
        Err(error) => {
            check.issue(&path, format!("cannot read `{name}`: {error}"), "files are looked for beside the scenario");
            return None;
        }
    };
    match replay::check(opened, &name, &names, known.epoch) {
        Ok(_) => {
            let hash = hash_file(&file).unwrap_or_default();
            check.inputs.push((name.clone(), hash));
            Some(Kind::Replay { file, name, names, start: known.epoch })
        }
        Err(error) => {
            check.issue(&path, error.to_string(), error.problem.hint());
            None
        }
    }
}

fn hash_file(file: &std::path::Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}
