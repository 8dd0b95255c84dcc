//! What devices report of themselves, and how late it is seen.

use std::collections::VecDeque;

use super::memory::Memories;
use super::state::{DeviceState, Power, State};
use crate::ids::{DeviceId, ModelId, Table};
use crate::scheduler::PowerState;
use crate::units::{Bytes, SimDuration, SimTime};
use crate::world::World;
use crate::world::cost::Cuts;

/// One device's report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Slots in use.
    pub busy: u16,
    /// Requests waiting in its queue.
    pub queued: u32,
    /// Exponentially weighted share of busy slots, 0…1.
    pub smoothed: f64,
    /// Power state.
    pub power: PowerState,
    /// Memory reserved by requests in its slots.
    pub reserved: Bytes,
}

/// Reports of all devices at one instant.
#[derive(Clone, Debug)]
struct Round {
    taken: SimTime,
    reports: Table<DeviceId, Report>,
    memories: Memories,
}

/// Rounds of reports on their way to the scheduler; none are kept where telemetry is live.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry {
    age: SimDuration,
    rounds: VecDeque<Round>,
}

impl Telemetry {
    /// Telemetry that starts with the reports of the first instant.
    pub fn new(world: &World, first: Table<DeviceId, Report>, memories: &Memories) -> Self {
        let settings = &world.settings.telemetry;
        let first = || Round { taken: SimTime::ZERO, reports: first, memories: memories.clone() };
        let live = settings.period == SimDuration::ZERO;
        let rounds = if live { VecDeque::new() } else { VecDeque::from([first()]) };
        Self { age: settings.age, rounds }
    }

    /// Memory of the reports [B].
    pub fn bytes(&self) -> usize {
        let of = |round: &Round| round.reports.len() * size_of::<Report>() + round.memories.bytes();
        self.rounds.iter().map(of).sum()
    }

    /// Takes a round of reports at `now`, and forgets those that a newer visible one replaces.
    pub fn take(&mut self, now: SimTime, reports: Table<DeviceId, Report>, memories: Memories) {
        while self.rounds.get(1).is_some_and(|next| next.taken + self.age <= now) {
            self.rounds.pop_front();
        }
        self.rounds.push_back(Round { taken: now, reports, memories });
    }

    /// The newest visible round; `None` where telemetry is live.
    #[inline]
    fn visible(&self, now: SimTime) -> Option<&Round> {
        let visible = self.rounds.iter().rev().find(|round| round.taken + self.age <= now);
        visible.or(self.rounds.front())
    }

    /// The newest visible report; `None` where telemetry is live.
    #[inline]
    pub fn seen(&self, device: DeviceId, now: SimTime) -> Option<Report> {
        self.visible(now).map(|round| round.reports[device])
    }

    /// What was in memory at the newest visible reports, with their instant; `None` where telemetry is live.
    #[inline]
    pub fn seen_memories(&self, now: SimTime) -> Option<(&Memories, SimTime)> {
        self.visible(now).map(|round| (&round.memories, round.taken))
    }

    /// When the newest visible reports were taken; `None` where telemetry is live.
    #[inline]
    pub fn taken(&self, now: SimTime) -> Option<SimTime> {
        self.visible(now).map(|round| round.taken)
    }
}

/// A share of busy slots smoothed from `before` over a span in which it was `share`.
#[inline]
pub(crate) fn smoothed(before: f64, share: f64, span: SimDuration, window: SimDuration) -> f64 {
    share + (before - share) * (-(span.as_secs() / window.as_secs())).exp()
}

impl State {
    /// Whether a segment's parameters are in a device's memory, by its newest visible report.
    #[inline]
    pub fn reports_resident(&self, device: DeviceId, model: ModelId, cuts: Cuts) -> bool {
        let (memories, then) = self.telemetry.seen_memories(self.now).unwrap_or((&self.memories, self.now));
        memories.is_resident(device, model, cuts, then)
    }

    /// A device's own report at this instant.
    #[inline]
    pub fn report(&self, world: &World, device: DeviceId) -> Report {
        let state = &self.devices[device];
        let share = self.utilisation(world, device, state.busy);
        let window = world.settings.telemetry.load_window;
        let smoothed = match window {
            SimDuration::ZERO => share,
            _ => smoothed(self.smoothed[device], share, self.now.since(state.metered), window),
        };
        Report {
            busy: state.busy,
            queued: state.queued,
            smoothed,
            power: state.reported_power(),
            reserved: state.reserved,
        }
    }
}

impl DeviceState {
    fn reported_power(&self) -> PowerState {
        match self.power {
            Power::Off | Power::Booting => PowerState::Off,
            Power::Asleep | Power::Waking => PowerState::Sleep,
            Power::On if self.busy > 0 => PowerState::Busy,
            Power::On => PowerState::Idle,
        }
    }
}
