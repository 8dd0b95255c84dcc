//! A carbon signal of a scenario or of the command line: what is stated of its files, and the reading of them.

use sim_core::units::Intensity;
use sim_core::world::signal::{Basis, Gas, Labels, Provenance, Scope, Signal, SignalKind};
use workloads::carbon::factors::Factors;
use workloads::carbon::format::Format;
use workloads::carbon::options::{Gaps, Options, Steps, Values};
use workloads::carbon::reading::{Reading, read_all};
use workloads::carbon::unit::Unit;

use crate::issues::Check;
use crate::spec::SignalSpec;
use hardware_profiles::quantity::Unit as QuantityUnit;

/// The default length of an interval of a file without times.
const STEP_S: f64 = 3600.0;

/// The one source of a signal.
pub enum Source<'a> {
    /// One value for all time [g/kWh].
    Constant(f64),
    /// A zone of the embedded library.
    Library(&'a str),
    /// Files, one after the other in time.
    Files(Vec<&'a str>),
}

/// The source that a signal states; a problem if it states none or several.
pub fn source<'a>(check: &mut Check, path: &str, spec: &'a SignalSpec) -> Option<Source<'a>> {
    let files: Vec<&str> = spec.file.iter().chain(&spec.files).map(String::as_str).collect();
    let file_keys = usize::from(spec.file.is_some()) + usize::from(!spec.files.is_empty());
    let given = usize::from(spec.constant.is_some()) + usize::from(spec.library.is_some()) + file_keys;
    if given != 1 {
        let hint = "give exactly one of: constant, library, file, files";
        check.issue(path, format!("{given} sources of one signal"), hint);
        return None;
    }
    if !files.is_empty() {
        return Some(Source::Files(files));
    }
    check_fields(check, path, spec);
    if let Some(name) = &spec.library {
        return Some(Source::Library(name));
    }
    let at = format!("{path}.constant");
    check.quantity(&at, spec.constant.as_ref(), QuantityUnit::Intensity, None).map(Source::Constant)
}

/// What is stated of a file means nothing for a signal without one.
fn check_fields(check: &mut Check, path: &str, spec: &SignalSpec) {
    let of_files = [
        ("format", spec.format.is_some()),
        ("zone", spec.zone.is_some()),
        ("time_column", spec.time_column.is_some()),
        ("value_column", spec.value_column.is_some()),
        ("unit", spec.unit.is_some()),
        ("timezone", spec.timezone.is_some()),
        ("start", spec.start.is_some()),
        ("step", spec.step.is_some()),
        ("values", spec.values.is_some()),
        ("gaps", spec.gaps.is_some()),
        ("steps", spec.steps.is_some()),
        ("factors", spec.factors.is_some()),
    ];
    let of_library = [("scope", &spec.scope), ("basis", &spec.basis), ("gas", &spec.gas)];
    let of_library = of_library.map(|(field, given)| (field, spec.library.is_some() && given.is_some()));
    for (field, _) in of_files.into_iter().chain(of_library).filter(|(_, given)| *given) {
        let kind = if spec.library.is_some() { "zone of the library" } else { "constant" };
        check.issue(&format!("{path}.{field}"), format!("`{field}` means nothing for a {kind}"), "leave it out");
    }
}

/// The signal that never changes.
pub fn constant(check: &mut Check, path: &str, spec: &SignalSpec, value: f64) -> Option<Signal> {
    let labels = Labels {
        scope: scope(check, path, spec)?.unwrap_or(Scope::Lifecycle),
        basis: basis(check, path, spec)?.unwrap_or(Basis::Consumption),
        gas: gas(check, path, spec)?.unwrap_or(Gas::Co2e),
    };
    let made = Signal::constant(Intensity(value), labels, Provenance::Given(format!("constant {value} g/kWh")));
    made.map_err(|_| check.issue(&format!("{path}.constant"), format!("{value} g/kWh is negative"), "")).ok()
}

/// Reads the files of a signal; `zone` is the zone's name where the specification names none.
pub fn reading(
    check: &mut Check, path: &str, spec: &SignalSpec, files: &[&str], zone: &str, kind: Option<SignalKind>,
) -> Option<Reading> {
    let options = Options { kind, ..options(check, path, spec, Some(zone))? };
    let at = format!("{path}.{}", if spec.file.is_some() { "file" } else { "files" });
    let texts: Vec<Option<Vec<u8>>> = files.iter().map(|file| check.read_bytes(&at, file)).collect();
    let texts: Vec<Vec<u8>> = texts.into_iter().collect::<Option<_>>()?;
    let parts: Vec<(&[u8], &str)> = texts.iter().map(Vec::as_slice).zip(files.iter().copied()).collect();
    let read = read_all(&parts, &options);
    read.map_err(|error| check.issue(&at, error.to_string(), error.problem.hint())).ok()
}

