//! The cost of a network on a device class: time, energy and bytes up to each of its cuts.

use sim_core::world::cost::CostTable;

use crate::catalogue::ClassEntry;
use crate::zoo::{Layer, LayerKind, Network};

/// Where the times of a cost table come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfileSource {
    /// The roofline of this module.
    Analytic,
    /// A whole-model time measured on the device, shared among the layers as the roofline does.
    Measured,
}

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
}

impl Roof {
    /// The roof of a class.
    #[must_use]
    pub fn of(class: &ClassEntry) -> Self {
        let bandwidth = if class.is_calibrated() { None } else { class.number("memory_bandwidth") };
        Self {
            rate: class.rate().0,
            depthwise_cost: class.depthwise_cost(),
            bandwidth: bandwidth.unwrap_or(f64::INFINITY),
            overhead: class.layer_overhead(),
            width: class.precision().width(),
        }
    }

    /// Time of a layer [s]: max((MAC_dense + r · MAC_depthwise)/P, bytes/B) + o (Williams et al. 2009, the roofline;
    /// r from a fit to XNNPACK's published latencies, see [`crate::calibrate::DEPTHWISE_COST`]).
    #[must_use]
    pub fn seconds(&self, layer: &Layer) -> f64 {
        let cost = if layer.kind == LayerKind::Depthwise { self.depthwise_cost } else { 1.0 };
        let bytes = (layer.weights + layer.input + layer.activation).0 * self.width;
        (layer.macs.0 * cost / self.rate).max(bytes / self.bandwidth) + self.overhead
    }
}

/// The cost table of a network on a class, with where its times come from; `None` if its parameters exceed the memory.
///
/// Rates, bandwidth and energy are those of one slot: a class with several slots gives its rates per slot, and a busy
/// slot draws (max − idle)/slots above idle. Parameters are in the class's precision; tensors at inner cuts in single
/// precision, so that devices of different precision understand each other.
#[must_use]
pub fn compile(network: &Network, class: &ClassEntry) -> Option<(CostTable, ProfileSource)> {
    let roof = Roof::of(class);
    if network.weights().0 * roof.width > class.memory().0 {
        return None;
    }
    let analytic = prefix_sums(network, |layer| roof.seconds(layer));
    let whole = analytic.last().copied().unwrap_or(0.0);
    let (factor, source) = match class.measured_time(&network.name) {
        Some(measured) if whole > 0.0 => (measured / whole, ProfileSource::Measured),
        _ => (1.0, ProfileSource::Analytic),
    };
    let seconds: Vec<f64> = analytic.iter().map(|time| time * factor).collect();
    let watts = class.slot_power().0;
    let table = CostTable {
        joules: seconds.iter().map(|time| time * watts).collect(),
        seconds,
        parameters: prefix_sums(network, |layer| layer.weights.0 * roof.width),
        tensor: (0..network.cuts().len()).map(|cut| network.tensor(cut).0).collect(),
        declared_time: class.declared_time(),
    };
    Some((table, source))
}

