//! What a comparison replicates over: seeds, stratified days, weeks and years, or grids that zones exchange.

use analysis::comparison::Over;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned, civil, tz::TimeZone};
use rand::RngExt;
use serde_yaml::Value;
use sim_core::ids::{Table, ZoneId};
use sim_core::kernel::rng::{Purpose, Streams};
use sim_core::world::grid::Zone;

use crate::build::Experiment;
use crate::commands::Error;
use crate::load::Loaded;

type Set = Vec<(String, Value)>;

/// One period: the experiment in it, and what it is called.
pub(super) struct Period {
    pub label: String,
    pub experiment: Experiment,
}

/// `count` periods of an experiment that was built from `loaded` with `set`.
///
/// # Errors
/// If there are not so many, or the scenario does not hold in one of them.
pub(super) fn periods(
    loaded: &Loaded, set: &Set, base: &Experiment, over: Over, count: usize,
) -> Result<Vec<Period>, Error> {
    match over {
        Over::Seed => Ok(vec![Period { label: base.epoch.to_string(), experiment: base.clone() }]),
        Over::Grid => grids(base, count),
        Over::Day | Over::Week | Over::Year => {
            let starts = starts(base, over, count).map_err(Error::Input)?;
            starts.into_iter().map(|start| dated(loaded, set, base, over, start)).collect()
        }
    }
}

fn length_days(over: Over) -> i64 {
    match over {
        Over::Day => 1,
        Over::Week => 7,
        Over::Year => 365,
        Over::Seed | Over::Grid => 0,
    }
}

/// The scenario with a window of one period that starts at an instant; its lead-in comes before.
fn dated(loaded: &Loaded, set: &Set, base: &Experiment, over: Over, start: Timestamp) -> Result<Period, Error> {
    let lead_in = base.world.settings.horizon.lead_in;
    let epoch = start - SignedDuration::from_nanos_i128(i128::from(lead_in.0));
    let mut set = set.clone();
    set.push(("time.start".into(), epoch.to_string().into()));
    set.push(("time.window".into(), format!("{} d", length_days(over)).into()));
    let label = start.to_zoned(TimeZone::UTC).date().to_string();
    Ok(Period { label, experiment: loaded.experiment(&set)? })
}

/// Start instants in the scenario's year, one drawn in each of `count` equal parts of it; of years, one after the other.
fn starts(base: &Experiment, over: Over, count: usize) -> Result<Vec<Timestamp>, String> {
    let horizon = &base.world.settings.horizon;
    let first = base.epoch + SignedDuration::from_nanos_i128(i128::from(horizon.lead_in.0));
    let year = first.to_zoned(TimeZone::UTC).year();
    if over == Over::Year {
        let last = year.saturating_add(i16::try_from(count).unwrap_or(i16::MAX)).min(9_998);
        return (year..last).map(|year| midnight(civil::date(year, 1, 1))).collect();
    }
    let length = length_days(over);
    let slots = slots(year, length);
    if count > slots.len() {
        let (unit, most) = (if over == Over::Day { "days" } else { "weeks" }, slots.len());
        return Err(format!("--replications {count}: {year} has {most} whole {unit}"));
    }
    let streams = Streams::new(base.seed, 0);
    let drawn = (0..count).map(|k| {
        let (from, to) = (k * slots.len() / count, (k + 1) * slots.len() / count);
        slots[streams.keyed(Purpose::Period, k as u64, length as u64).random_range(from..to)]
    });
    drawn.map(midnight).collect()
}

/// Days of a year, or its Mondays with a whole week of the year behind them; the year's first day is left out, so that
/// a lead-in lies in the year too.
fn slots(year: i16, length: i64) -> Vec<civil::Date> {
    let (second, end) = (civil::date(year, 1, 2), civil::date(year, 12, 31));
    let fits = |day: &civil::Date| (end - *day).get_days() as i64 + 1 >= length;
    let starts = |day: &civil::Date| length == 1 || day.weekday() == civil::Weekday::Monday;
    second.series(1.day()).take_while(|day| *day <= end).filter(starts).filter(fits).collect()
}

fn midnight(day: civil::Date) -> Result<Timestamp, String> {
    let zoned: Result<Zoned, _> = day.to_zoned(TimeZone::UTC);
    zoned.map(|zoned| zoned.timestamp()).map_err(|error| error.to_string())
}

/// The experiment with the signals and forecasts of its zones moved on by 0, 1, 2 … zones.
fn grids(base: &Experiment, count: usize) -> Result<Vec<Period>, Error> {
    let zones = &base.world.grid.zones;
    if count > zones.len() {
        let message = format!("--replications {count}: {} zones can exchange their grids in {0} ways", zones.len());
        return Err(Error::Input(message));
    }
    let moved = |by: usize| {
        let mut experiment = base.clone();
        experiment.world.grid.zones = exchanged(zones, by);
        Period { label: format!("grids moved by {by}"), experiment }
    };
    Ok((0..count).map(moved).collect())
}

/// Each zone keeps its name and takes everything else from the one that stands `by` places behind it.
fn exchanged(zones: &Table<ZoneId, Zone>, by: usize) -> Table<ZoneId, Zone> {
    let from = zones.iter().cycle().skip(by);
    zones.iter().zip(from).map(|(zone, other)| Zone { name: zone.name.clone(), ..other.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_its_whole_weeks_and_days() {
        // 2022 began on a Saturday: Mondays from 3 January to 19 December leave whole weeks, 26 December does not.
        let weeks = slots(2022, 7);
        assert_eq!((weeks[0], weeks.len()), (civil::date(2022, 1, 3), 51));
        assert_eq!(weeks.last(), Some(&civil::date(2022, 12, 19)));
        assert_eq!(slots(2024, 1).len(), 365);
    }
}
