//! What schedulers may see of standing by: the power of waiting awake, and what coming back costs.

use super::{PowerState, View};
use crate::ids::DeviceId;
use crate::units::{Joules, Watts};

impl View<'_> {
    /// What a device draws awake with nothing to do above what it draws asleep or off: the part of it that the service
    /// answers for, its machine room included. Nothing in the states that are awake.
    #[must_use]
    pub fn idle_above(&self, device: DeviceId, state: PowerState) -> Watts {
        let power = &self.world.class_of(device).power;
        let standing_by = match state {
            PowerState::Off => power.off,
            PowerState::Sleep => power.sleep,
            PowerState::Idle | PowerState::Busy => power.idle,
        };
        (power.idle - standing_by) * (self.world.devices[device].service_share * self.pue(device))
    }

    /// What a device's coming back takes from a power state, its machine room included.
    #[must_use]
    pub fn wake_energy(&self, device: DeviceId, from: PowerState) -> Joules {
        let power = &self.world.class_of(device).power;
        let wake = match from {
            PowerState::Off => power.boot.energy,
            PowerState::Sleep => power.wake.energy,
            PowerState::Idle | PowerState::Busy => Joules::ZERO,
        };
        wake * self.pue(device)
    }
}
