//! The time of a layer on a device class: a roofline over arithmetic and memory, for one image or a batch.

use crate::calibrate::Load;
use crate::catalogue::{ClassEntry, Precision};
use crate::zoo::{Layer, LayerKind, Network};

/// What the roofline knows of one slot of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roof {
    /// Dense multiply-accumulates over time [MAC/s].
    pub rate: f64,
    /// Dense MACs that a depthwise one is worth, dimensionless.
    pub depthwise_cost: f64,
    /// Rate of the memory [B/s]; infinite where the rate holds its share already.
    pub bandwidth: f64,
    /// Time of each layer beside its work [s].
    pub overhead: f64,
    /// Bytes of a number over those of single precision, dimensionless.
    pub width: f64,
    /// What each further image of a batch costs; `None` where it costs as much as the first.
    pub batch: Option<BatchRoof>,
}

/// What bounds the further images of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchRoof {
    /// Dense multiply-accumulates over time once the device is full [MAC/s].
    pub rate: f64,
    /// Rate of the memory [B/s]; infinite where the rate holds its share already.
    pub bandwidth: f64,
}

impl Roof {
    /// The roof of a class for models in a precision; `None` if nothing tells how fast it is in that one.
    #[must_use]
    pub fn of(class: &ClassEntry, precision: Precision) -> Option<Self> {
        let own = class.parameters();
        let speedup = class.speedup(precision)?;
        let rate = own.rate.0 * speedup;
        let batch = || {
            let peak =
                class.peak(precision).or(class.peak(class.precision()).map(|peak| peak * speedup)).unwrap_or(rate);
            match class.number("batch_efficiency") {
                // A throughput that somebody measured holds what memory takes.
                Some(efficiency) => BatchRoof { rate: peak * efficiency, bandwidth: f64::INFINITY },
                None => {
                    let bandwidth = class.number("memory_bandwidth").unwrap_or(f64::INFINITY);
                    BatchRoof { rate: peak, bandwidth }
                }
            }
        };
        Some(Self {
            rate,
            depthwise_cost: class.depthwise_cost(),
            bandwidth: own.bandwidth.0,
            overhead: own.overhead,
            width: precision.width(),
            batch: class.batches().then(batch),
        })
    }

    /// What a layer asks for.
    #[must_use]
    pub fn load(&self, layer: &Layer) -> Load {
        let cost = if layer.kind == LayerKind::Depthwise { self.depthwise_cost } else { 1.0 };
        let bytes = (layer.weights + layer.input + layer.activation).0 * self.width;
        Load { macs: layer.macs.0, work: layer.macs.0 * cost, bytes }
    }

    /// Time of a layer [s]: max((MAC_dense + r · MAC_depthwise)/P, bytes/BW) + o (Williams et al. 2009, the roofline;
    /// r from a fit to XNNPACK's published latencies, see [`crate::calibrate::DEPTHWISE_COST`]).
    #[must_use]
    pub fn seconds(&self, layer: &Layer) -> f64 {
        let load = self.load(layer);
        (load.work / self.rate).max(load.bytes / self.bandwidth) + self.overhead
    }

    /// Time of a layer for a batch of images [s].
    ///
    /// On a GPU or NPU t(1) + (b − 1) · m: parameters are read and kernels launched once, and each further image costs
    /// m = max(work/P_peak, tensors/BW), or as much as the first did beside its overhead if that is less. Time is
    /// affine in the batch, as Shen et al. (Nexus, SOSP 2019) found on GPUs. On a CPU it is b · t(1): measured there,
    /// batches gain nothing.
    #[must_use]
    pub fn batch_seconds(&self, layer: &Layer, batch: u32) -> f64 {
        let one = self.seconds(layer);
        let further = f64::from(batch.max(1) - 1);
        let Some(roof) = self.batch else { return one * (further + 1.0) };
        let tensors = (layer.input + layer.activation).0 * self.width;
        let marginal = (self.load(layer).work / roof.rate).max(tensors / roof.bandwidth);
        one + further * marginal.min(one - self.overhead)
    }

    /// Time of a whole network for a batch of images [s].
    #[must_use]
    pub fn network_seconds(&self, network: &Network, batch: u32) -> f64 {
        network.layers().iter().map(|layer| self.batch_seconds(layer, batch)).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sim_core::units::{Bytes, Macs};

    use super::*;

    const ROOF: Roof =
        Roof { rate: 1e9, depthwise_cost: 10.4, bandwidth: 1e9, overhead: 1e-5, width: 1.0, batch: None };

    fn layer(kind: LayerKind, macs: f64, bytes: f64) -> Layer {
        let (weights, input, activation) = (Bytes(bytes), Bytes::ZERO, Bytes::ZERO);
        Layer { name: "layer".to_owned(), kind, macs: Macs(macs), weights, input, activation }
    }

    fn close(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-12
    }

    #[test]
    fn a_layer_waits_for_its_arithmetic_or_for_its_bytes() {
        assert!(close(ROOF.seconds(&layer(LayerKind::Convolution, 1e6, 1e3)), 1e-3 + 1e-5));
        assert!(close(ROOF.seconds(&layer(LayerKind::Depthwise, 1e6, 1e3)), 1.04e-2 + 1e-5));
        assert!(close(ROOF.seconds(&layer(LayerKind::Pool, 0.0, 1e6)), 1e-3 + 1e-5));
    }

    #[test]
    fn a_batch_reads_its_parameters_once_and_computes_at_the_peak() {
        let roof = Roof { batch: Some(BatchRoof { rate: 4e9, bandwidth: 1e9 }), ..ROOF };
        // 2 ms of parameters hide 1 ms of arithmetic; each further image costs 0.25 ms.
        let memory_bound = layer(LayerKind::Convolution, 1e6, 2e6);
        assert!(close(roof.batch_seconds(&memory_bound, 5), 2e-3 + 1e-5 + 4.0 * 0.25e-3));
        assert!(close(ROOF.batch_seconds(&memory_bound, 5), 5.0 * (2e-3 + 1e-5)));
    }

    proptest! {
        #[test]
        fn more_work_never_takes_less_time(
            macs in 0.0_f64..1e9, more in 0.0_f64..1e9, bytes in 0.0_f64..1e8, kind in 0_usize..12,
        ) {
            let kind = LayerKind::NAMES[kind].0;
            prop_assert!(ROOF.seconds(&layer(kind, macs + more, bytes)) >= ROOF.seconds(&layer(kind, macs, bytes)));
            prop_assert!(ROOF.seconds(&layer(kind, macs, bytes + more)) >= ROOF.seconds(&layer(kind, macs, bytes)));
        }

        #[test]
        fn a_larger_batch_takes_longer_but_never_longer_than_its_parts(
            macs in 0.0_f64..1e9, bytes in 0.0_f64..1e8, tensor in 0.0_f64..1e8, a in 1_u32..64, b in 1_u32..64,
            rate in 1e7_f64..1e11, bandwidth in 1e7_f64..1e11, linear in any::<bool>(),
        ) {
            let batch = (!linear).then_some(BatchRoof { rate, bandwidth });
            let (roof, plain) = (Roof { batch, ..ROOF }, layer(LayerKind::Convolution, macs, bytes));
            let layer = Layer { input: Bytes(tensor), ..plain };
            let t = |batch| roof.batch_seconds(&layer, batch);
            let slack = 1.0 + 1e-12;
            prop_assert!(close(t(1), roof.seconds(&layer)));
            prop_assert!(t(a + 1) * slack >= t(a));
            prop_assert!(t(a + b) <= (t(a) + t(b)) * slack);
        }
    }
}
