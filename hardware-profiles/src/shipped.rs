//! The profiles that ship: networks of the zoo, measured with the profiler on one kind of host.

use std::sync::LazyLock;

use crate::profile::{self, Profile};

/// The device class that the shipped profiles were measured on.
pub const CLASS: &str = "x86-vm-core";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// The embedded files, each with its name.
        const FILES: &[(&str, &str)] =
            &[$((concat!($name, ".json"), include_str!(concat!("../profiles/", $name, ".json")))),*];
    };
}

files![
    "mobilenet-v1",
    "mobilenet-v2",
    "mobilenet-v3-large",
    "mobilenet-v3-small",
    "mobilenet-v4-conv-s",
    "efficientnet-b0",
    "resnet-18",
    "resnet-50",
    "vit-tiny",
    "squeezenet",
    "ds-cnn",
];

/// All shipped profiles, each of another network, in the order of their files.
///
/// # Panics
/// If an embedded file is wrong, which a test rules out.
#[must_use]
pub fn profiles() -> &'static [Profile] {
    static ALL: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        let read = |(file, text): &(&str, &str)| {
            profile::read(text, file).unwrap_or_else(|error| panic!("invariant: {error}"))
        };
        FILES.iter().map(read).collect()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use crate::{catalogue, zoo};

    use super::*;

    #[test]
    fn every_shipped_profile_is_of_a_built_in_network_on_a_quiet_host() {
        assert!(catalogue::builtin().get(CLASS).is_some());
        for network in zoo::builtin() {
            assert!(profiles().iter().any(|profile| profile.model.name == network.name), "{}", network.name);
        }
        for profile in profiles() {
            let (name, quality) = (&profile.model.name, &profile.quality);
            assert!(zoo::by_name(name).is_some(), "{name}");
            assert_eq!(profile.device_class.as_deref(), Some(CLASS), "{name}");
            // The gate of the profiler: 5 % between the sum over operators and a whole run.
            assert!(!quality.contended && quality.deviation.abs() <= 0.05, "{name}: {quality:?}");
            assert_eq!((profile.method.batch, profile.method.threads), (1, 1), "{name}");
            assert_eq!(profiles().iter().filter(|other| other.model.name == *name).count(), 1, "{name}");
        }
    }
}
