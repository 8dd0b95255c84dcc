//! Profile files on disk: written under a temporary name, then renamed, so that a killed run leaves nothing half.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hardware_profiles::profile::Profile;

/// Folder that profiles go into where no file is named.
const FOLDER: &str = "out/profiles";

/// Where the profile of a model goes.
pub fn target(out: Option<&Path>, model: &str) -> PathBuf {
    out.map_or_else(|| Path::new(FOLDER).join(format!("{model}.json")), Path::to_owned)
}

/// Writes a profile, in place of an older one.
///
/// # Errors
/// If the disk refuses; the older file is whole then.
pub fn write(target: &Path, profile: &Profile) -> io::Result<()> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut fresh = tempfile::Builder::new().prefix(".carbonedge-").tempfile_in(folder)?;
    fresh.write_all(profile.to_json().as_bytes())?;
    open_to_all(fresh.path())?;
    fresh.persist(target)?;
    Ok(())
}

/// Temporary files are their owner's alone; profiles are for everybody.
#[cfg(unix)]
fn open_to_all(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> io::Result<()> {
    Ok(())
}
