//! `carbonedge signals convert`: a file of any known format as this project's Parquet.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use workloads::carbon::carbonedge;
use workloads::carbon::reading::Reading;

use super::args::ConvertArgs;
use super::reading;

/// Converts, and says what was written.
///
/// # Errors
/// If a file cannot be read or written; nothing is left half-written.
pub fn convert(args: &ConvertArgs) -> Result<String, String> {
    let (mut from, to) = args.split()?;
    from.gaps = Some(args.gaps.clone());
    if to.exists() && !args.force {
        return Err(format!("{} exists; --force replaces it", to.display()));
    }
    let reading = reading(&from)?;
    write(&to, &reading).map_err(|error| format!("cannot write {}: {error}", to.display()))?;
    let (start, end) = reading.series.span();
    let mended: usize = reading.findings.iter().map(|finding| finding.count).sum();
    let mended = if mended == 0 { String::new() } else { format!(", {mended} oddities mended by `{}`", args.gaps) };
    let intervals = reading.series.len();
    Ok(format!("{}: {intervals} intervals, {start} to {end}{mended}", to.display()))
}

fn write(to: &Path, reading: &Reading) -> Result<(), Box<dyn std::error::Error>> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fresh = tempfile::NamedTempFile::new_in(folder)?;
    let out = BufWriter::new(File::create(fresh.path())?);
    carbonedge::write(reading, out)?;
    fresh.persist(to)?;
    Ok(())
}
