//! The law of the CarbonEdge simulator: events, physics, accounts and schedulers, without I/O, wall clock or globals.

#![forbid(unsafe_code)]

pub mod arrival;
pub mod engine;
pub mod ids;
pub mod kernel;
pub mod record;
pub mod scheduler;
pub mod schedulers;
mod score;
pub mod units;
pub mod world;
