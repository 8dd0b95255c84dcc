//! Energy of each segment: it runs in a loop between idle windows, as meters see whole packages and no single layer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tract_onnx::prelude::{RunOptions, TypedSimplePlan};
use tract_onnx::tract_hir::internal::{TractResult, TypedModel};

use super::inputs::inputs;
use super::meter::{Estimate, Meter, above_idle, watch};
use super::segments::End;
use super::structure::{Structure, crossing};

/// How energies are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Shortest time of a window, idle or busy: RAPL counts in steps of about a millisecond, so that half a second
    /// holds 500 of them.
    pub shortest: Duration,
    /// Busy windows, each between two idle ones.
    pub number: u32,
}

impl Windows {
    /// Windows so many times as long.
    #[must_use]
    pub fn longer(self, times: u32) -> Self {
        Self { shortest: self.shortest * times, ..self }
    }
}

impl Default for Windows {
    fn default() -> Self {
        Self { shortest: Duration::from_millis(500), number: 3 }
    }
}

/// Why there is no energy.
#[derive(Debug, thiserror::Error)]
#[error("the energy cannot be measured with {meter}: {reason}; to do without it, give --busy-power '12 W'")]
pub struct EnergyError {
    /// The meter.
    pub meter: String,
    /// What went wrong.
    pub reason: String,
}

/// Energy of a run above idle; `run` runs once.
///
/// # Errors
/// If the meter fails, counts nothing, or a run fails.
pub fn energy(
    meter: &mut dyn Meter, windows: Windows, run: &mut dyn FnMut() -> TractResult<()>,
) -> Result<Estimate, EnergyError> {
    let name = meter.name();
    let wrong = |reason: String| EnergyError { meter: name.clone(), reason };
    let (mut idle, mut busy) = (Vec::new(), Vec::new());
    let mut failed = Ok(());
    let rest = |meter: &mut dyn Meter| {
        watch(meter, || {
            std::thread::sleep(windows.shortest);
            0
        })
    };
    idle.push(rest(meter).map_err(|error| wrong(error.to_string()))?);
    for _ in 0..windows.number.max(1) {
        let window = watch(meter, || {
            let (started, mut runs) = (Instant::now(), 0);
            while failed.is_ok() && (runs == 0 || started.elapsed() < windows.shortest) {
                failed = run();
                runs += 1;
            }
            runs
        });
        busy.push(window.map_err(|error| wrong(error.to_string()))?);
        idle.push(rest(meter).map_err(|error| wrong(error.to_string()))?);
    }
    failed.map_err(|error| wrong(error.to_string()))?;
    above_idle(&idle, &busy).map_err(|error| wrong(error.to_string()))
}

/// Energies of the segments between ends, in order.
///
/// # Errors
/// As [`energy`], or if a segment cannot run by itself.
pub fn of_segments(
    meter: &mut dyn Meter, windows: Windows, network: &TypedModel, structure: &Structure, ends: &[End],
) -> Result<Vec<Estimate>, EnergyError> {
    let name = meter.name();
    let mut estimates = Vec::new();
    let mut start = 0;
    for end in ends {
        let plan = part(network, structure, start, end.layers)
            .map_err(|error| EnergyError { meter: name.clone(), reason: format!("{error:#}") })?;
        let given =
            inputs(plan.model()).map_err(|error| EnergyError { meter: name.clone(), reason: error.to_string() })?;
        // Set up once, as in a whole run: a short segment would else be charged with more of that than of its own work.
        let mut state = plan.spawn().map_err(|error| EnergyError { meter: name.clone(), reason: error.to_string() })?;
        estimates.push(energy(meter, windows, &mut || state.run(given.clone()).map(drop))?);
        start = end.layers;
    }
    Ok(estimates)
}

/// The layers `from..to` as a network of their own.
fn part(network: &TypedModel, structure: &Structure, from: usize, to: usize) -> TractResult<Arc<TypedSimplePlan>> {
    let outlet = |layers: usize| crossing(network, network.node(structure.nodes[layers - 1]));
    let mut model = network.clone();
    if to < structure.layers.len()
        && let Some(output) = outlet(to)
    {
        model = model.with_output_outlets(&[output])?;
    }
    if from > 0
        && let Some(input) = outlet(from)
    {
        model = model.with_input_outlets(&[input])?;
    }
    TypedSimplePlan::new_with_options(model.into_compact()?.into_optimized()?, &RunOptions::default())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::super::meter::{MeterError, Scope};
    use super::*;

    /// Counts 2 W of time and 0.1 J a run.
    #[derive(Debug)]
    struct Fake {
        started: Instant,
        runs: std::sync::Arc<std::sync::atomic::AtomicU32>,
    }

    impl Meter for Fake {
        fn name(&self) -> String {
            "fake".into()
        }

        fn scope(&self) -> Scope {
            Scope::Package
        }

        fn joules(&mut self) -> Result<f64, MeterError> {
            let runs = self.runs.load(std::sync::atomic::Ordering::Relaxed);
            Ok(2.0 * self.started.elapsed().as_secs_f64() + 0.1 * f64::from(runs))
        }
    }

    #[test]
    fn the_idle_power_is_taken_off() {
        let runs = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let mut meter = Fake { started: Instant::now(), runs: runs.clone() };
        let windows = Windows { shortest: Duration::from_millis(50), number: 3 };
        let calls = Rc::new(Cell::new(0));
        let counted = calls.clone();
        let measured = energy(&mut meter, windows, &mut || {
            counted.set(counted.get() + 1);
            runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(5));
            Ok(())
        })
        .expect("a meter that works");
        assert!((measured.joules_per_run - 0.1).abs() < 0.01, "{measured:?}");
        assert!((measured.idle_w - 2.0).abs() < 0.1, "{measured:?}");
        assert!(calls.get() > 3);
    }
}
