//! The scenario of a fleet of any size: that of `million-day` in small.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::DAY;
use crate::build::Experiment;
use crate::commands::Error;
use crate::load::Loaded;
use crate::spec::source::Source;

/// The zones of `million-day`.
const ZONES: [&str; 30] = [
    "SE-SE3",
    "NO",
    "FR",
    "GB",
    "ES",
    "DE",
    "PL",
    "IT-NO",
    "US-CAL-CISO",
    "US-TEX-ERCO",
    "US-MIDA-PJM",
    "CA-QC",
    "CA-ON",
    "MX",
    "BR-CS",
    "AR",
    "CL",
    "CO",
    "ZA",
    "EG",
    "KE",
    "NG",
    "TR",
    "AE",
    "IN-WE",
    "TH",
    "VN",
    "KR",
    "JP-TK",
    "AU-NSW",
];
/// Classes with their share of the devices [%] and their access, about those of `million-day`.
const CLASSES: [(&str, u32, &str); 5] = [
    ("raspberry-pi-4", 57, "wifi-5"),
    ("raspberry-pi-3b-plus", 21, "wifi-5"),
    ("jetson-nano", 15, "ethernet-1g"),
    ("jetson-xavier-nx", 5, "ethernet-1g"),
    ("intel-nuc", 2, "ethernet-1g"),
];
const SITES: u32 = 300;
const DEVICES_A_SITE: u32 = 20;
/// Requests a device and second, where the span is not a day [1/s]; `million-day` has 1.16e-3.
const RATE: f64 = 1e-3;

/// A fleet with its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub devices: u32,
    pub sites: u32,
    /// Simulated span [s].
    window: f64,
    /// Requests a second.
    rate: f64,
}

impl Size {
    /// So many devices asking for about so many requests, within a day.
    pub fn of(devices: u32, requests: u64) -> Self {
        let sites = (devices / DEVICES_A_SITE).clamp(1, SITES);
        // Half as many again, so that the run ends with the requests and not with the window.
        let wanted = 1.5 * requests as f64;
        let window = (wanted / (RATE * f64::from(devices))).clamp(60.0, DAY.as_secs());
        Self { devices, sites, window, rate: wanted / window }
    }

    /// Number of zones.
    pub fn zones(&self) -> u32 {
        self.sites.min(ZONES.len() as u32)
    }

    /// The scenario's text.
    fn text(&self) -> String {
        let mut text = format!(
            "name: scale\n\
             time: {{start: 2022-06-15T00:00:00Z, window: {} s, drain: 30 min, interval: 1 h}}\n\
             network: {{contention: fifo, scope: end-to-end, end_to_end: 0.04 kWh/GB, mesh: {{preset: fibre-metro}}}}\n\
             models: [{{name: mobilenet-v2}}, {{name: efficientnet-b0}}]\n\
             request_classes: [{{name: interactive, deadline: 300 ms}}, {{name: relaxed, deadline: 2 s}}]\n\
             workload:\n  - {{arrivals: poisson, rate: {} /s, models: {{mobilenet-v2: 3, efficientnet-b0: 1}}, \
             classes: {{interactive: 3, relaxed: 1}}}}\n\
             scheduler: {{name: carbonedge, params: {{mode: green}}}}\n\
             accounting: {{embodied: exclude}}\n\
             sites:\n",
            self.window.ceil(),
            self.rate
        );
        for site in 0..self.sites {
            let zone = ZONES[(site * self.zones() / self.sites) as usize];
            // On a lattice: what counts is that latencies differ.
            let (latitude, longitude) = (60.0 - f64::from(site % 10) * 10.0, f64::from(site / 10) * 11.5 - 170.0);
            let _ = writeln!(
                text,
                "  - {{name: s{site}, zone: {zone}, pue: 1.4, latitude: {latitude}, longitude: {longitude}}}"
            );
        }
        text.push_str("devices:\n");
        (0..self.sites).for_each(|site| self.groups(site, &mut text));
        text
    }

    /// The devices of a site, a group a class; what does not divide is of the first class.
    fn groups(&self, site: u32, text: &mut String) {
        let here = self.devices / self.sites + u32::from(site < self.devices % self.sites);
        let others: u32 = CLASSES[1..].iter().map(|(_, percent, _)| here * percent / 100).sum();
        for (k, (class, percent, access)) in CLASSES.iter().enumerate() {
            let count = if k == 0 { here - others } else { here * percent / 100 };
            if count > 0 {
                let _ = writeln!(
                    text,
                    "  - {{name: {class}-s{site}, class: {class}, site: s{site}, count: {count}, service_share: 5 %, \
                     access: {{preset: {access}}}}}"
                );
            }
        }
    }
}

/// The experiment of a size.
///
/// # Errors
/// If its scenario is refused: a bug.
pub(super) fn experiment(size: &Size) -> Result<Experiment, Error> {
    let source = Source { name: "bench scale".into(), text: size.text() };
    let loaded = Loaded { source, folders: vec![PathBuf::new()] };
    loaded.experiment(&[]).map_err(|refused| Error::Bug(refused.render()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_has_the_devices_and_sites_that_it_says() {
        for (devices, sites) in [(1, 1), (100, 5), (1003, 50), (10_000, 300)] {
            let experiment = experiment(&Size::of(devices, 1000)).expect("a scenario that is accepted");
            let world = experiment.world;
            assert_eq!((world.devices.len(), world.sites.len()), (devices as usize, sites));
            assert_eq!(world.grid.zones.len(), sites.min(ZONES.len()));
        }
    }
}
