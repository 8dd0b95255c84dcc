//! Batteries of laptops and handhelds: what they give while nothing charges them.

use std::path::{Path, PathBuf};

use super::{Meter, MeterError, Power, SAMPLING_PERIOD, Sampled, Scope, sysfs};

/// Supplies of power, one a folder: `type`, `status`, `power_now` [µW], `current_now` [µA], `voltage_now` [µV]
/// (kernel documentation, ABI/testing/sysfs-class-power and power/power_supply_class).
pub(super) const PLACE: &str = "sys/class/power_supply";

const UNPLUG: &str = "unplug the machine for the measurement, or use another meter";

/// 1 kW and 1 kV, in millionths: more than any battery of a machine that one person carries.
const MOST: f64 = 1e9;

/// The meter, if there is one: all batteries that feed the machine.
///
/// Gauges refresh their figure every second or slower: windows should be long, and the spread over them tells.
pub(super) fn open(root: &Path) -> Result<Option<Box<dyn Meter>>, MeterError> {
    let folders = sysfs::named(&root.join(PLACE), "").into_iter().filter(|folder| feeds_the_machine(folder));
    let mut batteries = Batteries(folders.collect());
    if batteries.0.is_empty() {
        return Ok(None);
    }
    batteries.watts()?;
    let names: Vec<&str> = batteries.0.iter().map(|folder| sysfs::file_name(folder)).collect();
    let name = format!("battery {}", names.join(" + "));
    Ok(Some(Box::new(Sampled::new(name, Scope::Battery, Box::new(batteries), SAMPLING_PERIOD))))
}

/// A mouse's or a headset's battery has the scope `Device` (include/linux/power_supply.h); most others tell no scope.
fn feeds_the_machine(folder: &Path) -> bool {
    let is = |file: &str, word: &str| sysfs::public_text(&folder.join(file)).is_ok_and(|text| text == word);
    is("type", "Battery") && !is("scope", "Device")
}

#[derive(Debug)]
struct Batteries(Vec<PathBuf>);

impl Power for Batteries {
    /// Machines with two batteries empty one after the other, so each is asked anew what it does.
    fn watts(&mut self) -> Result<f64, MeterError> {
        let mut watts = None;
        for folder in &self.0 {
            let file = folder.join("status");
            match sysfs::public_text(&file)?.as_str() {
                "Discharging" => watts = Some(watts.unwrap_or(0.0) + given(folder)?),
                "Charging" => return Err(refused(folder, "it is being charged, so its power is not the machine's")),
                "Not charging" | "Full" | "Unknown" => {}
                other => {
                    let expected = "Discharging, Charging, Not charging, Full or Unknown".to_owned();
                    return Err(MeterError::Garbage { file, value: other.to_owned(), expected });
                }
            }
        }
        watts.ok_or_else(|| refused(&self.0[0], "it gives no power, for the machine runs on mains"))
    }
}

/// What a battery gives now [W]. Drivers differ in the sign of what flows out: negative by the documentation,
/// positive with ACPI, so only the amount counts.
fn given(folder: &Path) -> Result<f64, MeterError> {
    let micro = |file: &str| sysfs::public_number(&folder.join(file), [-MOST, MOST]);
    if folder.join("power_now").exists() {
        return Ok(micro("power_now")?.abs() * 1e-6);
    }
    Ok(micro("current_now")?.abs() * 1e-6 * micro("voltage_now")?.abs() * 1e-6)
}

fn refused(folder: &Path, reason: &str) -> MeterError {
    MeterError::Refused { place: folder.display().to_string(), reason: reason.to_owned(), remedy: UNPLUG.to_owned() }
}
