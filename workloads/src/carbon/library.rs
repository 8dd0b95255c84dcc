//! Carbon signals inside the program: synthetic years of real zones, and one real year.
//!
//! A synthetic year is not a measurement. Its mean is a published one; its shape (day, sun, season, weekend, noise)
//! repeats statistics of a real year, or is borrowed from another zone where that is said. It is the same for every
//! seed of every scenario. All synthetic zones carry the same labels, so that a scenario may mix them.

mod synthesis;
mod zones;

use jiff::Timestamp;
use sim_core::units::{Intensity, SimDuration};
use sim_core::world::signal::{Basis, EndPolicy, Gas, Labels, Provenance, Scope, Signal};

use super::city_learn::CityLearn;
use synthesis::Shape;

/// The year that the library's signals cover; 1 January 2022 was a Saturday.
pub const LIBRARY_YEAR: i16 = 2022;

/// Labels of the synthetic zones, those of their source.
pub const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };

/// Labels of the real year; its documentation says CO₂ emission rate, direct production is assumed.
const CITY_LEARN_LABELS: Labels = Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 };

const CITY_LEARN: &str = include_str!("../../data/citylearn-2022-phase-1.csv");

/// A zone of the library.
#[derive(Clone, Copy, Debug)]
pub struct ZoneEntry {
    /// Its name, that of Electricity Maps where it has one.
    pub name: &'static str,
    /// What area it is.
    pub description: &'static str,
    /// Mean of the year.
    pub mean: Intensity,
    /// Latitude of its main city [degrees].
    pub latitude: f64,
    /// Longitude of its main city [degrees].
    pub longitude: f64,
    /// Standard time there, ahead of UTC [h]; zero for the real year, whose local midnight is put at 00:00 UTC.
    pub utc_offset_h: f64,
    /// Where the mean comes from.
    pub source: &'static str,
    /// Where the shape comes from.
    pub shape_source: &'static str,
    /// How its year is made; none for the real one.
    shape: Option<Shape>,
}

impl ZoneEntry {
    /// What outputs say of the signal: `synthetic`, or `real, start assumed`.
    #[must_use]
    pub fn provenance_label(&self) -> &'static str {
        if self.shape.is_some() { "synthetic" } else { "real, start assumed" }
    }

    /// What the signal's numbers count.
    #[must_use]
    pub fn labels(&self) -> Labels {
        if self.shape.is_some() { LABELS } else { CITY_LEARN_LABELS }
    }
}

/// All zones in the order of the table.
pub fn zones() -> impl ExactSizeIterator<Item = &'static ZoneEntry> {
    zones::ZONES.iter()
}

/// The first instant of the library's year: 1 January, 00:00 UTC.
#[must_use]
pub fn year_start() -> Timestamp {
    let start = jiff::civil::date(LIBRARY_YEAR, 1, 1).at(0, 0, 0, 0);
    jiff::tz::Offset::UTC.to_timestamp(start).expect("invariant: the library's year is on the calendar")
}

/// The hourly year of a zone, 8,760 values from instant 0 = 1 January 00:00 UTC; none if the name is unknown.
///
/// `Signal::shifted` moves it to another epoch, `Signal::ending` says how it goes on after its year.
#[must_use]
pub fn signal(name: &str) -> Option<Signal> {
    let index = zones::ZONES.iter().position(|zone| zone.name == name)?;
    let zone = &zones::ZONES[index];
    let Some(shape) = &zone.shape else { return Some(city_learn(zone.name)) };
    let values = synthesis::year(shape, zone.mean, zone.utc_offset_h, index);
    let text = format!("{}: mean from {}; {}", zone.name, zone.source, zone.shape_source);
    let hour = SimDuration::from_hours(1);
    let made = Signal::regular(0, hour, values, EndPolicy::Error, LABELS, Provenance::Synthetic(text));
    Some(made.expect("invariant: a synthetic year is a signal"))
}

/// The real year, put at the library's start.
fn city_learn(name: &str) -> Signal {
    let (start, step) = (year_start(), SimDuration::from_hours(1));
    let format = CityLearn { start, step, zone: name.to_owned(), labels: CITY_LEARN_LABELS };
    let series = format.read(CITY_LEARN.as_bytes(), "CityLearn 2.1.2, challenge 2022, phase 1");
    let signal = series.expect("invariant: the embedded year is whole").into_signal(start, EndPolicy::Error);
    signal.expect("invariant: the year starts at its own epoch")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::kernel::sum::Sum;
    use sim_core::units::SimTime;

    #[test]
    fn every_zone_has_a_year_of_hours_with_its_documented_mean() {
        assert!(zones().len() >= 13);
        for zone in zones() {
            let signal = signal(zone.name).unwrap();
            assert_eq!((signal.len(), signal.span().0), (8760, 0), "{}", zone.name);
            let mean = signal.values().iter().copied().collect::<Sum>().value() / 8760.0;
            assert!((mean - zone.mean.0).abs() < 1e-9, "{} {mean} {:?}", zone.name, zone.mean);
            assert!(signal.values().iter().all(|&value| value > 0.0), "{}", zone.name);
            assert_eq!(signal.labels, zone.labels());
            assert!(!zone.source.is_empty() && !zone.shape_source.is_empty(), "{}", zone.name);
        }
        assert!(signal("nowhere").is_none());
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = zones().map(|zone| zone.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn the_sun_lowers_california_at_noon_of_its_own_clock() {
        let signal = signal("US-CAL-CISO").unwrap();
        // 13:00 in California is 21:00 UTC, 20:00 is 04:00 UTC of the next day.
        let mean_at = |hour: usize| (0..364).map(|day| signal.values()[day * 24 + hour]).sum::<f64>() / 364.0;
        assert!(mean_at(21) < 0.75 * mean_at(4 + 24), "{} {}", mean_at(21), mean_at(28));
    }

    #[test]
    fn noise_of_one_zone_is_not_that_of_another() {
        // ZA borrows the shape of PL: without its own noise it would be the same year, scaled.
        let (za, pl) = (signal("ZA").unwrap(), signal("PL").unwrap());
        let ratio = |hour: usize| za.values()[hour] / pl.values()[hour];
        assert!((ratio(100) / ratio(5000) - 1.0).abs() > 1e-3);
    }

    #[test]
    fn the_real_year_is_in_grams_and_starts_at_the_epoch() {
        let signal = signal("citylearn-2022").unwrap();
        // First row of the file: 0.17072441264038085 kg/kWh.
        assert!((signal.at(SimTime::ZERO).0 - 170.724_412_640_380_85).abs() < 1e-9);
        assert!(matches!(&signal.provenance, Provenance::StartAssumed(text) if text.contains("start assumed")));
    }
}
