//! Measured profiles as evidence of a model's time on a class: which of several counts, and for how much.

use crate::catalogue::{ClassEntry, Precision};
use crate::profile::Profile;
use crate::shipped;
use crate::spread::ProfileSource;
use crate::zoo::{self, Network};

/// Number format that the profiler runs every model in, so that a profile holds for it alone.
pub const PRECISION: Precision = Precision::F32;

/// Who brings a profile; what comes first goes before the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A scenario names it.
    Scenario,
    /// It ships, and is of the built-in network that it names.
    Shipped,
}

/// A profile with the class it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// The class that its host belongs to.
    pub class: &'a str,
    /// Whether its host is the very device that the class stands for here, not just one of the kind.
    pub same_device: bool,
    /// Who brings it.
    pub origin: Origin,
}

impl<'a> Evidence<'a> {
    /// The profiles that ship.
    pub fn shipped() -> impl Iterator<Item = Evidence<'a>> {
        shipped::profiles().iter().map(|profile| Self {
            profile,
            class: shipped::CLASS,
            same_device: true,
            origin: Origin::Shipped,
        })
    }

    /// What its times count as. A disturbed measurement says no more than that of another device of the kind.
    #[must_use]
    pub fn source(&self) -> ProfileSource {
        if self.same_device && !self.profile.quality.contended {
            ProfileSource::Measured
        } else {
            ProfileSource::Imported
        }
    }

    fn is_of(&self, network: &Network, class: &ClassEntry) -> bool {
        let of_network = match self.origin {
            Origin::Scenario => true,
            Origin::Shipped => zoo::owns_its_name(network),
        };
        self.class == class.name && self.profile.model.name == network.name && of_network
    }
}

/// The profile of a network on a class that counts: a scenario's before a shipped one, then an undisturbed one of the
/// device itself before any other, then the first.
pub(crate) fn best<'a, 'e>(
    network: &Network, class: &ClassEntry, evidence: &'e [Evidence<'a>],
) -> Option<&'e Evidence<'a>> {
    let of_pair = evidence.iter().filter(|given| given.is_of(network, class));
    of_pair.min_by_key(|given| (given.origin, given.source() != ProfileSource::Measured))
}
