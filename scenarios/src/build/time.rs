//! Simulated span and measurement window from a scenario.

use jiff::Timestamp;
use sim_core::world::Horizon;
use workloads::carbon::library;

use crate::issues::Check;
use crate::spec::TimeSpec;

/// A UTC instant.
pub(super) fn instant(check: &mut Check, path: &str, text: &str) -> Option<Timestamp> {
    let parsed = text.parse();
    parsed
        .map_err(|error: jiff::Error| {
            check.issue(path, format!("`{text}` is not an instant: {error}"), "such as `2022-06-01T00:00:00Z`")
        })
        .ok()
}

/// The epoch and the horizon.
pub(super) fn time(check: &mut Check, spec: &TimeSpec) -> Option<(Timestamp, Horizon)> {
    let epoch = match &spec.start {
        Some(text) => instant(check, "time.start", text),
        None => Some(library::year_start()),
    };
    let lead_in = check.span("time.lead_in", spec.lead_in.as_ref(), Some(0.0));
    let window = check.span("time.window", spec.window.as_ref(), None);
    let drain = check.span("time.drain", spec.drain.as_ref(), Some(3600.0));
    let interval = check.span("time.interval", spec.interval.as_ref(), Some(3600.0));
    for (path, span) in [("time.window", window), ("time.interval", interval)] {
        if span.is_some_and(|span| span.0 == 0) {
            check.issue(path, "must be longer than nothing", "such as `24 h`");
        }
    }
    let horizon = Horizon { lead_in: lead_in?, window: window?, drain: drain?, interval: interval? };
    const LONGEST_S: f64 = 100.0 * 365.0 * 86_400.0;
    const MOST_INTERVALS: f64 = 1e6;
    let end = horizon.end().as_secs();
    if end > LONGEST_S {
        check.issue("time.window", format!("the run would last {:.0} years", end / 86_400.0 / 365.0), "at most 100 y");
        return None;
    }
    if end / horizon.interval.as_secs().max(1e-9) > MOST_INTERVALS {
        check.issue("time.interval", "the timeline would have more than a million intervals", "a longer interval");
        return None;
    }
    Some((epoch?, horizon))
}
