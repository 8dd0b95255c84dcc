//! The exact meter: energy and carbon of piecewise-constant power, integrated before the state changes.
//!
//! Standing power is booked by device whenever its slots or its power state change. What a request draws above it is
//! constant over each of its phases and booked once, at the phase's end; only a device with a power table, whose slots
//! share one curve, books its slots' draw with every change.

use super::Run;
use super::event::Slot;
use super::ledger::{Account, Place};
use super::state::{Amount, NONE, Phase, Power};
use super::telemetry::smoothed;
use crate::ids::{DeviceId, LinkId, SiteId, ZoneId};
use crate::units::{Exposure, Grams, Intensity, Joules, SimDuration, SimTime, Watts};
use crate::world::device::DynamicPower;
use crate::world::topology::EnergyScope;
use crate::world::{IdleRule, World};

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

/// A stretch of time in which a zone's intensity, its timeline interval and the window stay as they are: most pieces
/// lie within the present one, and need no look-up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regime {
    from: SimTime,
    until: SimTime,
    intensity: Intensity,
    interval: u32,
    in_window: bool,
}

impl Regime {
    /// No time at all.
    pub const NONE: Self =
        Self { from: SimTime::NEVER, until: SimTime::ZERO, intensity: Intensity(0.0), interval: 0, in_window: false };

    /// The regime of a zone from `at` on.
    fn new(world: &World, zone: ZoneId, at: SimTime) -> Self {
        let horizon = &world.settings.horizon;
        let signal = world.grid.accounting(zone);
        let (interval, interval_end) = horizon.interval_of(at);
        let edges = [horizon.window_start(), horizon.window_end()];
        let edge = edges.into_iter().find(|&edge| at < edge).unwrap_or(SimTime::NEVER);
        Self {
            from: at,
            until: interval_end.min(edge).min(signal.next_change(at)),
            intensity: signal.at(at),
            interval: interval as u32,
            in_window: at >= edges[0] && at < edges[1],
        }
    }

    #[inline]
    fn holds_at(&self, at: SimTime) -> bool {
        at >= self.from && at < self.until
    }

