//! One binary of all tests that need a run, other programs' figures, or thousands of experiments.

mod coverage;
mod inference;
mod memory;
mod parquet;
mod report;
mod toolkit;
