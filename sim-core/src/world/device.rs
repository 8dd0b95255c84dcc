//! Devices and their classes: what a machine can do and what it draws.

use crate::ids::{ClassId, SiteId};
use crate::units::{ByteRate, Bytes, Grams, Joules, SimDuration, Watts};

/// Order in which a device's queue is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Discipline {
    /// First in, first out.
    #[default]
    Fifo,
    /// Earliest deadline first; without a deadline last; ties first in, first out.
    Edf,
}

/// Power above idle while slots are busy.
#[derive(Clone, Debug, PartialEq)]
pub enum DynamicPower {
    /// Each segment draws its own cost table's joules ÷ seconds.
    Linear,
    /// Power at equidistant utilisations 0…1 [W], linear between; shared equally by the busy slots.
    Table(Vec<Watts>),
}

impl DynamicPower {
    /// Power above idle at a utilisation in 0…1; zero for [`DynamicPower::Linear`], whose watts come with the work.
    #[must_use]
    pub fn above_idle(&self, utilisation: f64) -> Watts {
        match self {
            Self::Linear => Watts::ZERO,
            Self::Table(points) => interpolate(points, utilisation) - points[0],
        }
    }
}

fn interpolate(points: &[Watts], utilisation: f64) -> Watts {
    let position = utilisation.clamp(0.0, 1.0) * (points.len() - 1) as f64;
    let low = (position as usize).min(points.len() - 1);
    let high = (low + 1).min(points.len() - 1);
    points[low] + (points[high] - points[low]) * (position - low as f64)
}

/// Coming back from a low-power state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WakeUp {
    /// How long it takes.
    pub time: SimDuration,
    /// What it costs, in all.
    pub energy: Joules,
}

/// What a device draws in each power state.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerModel {
    /// Awake with nothing to do.
    pub idle: Watts,
    /// Above idle, at work.
    pub dynamic: DynamicPower,
    /// Every slot busy: idle included.
    pub max: Watts,
    /// Asleep, loaded models kept.
    pub sleep: Watts,
    /// Off, loaded models lost.
    pub off: Watts,
    /// From sleep to idle.
    pub wake: WakeUp,
    /// From off to idle.
    pub boot: WakeUp,
    /// Falls asleep after so long without work; never if `None`.
    pub idle_timeout: Option<SimDuration>,
}

/// Bringing a model's parameters into memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadModel {
    /// Storage read rate.
    pub rate: ByteRate,
    /// Fixed time beside reading.
    pub overhead: SimDuration,
    /// Power above idle meanwhile.
    pub power: Watts,
}

/// A device's catalogue entry.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceClass {
    /// Its name, as in the scenario.
    pub name: String,
    /// CPU cores that a scheduler may count on (S_R's cpu_avail).
    pub cores: f64,
    /// Requests that run at once.
    pub slots: u16,
    /// Speed of each running request when k run, `slot_scaling[k − 1]`; the last one holds beyond.
    pub slot_scaling: Vec<f64>,
    /// Queue order.
    pub discipline: Discipline,
    /// Memory for loaded models.
    pub memory: Bytes,
    /// Power by state.
    pub power: PowerModel,
    /// What schedulers believe the device draws at work (P_node of the carbon score).
    pub declared_power: Watts,
    /// Model loading.
    pub load: LoadModel,
    /// Embodied emissions of making one device; `None` where no source states them.
    pub embodied: Option<Grams>,
    /// Years of use over which embodied emissions are spread, as a span.
    pub lifetime: Option<SimDuration>,
    /// σ of the service noise's logarithm (mean 1); 0 for none.
    pub noise_sigma: f64,
}

impl DeviceClass {
    /// Speed of each request when `running` of them share the device.
    #[must_use]
    #[inline]
    pub fn speed(&self, running: u16) -> f64 {
        match self.slot_scaling.len() {
            0 => 1.0,
            len => self.slot_scaling[usize::from(running).clamp(1, len) - 1],
        }
    }

    /// Whether running requests slow each other down.
    #[must_use]
    #[inline]
    pub fn interferes(&self) -> bool {
        self.slot_scaling.iter().any(|&speed| speed != 1.0)
    }
}

/// Who may place work on a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Every scheduler.
    #[default]
    Shared,
    /// Only a scheduler that names it.
    Reserved,
    /// Nobody: it issues requests and takes results.
    Source,
}

/// One machine, but for its name and its access link; see [`Devices`](super::devices::Devices).
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its catalogue entry.
    pub class: ClassId,
    /// Where it stands.
    pub site: SiteId,
    /// Who may place work on it.
    pub role: Role,
    /// Whether the site's PUE applies: it stands in a machine room.
    pub housed: bool,
    /// Share of its idle power and embodied emissions that this service answers for, 0…1.
    pub service_share: f64,
    /// Share of its compute taken by other software, 0…1 (its power is outside the accounts).
    pub background_load: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_table_is_linear_between_its_points() {
        let table = DynamicPower::Table([10.0, 14.0, 15.0].map(Watts).to_vec());
        assert_eq!(table.above_idle(0.25), Watts(2.0));
        assert_eq!(table.above_idle(0.75), Watts(4.5));
        assert_eq!(table.above_idle(1.0), Watts(5.0));
    }
}
