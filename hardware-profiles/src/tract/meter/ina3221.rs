//! INA3221: the power monitor on NVIDIA Jetson modules, which tells voltage and current of rails.

use std::path::{Path, PathBuf};

use super::{Meter, MeterError, Power, SAMPLING_PERIOD, Sampled, Scope, sysfs};

/// Monitors of the kernel's driver `ina3221` (kernel documentation, hwmon/ina3221): `in1_label` … `in3_label`,
/// `inN_input` [mV] and `currN_input` [mA].
pub(super) const PLACE: &str = "sys/class/hwmon";

/// Monitors of NVIDIA's older driver, of Jetson Linux 32 and before: `rail_name_0` … `rail_name_2`, `in_powerN_input`
/// [mW] (Jetson Linux Developer Guide 32, Software-Based Power Consumption Modeling).
const OLD_PLACE: &str = "sys/bus/i2c/drivers/ina3221x";

/// Rails that together carry a whole module.
const WHOLE: [&[&str]; 3] = [
    // Orin Nano, Orin NX, Xavier NX, TX2: "VDD_IN is the total power of module"
    // (NVIDIA, forums.developer.nvidia.com/t/200883).
    &["VDD_IN"],
    // Nano: "POM_5V_IN measures the overall 5V input" (NVIDIA, forums.developer.nvidia.com/t/73608).
    &["POM_5V_IN"],
    // AGX Xavier: monitors at all inputs of the module (NVIDIA, Design Guide DG-09840-001, figure 5-14).
    &["GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"],
];

const IF_DENIED: &str = "run as root, or let this user read it";

/// 1 kW: six times what the largest module may take.
const MOST_WATTS: f64 = 1000.0;

/// The meter, if there is one: the rails that carry the whole module.
pub(super) fn open(root: &Path) -> Result<Option<Box<dyn Meter>>, MeterError> {
    let mut rails = new_rails(&root.join(PLACE))?;
    if rails.is_empty() {
        rails = old_rails(&root.join(OLD_PLACE))?;
    }
    if rails.is_empty() {
        return Ok(None);
    }
    let mut whole = choose(rails)?;
    whole.watts()?;
    Ok(Some(Box::new(Sampled::new(whole.name(), Scope::Board, Box::new(whole), SAMPLING_PERIOD))))
}

fn new_rails(folder: &Path) -> Result<Vec<Rail>, MeterError> {
    let mut rails = Vec::new();
    for chip in sysfs::named(folder, "hwmon") {
        // Other sensors stand here as well, and some of them without a name.
        if !sysfs::public_text(&chip.join("name")).is_ok_and(|name| name == "ina3221") {
            continue;
        }
        for channel in 1..=3 {
            let label = chip.join(format!("in{channel}_label"));
            if label.exists() {
                let volts = chip.join(format!("in{channel}_input"));
                let amperes = chip.join(format!("curr{channel}_input"));
                rails.push(Rail { name: sysfs::public_text(&label)?, reading: Reading::Factors { volts, amperes } });
            }
        }
    }
    Ok(rails)
}

fn old_rails(folder: &Path) -> Result<Vec<Rail>, MeterError> {
    let mut rails = Vec::new();
    // Chips by their address, as in `6-0040`, and in each `iio:device0` or, on older boards, `iio_device`.
    for device in sysfs::named(folder, "").iter().flat_map(|chip| sysfs::named(chip, "iio")) {
        for channel in 0..3 {
            let label = device.join(format!("rail_name_{channel}"));
            if label.exists() {
                let power = device.join(format!("in_power{channel}_input"));
                rails.push(Rail { name: sysfs::text(&label, IF_DENIED)?, reading: Reading::Power(power) });
            }
        }
    }
    Ok(rails)
}

/// The rails that carry the whole module, for a part of it would pass for all of it.
fn choose(rails: Vec<Rail>) -> Result<Rails, MeterError> {
    let has = |name: &&str| rails.iter().any(|rail| rail.name == *name);
    match WHOLE.iter().find(|set| set.iter().all(has)) {
        Some(set) => Ok(Rails(rails.into_iter().filter(|rail| set.contains(&rail.name.as_str())).collect())),
        None => Err(MeterError::Refused {
            place: "INA3221".to_owned(),
            reason: format!("none of the rails {} is known to carry the whole module", names(&rails, ", ")),
            remedy: format!("known are {}", WHOLE.map(|set| set.join(" + ")).join("; ")),
        }),
    }
}

fn names(rails: &[Rail], between: &str) -> String {
    rails.iter().map(|rail| rail.name.as_str()).collect::<Vec<_>>().join(between)
}

#[derive(Debug)]
struct Rails(Vec<Rail>);

impl Rails {
    fn name(&self) -> String {
        format!("INA3221 {}", names(&self.0, " + "))
    }
}

impl Power for Rails {
    fn watts(&mut self) -> Result<f64, MeterError> {
        self.0.iter().map(Rail::watts).sum()
    }
}

#[derive(Debug)]
struct Rail {
    name: String,
    reading: Reading,
}

/// Files that tell the power of a rail.
#[derive(Debug)]
enum Reading {
    /// Voltage [mV] and current [mA].
    Factors { volts: PathBuf, amperes: PathBuf },
    /// Power [mW].
    Power(PathBuf),
}

impl Rail {
    fn watts(&self) -> Result<f64, MeterError> {
        match &self.reading {
            Reading::Factors { volts, amperes } => {
                // The chip measures up to 26 V; a current of little below 0 is the error of an idle shunt.
                let millivolts = sysfs::public_number(volts, [0.0, 26_000.0])?;
                let milliamperes = sysfs::public_number(amperes, [-1e3, MOST_WATTS * 1e3])?;
                Ok((millivolts * milliamperes * 1e-6).max(0.0))
            }
            Reading::Power(power) => Ok(sysfs::number(power, [0.0, MOST_WATTS * 1e3], IF_DENIED)? * 1e-3),
        }
    }
}
