//! Links: one direction of a medium with rate, latency and energy.

use crate::ids::SiteId;
use crate::units::{BitRate, Bytes, Joules, JoulesPerByte, SimDuration, Watts};

/// What carrying data costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkEnergy {
    /// For every byte carried.
    pub per_byte: JoulesPerByte,
    /// Always, carrying or not: booked as network emissions that no request answers for.
    pub baseline: Watts,
    /// Above the baseline while transmitting.
    pub marginal: Watts,
}

impl LinkEnergy {
    /// Energy of one transmission above the baseline.
    #[must_use]
    pub fn transmission(&self, bytes: Bytes, span: SimDuration) -> Joules {
        bytes * self.per_byte + self.marginal * span
    }
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Propagation.
    pub latency: SimDuration,
    /// Bandwidth.
    pub rate: BitRate,
    /// Cost of carrying.
    pub energy: LinkEnergy,
    /// The sites that answer for its energy, with their shares; both the same for an access link.
    pub shares: [(SiteId, f64); 2],
}

impl Link {
    /// How long the medium is busy with so many bytes.
    #[must_use]
    #[inline]
    pub fn transmission(&self, bytes: Bytes) -> SimDuration {
        if self.rate.0.is_infinite() { SimDuration::ZERO } else { bytes / self.rate }
    }
}
