//! The cost table of a network on a device class, from the best that is known of the pair.

use sim_core::world::cost::CostTable;

use crate::catalogue::{ClassEntry, Precision};
use crate::overlay::{Laid, lay};
use crate::profile::{Profile, Provenance};
use crate::roofline::Roof;
use crate::shipped;
use crate::spread::ProfileSource;
use crate::zoo::{Layer, Network};

/// A profile with the class it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// The class that its host belongs to.
    pub class: &'a str,
    /// Whether its host is the very device that the class stands for here, not just one of the kind.
    pub same_device: bool,
}

impl<'a> Evidence<'a> {
    /// The profiles that ship.
    pub fn shipped() -> impl Iterator<Item = Evidence<'a>> {
        shipped::profiles().iter().map(|profile| Self { profile, class: shipped::CLASS, same_device: true })
    }
}

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
/// Published times and profiles hold for the class's own precision. The best source gives the whole; inside it, time is
/// shared out as the roofline says, between the ends of a profile's segments or over the whole model.
///
/// Energies are those of a profile with a meter, else power times time: the power that published energies tell, or
/// (max − idle)/slots. Rates, bandwidth and energy are those of one slot.
#[must_use]
pub fn compile(network: &Network, class: &ClassEntry, precision: Precision, evidence: &[Evidence]) -> Option<Compiled> {
    let roof = Roof::of(class, precision)?;
    let analytic = prefix_sums(network, |layer| roof.seconds(layer));
    let (time, Laid { seconds, joules, energy }) = best(network, class, precision, evidence, analytic);
    let (joules, energy) = match (joules, class.published_power(&network.name)) {
        (Some(joules), _) => (joules, energy),
        (None, Some(power)) => (seconds.iter().map(|time| time * power.0).collect(), Provenance::Calibrated),
        (None, None) => (seconds.iter().map(|time| time * class.slot_power().0).collect(), Provenance::Modelled),
    };
    let table = CostTable {
        joules,
        seconds,
        parameters: prefix_sums(network, |layer| layer.weights.0 * roof.width),
        declared_time: class.declared_time(),
        noise_sigma: if class.own_noise_sigma().is_some() { None } else { Some(class.sigma(time)) },
    };
    Some(Compiled { table, time, energy })
}

