//! Measured profiles as evidence: which of several counts, for which network and precision, and how it lies over cuts.

use hardware_profiles::catalogue::{self, Precision};
use hardware_profiles::compile::{Compiled, compile};
use hardware_profiles::evidence::{Evidence, Origin};
use hardware_profiles::profile::{
    Energy, Host, Method, Profile, ProfiledModel, Provenance, Quality, SCHEMA, SegmentRow,
};
use hardware_profiles::spread::ProfileSource;
use hardware_profiles::zoo::{self, Network};
use proptest::prelude::*;

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
        quality: Quality { whole_s, whole_mad_s: 0.0, sum_s: whole_s, deviation: 0.0, spread: 0.0, contended: false },
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

/// A scenario's own profile on a Raspberry Pi 4.
fn given(profile: &Profile, same_device: bool) -> Evidence<'_> {
    Evidence { profile, class: "raspberry-pi-4", same_device, origin: Origin::Scenario }
}

#[test]
fn what_is_better_known_goes_before_what_is_worse_known() {
    let class = &catalogue::builtin()["raspberry-pi-4"];
    let other = profile(&[("classifier", 0.060)], None);
    let own = profile(&[("classifier", 0.050)], None);
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
    let elsewhere = Evidence { class: "raspberry-pi-5", ..given(&own, true) };
    assert_eq!(source(&[elsewhere]), (ProfileSource::Imported, 44_000.0));
    assert!(matches!(compiled("resnet-50", "raspberry-pi-4").time, ProfileSource::Calibrated { .. }));
    assert_eq!(compiled("resnet-50", "xeon-d-server").time, ProfileSource::Datasheet);
}

#[test]
fn a_scenarios_own_profile_goes_before_a_shipped_one() {
    let class = &catalogue::builtin()["raspberry-pi-4"];
    let [own, shipped] = [0.060, 0.050].map(|seconds| profile(&[("classifier", seconds)], None));
    let shipped = Evidence { origin: Origin::Shipped, ..given(&shipped, true) };
    for evidence in [[given(&own, false), shipped], [shipped, given(&own, false)]] {
        let made = compile(network("mobilenet-v2"), class, Precision::F32, &evidence).expect("its rate is known");
        assert_eq!((made.time, (whole(&made) * 1e6).round()), (ProfileSource::Imported, 60_000.0));
    }
}

#[test]
fn what_is_known_of_a_network_does_not_pass_to_another_of_its_name() {
    let namesake = |of: &str| {
        let table = "name,kind,macs,weight_bytes,activation_bytes,cut\nconv,convolution,9e6,4000,4000,true\n";
        Network::from_csv(of, table).expect("is a table")
    };
    let pi = &catalogue::builtin()["raspberry-pi-4"];
    let shipped = profile(&[("classifier", 0.050)], None);
    let shipped = Evidence { origin: Origin::Shipped, ..given(&shipped, true) };
    let made = compile(&namesake("mobilenet-v2"), pi, Precision::F32, &[shipped]).expect("its rate is known");
    let roof = 9e6 / pi.rate().0 + pi.parameters().overhead;
    assert_eq!(made.time, pi.calibration_source());
    assert!((whole(&made) / roof - 1.0).abs() < 1e-12, "{} s", whole(&made));
    let named = compile(network("mobilenet-v2"), pi, Precision::F32, &[shipped]).expect("its rate is known");
    assert_eq!((named.time, (whole(&named) * 1e6).round()), (ProfileSource::Measured, 50_000.0));
    // The microcontroller's energies: that of the keyword spotter is its own, others draw what all of them tell.
    let board = &catalogue::builtin()["cortex-m7-board"];
    let power = |network: &Network| {
        let table = compile(network, board, board.precision(), &[]).expect("its rate is known").table;
        table.power(table.whole())
    };
    assert_ne!(power(&namesake("ds-cnn")), power(network("ds-cnn")));
    assert!((power(&namesake("ds-cnn")).0 / power(&namesake("other")).0 - 1.0).abs() < 1e-12);
}

#[test]
fn a_profile_holds_for_single_precision_alone() {
    let profile = profile(&[("classifier", 0.050)], None);
    let evidence = [Evidence { class: "edge-server-t4", ..given(&profile, true) }];
    let class = &catalogue::builtin()["edge-server-t4"];
    let source =
        |precision| compile(network("mobilenet-v2"), class, precision, &evidence).expect("its rate is known").time;
    assert_eq!(source(Precision::Int8), class.calibration_source());
    assert_eq!(source(Precision::F32), ProfileSource::Measured);
}

#[test]
fn a_profile_is_laid_over_the_cuts_by_the_names_of_its_ends() {
    let class = &catalogue::builtin()["raspberry-pi-4"];
    let network = network("mobilenet-v2");
    // The second end is no cut: the shortcut crosses there too; the third names no layer.
    let segments = [("block1/project", 0.010), ("block3/expand", 0.005), ("elsewhere", 0.007), ("logits", 0.020)];
    let profile = profile(&segments, Some(3.0));
    let evidence = [given(&profile, true)];
    let made = compile(network, class, Precision::F32, &evidence).expect("its rate is known");
    let first = network.layers().iter().position(|layer| layer.name == "block1/project").expect("is there") + 1;
    let cut = network.cuts().iter().position(|&cut| cut == first).expect("is a cut");
    assert_eq!(made.table.seconds[cut], 0.010);
    assert!((whole(&made) - 0.042).abs() < 1e-15);
    assert!(made.table.seconds.windows(2).all(|pair| pair[0] <= pair[1]));
    assert_eq!((made.time, made.energy), (ProfileSource::Measured, Provenance::Measured));
    assert!((made.table.energy(made.table.whole()).0 - 3.0 * 0.042).abs() < 1e-15);
}

proptest! {
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
        let evidence = [given(&profile, true)];
        let table = compile(network, class, Precision::F32, &evidence).expect("its rate is known").table;
        let sum: f64 = ends.iter().map(|(_, seconds)| seconds).sum();
        prop_assert!((table.time_s(table.whole()) - sum).abs() < 1e-12);
        prop_assert!(table.seconds.windows(2).all(|pair| pair[0] <= pair[1] + 1e-15));
    }
}
