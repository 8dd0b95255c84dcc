//! From published whole-model latencies to what a device can do: rate, bandwidth, overhead, by least squares.

pub mod errors;
pub mod family;
pub mod latencies;

use nalgebra::{DMatrix, DVector};
use sim_core::units::{ByteRate, MacRate};
use thiserror::Error;

use crate::nnls::nnls;
use crate::zoo::{LayerKind, Network};

/// Dense MACs that one depthwise MAC is worth on a CPU.
///
/// Shared ratio of a fit to 4 MobileNets on 9 devices of XNNPACK's README (google/XNNPACK, commit 0085ae36). It was
/// found on those 36 latencies, so the errors that [`errors::compare`] tells of them are optimistic.
pub const DEPTHWISE_COST: f64 = 10.4;

/// Latencies from which on the overhead of a layer is fitted beside the rate.
const POINTS_FOR_OVERHEAD: usize = 3;
/// Latencies from which on the bandwidth is fitted too: two for each of the three parameters. On XNNPACK's four
/// MobileNets a bandwidth beside the depthwise ratio fits noise: left out, they are missed by 6.6 % with it, by 5.5 %
/// without.
const POINTS_FOR_BANDWIDTH: usize = 6;
/// Rounds in which layers change between waiting for arithmetic and waiting for memory; most fits need two or three.
const ROUNDS: usize = 20;

/// What a layer asks of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Multiply-accumulates as they are.
    pub macs: f64,
    /// Work in dense MACs: a depthwise MAC weighs more.
    pub work: f64,
    /// Parameters and tensors that it reads and writes [B].
    pub bytes: f64,
}

/// One published latency of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What each layer of the model asks for.
    pub loads: Vec<Load>,
    /// How long the whole model takes [s].
    pub seconds: f64,
}

impl Point {
    /// A latency of a network; `depthwise_cost` is the worth of a depthwise MAC in dense ones, `width` the bytes of a
    /// number over those of single precision.
    #[must_use]
    pub fn new(network: &Network, depthwise_cost: f64, width: f64, seconds: f64) -> Self {
        let load = |layer: &crate::zoo::Layer| {
            let cost = if layer.kind == LayerKind::Depthwise { depthwise_cost } else { 1.0 };
            let bytes = (layer.weights + layer.input + layer.activation).0 * width;
            Load { macs: layer.macs.0, work: layer.macs.0 * cost, bytes }
        };
        Self { loads: network.layers().iter().map(load).collect(), seconds }
    }

    /// Sum of one figure over its layers.
    pub(crate) fn sum(&self, figure: impl Fn(&Load) -> f64) -> f64 {
        self.loads.iter().map(figure).sum()
    }
}

/// What a device's latencies tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Effective rate P of dense MACs.
    pub rate: MacRate,
    /// Bandwidth BW of the memory; infinite where the rate holds its share.
    pub bandwidth: ByteRate,
    /// Overhead o of each layer [s].
    pub overhead: f64,
}

impl Fit {
    /// Time that the parameters give a model [s]: Σ max(work/P, bytes/BW) + o.
    #[must_use]
    pub fn seconds(&self, loads: &[Load]) -> f64 {
        loads.iter().map(|load| (load.work / self.rate.0).max(load.bytes / self.bandwidth.0) + self.overhead).sum()
    }

    /// Its signed relative error on a latency, dimensionless.
    #[must_use]
    pub fn error(&self, point: &Point) -> f64 {
        self.seconds(&point.loads) / point.seconds - 1.0
    }
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
    /// Models without a multiply-accumulate.
    #[error("the models of the latencies have no multiply-accumulate")]
    NoWork,
}

/// Fits t = Σ max(work/P, bytes/BW) + o to published latencies, minimising the sum of squared relative errors.
///
/// One or two latencies give P alone, in closed form, `overhead` [s] being given; three to five P and o; six and more
/// P, BW and o, none of them negative.
///
/// # Errors
/// If there is no point, no work, or if nothing remains beside the given overhead.
pub fn fit(points: &[Point], overhead: f64) -> Result<Fit, CalibrationError> {
    if points.is_empty() {
        return Err(CalibrationError::NoPoint);
    }
    if points.iter().any(|point| point.sum(|load| load.work) <= 0.0) {
        return Err(CalibrationError::NoWork);
    }
    if points.len() < POINTS_FOR_OVERHEAD {
        return rate_alone(points, overhead);
    }
    let without_memory = match relative_least_squares(points, &[work, layers])[..] {
        [per_mac, overhead] if per_mac > 0.0 => fitted(per_mac, 0.0, overhead),
        _ => rate_alone(points, 0.0)?,
    };
    Ok(if points.len() < POINTS_FOR_BANDWIDTH { without_memory } else { with_memory(points, without_memory) })
}

