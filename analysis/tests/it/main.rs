//! One binary of all tests that need a run.

mod parquet;
mod report;
mod toolkit;
