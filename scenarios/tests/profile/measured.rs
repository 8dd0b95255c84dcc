//! Measurements through the library, which may run in a debug build: how profiles hang together, not what times they tell.

use std::fs;
use std::time::{Duration, Instant};

use hardware_profiles::profile::{Profile, Provenance, read};
use hardware_profiles::tract::energy::Windows;
use hardware_profiles::tract::load::{Loaded, load, load_file};
use hardware_profiles::tract::measure::Protocol;
use hardware_profiles::tract::meter::{Meter, MeterError, Scope};
use hardware_profiles::tract::onnx;
use hardware_profiles::tract::profile::{ProfilingError, Settings, Subject, profile};
use hardware_profiles::zoo;

use super::graphs::{chain, file, floats, graph, node, waist, weights, with_ints};

/// One short round.
fn settings(allow_debug: bool) -> Settings {
    let pause = Duration::ZERO;
    Settings {
        protocol: Protocol { warm_ups: 1, rounds: 1, iterations: (3, 3), pause, cold: false, allow_debug },
        windows: Windows { shortest: Duration::from_millis(20), number: 1 },
        power: None,
        device_class: None,
        carbonedge: "test".into(),
        date: "2026-01-02T03:04:05Z".into(),
    }
}

fn loaded(bytes: &[u8]) -> Loaded {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("net.onnx");
    fs::write(&path, bytes).expect("a file");
    load_file(&path, &[]).expect("a network")
}

const SUBJECT: Subject = Subject { name: "net", file: Some("net.onnx"), zoo: None };

fn measured(bytes: &[u8], meter: Option<&mut dyn Meter>) -> Profile {
    let made = profile(&loaded(bytes), SUBJECT, &settings(true), meter, &mut |_| {}).expect("a profile");
    assert_eq!(read(&made.to_json(), "made").expect("its laws hold"), made);
    made
}

fn ends(profile: &Profile) -> Vec<&str> {
    profile.segments.iter().map(|segment| segment.end.as_str()).collect()
}

#[test]
fn segments_end_where_one_tensor_crosses_the_optimised_network() {
    let chain = measured(&chain(), None);
    let found = ends(&chain);
    assert!(found.starts_with(&["conv", "relu.low", "depthwise"]), "{found:?}");
    assert_eq!((chain.segments[0].dense_macs, chain.segments[2].depthwise_macs), (55_296.0, 18_432.0));
    assert_eq!(chain.energy.provenance, Provenance::Modelled);
    assert!(chain.segments.iter().all(|segment| segment.energy_j.is_none()), "no power is known");
    let waist = measured(&waist(), None);
    assert_eq!(ends(&waist)[..2], ["sum", "waist"]);
    assert_eq!((waist.segments.len(), waist.segments[2].tensor_bytes), (3, waist.model.output_bytes));
}

#[test]
fn layers_whose_activations_are_all_zero_are_not_taken_for_each_other() {
    let name = |k: usize| if k == 0 { "x".to_owned() } else { format!("relu{k}") };
    let (mut nodes, mut tensors) = (Vec::new(), vec![weights("w", &[4, 4, 3, 3]), weights("down", &[4])]);
    // Far below zero, whatever the convolution tells.
    tensors[1].float_data = vec![-100.0; 4];
    for k in 1..=8 {
        // Names that tell nothing.
        let (conv, relu) = (format!("n{}", k * 7 % 9), format!("m{}", k * 4 % 9));
        let conv_node = with_ints(node("Conv", &[&name(k - 1), "w", "down"], &[&conv]), "pads", &[1, 1, 1, 1]);
        let mut relu_node = node("Relu", &[&conv], &[&name(k)]);
        relu_node.name = relu;
        nodes.extend([conv_node, relu_node]);
    }
    let extents = [1, 4, 8, 8];
    let net = file(graph(nodes, vec![floats("x", &extents)], vec![floats("relu8", &extents)], tensors));
    for segment in measured(&net, None).segments {
        let multiplies = segment.operators.iter().any(|operator| operator.name == "OptMatMul");
        assert_eq!(multiplies, segment.dense_macs > 0.0, "{segment:?}");
    }
}

