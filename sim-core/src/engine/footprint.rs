//! How much memory the state of a run takes before its first request: counted from sizes and lengths.

use super::ledger::Ledger;
use super::state::{Amount, DeviceState, State};
use crate::kernel::rng::Streams;
use crate::units::{Intensity, SimTime};
use crate::world::World;

/// Memory of what changes in a run of a world and of its books, nothing in flight and no index of a scheduler's [B].
#[must_use]
pub fn idle_state_bytes(world: &World, streams: &Streams) -> usize {
    State::new(world, streams).bytes() + Ledger::new(world).bytes()
}

impl State {
    fn bytes(&self) -> usize {
        self.devices.len() * size_of::<DeviceState>()
            + self.shares.len() * size_of::<Amount>()
            + self.smoothed.len() * size_of::<f64>()
            + self.links.len() * size_of::<SimTime>()
            + self.intensity.len() * size_of::<Intensity>()
            + self.memories.bytes()
            + self.telemetry.bytes()
    }
}
