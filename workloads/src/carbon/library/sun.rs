//! Solar power by hour: the sun's place in the sky, how panels face it, and clouds that last.

use super::draws::{Clock, HOURS, Process, anomalies};
use super::facts::Place;

/// How cloudy a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sky {
    /// Fronts all year, grey winters.
    Maritime,
    /// Fronts and summer storms, grey winters.
    Continental,
    /// Mostly clear, some clouds in winter.
    Mediterranean,
    /// Almost always clear.
    Arid,
    /// Storms all year.
    Tropical,
}

/// How panels face the sun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mount {
    /// Fixed, towards the equator.
    Tilted,
    /// Turning about a north–south axis: most of large plants in the Americas, Australia and Iberia (Bolinger et al.,
    /// Utility-Scale Solar 2023, LBNL).
    Tracking,
}

/// Output lags clouds over a whole zone, which pass in about a day.
const CLOUD_MEMORY_H: f64 = 20.0;
/// Mid-June, when northern skies are clearest [d].
const MIDSUMMER: f64 = 172.0;
/// Panels on roofs and fields are flatter than the latitude and seldom steeper than this [degrees].
const STEEPEST: f64 = 30.0;
/// Diffuse light as a share of the beam, of a clear sky.
const DIFFUSE: f64 = 0.1;

impl Sky {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "maritime" => Self::Maritime,
            "continental" => Self::Continental,
            "mediterranean" => Self::Mediterranean,
            "arid" => Self::Arid,
            "tropical" => Self::Tropical,
            _ => return None,
        })
    }

    /// Deviation of a zone's clearness about its mean, and how much clearer than the mean midsummer is: orders of
    /// magnitude of the clear-sky index averaged over hundreds of kilometres, and of its monthly means in PVGIS.
    fn clearness(self) -> (f64, f64) {
        match self {
            Self::Maritime => (0.30, 0.25),
            Self::Continental => (0.25, 0.20),
            Self::Mediterranean => (0.15, 0.12),
            Self::Arid => (0.08, 0.05),
            Self::Tropical => (0.18, 0.00),
        }
    }
}

impl Mount {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "tilted" => Self::Tilted,
            "tracking" => Self::Tracking,
            _ => return None,
        })
    }
}

/// Solar power by hour, in proportion.
pub(super) fn year(zone: &str, place: Place, sky: Sky, mount: Mount) -> Vec<f64> {
    let (deviation, summer) = sky.clearness();
    let clouds = anomalies(zone, Process::Cloud, CLOUD_MEMORY_H);
    let hour = |(index, anomaly): (usize, f64)| {
        let season = Clock::at(index, place.utc_offset_h).season(MIDSUMMER, place.latitude);
        let clearness = (1.0 + summer * season + deviation * anomaly).clamp(0.1, 1.5);
        clearness * clear(index, place, mount)
    };
    (0..HOURS).zip(clouds).map(hour).collect()
}

/// Light on a panel under a clear sky [W/m²].
///
/// Declination after Cooper (1969), the beam after Meinel and Meinel (1976), incidence after Duffie and Beckman (2013)
/// eq. 1.6.2, 1.7.2 and 1.7.5; the equation of time is left out, at most a quarter of an hour.
fn clear(index: usize, place: Place, mount: Mount) -> f64 {
    let day = index as f64 / 24.0;
    let declination = 23.45f64.to_radians() * (std::f64::consts::TAU * (285.0 + day) / 365.0).sin();
    let utc_h = index as f64 + 0.5;
    let hour_angle = (15.0 * (utc_h - 12.0) + place.longitude).to_radians();
    let height =
        |latitude: f64| latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
    let latitude = place.latitude.to_radians();
    let sine = height(latitude);
    if sine <= 0.0 {
        return 0.0;
    }
    let air_mass = (1.0 / sine).min(38.0);
    let beam = 1353.0 * 0.7f64.powf(air_mass.powf(0.678));
    let incidence = match mount {
        Mount::Tilted => {
            let tilt = (0.8 * place.latitude).clamp(-STEEPEST, STEEPEST).to_radians();
            height(latitude - tilt).max(0.0)
        }
        Mount::Tracking => (sine * sine + (declination.cos() * hour_angle.sin()).powi(2)).sqrt(),
    };
    beam * (incidence + DIFFUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUITO: Place = Place { latitude: 0.0, longitude: 0.0, utc_offset_h: 0.0 };

    #[test]
    fn at_the_equator_the_equinox_has_twelve_hours_of_day_and_the_sun_overhead_at_noon() {
        let day = 79 * 24;
        let lit = (0..24).filter(|hour| clear(day + hour, QUITO, Mount::Tilted) > 0.0).count();
        assert_eq!(lit, 12);
        let noon = clear(day + 12, QUITO, Mount::Tilted);
        assert!((noon / (1353.0 * 0.7 * 1.1) - 1.0).abs() < 0.02, "{noon}");
    }

    #[test]
    fn the_polar_night_is_dark_and_trackers_are_better_in_the_morning() {
        let north = Place { latitude: 75.0, ..QUITO };
        assert!((350 * 24..351 * 24).all(|hour| clear(hour, north, Mount::Tilted) == 0.0));
        let morning = 79 * 24 + 7;
        assert!(clear(morning, QUITO, Mount::Tracking) > 1.5 * clear(morning, QUITO, Mount::Tilted));
    }
}
