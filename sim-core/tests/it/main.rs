//! Behaviour of the engine on tiny worlds.

mod conformance;
mod energy;
mod explained;
mod figures;
mod forecast;
mod index;
mod interference;
mod laws;
mod network;
mod power;
mod queueing;
mod schedulers;
mod splits;
mod splits_oracle;
mod toolkit;
