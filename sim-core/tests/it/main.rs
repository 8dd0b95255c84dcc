//! Behaviour of the engine on tiny worlds.

mod bounds;
mod conformance;
mod delay;
mod deliberation;
mod energy;
mod explained;
mod figures;
mod forecast;
mod index;
mod interference;
mod laws;
mod network;
mod place;
#[cfg(feature = "lp")]
mod place_together;
mod power;
mod queueing;
mod schedulers;
mod splits;
mod splits_oracle;
mod suspend;
mod toolkit;
