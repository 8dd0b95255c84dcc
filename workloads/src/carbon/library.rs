//! Carbon signals inside the program: synthetic years of real zones, and one real year.
//!
//! A synthetic year is not a measurement. It is what a small model of a power system makes of published facts: yearly
//! generation by source, flows over borders, wind capacity, latitude and longitude, kinds of demand and climate. No
//! measured intensity is an input. It is the same for every seed of every scenario. All synthetic zones carry the same
//! labels, so that a scenario may mix them.

mod demand;
mod dispatch;
mod draws;
mod facts;
mod source;
mod stack;
mod sun;
mod water;
mod wind;

pub use source::Source;

use std::sync::LazyLock;

use jiff::Timestamp;
use sim_core::kernel::sum::Sum;
use sim_core::units::{Intensity, SimDuration};
use sim_core::world::signal::{Basis, EndPolicy, Gas, Labels, Provenance, Scope, Signal};

use super::city_learn::CityLearn;
use facts::Facts;

/// The year that the library's signals cover; 1 January 2022 was a Saturday.
pub const LIBRARY_YEAR: i16 = 2022;

/// Labels of the synthetic zones: imports are counted, with life-cycle factors.
pub const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };

/// Labels of the real year; its documentation says CO₂ emission rate, direct production is assumed.
const CITY_LEARN_LABELS: Labels = Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 };

const CITY_LEARN: &str = include_str!("../../data/citylearn-2022-phase-1.csv");

const CITY_LEARN_SOURCE: &str = "CityLearn 2.1.2 (MIT), citylearn_challenge_2022_phase_1/carbon_intensity.csv; \
    its year runs from 1 August to 31 July local time, here its first row is put at 1 January 00:00 UTC";

/// A zone of the library.
#[derive(Clone, Copy, Debug)]
pub struct ZoneEntry {
    /// Its name, that of Electricity Maps where it has one.
    pub name: &'static str,
    /// What area it is.
    pub description: &'static str,
    /// Latitude of its main city [degrees].
    pub latitude: f64,
    /// Longitude of its main city [degrees].
    pub longitude: f64,
    /// Standard time there, ahead of UTC [h]; zero for the real year, whose local midnight is put at 00:00 UTC.
    pub utc_offset_h: f64,
    /// What its year is made of; none for the real one.
    facts: Option<&'static Facts>,
}

/// All zones: the synthetic ones in the order of their table, then the real one.
static ZONES: LazyLock<Vec<ZoneEntry>> = LazyLock::new(|| facts::ALL.iter().map(synthetic).chain([REAL]).collect());

const REAL: ZoneEntry = ZoneEntry {
    name: "citylearn-2022",
    description: "Real hourly year without dates: CityLearn challenge 2022 (Fontana, California)",
    latitude: 34.09,
    longitude: -117.44,
    utc_offset_h: 0.0,
    facts: None,
};

fn synthetic(facts: &'static Facts) -> ZoneEntry {
    let facts::Place { latitude, longitude, utc_offset_h } = facts.place;
    ZoneEntry { name: facts.name, description: facts.area, latitude, longitude, utc_offset_h, facts: Some(facts) }
}

impl ZoneEntry {
    /// What outputs say of the signal: `synthetic`, or `real, start assumed`.
    #[must_use]
    pub fn provenance_label(&self) -> &'static str {
        if self.facts.is_some() { "synthetic" } else { "real, start assumed" }
    }

    /// What the signal's numbers count.
    #[must_use]
    pub fn labels(&self) -> Labels {
        if self.facts.is_some() { LABELS } else { CITY_LEARN_LABELS }
    }

    /// Its hourly year, 8,760 values from instant 0 = 1 January 00:00 UTC.
    #[must_use]
    pub fn signal(&self) -> Signal {
        let Some(facts) = self.facts else { return city_learn(self.name) };
        let values = dispatch::year(facts).intensity();
        let text =
            format!("{}: dispatch of published yearly generation by source; {}", self.name, facts.sources.join("; "));
        let hour = SimDuration::from_hours(1);
        let made = Signal::regular(0, hour, values, EndPolicy::Error, LABELS, Provenance::Synthetic(text));
        made.expect("invariant: a synthetic year is a signal")
    }

    /// Mean of its year, which is made for that.
    #[must_use]
    pub fn mean(&self) -> Intensity {
        let signal = self.signal();
        Intensity(signal.values().iter().copied().collect::<Sum>().value() / signal.len() as f64)
    }

    /// What it generates in a year [TWh], by source; those that it has. Nothing is known of the real year.
    #[must_use]
    pub fn generation(&self) -> Vec<(Source, f64)> {
        let of = |facts: &'static Facts| source::SOURCES.map(|source| (source, facts.generation.of(source)));
        self.facts.map(of).into_iter().flatten().filter(|(_, energy)| *energy > 0.0).collect()
    }

    /// What comes from each neighbour in a year [TWh]; nothing where flows are small or not known.
    #[must_use]
    pub fn imports(&self) -> &'static [(&'static str, f64)] {
        self.facts.map_or(&[], |facts| &facts.imports)
    }

    /// Citations of its facts.
    #[must_use]
    pub fn sources(&self) -> &'static [&'static str] {
        self.facts.map_or(&[CITY_LEARN_SOURCE], |facts| &facts.sources)
    }
}

