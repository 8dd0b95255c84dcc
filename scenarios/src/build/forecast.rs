//! Forecasts of a scenario's zones.

use hardware_profiles::quantity::Unit;
use jiff::Timestamp;
use sim_core::ids::ZoneId;
use sim_core::world::forecast::{Forecast, Persistence};
use sim_core::world::grid::{Grid, Present};
use sim_core::world::signal::{Scope, SignalKind};
use workloads::carbon::fault::Fault;
use workloads::carbon::options::Options;
use workloads::carbon::reading::read_issued_all;
use workloads::error::{ParameterError, Problem, ReadError};
use workloads::forecast::ar_noise::ArNoise;
use workloads::forecast::perfect::Perfect;
use workloads::forecast::recorded::Recorded;
use workloads::forecast::seasonal_naive::SeasonalNaive;
use workloads::forecast::white_noise::WhiteNoise;

use super::grid::Span;
use super::signal;
use crate::issues::Check;
use crate::spec::{ForecastSpec, GridSpec, Quantity, SignalSpec};

/// What schedulers see as the present intensity.
pub(super) fn present(check: &mut Check, spec: &GridSpec) -> Present {
    let choices = [("published", Present::Published), ("forecast", Present::Forecast)];
    check.choice("grid.present", spec.present.as_deref(), &choices).unwrap_or_default()
}

/// Gives each zone its own forecast, or the one for all.
pub(super) fn set(check: &mut Check, spec: &GridSpec, grid: &mut Grid, span: Span) {
    let mixed = spec.allow_mixed;
    let own = |name: &str| {
        let (k, zone) = spec.zones.iter().enumerate().find(|(_, zone)| zone.name.as_deref() == Some(name))?;
        Some((format!("grid.zones[{k}].forecast"), zone.forecast.as_ref()?))
    };
    let (stated, others): (Vec<ZoneId>, Vec<ZoneId>) =
        grid.zones.ids().partition(|&zone| own(&grid.zones[zone].name).is_some());
    if let Some(forecast) =
        spec.forecast.as_ref().and_then(|common| for_all(check, common, grid, (&others, mixed), span))
    {
        others.iter().for_each(|&zone| grid.zones[zone].forecast = forecast.clone());
    }
    for zone in stated {
        let name = &grid.zones[zone].name;
        let read = own(name).and_then(|(path, spec)| of_zone(check, &path, spec, name, asked(grid, zone, mixed), span));
        grid.zones[zone].forecast = read.unwrap_or_default();
    }
}

/// The forecast of the zones that state none. A record is of one zone.
fn for_all(
    check: &mut Check, spec: &ForecastSpec, grid: &Grid, (zones, mixed): (&[ZoneId], bool), span: Span,
) -> Option<Forecast> {
    if spec.method.as_deref() == Some("recorded") && zones.len() > 1 {
        let message = format!("one record of forecasts for {} zones", zones.len());
        check.issue("grid.forecast", message, "give each zone its own: grid.zones[0].forecast, …");
        return None;
    }
    let name = zones.first().map_or("", |&zone| grid.zones[zone].name.as_str());
    let asked = zones.first().and_then(|&zone| asked(grid, zone, mixed));
    of_zone(check, "grid.forecast", spec, name, asked, span)
}

/// What a record must be of: the signal that a zone's schedulers see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub kind: SignalKind,
    pub scope: Scope,
    /// Whether another scope will do.
    pub mixed: bool,
}

fn asked(grid: &Grid, zone: ZoneId, mixed: bool) -> Option<Asked> {
    let signal = grid.zones[zone].signal(grid.decide_with)?;
    Some(Asked { kind: grid.decide_with, scope: signal.labels.scope, mixed })
}

fn of_zone(
    check: &mut Check, path: &str, spec: &ForecastSpec, zone: &str, asked: Option<Asked>, span: Span,
) -> Option<Forecast> {
    read(check, path, spec, |check| {
        let recorded = recorded(check, path, spec, (Some(zone), asked), span.epoch)?;
        check_cover(check, path, &recorded, span);
        Some(recorded)
    })
}

