//! Groups of devices that a scheduler cannot tell apart, so that a decision looks at groups and not at devices.
//!
//! Devices of one *kind* share all that a choice depends on and that never changes; devices of one *cell* are of one
//! kind and share what changes as well. Scores and ranks of the devices in a cell are equal, so its lowest id stands
//! for it. A change of a device is noted when it happens and applied before the next decision.

mod bits;
mod kinds;
mod members;
mod partition;
mod tournament;

pub(crate) use kinds::{Inputs, Kind, Kinds};
pub(crate) use partition::{Cell, Move, Partition};
pub(crate) use tournament::{Entrant, Tournament};
