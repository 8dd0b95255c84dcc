//! RAPL: counters of energy in processors of Intel and AMD, offered by the kernel as power zones.

use std::path::{Path, PathBuf};

use super::{Meter, MeterError, Scope, sysfs};

/// Zones of every driver stand here side by side, nested ones too (kernel documentation, power/powercap).
pub(super) const PLACE: &str = "sys/class/powercap";

/// Another driver, `intel-rapl-mmio`, shows the same packages once more, hence the colon.
const ZONES: &str = "intel-rapl:";

/// The kernel keeps the counters from other users since commit 949dd0104c49 of November 2020.
const IF_DENIED: &str = "it is for root alone since CVE-2020-8694: run as root, or let this user read `energy_uj` of \
                         the zones, as with `sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj` till the next \
                         boot";

/// The meter, if there is one: all packages, and their memory where a zone counts it.
pub(super) fn open(root: &Path) -> Result<Option<Box<dyn Meter>>, MeterError> {
    let mut zones = Vec::new();
    for folder in sysfs::named(&root.join(PLACE), ZONES) {
        let name = sysfs::public_text(&folder.join("name"))?;
        if counts(&folder, &name) {
            zones.push(Zone::open(folder, name)?);
        }
    }
    Ok((!zones.is_empty()).then(|| Box::new(Rapl { zones }) as Box<dyn Meter>))
}

/// Packages hold their zones `core` and `uncore`, so these would count twice; `dram` lies beside them although it is
/// listed below (github.com/powercap/powercap/issues/3). `psys` would hold all that, but it is the maker of the
/// machine who connects it: it stands still on some and tells the whole machine with its screen on others
/// (phoronix-test-suite pull request 812, by the driver's author), so figures of two machines would not compare.
fn counts(folder: &Path, name: &str) -> bool {
    let nested = sysfs::file_name(folder).matches(':').count() > 1;
    if nested { name == "dram" } else { name.starts_with("package") }
}

#[derive(Debug)]
struct Rapl {
    zones: Vec<Zone>,
}

impl Meter for Rapl {
    fn name(&self) -> String {
        let names: Vec<&str> = self.zones.iter().map(|zone| zone.name.as_str()).collect();
        format!("RAPL {}", names.join(" + "))
    }

    fn scope(&self) -> Scope {
        Scope::Package
    }

    fn joules(&mut self) -> Result<f64, MeterError> {
        let mut microjoules = 0.0;
        for zone in &mut self.zones {
            microjoules += zone.advance()?;
        }
        Ok(microjoules * 1e-6)
    }
}

/// One counter, which begins at 0 again after `range`.
#[derive(Debug)]
struct Zone {
    name: String,
    counter: PathBuf,
    /// Largest value of the counter [µJ] -- constant.
    range: f64,
    /// The counter when last read [µJ].
    last: f64,
    /// Energy since the zone was opened [µJ].
    total: f64,
}

impl Zone {
    fn open(folder: PathBuf, name: String) -> Result<Self, MeterError> {
        let counter = folder.join("energy_uj");
        // 2⁵³: beyond it a number no longer tells single microjoules; it is 285 years at 1 kW.
        let range = sysfs::number(&folder.join("max_energy_range_uj"), [1.0, 9_007_199_254_740_992.0], IF_DENIED)?;
        let last = sysfs::number(&counter, [0.0, range], IF_DENIED)?;
        Ok(Self { name, counter, range, last, total: 0.0 })
    }

    /// Energy since the zone was opened [µJ]. Between two calls the counter may begin anew once: 262 kJ are typical,
    /// so twenty minutes at 200 W. The range is the last value before 0, so a lap misses one unit of some 61 µJ.
    fn advance(&mut self) -> Result<f64, MeterError> {
        let now = sysfs::number(&self.counter, [0.0, self.range], IF_DENIED)?;
        self.total += if now < self.last { self.range - self.last + now } else { now - self.last };
        self.last = now;
        Ok(self.total)
    }
}
