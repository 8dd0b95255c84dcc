//! The clockwork that knows nothing of devices: the event queue, the random streams, exact sums.

pub mod queue;
pub mod rng;
pub mod sum;
