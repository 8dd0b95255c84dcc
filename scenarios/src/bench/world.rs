//! The worlds of the queue and fleet workloads: equal devices, one site a zone, ideal links between sites.

use sim_core::ids::{ClassId, Id, LinkId, SiteId, Table, ZoneId};
use sim_core::units::{BitRate, ByteRate, Bytes, Grams, Joules, Macs, SimDuration, Watts};
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{Device, DeviceClass, Discipline, DynamicPower, LoadModel, PowerModel, Role, WakeUp};
use sim_core::world::forecast::Forecast;
use sim_core::world::grid::{Grid, Present, Zone};
use sim_core::world::link::{Access, Link, LinkEnergy, Links};
use sim_core::world::model::{Model, RequestClass};
use sim_core::world::names::Names;
use sim_core::world::signal::{Basis, Gas, Labels, Scope, Signal, SignalKind};
use sim_core::world::topology::{Contention, NetworkEnergy, Topology};
use sim_core::world::{Horizon, IdleRule, Preload, Settings, Site, TelemetrySettings, World};

/// The workloads' signals are of no real kind; all have the same labels.
pub(super) const LABELS: Labels = Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 };

/// What differs between the workloads' worlds.
#[derive(Debug)]
pub(super) struct Plan {
    /// Number of devices; device d stands at site d mod the number of signals.
    pub devices: u32,
    /// Requests that each runs at once.
    pub slots: u16,
    pub idle: Watts,
    /// Time of one request [s], and its energy above idle.
    pub seconds: f64,
    pub energy: Joules,
    pub input: Bytes,
    pub output: Bytes,
    /// Each device's link to its site, in both directions.
    pub rate: BitRate,
    pub latency: SimDuration,
    /// One zone, with one site, for each.
    pub signals: Vec<Signal>,
    pub window: SimDuration,
    pub drain: SimDuration,
}

impl Plan {
    /// The world of a plan.
    pub fn world(self) -> World {
        let sites = self.signals.len();
        let mut links = Links::default();
        let devices = (0..self.devices as usize).map(|d| self.device(SiteId::new(d % sites), &mut links)).collect();
        let between = between_sites(sites, &mut links);
        let mut names = Names::default();
        names.push_group("device", self.devices as usize);
        let model = Model::unsplit("task", Bytes(1e6), Macs(0.0), self.input, self.output);
        let table = CostTable::whole_only(self.seconds, self.energy, model.parameters);
        let settings = self.settings();
        World {
            classes: vec![self.class()].into(),
            devices,
            names,
            sites: (0..sites).map(|k| Site { name: format!("site-{k}"), zone: ZoneId::new(k), pue: 1.0 }).collect(),
            topology: Topology::new(sites, links, &between, Contention::Fifo, NetworkEnergy::default())
                .expect("invariant: every pair of sites is linked"),
            grid: grid(self.signals),
            costs: Costs::new(vec![vec![Some(table)]].into()),
            models: vec![model].into(),
            request_classes: vec![RequestClass { name: "task".into(), ..RequestClass::default() }].into(),
            settings,
        }
    }

    fn device(&self, site: SiteId, links: &mut Links) -> (Device, Access) {
        let shares = [(site, 0.5), (site, 0.5)];
        let link = Link { latency: self.latency, rate: self.rate, energy: LinkEnergy::default(), shares };
        let device = Device {
            class: ClassId(0),
            site,
            role: Role::Shared,
            housed: false,
            service_share: 1.0,
            background_load: 0.0,
        };
        (device, links.push_access(link, link))
    }

    /// Equal slots that neither slow each other down nor vary: what the workloads define.
    fn class(&self) -> DeviceClass {
        let busy = Watts(self.energy.0 / self.seconds);
        let max = self.idle + busy * f64::from(self.slots);
        DeviceClass {
            name: "server".into(),
            cores: f64::from(self.slots),
            slots: self.slots,
            slot_scaling: Vec::new(),
            discipline: Discipline::Fifo,
            memory: Bytes(1e9),
            power: PowerModel {
                idle: self.idle,
                dynamic: DynamicPower::Linear,
                max,
                sleep: self.idle,
                off: Watts::ZERO,
                wake: WakeUp::default(),
                boot: WakeUp::default(),
                idle_timeout: None,
            },
            declared_power: max,
            load: LoadModel { rate: ByteRate(1e9), overhead: SimDuration::ZERO, power: Watts::ZERO },
            embodied: Some(Grams::ZERO),
            lifetime: None,
            noise_sigma: 0.0,
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            horizon: Horizon {
                lead_in: SimDuration::ZERO,
                window: self.window,
                slack: SimDuration::ZERO,
                drain: self.drain,
                interval: self.window,
            },
            idle_rule: IdleRule::None,
            embodied: false,
            embodied_in_decision: false,
            service_noise: false,
            telemetry: TelemetrySettings::default(),
            preload: Preload::All,
            decision: None,
        }
    }
}

fn grid(signals: Vec<Signal>) -> Grid {
    let zone = |(k, average)| Zone {
        name: format!("region-{k}"),
        average: Some(average),
        marginal: None,
        forecast: Forecast::default(),
    };
    Grid {
        zones: signals.into_iter().enumerate().map(zone).collect(),
        decide_with: SignalKind::Average,
        account_with: SignalKind::Average,
        publication_lag: SimDuration::ZERO,
        present: Present::Published,
    }
}

/// A link that takes no time in each direction between each two sites.
fn between_sites(sites: usize, links: &mut Links) -> Vec<(SiteId, SiteId, LinkId)> {
    let ids: Table<SiteId, ()> = Table::filled(sites, ());
    let pairs = ids.ids().flat_map(|a| ids.ids().filter(move |&b| b != a).map(move |b| (a, b)));
    let link = |a, b| Link {
        latency: SimDuration::ZERO,
        rate: BitRate(f64::INFINITY),
        energy: LinkEnergy::default(),
        shares: [(a, 0.5), (b, 0.5)],
    };
    pairs.map(|(a, b)| (a, b, links.push(link(a, b)))).collect()
}
