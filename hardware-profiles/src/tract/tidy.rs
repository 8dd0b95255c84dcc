//! Rounds the figures of a profile to what a clock and a meter can tell, so that its file reads back as it was written.

use crate::profile::Profile;

/// Steps of a second: the clock counts no finer than nanoseconds, medians of two readings halve them.
const STEPS: f64 = 1e10;

/// Significant digits of figures that are no times.
const DIGITS: i32 = 6;

/// Rounds times, energies and shares; sums are made up of the rounded figures again.
pub(super) fn tidy(profile: &mut Profile) {
    for segment in &mut profile.segments {
        segment.operators.iter_mut().for_each(|operator| operator.median_s = time(operator.median_s));
        segment.median_s = time(segment.operators.iter().map(|operator| operator.median_s).sum());
        segment.mad_s = time(segment.mad_s);
        segment.energy_j = segment.energy_j.map(digits);
    }
    let quality = &mut profile.quality;
    quality.whole_s = time(quality.whole_s);
    quality.whole_mad_s = time(quality.whole_mad_s);
    quality.sum_s = time(profile.segments.iter().map(|segment| segment.median_s).sum());
    quality.deviation = digits(quality.deviation);
    quality.spread = digits(quality.spread);
    profile.energy.idle_w = profile.energy.idle_w.map(digits);
    profile.energy.busy_w = profile.energy.busy_w.map(digits);
}

fn time(seconds: f64) -> f64 {
    (seconds * STEPS).round() / STEPS
}

fn digits(figure: f64) -> f64 {
    if figure == 0.0 || !figure.is_finite() {
        return figure;
    }
    let shift = DIGITS - 1 - figure.abs().log10().floor() as i32;
    // Powers of ten up to 10²² are exact, and division by one rounds once.
    if shift >= 0 { (figure * 10_f64.powi(shift)).round() / 10_f64.powi(shift) } else { figure.round() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_the_nearest_short_decimal() {
        assert_eq!(time(3.284_900_000_000_000_3e-5), 3.2849e-5);
        assert_eq!(digits(-0.059_360_861), -0.059_360_9);
        assert_eq!((digits(1_234_567.8), digits(0.0), digits(2e-14)), (1_234_568.0, 0.0, 2e-14));
    }
}
