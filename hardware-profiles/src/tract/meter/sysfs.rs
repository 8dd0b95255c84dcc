//! Reads files of the kernel's sysfs: one value a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::MeterError;

/// No attribute of sysfs is longer than a page (kernel documentation, filesystems/sysfs).
const LONGEST: u64 = 4096;

const CHECK: &str = "check that this user may read it";

/// The text of a file without the white space around it. `if_denied` says what helps where the user may not read it.
pub(super) fn text(file: &Path, if_denied: &str) -> Result<String, MeterError> {
    let mut text = String::new();
    let read = File::open(file).and_then(|open| open.take(LONGEST).read_to_string(&mut text));
    read.map_err(|error| unreadable(file, &error, if_denied))?;
    Ok(text.trim().to_owned())
}

/// The number in a file, from `low` to `high`.
pub(super) fn number(file: &Path, [low, high]: [f64; 2], if_denied: &str) -> Result<f64, MeterError> {
    let text = text(file, if_denied)?;
    match text.parse::<f64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(MeterError::Garbage {
            file: file.to_owned(),
            value: text,
            expected: format!("a number from {low} to {high}"),
        }),
    }
}

/// The number in a file that anybody may read.
pub(super) fn public_number(file: &Path, range: [f64; 2]) -> Result<f64, MeterError> {
    number(file, range, CHECK)
}

/// The text of a file that anybody may read.
pub(super) fn public_text(file: &Path) -> Result<String, MeterError> {
    text(file, CHECK)
}

/// What lies in a folder under a name that begins with `prefix`, in the order of names; nothing without the folder.
pub(super) fn named(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn unreadable(file: &Path, error: &io::Error, if_denied: &str) -> MeterError {
    let remedy = if error.kind() == io::ErrorKind::PermissionDenied {
        if_denied.to_owned()
    } else {
        "a kernel with this meter offers a file with one value there".to_owned()
    };
    MeterError::Unreadable { file: file.to_owned(), why: error.to_string(), remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_file_is_told_with_what_helps_and_another_failure_is_not() {
        let told = |kind| unreadable(Path::new("energy_uj"), &io::Error::from(kind), "run as root").to_string();
        assert!(told(io::ErrorKind::PermissionDenied).ends_with("run as root"));
        assert!(!told(io::ErrorKind::NotFound).contains("root"));
        assert!(told(io::ErrorKind::NotFound).starts_with("energy_uj: "));
    }
}
