//! `model export`: a network of the zoo as an ONNX file.

use std::path::Path;

use hardware_profiles::zoo::{self, Network};

use crate::issues::nearest_of;

/// Writes a network to an ONNX file, under a temporary name first; hands back what was written, in a line.
///
/// # Errors
/// If no network has that name, if the file exists and `force` is not given, if the disk refuses, or if this program was
/// built without the feature `tract`; nothing is left behind then.
pub fn export(name: &str, file: &Path, force: bool) -> Result<String, String> {
    let network = zoo::by_name(name).ok_or_else(|| unknown(name))?;
    let bytes = encode(network)?;
    write(file, &bytes, force)?;
    Ok(format!(
        "{name}: {:.1} M MACs, {:.3} M parameters, {:.1} MB written to {}; weights are drawn, not learnt",
        network.macs().0 / 1e6,
        network.parameters() as f64 / 1e6,
        bytes.len() as f64 / 1e6,
        file.display()
    ))
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = zoo::builtin().iter().map(|network| network.name.as_str()).collect();
    let nearest = nearest_of(name, &known);
    let all = if nearest.starts_with("one of") { String::new() } else { format!(" All: {}", known.join(", ")) };
    format!("no model `{name}` in the zoo; {nearest}{all}")
}

#[cfg(feature = "tract")]
fn encode(network: &Network) -> Result<Vec<u8>, String> {
    use hardware_profiles::tract::onnx;
    onnx::encode(network).ok_or_else(|| format!("{} is a table of layers, not a network", network.name))
}

#[cfg(not(feature = "tract"))]
fn encode(_: &Network) -> Result<Vec<u8>, String> {
    Err("this carbonedge was built without ONNX; build it with `cargo build --release --features tract`".to_owned())
}

fn write(file: &Path, bytes: &[u8], force: bool) -> Result<(), String> {
    let refused = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            format!("{} exists; --force replaces it", file.display())
        } else {
            format!("cannot write {}: {error}", file.display())
        }
    };
    if file.is_dir() {
        return Err(format!("{} is a folder; name a file such as `model.onnx`", file.display()));
    }
    if file.exists() && !force {
        return Err(refused(std::io::ErrorKind::AlreadyExists.into()));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fresh = fresh_file(folder).map_err(refused)?;
    std::fs::write(fresh.path(), bytes).map_err(refused)?;
    let kept = if force { fresh.persist(file) } else { fresh.persist_noclobber(file) };
    kept.map(drop).map_err(|error| refused(error.error))
}

/// Temporary files are their owner's alone; results are for everybody.
fn fresh_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".carbonedge-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
