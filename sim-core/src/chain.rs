//! Chains of segments over few devices: which devices, what each step takes, and the best chains of all.

mod best;
mod devices;
mod tables;

pub(crate) use best::{Along, Chains, Found, Keep, Rules, Search};
pub(crate) use devices::{Choice, PARTS, candidates_param, devices};
pub(crate) use tables::{Step, Tables};
