//! Behaviour of the engine on tiny worlds.

mod delay;
mod energy;
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
mod suspend;
mod toolkit;
