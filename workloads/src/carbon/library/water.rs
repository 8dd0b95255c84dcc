//! Hydropower by hour: rivers as they come, and reservoirs that keep water for the hours with most demand.

use super::draws::{Clock, HOURS, Process, anomalies, level, scale_to};
use super::facts::Place;

/// How much water can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HydroKind {
    /// Mostly rivers.
    Run,
    /// Rivers and reservoirs.
    Mixed,
    /// Mostly reservoirs, some of which last for a year.
    Reservoir,
}

/// When water comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inflow {
    /// When snow melts.
    Snow,
    /// With the rain of winter.
    Winter,
    /// With the rain of summer.
    Monsoon,
    /// All year.
    Even,
}

/// Rivers rise and fall within ten days, by about a sixth.
const RIVERS: (f64, f64) = (0.15, 240.0);
/// Least and most power of reservoirs, in terms of their mean: fish and flows need some, and turbines of the world run
/// 45 % of the time (IRENA, Renewable Power Generation Costs in 2022).
const RANGE: (f64, f64) = (0.15, 1.0 / 0.45);
const WEEK_H: usize = 168;
const WEEKS: usize = HOURS / WEEK_H;

impl HydroKind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "run" => Self::Run,
            "mixed" => Self::Mixed,
            "reservoir" => Self::Reservoir,
            _ => return None,
        })
    }

    /// Share of rivers in the year's energy, and how far reservoirs free the rest from the season of inflow.
    fn habits(self) -> (f64, f64) {
        match self {
            Self::Run => (0.65, 0.2),
            Self::Mixed => (0.45, 0.5),
            Self::Reservoir => (0.20, 0.9),
        }
    }
}

impl Inflow {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "snow" => Self::Snow,
            "winter" => Self::Winter,
            "monsoon" => Self::Monsoon,
            "even" => Self::Even,
            _ => return None,
        })
    }

    /// Inflow of the season, relative to the year's mean.
    fn season(self, clock: Clock, latitude: f64) -> f64 {
        let (amplitude, peak_day) = match self {
            Self::Snow => (0.45, 155.0),
            Self::Winter => (0.40, 30.0),
            Self::Monsoon => (0.40, 230.0),
            Self::Even => (0.0, 0.0),
        };
        1.0 + amplitude * clock.season(peak_day, latitude)
    }
}

/// Power of rivers by hour, whose mean is `mean` times their share.
pub(super) fn rivers(zone: &str, place: Place, kind: HydroKind, inflow: Inflow, mean: f64) -> Vec<f64> {
    let weather = anomalies(zone, Process::Rivers, RIVERS.1);
    let hour = |(index, anomaly): (usize, f64)| {
        inflow.season(Clock::at(index, place.utc_offset_h), place.latitude) * (1.0 + RIVERS.0 * anomaly).max(0.2)
    };
    let mut power: Vec<f64> = (0..HOURS).zip(weather).map(hour).collect();
    scale_to(&mut power, mean * kind.habits().0 * HOURS as f64);
    power
}

/// Power of reservoirs by hour, whose mean is `mean` times their share: each week's water goes to its hours with the
/// highest `net` demand.
///
/// A week gets what flows in, or, as far as water can be kept, what leaves the same to other plants in every week.
pub(super) fn reservoirs(net: &[f64], place: Place, kind: HydroKind, inflow: Inflow, mean: f64) -> Vec<f64> {
    let (rivers, kept) = kind.habits();
    let mean = mean * (1.0 - rivers);
    let others = net.iter().sum::<f64>() / HOURS as f64 - mean;
    let mut power = Vec::with_capacity(HOURS);
    for week in 0..WEEKS {
        // The year's last day belongs to its last week.
        let end = if week + 1 == WEEKS { HOURS } else { (week + 1) * WEEK_H };
        let hours = &net[week * WEEK_H..end];
        let middle = Clock::at(week * WEEK_H + WEEK_H / 2, place.utc_offset_h);
        let wanted = hours.iter().sum::<f64>() / hours.len() as f64 - others;
        let water = kept * wanted + (1.0 - kept) * mean * inflow.season(middle, place.latitude);
        shave(hours, water, mean, &mut power);
    }
    scale_to(&mut power, mean * HOURS as f64);
    power
}

/// Takes the top off `net`, so that the mean of what is taken is `water`, within the range of turbines.
fn shave(net: &[f64], water: f64, mean: f64, power: &mut Vec<f64>) {
    let (least, most) = (RANGE.0 * mean, RANGE.1 * mean);
    let (bottom, top) = net.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
    let taken = |cut: f64| net.iter().map(move |net| (net - cut).clamp(least, most));
    let cut = -level(-top, most - bottom, water * net.len() as f64, |negative| taken(-negative).sum());
    power.extend(taken(cut));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservoirs_serve_the_hours_with_most_demand_and_keep_their_energy() {
        let place = Place { latitude: 60.0, longitude: 0.0, utc_offset_h: 0.0 };
        let net: Vec<f64> = (0..HOURS).map(|hour| if hour % 24 < 12 { 8.0 } else { 14.0 }).collect();
        let power = reservoirs(&net, place, HydroKind::Reservoir, Inflow::Snow, 5.0);
        assert!((power.iter().sum::<f64>() / HOURS as f64 - 4.0).abs() < 1e-9);
        assert!((power[5000 / 24 * 24 + 20] - power[5000 / 24 * 24 + 2] - 6.0).abs() < 0.5);
    }
}
