//! Energy and emissions of a run, by account and by who answers for them.

use indexmap::IndexMap;
use serde::Serialize;
use sim_core::engine::ledger::{Account, Ledger};
use sim_core::kernel::sum::Sum;
use sim_core::world::{IdleRule, World};

/// Energy by account [J].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Energy {
    /// Computing, above idle.
    pub dynamic: f64,
    /// Being there: idle, asleep or off.
    pub idle: f64,
    /// Waking and booting.
    pub wake: f64,
    /// Loading models.
    pub load: f64,
    /// Moving data.
    pub network: f64,
    /// Deciding; 0 unless the scenario charges it.
    pub decision: f64,
    /// All accounts.
    pub total: f64,
    /// How the worst known energy of a model on a device class is known: `measured` by a meter, `calibrated` on
    /// published energies, or `modelled` as power times time.
    pub provenance: Option<&'static str>,
}

impl Energy {
    pub(super) fn new(ledger: &Ledger, provenance: Option<&'static str>) -> Self {
        let of = |account| ledger.total().get(account).energy().0;
        Self {
            dynamic: of(Account::Dynamic),
            idle: of(Account::Idle),
            wake: of(Account::Wake),
            load: of(Account::Load),
            network: of(Account::Network),
            decision: of(Account::Decision),
            total: ledger.total().energy().0,
            provenance,
        }
    }

    /// The energy of an account.
    #[must_use]
    pub fn of(&self, account: Account) -> f64 {
        match account {
            Account::Dynamic => self.dynamic,
            Account::Idle => self.idle,
            Account::Wake => self.wake,
            Account::Load => self.load,
            Account::Network => self.network,
            Account::Decision => self.decision,
        }
    }
}

/// Emissions by account [g].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Carbon {
    /// Computing, above idle.
    pub dynamic: f64,
    /// Being there: idle, asleep or off.
    pub idle: f64,
    /// Waking and booting.
    pub wake: f64,
    /// Loading models.
    pub load: f64,
    /// Moving data.
    pub network: f64,
    /// Deciding; 0 unless the scenario charges it.
    pub decision: f64,
    /// Share of making the devices that falls in the measurement window; `None` when not booked.
    pub embodied: Option<f64>,
    /// All accounts of the use phase.
    pub operational: f64,
    /// Operational and embodied; operational only when embodied is not booked.
    pub total: f64,
    /// Devices without a figure for embodied emissions while others have one: `embodied` is a lower bound if not 0.
    pub embodied_unstated_devices: u64,
}

impl Carbon {
    pub(super) fn new(ledger: &Ledger, world: &World) -> Self {
        let of = |account| ledger.total().get(account).carbon().0;
        let booked = || ledger.embodied().iter().flatten();
        let embodied = booked().next().map(|_| booked().map(|carbon| carbon.0).collect::<Sum>().value());
        let unstated = if embodied.is_some() { world.devices.len() - booked().count() } else { 0 };
        let operational = ledger.total().carbon().0;
        Self {
            dynamic: of(Account::Dynamic),
            idle: of(Account::Idle),
            wake: of(Account::Wake),
            load: of(Account::Load),
            network: of(Account::Network),
            decision: of(Account::Decision),
            embodied,
            operational,
            total: operational + embodied.unwrap_or(0.0),
            embodied_unstated_devices: unstated as u64,
        }
    }

    /// The emissions of an account.
    #[must_use]
    pub fn of(&self, account: Account) -> f64 {
        match account {
            Account::Dynamic => self.dynamic,
            Account::Idle => self.idle,
            Account::Wake => self.wake,
            Account::Load => self.load,
            Account::Network => self.network,
            Account::Decision => self.decision,
        }
    }
}

/// Who answers for operational emissions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Attribution {
    /// How idle power is split over requests: `by-time`, `by-use` or `none`.
    pub rule: &'static str,
    /// Attributed to requests [g].
    pub requests_g: f64,
    /// Attributed to none [g].
    pub unattributed_g: f64,
}

impl Attribution {
    pub(super) fn new(ledger: &Ledger, rule: IdleRule) -> Self {
        let rule = match rule {
            IdleRule::ByTime => "by-time",
            IdleRule::ByUse => "by-use",
            IdleRule::None => "none",
        };
        Self { rule, requests_g: ledger.requests().carbon().0, unattributed_g: ledger.unattributed().carbon().0 }
    }
}

/// Network energy intensities [kWh/GB] at which emissions are scored again, with their keys in outputs: fibre by
/// recent measurements, fixed access by common practice, mobile access (4G).
pub const RESCORED_AT: [(&str, f64); 3] = [("0.001", 0.001), ("0.04", 0.04), ("0.14", 0.14)];

/// What moving data weighs: coefficients in the literature differ a hundredfold, so a result should survive others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    /// The network account over operational emissions; `None` if those are zero.
    pub share_of_operational: Option<f64>,
    /// Operational emissions if the whole way of the cohort's data cost so many kWh/GB and nothing else [g].
    pub rescored_operational_g: IndexMap<&'static str, f64>,
    /// The same over completed requests [g].
    pub rescored_g_per_inference: IndexMap<&'static str, Option<f64>>,
}

impl Network {
    pub(super) fn new(ledger: &Ledger, completed: u64) -> Self {
        let operational = ledger.total().carbon().0;
        let network = ledger.total().get(Account::Network).carbon().0;
        // The other accounts by themselves: operational − network would cancel where the network is nearly all.
        let others = Account::ALL.iter().filter(|&&account| account != Account::Network);
        let rest: f64 = others.map(|&account| ledger.total().get(account).carbon().0).sum();
        let rescored = RESCORED_AT.map(|(key, kwh_per_gb)| (key, rest + ledger.network_at(kwh_per_gb).0));
        let each = |(key, grams)| (key, (completed > 0).then(|| grams / completed as f64));
        Self {
            share_of_operational: (operational > 0.0).then(|| network / operational),
            rescored_operational_g: rescored.into_iter().collect(),
            rescored_g_per_inference: rescored.into_iter().map(each).collect(),
        }
    }
}