/// The sum of a layer's figure up to each cut.
fn prefix_sums(network: &Network, figure: impl Fn(&Layer) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0];
    sums.extend(network.layers().iter().scan(0.0, |sum, layer| {
        *sum += figure(layer);
        Some(*sum)
    }));
    network.cuts().iter().map(|&layers| sums[layers]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sim_core::units::{Bytes, Macs};
    use sim_core::world::cost::Cuts;

    use crate::catalogue::{self, Catalogue};
    use crate::zoo;

    use super::*;

    const ROOF: Roof = Roof { rate: 1e9, depthwise_cost: 10.4, bandwidth: 1e9, overhead: 1e-5, width: 1.0 };

    fn layer(kind: LayerKind, macs: f64, bytes: f64) -> Layer {
        let (weights, input, activation) = (Bytes(bytes), Bytes::ZERO, Bytes::ZERO);
        Layer { name: "layer".to_owned(), kind, macs: Macs(macs), weights, input, activation }
    }

    #[test]
    fn a_layer_waits_for_its_arithmetic_or_for_its_bytes() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-15;
        assert!(close(ROOF.seconds(&layer(LayerKind::Convolution, 1e6, 1e3)), 1e-3 + 1e-5));
        assert!(close(ROOF.seconds(&layer(LayerKind::Depthwise, 1e6, 1e3)), 1.04e-2 + 1e-5));
        assert!(close(ROOF.seconds(&layer(LayerKind::Pool, 0.0, 1e6)), 1e-3 + 1e-5));
    }

    #[test]
    fn a_calibrated_class_reproduces_its_latency() {
        let catalogue = catalogue::builtin();
        let network = zoo::by_name("mobilenet-v2").expect("built in");
        let whole = |class: &str| {
            let (table, _) = compile(network, &catalogue[class]).expect("fits");
            table.time_s(table.whole())
        };
        assert!((whole("raspberry-pi-4") - 0.044).abs() < 1e-9);
        assert!((whole("raspberry-pi-3b-plus") - 0.079).abs() < 1e-9);
    }

    #[test]
    fn a_measured_time_is_shared_among_the_cuts() {
        let class = &catalogue::builtin()["carbonedge-green"];
        let network = zoo::by_name("mobilenet-v2").expect("built in");
        let (table, source) = compile(network, class).expect("fits");
        assert_eq!(source, ProfileSource::Measured);
        assert!((table.time_s(table.whole()) - 0.272).abs() < 1e-12);
        // The paper: 380 g/kWh · 142.6 W · 272 ms is 0.0041 g.
        let grams = table.energy(table.whole()).0 * 380.0 / 3.6e6;
        assert!((grams - 0.0041).abs() < 0.00005, "{grams}");
        assert_eq!(table.declared_time, Some(sim_core::units::SimDuration::from_millis(500.0)));
    }

    #[test]
    fn tensors_run_from_the_image_to_what_is_sent_back() {
        let mut network = zoo::by_name("resnet-50").expect("built in").clone();
        network.output_bytes = Bytes(20.0); // the five best classes instead of all logits
        let (table, _) = compile(&network, &catalogue::builtin()["raspberry-pi-4"]).expect("fits");
        assert_eq!(table.tensor(0), Bytes(150_528.0));
        assert_eq!(table.tensor(1), Bytes(112.0 * 112.0 * 64.0 * 4.0));
        assert_eq!(table.tensor(table.whole().to), Bytes(20.0));
        assert_eq!(table.parameters(table.whole()), Bytes(25_530_472.0 * 4.0));
    }

    #[test]
    fn a_class_holds_parameters_in_its_precision_and_tensors_in_single() {
        let class = &Catalogue::parse(BOARD, "board.yaml").expect("is complete")["board"];
        let network = zoo::by_name("vit-tiny").expect("built in");
        let (table, _) = compile(network, class).expect("fits");
        assert_eq!(table.parameters(table.whole()), Bytes(5_717_416.0 * 2.0));
        assert_eq!(table.tensor(2), Bytes(197.0 * 192.0 * 4.0));
        // Half of the peak is reached, and two slots share 6 − 2 W above idle.
        assert_eq!(Roof::of(class).rate, 50e9);
        assert!((table.power(table.whole()).0 - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_model_larger_than_the_memory_cannot_run() {
        let network = zoo::by_name("resnet-50").expect("built in");
        assert_eq!(compile(network, &catalogue::builtin()["cortex-m7-board"]), None);
    }

    #[test]
    fn every_model_runs_on_every_class_with_room_for_it_and_takes_time() {
        for class in catalogue::builtin().classes.values() {
            for network in zoo::builtin() {
                let Some((table, _)) = compile(network, class) else { continue };
                let seconds = table.time_s(table.whole());
                assert!((1e-6..60.0).contains(&seconds), "{} on {}: {seconds} s", network.name, class.name);
                assert!(table.energy(table.whole()).0 > 0.0, "{} on {}", network.name, class.name);
            }
        }
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
        fn the_segments_of_a_split_add_up_to_the_whole(model in 0_usize..5, at in prop::collection::vec(0.0_f64..1.0, 1..5)) {
            let network = &zoo::builtin()[model];
            let class = &Catalogue::parse(BOARD, "board.yaml").expect("is complete")["board"];
            let (table, _) = compile(network, class).expect("fits");
            let last = table.whole().to;
            let mut cuts: Vec<u16> = at.iter().map(|share| (share * f64::from(last)) as u16).collect();
            cuts.extend([0, last]);
            cuts.sort_unstable();
            let segments = || cuts.windows(2).map(|pair| Cuts { from: pair[0], to: pair[1] });
            let time: f64 = segments().map(|cuts| table.time_s(cuts)).sum();
            let joules: f64 = segments().map(|cuts| table.energy(cuts).0).sum();
            prop_assert!((time / table.time_s(table.whole()) - 1.0).abs() < 1e-9);
            prop_assert!((joules / table.energy(table.whole()).0 - 1.0).abs() < 1e-9);
            prop_assert!(segments().all(|cuts| table.time_s(cuts) >= 0.0));
            // The slow twin: every layer's time, one by one.
            let roof = Roof::of(class);
            let layers: f64 = network.layers().iter().map(|layer| roof.seconds(layer)).sum();
            prop_assert!((time / layers - 1.0).abs() < 1e-9);
        }
    }

    /// A class with every term of the roofline.
    const BOARD: &str = "board:
  summary: a board with a roof
  cores: {value: 4, mark: spec, source: a test}
  slots: {value: 2, mark: spec, source: a test}
  precision: {value: f16, mark: spec, source: a test}
  memory: {value: 4 GB, mark: spec, source: a test}
  idle_power: {value: 2 W, mark: spec, source: a test}
  max_power: {value: 6 W, mark: spec, source: a test}
  mac_rate_f16: {value: 100 GMAC/s, mark: spec, source: a test}
  efficiency: {value: 0.5, mark: spec, source: a test}
  memory_bandwidth: {value: 10 GB/s, mark: spec, source: a test}
  layer_overhead: {value: 20 us, mark: spec, source: a test}
";
}
