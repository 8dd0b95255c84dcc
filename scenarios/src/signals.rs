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
    // Paths of problems are flags here: `--unit` instead of `grid.zones[0].average.unit`.
    let mut check = Check { folders: vec![PathBuf::new()], ..Check::default() };
    let spec = args.spec();
    let files: Vec<&str> = spec.files.iter().map(String::as_str).collect();
    let zone = args.zone.clone().unwrap_or_default();
    let kind = args.kind(&mut check);
    let read = signal::reading(&mut check, "", &spec, &files, &zone, kind);
    match read {
        Some(reading) if check.issues.is_empty() => Ok(reading),
        _ => Err(problems(&check)),
    }
}

fn problems(check: &Check) -> String {
    let flag = |path: &str| match path.trim_start_matches('.') {
        "files" => String::new(),
        field => format!("--{}: ", field.replace('_', "-")),
    };
    let hint = |hint: &str| if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
    let lines = check.issues.iter().map(|issue| format!("{}{}{}", flag(&issue.path), issue.message, hint(&issue.hint)));
    lines.collect::<Vec<_>>().join("\n")
}
