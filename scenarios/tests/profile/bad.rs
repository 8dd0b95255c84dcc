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

#[test]
fn a_network_of_the_zoo_keeps_its_image() {
    let refused = profile().args(["mobilenet-v2", "--dry-run", "--shapes", "image=1,3,128,128"]).assert().code(2);
    refused.stderr(contains("carbonedge model export mobilenet-v2"));
}

#[test]
fn names_of_a_file_neither_steer_the_terminal_nor_flood_it() {
    let op = format!("Fancy\u{1b}[31m\u{7}{}", "Op".repeat(10_000));
    let text = refused(
        &file(graph(vec![node(&op, &["x"], &["y"])], vec![floats("x", &[4])], vec![floats("y", &[4])], vec![])),
        &[],
    );
    assert!(text.contains("Fancy") && text.len() < 2000, "{} bytes", text.len());
    assert!(!text.trim_end().contains(|c: char| c.is_control()), "{text:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_lower_limit_of_the_shell_holds_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("net.onnx");
    fs::write(&path, chain()).expect("a file");
    let program = assert_cmd::cargo::cargo_bin("carbonedge");
    let script = r#"ulimit -v 4000000 && exec "$0" profile "$1" --dry-run --memory-limit 8GB"#;
    let mut shell = assert_cmd::Command::new("sh");
    shell.args(["-c", script]).arg(program).arg(&path).assert().success().stdout(contains("conv"));
}

/// The state of a process, as in `R` or `Z`; none where it has gone.
#[cfg(target_os = "linux")]
fn state(process: u32) -> Option<char> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    text.rsplit_once(") ")?.1.chars().next()
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_outlives_its_killed_caller() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.onnx");
    let name = |k: usize| if k == 0 { "x".to_owned() } else { format!("y{k}") };
    let nodes = (0..100).map(|k| node("MatMul", &[&name(k), "x"], &[&name(k + 1)])).collect();
    let square = |name: &str| floats(name, &[4096, 4096]);
    fs::write(&path, file(graph(nodes, vec![square("x")], vec![square("y100")], vec![]))).expect("a file");
    let program = assert_cmd::cargo::cargo_bin("carbonedge");
    let mut caller = std::process::Command::new(program);
    let mut caller = caller.arg("profile").arg(&path).arg("--dry-run").spawn().expect("it starts");
    let children = format!("/proc/{0}/task/{0}/children", caller.id());
    let until = |what: &dyn Fn() -> Option<u32>| {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            if let Some(found) = what() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("nothing in ten seconds");
    };
    let worker = until(&|| fs::read_to_string(&children).ok()?.trim().parse().ok());
    // Till it has read its request.
    std::thread::sleep(Duration::from_millis(500));
    assert!(state(worker).is_some(), "it should run for minutes");
    caller.kill().expect("it runs");
    caller.wait().expect("it ends");
    until(&|| matches!(state(worker), None | Some('Z' | 'X')).then_some(worker));
}
