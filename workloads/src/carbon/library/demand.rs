//! Demand by hour: season, day, week and weather of a few classes of zones.

use super::draws::{Clock, HOURS, Process, anomalies};
use super::facts::Place;

/// What drives a zone's demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// Electric heating: much more in winter.
    Heating,
    /// Winters with lighting and some heating, hardly any cooling.
    Cool,
    /// A little more in summer and in winter than between.
    Mild,
    /// Air conditioning in summer and heating in winter.
    Mixed,
    /// Air conditioning: much more in summer.
    Hot,
    /// The same all year.
    Tropical,
}

/// Shape of a class, relative to its mean.
struct Shape {
    /// Amplitude of the yearly cosine that peaks in mid-January.
    yearly: f64,
    /// Amplitude of the half-yearly cosine that peaks in mid-January and mid-July.
    half_yearly: f64,
    day: &'static [f64; 24],
    saturday: f64,
    sunday: f64,
}

// Typical days in local time, rounded, after the hourly loads that ENTSO-E (Europe) and EIA-930 (United States)
// publish. The evening day is that of homes without industry.
const PLATEAU: [f64; 24] = [
    0.82, 0.78, 0.76, 0.75, 0.76, 0.80, 0.90, 1.01, 1.08, 1.10, 1.11, 1.12, 1.12, 1.10, 1.08, 1.06, 1.06, 1.10, 1.13,
    1.13, 1.10, 1.05, 0.98, 0.90,
];
const WIDE: [f64; 24] = [
    0.88, 0.85, 0.83, 0.82, 0.83, 0.87, 0.94, 1.00, 1.02, 1.03, 1.05, 1.06, 1.06, 1.06, 1.06, 1.07, 1.09, 1.12, 1.12,
    1.11, 1.08, 1.04, 0.98, 0.93,
];
const AFTERNOON: [f64; 24] = [
    0.88, 0.83, 0.80, 0.78, 0.77, 0.78, 0.82, 0.87, 0.92, 0.97, 1.02, 1.07, 1.11, 1.14, 1.17, 1.20, 1.22, 1.23, 1.20,
    1.16, 1.12, 1.08, 1.01, 0.94,
];
const EVENING: [f64; 24] = [
    0.90, 0.86, 0.83, 0.82, 0.82, 0.84, 0.89, 0.93, 0.98, 1.02, 1.04, 1.05, 1.05, 1.06, 1.06, 1.06, 1.06, 1.08, 1.16,
    1.20, 1.18, 1.12, 1.04, 0.96,
];

/// Coldest day of the north [d].
const MID_JANUARY: f64 = 15.0;
/// Standard deviation of demand by weather, and the time in which weather is forgotten: about three days, the life of
/// a pressure system.
const WEATHER: (f64, f64) = (0.03, 72.0);

impl Demand {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "heating" => Self::Heating,
            "cool" => Self::Cool,
            "mild" => Self::Mild,
            "mixed" => Self::Mixed,
            "hot" => Self::Hot,
            "tropical" => Self::Tropical,
            _ => return None,
        })
    }

    /// Seasons follow monthly loads as published: January over July is about 1.5 in France and Norway (ENTSO-E), 1.2 in
    /// Germany; July over January about 1.3 in Texas, July over April 1.2 in PJM (EIA-930). Weekends likewise.
    fn shape(self) -> Shape {
        let (yearly, half_yearly, day, saturday, sunday) = match self {
            Self::Heating => (0.20, 0.02, &PLATEAU, 0.94, 0.91),
            Self::Cool => (0.09, 0.00, &PLATEAU, 0.90, 0.84),
            Self::Mild => (0.00, 0.05, &PLATEAU, 0.92, 0.87),
            Self::Mixed => (-0.03, 0.08, &WIDE, 0.95, 0.92),
            Self::Hot => (-0.17, 0.05, &AFTERNOON, 0.97, 0.95),
            Self::Tropical => (-0.02, 0.00, &EVENING, 0.97, 0.93),
        };
        Shape { yearly, half_yearly, day, saturday, sunday }
    }

    /// Demand of the season, relative to the year's mean.
    pub(super) fn season(self, clock: Clock, latitude: f64) -> f64 {
        let shape = self.shape();
        let year = clock.season(MID_JANUARY, latitude);
        1.0 + shape.yearly * year + shape.half_yearly * (2.0 * year * year - 1.0)
    }

    /// Demand by hour, in proportion.
    pub(super) fn year(self, zone: &str, place: Place) -> Vec<f64> {
        let shape = self.shape();
        let weather = anomalies(zone, Process::Demand, WEATHER.1);
        let hour = |(index, anomaly): (usize, f64)| {
            let clock = Clock::at(index, place.utc_offset_h);
            // 1 January 2022 was a Saturday.
            let week = match clock.day.floor().rem_euclid(7.0) as u8 {
                0 => shape.saturday,
                1 => shape.sunday,
                _ => 1.0,
            };
            let day = shape.day[(clock.hour as usize).min(23)];
            self.season(clock, place.latitude) * day * week * (1.0 + WEATHER.0 * anomaly)
        };
        (0..HOURS).zip(weather).map(hour).collect()
    }
}
