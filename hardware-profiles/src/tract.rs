//! What is measured on this machine: the only part of the crate that opens files and reads the clock.

pub mod meter;
