//! A row of bars that shows the course of a series in a line of text.

/// Bars from lowest to highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The means of `width` equal parts of `values` as bars between the lowest and the highest of them.
///
/// A series that does not vary is a row of middle bars; values that are not finite are left out.
#[must_use]
pub fn sparkline(values: &[f64], width: usize) -> String {
    let width = width.min(values.len());
    let part = |k: usize| &values[k * values.len() / width..(k + 1) * values.len() / width];
    let means: Vec<f64> = (0..width).map(|k| mean(part(k))).collect();
    let finite = || means.iter().copied().filter(|mean| mean.is_finite());
    bars(&means, finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max))
}

/// A bar for each value, the lowest at `low`, the highest at `high`; a gap for a value that is not finite.
#[must_use]
pub fn bars(values: &[f64], low: f64, high: f64) -> String {
    let bar = |&value: &f64| match (value - low) / (high - low) {
        _ if !value.is_finite() => ' ',
        share if share.is_finite() => BARS[((share * 8.0) as usize).min(7)],
        _ => BARS[3],
    };
    values.iter().map(bar).collect()
}

fn mean(values: &[f64]) -> f64 {
    let (sum, count) = values.iter().filter(|value| value.is_finite()).fold((0.0, 0.0), |(s, n), x| (s + x, n + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_means_of_parts_between_the_lowest_and_the_highest() {
        assert_eq!(sparkline(&[0.0, 0.0, 4.0, 4.0, 8.0, 8.0], 3), "▁▅█");
        assert_eq!(sparkline(&[1.0, 2.0], 60), "▁█");
        assert_eq!(sparkline(&[5.0; 9], 3), "▄▄▄");
        assert_eq!(sparkline(&[1.0, f64::NAN, 2.0], 3), "▁ █");
        assert_eq!(sparkline(&[], 10), "");
    }
}