fn fitted(per_mac: f64, per_byte: f64, overhead: f64) -> Fit {
    Fit { rate: MacRate(1.0 / per_mac), bandwidth: ByteRate(1.0 / per_byte), overhead }
}

fn work(point: &Point) -> f64 {
    point.sum(|load| load.work)
}

fn layers(point: &Point) -> f64 {
    point.loads.len() as f64
}

/// P for a given o, in closed form: with a = work/t and b = 1 − layers·o/t, 1/P is Σab/Σa².
fn rate_alone(points: &[Point], overhead: f64) -> Result<Fit, CalibrationError> {
    let (mut ab, mut aa) = (0.0, 0.0);
    for point in points {
        let a = work(point) / point.seconds;
        ab += a * (1.0 - layers(point) * overhead / point.seconds);
        aa += a * a;
    }
    if ab > 0.0 { Ok(fitted(ab / aa, 0.0, overhead)) } else { Err(CalibrationError::OverheadTooLong) }
}

/// Coefficients of some figures of points, none negative, that minimise the sum of squared relative errors.
pub(crate) fn relative_least_squares(points: &[Point], figures: &[fn(&Point) -> f64]) -> Vec<f64> {
    let a = DMatrix::from_fn(points.len(), figures.len(), |row, k| figures[k](&points[row]) / points[row].seconds);
    nnls(&a, &DVector::from_element(points.len(), 1.0)).iter().copied().collect()
}