/// A method of forecasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Persistence,
    SeasonalNaive,
    Perfect,
    ArNoise,
    WhiteNoise,
    Recorded,
}

impl Method {
    /// All methods as they are written; the first is the default.
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("persistence", Self::Persistence),
        ("seasonal-naive", Self::SeasonalNaive),
        ("perfect", Self::Perfect),
        ("ar-noise", Self::ArNoise),
        ("white-noise", Self::WhiteNoise),
        ("recorded", Self::Recorded),
    ];

    /// The keys that mean something to it.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Persistence | Self::Perfect => &[],
            Self::SeasonalNaive => &["period"],
            Self::ArNoise => &["error_1", "error_24h", "autocorrelation", "bias"],
            Self::WhiteNoise => &["error"],
            Self::Recorded => &["file", "files", "format", "zone", "unit", "timezone", "issued", "gaps"],
        }
    }
}

/// The keys that a forecast states beside its method.
fn stated(spec: &ForecastSpec) -> impl Iterator<Item = &'static str> {
    let all = [
        ("period", spec.period.is_some()),
        ("error", spec.error.is_some()),
        ("error_1", spec.error_1.is_some()),
        ("error_24h", spec.error_24h.is_some()),
        ("autocorrelation", spec.autocorrelation.is_some()),
        ("bias", spec.bias.is_some()),
        ("file", spec.file.is_some()),
        ("files", !spec.files.is_empty()),
        ("format", spec.format.is_some()),
        ("zone", spec.zone.is_some()),
        ("unit", spec.unit.is_some()),
        ("timezone", spec.timezone.is_some()),
        ("issued", spec.issued.is_some()),
        ("gaps", spec.gaps.is_some()),
    ];
    all.into_iter().filter(|(_, given)| *given).map(|(key, _)| key)
}

/// A forecast, its record by `record` if it has one; problems are noted under `path`.
pub(crate) fn read(
    check: &mut Check, path: &str, spec: &ForecastSpec, record: impl FnOnce(&mut Check) -> Option<Recorded>,
) -> Option<Forecast> {
    let chosen = check.choice(&format!("{path}.method"), spec.method.as_deref(), &Method::ALL)?;
    for key in stated(spec).filter(|key| !chosen.keys().contains(key)) {
        let name = spec.method.as_deref().unwrap_or(Method::ALL[0].0);
        let owner = Method::ALL.iter().find(|(_, method)| method.keys().contains(&key)).map_or("", |(name, _)| name);
        let hint = format!("`{key}` belongs to `method: {owner}`");
        check.issue(&format!("{path}.{key}"), format!("means nothing to the forecast `{name}`"), hint);
    }
    match chosen {
        Method::Persistence => Some(Forecast::from_past(Persistence)),
        Method::Perfect => Some(Forecast::oracle_derived(Perfect)),
        Method::SeasonalNaive => {
            let period = check.span(&format!("{path}.period"), spec.period.as_ref(), Some(DAY_S))?;
            sane(check, path, SeasonalNaive::new(period)).map(Forecast::from_past)
        }
        Method::WhiteNoise => {
            let error = share(check, path, "error", spec.error.as_ref(), Some(WAIT_AWHILE_ERROR))?;
            sane(check, path, WhiteNoise::new(error)).map(Forecast::oracle_derived)
        }
        Method::ArNoise => ar_noise(check, path, spec).map(Forecast::oracle_derived),
        Method::Recorded => record(check).map(Forecast::from_past),
    }
}

/// A day [s].
const DAY_S: f64 = 86_400.0;
/// Wiesner et al., Let's Wait Awhile, Middleware 2021: 5 % of the yearly mean.
const WAIT_AWHILE_ERROR: f64 = 0.05;

fn share(check: &mut Check, path: &str, key: &str, given: Option<&Quantity>, default: Option<f64>) -> Option<f64> {
    check.quantity(&format!("{path}.{key}"), given, Unit::Share, default)
}

fn sane<T>(check: &mut Check, path: &str, made: Result<T, ParameterError>) -> Option<T> {
    made.map_err(|error| check.issue(path, error.to_string(), "")).ok()
}

