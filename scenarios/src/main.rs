//! The `carbonedge` binary: parses the command line, calls the library, sets the exit code.

use std::process::ExitCode;

use clap::Parser;
use scenarios::cli::Cli;

fn main() -> ExitCode {
    scenarios::commands::execute(&Cli::parse())
}