#[test]
fn segments_of_the_zoo_end_at_its_layers() {
    let network = zoo::by_name("mobilenet-v2").expect("built in");
    let loaded = load(&onnx::export(network).expect("a graph"), None, &[]).expect("a network");
    let subject = Subject { name: "mobilenet-v2", file: None, zoo: Some(network) };
    let mut settings = settings(true);
    settings.protocol.iterations = (1, 1);
    let made = profile(&loaded, subject, &settings, None, &mut |_| {}).expect("a profile");
    read(&made.to_json(), "made").expect("its laws hold");
    assert_eq!(&made.network(), network);
    let found = ends(&made);
    // All 17 blocks but the first end in a layer behind which everything is cut, save those that a sum follows.
    for end in ["stem", "block1/depthwise", "block1/project", "block3/add", "block17/project", "pool", "classifier"] {
        assert!(found.contains(&end), "no {end} in {found:?}");
    }
    assert!(!found.contains(&"block3/expand"), "{found:?}");
}

/// Counts 3 W, whatever runs.
#[derive(Debug)]
struct Steady(Instant);

impl Meter for Steady {
    fn name(&self) -> String {
        "steady".into()
    }

    fn scope(&self) -> Scope {
        Scope::Board
    }

    fn joules(&mut self) -> Result<f64, MeterError> {
        Ok(3.0 * self.0.elapsed().as_secs_f64())
    }
}

#[test]
fn each_segment_is_metered_by_itself() {
    let made = measured(&chain(), Some(&mut Steady(Instant::now())));
    assert_eq!(made.energy.provenance, Provenance::Measured);
    assert!((made.energy.idle_w.expect("a reading") - 3.0).abs() < 0.3, "{:?}", made.energy);
    for segment in &made.segments {
        // All of its power is idle power: what is left is the clock's noise.
        let joules = segment.energy_j.expect("a reading");
        assert!((0.0..3.0 * 0.02).contains(&joules), "{segment:?}");
    }
}

/// The same as a battery's gauge.
#[derive(Debug)]
struct Gauge(Steady);

impl Meter for Gauge {
    fn name(&self) -> String {
        "gauge".into()
    }

    fn scope(&self) -> Scope {
        Scope::Battery
    }

    fn joules(&mut self) -> Result<f64, MeterError> {
        self.0.joules()
    }
}

#[test]
fn a_battery_tells_the_power_of_the_whole_network_in_long_windows() {
    let started = Instant::now();
    let made = measured(&chain(), Some(&mut Gauge(Steady(started))));
    assert_eq!(made.energy.provenance, Provenance::Calibrated);
    // Two idle windows and a busy one of 20 · 20 ms, whatever the number of segments.
    assert!(made.segments.len() > 3 && started.elapsed() >= Duration::from_millis(1200));
    let power =
        |segment: &hardware_profiles::profile::SegmentRow| segment.energy_j.expect("a reading") / segment.median_s;
    let first = power(&made.segments[0]);
    assert!(made.segments.iter().all(|segment| (power(segment) - first).abs() <= 1e-3 * first.max(0.01)));
}

/// Counts 1 W in idle windows and 4 W in the busy one between two of them.
#[derive(Debug)]
struct Windowed {
    readings: u32,
    last: Instant,
    joules: f64,
}

impl Meter for Windowed {
    fn name(&self) -> String {
        "windowed".into()
    }

    fn scope(&self) -> Scope {
        Scope::Package
    }

    fn joules(&mut self) -> Result<f64, MeterError> {
        // Each of the three windows is read before and after.
        let watts = if self.readings % 6 == 3 { 4.0 } else { 1.0 };
        self.readings += 1;
        self.joules += watts * self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        Ok(self.joules)
    }
}

#[test]
fn cold_energies_are_the_metered_power_times_cold_times() {
    let mut settings = settings(true);
    settings.protocol.cold = true;
    let mut meter = Windowed { readings: 0, last: Instant::now(), joules: 0.0 };
    let made = profile(&loaded(&chain()), SUBJECT, &settings, Some(&mut meter), &mut |_| {}).expect("a profile");
    assert_eq!(made.energy.provenance, Provenance::Calibrated);
    for segment in &made.segments {
        let watts = segment.energy_j.expect("a reading") / segment.median_s;
        assert!((watts - 3.0).abs() < 0.1, "{watts} W: {segment:?}");
    }
}

#[test]
fn a_debug_build_measures_only_where_a_test_allows_it() {
    let refused = profile(&loaded(&chain()), SUBJECT, &settings(false), None, &mut |_| {});
    assert_eq!(matches!(refused, Err(ProfilingError::DebugBuild)), cfg!(debug_assertions));
}
