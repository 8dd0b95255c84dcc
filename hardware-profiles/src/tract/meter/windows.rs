//! Energy of a run above idle, from windows of time in which the machine alternately rests and runs.

use std::time::Instant;

use thiserror::Error;

use super::{Meter, MeterError};

/// What a meter counted in a span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its length [s].
    pub seconds: f64,
    /// Energy in it [J], all that the meter sees.
    pub joules: f64,
    /// Runs in it: 0 if it was idle.
    pub runs: u32,
}

impl Window {
    fn watts(&self) -> f64 {
        self.joules / self.seconds
    }
}

/// Energy of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Median over the busy windows of a run's energy above idle [J].
    pub joules_per_run: f64,
    /// Median absolute deviation of it over the busy windows [J].
    pub spread_j: f64,
    /// Median over the busy windows of the power while idle around them [W].
    pub idle_w: f64,
    /// Median over the busy windows of the power above idle [W].
    pub busy_w: f64,
}

/// Why windows give no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum WindowError {
    /// The windows do not alternate.
    #[error("{busy} busy windows need an idle window before and after each, {} in all, not {idle}", busy + 1)]
    Count {
        /// Idle windows given.
        idle: usize,
        /// Busy windows given; none is an error too.
        busy: usize,
    },
    /// A window has no length, a negative energy, a figure that is not finite, or runs where it should have none or none
    /// where it should have some.
    #[error("the {kind} window {index} makes no sense: {runs} runs, {joules} J in {seconds} s")]
    Nonsense {
        /// `idle` or `busy`.
        kind: &'static str,
        /// Which one, from 0.
        index: usize,
        /// Its length [s].
        seconds: f64,
        /// Its energy [J].
        joules: f64,
        /// Its runs.
        runs: u32,
    },
    /// The meter counted nothing in a busy window.
    #[error("the meter stood still during the busy window {index} of {seconds} s: it counts nothing, or too seldom")]
    Still {
        /// Which one, from 0.
        index: usize,
        /// Its length [s].
        seconds: f64,
    },
}

/// What the meter counts while `work` goes on, which returns the number of its runs.
///
/// # Errors
/// The meter cannot be read before or after the work.
pub fn watch(meter: &mut dyn Meter, work: impl FnOnce() -> u32) -> Result<Window, MeterError> {
    // From the start of one reading to the start of the next: however long a reading takes, both have the same lag.
    let start = Instant::now();
    let before = meter.joules()?;
    let runs = work();
    let seconds = start.elapsed().as_secs_f64();
    let after = meter.joules()?;
    Ok(Window { seconds, joules: after - before, runs })
}

/// Energy of a run above idle, from windows in the order idle, busy, idle, …, busy, idle.
///
/// A busy window gives (J − P·t)/n, P being the mean power of the idle windows before and after it, so that an idle
/// power that drifts linearly, as with temperature, cancels where the idle windows are equally long. A median over
/// windows forgets those that another load disturbed. The result can be negative, where noise is larger than the load.
///
/// # Errors
/// There is no busy window, an idle one is missing, a window makes no sense, or the meter stood still in a busy one.
pub fn above_idle(idle: &[Window], busy: &[Window]) -> Result<Estimate, WindowError> {
    if busy.is_empty() || idle.len() != busy.len() + 1 {
        return Err(WindowError::Count { idle: idle.len(), busy: busy.len() });
    }
    check("idle", idle, |runs| runs == 0)?;
    check("busy", busy, |runs| runs > 0)?;
    if let Some(index) = busy.iter().position(|window| window.joules == 0.0) {
        return Err(WindowError::Still { index, seconds: busy[index].seconds });
    }
    let idle_w: Vec<f64> = idle.windows(2).map(|pair| f64::midpoint(pair[0].watts(), pair[1].watts())).collect();
    let above: Vec<f64> =
        busy.iter().zip(&idle_w).map(|(window, watts)| window.joules - watts * window.seconds).collect();
    let per_run: Vec<f64> = busy.iter().zip(&above).map(|(window, joules)| joules / f64::from(window.runs)).collect();
    let joules_per_run = median(per_run.clone());
    Ok(Estimate {
        joules_per_run,
        spread_j: median(per_run.iter().map(|joules| (joules - joules_per_run).abs()).collect()),
        idle_w: median(idle_w),
        busy_w: median(busy.iter().zip(&above).map(|(window, joules)| joules / window.seconds).collect()),
    })
}

fn check(kind: &'static str, windows: &[Window], runs_fit: impl Fn(u32) -> bool) -> Result<(), WindowError> {
    let makes_sense = |window: &Window| {
        let Window { seconds, joules, runs } = *window;
        seconds.is_finite() && seconds > 0.0 && joules.is_finite() && joules >= 0.0 && runs_fit(runs)
    };
    match windows.iter().enumerate().find(|(_, window)| !makes_sense(window)) {
        None => Ok(()),
        Some((index, &Window { seconds, joules, runs })) => {
            Err(WindowError::Nonsense { kind, index, seconds, joules, runs })
        }
    }
}

/// The middle one, or the mean of the two in the middle, of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    f64::midpoint(values[low], values[high])
}
