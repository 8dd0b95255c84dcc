//! The books: every joule and gram posted once and summed over several partitions, which must agree.

use crate::ids::{DeviceId, ModelId, SiteId, Table, ZoneId};
use crate::kernel::sum::Sum;
use crate::units::{Bytes, Grams, Intensity, Joules, SimDuration};
use crate::world::World;

/// What energy was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Account {
    /// Computing, above idle.
    Dynamic = 0,
    /// Being there: idle, asleep or off.
    Idle = 1,
    /// Waking and booting.
    Wake = 2,
    /// Loading models.
    Load = 3,
    /// Moving data.
    Network = 4,
    /// Deciding, where the scenario charges it.
    Decision = 5,
}

impl Account {
    /// All accounts, in the order of their names in outputs.
    pub const ALL: [Self; 6] = [Self::Dynamic, Self::Idle, Self::Wake, Self::Load, Self::Network, Self::Decision];

    /// Its name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Idle => "idle",
            Self::Wake => "wake",
            Self::Load => "load",
            Self::Network => "network",
            Self::Decision => "decision",
        }
    }
}

/// An amount of energy and what it emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entry {
    energy: Sum,
    carbon: Sum,
}

impl Entry {
    /// Adds an amount.
    #[inline]
    pub fn add(&mut self, energy: Joules, carbon: Grams) {
        self.energy.add(energy.0);
        self.carbon.add(carbon.0);
    }

    /// The energy so far.
    #[must_use]
    pub fn energy(&self) -> Joules {
        Joules(self.energy.value())
    }

    /// The emissions so far.
    #[must_use]
    pub fn carbon(&self) -> Grams {
        Grams(self.carbon.value())
    }
}

/// One entry an account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accounts([Entry; 6]);

impl Accounts {
    /// The entry of an account.
    #[must_use]
    pub fn get(&self, account: Account) -> Entry {
        self.0[account as usize]
    }

    #[inline]
    fn add(&mut self, account: Account, energy: Joules, carbon: Grams) {
        self.0[account as usize].add(energy, carbon);
    }

    /// Energy of all accounts.
    #[must_use]
    pub fn energy(&self) -> Joules {
        Joules(self.0.iter().map(|entry| entry.energy.value()).sum())
    }

    /// Operational emissions of all accounts.
    #[must_use]
    pub fn carbon(&self) -> Grams {
        Grams(self.0.iter().map(|entry| entry.carbon.value()).sum())
    }
}

/// A cell of the timeline: one zone in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Energy and emissions by account.
    pub accounts: Accounts,
    /// Requests of the cohort computed there then (counted at their end of computation).
    pub requests: u64,
}

/// What every device uses, in one cache line: the accounts that most devices never use stand apart.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Usual {
    dynamic: Entry,
    idle: Entry,
}

/// What only some devices use.
#[derive(Clone, Copy, Debug, Default)]
struct Seldom {
    wake: Entry,
    load: Entry,
}

/// The books of a run.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Of the timeline, once the books are closed.
    total: Accounts,
    usual: Table<DeviceId, Usual>,
    /// Empty until a device wakes or loads.
    seldom: Table<DeviceId, Seldom>,
    /// Network entries of each site.
    sites: Table<SiteId, Entry>,
    /// Decision entries of each site.
    decisions: Table<SiteId, Entry>,
    timeline: Table<ZoneId, Vec<Cell>>,
    interval: SimDuration,
    models: Table<ModelId, Entry>,
    requests: Entry,
    unattributed: Entry,
    /// The cohort's data, each byte times the mean intensity of its two ends [B · g/kWh]: for other coefficients.
    moved: Sum,
    embodied: Table<DeviceId, Option<Grams>>,
    served: Table<DeviceId, u64>,
}

/// Where in the books something belongs in space and time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub zone: ZoneId,
    pub interval: usize,
}

impl Ledger {
    pub(crate) fn new(world: &World) -> Self {
        let horizon = &world.settings.horizon;
        let intervals = horizon.end().0.div_ceil(horizon.interval.0.max(1)) as usize;
        Self {
            total: Accounts::default(),
            usual: Table::filled(world.devices.len(), Usual::default()),
            seldom: Table::new(),
            sites: Table::filled(world.sites.len(), Entry::default()),
            decisions: Table::filled(world.sites.len(), Entry::default()),
            timeline: Table::filled(world.grid.zones.len(), vec![Cell::default(); intervals.max(1)]),
            interval: horizon.interval,
            models: Table::filled(world.models.len(), Entry::default()),
            requests: Entry::default(),
            unattributed: Entry::default(),
            moved: Sum::default(),
            embodied: Table::new(),
            served: Table::new(),
        }
    }