/// P, BW and o: each round sorts the layers into those that wait for arithmetic and those that wait for memory by the
/// parameters so far, and solves anew; the best of all rounds is kept, the fit without memory being one of them.
fn with_memory(points: &[Point], without: Fit) -> Fit {
    let squares = |fit: &Fit| points.iter().map(|point| fit.error(point).powi(2)).sum::<f64>();
    let bytes = |point: &Point| point.sum(|load| load.bytes);
    let summed = relative_least_squares(points, &[work, bytes, layers]);
    let (mut best, mut sorting) = (without, (summed[0], summed[1]));
    for _ in 0..ROUNDS {
        let (per_mac, per_byte) = sorting;
        let waits = |load: &Load| load.bytes * per_byte > load.work * per_mac;
        let row = |point: &Point| {
            let sum = |memory: bool| {
                point.sum(|load| match (memory, waits(load)) {
                    (true, true) => load.bytes,
                    (false, false) => load.work,
                    _ => 0.0,
                })
            };
            [sum(false), sum(true), layers(point)].map(|figure| figure / point.seconds)
        };
        let rows: Vec<f64> = points.iter().flat_map(row).collect();
        let a = DMatrix::from_row_slice(points.len(), 3, &rows);
        let x = nnls(&a, &DVector::from_element(points.len(), 1.0));
        let found = fitted(x[0], x[1], x[2]);
        if x[0] > 0.0 && squares(&found) < squares(&best) {
            best = found;
        }
        if sorting == (x[0], x[1]) {
            break;
        }
        sorting = (x[0], x[1]);
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::zoo;

    use super::*;

    /// A latency of a model of `layers` equal layers.
    fn point(macs: f64, layers: usize, seconds: f64) -> Point {
        let load = Load { macs: macs / layers as f64, work: macs / layers as f64, bytes: 0.0 };
        Point { loads: vec![load; layers], seconds }
    }

    #[test]
    fn one_latency_gives_the_rate_that_reproduces_it() {
        // 1 GMAC in 0.6 s of which 100 layers take 1 ms each: 0.5 s are left, so 2 GMAC/s.
        let one = point(1e9, 100, 0.6);
        let fit = fit(std::slice::from_ref(&one), 0.001).expect("0.5 s are left");
        assert!((fit.rate.0 / 2e9 - 1.0).abs() < 1e-12 && fit.error(&one).abs() < 1e-12, "{fit:?}");
    }

    #[test]
    fn two_latencies_are_weighed_by_their_relative_errors() {
        // a = 1, 2 GMAC/s: (1 + 2)/(1 + 4) = 0.6 s/GMAC.
        let fit = fit(&[1.0, 0.5].map(|seconds| point(1e9, 10, seconds)), 0.0).expect("two latencies");
        assert!((1e9 / fit.rate.0 - 0.6).abs() < 1e-12, "{fit:?}");
    }

    #[test]
    fn xnnpacks_mobilenet_v2_alone_says_eleven_dense_gmac_a_second_of_a_raspberry_pi_4() {
        let network = zoo::by_name("mobilenet-v2").expect("built in");
        // (280.06 + 10.4 · 20.72) M MACs in 44 ms.
        let rate = fit(&[Point::new(network, DEPTHWISE_COST, 1.0, 0.044)], 0.0).expect("one latency").rate.0;
        assert!((rate / 1e9 - 11.26).abs() < 0.01, "{rate}");
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert_eq!(fit(&[], 0.0), Err(CalibrationError::NoPoint));
        assert_eq!(fit(&[point(1e9, 1000, 0.5)], 0.001), Err(CalibrationError::OverheadTooLong));
        assert_eq!(fit(&[point(0.0, 1000, 0.5)], 0.0), Err(CalibrationError::NoWork));
    }

    #[test]
    fn latencies_that_a_negative_overhead_would_fit_best_get_none() {
        // t = 1 s/GMAC · work − 1 ms · layers: the more layers, the faster.
        let points = [(1.0, 100), (2.0, 400), (3.0, 200)].map(|(g, n)| point(g * 1e9, n, g - n as f64 * 1e-3));
        let fit = fit(&points, 0.0).expect("three latencies");
        assert!(fit.overhead == 0.0 && fit.rate.0 > 1e9, "{fit:?}");
    }

    proptest! {
        #[test]
        fn exact_latencies_give_back_their_rate_and_overhead(
            gmacs in prop::collection::vec(0.05_f64..5.0, 4..6), rate in 1e9_f64..1e12, overhead in 1e-6_f64..1e-4,
        ) {
            // Layers that do not grow with the work, so that the two can be told apart.
            let points: Vec<Point> = gmacs.iter().enumerate().map(|(i, gmac)| {
                let (work, layers) = (gmac * 1e9, 50 + 37 * (i % 3));
                point(work, layers, work / rate + layers as f64 * overhead)
            }).collect();
            let fit = fit(&points, 0.0).expect("exact data");
            prop_assert!((fit.rate.0 / rate - 1.0).abs() < 1e-5, "{:?}", fit);
            prop_assert!((fit.overhead / overhead - 1.0).abs() < 1e-5, "{:?}", fit);
        }

        #[test]
        fn six_exact_latencies_give_back_the_bandwidth_too(
            rate in 1e9_f64..1e11, bandwidth in 1e9_f64..1e11, overhead in 1e-6_f64..1e-4,
        ) {
            // Layers far from the ridge on either side, in different shares.
            let truth = Fit { rate: MacRate(rate), bandwidth: ByteRate(bandwidth), overhead };
            let points: Vec<Point> = (0..8_usize).map(|i| {
                let layer = |k: usize| {
                    let seconds = 1e-4 * (1 + (i * 7 + k * 3) % 5) as f64;
                    let (arithmetic, memory) = if (k + i) % (2 + i % 3) == 0 { (0.01, 1.0) } else { (1.0, 0.01) };
                    let work = seconds * arithmetic * rate;
                    Load { macs: work, work, bytes: seconds * memory * bandwidth }
                };
                let loads: Vec<Load> = (0..20 + 13 * (i % 4)).map(layer).collect();
                let seconds = truth.seconds(&loads);
                Point { loads, seconds }
            }).collect();
            let fit = fit(&points, 0.0).expect("exact data");
            prop_assert!((fit.rate.0 / rate - 1.0).abs() < 1e-6, "{:?} {:?}", fit, truth);
            prop_assert!((fit.bandwidth.0 / bandwidth - 1.0).abs() < 1e-6, "{:?} {:?}", fit, truth);
            prop_assert!((fit.overhead / overhead - 1.0).abs() < 1e-6, "{:?} {:?}", fit, truth);
        }
    }
}