fn ar_noise(check: &mut Check, path: &str, spec: &ForecastSpec) -> Option<ArNoise> {
    let one_step = share(check, path, "error_1", spec.error_1.as_ref(), None);
    let day_ahead = share(check, path, "error_24h", spec.error_24h.as_ref(), None);
    let made = ArNoise::new(one_step?, day_ahead?, spec.autocorrelation.unwrap_or(0.0), spec.bias.unwrap_or(0.0));
    sane(check, path, made)
}

/// The recorded forecasts of a zone in a simulation that starts at `epoch`.
pub(crate) fn recorded(
    check: &mut Check, path: &str, spec: &ForecastSpec, (zone, asked): (Option<&str>, Option<Asked>), epoch: Timestamp,
) -> Option<Recorded> {
    let key = if spec.file.is_some() { "file" } else { "files" };
    let at = format!("{path}.{key}");
    if spec.file.is_some() != spec.files.is_empty() {
        check.issue(path, "a recorded forecast needs its record", "give exactly one of: file, files");
        return None;
    }
    let options = options(check, path, zone, spec)?;
    let names: Vec<&String> = spec.file.iter().chain(&spec.files).collect();
    let contents: Option<Vec<Vec<u8>>> = names.iter().map(|file| check.read_bytes(&at, file)).collect();
    let contents = contents?;
    let files: Vec<(&[u8], &str)> =
        contents.iter().zip(&names).map(|(bytes, name)| (bytes.as_slice(), name.as_str())).collect();
    let of_signal =
        Options { kind: asked.map(|asked| asked.kind), scope: asked.map(|asked| asked.scope), ..options.clone() };
    let read = read_issued_all(&files, &of_signal).or_else(|error| {
        let any_scope = Options { scope: None, ..of_signal };
        if asked.is_some_and(|asked| asked.mixed) { read_issued_all(&files, &any_scope) } else { Err(error) }
    });
    let issued = read.map_err(|error| refuse(check, &at, &error)).ok()?;
    let made = Recorded::new(issued, epoch);
    made.map_err(|error| check.issue(&at, error.to_string(), "correct the file")).ok()
}

/// Notes why a record is not read: what it contradicts is its signal, of which nothing is stated beside the record.
fn refuse(check: &mut Check, at: &str, error: &ReadError) {
    if let Problem::Carbon(Fault::Contradiction { key: "kind" | "scope", given, stated }) = &error.problem {
        let message = format!("{}: the record is `{stated}`, but the signal that it is of is `{given}`", error.file);
        return check.issue(at, message, "give a record of the signal's own kind and scope");
    }
    check.issue(at, error.to_string(), error.problem.hint());
}

/// What is stated of a record's files, as of a signal's.
fn options(check: &mut Check, path: &str, zone: Option<&str>, spec: &ForecastSpec) -> Option<Options> {
    let stated = SignalSpec {
        format: spec.format.clone(),
        zone: spec.zone.clone(),
        unit: spec.unit.clone(),
        timezone: spec.timezone.clone(),
        gaps: spec.gaps.clone(),
        ..SignalSpec::default()
    };
    let issued = spec.issued.as_deref().map(|text| super::time::instant(check, &format!("{path}.issued"), text));
    let issued = issued.map_or(Some(None), |instant| instant.map(Some));
    Some(Options { issued: issued?, ..signal::options(check, path, &stated, zone)? })
}

/// A record that does not span the run would silently become persistence.
fn check_cover(check: &mut Check, path: &str, recorded: &Recorded, span: Span) {
    let (first, last) = recorded.span();
    let needed = i64::try_from(span.horizon.end().0).unwrap_or(i64::MAX);
    if first <= 0 && last >= needed {
        return;
    }
    let at = |nanos: i64| match Timestamp::from_nanosecond(span.epoch.as_nanosecond() + i128::from(nanos)) {
        Ok(instant) => instant.to_string(),
        Err(_) => format!("{nanos} ns"),
    };
    let (first, last, start, end) = (at(first), at(last), at(0), at(needed));
    let message = format!("the record reaches from {first} to {last}, the run needs {start} to {end}");
    check.issue(path, message, "move time.start, shorten the run, or name the files of the other months: files");
}
