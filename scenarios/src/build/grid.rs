//! Zones and their carbon signals from a scenario.

use jiff::Timestamp;
use sim_core::units::SimDuration;
use sim_core::world::Horizon;
use sim_core::world::forecast::Forecast;
use sim_core::world::grid::{Grid, Zone};
use sim_core::world::signal::{EndPolicy, Signal, SignalKind};
use workloads::carbon::findings::Finding;
use workloads::carbon::library;

use super::signal::{self, Source};
use crate::issues::Check;
use crate::spec::{GridSpec, SignalSpec, SiteSpec, ZoneSpec};

/// What signals must cover and whether something may look past them.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub epoch: Timestamp,
    pub horizon: Horizon,
}

/// The zones that a scenario lists, and the library's that only its sites name.
pub(super) fn grid(check: &mut Check, spec: &GridSpec, sites: &[SiteSpec], span: Span) -> Grid {
    let kinds = [("average", SignalKind::Average), ("marginal", SignalKind::Marginal)];
    let decide_with = check.choice("grid.decide_with", spec.decide_with.as_deref(), &kinds);
    let account_with = check.choice("grid.account_with", spec.account_with.as_deref(), &kinds);
    let lag = check.span("grid.publication_lag", spec.publication_lag.as_ref(), Some(0.0));
    let mut zones: Vec<Zone> = Vec::new();
    for (k, zone) in spec.zones.iter().enumerate() {
        let path = format!("grid.zones[{k}]");
        if let Some(name) = check.required(&format!("{path}.name"), "the zone's name", zone.name.as_ref()) {
            if zones.iter().any(|other| other.name == name) {
                check.issue(&format!("{path}.name"), format!("zone `{name}` is defined twice"), "");
            }
            zones.push(read_zone(check, &path, name, zone, span));
        }
    }
    for name in sites.iter().filter_map(|site| site.zone.as_deref()) {
        if !zones.iter().any(|zone| zone.name == name)
            && let Some(average) = library_year(name, span)
        {
            let (name, forecast) = (name.to_owned(), Forecast::default());
            zones.push(Zone { name, average: Some(average), marginal: None, forecast });
        }
    }
    let mut grid = Grid {
        zones: zones.into(),
        decide_with: decide_with.unwrap_or(SignalKind::Average),
        account_with: account_with.unwrap_or(SignalKind::Average),
        publication_lag: lag.unwrap_or(SimDuration::ZERO),
        present: super::forecast::present(check, spec),
    };
    super::forecast::set(check, spec, &mut grid, span);
    check_signals(check, spec, &grid, span);
    grid
}

fn library_year(name: &str, span: Span) -> Option<Signal> {
    let into_year = since_new_year(span.epoch);
    Some(library::signal(name)?.shifted(into_year).ending(EndPolicy::Wrap))
}

/// Nanoseconds from the start of an instant's year (UTC): the library's year stands for every year.
fn since_new_year(instant: Timestamp) -> i64 {
    let here = instant.to_zoned(jiff::tz::TimeZone::UTC);
    let year = jiff::civil::date(here.year(), 1, 1).at(0, 0, 0, 0);
    let start = jiff::tz::Offset::UTC.to_timestamp(year).unwrap_or(instant);
    i64::try_from(instant.as_nanosecond() - start.as_nanosecond()).unwrap_or(0)
}

fn read_zone(check: &mut Check, path: &str, name: &str, zone: &ZoneSpec, span: Span) -> Zone {
    let mut signal = |field: &str, kind: SignalKind, spec: Option<&SignalSpec>| {
        spec.and_then(|spec| read_signal(check, &format!("{path}.{field}"), name, kind, spec, span))
    };
    let average = signal("average", SignalKind::Average, zone.average.as_ref());
    let marginal = signal("marginal", SignalKind::Marginal, zone.marginal.as_ref());
    let listed = zone.average.is_some() || zone.marginal.is_some();
    let average = if listed { average } else { library_year(name, span) };
    Zone { name: name.to_owned(), average, marginal, forecast: Forecast::default() }
}

