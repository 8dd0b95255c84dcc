//! Turns readings of power into a counter of energy.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Meter, MeterError, Scope};

/// Time between two readings. Ten of them fall into the shortest window that is measured, half a second, while the
/// readings themselves, bus transfers of about a millisecond, stay a small part of what they measure.
pub const SAMPLING_PERIOD: Duration = Duration::from_millis(50);

/// Something that tells a power now.
pub trait Power: fmt::Debug + Send {
    /// Power now [W].
    ///
    /// # Errors
    /// It cannot be read, or reads what cannot be true.
    fn watts(&mut self) -> Result<f64, MeterError>;
}

/// Energy under readings of power: the trapezoid rule, exact where power moves linearly between two readings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Integral {
    last: Option<(f64, f64)>,
    joules: f64,
}

impl Integral {
    /// Adds a reading of `watts` at the time `at_s` [s], which is not before the reading added last; returns the energy
    /// since the first reading [J].
    pub fn add(&mut self, at_s: f64, watts: f64) -> f64 {
        if let Some((before_s, before_watts)) = self.last {
            self.joules += (at_s - before_s).max(0.0) * f64::midpoint(before_watts, watts);
        }
        self.last = Some((at_s, watts));
        self.joules
    }
}

/// A meter that reads a power every so often, in a thread of its own that ends with it.
#[derive(Debug)]
pub struct Sampled {
    name: String,
    scope: Scope,
    period: Duration,
    state: Arc<Mutex<State>>,
    sampling: Option<Sampling>,
}

impl Sampled {
    /// A meter over `power`, read every `period` from the first call of [`Meter::joules`] on, and at every call.
    #[must_use]
    pub fn new(name: String, scope: Scope, power: Box<dyn Power>, period: Duration) -> Self {
        let state = State { power, integral: Integral::default(), start: Instant::now(), failed: None };
        Self { name, scope, period, state: Arc::new(Mutex::new(state)), sampling: None }
    }
}

impl Meter for Sampled {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn scope(&self) -> Scope {
        self.scope
    }

    fn joules(&mut self) -> Result<f64, MeterError> {
        let joules = locked(&self.state).sample()?;
        // Not before it is asked: meters that nobody uses must not disturb the one that is used.
        if self.sampling.is_none() {
            self.sampling = Some(Sampling::start(Arc::clone(&self.state), self.period));
        }
        Ok(joules)
    }
}

#[derive(Debug)]
struct State {
    power: Box<dyn Power>,
    integral: Integral,
    start: Instant,
    failed: Option<MeterError>,
}

impl State {
    fn sample(&mut self) -> Result<f64, MeterError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let before = self.start.elapsed();
        let watts = self.power.watts().inspect_err(|error| self.failed = Some(error.clone()))?;
        // A reading takes its time, so it belongs to the middle of it.
        let at = f64::midpoint(before.as_secs_f64(), self.start.elapsed().as_secs_f64());
        Ok(self.integral.add(at, watts))
    }
}

/// A thread that panicked leaves the state as it was before its reading.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread: it ends when `stop` is dropped.
#[derive(Debug)]
struct Sampling {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sampling {
    fn start(state: Arc<Mutex<State>>, period: Duration) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                // The error is kept in the state, where the next call finds it.
                if locked(&state).sample().is_err() {
                    break;
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in a reading has no bearing on the end of the meter.
            let _ = thread.join();
        }
    }
}
