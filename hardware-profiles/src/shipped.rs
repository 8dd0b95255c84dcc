//! The profiles that ship: networks of the zoo, measured with the profiler on one kind of host.

use std::sync::LazyLock;

use crate::profile::{self, Profile};

/// The device class that the shipped profiles were measured on.
pub const CLASS: &str = "x86-vm-core";

/// The embedded files, each with its name.
const FILES: &[(&str, &str)] = &[];

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
        for profile in profiles() {
            let name = &profile.model.name;
            assert!(zoo::by_name(name).is_some(), "{name}");
            assert_eq!((profile.method.batch, profile.method.threads), (1, 1), "{name}");
            assert_eq!(profiles().iter().filter(|other| other.model.name == *name).count(), 1, "{name}");
        }
    }
}
