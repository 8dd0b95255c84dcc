//! Zones, with the signals that schedulers see and that the books use, and what may be believed of the future.

use crate::ids::{Table, ZoneId};
use crate::kernel::rng::Streams;
use crate::units::{Intensity, SimDuration, SimTime};
use crate::world::forecast::{Forecast, Oracle};
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
    /// What schedulers may believe of the signal that they see.
    pub forecast: Forecast,
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

/// What schedulers see as the present intensity, whose interval's mean nobody knows before its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Present {
    /// The latest published value.
    #[default]
    Published,
    /// What the forecast expects of the present instant.
    Forecast,
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
    /// What schedulers see as the present intensity.
    pub present: Present,
}

impl Grid {
    /// The signal that the books use in a zone.
    #[must_use]
    #[inline]
    pub fn accounting(&self, zone: ZoneId) -> &Signal {
        self.zones[zone].signal(self.account_with).expect("invariant: every zone has its accounting signal")
    }

    /// The signal that schedulers see in a zone.
    fn deciding(&self, zone: ZoneId) -> &Signal {
        self.zones[zone].signal(self.decide_with).expect("invariant: every zone has its deciding signal")
    }

    /// What schedulers see as the intensity of a zone at `now`.
    pub(crate) fn shown(&self, zone: ZoneId, now: SimTime, streams: &Streams) -> Intensity {
        match self.present {
            Present::Published => self.deciding(zone).published(now, self.publication_lag),
            Present::Forecast => self.forecast(zone, now, now, streams),
        }
    }

    /// The first instant after `now` at which [`Grid::shown`] may differ.
    pub(crate) fn next_update(&self, zone: ZoneId, now: SimTime, streams: &Streams) -> SimTime {
        let publication = self.deciding(zone).next_publication(now, self.publication_lag);
        match self.present {
            Present::Published => publication,
            Present::Forecast => {
                publication.min(self.zones[zone].forecast.next_change(&self.oracle(zone, now, streams)))
            }
        }
    }

    /// What is known at `now`, or expected, of a zone's intensity at an instant.
    pub(crate) fn forecast(&self, zone: ZoneId, now: SimTime, target: SimTime, streams: &Streams) -> Intensity {
        self.zones[zone].forecast.at(&self.oracle(zone, now, streams), target)
    }

    /// What is known at `now`, or expected, of a zone's mean intensity over `[from, to]`.
    pub(crate) fn forecast_mean(
        &self, zone: ZoneId, now: SimTime, (from, to): (SimTime, SimTime), streams: &Streams,
    ) -> Intensity {
        self.zones[zone].forecast.mean(&self.oracle(zone, now, streams), from, to)
    }

    /// [`Grid::forecast`] of an instant, with the first instant after it at which that may differ.
    pub(crate) fn forecast_step(
        &self, zone: ZoneId, now: SimTime, target: SimTime, streams: &Streams,
    ) -> (Intensity, SimTime) {
        self.zones[zone].forecast.step(&self.oracle(zone, now, streams), target)
    }

    fn oracle<'a>(&'a self, zone: ZoneId, now: SimTime, streams: &'a Streams) -> Oracle<'a> {
        Oracle::new(self.deciding(zone), zone, streams, now, self.publication_lag)
    }
}
