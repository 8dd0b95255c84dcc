//! Medians and their deviations: a disturbed run moves them little.

/// A median with its median absolute deviation, in the unit of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The median.
    pub median: f64,
    /// Median of the distances from the median.
    pub mad: f64,
}

/// The estimate of samples; zero of none.
#[must_use]
pub fn estimate(samples: &[f64]) -> Estimate {
    let middle = median(samples);
    let distances: Vec<f64> = samples.iter().map(|sample| (sample - middle).abs()).collect();
    Estimate { median: middle, mad: median(&distances) }
}

/// The middle sample, or the mean of the two middle ones; zero of none.
#[must_use]
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => 0.0,
        (n, half) if n % 2 == 1 => sorted[half],
        (_, half) => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_disturbed_run_of_five_moves_neither_figure() {
        assert_eq!(estimate(&[3.0, 1.0, 2.0, 5.0, 900.0]), Estimate { median: 3.0, mad: 2.0 });
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_eq!(estimate(&[]), Estimate::default());
    }
}
