//! Wind power by hour: speeds that last for days, seasons and nights of a climate, and a fleet's power curve.

use std::sync::LazyLock;

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
/// Shape of the Weibull distribution of the speed over a zone. At a mast it is 2, a coefficient of variation of 0.52
/// (Burton et al., Wind Energy Handbook). Winds are correlated by e^(−d/723 km) (Giebel 2000), 0.6 for the mean
/// distance in a zone of 700 km: the mean over it varies by 0.52·√0.6 = 0.40, which is a shape of 2.7.
const WEIBULL: f64 = 2.7;
/// Correlation of the wind of neighbours, 500 km away: e^(−500/723).
const SHARED: f64 = 0.5;
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

/// Share of a fleet's capacity in use at a mean speed [m/s]: a turbine's curve is a logistic one with half its power near
/// 8.5 m/s and a slope of 1.6 m/s (Staffell and Green 2014). The rest of the variance of speed, 0.52·√0.4 of 8 m/s = 2.6
/// m/s, lies between places and widens it: √(1.6² + 3·2.6²/π²) = 2.15.
fn fleet(speed: f64) -> f64 {
    let logistic = |speed: f64| 1.0 / (1.0 + (-(speed - 8.5) / 2.15).exp());
    (logistic(speed) - logistic(0.0)) / (1.0 - logistic(0.0))
}

/// Wind power by hour, in proportion; `capacity_gw` [GW] and `energy_twh` [TWh] say how full the fleet is.
pub(super) fn year(
    zone: &str, place: Place, climate: WindClimate, energy_twh: f64, capacity_gw: Option<f64>,
) -> Vec<f64> {
    let (season, peak_day, day, peak_h) = climate.habits();
    let hour = |(index, anomaly): (usize, f64)| {
        let clock = Clock::at(index, place.utc_offset_h);
        let of_day = 1.0 + day * (std::f64::consts::TAU * (clock.hour - peak_h) / 24.0).cos();
        speed(anomaly) * of_day * (1.0 + season * clock.season(peak_day, place.latitude))
    };
    let speeds: Vec<f64> = (0..HOURS).zip(anomalies(zone, Process::Wind, MEMORY_H)).map(hour).collect();
    let factor = capacity_gw.map_or(USUAL_FACTOR, |capacity| energy_twh * 1000.0 / HOURS as f64 / capacity);
    // Every seventh hour is enough for the mean, and comes by every hour of the day.
    let mean = mean_speed(&speeds.iter().step_by(7).copied().collect::<Vec<_>>(), factor);
    speeds.iter().map(|speed| fleet(mean * speed)).collect()
}

/// Wind power of a zone's neighbour by hour, relative to its mean; `here` is the zone's own wind, as anomalies.
pub(super) fn abroad(zone: &str, neighbour: &str, here: &[f64]) -> Vec<f64> {
    let own = anomalies(&format!("{zone} {neighbour}"), Process::Wind, MEMORY_H);
    let fresh = (1.0 - SHARED * SHARED).sqrt();
    let anomaly = |(here, own): (&f64, f64)| speed(SHARED * here + fresh * own);
    let mut power: Vec<f64> = here.iter().zip(own).map(|pair| fleet(*USUAL_SPEED * anomaly(pair))).collect();
    scale_to(&mut power, HOURS as f64);
    power
}

/// Mean speed, in the proportion of [`speed`], at which a fleet has the usual capacity factor.
static USUAL_SPEED: LazyLock<f64> = LazyLock::new(|| {
    // The middles of a thousand equal parts of the exponential distribution stand for the year.
    let speeds = (0..1000).map(|part| (-(1.0 - (f64::from(part) + 0.5) / 1000.0).ln()).powf(1.0 / WEIBULL));
    mean_speed(&speeds.collect::<Vec<_>>(), USUAL_FACTOR)
});

/// The speed of the Weibull distribution that a normal draw stands for, in proportion.
fn speed(normal: f64) -> f64 {
    // −ln(1 − Φ(x)) ≈ ln(1 + e^1.702x), to 0.01 in Φ (Camilli 1994): a normal draw becomes an exponential one.
    (1.702 * normal).exp().ln_1p().powf(1.0 / WEIBULL)
}

/// What speeds in proportion are to be multiplied with for a capacity factor of `factor` [m/s].
fn mean_speed(speeds: &[f64], factor: f64) -> f64 {
    level(1.0, 40.0, factor, |mean| speeds.iter().map(|speed| fleet(mean * speed)).sum::<f64>() / speeds.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_is_still_in_a_calm_and_full_in_a_storm() {
        assert!(fleet(0.0).abs() < 1e-12 && fleet(25.0) > 0.999);
        assert!((fleet(8.5) - 0.5).abs() < 0.02);
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
