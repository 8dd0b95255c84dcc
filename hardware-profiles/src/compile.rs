//! The cost table of a network on a device class, from the best that is known of the pair.

use sim_core::world::cost::CostTable;

use crate::catalogue::{ClassEntry, Precision};
use crate::evidence::{self, Evidence};
use crate::overlay::{Laid, lay};
use crate::profile::Provenance;
use crate::roofline::Roof;
use crate::spread::ProfileSource;
use crate::zoo::{self, Layer, Network};

/// A cost table with how its figures are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The table.
    pub table: CostTable,
    /// Where its times come from.
    pub time: ProfileSource,
    /// How its energies are known.
    pub energy: Provenance,
}

/// The cost table of a network on a class, its parameters and activations in `precision`; `None` if nothing
/// tells how fast the class is in that precision. Whether its memory holds the parameters is not asked: a part may fit.
///
/// Times are those of the best source: a profile measured on the device, one of another device of the kind or a
/// published time of the model, the roofline with the class's calibrated rate, the roofline with its data sheet's.
/// A published time that was derived, from another size of image say, counts as a calibration on this one model.
/// A scenario's own profiles go before shipped ones. Published times hold for the class's own precision, profiles for
/// [`evidence::PRECISION`]; both for the network that bears the model's name by right, see [`zoo::owns_its_name`]. The
/// best source gives the whole; inside it, time is shared out as the roofline says, between the ends of a profile's
/// segments or over the whole model.
///
/// Energies are those of a profile with a meter, else power times time: the power that published energies tell, or
/// (max − idle)/slots. Rates, bandwidth and energy are those of one slot.
#[must_use]
pub fn compile(network: &Network, class: &ClassEntry, precision: Precision, evidence: &[Evidence]) -> Option<Compiled> {
    let roof = Roof::of(class, precision)?;
    let analytic = prefix_sums(network, |layer| roof.seconds(layer));
    let (time, Laid { seconds, joules, energy }) = best(network, class, precision, evidence, analytic);
    let (joules, energy) = match (joules, class.published_power(published_name(network))) {
        (Some(joules), _) => (joules, energy),
        (None, Some(power)) => (seconds.iter().map(|time| time * power.0).collect(), Provenance::Calibrated),
        (None, None) => (seconds.iter().map(|time| time * class.slot_power().0).collect(), Provenance::Modelled),
    };
    let table = CostTable {
        joules,
        seconds,
        parameters: prefix_sums(network, |layer| layer.weights.0 * roof.width),
        declared_time: class.declared_time(),
        noise_sigma: Some(class.sigma(time)),
    };
    Some(Compiled { table, time, energy })
}

/// The best source of a pair, with its figures up to each cut.
fn best(
    network: &Network, class: &ClassEntry, precision: Precision, evidence: &[Evidence], analytic: Vec<f64>,
) -> (ProfileSource, Laid) {
    let modelled = |seconds| Laid { seconds, joules: None, energy: Provenance::Modelled };
    if precision == evidence::PRECISION
        && let Some(given) = evidence::best(network, class, evidence)
        && let Some(laid) = lay(network, given.profile, &analytic)
    {
        return (given.source(), laid);
    }
    let whole = analytic.last().copied().unwrap_or(0.0);
    let name = published_name(network).filter(|_| precision == class.precision() && whole > 0.0);
    if let Some((name, known)) = name.and_then(|name| Some((name, class.known_time(name)?))) {
        let first_hand = class.knows_time_first_hand(name);
        let source = if first_hand { ProfileSource::Imported } else { ProfileSource::Calibrated { models: 1 } };
        return (source, modelled(analytic.iter().map(|time| time * known / whole).collect()));
    }
    (class.roofline_source(precision), modelled(analytic))
}

/// The name that figures of the network are published under; `None` if it bears another network's.
fn published_name(network: &Network) -> Option<&str> {
    zoo::owns_its_name(network).then_some(network.name.as_str())
}

