//! The verb `profile` end to end: good files and bad ones, each of which ends in a result or a clear error.

mod absent;
#[cfg(feature = "tract")]
mod bad;
#[cfg(feature = "tract")]
mod good;
#[cfg(feature = "tract")]
mod graphs;
#[cfg(feature = "tract")]
mod measured;
#[cfg(feature = "tract")]
mod mutants;
#[cfg(feature = "tract")]
mod trained;

use assert_cmd::Command;

/// The program with the verb.
fn profile() -> Command {
    let mut command = Command::cargo_bin("carbonedge").expect("the binary is built");
    command.arg("profile");
    command
}
