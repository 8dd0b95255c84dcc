//! How requests enter a run: one trait for open loop, closed loop, replay and benchmarks alike.

use crate::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use crate::units::{Bytes, SimDuration, SimTime};

/// One inference that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// When it is asked for.
    pub at: SimTime,
    /// The device that asks and takes the result.
    pub origin: DeviceId,
    /// What is asked for.
    pub model: ModelId,
    /// Its kind.
    pub class: RequestClassId,
    /// Multiplier of the compute time; 1 for one inference, more for a batch job.
    pub work: f64,
    /// Data sent to the device that runs it; the model's input if `None`.
    pub input: Option<Bytes>,
    /// How long its start may be put off; as its class says if `None`.
    pub slack: Option<SimDuration>,
    /// Largest sojourn time that counts as in time; as its class says if `None`.
    pub deadline: Option<SimDuration>,
    /// The client that waits for it, in a closed loop.
    pub client: Option<ClientId>,
}

/// A stream of arrivals in order of time.
pub trait ArrivalSource {
    /// When the next arrival comes; `None` if none is known now.
    fn peek(&mut self) -> Option<SimTime>;

    /// Takes the next arrival.
    fn next(&mut self) -> Option<Arrival>;

    /// A client's request has ended at `at`: its next one may follow, at `at` or later.
    fn completed(&mut self, client: ClientId, at: SimTime);
}

impl<S: ArrivalSource + ?Sized> ArrivalSource for Box<S> {
    fn peek(&mut self) -> Option<SimTime> {
        (**self).peek()
    }
    fn next(&mut self) -> Option<Arrival> {
        (**self).next()
    }
    fn completed(&mut self, client: ClientId, at: SimTime) {
        (**self).completed(client, at);
    }
}
