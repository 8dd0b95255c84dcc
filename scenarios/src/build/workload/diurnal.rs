//! Day-shaped sources from a scenario: one for each local time of the origins, with its share of the rate.

use hardware_profiles::quantity::Unit;
use sim_core::ids::{DeviceId, Id};
use workloads::arrivals::PerSecond;
use workloads::arrivals::diurnal::Shape;
use workloads::arrivals::mix::Contents;
use workloads::calendar::{LocalClock, time_zone};

use super::origins::Origins;
use super::{Kind, Known, Source, ZONES, rate};
use crate::issues::Check;
use crate::spec::SourceSpec;

/// What tells the time somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum LocalTime {
    /// Hours ahead of UTC.
    Offset(i32),
    /// A time zone that is known, by its IANA name.
    Zone(String),
}

pub(super) fn sources(
    check: &mut Check, path: &str, spec: &SourceSpec, origins: &Origins, contents: Contents, known: &Known,
) -> Option<Vec<Source>> {
    let total = rate(check, path, spec);
    let shape = shape(check, path, spec);
    let times: Vec<LocalTime> =
        origins.firsts().map(|origin| local_time(check, path, spec, origin, known)).collect::<Option<_>>()?;
    let (total, shape) = (total?, shape?);
    let source = |(time, part): (LocalTime, Origins)| {
        let rate = PerSecond(total.0 * part.total() / origins.total());
        let kind = Kind::Diurnal { rate, shape: Box::new(shape), clock: time.clock(known) };
        Source { kind, origins: part, contents: contents.clone(), limit: spec.limit.unwrap_or(u64::MAX) }
    };
    Some(origins.split(times).into_iter().map(source).collect())
}

/// Weekends of more than this are no weekends; they would go around the largest rate of a source.
const MOST_WEEKEND: f64 = 100.0;

fn shape(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<Shape> {
    let mut share = |field: &str, given, default, most| {
        let path = format!("{path}.{field}");
        let share = check.quantity(&path, given, Unit::Share, Some(default))?;
        check.number(&path, Some(share), 0.0, 0.0, most)
    };
    let amplitude = share("amplitude", spec.amplitude.as_ref(), 0.5, 1.0);
    let weekend = share("weekend", spec.weekend.as_ref(), 1.0, MOST_WEEKEND);
    let peak = check.number(&format!("{path}.peak_hour"), spec.peak_hour, 15.0, 0.0, 24.0);
    let (amplitude, weekend, peak) = (amplitude?, weekend?, peak?);
    let shape = Shape::flat().cosine(amplitude, peak).and_then(|shape| shape.weekend(weekend));
    shape.map_err(|error| check.issue(path, error.to_string(), "")).ok()
}

impl LocalTime {
    fn clock(&self, known: &Known) -> LocalClock {
        match self {
            Self::Offset(hours) => LocalClock::new(known.epoch, f64::from(*hours)),
            Self::Zone(name) => {
                let zone = time_zone(name).expect("invariant: the time zone was looked up");
                LocalClock::in_zone(known.epoch, &zone, known.world.settings.horizon.end())
            }
        }
    }
}

/// The local time of an origin: as given, or its site's time zone, or a fifteenth of its site's longitude.
fn local_time(check: &mut Check, path: &str, spec: &SourceSpec, origin: DeviceId, known: &Known) -> Option<LocalTime> {
    let path = format!("{path}.local_time");
    let Some(text) = spec.local_time.as_deref() else { return Some(LocalTime::Offset(0)) };
    if text != "site" {
        let hours = text.parse().ok().filter(|hours| (-14..=14).contains(hours)).map(LocalTime::Offset);
        let read = hours.or_else(|| time_zone(text).map(|_| LocalTime::Zone(text.to_owned())));
        if read.is_none() {
            let hint = format!("`site`, {ZONES}, or whole hours ahead of UTC such as \"-5\"");
            check.issue(&path, format!("`{text}` is no local time"), hint);
        }
        return read;
    }
    let site = &known.sites[known.world.devices[origin].site.index()];
    match (&site.timezone, site.longitude) {
        // An unknown one is a problem of the site.
        (Some(zone), _) => time_zone(zone).map(|_| LocalTime::Zone(zone.clone())),
        (None, Some(longitude)) => Some(LocalTime::Offset((longitude / 15.0).round() as i32)),
        (None, None) => {
            let name = site.name.as_deref().unwrap_or_default();
            let hint = "give its timezone or its coordinates, or local_time as a number of hours";
            check.issue(&path, format!("site `{name}` has no timezone and no longitude"), hint);
            None
        }
    }
}
