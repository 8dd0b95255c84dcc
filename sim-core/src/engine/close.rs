//! The end of a run: open accounts are metered, requests in flight counted, the laws checked.

use super::event::Slot;
use super::ledger::{Counts, LawBroken};
use super::state::{NONE, Phase};
use super::{Books, Outcome, Run, STANDSTILL};
use crate::ids::{DeviceId, Table};
use crate::record::Ending;
use crate::units::Grams;

impl Run<'_> {
    /// Meters everything to the end, closes the books and checks the laws.
    pub(super) fn close(mut self) -> Outcome {
        if let Some(message) = self.aborted.take() {
            return Outcome::SchedulerAborted { message, at: self.state.now };
        }
        if self.standstill > STANDSTILL {
            return Outcome::TimeStandsStill { at: self.state.now };
        }
        let horizon = &self.world.settings.horizon;
        let drained = self.open == 0 || self.dry;
        self.state.now = if drained { self.state.now.max(horizon.window_end()) } else { horizon.end() };
        for device in self.world.devices.ids() {
            self.meter(device);
            self.book_slots(device);
        }
        self.book_baselines();
        self.count_in_flight();
        self.ledger.close(self.served(), self.embodied());
        let laws = self.measured.check("the cohort").and(self.all.check("all")).and(self.ledger.check());
        let laws = laws.and(self.check_devices());
        match laws {
            Err(broken) => Outcome::LawBroken(broken),
            Ok(()) => Outcome::Finished(Box::new(Books {
                ledger: self.ledger,
                measured: self.measured,
                all: self.all,
                splits: self.state.plans.splits(),
                events: self.events,
                end: self.state.now,
                power_ordered: self.power_ordered,
                suspended: self.suspended,
            })),
        }
    }

    /// Books what requests in a device's slots drew so far.
    fn book_slots(&mut self, device: DeviceId) {
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            self.book_phase(slot, device);
            self.leave_split(slot, device);
            slot = self.state.flights[slot].next;
        }
    }

    fn served(&self) -> Table<DeviceId, u64> {
        self.state.devices.iter().map(|device| u64::from(device.served)).collect()
    }

    /// Each device's share of its embodied emissions for the window.
    fn embodied(&self) -> Table<DeviceId, Option<Grams>> {
        let window = self.world.settings.horizon.window;
        let of = |device| self.world.embodied(device, window).filter(|_| self.world.settings.embodied);
        self.world.devices.ids().map(of).collect()
    }

    /// What devices count of themselves is what stands in their queues and slots.
    fn check_devices(&self) -> Result<(), LawBroken> {
        for (device, state) in self.state.devices.enumerate() {
            let (queued, busy) = (self.chain(state.head), self.chain(state.running));
            let awaited = u64::from(state.in_flight) >= queued + busy;
            if queued != u64::from(state.queued) || busy != u64::from(state.busy) || !awaited {
                let name = self.world.device_name(device);
                let counted = (state.queued, state.busy, state.in_flight);
                return Err(LawBroken(format!(
                    "{name} counts (queued, in slots, assigned) = {counted:?}, but {queued} queue and {busy} are in slots"
                )));
            }
        }
        Ok(())
    }

    fn chain(&self, first: Slot) -> u64 {
        let next = |slot: &Slot| Some(self.state.flights[*slot].next).filter(|slot| *slot != NONE);
        std::iter::successors(Some(first).filter(|slot| *slot != NONE), next).count() as u64
    }

    fn count_in_flight(&mut self) {
        for flight in self.state.flights.iter() {
            self.all.count_open(flight.phase);
            if flight.measured {
                self.measured.count_open(flight.phase);
                self.ledger.attribute(flight.request.model, flight.used.energy, flight.used.carbon);
            }
        }
    }
}

impl Counts {
    pub(super) fn count(&mut self, ending: Ending) {
        match ending {
            Ending::Completed => self.completed += 1,
            Ending::Late => {
                self.completed += 1;
                self.late += 1;
            }
            Ending::Rejected(_) => self.rejected += 1,
        }
    }

    fn count_open(&mut self, phase: Phase) {
        match phase {
            Phase::Deferred | Phase::Suspended => self.deferred += 1,
            Phase::Queued => self.queued += 1,
            Phase::Moving | Phase::Loading | Phase::Computing => self.running += 1,
            Phase::Free => {}
        }
    }
}