/// Time of a network for a batch of images [s], in the class's own precision; `None` as for [`compile`].
///
/// The time of one image is the best known, see [`compile`]; the roofline says how it grows with the batch.
#[must_use]
pub fn seconds(network: &Network, class: &ClassEntry, evidence: &[Evidence], batch: u32) -> Option<f64> {
    let one = compile(network, class, class.precision(), evidence)?.table;
    let roof = Roof::of(class, class.precision())?;
    Some(one.time_s(one.whole()) * (roof.network_seconds(network, batch) / roof.network_seconds(network, 1)))
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
    use sim_core::units::{Bytes, SimDuration};
    use sim_core::world::cost::Cuts;

    use crate::catalogue::{self, Catalogue};
    use crate::zoo;

    use super::*;

    fn network(name: &str) -> &'static Network {
        zoo::by_name(name).expect("built in")
    }

    fn compiled(model: &str, class: &str) -> Compiled {
        let class = &catalogue::builtin()[class];
        compile(network(model), class, class.precision(), &[]).expect("its rate is known")
    }

    fn whole(compiled: &Compiled) -> f64 {
        compiled.table.time_s(compiled.table.whole())
    }

    #[test]
    fn a_name_that_no_built_in_network_has_is_its_owners() {
        let table = "name,kind,macs,weight_bytes,activation_bytes,cut\nconv,convolution,9e6,4000,4000,true\n";
        let mine = Network::from_csv("mine", table).expect("is a table");
        let class = |mark: &str| {
            let times = format!("  times: [{{model: mine, time: 7 ms, mark: {mark}, source: \"= a test\"}}]\n");
            Catalogue::parse(&format!("{BOARD}{times}"), "board.yaml").expect("is complete")
        };
        for (mark, source) in
            [("measured", ProfileSource::Imported), ("derived", ProfileSource::Calibrated { models: 1 })]
        {
            let made = compile(&mine, &class(mark)["board"], Precision::F16, &[]).expect("its rate is known");
            assert_eq!((made.time, (whole(&made) * 1e6).round()), (source, 7000.0), "{mark}");
        }
    }

    #[test]
    fn a_rate_carried_to_another_precision_is_known_no_better_than_the_speed_up() {
        let source = |mark: &str| {
            let board = BOARD.replace(
                "speedup_int8: {value: 3, mark: spec, source: a test}",
                &format!("speedup_int8: {{value: 3, mark: {mark}, source: \"= a test\"}}"),
            );
            let board = board.replace("speedup_f16: {value: 2, mark: spec", "speedup_f16: {value: 2, mark: measured");
            let latency = "  calibration: [{model: resnet-50, time: 1 s, mark: measured, source: a test}]\n";
            let catalogue = Catalogue::parse(&format!("{board}{latency}"), "board.yaml").expect("is complete");
            let of =
                |precision| compile(network("vit-tiny"), &catalogue["board"], precision, &[]).map(|made| made.time);
            assert_eq!(of(Precision::F16), Some(ProfileSource::Calibrated { models: 1 }));
            of(Precision::Int8).expect("its speed-up is stated")
        };
        assert_eq!(source("measured"), ProfileSource::Calibrated { models: 1 });
        assert_eq!(source("derived"), ProfileSource::Datasheet);
    }

    #[test]
    fn jitter_from_run_to_run_is_not_how_far_a_modelled_time_may_be_off() {
        let sigma = |model: &str, class: &str| compiled(model, class).table.noise_sigma.expect("every table has one");
        let own = |class: &str| catalogue::builtin()[class].own_noise_sigma().expect("is stated");
        assert_eq!(sigma("resnet-50", "jetson-xavier-nx"), own("jetson-xavier-nx"));
        let modelled = compiled("vit-tiny", "jetson-xavier-nx").time.sigma();
        assert!(modelled > own("jetson-xavier-nx") && sigma("vit-tiny", "jetson-xavier-nx") == modelled);
        // A class that declares 0 is exact, whatever its times come from.
        let derived = compiled("efficientnet-b0", "carbonedge-high");
        assert_eq!((derived.time, derived.table.noise_sigma), (ProfileSource::Calibrated { models: 1 }, Some(0.0)));
        assert_eq!(sigma("vit-tiny", "carbonedge-high"), 0.0);
    }

    #[test]
    fn a_published_time_is_shared_among_the_cuts() {
        let made = compiled("mobilenet-v2", "carbonedge-green");
        assert_eq!((made.time, made.energy), (ProfileSource::Imported, Provenance::Modelled));
        assert!((whole(&made) - 0.272).abs() < 1e-12);
        // The paper: 380 g/kWh · 142.6 W · 272 ms is 0.0041 g.
        let grams = made.table.energy(made.table.whole()).0 * 380.0 / 3.6e6;
        assert!((grams - 0.0041).abs() < 0.00005, "{grams}");
        assert_eq!(made.table.declared_time, Some(SimDuration::from_millis(500.0)));
        assert_eq!(made.table.noise_sigma, Some(0.0));
    }

    #[test]
    fn a_published_energy_sets_the_power_of_every_model() {
        // 11.9 mJ above idle for a ResNet-50 of MLPerf; other models draw the same power for their own time.
        let made = compiled("resnet-50", "jetson-agx-orin");
        assert_eq!(made.energy, Provenance::Calibrated);
        let power = made.table.power(made.table.whole()).0;
        assert!((power - 11.9e-3 * 694.8).abs() < 0.05, "{power}");
        let other = compiled("mobilenet-v2", "jetson-agx-orin");
        assert!((other.table.power(other.table.whole()).0 - power).abs() < 1e-9);
        // 0.554 J gross for a YOLOv5n in 81.04 ms, of which 2.5 W are idle power.
        let nano = compiled("mobilenet-v2", "jetson-nano");
        assert!((nano.table.power(nano.table.whole()).0 - (0.554 / 0.081_04 - 2.5)).abs() < 0.01);
    }

    #[test]
    fn tensors_run_from_the_image_to_what_is_sent_back() {
        let mut network = network("resnet-50").clone();
        network.output_bytes = Bytes(20.0); // the five best classes instead of all logits
        let class = &catalogue::builtin()["raspberry-pi-4"];
        let table = compile(&network, class, Precision::F32, &[]).expect("its rate is known").table;
        let model = network.model();
        assert_eq!((model.input(), model.output()), (Bytes(150_528.0), Bytes(20.0)));
        assert_eq!(model.tensor(1), Bytes(112.0 * 112.0 * 64.0 * 4.0));
        assert_eq!(table.whole(), model.whole());
        assert_eq!(table.parameters(table.whole()), Bytes(25_530_472.0 * 4.0));
    }

    #[test]
    fn a_class_holds_parameters_in_its_precision_and_tensors_in_single() {
        let class = &Catalogue::parse(BOARD, "board.yaml").expect("is complete")["board"];
        let table = compile(network("vit-tiny"), class, Precision::F16, &[]).expect("its rate is known").table;
        assert_eq!(table.parameters(table.whole()), Bytes(5_717_416.0 * 2.0));
        assert_eq!(network("vit-tiny").model().tensor(2), Bytes(197.0 * 192.0 * 4.0));
        // Half of the peak is reached, and two slots share 6 − 2 W above idle.
        assert_eq!(class.rate().0, 50e9);
        assert!((table.power(table.whole()).0 - 2.0).abs() < 1e-12);
        assert_eq!(table.noise_sigma, Some(0.4));
    }

    #[test]
    fn another_precision_has_its_own_speed_and_size() {
        let class = &Catalogue::parse(BOARD, "board.yaml").expect("is complete")["board"];
        let roof = |precision| Roof::of(class, precision);
        let (half, quantised) = (roof(Precision::F16).expect("own"), roof(Precision::Int8).expect("is stated"));
        // 3 over 2 times single precision, at half the bytes.
        assert!((quantised.rate / half.rate - 1.5).abs() < 1e-12 && quantised.width == 0.25);
        let table = compile(network("vit-tiny"), class, Precision::Int8, &[]).expect("its rate is known").table;
        assert_eq!(table.parameters(table.whole()), Bytes(5_717_416.0));
        // A microcontroller that no source tells a speed of in single precision cannot run it.
        let coral = &catalogue::builtin()["coral-dev-board"];
        assert_eq!(compile(network("mobilenet-v2"), coral, Precision::F32, &[]), None);
    }

    #[test]
    fn every_model_runs_on_every_class_with_room_for_it_and_takes_time() {
        for class in catalogue::builtin().classes.values() {
            for network in zoo::builtin() {
                let Some(made) = compile(network, class, class.precision(), &[]) else { continue };
                let (seconds, table) = (whole(&made), &made.table);
                assert!((1e-6..60.0).contains(&seconds), "{} on {}: {seconds} s", network.name, class.name);
                assert!(table.energy(table.whole()).0 > 0.0, "{} on {}", network.name, class.name);
            }
        }
    }

    #[test]
    fn batches_gain_on_a_gpu_and_nothing_on_a_cpu() {
        let per_image = |class: &str, batch: u32| {
            let seconds =
                seconds(network("resnet-50"), &catalogue::builtin()[class], &[], batch).expect("its rate is known");
            seconds / f64::from(batch)
        };
        assert!((per_image("raspberry-pi-4", 16) / per_image("raspberry-pi-4", 1) - 1.0).abs() < 1e-12);
        // MLPerf's Offline scenario of the same submission: 6035.57 images a second.
        assert!((per_image("edge-server-t4", 1) / 1.0001e-3 - 1.0).abs() < 1e-9);
        assert!((per_image("edge-server-t4", 4096) * 6035.57 - 1.0).abs() < 0.05);
    }

    proptest! {
        #[test]
        fn the_segments_of_a_split_add_up_to_the_whole(model in 0..zoo::builtin().len(), at in prop::collection::vec(0.0_f64..1.0, 1..5)) {
            let network = &zoo::builtin()[model];
            let class = &Catalogue::parse(BOARD, "board.yaml").expect("is complete")["board"];
            let table = compile(network, class, Precision::F16, &[]).expect("its rate is known").table;
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
            let roof = Roof::of(class, Precision::F16).expect("its own");
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
  speedup_f16: {value: 2, mark: spec, source: a test}
  speedup_int8: {value: 3, mark: spec, source: a test}
  efficiency: {value: 0.5, mark: spec, source: a test}
  memory_bandwidth: {value: 10 GB/s, mark: spec, source: a test}
  layer_overhead: {value: 20 us, mark: spec, source: a test}
";
}