/// All zones in the order of the table.
pub fn zones() -> impl ExactSizeIterator<Item = &'static ZoneEntry> {
    ZONES.iter()
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
    zones().find(|zone| zone.name == name).map(ZoneEntry::signal)
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
    use sim_core::units::SimTime;

    #[test]
    fn every_zone_has_a_positive_year_of_hours_and_citations() {
        let factors = source::SOURCES.map(|source| source.factor().0);
        for zone in zones() {
            let signal = zone.signal();
            assert_eq!((signal.len(), signal.span().0), (8760, 0), "{}", zone.name);
            assert_eq!(signal.labels, zone.labels());
            assert!(signal.values().iter().all(|&value| value > 0.0), "{}", zone.name);
            assert!(!zone.sources().is_empty() && zone.sources().iter().all(|text| text.len() > 20), "{}", zone.name);
            if zone.facts.is_some() {
                assert!(signal.values().iter().all(|&value| value < factors.iter().fold(0.0, |high, &x| x.max(high))));
                assert!(matches!(signal.provenance, Provenance::Synthetic(_)));
            }
        }
        assert!(signal("nowhere").is_none());
    }

    #[test]
    fn thirty_zones_or_more_with_names_of_their_own_lie_on_five_continents() {
        let mut names: Vec<_> = zones().map(|zone| zone.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        let synthetic: Vec<_> = zones().filter(|zone| zone.facts.is_some()).collect();
        assert!(synthetic.len() >= 30);
        // Boxes well inside each continent: south, west, north, east [degrees].
        let continents = [
            ("Europe", [36.0, -10.0, 70.0, 26.0]),
            ("Africa", [-35.0, -17.0, 32.0, 40.0]),
            ("Asia", [0.0, 45.0, 50.0, 145.0]),
            ("North America", [9.5, -125.0, 60.0, -65.0]),
            ("South America", [-40.0, -80.0, 5.0, -40.0]),
            ("Oceania", [-45.0, 115.0, -10.0, 180.0]),
        ];
        for (continent, [south, west, north, east]) in continents {
            let inside =
                |zone: &&&ZoneEntry| (south..north).contains(&zone.latitude) && (west..east).contains(&zone.longitude);
            assert!(synthetic.iter().filter(inside).count() >= 1, "{continent}");
        }
    }

    #[test]
    fn much_solar_and_little_hydropower_lower_noon_under_the_evening() {
        // Reservoirs serve evenings too: they can make up for the sun.
        let share = |zone: &Facts, source| zone.generation.of(source) / zone.generation.total();
        let sunny = |zone: &&Facts| share(zone, Source::Solar) > 0.1 && share(zone, Source::Hydro) < 0.1;
        assert!(facts::ALL.iter().filter(sunny).count() >= 5);
        for zone in facts::ALL.iter().filter(sunny) {
            let values = signal(zone.name).unwrap();
            let mean_at = |local_h: f64| {
                let first = (local_h - zone.place.utc_offset_h).rem_euclid(24.0) as usize;
                values.values().iter().skip(first).step_by(24).sum::<f64>() / 365.0
            };
            assert!(mean_at(12.0) < 0.9 * mean_at(20.0), "{} {} {}", zone.name, mean_at(12.0), mean_at(20.0));
        }
    }

    #[test]
    fn a_year_is_the_same_again_and_depends_on_the_zone_s_facts_and_name_alone() {
        let poland = facts::ALL.iter().find(|facts| facts.name == "PL").unwrap();
        let alone = dispatch::year(&poland.clone()).intensity();
        assert_eq!(alone, signal("PL").unwrap().values());
        let renamed = dispatch::year(&Facts { name: "elsewhere", ..poland.clone() }).intensity();
        assert!(alone.iter().zip(&renamed).filter(|(one, other)| one == other).count() < 10);
    }

    #[test]
    fn the_real_year_is_in_grams_and_starts_at_the_epoch() {
        let signal = signal("citylearn-2022").unwrap();
        // First row of the file: 0.17072441264038085 kg/kWh.
        assert!((signal.at(SimTime::ZERO).0 - 170.724_412_640_380_85).abs() < 1e-9);
        assert!(matches!(&signal.provenance, Provenance::StartAssumed(text) if text.contains("start assumed")));
    }
}
