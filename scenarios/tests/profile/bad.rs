//! Files that must not load: each ends in one clear error and exit code 2, whatever it does to the engine.

use std::fs;
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;

use super::graphs::{chain, file, floats, graph, integers, node, weights, with_graph};
use super::profile;

fn refused(bytes: &[u8], args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.onnx");
    fs::write(&path, bytes).expect("a file");
    let done = profile().arg(&path).arg("--dry-run").args(args).assert().code(2).stdout("");
    let text = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(text.contains("bad.onnx") && text.lines().count() == 1, "{text}");
    text
}

/// Batch normalisation of a vector: the engine reads beyond the end of its shape.
fn vector_normalisation() -> Vec<u8> {
    let parameters = ["scale", "bias", "mean", "variance"];
    let inputs: Vec<&str> = std::iter::once("x").chain(parameters).collect();
    let weights = parameters.iter().map(|name| weights(name, &[4])).collect();
    let nodes = vec![node("BatchNormalization", &inputs, &["y"])];
    file(graph(nodes, vec![floats("x", &[4])], vec![floats("y", &[4])], weights))
}

#[test]
fn a_file_that_crashes_the_engine_crashes_its_process_only() {
    let text = refused(&vector_normalisation(), &[]);
    // A build with checks aborts where another one reads what is not its own.
    let signal = if cfg!(debug_assertions) { 6 } else { 11 };
    let crash = format!("crashed the inference engine (tract 0.23.9, signal {signal}) while it was loaded");
    assert!(text.contains(&crash), "{text}");
}

#[test]
fn all_unknown_operators_are_named_at_once() {
    let nodes = vec![
        node("FancyOp", &["x"], &["a"]),
        node("Relu", &["a"], &["b"]),
        node("FancyOp", &["b"], &["c"]),
        node("PlainerOp", &["c"], &["y"]),
    ];
    let text = refused(&file(graph(nodes, vec![floats("x", &[4])], vec![floats("y", &[4])], vec![])), &[]);
    assert!(text.contains("operators FancyOp (2 times), PlainerOp;"), "{text}");
}

#[test]
fn what_is_no_onnx_is_told_as_such() {
    assert!(refused(b"junk that is no protocol buffer", &[]).contains("not a readable ONNX file"));
    assert!(refused(b"", &[]).contains("not a readable ONNX file: it holds no network"));
    let half = &chain()[..chain().len() / 2];
    assert!(refused(half, &[]).contains("not a readable ONNX file"));
    profile().arg("nowhere.onnx").assert().code(2).stderr(contains("neither a file nor a network"));
}

#[test]
fn an_output_that_nothing_makes_is_named() {
    let nodes = vec![node("Relu", &["x"], &["y"])];
    let text = refused(&file(graph(nodes, vec![floats("x", &[4])], vec![floats("z", &[4])], vec![])), &[]);
    assert!(text.contains("no operator makes its output `z`"), "{text}");
}

#[test]
fn a_memory_bomb_ends_at_the_limit() {
    let nodes = vec![node("ConstantOfShape", &["shape"], &["huge"]), node("Add", &["x", "huge"], &["y"])];
    let shape = integers("shape", &[40_000_000_000]);
    let text = refused(
        &file(graph(nodes, vec![floats("x", &[1])], vec![floats("y", &[1])], vec![shape])),
        &["--memory-limit", "500MB"],
    );
    assert!(text.contains("more than the 500MB") && text.contains("--memory-limit 1000MB"), "{text}");
}

#[test]
fn a_file_that_takes_too_long_is_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.onnx");
    // Two products of 4096 × 4096 matrices: minutes in a debug build, half a second in a fast one.
    let nodes = vec![node("MatMul", &["x", "x"], &["a"]), node("MatMul", &["a", "x"], &["y"])];
    let square = |name| floats(name, &[4096, 4096]);
    fs::write(&path, file(graph(nodes, vec![square("x")], vec![square("y")], vec![]))).expect("a file");
    let started = Instant::now();
    let done = profile().arg(&path).args(["--dry-run", "--time-limit", "100 ms"]).assert().code(2);
    done.stderr(contains("takes longer than 0.1 s").and(contains("--time-limit")));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn control_flow_of_differing_shapes_is_told_as_such() {
    let branch = |name: &str, shape: &[i64]| {
        graph(vec![node("Identity", &[name], &["out"])], vec![], vec![floats("out", shape)], vec![weights(name, shape)])
    };
    let nodes = vec![
        node("ReduceMax", &["x"], &["most"]),
        node("Cast", &["most"], &["flag"]),
        with_graph(
            with_graph(node("If", &["flag"], &["y"]), "then_branch", branch("p", &[3])),
            "else_branch",
            branch("q", &[2, 3]),
        ),
    ];
    let mut nodes = nodes;
    nodes[1] = super::graphs::with_int(nodes[1].clone(), "to", 9);
    let text = refused(&file(graph(nodes, vec![floats("x", &[4])], vec![floats("y", &[3])], vec![])), &[]);
    assert!(text.contains("ONNX `If`"), "{text}");
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_anything_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("net.onnx");
    fs::write(&path, chain()).expect("a file");
    for (args, hint) in [
        (["--memory-limit", "1kB"], "100MB"),
        (["--memory-limit", "lots"], "units:"),
        (["--time-limit", "5"], "units:"),
        (["--class", "abacus"], "list devices"),
        (["--busy-power", "12"], "units:"),
        (["--rounds", "0"], "1..=1000"),
    ] {
        profile().arg(&path).args(args).assert().code(2).stderr(contains(hint).and(contains(args[0])));
    }
}
