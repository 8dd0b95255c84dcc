//! `carbonedge signals`: what is in files of carbon intensities, the same in this project's format, and how well it is forecast.

pub mod args;
pub mod convert;
pub mod inspect;
pub mod score;

use std::path::PathBuf;

use workloads::carbon::reading::Reading;

use crate::build::signal;
use crate::issues::Check;
use args::FileArgs;

/// Reads the files that a command line names; the error holds every problem, by flag.
fn reading(args: &FileArgs) -> Result<Reading, String> {
    let mut check = here();
    match read(&mut check, args) {
        Some(reading) if check.issues.is_empty() => Ok(reading),
        _ => Err(problems(&check)),
    }
}

/// Collects the problems of a command line, whose files are named from the working directory.
fn here() -> Check {
    Check { folders: vec![PathBuf::new()], ..Check::default() }
}

/// Reads files; paths of problems are flags: `unit` instead of `grid.zones[0].average.unit`.
fn read(check: &mut Check, args: &FileArgs) -> Option<Reading> {
    let spec = args.spec();
    let files: Vec<&str> = spec.files.iter().map(String::as_str).collect();
    let kind = args.kind(check);
    signal::reading(check, "", &spec, &files, args.zone.as_deref().unwrap_or_default(), kind)
}

/// All problems, a line each, by flag.
fn problems(check: &Check) -> String {
    let flag = |path: &str| match path.trim_start_matches('.') {
        "" | "file" | "files" => String::new(),
        "method" => "--forecast: ".to_owned(),
        field => format!("--{}: ", field.replace('_', "-")),
    };
    let hint = |hint: &str| if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
    let lines = check.issues.iter().map(|issue| format!("{}{}{}", flag(&issue.path), issue.message, hint(&issue.hint)));
    lines.collect::<Vec<_>>().join("\n")
}
