//! From published whole-model latencies to an effective compute rate, by least squares.

use nalgebra::{DMatrix, DVector};
use sim_core::units::MacRate;
use thiserror::Error;

use crate::zoo::{LayerKind, Network};

/// Dense MACs that one depthwise MAC is worth on a CPU.
///
/// Shared ratio of a fit to 4 MobileNets on 9 devices of XNNPACK's README (google/XNNPACK, commit 0085ae36): mean error
/// 4.9 % in the sample, 8.8 % on the model left out.
pub const DEPTHWISE_COST: f64 = 10.4;

/// Latencies from which on the overhead of a layer is fitted too.
const POINTS_FOR_OVERHEAD: usize = 3;

/// One published latency of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Work of the model in dense MACs, see [`work`].
    pub work: f64,
    /// Number of its layers.
    pub layers: usize,
    /// How long the whole model takes [s].
    pub seconds: f64,
}

/// What a device's latencies tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Effective rate P of dense MACs.
    pub rate: MacRate,
    /// Overhead o of each layer [s].
    pub overhead: f64,
    /// Largest relative error over the points.
    pub worst_error: f64,
}

/// Why latencies give no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CalibrationError {
    /// No latency.
    #[error("there is no latency to calibrate with")]
    NoPoint,
    /// The overhead of the layers alone is longer than the latencies.
    #[error("the overhead of the layers alone takes longer than the latencies; give a smaller layer_overhead")]
    OverheadTooLong,
}

/// Work of a network in dense MACs: MAC_dense + r · MAC_depthwise.
#[must_use]
pub fn work(network: &Network, depthwise_cost: f64) -> f64 {
    let depthwise = network.macs_of(LayerKind::Depthwise).0;
    network.macs().0 - depthwise + depthwise_cost * depthwise
}

/// Fits t = work/P + layers · o to published latencies, minimising the sum of squared relative errors.
///
/// P alone is fitted for one or two latencies, `overhead` [s] being given; both P and o for three or more. Where the
/// latter makes no sense, because one of them comes out negative, o is taken as zero.
///
/// # Errors
/// If there is no point, or if what remains beside the overhead is nothing.
pub fn fit(points: &[Point], overhead: f64) -> Result<Fit, CalibrationError> {
    if points.is_empty() {
        return Err(CalibrationError::NoPoint);
    }
    let (per_mac, overhead) = if points.len() < POINTS_FOR_OVERHEAD {
        (fit_rate(points, overhead), overhead)
    } else {
        match fit_both(points) {
            Some((per_mac, overhead)) if per_mac > 0.0 && overhead >= 0.0 => (per_mac, overhead),
            _ => (fit_rate(points, 0.0), 0.0),
        }
    };
    if per_mac <= 0.0 {
        return Err(CalibrationError::OverheadTooLong);
    }
    let errors = points.iter().map(|p| ((p.work * per_mac + p.layers as f64 * overhead) / p.seconds - 1.0).abs());
    Ok(Fit { rate: MacRate(1.0 / per_mac), overhead, worst_error: errors.fold(0.0, f64::max) })
}

/// 1/P for a given o, in closed form: with a = work/t and b = 1 − layers·o/t it is Σab/Σa².
fn fit_rate(points: &[Point], overhead: f64) -> f64 {
    let (mut ab, mut aa) = (0.0, 0.0);
    for point in points {
        let a = point.work / point.seconds;
        ab += a * (1.0 - point.layers as f64 * overhead / point.seconds);
        aa += a * a;
    }
    ab / aa
}

/// 1/P and o; `None` if the latencies do not tell them apart.
fn fit_both(points: &[Point]) -> Option<(f64, f64)> {
    // Columns of like size keep the rank test meaningful: GMAC and thousands of layers.
    const WORK: f64 = 1e9;
    const LAYERS: f64 = 1e3;
    let entry = |row: usize, column: usize| {
        let point = &points[row];
        if column == 0 { point.work / WORK / point.seconds } else { point.layers as f64 / LAYERS / point.seconds }
    };
    let svd = DMatrix::from_fn(points.len(), 2, entry).svd(true, true);
    if svd.rank(svd.singular_values[0] * 1e-9) < 2 {
        return None;
    }
    let solution = svd.solve(&DVector::from_element(points.len(), 1.0), 0.0).ok()?;
    Some((solution[0] / WORK, solution[1] / LAYERS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::zoo;

    use super::*;

    #[test]
    fn one_latency_gives_the_rate_that_reproduces_it() {
        // 1 GMAC in 0.6 s of which 100 layers take 1 ms each: 0.5 s are left, so 2 GMAC/s.
        let fit = fit(&[Point { work: 1e9, layers: 100, seconds: 0.6 }], 0.001).expect("0.5 s are left");
        assert!((fit.rate.0 / 2e9 - 1.0).abs() < 1e-12 && fit.worst_error < 1e-12, "{fit:?}");
    }

    #[test]
    fn two_latencies_are_weighed_by_their_relative_errors() {
        // a = 1, 2 GMAC/s: (1 + 2)/(1 + 4) = 0.6 s/GMAC.
        let points = [1.0, 0.5].map(|seconds| Point { work: 1e9, layers: 10, seconds });
        let fit = fit(&points, 0.0).expect("two latencies");
        assert!((1e9 / fit.rate.0 - 0.6).abs() < 1e-12, "{fit:?}");
    }

    #[test]
    fn xnnpacks_raspberry_pi_4_runs_ten_dense_gmac_a_second() {
        let network = zoo::by_name("mobilenet-v2").expect("built in");
        // (280.06 + 10.4 · 20.72) M MACs in 44 ms.
        let point = Point { work: work(network, DEPTHWISE_COST), layers: 0, seconds: 0.044 };
        let rate = fit(&[point], 0.0).expect("one latency").rate.0;
        assert!((rate / 1e9 - 11.26).abs() < 0.01, "{rate}");
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert_eq!(fit(&[], 0.0), Err(CalibrationError::NoPoint));
        let point = Point { work: 1e9, layers: 1000, seconds: 0.5 };
        assert_eq!(fit(&[point], 0.001), Err(CalibrationError::OverheadTooLong));
    }

    proptest! {
        #[test]
        fn exact_latencies_give_back_their_rate_and_overhead(
            gmacs in prop::collection::vec(0.05_f64..5.0, 4..8), rate in 1e9_f64..1e12, overhead in 1e-6_f64..1e-4,
        ) {
            // Layers that do not grow with the work, so that the two can be told apart.
            let points: Vec<Point> = gmacs.iter().enumerate().map(|(i, gmac)| {
                let (work, layers) = (gmac * 1e9, 50 + 37 * (i % 3));
                Point { work, layers, seconds: work / rate + layers as f64 * overhead }
            }).collect();
            let fit = fit(&points, 0.0).expect("exact data");
            prop_assert!((fit.rate.0 / rate - 1.0).abs() < 1e-5, "{:?}", fit);
            prop_assert!((fit.overhead / overhead - 1.0).abs() < 1e-5, "{:?}", fit);
        }
    }
}