    #[inline]
    fn holds(&self, from: SimTime, to: SimTime) -> bool {
        self.holds_at(from) && to <= self.until
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

    /// Books what a device drew before its slots change, where that changes what it draws idle, or who is charged it.
    #[inline]
    pub(super) fn meter_slots(&mut self, device: DeviceId) {
        let alike = self.alike(device);
        if self.slots_count || !alike.linear || alike.idle_timeout.is_some() {
            self.meter(device);
        }
    }

    fn smooth(&mut self, device: DeviceId, since: SimTime) {
        let window = self.world.settings.telemetry.load_window;
        if window > SimDuration::ZERO {
            let share = self.state.utilisation(self.world, device, self.state.devices[device].busy);
            let before = &mut self.state.smoothed[device];
            *before = smoothed(*before, share, self.state.now.since(since), window);
        }
    }

    /// The longest piece from `from` on, at most to `to`.
    #[inline]
    fn piece(&mut self, zone: ZoneId, from: SimTime, to: SimTime) -> Piece {
        let regime = &self.regimes[zone];
        if !regime.holds(from, to) {
            return self.long_piece(zone, from, to);
        }
        let span = to.since(from);
        Piece {
            span,
            exposure: regime.intensity * span,
            place: Place { zone, interval: regime.interval as usize },
            in_window: regime.in_window,
        }
    }

    /// Where an instant of a zone is booked.
    pub(super) fn place(&self, zone: ZoneId, at: SimTime) -> Place {
        let regime = &self.regimes[zone];
        let within = || self.world.settings.horizon.interval_of(at).0;
        Place { zone, interval: if regime.holds_at(at) { regime.interval as usize } else { within() } }
    }

    /// A piece of the past, over however many changes of the intensity; the next ones will be of the present.
    fn long_piece(&mut self, zone: ZoneId, from: SimTime, to: SimTime) -> Piece {
        if to > self.regimes[zone].until {
            self.regimes[zone] = Regime::new(self.world, zone, to);
        }
        let horizon = &self.world.settings.horizon;
        let (start, end) = (horizon.window_start(), horizon.window_end());
        let (interval, interval_end) = horizon.interval_of(from);
        let mut until = to.min(interval_end);
        let in_window = from >= start && from < end;
        if from < start {
            until = until.min(start);
        } else if from < end {
            until = until.min(end);
        }
        Piece {
            span: until.since(from),
            exposure: self.world.grid.accounting(zone).integral(from, until),
            place: Place { zone, interval },
            in_window,
        }
    }

    #[inline]
    fn book(&mut self, device: DeviceId, piece: &Piece) {
        match self.state.devices[device].power {
            Power::Off => self.book_resting(device, piece, self.world.class_of(device).power.off),
            Power::Asleep => self.book_resting(device, piece, self.world.class_of(device).power.sleep),
            Power::Waking | Power::Booting => self.book_waking(device, piece),
            Power::On => {
                if self.world.class_of(device).power.dynamic != DynamicPower::Linear {
                    self.book_table(device, piece);
                }
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

    fn book_resting(&mut self, device: DeviceId, piece: &Piece, power: Watts) {
        if !piece.in_window {
            return;
        }
        let (energy, carbon) = piece.of(self.standing(device, power));
        self.ledger.post_device(device, piece.place, Account::Idle, energy, carbon);
        self.ledger.leave_unattributed(energy, carbon);
    }

    fn book_waking(&mut self, device: DeviceId, piece: &Piece) {
        let model = &self.world.class_of(device).power;
        let booting = self.state.devices[device].power == Power::Booting;
        let wake = if booting { model.boot } else { model.wake };
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
            place: self.place(zone, now),
            in_window: now >= horizon.window_start() && now < horizon.window_end(),
        };
        let energy = energy * self.world.pue_of(device);
        self.post_wake(device, &piece, energy, energy * self.world.grid.accounting(zone).at(now));
    }

    /// Books what a measured request drew above idle over its phase in a slot, which ends now.
    pub(super) fn book_phase(&mut self, slot: Slot, device: DeviceId) {
        let (alike, flight) = (self.alike(device), &self.state.flights[slot]);
        let (since, watts) = (flight.since, flight.watts);
        let account = match flight.phase {
            Phase::Loading => Account::Load,
            Phase::Computing if alike.linear => Account::Dynamic,
            Phase::Computing | Phase::Deferred | Phase::Moving | Phase::Queued | Phase::Suspended | Phase::Free => {
                return;
            }
        };
        if !flight.measured || watts == Watts::ZERO {
            return;
        }
        let power = watts * alike.pue;
        let (zone, now) = (alike.zone, self.state.now);
        let mut from = since;
        while from < now {
            let piece = self.piece(zone, from, now);
            let (energy, carbon) = piece.of(power);
            self.ledger.post_device(device, piece.place, account, energy, carbon);
            self.charge(slot, energy, carbon);
            from = from + piece.span;
        }
    }

    /// With a power table: each computing slot's equal share of the power above idle.
    fn book_table(&mut self, device: DeviceId, piece: &Piece) {
        let computing = |run: &Self, slot: Slot| run.state.flights[slot].phase == Phase::Computing;
        let mut slots = 0;
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            slots += u16::from(computing(self, slot));
            slot = self.state.flights[slot].next;
        }
        let power = self.state.table_power(self.world, device, slots) * self.world.pue_of(device);
        let (energy, carbon) = piece.of(power);
        let mut slot = self.state.devices[device].running;
        while slot != NONE {
            if computing(self, slot) && self.state.flights[slot].measured {
                self.ledger.post_device(device, piece.place, Account::Dynamic, energy, carbon);
                self.charge(slot, energy, carbon);
            }
            slot = self.state.flights[slot].next;
        }
    }

    /// Books a device's idle power in the window, split over the requests in its slots by the rule.
    #[inline]
    fn book_idle(&mut self, device: DeviceId, piece: &Piece) {
        let class = self.world.class_of(device);
        let (energy, carbon) = piece.of(self.standing(device, class.power.idle));
        self.ledger.post_device(device, piece.place, Account::Idle, energy, carbon);
        let state = &self.state.devices[device];
        let part = match self.world.settings.idle_rule {
            IdleRule::ByTime if state.busy > 0 => 1.0 / f64::from(state.busy),
            IdleRule::ByUse if state.busy > 0 => 1.0 / f64::from(class.slots),
            IdleRule::ByTime | IdleRule::ByUse | IdleRule::None => {
                return self.ledger.leave_unattributed(energy, carbon);
            }
        };
        let share = &mut self.state.shares[device];
        let before = *share;
        share.add(energy * part, carbon * part);
        // What requests will be charged is what the share has grown by, rounding and all.
        let measured = f64::from(state.measured);
        let charged = Amount { energy: share.energy - before.energy, carbon: share.carbon - before.carbon };
        self.ledger.leave_unattributed(energy - charged.energy * measured, carbon - charged.carbon * measured);
    }

    /// A request comes into a slot: its device's idle power is split anew from now on.
    pub(super) fn join_split(&mut self, slot: Slot, device: DeviceId) {
        let state = &mut self.state.devices[device];
        let flight = &mut self.state.flights[slot];
        state.measured += u16::from(flight.measured);
        if self.world.settings.idle_rule != IdleRule::None {
            let share = &mut self.state.shares[device];
            // Nobody looks back beyond this: a device that was without work starts from nothing.
            if state.busy == 0 {
                *share = Amount::default();
            }
            flight.shared = *share;
        }
    }

    /// A request leaves its slot: it is charged what its device's idle power brought it there.
    pub(super) fn leave_split(&mut self, slot: Slot, device: DeviceId) {
        let flight = &self.state.flights[slot];
        if !flight.measured {
            return;
        }
        let shared = flight.shared;
        self.state.devices[device].measured -= 1;
        if self.world.settings.idle_rule != IdleRule::None {
            let share = self.state.shares[device];
            self.charge(slot, share.energy - shared.energy, share.carbon - shared.carbon);
        }
    }

    /// Attributes an amount to a request in flight.
    #[inline]
    fn charge(&mut self, slot: Slot, energy: Joules, carbon: Grams) {
        self.state.flights[slot].used.add(energy, carbon);
    }

    /// Books one transmission of a measured request that started at `from`, where coefficients count by link.
    pub(super) fn book_transmission(&mut self, slot: Slot, link: LinkId, from: SimTime, span: SimDuration) {
        let network = &self.world.topology.energy;
        let flight = &self.state.flights[slot];
        if !flight.measured {
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
        let ends = [flight.from, flight.to].map(|device| self.alike(device));
        let bytes = flight.bytes;
        let means = ends.map(|end| self.mean_intensity(end.zone, from, to));
        self.ledger.note_transfer(bytes, (means[0] + means[1]) * 0.5);
        let network = &self.world.topology.energy;
        if network.scope == EnergyScope::EndToEnd {
            let energy = bytes * network.end_to_end * network.pue;
            for end in ends {
                self.book_moving(slot, end.site, energy * 0.5, from, to);
            }
        }
    }

    #[inline]
    fn mean_intensity(&self, zone: ZoneId, from: SimTime, to: SimTime) -> Intensity {
        if self.regimes[zone].holds(from, to) {
            return self.regimes[zone].intensity;
        }
        let signal = self.world.grid.accounting(zone);
        if from == to { signal.at(from) } else { signal.integral(from, to) / to.since(from) }
    }

    /// Books energy of moving data, spread evenly over `[from, to]`, at a site and to a request.
    fn book_moving(&mut self, slot: Slot, site: SiteId, energy: Joules, from: SimTime, to: SimTime) {
        let zone = self.world.sites[site].zone;
        if from == to {
            let place = self.place(zone, from);
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

    /// Books the power of making a decision about a request at a site, and charges it to the request.
    pub(super) fn book_decision(&mut self, slot: Slot, site: SiteId, power: Watts, (from, to): (SimTime, SimTime)) {
        let zone = self.world.sites[site].zone;
        let mut at = from;
        while at < to {
            let piece = self.piece(zone, at, to);
            let (energy, carbon) = piece.of(power);
            self.ledger.post_decision(site, piece.place, energy, carbon);
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
}
