//! Wind power by hour: speeds that last for days, seasons and nights of a climate, and a fleet's power curve.

use super::draws::{Clock, HOURS, Process, anomalies, level, scale_to};
use super::facts::Place;

/// When the wind blows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindClimate {
    /// Storms of winter.
    Westerlies,
    /// Spring, and nights with low-level jets.
    Plains,
    /// Summer evenings, when land is hotter than the sea.
    Thermal,
    /// Steady, a little more in the afternoon.
    Trade,
    /// The summer monsoon.
    Monsoon,
}

/// The time in which the wind over a zone is forgotten: a day and a half, the passage of a front.
pub(super) const MEMORY_H: f64 = 36.0;
/// Shape of the Weibull distribution of speed: 2 at a mast (Burton et al., Wind Energy Handbook), steadier as a mean
/// over hundreds of kilometres whose winds are correlated by 0.7.
const WEIBULL: f64 = 2.4;
/// Capacity factor of a fleet whose capacity is not known: about that of the world's (IRENA 2023).
const USUAL_FACTOR: f64 = 0.30;

impl WindClimate {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "westerlies" => Self::Westerlies,
            "plains" => Self::Plains,
            "thermal" => Self::Thermal,
            "trade" => Self::Trade,
            "monsoon" => Self::Monsoon,
            _ => return None,
        })
    }

    /// Amplitude and peak of the season of speed [d], amplitude and peak of its day [h]: after EIA, Wind generation
    /// seasonal patterns vary across the United States (Today in Energy, 25 February 2015), and for Europe Staffell and
    /// Pfenninger (2016).
    fn habits(self) -> (f64, f64, f64, f64) {
        match self {
            Self::Westerlies => (0.12, 15.0, 0.02, 15.0),
            Self::Plains => (0.10, 80.0, 0.08, 1.0),
            Self::Thermal => (0.20, 160.0, 0.15, 20.0),
            Self::Trade => (0.05, 190.0, 0.05, 15.0),
            Self::Monsoon => (0.25, 195.0, 0.05, 15.0),
        }
    }
}

/// Share of a fleet's capacity in use at a speed [m/s]: single turbines reach half their power near 8.5 m/s, and a
/// fleet's curve is smoother (Staffell and Green 2014).
fn fleet(speed: f64) -> f64 {
    let logistic = |speed: f64| 1.0 / (1.0 + (-(speed - 8.5) / 1.6).exp());
    (logistic(speed) - logistic(0.0)) / (1.0 - logistic(0.0))
}

/// Wind power by hour, in proportion; `capacity_gw` [GW] and `energy_twh` [TWh] say how full the fleet is.
pub(super) fn year(
    zone: &str, place: Place, climate: WindClimate, energy_twh: f64, capacity_gw: Option<f64>,
) -> Vec<f64> {
    let (season, peak_day, day, peak_h) = climate.habits();
    let hour = |(index, speed): (usize, f64)| {
        let clock = Clock::at(index, place.utc_offset_h);
        let of_day = 1.0 + day * (std::f64::consts::TAU * (clock.hour - peak_h) / 24.0).cos();
        speed * of_day * (1.0 + season * clock.season(peak_day, place.latitude))
    };
    let speeds: Vec<f64> = (0..HOURS).zip(speeds(zone, Process::Wind)).map(hour).collect();
    let factor = capacity_gw.map_or(USUAL_FACTOR, |capacity| energy_twh * 1000.0 / HOURS as f64 / capacity);
    power(&speeds, factor)
}

/// Wind power of the neighbours by hour, with mean 1.
pub(super) fn abroad(zone: &str) -> Vec<f64> {
    let mut power = power(&speeds(zone, Process::WindAbroad).collect::<Vec<_>>(), USUAL_FACTOR);
    scale_to(&mut power, HOURS as f64);
    power
}

/// Speeds of the Weibull distribution, in proportion.
fn speeds(zone: &str, process: Process) -> impl Iterator<Item = f64> + use<> {
    // −ln(1 − Φ(x)) ≈ ln(1 + e^1.702x), to 0.01 in Φ (Camilli 1994): a normal draw becomes an exponential one.
    anomalies(zone, process, MEMORY_H).map(|normal| (1.702 * normal).exp().ln_1p().powf(1.0 / WEIBULL))
}

/// What a fleet makes of speeds in proportion, if its mean is to be `factor`.
fn power(speeds: &[f64], factor: f64) -> Vec<f64> {
    // Every eighth hour is enough to find the mean speed.
    let coarse = || speeds.iter().step_by(7);
    let count = coarse().count() as f64;
    let mean = level(1.0, 40.0, factor, |mean| coarse().map(|speed| fleet(mean * speed)).sum::<f64>() / count);
    speeds.iter().map(|speed| fleet(mean * speed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_is_still_in_a_calm_and_full_in_a_storm() {
        assert!(fleet(0.0).abs() < 1e-12 && fleet(25.0) > 0.999);
        assert!((fleet(8.5) - 0.5).abs() < 0.01);
    }

    #[test]
    fn a_fleet_has_its_capacity_factor_and_a_fuller_one_is_steadier() {
        let place = Place { latitude: 50.0, longitude: 0.0, utc_offset_h: 0.0 };
        let moments = |gigawatts: f64| {
            let year = year("here", place, WindClimate::Westerlies, 8.76, Some(gigawatts));
            let mean = year.iter().sum::<f64>() / HOURS as f64;
            let variance = year.iter().map(|power| (power - mean).powi(2)).sum::<f64>() / HOURS as f64;
            (mean, variance.sqrt() / mean)
        };
        let (poor, rich) = (moments(5.0), moments(2.5));
        assert!((poor.0 - 0.2).abs() < 0.01 && (rich.0 - 0.4).abs() < 0.01, "{poor:?} {rich:?}");
        assert!(rich.1 < poor.1);
    }
}
