//! Long jobs of workdays from a scenario.

use jiff::Timestamp;
use sim_core::ids::ModelId;
use sim_core::kernel::rng::Streams;
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::World;
use workloads::arrivals::mix::Mix;
use workloads::arrivals::workday_jobs::{Jobs, MOST_JOBS, Patience, WorkdayJobs};

use super::Known;
use crate::issues::Check;
use crate::spec::{JobsSpec, SourceSpec};

/// Jobs with the calendar that they stand on.
#[derive(Clone, Debug)]
pub(super) struct DatedJobs {
    jobs: Jobs,
    epoch: Timestamp,
    window: (SimTime, SimTime),
}

impl DatedJobs {
    pub fn open(&self, mix: &Mix, streams: Streams, number: u32) -> WorkdayJobs {
        WorkdayJobs::new(&self.jobs, self.epoch, self.window, mix, streams, number)
    }
}

/// Lengths are half-hours in Let's Wait Awhile [s].
const STEP_S: f64 = 1800.0;

pub(super) fn read(check: &mut Check, path: &str, spec: &SourceSpec, known: &Known) -> Option<DatedJobs> {
    let path = format!("{path}.jobs");
    let Some(jobs) = &spec.jobs else {
        let hint = "such as `jobs: {count: 3387, shortest: 4 h, longest: 90 h, slack: next-workday}`";
        check.issue(&path, "missing: how many jobs, and how long", hint);
        return None;
    };
    let count_path = format!("{path}.count");
    let count = check.number(&count_path, jobs.count.map(f64::from), 1.0, 1.0, f64::from(MOST_JOBS)).map(|n| n as u32);
    let shortest = check.span(&format!("{path}.shortest"), jobs.shortest.as_ref(), None);
    let longest = check.span(&format!("{path}.longest"), jobs.longest.as_ref(), None);
    let step = check.span(&format!("{path}.step"), jobs.step.as_ref(), Some(STEP_S));
    let patience = check.choice(&format!("{path}.slack"), jobs.slack.as_deref(), &Patience::ALL);
    let jobs = Jobs {
        count: count?,
        shortest: shortest?,
        longest: longest?,
        step: step?,
        patience: patience?,
        unit: one_inference(check, &path, known.world)?,
    };
    let jobs = jobs.checked().map_err(|error| check.issue(&path, error.to_string(), "")).ok()?;
    let horizon = &known.world.settings.horizon;
    Some(DatedJobs { jobs, epoch: known.epoch, window: (horizon.window_start(), horizon.window_end()) })
}

/// The compute time of the first model on the first device that may run it.
fn one_inference(check: &mut Check, path: &str, world: &World) -> Option<SimDuration> {
    let model = ModelId(0);
    let first = (!world.models.is_empty()).then(|| world.devices.ids().find(|&device| world.can_run(device, model)));
    let Some(device) = first.flatten() else {
        check.issue(path, "no device can run the first model, and lengths are its compute time", "");
        return None;
    };
    let free = 1.0 - world.devices[device].background_load;
    let table = world.cost(device, model)?;
    Some(SimDuration::from_secs(table.time_s(table.whole()) / free))
}

/// The longest slack that jobs may have; problems are noted where they are read.
pub(super) fn longest_slack(spec: &JobsSpec) -> SimDuration {
    let named = Patience::ALL.iter().find(|(name, _)| spec.slack.as_deref() == Some(name));
    named.map_or(SimDuration::ZERO, |(_, patience)| patience.longest())
}
