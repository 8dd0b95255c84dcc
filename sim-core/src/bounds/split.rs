//! The least that a request emits which may be split anyhow: every step of its model wherever that is cheapest.

use rand_distr::{Distribution, StandardNormal};

use super::choices::{Asked, Moving, fastest, least_of_table, lognormal, moving};
use super::kinds::Kinds;
use super::window::Window;
use crate::ids::{DeviceId, ZoneId};
use crate::kernel::rng::{Purpose, Streams};
use crate::record::RequestRecord;
use crate::units::JOULES_PER_KWH;
use crate::world::World;
use crate::world::cost::Cuts;
use crate::world::device::DynamicPower;

/// What one step of a model takes in a zone, on the device where it takes least.
#[derive(Clone, Copy, Debug)]
struct Step {
    zone: ZoneId,
    /// Energy above idle for work 1, PUE included [kWh].
    energy: f64,
    /// Power meanwhile [kW].
    kilowatts: f64,
}

/// The steps of a model with the zones where each may be computed, for one kind of request.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    steps: Vec<Vec<Step>>,
    /// σ of the noise of the devices that may compute any.
    sigmas: Vec<f64>,
    /// What moving takes to and from each kind of device that may compute any; nothing where the origin is one, as
    /// the input may stay there, or may the result.
    ways: Vec<Vec<Moving>>,
}

impl Steps {
    pub fn new(world: &World, kinds: &Kinds, (model, class, origin): Asked) -> Self {
        let count = world.models[model].whole().to;
        let mut made = Self { steps: vec![Vec::new(); usize::from(count)], sigmas: Vec::new(), ways: Vec::new() };
        let mut at_home = false;
        for (number, kind) in kinds.all.iter().enumerate() {
            if !world.is_allowed(class, kind.device) {
                continue;
            }
            let cuts = (0..count).map(|from| Cuts { from, to: from + 1 });
            let able: Vec<Cuts> = cuts.filter(|&cuts| world.can_run_segment(kind.device, model, cuts)).collect();
            for &cuts in &able {
                made.offer(usize::from(cuts.from), step(world, kind.device, model, cuts));
            }
            if !able.is_empty() {
                made.note(sigma(world, kind.device, model));
                let way = moving(world, kinds.all[origin].device, kind.device, model);
                made.ways.extend((!made.ways.contains(&way)).then_some(way));
                at_home |= number == origin;
            }
        }
        if at_home {
            made.ways.clear();
        }
        made
    }

    fn offer(&mut self, number: usize, step: Step) {
        match self.steps[number].iter_mut().find(|other| other.zone == step.zone) {
            Some(other) => {
                other.energy = other.energy.min(step.energy);
                other.kilowatts = other.kilowatts.max(step.kilowatts);
            }
            None => self.steps[number].push(step),
        }
    }

    fn note(&mut self, sigma: f64) {
        if !self.sigmas.contains(&sigma) {
            self.sigmas.push(sigma);
        }
    }

    /// Emissions of a request at least [g], by the lowest intensity of each zone in its window.
    pub fn least(&self, record: &RequestRecord, streams: &Streams, windows: &[Window]) -> f64 {
        let lowest = |zone: ZoneId| windows[zone.0 as usize].lowest;
        let (mut sum, mut noise) = (0.0, f64::INFINITY);
        for (number, step) in (0u64..).zip(&self.steps) {
            // A step is in one of as many segments as there are steps up to it.
            noise = noise.min(self.noise(streams, record.id, number));
            let factor = record.work * noise;
            // Of every segment, the engine's rounding may take half a nanosecond.
            let energy = |step: &Step| (step.energy * factor - step.kilowatts * 0.5e-9 / 3600.0).max(0.0);
            let least = step.iter().map(|step| energy(step) * lowest(step.zone)).fold(f64::INFINITY, f64::min);
            sum += if least.is_finite() { least } else { 0.0 };
        }
        sum + self.moving(record, &lowest)
    }

    /// The input goes to some device and the result comes from some, perhaps another.
    fn moving(&self, record: &RequestRecord, lowest: &impl Fn(ZoneId) -> f64) -> f64 {
        let over = |of: &dyn Fn(&Moving) -> f64| {
            self.ways.iter().map(|way| way.iter().map(of).sum()).fold(f64::INFINITY, f64::min)
        };
        let input = over(&|moving| moving.per_byte * record.input.0 * lowest(moving.zone));
        let result = over(&|moving| moving.fixed * lowest(moving.zone));
        if self.ways.is_empty() { 0.0 } else { (input + result).max(0.0) }
    }

    fn noise(&self, streams: &Streams, request: u64, segment: u64) -> f64 {
        if self.sigmas.iter().all(|&sigma| sigma == 0.0) {
            return 1.0;
        }
        let z: f64 = StandardNormal.sample(&mut streams.keyed(Purpose::Service, request, segment));
        self.sigmas.iter().map(|&sigma| lognormal(z, sigma)).fold(f64::INFINITY, f64::min)
    }
}

fn sigma(world: &World, device: DeviceId, model: crate::ids::ModelId) -> f64 {
    let own = world.planned_cost(device, model).noise_sigma;
    if world.settings.service_noise { own.unwrap_or(world.class_of(device).noise_sigma) } else { 0.0 }
}

fn step(world: &World, device: DeviceId, model: crate::ids::ModelId, cuts: Cuts) -> Step {
    let (class, table) = (world.class_of(device), world.planned_cost(device, model));
    let background = world.devices[device].background_load;
    let pue = world.pue_of(device);
    let seconds = table.time_s(cuts) / (1.0 - background) / fastest(class);
    let watts = match &class.power.dynamic {
        DynamicPower::Linear => table.power(cuts).0,
        DynamicPower::Table(_) => least_of_table(class, background),
    };
    Step {
        zone: world.zone_of(device),
        energy: watts * seconds * pue / JOULES_PER_KWH,
        kilowatts: watts * pue / 1000.0,
    }
}
