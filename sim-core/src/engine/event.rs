//! What the event queue holds: a closed set of small events made of ids.

use crate::ids::{DeviceId, ZoneId};

/// Place of a request in the slab of those in flight.
pub(crate) type Slot = u32;

/// A future event, in eight bytes with its kind and half of its payload in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A request's data is at the end of a link.
    Hopped(Slot),
    /// A request's computation may be done: only if its version is still this one.
    Computed { slot: Slot, version: Version },
    /// A request's model is in memory.
    Loaded(Slot),
    /// A device is awake.
    Awake(DeviceId),
    /// A device falls asleep if it has been idle since its timeout began.
    IdleTimeout(DeviceId),
    /// A deferred request is decided anew: only if its version is still this one.
    Due { slot: Slot, version: Version },
    /// The decision about a request is made.
    Decided(Slot),
    /// The scheduler asked to be woken.
    SchedulerWake,
    /// Schedulers see a new intensity of a zone.
    Published(ZoneId),
    /// Devices report.
    Telemetry,
}

/// Tells the present occupant of a slot, and its present schedule, from older ones: 24 bits that wrap, three bytes so
/// that an event takes eight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version([u8; 3]);

impl Version {
    pub fn next(self) -> Self {
        let [a, b, c] = self.0;
        let [a, b, c, _] = u32::from_le_bytes([a, b, c, 0]).wrapping_add(1).to_le_bytes();
        Self([a, b, c])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_within_8_bytes() {
        assert!(size_of::<Event>() <= 8, "{}", size_of::<Event>());
    }

    #[test]
    fn versions_differ_from_their_predecessors_and_wrap() {
        let last = Version([255; 3]);
        assert_eq!(last.next(), Version([0; 3]));
        assert_eq!(Version([255, 0, 0]).next(), Version([0, 1, 0]));
    }
}