    /// Memory of the books [B].
    pub(crate) fn bytes(&self) -> usize {
        let cells: usize = self.timeline.iter().map(Vec::len).sum();
        self.usual.len() * size_of::<Usual>()
            + self.seldom.len() * size_of::<Seldom>()
            + (self.sites.len() + self.decisions.len() + self.models.len()) * size_of::<Entry>()
            + cells * size_of::<Cell>()
            + self.embodied.len() * size_of::<Option<Grams>>()
            + self.served.len() * size_of::<u64>()
    }

    #[inline]
    fn post(&mut self, place: Place, account: Account, energy: Joules, carbon: Grams) {
        let cells = &mut self.timeline[place.zone];
        let last = cells.len() - 1;
        cells[place.interval.min(last)].accounts.add(account, energy, carbon);
    }

    /// Posts what a device used.
    #[inline]
    pub(crate) fn post_device(
        &mut self, device: DeviceId, place: Place, account: Account, energy: Joules, carbon: Grams,
    ) {
        self.post(place, account, energy, carbon);
        match account {
            Account::Dynamic => self.usual[device].dynamic.add(energy, carbon),
            Account::Idle => self.usual[device].idle.add(energy, carbon),
            Account::Wake => self.seldom(device).wake.add(energy, carbon),
            Account::Load => self.seldom(device).load.add(energy, carbon),
            Account::Network | Account::Decision => {
                debug_assert!(false, "moving data and deciding are posted at sites");
            }
        }
    }

    fn seldom(&mut self, device: DeviceId) -> &mut Seldom {
        if self.seldom.is_empty() {
            self.seldom = Table::filled(self.usual.len(), Seldom::default());
        }
        &mut self.seldom[device]
    }

    /// Posts what moving data used at a site.
    #[inline]
    pub(crate) fn post_network(&mut self, site: SiteId, place: Place, energy: Joules, carbon: Grams) {
        self.post(place, Account::Network, energy, carbon);
        self.sites[site].add(energy, carbon);
    }

    /// Posts what deciding used at a site.
    pub(crate) fn post_decision(&mut self, site: SiteId, place: Place, energy: Joules, carbon: Grams) {
        self.post(place, Account::Decision, energy, carbon);
        self.decisions[site].add(energy, carbon);
    }

    /// Attributes an amount to no request.
    #[inline]
    pub(crate) fn leave_unattributed(&mut self, energy: Joules, carbon: Grams) {
        self.unattributed.add(energy, carbon);
    }

    /// Attributes an amount to a request of a model.
    #[inline]
    pub(crate) fn attribute(&mut self, model: ModelId, energy: Joules, carbon: Grams) {
        self.requests.add(energy, carbon);
        self.models[model].add(energy, carbon);
    }

    /// Notes a transfer, with the mean intensity of its two ends while it went on.
    pub(crate) fn note_transfer(&mut self, bytes: Bytes, mean: Intensity) {
        self.moved.add(bytes.0 * mean.0);
    }

    /// Counts a computation that ended in the timeline; devices count their own.
    #[inline]
    pub(crate) fn count_served(&mut self, place: Place) {
        let cells = &mut self.timeline[place.zone];
        let last = cells.len() - 1;
        cells[place.interval.min(last)].requests += 1;
    }

    /// Closes the books: what is known at the end only, and the total of all cells.
    pub(crate) fn close(&mut self, served: Table<DeviceId, u64>, embodied: Table<DeviceId, Option<Grams>>) {
        (self.served, self.embodied) = (served, embodied);
        for cell in self.timeline.iter().flatten() {
            for account in Account::ALL {
                let entry = cell.accounts.get(account);
                self.total.add(account, entry.energy(), entry.carbon());
            }
        }
    }

    /// Sums over everything.
    #[must_use]
    pub fn total(&self) -> &Accounts {
        &self.total
    }

