//! Zones, with the signals that schedulers see and that the books use.

use crate::ids::{Table, ZoneId};
use crate::units::{Intensity, SimDuration, SimTime};
use crate::world::signal::{Signal, SignalKind};

/// A grid area.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name, as in the scenario.
    pub name: String,
    /// The average signal, if known.
    pub average: Option<Signal>,
    /// The marginal signal, if known.
    pub marginal: Option<Signal>,
}

impl Zone {
    /// The signal of a kind, if known.
    #[must_use]
    pub fn signal(&self, kind: SignalKind) -> Option<&Signal> {
        match kind {
            SignalKind::Average => self.average.as_ref(),
            SignalKind::Marginal => self.marginal.as_ref(),
        }
    }
}

/// All zones, with the signal that schedulers see and the one that the books use.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The zones.
    pub zones: Table<ZoneId, Zone>,
    /// The kind that schedulers see.
    pub decide_with: SignalKind,
    /// The kind that the books use.
    pub account_with: SignalKind,
    /// How long after its end an interval's mean becomes public.
    pub publication_lag: SimDuration,
}

impl Grid {
    /// The signal that the books use in a zone.
    #[must_use]
    #[inline]
    pub fn accounting(&self, zone: ZoneId) -> &Signal {
        self.zones[zone].signal(self.account_with).expect("invariant: every zone has its accounting signal")
    }

    /// When a newer intensity of a zone becomes public after `at`.
    #[must_use]
    pub fn next_publication(&self, zone: ZoneId, at: SimTime) -> SimTime {
        self.deciding(zone).next_publication(at, self.publication_lag)
    }

    fn deciding(&self, zone: ZoneId) -> &Signal {
        self.zones[zone].signal(self.decide_with).expect("invariant: every zone has its deciding signal")
    }

    /// The latest intensity that is public in a zone at `at`.
    #[must_use]
    #[inline]
    pub fn published(&self, zone: ZoneId, at: SimTime) -> Intensity {
        self.deciding(zone).published(at, self.publication_lag)
    }
}
