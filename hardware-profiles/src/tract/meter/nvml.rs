//! NVML: counters of energy in NVIDIA graphics cards, read through the driver's library.

use std::fmt;
use std::sync::Arc;

use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

use super::{Absent, Found, Meter, MeterError, Scope};

const KIND: &str = "NVML";

/// Adds a meter for each card, or why it has none.
pub(super) fn detect(found: &mut Found) {
    let nvml = match Nvml::init() {
        Ok(nvml) => Arc::new(nvml),
        Err(error) => {
            found.absent.push(Absent { kind: KIND, place: format!("the driver's library ({error})") });
            return;
        }
    };
    match nvml.device_count() {
        Ok(0) => found.absent.push(Absent { kind: KIND, place: "the driver, which knows no card".to_owned() }),
        Ok(cards) => {
            (0..cards).for_each(|index| found.add(KIND, String::new(), Card::open(Arc::clone(&nvml), index)));
        }
        Err(error) => found.unusable.push(refused(None, &error)),
    }
}

/// One card. Its driver counts millijoules since it was loaded, on cards from Volta on (NVML API Reference,
/// nvmlDeviceGetTotalEnergyConsumption); Jetsons have the library without the counter.
struct Card {
    nvml: Arc<Nvml>,
    index: u32,
    name: String,
    /// The counter when opened [mJ] -- constant.
    first: u64,
}

impl Card {
    fn open(nvml: Arc<Nvml>, index: u32) -> Result<Option<Box<dyn Meter>>, MeterError> {
        let name = nvml.device_by_index(index).and_then(|card| card.name());
        let name = name.map_err(|error| refused(Some(index), &error))?;
        let first = millijoules(&nvml, index)?;
        Ok(Some(Box::new(Self { nvml, index, name, first })))
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Card").field("name", &self.name).field("first", &self.first).finish_non_exhaustive()
    }
}

impl Meter for Card {
    fn name(&self) -> String {
        format!("NVML card {}, {}", self.index, self.name)
    }

    fn scope(&self) -> Scope {
        Scope::Card
    }

    fn joules(&mut self) -> Result<f64, MeterError> {
        let now = millijoules(&self.nvml, self.index)?;
        let since = now.checked_sub(self.first).ok_or_else(|| MeterError::Refused {
            place: place(Some(self.index)),
            reason: format!("its counter fell from {} mJ to {now} mJ", self.first),
            remedy: "measure again: the driver was loaded anew".to_owned(),
        })?;
        // Exact up to 2⁵³ mJ, 285 years at 1 kW.
        Ok(since as f64 * 1e-3)
    }
}

fn millijoules(nvml: &Nvml, index: u32) -> Result<u64, MeterError> {
    let read = nvml.device_by_index(index).and_then(|card| card.total_energy_consumption());
    read.map_err(|error| refused(Some(index), &error))
}

fn place(index: Option<u32>) -> String {
    index.map_or_else(|| KIND.to_owned(), |index| format!("{KIND} card {index}"))
}

fn refused(index: Option<u32>, error: &NvmlError) -> MeterError {
    MeterError::Refused {
        place: place(index),
        reason: error.to_string(),
        remedy: "cards from Volta on count their energy; `nvidia-smi -q` tells what this one offers".to_owned(),
    }
}