fn read_signal(
    check: &mut Check, path: &str, zone: &str, kind: SignalKind, spec: &SignalSpec, span: Span,
) -> Option<Signal> {
    let policies = [("error", EndPolicy::Error), ("hold", EndPolicy::Hold), ("wrap", EndPolicy::Wrap)];
    let default = if spec.library.is_some() { "wrap" } else { "error" };
    let end = check.choice(&format!("{path}.end"), spec.end.as_deref().or(Some(default)), &policies);
    match signal::source(check, path, spec)? {
        Source::Constant(value) => signal::constant(check, path, spec, value),
        Source::Library(name) => {
            let known: Vec<&str> = library::zones().map(|zone| zone.name).collect();
            check.named(&format!("{path}.library"), "zone in the library", name, known.into_iter())?;
            Some(library_year(name, span)?.ending(end?))
        }
        Source::Files(files) => {
            let reading = signal::reading(check, path, spec, &files, zone, Some(kind))?;
            let mended = findings(&reading.findings);
            check.notes.extend(mended.iter().map(|mended| format!("zone {zone}, {}: {mended}", files.join(", "))));
            let placed = reading.series.into_signal(span.epoch, end?);
            placed.map_err(|error| check.issue(path, error.to_string(), "check time.start")).ok()
        }
    }
}

/// What was mended in a file, in words; none if nothing was.
fn findings(findings: &[Finding]) -> Option<String> {
    let one = |finding: &Finding| {
        format!("{} {} (first in line {}: {})", finding.count, finding.oddity.name(), finding.line, finding.first)
    };
    (!findings.is_empty()).then(|| findings.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// Signals that a run needs exist, cover it, and carry the same labels.
fn check_signals(check: &mut Check, spec: &GridSpec, grid: &Grid, span: Span) {
    for (_, zone) in grid.zones.enumerate() {
        let path = zone_path(spec, &zone.name);
        for kind in [grid.decide_with, grid.account_with] {
            match zone.signal(kind) {
                None if check.issues.iter().any(|issue| issue.path.starts_with(&path)) => {}
                None => {
                    let word = if kind == SignalKind::Average { "average" } else { "marginal" };
                    let hint = "give it one, or name the zone as one of the library: `carbonedge list zones`";
                    check.issue(&path, format!("zone `{}` has no {word} signal", zone.name), hint);
                }
                Some(signal) => check_cover(check, &path, &zone.name, signal, span),
            }
        }
    }
    check_labels(check, spec, grid, grid.account_with);
    if grid.decide_with != grid.account_with {
        check_labels(check, spec, grid, grid.decide_with);
    }
}

/// Signals of one kind carry the same labels: what they say of two zones is compared, in the books or by schedulers.
fn check_labels(check: &mut Check, spec: &GridSpec, grid: &Grid, kind: SignalKind) {
    let mut labelled = grid.zones.iter().filter_map(|zone| Some((&zone.name, zone.signal(kind)?.labels)));
    let Some((name, first)) = labelled.next().filter(|_| !spec.allow_mixed) else { return };
    for (other, labels) in labelled.filter(|(_, labels)| *labels != first) {
        check.issue(
            &zone_path(spec, other),
            format!("zone `{other}` is labelled {labels}, zone `{name}` {first}"),
            "use signals of one kind, or set grid.allow_mixed: true",
        );
    }
}

fn zone_path(spec: &GridSpec, name: &str) -> String {
    match spec.zones.iter().position(|zone| zone.name.as_deref() == Some(name)) {
        Some(k) => format!("grid.zones[{k}]"),
        None => "grid".to_owned(),
    }
}

fn check_cover(check: &mut Check, path: &str, zone: &str, signal: &Signal, span: Span) {
    let needed = span.horizon.end();
    if signal.is_constant() || check.issues.iter().any(|issue| issue.path == path && issue.message.contains("signal")) {
        return;
    }
    let (start, end) = signal.span();
    let at = |nanos: i64| {
        let shown = span.epoch.as_nanosecond() + i128::from(nanos);
        Timestamp::from_nanosecond(shown).map_or_else(|_| format!("{nanos} ns"), |instant| instant.to_string())
    };
    if !signal.covers(needed) {
        let hint = "shorten time.window or time.drain, move time.start, or set the signal's end: hold | wrap";
        let needs = at(i64::try_from(needed.0).unwrap_or(i64::MAX));
        let message = format!(
            "the signal of zone `{zone}` covers {} to {}, the run needs {} to {needs}",
            at(start),
            at(end),
            at(0)
        );
        check.issue(path, message, hint);
    }
    let wraps_inside =
        signal.end_policy() == EndPolicy::Wrap && i128::from(end.min(end - start)) < i128::from(needed.0);
    if wraps_inside && span.horizon.slack > SimDuration::ZERO {
        let hint =
            "a deferral could use what the start of the series says of the future: give a longer series or end: hold";
        check.issue(
            path,
            format!("the signal of zone `{zone}` wraps inside the run while requests may be put off"),
            hint,
        );
    }
}
