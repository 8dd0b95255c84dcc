//! Recorded traces from a scenario: their options, checked, and a survey of the whole file.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;

use hardware_profiles::quantity::Unit;
use sim_core::units::SimTime;
use workloads::arrivals::replay::format::Format;
use workloads::arrivals::replay::options::TraceOptions;
use workloads::arrivals::replay::row::Names;
use workloads::arrivals::replay::{Scaling, Trace};
use workloads::arrivals::{self, origins::Run};
use workloads::calendar::time_zone;

use super::origins::Origins;
use super::{Known, ZONES};
use crate::issues::{Check, nearest_of};
use crate::spec::{OriginsSpec, SourceSpec};

/// A trace that can be replayed.
#[derive(Clone, Debug)]
pub(super) struct Replayed {
    pub file: PathBuf,
    pub trace: Trace,
    pub scaling: Scaling,
    /// Who asks in each region of counts.
    pub regions: Vec<arrivals::origins::Origins>,
}

/// Units of times that are numbers, in nanoseconds [ns].
pub(crate) const TIME_UNITS: [(&str, i64); 7] = [
    ("s", 1_000_000_000),
    ("ns", 1),
    ("us", 1000),
    ("ms", 1_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

pub(super) fn read(
    check: &mut Check, path: &str, spec: &SourceSpec, origins: &Origins, known: &Known,
) -> Option<Replayed> {
    let options = options(check, path, spec, known);
    let scaling = scaling(check, path, spec);
    let regions = regions(check, path, spec, origins, known);
    let file_path = format!("{path}.file");
    let name = check.required(&file_path, "the trace's file", spec.file.as_ref())?.to_owned();
    let file = check.find(&name);
    if let Err(error) = File::open(&file) {
        check.unreadable(&file_path, &name, &error.to_string());
        return None;
    }
    let open = || File::open(&file).map(BufReader::new);
    match Trace::survey(open, &name, options?, Some(Arc::new(names(known)))) {
        Ok(trace) => {
            check.inputs.push((name, hash_file(&file).unwrap_or_default()));
            check_format(check, path, spec, trace.survey.format);
            let scaling = scaling?;
            check_begin(check, &file_path, trace.begins(scaling), known);
            Some(Replayed { file, trace, scaling, regions: regions? })
        }
        Err(error) => {
            check.issue(&file_path, error.to_string(), error.problem.hint());
            None
        }
    }
}

/// A trace of another year is a mistake, and no run without requests.
fn check_begin(check: &mut Check, path: &str, begins: SimTime, known: &Known) {
    let end = known.world.settings.horizon.end();
    if begins >= end {
        let days = |at: SimTime| at.as_secs() / 86_400.0;
        let (first, last) = (days(begins), days(end));
        let message =
            format!("its first request comes {first:.3} d after the epoch, when all is over since {last:.3} d");
        check.issue(path, message, "set time.start to the trace's, or `start` to its instant that becomes the epoch");
    }
}

fn options(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<TraceOptions> {
    let formats = Format::ALL.map(|(word, format)| (word, Some(format)));
    let format = match &spec.format {
        None => None,
        Some(word) => check.choice(&format!("{path}.format"), Some(word), &formats)?,
    };
    let time_unit_ns = check.choice(&format!("{path}.time_unit"), spec.time_unit.as_deref(), &TIME_UNITS)?;
    let timezone = match &spec.timezone {
        None => None,
        Some(name) => {
            let zone = time_zone(name);
            if zone.is_none() {
                check.issue(&format!("{path}.timezone"), format!("no time zone `{name}`"), ZONES);
            }
            Some(zone?)
        }
    };
    Some(TraceOptions {
        format,
        time_column: spec.time_column.clone(),
        time_unit_ns,
        timezone,
        work_column: spec.work_column.clone(),
        work_per: check.number(&format!("{path}.work_per"), spec.work_per, 1.0, 1e-9, 1e15)?,
        regions: spec.regions.keys().cloned().collect(),
        epoch: known.epoch,
        start: spec.start.as_ref().map(|start| start.0.clone()),
    })
}

fn scaling(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<Scaling> {
    let speed = check.number(&format!("{path}.scale"), spec.scale, 1.0, 1e-6, 1e6);
    let thin_path = format!("{path}.thin");
    let keep = check.quantity(&thin_path, spec.thin.as_ref(), Unit::Share, Some(1.0))?;
    let made = Scaling::new(speed?, keep);
    made.map_err(|error| check.issue(&thin_path, error.to_string(), "such as `10 %`")).ok()
}

/// Who asks in each region: the devices of groups, or the origins at a site.
fn regions(
    check: &mut Check, path: &str, spec: &SourceSpec, origins: &Origins, known: &Known,
) -> Option<Vec<arrivals::origins::Origins>> {
    let mut all = Vec::with_capacity(spec.regions.len());
    for (region, names) in &spec.regions {
        let path = format!("{path}.regions.{region}");
        let mut members = Vec::new();
        for name in names.names() {
            let site = known.world.sites.find(|site| site.name == *name);
            let at = |site| origins.devices().filter(move |&device| known.world.devices[device].site == site);
            match (known.fleet.members(name), site) {
                (Some(devices), _) => members.extend(devices),
                (None, Some(site)) => members.extend(at(site)),
                (None, None) => {
                    let groups = known.fleet.groups.iter().map(|(name, _)| name.as_str());
                    let names: Vec<&str> =
                        groups.chain(known.world.sites.iter().map(|site| site.name.as_str())).collect();
                    check.issue(&path, format!("no device group and no site `{name}`"), nearest_of(name, &names));
                }
            }
        }
        let choice = arrivals::origins::Origins::alike(Run::of(members));
        all.push(
            choice.map_err(|_| check.issue(&path, "nobody asks in this region", "a group, or a site with origins")),
        );
    }
    all.into_iter().collect::<Result<_, _>>().ok()
}

/// Fields that mean something for some formats only, and for which.
const FIELDS: [(&str, &[Format]); 10] = {
    use Format::{AzureFunctions, AzureLlm, Counts, Csv};
    const ASKED: &[Format] = &[Csv, AzureLlm, AzureFunctions, Counts];
    [
        ("time_column", &[Csv, AzureLlm]),
        ("time_unit", &[Csv, Counts]),
        ("timezone", &[Csv, AzureLlm, Counts]),
        ("work_column", &[Csv, AzureLlm, AzureFunctions]),
        ("work_per", &[Csv, AzureLlm, AzureFunctions]),
        ("regions", &[Counts]),
        ("models", ASKED),
        ("origins", ASKED),
        ("origin_weights", ASKED),
        ("origins_file", ASKED),
    ]
};

/// Of the fields that are `given`, those that mean nothing for a format, each with what to say of it.
pub(crate) fn meaningless(format: Format, given: impl Fn(&str) -> bool) -> Vec<(&'static str, String, String)> {
    let vain = FIELDS.iter().filter(|(field, formats)| given(field) && !formats.contains(&format));
    let told = |&(field, formats): &(&'static str, &[Format])| {
        let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        let message = format!("means nothing for a trace of format `{}`", format.name());
        (field, message, format!("it belongs to: {}", names.join(" | ")))
    };
    vain.map(told).collect()
}

/// Fields that mean nothing for the format that the file turned out to have.
fn check_format(check: &mut Check, path: &str, spec: &SourceSpec, format: Format) {
    let given = |field: &str| match field {
        "time_column" => spec.time_column.is_some(),
        "time_unit" => spec.time_unit.is_some(),
        "timezone" => spec.timezone.is_some(),
        "work_column" => spec.work_column.is_some(),
        "work_per" => spec.work_per.is_some(),
        "regions" => !spec.regions.is_empty(),
        "models" => !spec.models.is_empty(),
        "origins" => !matches!(&spec.origins, OriginsSpec::List(names) if names.is_empty()),
        "origin_weights" => spec.origin_weights.is_some(),
        _ => spec.origins_file.is_some(),
    };
    for (field, message, hint) in meaningless(format, given) {
        check.issue(&format!("{path}.{field}"), format!("`{field}` {message}"), hint);
    }
    if spec.work_per.is_some() && spec.work_column.is_none() {
        check.issue(&format!("{path}.work_per"), "there is no `work_column`", "name the column of the trace");
    }
    if spec.work.is_some() && spec.work_column.is_some() {
        check.issue(&format!("{path}.work"), "`work_column` says the work already", "keep one of them");
    }
}

fn names(known: &Known) -> Names {
    let world = known.world;
    Names {
        origins: world.devices.ids().map(|id| (world.device_name(id).into_owned(), id)).collect(),
        models: world.models.enumerate().map(|(id, model)| (model.name.clone(), id)).collect(),
        classes: world.request_classes.enumerate().map(|(id, class)| (class.name.clone(), id)).collect(),
    }
}

fn hash_file(file: &std::path::Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}
