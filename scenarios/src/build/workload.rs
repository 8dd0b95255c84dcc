//! Sources of requests from a scenario.

mod bursts;
mod contents;
mod diurnal;
mod fields;
mod jobs;
mod origins;
mod replayed;

use std::fs::File;
use std::io::BufReader;

use hardware_profiles::quantity::Unit;
use jiff::Timestamp;
use sim_core::arrival::ArrivalSource;
use sim_core::ids::{ClientId, DeviceId};
use sim_core::kernel::rng::{Purpose, Streams};
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::World;
use workloads::arrivals::PerSecond;
use workloads::arrivals::closed_loop::ClosedLoop;
use workloads::arrivals::deterministic::Deterministic;
use workloads::arrivals::diurnal::{Diurnal, Shape};
use workloads::arrivals::draw::Draw;
use workloads::arrivals::merge::{AnySource, Merge};
use workloads::arrivals::mix::{Contents, Mix};
use workloads::arrivals::mmpp::{Mmpp, State, Switching};
use workloads::arrivals::on_off::{OnOff, Phases};
use workloads::arrivals::open_loop::OpenLoop;
use workloads::arrivals::poisson::Poisson;
use workloads::arrivals::replay::{Blanks, Replay, slack};
use workloads::calendar::{LocalClock, time_zone};

use super::fleet::Fleet;
use crate::issues::Check;
use crate::spec::{SiteSpec, SourceSpec};
use jobs::DatedJobs;
use origins::Origins;
use replayed::Replayed;
pub(crate) use replayed::{TIME_UNITS, meaningless};

/// A source of requests, ready to be opened for any seed.
#[derive(Clone, Debug)]
struct Source {
    kind: Kind,
    origins: Origins,
    contents: Contents,
    limit: u64,
}

#[derive(Clone, Debug)]
enum Kind {
    Poisson(PerSecond),
    Deterministic(SimDuration),
    Diurnal { rate: PerSecond, shape: Box<Shape>, clock: LocalClock },
    Mmpp { states: Vec<State>, switching: Switching },
    OnOff { rate: PerSecond, on: SimDuration, off: SimDuration, phases: Phases },
    ClosedLoop { clients: u32, think: Draw },
    Replay(Box<Replayed>),
    Jobs(Box<DatedJobs>),
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
        self.opened(streams, |_| true)
    }

    /// Sources whose rate changes in time by more than luck, in words.
    #[must_use]
    pub fn varying(&self) -> Vec<String> {
        let of = |source: &Source| match source.kind {
            Kind::Diurnal { .. } => Some("a diurnal rate".to_owned()),
            Kind::Replay(_) => Some("a replayed trace".to_owned()),
            Kind::Jobs(_) => Some("jobs of workdays".to_owned()),
            Kind::Poisson(_) | Kind::Deterministic(_) | Kind::Mmpp { .. } | Kind::OnOff { .. } => None,
            Kind::ClosedLoop { .. } => None,
        };
        self.sources.iter().filter_map(of).collect()
    }

    /// Opens the sources that ask whether or not they are answered: all but closed loops.
    ///
    /// # Errors
    /// If a trace that was checked can no longer be read.
    pub fn open_loops(&self, streams: Streams) -> std::io::Result<impl ArrivalSource + use<>> {
        self.opened(streams, |source| !source.is_closed())
    }

    /// How many sources are closed loops.
    #[must_use]
    pub fn closed_loops(&self) -> usize {
        self.sources.iter().filter(|source| source.is_closed()).count()
    }

    fn opened(&self, streams: Streams, wanted: impl Fn(&Source) -> bool) -> std::io::Result<Merge> {
        let mut opened = Vec::with_capacity(self.sources.len());
        let mut clients = 0;
        for (k, source) in self.sources.iter().enumerate().filter(|(_, source)| wanted(source)) {
            let number = u32::try_from(k).expect("invariant: fewer than 2^32 sources");
            opened.push(source.open(number, &mut clients, self.end, streams)?);
        }
        Ok(Merge::new(opened).expect("invariant: clients of closed loops are numbered apart"))
    }
}

