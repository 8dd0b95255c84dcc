//! Which fields of a source mean something for its kind of arrivals: what is written should count.

use crate::issues::Check;
use crate::spec::{OriginsSpec, SourceSpec};

/// Kinds whose requests come at instants of a process.
const PROCESSES: [&str; 6] = ["poisson", "deterministic", "diurnal", "mmpp", "on-off", "workday-jobs"];

/// Notes fields that mean nothing for a kind of arrivals, and those that contradict each other.
pub(super) fn check(check: &mut Check, path: &str, spec: &SourceSpec, kind: &str) {
    for (field, given, kinds) in fields(spec) {
        if given && !kinds.contains(&kind) {
            let hint = format!("it belongs to arrivals: {}", kinds.join(" | "));
            check.issue(&format!("{path}.{field}"), format!("`{field}` means nothing for `{kind}` arrivals"), hint);
        }
    }
    if spec.limit.is_some() && spec.local_time.as_deref() == Some("site") {
        let hint = "leave it out, or give local_time in hours";
        check.issue(&format!("{path}.limit"), "a limit over several local times is not one limit", hint);
    }
    check_weights(check, path, spec, kind);
}

/// Every field that belongs to some kinds only, whether it is given, and to which.
fn fields(spec: &SourceSpec) -> [(&'static str, bool, &'static [&'static str]); 27] {
    const REPLAY: &[&str] = &["replay"];
    const DIURNAL: &[&str] = &["diurnal"];
    const MMPP: &[&str] = &["mmpp"];
    const ON_OFF: &[&str] = &["on-off"];
    const NOT_JOBS: &[&str] = &["poisson", "deterministic", "diurnal", "mmpp", "on-off", "closed-loop", "replay"];
    const CLOSED: &[&str] = &["closed-loop"];
    [
        ("rate", spec.rate.is_some(), &["poisson", "deterministic", "diurnal", "on-off"]),
        ("amplitude", spec.amplitude.is_some(), DIURNAL),
        ("peak_hour", spec.peak_hour.is_some(), DIURNAL),
        ("weekend", spec.weekend.is_some(), DIURNAL),
        ("local_time", spec.local_time.is_some(), DIURNAL),
        ("states", !spec.states.is_empty(), MMPP),
        ("switching", spec.switching.is_some(), MMPP),
        ("mean_on", spec.mean_on.is_some(), ON_OFF),
        ("mean_off", spec.mean_off.is_some(), ON_OFF),
        ("phases", spec.phases.is_some(), ON_OFF),
        ("clients", spec.clients.is_some(), CLOSED),
        ("think_time", spec.think_time.is_some(), CLOSED),
        ("think", spec.think.is_some(), CLOSED),
        ("file", spec.file.is_some(), REPLAY),
        ("format", spec.format.is_some(), REPLAY),
        ("time_column", spec.time_column.is_some(), REPLAY),
        ("time_unit", spec.time_unit.is_some(), REPLAY),
        ("timezone", spec.timezone.is_some(), REPLAY),
        ("start", spec.start.is_some(), REPLAY),
        ("scale", spec.scale.is_some(), REPLAY),
        ("thin", spec.thin.is_some(), REPLAY),
        ("work_column", spec.work_column.is_some(), REPLAY),
        ("work_per", spec.work_per.is_some(), REPLAY),
        ("jobs", spec.jobs.is_some(), &["workday-jobs"]),
        ("work", spec.work.is_some(), NOT_JOBS),
        ("regions", !spec.regions.is_empty(), REPLAY),
        ("limit", spec.limit.is_some(), &["poisson", "deterministic", "diurnal", "mmpp", "on-off", "closed-loop"]),
    ]
}

/// Origins are weighted in one way, and clients of a closed loop stand where they stand.
fn check_weights(check: &mut Check, path: &str, spec: &SourceSpec, kind: &str) {
    let ways = [
        ("origins", matches!(spec.origins, OriginsSpec::Weights(_))),
        ("origin_weights", spec.origin_weights.as_deref().is_some_and(|word| word != "equal")),
        ("origins_file", spec.origins_file.is_some()),
    ];
    let given: Vec<&str> = ways.iter().filter(|(_, given)| *given).map(|&(field, _)| field).collect();
    if let Some(field) = given.first().filter(|_| !PROCESSES.contains(&kind) && kind != "replay") {
        let hint = "give a closed loop for each group, with its number of clients";
        check.issue(&format!("{path}.{field}"), format!("weights of origins mean nothing for `{kind}` arrivals"), hint);
    } else if let [first, second, ..] = given[..] {
        let message = format!("`{first}` weights the origins already");
        check.issue(&format!("{path}.{second}"), message, "keep one of them");
    }
}
