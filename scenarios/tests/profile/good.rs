//! Files that load: their layers, cuts and shapes.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_match};

use super::graphs::{Extent, FLOAT, chain, file, floats, graph, node, value, waist, weights, with_int};
use super::profile;

fn check(bytes: &[u8], args: &[&str]) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("net.onnx");
    fs::write(&path, bytes).expect("a file");
    profile().arg(&path).arg("--dry-run").args(args).assert()
}

#[test]
fn layers_macs_and_parameters_are_those_of_the_graph() {
    // 16 · 16 places × 8 channels × 27 weights, × 9 weights, and 8 × 5 of the classifier.
    let macs = 16 * 16 * 8 * 27 + 16 * 16 * 8 * 9 + 8 * 5;
    let parameters = 8 * 27 + 8 * 9 + 8 * 5;
    let done = check(&chain(), &[]).success();
    let page = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    assert!(page.contains("(image=1,3,16,16)"), "{page}");
    assert!(page.contains(&format!("{parameters} parameters")), "{page}");
    let all: f64 = page.lines().skip(3).filter_map(macs_of).sum();
    assert!((all - f64::from(macs) / 1e6).abs() < 1e-3 * all, "{all}\n{page}");
    for kind in ["convolution", "depthwise", "pool", "linear"] {
        assert!(page.contains(kind), "{page}");
    }
}

/// The column `M MACs` of a layer's row.
fn macs_of(line: &str) -> Option<f64> {
    line.split_whitespace().nth(2)?.parse().ok()
}

#[test]
fn recurrent_layers_have_the_parameters_of_their_steps() {
    let (read, state, steps) = (6, 5, 3);
    let recurrent = with_int(node("LSTM", &["x", "w", "r"], &["y"]), "hidden_size", state);
    let weights = vec![weights("w", &[1, 4 * state, read]), weights("r", &[1, 4 * state, state])];
    let output = floats("y", &[steps, 1, 1, state]);
    let done = check(&file(graph(vec![recurrent], vec![floats("x", &[steps, 1, read])], vec![output], weights)), &[]);
    // Four gates that each read the input and the state (Hochreiter, Schmidhuber 1997; ONNX, LSTM).
    done.success().stdout(contains(format!(" {} parameters", 4 * state * (read + state))));
}

#[test]
fn several_inputs_and_outputs_leave_the_waist_as_cuts() {
    let done = check(&waist(), &[]).success().stdout(contains("(a=4,6 b=4,5)"));
    let page = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    let cut = |line: &&str| line.trim_end().ends_with("yes");
    let cuts: Vec<&str> = page.lines().filter(cut).filter_map(|line| line.split_whitespace().next()).collect();
    // The sum, its tanh, and the end, which always counts.
    assert_eq!((cuts.len(), cuts[0], cuts[1]), (3, "sum", "waist"), "{page}");
}

#[test]
fn an_open_extent_must_be_given_and_the_first_one_is_one() {
    let open = [Extent::Open("N"), Extent::Of(3), Extent::Open("H")];
    let bytes = file(graph(
        vec![node("Tanh", &["x"], &["y"])],
        vec![value("x", FLOAT, &open)],
        vec![value("y", FLOAT, &open)],
        vec![],
    ));
    check(&bytes, &[]).code(2).stderr(contains("--shapes x=1,3,N"));
    check(&bytes, &["--shapes", "x=2,3,7"]).success().stdout(contains("(x=2,3,7)"));
    check(&bytes, &["--shapes", "x=2,3"]).code(2).stderr(contains("does not fit"));
    check(&bytes, &["--shapes", "y=2,3,7"]).code(2).stderr(contains("inputs are `x`"));
    check(&bytes, &["--shapes", "x=2,-3"]).code(2).stderr(contains("image=1,3,640,640"));
}

#[test]
fn a_debug_build_refuses_to_measure_and_a_release_build_writes_a_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, out) = (folder.path().join("net.onnx"), folder.path().join("net.json"));
    fs::write(&path, chain()).expect("a file");
    let done = profile().arg(&path).arg("--out").arg(&out).args(["--rounds", "2", "--busy-power", "2 W"]).assert();
    if cfg!(debug_assertions) {
        done.code(2).stderr(contains("debug build"));
        assert!(!out.exists());
        return;
    }
    done.success()
        .stdout(is_match("whole run .* ± ").expect("a pattern").and(contains("modelled: P·t, P of --busy-power")));
    let text = fs::read_to_string(&out).expect("a profile");
    let profile = hardware_profiles::profile::read(&text, "net.json").expect("laws hold");
    assert_eq!(profile.to_json(), text);
    let joules: f64 = profile.segments.iter().filter_map(|segment| segment.energy_j).sum();
    assert!((joules / profile.quality.sum_s - 2.0).abs() < 1e-4, "energies have six digits");
    assert!(profile.segments.len() > 1, "{:?}", profile.segments);
}

#[test]
fn outputs_that_are_not_finite_are_refused() {
    let bytes = file(graph(
        vec![node("Log", &["x"], &["log"]), node("Sqrt", &["log"], &["y"])],
        vec![floats("x", &[4])],
        vec![floats("y", &[4])],
        vec![],
    ));
    // The logarithm of a number below 1 has no root.
    check(&bytes, &[]).code(2).stderr(contains("not finite"));
}