impl Source {
    fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::ClosedLoop { .. })
    }

    fn open(
        &self, number: u32, clients: &mut u32, until: SimTime, streams: Streams,
    ) -> std::io::Result<(AnySource, std::ops::Range<u32>)> {
        let start = SimTime::ZERO;
        let stream = || streams.stream(Purpose::Arrivals, u64::from(number));
        let open = Open { source: self, number, until, streams };
        let source = match &self.kind {
            Kind::Poisson(rate) => open.each(checked(Poisson::new(*rate, start, stream()))),
            Kind::Deterministic(gap) => open.each(checked(Deterministic::new(start, *gap))),
            Kind::Diurnal { rate, shape, clock } => {
                open.each(checked(Diurnal::new(*rate, **shape, clock.clone(), start, stream())))
            }
            Kind::Mmpp { states, switching } => {
                open.each(checked(Mmpp::new(states.clone(), *switching, start, stream())).until(until))
            }
            Kind::OnOff { rate, on, off, phases } => {
                open.each(checked(OnOff::new(*rate, *on, *off, *phases, start, stream())).until(until))
            }
            Kind::ClosedLoop { clients: count, think } => {
                let first = ClientId(*clients);
                let origins: Vec<DeviceId> = self.origins.devices().cycle().take(*count as usize).collect();
                *clients += count;
                let contents = self.contents.clone();
                let made = checked(ClosedLoop::new(&origins, first, *think, contents, start, streams));
                let made = made.until(until).limit(self.limit);
                let range = made.client_ids();
                return Ok((Box::new(made), range));
            }
            Kind::Jobs(dated) => Box::new(dated.open(&self.mix(), streams, number)),
            Kind::Replay(replayed) => {
                let reader = BufReader::new(File::open(&replayed.file)?);
                let blanks = Blanks { mix: self.mix(), regions: replayed.regions.clone() };
                let replay = Replay::new(reader, &replayed.trace, blanks, replayed.scaling, streams, number);
                Box::new(replay.map_err(std::io::Error::other)?.until(until))
            }
        };
        Ok((source, 0..0))
    }

    fn mix(&self) -> Mix {
        Mix::new(self.origins.choice(), self.contents.clone())
    }
}

/// A source on its way to being opened.
struct Open<'s> {
    source: &'s Source,
    number: u32,
    until: SimTime,
    streams: Streams,
}

impl Open<'_> {
    /// One request at each of these instants.
    fn each<I>(&self, instants: I) -> AnySource
    where
        I: Iterator<Item = SimTime> + Send + 'static,
    {
        let source = OpenLoop::new(instants, self.source.mix(), self.streams, self.number);
        Box::new(source.until(self.until).limit(self.source.limit))
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
    check_sites(check, known.sites);
    let mut sources = Vec::new();
    for (k, spec) in specs.iter().enumerate() {
        let path = format!("workload[{k}]");
        sources.extend(read(check, &path, spec, known).unwrap_or_default());
    }
    Workload { sources, end: known.world.settings.horizon.end() }
}

/// How far the requests of a source may be put off by their own limits; problems are noted where it is read.
pub(super) fn longest_slack(spec: &SourceSpec, check: &Check) -> Option<SimDuration> {
    let of_jobs = spec.jobs.as_ref().map(jobs::longest_slack);
    let file = spec.file.as_ref().and_then(|file| File::open(check.find(file)).ok());
    of_jobs.max(file.and_then(|file| slack::longest_slack(BufReader::new(file))))
}

/// What only requests ask of sites: their clocks and their people.
fn check_sites(check: &mut Check, sites: &[SiteSpec]) {
    for (k, site) in sites.iter().enumerate() {
        if let Some(name) = site.timezone.as_deref().filter(|name| time_zone(name).is_none()) {
            check.issue(&format!("sites[{k}].timezone"), format!("no time zone `{name}`"), ZONES);
        }
        check.number(&format!("sites[{k}].population"), site.population, 0.0, 0.0, 1e12);
    }
}

/// What a time zone is called.
const ZONES: &str = "an IANA name such as `Europe/Madrid`";

const KINDS: [&str; 8] =
    ["poisson", "deterministic", "diurnal", "mmpp", "on-off", "closed-loop", "replay", "workday-jobs"];

fn read(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<Vec<Source>> {
    let words = KINDS.map(|word| (word, word));
    let kind = check.choice(&format!("{path}.arrivals"), spec.arrivals.as_deref().or(Some("poisson")), &words);
    if let Some(kind) = kind {
        fields::check(check, path, spec, kind);
    }
    let origins = origins::origins(check, path, spec, known);
    let contents = contents::contents(check, path, spec, known);
    let limit = spec.limit.unwrap_or(u64::MAX);
    let (kind, origins) = (kind?, origins?);
    if kind == "diurnal" {
        return diurnal::sources(check, path, spec, &origins, contents?, known);
    }
    let kind = match kind {
        "mmpp" => bursts::mmpp(check, path, spec)?,
        "on-off" => bursts::on_off(check, path, spec)?,
        "closed-loop" => closed_loop(check, path, spec)?,
        "workday-jobs" => Kind::Jobs(Box::new(jobs::read(check, path, spec, known)?)),
        "replay" => Kind::Replay(Box::new(replayed::read(check, path, spec, &origins, known)?)),
        "deterministic" => Kind::Deterministic(SimDuration::from_secs(1.0 / rate(check, path, spec)?.0)),
        _ => Kind::Poisson(rate(check, path, spec)?),
    };
    Some(vec![Source { kind, origins, contents: contents?, limit }])
}

/// The largest rate of one source [1/s].
const MOST_RATE: f64 = 1e9;

fn rate(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<PerSecond> {
    let path = format!("{path}.rate");
    let rate = check.quantity(&path, spec.rate.as_ref(), Unit::Rate, None)?;
    if rate > 0.0 && rate <= MOST_RATE {
        return Some(PerSecond(rate));
    }
    check.issue(&path, format!("{rate} requests a second"), "more than 0, at most 1e9 /s");
    None
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