/// The best source of a pair, with its figures up to each cut.
fn best(
    network: &Network, class: &ClassEntry, precision: Precision, evidence: &[Evidence], analytic: Vec<f64>,
) -> (ProfileSource, Laid) {
    let modelled = |seconds| Laid { seconds, joules: None, energy: Provenance::Modelled };
    if precision == class.precision() {
        // A disturbed measurement says less than that of another device of the kind that was left alone.
        let on_device = |given: &Evidence| given.same_device && !given.profile.quality.contended;
        let of_pair =
            || evidence.iter().filter(|given| given.class == class.name && given.profile.model.name == network.name);
        let chosen = of_pair().find(|given| on_device(given)).or_else(|| of_pair().next());
        if let Some((given, laid)) = chosen.and_then(|given| Some((given, lay(network, given.profile, &analytic)?))) {
            return (if on_device(given) { ProfileSource::Measured } else { ProfileSource::Imported }, laid);
        }
        let whole = analytic.last().copied().unwrap_or(0.0);
        if let Some(known) = class.known_time(&network.name).filter(|_| whole > 0.0) {
            let first_hand = class.knows_time_first_hand(&network.name);
            let source = if first_hand { ProfileSource::Imported } else { ProfileSource::Calibrated { models: 1 } };
            return (source, modelled(analytic.iter().map(|time| time * known / whole).collect()));
        }
    }
    (class.calibration_source(), modelled(analytic))
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
    use crate::profile::{Energy, Host, Method, ProfiledModel, Quality, SCHEMA, SegmentRow};
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

    /// A profile of MobileNetV2 whose segments end at these layers and take so long [s].
    fn profile(segments: &[(&str, f64)], joules: Option<f64>) -> Profile {
        let segment = |&(end, median_s): &(&str, f64)| SegmentRow {
            end: end.to_owned(),
            operators: Vec::new(),
            dense_macs: 0.0,
            depthwise_macs: 0.0,
            input_bytes: 0.0,
            output_bytes: 0.0,
            weight_bytes: 0.0,
            median_s,
            mad_s: 0.0,
            energy_j: joules.map(|watts| watts * median_s),
            tensor_bytes: 0.0,
        };
        let text = String::new;
        let whole_s = segments.iter().map(|(_, seconds)| seconds).sum();
        Profile {
            schema: SCHEMA.to_owned(),
            model: ProfiledModel {
                name: "mobilenet-v2".to_owned(),
                source: "zoo".to_owned(),
                inputs: Vec::new(),
                input_bytes: 0.0,
                output_bytes: 0.0,
                macs: 0.0,
                parameters: 0,
            },
            device_class: None,
            host: Host { cpu: text(), cores: 1, memory_bytes: 1e9, target: text(), virtual_machine: false },
            method: Method {
                carbonedge: text(),
                engine: text(),
                date: text(),
                threads: 1,
                batch: 1,
                cold: false,
                warm_ups: 5,
                rounds: 5,
                iterations: 20,
            },
            quality: Quality {
                whole_s,
                whole_mad_s: 0.0,
                sum_s: whole_s,
                deviation: 0.0,
                spread: 0.0,
                contended: false,
            },
            energy: Energy {
                provenance: if joules.is_some() { Provenance::Measured } else { Provenance::Modelled },
                source: text(),
                idle_w: None,
                busy_w: None,
            },
            peak_activation_bytes: 0.0,
            layers: Vec::new(),
            segments: segments.iter().map(segment).collect(),
        }
    }

    #[test]
    fn what_is_better_known_goes_before_what_is_worse_known() {
        let class = &catalogue::builtin()["raspberry-pi-4"];
        let other = profile(&[("classifier", 0.060)], None);
        let own = profile(&[("classifier", 0.050)], None);
        let given = |profile, same_device| Evidence { profile, class: "raspberry-pi-4", same_device };
        let source = |evidence: &[Evidence]| {
            let made = compile(network("mobilenet-v2"), class, Precision::F32, evidence).expect("its rate is known");
            (made.time, (whole(&made) * 1e6).round())
        };
        assert_eq!(source(&[given(&other, false), given(&own, true)]), (ProfileSource::Measured, 50_000.0));
        assert_eq!(source(&[given(&other, false)]), (ProfileSource::Imported, 60_000.0));
        assert_eq!(source(&[]), (ProfileSource::Imported, 44_000.0));
        let mut disturbed = other.clone();
        disturbed.quality.contended = true;
        assert_eq!(source(&[given(&disturbed, true)]).0, ProfileSource::Imported);
        let elsewhere = Evidence { profile: &own, class: "raspberry-pi-5", same_device: true };
        assert_eq!(source(&[elsewhere]), (ProfileSource::Imported, 44_000.0));
        assert!(matches!(compiled("resnet-50", "raspberry-pi-4").time, ProfileSource::Calibrated { .. }));
        assert_eq!(compiled("resnet-50", "xeon-d-server").time, ProfileSource::Datasheet);
    }

    #[test]
    fn a_profile_is_laid_over_the_cuts_by_the_names_of_its_ends() {
        let class = &catalogue::builtin()["raspberry-pi-4"];
        let network = network("mobilenet-v2");
        // The second end is no cut: the shortcut crosses there too; the third names no layer.
        let segments = [("block1/project", 0.010), ("block3/expand", 0.005), ("elsewhere", 0.007), ("logits", 0.020)];
        let profile = profile(&segments, Some(3.0));
        let evidence = [Evidence { profile: &profile, class: "raspberry-pi-4", same_device: true }];
        let made = compile(network, class, Precision::F32, &evidence).expect("its rate is known");
        let first = network.layers().iter().position(|layer| layer.name == "block1/project").expect("is there") + 1;
        let cut = network.cuts().iter().position(|&cut| cut == first).expect("is a cut");
        assert_eq!(made.table.seconds[cut], 0.010);
        assert!((whole(&made) - 0.042).abs() < 1e-15);
        assert!(made.table.seconds.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((made.time, made.energy), (ProfileSource::Measured, Provenance::Measured));
        assert!((made.table.energy(made.table.whole()).0 - 3.0 * 0.042).abs() < 1e-15);
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
        // The class states its own σ, so the table leaves it to the class.
        assert_eq!(made.table.noise_sigma, None);
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

        #[test]
        fn a_profile_keeps_its_sum_and_never_runs_backwards(
            ends in prop::collection::vec((0_usize..200, 0.0_f64..0.1), 1..12),
        ) {
            let network = network("mobilenet-v2");
            let class = &catalogue::builtin()["raspberry-pi-4"];
            let names: Vec<(&str, f64)> = ends
                .iter()
                .map(|&(layer, seconds)| (network.layers().get(layer).map_or("", |layer| layer.name.as_str()), seconds))
                .collect();
            let profile = profile(&names, None);
            let evidence = [Evidence { profile: &profile, class: "raspberry-pi-4", same_device: true }];
            let table = compile(network, class, Precision::F32, &evidence).expect("its rate is known").table;
            let sum: f64 = ends.iter().map(|(_, seconds)| seconds).sum();
            prop_assert!((table.time_s(table.whole()) - sum).abs() < 1e-12);
            prop_assert!(table.seconds.windows(2).all(|pair| pair[0] <= pair[1] + 1e-15));
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