    /// What a device used; moving data and deciding are booked by site.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Accounts {
        let usual = self.usual[device];
        let seldom = if self.seldom.is_empty() { Seldom::default() } else { self.seldom[device] };
        Accounts([usual.dynamic, usual.idle, seldom.wake, seldom.load, Entry::default(), Entry::default()])
    }

    /// What moving data used, by the site that answers for it.
    #[must_use]
    pub fn sites(&self) -> &Table<SiteId, Entry> {
        &self.sites
    }

    /// What deciding used, by the site where it was done.
    #[must_use]
    pub fn decisions(&self) -> &Table<SiteId, Entry> {
        &self.decisions
    }

    /// Cells of each zone in order of time, from the epoch on.
    #[must_use]
    pub fn timeline(&self) -> &Table<ZoneId, Vec<Cell>> {
        &self.timeline
    }

    /// Length of a timeline interval.
    #[must_use]
    pub fn interval(&self) -> SimDuration {
        self.interval
    }

    /// What was attributed to the requests of each model.
    #[must_use]
    pub fn models(&self) -> &Table<ModelId, Entry> {
        &self.models
    }

    /// What was attributed to requests.
    #[must_use]
    pub fn requests(&self) -> &Entry {
        &self.requests
    }

    /// What no request answers for.
    #[must_use]
    pub fn unattributed(&self) -> &Entry {
        &self.unattributed
    }

    /// Emissions of moving the cohort's data if the whole way cost `kwh_per_gb`.
    #[must_use]
    pub fn network_at(&self, kwh_per_gb: f64) -> Grams {
        Grams(self.moved.value() / 1e9 * kwh_per_gb)
    }

    /// Embodied emissions of each device over the window, where booked.
    #[must_use]
    pub fn embodied(&self) -> &Table<DeviceId, Option<Grams>> {
        &self.embodied
    }

    /// Requests of the cohort that each device computed.
    #[must_use]
    pub fn served(&self) -> &Table<DeviceId, u64> {
        &self.served
    }

    /// Checks that every partition sums to the total, which is that of zones and intervals.
    ///
    /// # Errors
    /// The first partition that does not, within 1e-9 relative.
    pub(crate) fn check(&self) -> Result<(), LawBroken> {
        let (energy, carbon) = (self.total.energy().0, self.total.carbon().0);
        let entries = |entries: &mut dyn Iterator<Item = Entry>| {
            let mut sum = Entry::default();
            entries.for_each(|part| sum.add(part.energy(), part.carbon()));
            (sum.energy.value(), sum.carbon.value())
        };
        let usual = self.usual.iter().flat_map(|device| [device.dynamic, device.idle]);
        let seldom = self.seldom.iter().flat_map(|device| [device.wake, device.load]);
        let by_device = usual.chain(seldom).chain(self.sites.iter().chain(self.decisions.iter()).copied());
        let attributed = [self.requests, self.unattributed].into_iter();
        let by_model = self.models.iter().copied().chain([self.unattributed]);
        let partitions: [(&'static str, &mut dyn Iterator<Item = Entry>); 3] = [
            ("devices and sites", &mut { by_device }),
            ("requests and unattributed", &mut { attributed }),
            ("models and unattributed", &mut { by_model }),
        ];
        for (partition, parts) in partitions {
            let (parts_energy, parts_carbon) = entries(parts);
            agree(partition, "J", parts_energy, energy)?;
            agree(partition, "g", parts_carbon, carbon)?;
        }
        self.check_served()
    }

    /// What devices counted is what the timeline counted.
    fn check_served(&self) -> Result<(), LawBroken> {
        let by_device: u64 = self.served.iter().sum();
        let by_zone: u64 = self.timeline.iter().flatten().map(|cell| cell.requests).sum();
        if by_device == by_zone {
            return Ok(());
        }
        Err(LawBroken(format!("devices computed {by_device} segments, the timeline has {by_zone}")))
    }
}

fn agree(partition: &'static str, unit: &'static str, parts: f64, total: f64) -> Result<(), LawBroken> {
    // Written so that a NaN breaks the law too.
    if (parts - total).abs() <= 1e-9 * total.abs().max(f64::MIN_POSITIVE) {
        return Ok(());
    }
    Err(LawBroken(format!("the ledger over {partition} sums to {parts} {unit}, its total is {total} {unit}")))
}

/// A law of the simulation does not hold: a bug, with the figures that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawBroken(pub String);

impl std::fmt::Display for LawBroken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Asked for.
    pub arrived: u64,
    /// Results at their origin, late ones included.
    pub completed: u64,
    /// Results at their origin after the deadline.
    pub late: u64,
    /// Turned away.
    pub rejected: u64,
    /// Lost.
    pub failed: u64,
    /// Put off or held when the run ended.
    pub deferred: u64,
    /// In a device's queue when the run ended.
    pub queued: u64,
    /// On links or in slots when the run ended.
    pub running: u64,
}

impl Counts {
    /// Neither ended nor lost.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.deferred + self.queued + self.running
    }

    pub(crate) fn check(&self, whose: &str) -> Result<(), LawBroken> {
        let accounted = self.completed + self.rejected + self.failed + self.in_flight();
        if accounted == self.arrived && self.late <= self.completed {
            return Ok(());
        }
        Err(LawBroken(format!("of {} requests ({whose}) {accounted} are accounted for: {self:?}", self.arrived)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_posting_that_misses_a_partition_breaks_the_law() {
        assert!(agree("parts", "g", 1.0, 1.0 + 1e-12).is_ok());
        assert!(agree("parts", "g", 1.0, 1.0 + 1e-8).is_err());
        assert!(agree("parts", "g", f64::NAN, 1.0).is_err());
        assert!(agree("parts", "g", 0.0, 0.0).is_ok());
        let counts = Counts { arrived: 3, completed: 1, rejected: 1, ..Counts::default() };
        assert!(counts.check("all").is_err());
    }
}
