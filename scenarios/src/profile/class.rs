//! A device class by name, from the catalogue or from a file of one's own.

use hardware_profiles::catalogue::{self, Catalogue, ClassEntry};

use crate::issues::nearest_of;

/// The catalogue with the classes of a file in its format, if one is named.
///
/// # Errors
/// If the file cannot be read, or everything that is wrong with it.
pub(super) fn all(file: Option<&str>) -> Result<Catalogue, String> {
    let mut all = catalogue::builtin().clone();
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read `{file}`: {error}"))?;
        let own = Catalogue::parse(&text, file).map_err(|errors| {
            errors.iter().map(|error| format!("{error}; {}", error.hint)).collect::<Vec<_>>().join("\n")
        })?;
        all.extend(own);
    }
    Ok(all)
}

/// The class of a name.
///
/// # Errors
/// If there is none, with the nearest name.
pub(super) fn named<'c>(all: &'c Catalogue, name: &str) -> Result<&'c ClassEntry, String> {
    all.get(name).ok_or_else(|| {
        let known: Vec<&str> = all.names().collect();
        format!("no device class `{name}`; {}", nearest_of(name, &known))
    })
}
