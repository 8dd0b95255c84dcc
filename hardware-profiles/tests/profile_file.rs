//! The format of profile files: a golden one, and everything that is refused.

use hardware_profiles::profile::{
    Energy, Host, LayerRow, Method, OperatorRow, Profile, ProfiledModel, Provenance, Quality, SCHEMA, SegmentRow, read,
};
use hardware_profiles::zoo::LayerKind;
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("golden/profile.json");

fn layer(name: &str, kind: LayerKind, macs: f64, cut: bool) -> LayerRow {
    let name = name.to_owned();
    LayerRow { name, kind, macs, weight_bytes: macs / 2.0, input_bytes: 64.0, activation_bytes: 32.0, cut }
}

fn segment(end: &str, operators: &[(&str, u32, f64)], dense_macs: f64, depthwise_macs: f64) -> SegmentRow {
    let row = |&(name, number, median_s): &(&str, u32, f64)| OperatorRow { name: name.into(), number, median_s };
    SegmentRow {
        end: end.to_owned(),
        operators: operators.iter().map(row).collect(),
        dense_macs,
        depthwise_macs,
        input_bytes: 128.0,
        output_bytes: 64.0,
        weight_bytes: 150.0,
        median_s: operators.iter().map(|(_, _, seconds)| seconds).sum(),
        mad_s: 0.001,
        energy_j: Some(0.5),
        tensor_bytes: 32.0,
    }
}

fn profile() -> Profile {
    Profile {
        schema: SCHEMA.to_owned(),
        model: ProfiledModel {
            name: "tiny".into(),
            source: "tiny.onnx".into(),
            inputs: vec!["image=1,1,4,4".into()],
            input_bytes: 64.0,
            output_bytes: 32.0,
            macs: 300.0,
            parameters: 75,
        },
        host: Host {
            cpu: "Raspberry Pi 4 Model B Rev 1.4".into(),
            cores: 4,
            memory_bytes: 4e9,
            target: "aarch64-linux".into(),
            virtual_machine: false,
        },
        device_class: Some("raspberry-pi-4".into()),
        method: Method {
            carbonedge: "0.1.0".into(),
            engine: "tract 0.23.9".into(),
            date: "2026-01-02T03:04:05Z".into(),
            threads: 1,
            batch: 1,
            cold: false,
            warm_ups: 5,
            rounds: 5,
            iterations: 40,
        },
        quality: Quality {
            whole_s: 0.5,
            whole_mad_s: 0.0625,
            sum_s: 0.75,
            deviation: 0.5,
            spread: 0.25,
            contended: true,
        },
        energy: Energy {
            provenance: Provenance::Measured,
            source: "INA3221: loops of 0.5 s".into(),
            idle_w: Some(2.5),
            busy_w: Some(1.5),
        },
        peak_activation_bytes: 96.0,
        layers: vec![
            layer("stem", LayerKind::Convolution, 100.0, false),
            layer("stem/relu", LayerKind::Activation, 0.0, true),
            layer("filter", LayerKind::Depthwise, 50.0, true),
            layer("head", LayerKind::Linear, 150.0, true),
        ],
        segments: vec![
            segment("stem/relu", &[("OptMatMul", 2, 0.25)], 100.0, 0.0),
            segment("head", &[("DepthWiseConv", 1, 0.125), ("OptMatMul", 1, 0.375)], 150.0, 50.0),
        ],
    }
}

#[test]
fn the_format_is_the_golden_one_and_reads_back() {
    assert_eq!(profile().to_json(), GOLDEN, "a new format needs a new version in SCHEMA");
    assert_eq!(read(GOLDEN, "golden").expect("a profile"), profile());
}

#[test]
fn a_profile_is_a_network_for_the_simulator() {
    let network = profile().network();
    assert_eq!(network.cuts(), [0, 2, 3, 4]);
    assert_eq!((network.macs().0, network.macs_of(LayerKind::Depthwise).0), (300.0, 50.0));
    assert_eq!((network.input_bytes.0, network.output_bytes.0, network.tensor(1).0), (64.0, 32.0, 32.0));
    let mut of_zoo = profile();
    of_zoo.model.name = "mobilenet-v2".into();
    assert_eq!(of_zoo.network().layers().len(), 4, "a file of that name is not the zoo's");
    of_zoo.model.source = "zoo".into();
    assert_eq!(Some(&of_zoo.network()), hardware_profiles::zoo::by_name("mobilenet-v2"));
}

#[test]
fn what_no_profiler_can_have_written_is_refused_by_name() {
    for (path, value, says) in [
        ("/schema", json!("carbonedge-profile/0"), "profile the model again"),
        ("/model/macs", json!(301.0), "sum of the layers' macs"),
        ("/model/macs", json!(-300.0), "model.macs is -300"),
        ("/segments/0/dense_macs", json!(101.0), "sum of the segments' macs"),
        ("/segments/0/median_s", json!(0.3), "sum of the segments' median_s"),
        ("/segments/0/end", json!("stem"), "with cut: true"),
        ("/segments/0/end", json!("nowhere"), "a later layer"),
        ("/segments/1/end", json!("stem/relu"), "a later layer"),
        ("/segments/1/end", json!("filter"), "an account of 3 of 4 layers"),
        ("/segments", json!([]), "an account of 0 of 4 layers"),
        ("/layers", json!([]), "at least one layer"),
        ("/layers/1/name", json!("stem"), "two of the name `stem`"),
        ("/layers/3/cut", json!(false), "cut of the last layer"),
        ("/layers/0/kind", json!("magic"), "unknown variant `magic`"),
        ("/quality/whole_s", json!(0.0), "above 0"),
        ("/energy/provenance", json!("guessed"), "unknown variant `guessed`"),
        ("/host/gpu", json!("none"), "unknown field `gpu`"),
    ] {
        let mut broken: Value = serde_json::from_str(GOLDEN).expect("JSON");
        match broken.pointer_mut(path) {
            Some(place) => *place = value,
            None => drop(broken["host"].as_object_mut().expect("a host").insert("gpu".into(), value)),
        }
        let error = read(&broken.to_string(), "broken.json").expect_err(path).to_string();
        assert!(error.starts_with("broken.json: ") && error.contains(says), "{path}: {error}");
    }
    assert!(read("", "empty.json").expect_err("no JSON").to_string().contains("carbonedge profile MODEL"));
    assert!(read("1e999", "huge.json").is_err());
}
