//! Behaviour of the engine on tiny worlds.

mod energy;
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
mod toolkit;
