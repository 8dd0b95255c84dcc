//! What the event queue holds: a closed set of small events made of ids.

use crate::ids::{DeviceId, ZoneId};

/// Place of a request in the slab of those in flight.
pub(crate) type Slot = u32;

/// A future event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A request's data is at the end of a link.
    Hopped(Slot),
    /// A request's computation may be done: only if its version is still this one.
    Computed { slot: Slot, version: u32 },
    /// A request's model is in memory.
    Loaded(Slot),
    /// A device is awake.
    Awake(DeviceId),
    /// A device falls asleep if it has been idle since this epoch.
    IdleTimeout { device: DeviceId, epoch: u32 },
    /// A deferred request is decided anew.
    Due { slot: Slot, id: u64 },
    /// The scheduler asked to be woken.
    SchedulerWake,
    /// Schedulers see a new intensity of a zone.
    Published(ZoneId),
    /// Devices report.
    Telemetry,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_within_16_bytes() {
        assert!(size_of::<Event>() <= 16, "{}", size_of::<Event>());
    }
}
