//! Simulated span and measurement window from a scenario.

use jiff::Timestamp;
use sim_core::units::SimDuration;
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

/// Where nothing else is known.
const PLAIN: Horizon = Horizon {
    lead_in: SimDuration::ZERO,
    window: SimDuration::from_hours(1),
    slack: SimDuration::ZERO,
    drain: SimDuration::ZERO,
    interval: SimDuration::from_hours(1),
};
const LONGEST_S: f64 = 100.0 * 365.0 * 86_400.0;
const MOST_INTERVALS: f64 = 1e6;

/// The epoch and the horizon; plain ones where they cannot be read.
pub(super) fn time(check: &mut Check, spec: &TimeSpec, slack: SimDuration) -> (Timestamp, Horizon) {
    let given = spec.start.as_ref().and_then(|text| instant(check, "time.start", text));
    let horizon = horizon(check, spec, slack).filter(|horizon| fits(check, horizon));
    (given.unwrap_or_else(library::year_start), horizon.unwrap_or(PLAIN))
}

fn horizon(check: &mut Check, spec: &TimeSpec, slack: SimDuration) -> Option<Horizon> {
    let lead_in = check.span("time.lead_in", spec.lead_in.as_ref(), Some(0.0));
    let window = check.span("time.window", spec.window.as_ref(), None);
    let drain = check.span("time.drain", spec.drain.as_ref(), Some(3600.0));
    let interval = check.span("time.interval", spec.interval.as_ref(), Some(3600.0));
    Some(Horizon { lead_in: lead_in?, window: window?, slack, drain: drain?, interval: interval? })
}

fn fits(check: &mut Check, horizon: &Horizon) -> bool {
    let end = horizon.end().as_secs();
    if horizon.window.0 == 0 || horizon.interval.0 == 0 {
        let path = if horizon.window.0 == 0 { "time.window" } else { "time.interval" };
        check.issue(path, "must be longer than nothing", "such as `24 h`");
    } else if end > LONGEST_S {
        check.issue("time.window", format!("the run would last {:.0} years", end / 86_400.0 / 365.0), "at most 100 y");
    } else if end / horizon.interval.as_secs() > MOST_INTERVALS {
        check.issue("time.interval", "the timeline would have more than a million intervals", "a longer interval");
    } else {
        return true;
    }
    false
}
