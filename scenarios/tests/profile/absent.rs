//! What does not depend on the inference engine: help, and a build without it.

use predicates::str::contains;

use super::profile;

#[test]
fn help_shows_examples_and_hides_the_worker() {
    profile().arg("--help").assert().success().stdout(contains("Examples:")).stdout(contains("--shapes"));
    let help = assert_cmd::Command::cargo_bin("carbonedge").expect("the binary").arg("--help").output().expect("runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(help.contains("profile") && !help.contains("__profile-worker"), "{help}");
}

#[cfg(not(feature = "tract"))]
#[test]
fn a_build_without_the_engine_says_how_to_get_it() {
    let refused = profile().arg("mobilenet-v2").assert().code(2);
    refused.stderr(contains("cargo install --path scenarios --features tract"));
}
