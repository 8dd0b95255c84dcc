//! One binary of all tests that need a run.

mod memory;
mod parquet;
mod report;
mod toolkit;