/// What is stated of a file, as its reader takes it; every problem is noted.
pub fn options(check: &mut Check, path: &str, spec: &SignalSpec, zone: Option<&str>) -> Option<Options> {
    let field = |name: &str| format!("{path}.{name}");
    let formats: Vec<(&str, Format)> = Format::ALL.iter().map(|&format| (format.name(), format)).collect();
    let format = stated(check, &field("format"), spec.format.as_deref(), &formats);
    let unit = spec.unit.as_deref().map(str::parse::<Unit>).transpose();
    let unit = unit.map_err(|error| check.issue(&field("unit"), error.to_string(), "")).ok();
    let time_zone = time_zone(check, &field("timezone"), spec.timezone.as_deref());
    let start = spec.start.as_ref().map(|text| super::time::instant(check, &field("start"), text));
    let step = check.span(&field("step"), spec.step.as_ref(), Some(STEP_S));
    let values = [("mean", Values::Mean), ("point", Values::Point)];
    let values = stated(check, &field("values"), spec.values.as_deref(), &values);
    let gaps = [("error", Gaps::Error), ("hold", Gaps::Hold), ("interpolate", Gaps::Interpolate)];
    let gaps = check.choice(&field("gaps"), spec.gaps.as_deref(), &gaps);
    let steps = [("even", Steps::Even), ("any", Steps::Any)];
    let steps = check.choice(&field("steps"), spec.steps.as_deref(), &steps);
    let factors = factors(check, &field("factors"), spec.factors.as_deref());
    let (scope, basis, gas) = (scope(check, path, spec), basis(check, path, spec), gas(check, path, spec));
    Some(Options {
        format: format?,
        zone: spec.zone.clone(),
        known_as: zone.filter(|name| !name.is_empty()).map(str::to_owned),
        time_column: spec.time_column.clone(),
        value_column: spec.value_column.clone(),
        unit: unit?,
        time_zone: time_zone?,
        start: start.map_or(Some(None), |start| start.map(Some))?,
        issued: None,
        step: if spec.start.is_some() || spec.step.is_some() { Some(step?) } else { None },
        values: values?,
        kind: None,
        scope: scope?,
        basis: basis?,
        gas: gas?,
        gaps: gaps?,
        steps: steps?,
        factors: factors?,
    })
}

/// One of several words, none where nothing is stated; a problem and the outer `None` for another word.
fn stated<T: Copy>(check: &mut Check, path: &str, given: Option<&str>, words: &[(&str, T)]) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(word) => check.choice(path, Some(word), words).map(Some),
    }
}

fn scope(check: &mut Check, path: &str, spec: &SignalSpec) -> Option<Option<Scope>> {
    let words = [("lifecycle", Scope::Lifecycle), ("direct", Scope::Direct)];
    stated(check, &format!("{path}.scope"), spec.scope.as_deref(), &words)
}

fn basis(check: &mut Check, path: &str, spec: &SignalSpec) -> Option<Option<Basis>> {
    let words = [("consumption", Basis::Consumption), ("production", Basis::Production)];
    stated(check, &format!("{path}.basis"), spec.basis.as_deref(), &words)
}

fn gas(check: &mut Check, path: &str, spec: &SignalSpec) -> Option<Option<Gas>> {
    let words = [("CO2e", Gas::Co2e), ("CO2", Gas::Co2)];
    stated(check, &format!("{path}.gas"), spec.gas.as_deref(), &words)
}

fn time_zone(check: &mut Check, path: &str, name: Option<&str>) -> Option<Option<jiff::tz::TimeZone>> {
    let Some(name) = name else { return Some(None) };
    let zone = workloads::calendar::time_zone(name);
    if zone.is_none() {
        check.issue(path, format!("no time zone `{name}`"), "`UTC` or an IANA name such as `Europe/Berlin`");
    }
    zone.map(Some)
}

/// A named set of factors, or the user's table.
fn factors(check: &mut Check, path: &str, name: Option<&str>) -> Option<Option<Factors>> {
    let Some(name) = name else { return Some(None) };
    if let Some(known) = Factors::named(name) {
        return Some(Some(known));
    }
    let bytes = check.read_bytes(path, name)?;
    let read = Factors::read(&bytes, name);
    read.map(Some).map_err(|error| check.issue(path, error.to_string(), error.problem.hint())).ok()
}
