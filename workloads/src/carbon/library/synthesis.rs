//! A synthetic year of carbon intensity from a handful of statistics.
//!
//! ln(intensity/mean) is a season, a day, a dip at noon, a weekend and an autocorrelated noise, added up. The
//! logarithm keeps every value positive; at the end the year is scaled to its mean.

use rand_distr::{Distribution, StandardNormal};
use sim_core::kernel::rng::{Purpose, Streams};
use sim_core::kernel::sum::Sum;
use sim_core::units::Intensity;

/// Statistics of the logarithm of a zone's intensity, relative to its mean; hours and days are local standard time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// Amplitude of the yearly cosine.
    pub season: f64,
    /// Its peak, in days since 1 January [d].
    pub season_peak_d: f64,
    /// Amplitude of the daily cosine.
    pub day: f64,
    /// Its peak [h].
    pub day_peak_h: f64,
    /// Depth of the bell-shaped dip around 12:30 that solar power digs; negative for a rise.
    pub solar_dip: f64,
    /// What Saturday and Sunday add.
    pub weekend: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Correlation of the noise with that of the hour before.
    pub memory: f64,
}

/// Hours in the year.
const HOURS: usize = 8760;
/// Middle of the solar dip [h].
const NOON_H: f64 = 12.5;
/// Standard width of the solar dip [h].
const DIP_WIDTH_H: f64 = 2.5;
/// The library's own seed: its years are the same in every scenario.
const SEED: u64 = 0xca4b_0ed6_e201;

/// The hourly year of the zone at `index` of the table [g/kWh]; its mean is exact to rounding.
pub(super) fn year(shape: &Shape, mean: Intensity, utc_offset_h: f64, index: usize) -> Vec<f64> {
    let mut values: Vec<f64> = noise(shape, index).collect();
    for (hour, value) in values.iter_mut().enumerate() {
        *value = (*value + shape.expected(hour as f64 + 0.5 + utc_offset_h)).exp();
    }
    let raw = values.iter().copied().collect::<Sum>().value() / HOURS as f64;
    values.iter_mut().for_each(|value| *value *= mean.0 / raw);
    values
}

impl Shape {
    /// All but the noise, at a local time in hours since 1 January [h].
    fn expected(&self, local_h: f64) -> f64 {
        use std::f64::consts::TAU;
        let hour = local_h.rem_euclid(24.0);
        let season = self.season * (TAU * (local_h / 24.0 - self.season_peak_d) / 365.0).cos();
        let day = self.day * (TAU * (hour - self.day_peak_h) / 24.0).cos();
        let dip = self.solar_dip * (-0.5 * ((hour - NOON_H) / DIP_WIDTH_H).powi(2)).exp();
        // The year starts on a Saturday.
        let weekend = if (local_h / 24.0).floor().rem_euclid(7.0) < 2.0 { self.weekend } else { 0.0 };
        season + day - dip + weekend
    }
}

/// A stationary first-order autoregression.
fn noise(shape: &Shape, index: usize) -> impl Iterator<Item = f64> + use<> {
    let Shape { noise, memory, .. } = *shape;
    let mut stream = Streams::new(SEED, 0).stream(Purpose::Grid, index as u64);
    let mut state: f64 = StandardNormal.sample(&mut stream);
    (0..HOURS).map(move |_| {
        let innovation: f64 = StandardNormal.sample(&mut stream);
        state = memory * state + (1.0 - memory * memory).sqrt() * innovation;
        noise * state
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Shape = Shape {
        season: 0.0,
        season_peak_d: 0.0,
        day: 0.0,
        day_peak_h: 0.0,
        solar_dip: 0.0,
        weekend: 0.0,
        noise: 0.0,
        memory: 0.0,
    };

    #[test]
    fn each_statistic_moves_what_it_names() {
        let year = |shape: Shape| year(&shape, Intensity(100.0), 0.0, 0);
        assert!(year(QUIET).iter().all(|&value| (value - 100.0).abs() < 1e-12));
        let summer = year(Shape { season: 0.3, season_peak_d: 182.0, ..QUIET });
        assert!((summer[182 * 24] / summer[0]).ln() > 0.59);
        let evening = year(Shape { day: 0.2, day_peak_h: 19.5, ..QUIET });
        assert!(((evening[19] / evening[7]).ln() - 0.4).abs() < 1e-12);
        let sunny = year(Shape { solar_dip: 0.5, ..QUIET });
        assert!(((sunny[12] / sunny[0]).ln() + 0.5).abs() < 1e-4);
        // 1 January 2022 was a Saturday, the 3rd a Monday.
        let weekend = year(Shape { weekend: -0.1, ..QUIET });
        assert!(((weekend[47] / weekend[48]).ln() + 0.1).abs() < 1e-12 && weekend[48] == weekend[119]);
    }

    #[test]
    fn noise_has_its_deviation_and_its_memory() {
        let shape = Shape { noise: 0.2, memory: 0.8, ..QUIET };
        let values: Vec<f64> = noise(&shape, 3).collect();
        let variance = values.iter().map(|x| x * x).sum::<f64>() / HOURS as f64;
        let lagged = values.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / HOURS as f64;
        // Effective samples of x² are n(1−ρ²)/(1+ρ²) = 1923: five standard errors of the deviation are 8 %.
        assert!((variance.sqrt() / 0.2 - 1.0).abs() < 0.08, "{variance}");
        assert!((lagged / variance - 0.8).abs() < 0.033, "{}", lagged / variance);
    }
}
