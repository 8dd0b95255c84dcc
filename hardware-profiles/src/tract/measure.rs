//! Times of a network and of each of its operators, and the gate that tells a quiet measurement from a disturbed one.

mod gate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tract_onnx::prelude::{TValue, TVec, TypedSimplePlan};
use tract_onnx::tract_core::model::TypedSimpleState;
use tract_onnx::tract_core::plan;
use tract_onnx::tract_hir::internal::TractResult;

use super::stats::{Estimate, estimate, median};

pub use gate::{Measured, Round, choose};

/// How a network is timed.
///
/// A round has as many plain runs as runs with a clock around each operator, one after the other. Rounds lie apart, as
/// another load on the machine disturbs some and spares others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Protocol {
    /// Runs before the first measured one: the first run of MobileNetV2 took up to 1.9 times the later ones.
    pub warm_ups: u32,
    /// Rounds.
    pub rounds: u32,
    /// Least and most runs of each kind in a round.
    pub iterations: (u32, u32),
    /// Time between rounds.
    pub pause: Duration,
    /// Whether caches are swept before each operator, as when a device wakes for a single image.
    pub cold: bool,
    /// Whether a build without optimisation may measure: in tests only, its figures mean nothing.
    pub allow_debug: bool,
}

impl Default for Protocol {
    /// Five rounds a second apart of 15 to 40 runs, after five warm-ups: with fewer, one disturbed run in ten moved
    /// the medians of the zoo on a shared machine by more than the gate allows.
    fn default() -> Self {
        Self {
            warm_ups: 5,
            rounds: 5,
            iterations: (15, 40),
            pause: Duration::from_secs(1),
            cold: false,
            allow_debug: false,
        }
    }
}

/// Time that the plain runs of a round should take, where the bounds on their number allow it.
const ROUND: Duration = Duration::from_secs(1);

/// Bytes that are swept to empty the caches: more than the last-level share of a core on today's servers.
const SWEEP: usize = 96 << 20;

/// A network ready to run, with its inputs.
#[derive(Debug)]
pub struct Runner {
    state: TypedSimpleState,
    inputs: TVec<TValue>,
    order: Vec<usize>,
    sweep: Option<Vec<u8>>,
}

impl Runner {
    /// Makes a plan ready; `cold` sweeps caches.
    ///
    /// # Errors
    /// If an operator cannot be set up.
    pub fn new(plan: &Arc<TypedSimplePlan>, inputs: TVec<TValue>, cold: bool) -> TractResult<Self> {
        let order = plan.order_without_consts().to_vec();
        Ok(Self { state: plan.spawn()?, inputs, order, sweep: cold.then(|| vec![0; SWEEP]) })
    }

    /// Operators in the order in which they run, by the engine's number.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Runs once.
    ///
    /// # Errors
    /// If an operator fails.
    pub fn run(&mut self) -> TractResult<TVec<TValue>> {
        self.state.run(self.inputs.clone())
    }

    /// Time of a run [s].
    fn plain(&mut self) -> TractResult<f64> {
        self.sweep.iter_mut().for_each(|buffer| sweep(buffer));
        let inputs = self.inputs.clone();
        let started = Instant::now();
        let outputs = self.state.run(inputs)?;
        let seconds = started.elapsed().as_secs_f64();
        std::hint::black_box(outputs);
        Ok(seconds)
    }

    /// Runs with a clock around each operator, and notes its time [s] in the samples of its place in the order.
    fn clocked(&mut self, samples: &mut [Vec<f64>]) -> TractResult<()> {
        let (sweeper, mut place) = (&mut self.sweep, 0);
        let outputs = self.state.run_plan_with_eval(self.inputs.clone(), |context, state, node, input| {
            sweeper.iter_mut().for_each(|buffer| sweep(buffer));
            let started = Instant::now();
            let result = plan::eval(context, state, node, input);
            samples[place].push(started.elapsed().as_secs_f64());
            place += 1;
            result
        })?;
        std::hint::black_box(outputs);
        Ok(())
    }
}

fn sweep(buffer: &mut [u8]) {
    const LINE: usize = 64;
    buffer.iter_mut().step_by(LINE).for_each(|byte| *byte = byte.wrapping_add(1));
    std::hint::black_box(buffer);
}

/// Times a network; `watch` hears how many rounds have ended.
///
/// # Errors
/// If an operator fails.
pub fn measure(runner: &mut Runner, protocol: &Protocol, watch: &mut dyn FnMut(u32)) -> TractResult<Measured> {
    let mut last = 0.0;
    for _ in 0..protocol.warm_ups.max(1) {
        last = runner.plain()?;
    }
    let (least, most) = protocol.iterations;
    let iterations = (ROUND.as_secs_f64() / f64::max(last, 1e-9)).clamp(f64::from(least), f64::from(most)) as u32;
    let clock = clock_cost();
    let mut rounds = Vec::new();
    for done in 0..protocol.rounds.max(1) {
        if done > 0 {
            std::thread::sleep(protocol.pause);
            // Back to speed: a pause lets caches and clock rates fall.
            runner.plain()?;
        }
        rounds.push(round(runner, iterations, clock)?);
        watch(done + 1);
    }
    Ok(choose(rounds, iterations, protocol.cold))
}

fn round(runner: &mut Runner, iterations: u32, clock: f64) -> TractResult<Round> {
    let mut whole = Vec::new();
    let mut nodes = vec![Vec::new(); runner.order.len()];
    for _ in 0..iterations {
        whole.push(runner.plain()?);
        runner.clocked(&mut nodes)?;
    }
    let node = |samples: &Vec<f64>| {
        let with_clock = estimate(samples);
        Estimate { median: (with_clock.median - clock).max(0.0), ..with_clock }
    };
    Ok(Round { whole: estimate(&whole), nodes: nodes.iter().map(node).collect() })
}

/// What reading the clock adds to a time [s].
fn clock_cost() -> f64 {
    let samples: Vec<f64> = (0..1000).map(|_| Instant::now().elapsed().as_secs_f64()).collect();
    median(&samples)
}
