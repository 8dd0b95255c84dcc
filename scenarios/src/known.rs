//! What ships in tables, read once: device classes, networks, link presets.

use std::sync::LazyLock;

use hardware_profiles::catalogue::{self, Catalogue};
use hardware_profiles::links::{self, LinkPreset};
use hardware_profiles::zoo::{self, Network};

/// Device classes.
pub static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(catalogue::builtin);

/// Networks.
pub static ZOO: LazyLock<Vec<Network>> = LazyLock::new(zoo::builtin);

/// Link presets.
pub static LINKS: LazyLock<Vec<LinkPreset>> = LazyLock::new(links::builtin);
