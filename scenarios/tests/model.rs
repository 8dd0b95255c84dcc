//! The verb `model` end to end: a file that onnx reads, and refusals that help.

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

fn export(name: &str, file: &Path) -> Command {
    let mut command = Command::cargo_bin("carbonedge").expect("the binary is built");
    command.args(["model", "export", name]).arg(file);
    command
}

#[test]
#[cfg(feature = "tract")]
fn a_network_is_written_whole_and_never_over_a_file_unless_forced() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("spotter.onnx");
    export("ds-cnn", &file).assert().success().stderr(contains("2.7 M MACs, 0.023 M parameters"));
    let written = std::fs::read(&file).expect("a file");
    assert_eq!(
        written,
        hardware_profiles::tract::onnx::encode(hardware_profiles::zoo::by_name("ds-cnn").expect("built in"))
            .expect("a network")
    );

    std::fs::write(&file, "mine").expect("writable");
    export("ds-cnn", &file).assert().code(2).stderr(contains("exists; --force replaces it"));
    assert_eq!(std::fs::read(&file).expect("a file"), b"mine");
    export("ds-cnn", &file).arg("--force").assert().success();
    assert_eq!(std::fs::read(&file).expect("a file"), written);
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 1, "nothing temporary is left");
}

#[test]
#[cfg(feature = "tract")]
fn a_file_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    export("ds-cnn", &folder.path().join("missing/out.onnx")).assert().code(2).stderr(contains("cannot write"));
    export("ds-cnn", folder.path()).assert().code(2).stderr(contains("is a folder"));
}

#[test]
#[cfg(not(feature = "tract"))]
fn without_the_feature_the_verb_says_how_to_get_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("out.onnx");
    export("ds-cnn", &file).assert().code(2).stderr(contains("cargo build --release --features tract"));
    assert!(!file.exists());
}

#[test]
fn an_unknown_model_is_answered_with_the_nearest_and_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let nearest = contains("did you mean `mobilenet-v2`?").and(contains("resnet-18"));
    export("mobilenet-2", &folder.path().join("out.onnx")).assert().code(2).stderr(nearest);
}

#[test]
fn the_list_shows_published_figures_beside_our_own() {
    let mut list = Command::cargo_bin("carbonedge").expect("the binary is built");
    let shown = contains("ds-cnn").and(contains("no published figure")).and(contains("1814"));
    list.args(["list", "models"]).assert().success().stdout(shown);
}
