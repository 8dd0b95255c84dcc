//! The exact meter: energy and carbon of piecewise-constant power, integrated before the state changes.

use super::Run;
use super::event::Slot;
use super::ledger::{Account, Place};
use super::state::{NONE, Phase, Power};
use super::telemetry::smoothed;
use crate::ids::{DeviceId, LinkId, SiteId, ZoneId};
use crate::units::{Exposure, Grams, Intensity, Joules, SimDuration, SimTime, Watts};
use crate::world::IdleRule;
use crate::world::device::DynamicPower;
use crate::world::topology::EnergyScope;

/// A stretch of time within one timeline interval, all inside or all outside the measurement window.
#[derive(Clone, Copy)]
struct Piece {
    span: SimDuration,
    exposure: Exposure,
    place: Place,
    in_window: bool,
}

impl Piece {
    fn of(&self, power: Watts) -> (Joules, Grams) {
        (power * self.span, power * self.exposure)
    }
}

impl Run<'_> {
    /// Books what a device drew since it was metered last.
    #[inline]
    pub(super) fn meter(&mut self, device: DeviceId) {
        let now = self.state.now;
        let since = self.state.devices[device].metered;
        if since == now {
            return;
        }
        self.smooth(device, since);
        self.state.devices[device].metered = now;
        let zone = self.world.zone_of(device);
        let mut from = since;
        while from < now {
            let piece = self.piece(zone, from, now);
            self.book(device, &piece);
            from = from + piece.span;
        }
    }

    fn smooth(&mut self, device: DeviceId, since: SimTime) {
        let window = self.world.settings.telemetry.load_window;
        if window > SimDuration::ZERO {
            let state = &self.state.devices[device];
            let share = self.state.utilisation(self.world, device, state.busy);
            let value = smoothed(state, share, self.state.now.since(since), window);
            self.state.devices[device].smoothed = value;
        }
    }

    /// The longest piece from `from` on, at most to `to`.
    fn piece(&self, zone: ZoneId, from: SimTime, to: SimTime) -> Piece {
        let horizon = &self.world.settings.horizon;
        let (start, end) = (horizon.window_start(), horizon.window_end());
        let mut until = to.min(self.ledger.interval_end(from));
        let in_window = from >= start && from < end;
        if from < start {
            until = until.min(start);
        } else if from < end {
            until = until.min(end);
        }
        Piece {
            span: until.since(from),
            exposure: self.world.grid.accounting(zone).integral(from, until),
            place: Place { zone, interval: self.ledger.interval_of(from) },
            in_window,
        }
    }

    fn book(&mut self, device: DeviceId, piece: &Piece) {
        match self.state.devices[device].power {
            Power::Off | Power::Asleep => self.book_resting(device, piece),
            Power::Waking => self.book_waking(device, piece),
            Power::On => {
                self.book_slots(device, piece);
                if piece.in_window {
                    self.book_idle(device, piece);
                }
            }
        }
    }

    /// Power that the service answers for although nothing runs.
    fn standing(&self, device: DeviceId, power: Watts) -> Watts {
        power * (self.world.devices[device].service_share * self.world.pue_of(device))
    }

    fn book_resting(&mut self, device: DeviceId, piece: &Piece) {
        if !piece.in_window {
            return;
        }
        let model = &self.world.class_of(device).power;
        let power = if self.state.devices[device].power == Power::Off { model.off } else { model.sleep };
        let (energy, carbon) = piece.of(self.standing(device, power));
        self.ledger.post_device(device, piece.place, Account::Idle, energy, carbon);
        self.ledger.leave_unattributed(energy, carbon);
    }

    fn book_waking(&mut self, device: DeviceId, piece: &Piece) {
        let state = &self.state.devices[device];
        let model = &self.world.class_of(device).power;
        let wake = if state.booting { model.boot } else { model.wake };
        let (energy, carbon) = piece.of(wake.energy / wake.time * self.world.pue_of(device));
        self.post_wake(device, piece, energy, carbon);
    }

    /// Books wake-up energy: to the request it is for if that is measured, else to none inside the window.
    fn post_wake(&mut self, device: DeviceId, piece: &Piece, energy: Joules, carbon: Grams) {
        let cause = self.state.devices[device].woken_for;
        let measured = cause != NONE && self.state.flights[cause].measured;
        if measured {
            self.charge(cause, energy, carbon);
        } else if piece.in_window {
            self.ledger.leave_unattributed(energy, carbon);
        } else {
            return;
        }
        self.ledger.post_device(device, piece.place, Account::Wake, energy, carbon);
    }

    /// Books a wake-up that takes no time.
    pub(super) fn book_sudden_wake(&mut self, device: DeviceId, energy: Joules) {
        let zone = self.world.zone_of(device);
        let now = self.state.now;
        let horizon = &self.world.settings.horizon;
        let piece = Piece {
            span: SimDuration::ZERO,
            exposure: Exposure::ZERO,
            place: Place { zone, interval: self.ledger.interval_of(now) },
            in_window: now >= horizon.window_start() && now < horizon.window_end(),
        };
        let energy = energy * self.world.pue_of(device);
        self.post_wake(device, &piece, energy, energy * self.world.grid.accounting(zone).at(now));
    }

    /// Books power above idle of the measured requests in a device's slots.
    fn book_slots(&mut self, device: DeviceId, piece: &Piece) {
        let pue = self.world.pue_of(device);
        let shared = self.shared_power(device);
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            let flight = &self.state.flights[slot];
            let next = flight.next;
            if flight.measured {
                let (power, account) = match flight.phase {
                    Phase::Computing => (shared.unwrap_or(flight.watts), Account::Dynamic),
                    Phase::Loading | Phase::Deferred | Phase::Moving | Phase::Queued | Phase::Free => {
                        (flight.watts, Account::Load)
                    }
                };
                let (energy, carbon) = piece.of(power * pue);
                self.ledger.post_device(device, piece.place, account, energy, carbon);
                self.charge(slot, energy, carbon);
            }
            slot = next;
        }
    }

    /// With a power table: each computing slot's equal share of the power above idle. With linear power: none.
    fn shared_power(&self, device: DeviceId) -> Option<Watts> {
        let table = &self.world.class_of(device).power.dynamic;
        if *table == DynamicPower::Linear {
            return None;
        }
        let mut computing = 0;
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            computing += u16::from(self.state.flights[slot].phase == Phase::Computing);
            slot = self.state.flights[slot].next;
        }
        Some(self.state.table_power(self.world, device, computing))
    }

    /// Books a device's idle power in the window, split over the requests in its slots by the rule.
    fn book_idle(&mut self, device: DeviceId, piece: &Piece) {
        let class = self.world.class_of(device);
        let (energy, carbon) = piece.of(self.standing(device, class.power.idle));
        self.ledger.post_device(device, piece.place, Account::Idle, energy, carbon);
        let busy = self.state.devices[device].busy;
        let share = match self.world.settings.idle_rule {
            IdleRule::ByTime if busy > 0 => 1.0 / f64::from(busy),
            IdleRule::ByUse if busy > 0 => 1.0 / f64::from(class.slots),
            IdleRule::ByTime | IdleRule::ByUse | IdleRule::None => 0.0,
        };
        let mut left = 1.0;
        if share > 0.0 {
            let mut slot = self.state.devices[device].running;
            while slot != NONE {
                if self.state.flights[slot].measured {
                    self.charge(slot, energy * share, carbon * share);
                    left -= share;
                }
                slot = self.state.flights[slot].next;
            }
        }
        self.ledger.leave_unattributed(energy * left, carbon * left);
    }

    /// Attributes an amount to a request in flight.
    fn charge(&mut self, slot: Slot, energy: Joules, carbon: Grams) {
        let flight = &mut self.state.flights[slot];
        flight.energy += energy;
        flight.carbon += carbon;
    }

    /// Books one transmission of a measured request that started at `from`, where coefficients count by link.
    pub(super) fn book_transmission(&mut self, slot: Slot, link: LinkId, from: SimTime, span: SimDuration) {
        let network = &self.world.topology.energy;
        let flight = &self.state.flights[slot];
        if !flight.measured || network.scope != EnergyScope::Link {
            return;
        }
        let link = self.world.topology.link(link);
        let energy = link.energy.transmission(flight.bytes, span) * network.pue;
        if energy.0 > 0.0 {
            for (site, share) in link.shares {
                self.book_moving(slot, site, energy * share, from, from + span);
            }
        }
    }

    /// Books a finished transfer of a measured request: the whole way's energy, where coefficients count end to end,
    /// with the exposure for re-scoring under other coefficients.
    pub(super) fn book_transfer(&mut self, slot: Slot, from: SimTime, to: SimTime) {
        let flight = &self.state.flights[slot];
        if !flight.measured {
            return;
        }
        let ends = [flight.from, flight.to].map(|device| self.world.devices[device].site);
        let bytes = flight.bytes;
        let unit = Joules(bytes.0 / 1e9 * crate::units::JOULES_PER_KWH);
        for site in ends {
            let intensity = self.mean_intensity(site, from, to);
            self.ledger.note_transfer(unit * 0.5 * intensity);
        }
        let network = &self.world.topology.energy;
        if network.scope == EnergyScope::EndToEnd {
            let energy = bytes * network.end_to_end * network.pue;
            for site in ends {
                self.book_moving(slot, site, energy * 0.5, from, to);
            }
        }
    }

    fn mean_intensity(&self, site: SiteId, from: SimTime, to: SimTime) -> Intensity {
        let signal = self.world.grid.accounting(self.world.sites[site].zone);
        if from == to { signal.at(from) } else { signal.integral(from, to) / to.since(from) }
    }

    /// Books energy of moving data, spread evenly over `[from, to]`, at a site and to a request.
    fn book_moving(&mut self, slot: Slot, site: SiteId, energy: Joules, from: SimTime, to: SimTime) {
        let zone = self.world.sites[site].zone;
        if from == to {
            let place = Place { zone, interval: self.ledger.interval_of(from) };
            let carbon = energy * self.world.grid.accounting(zone).at(from);
            self.ledger.post_network(site, place, energy, carbon);
            return self.charge(slot, energy, carbon);
        }
        let power = energy / to.since(from);
        let mut at = from;
        while at < to {
            let piece = self.piece(zone, at, to);
            let (energy, carbon) = piece.of(power);
            self.ledger.post_network(site, piece.place, energy, carbon);
            self.charge(slot, energy, carbon);
            at = at + piece.span;
        }
    }

    /// Books what links draw in the window whether they carry or not.
    pub(super) fn book_baselines(&mut self) {
        if self.world.topology.energy.scope != EnergyScope::Link {
            return;
        }
        let horizon = &self.world.settings.horizon;
        for link in self.world.topology.links().iter().filter(|link| link.energy.baseline.0 > 0.0) {
            for (site, share) in link.shares {
                let zone = self.world.sites[site].zone;
                let power = link.energy.baseline * (share * self.world.topology.energy.pue);
                let mut at = horizon.window_start();
                while at < horizon.window_end() {
                    let piece = self.piece(zone, at, horizon.window_end());
                    let (energy, carbon) = piece.of(power);
                    self.ledger.post_network(site, piece.place, energy, carbon);
                    self.ledger.leave_unattributed(energy, carbon);
                    at = at + piece.span;
                }
            }
        }
    }

    /// Books each device's share of its embodied emissions for the window.
    pub(super) fn book_embodied(&mut self) {
        if !self.world.settings.embodied {
            return;
        }
        for device in self.world.devices.ids() {
            if let Some(carbon) = self.world.embodied(device, self.world.settings.horizon.window) {
                self.ledger.book_embodied(device, carbon);
            }
        }
    }
}
