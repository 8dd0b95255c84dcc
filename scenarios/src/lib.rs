//! The roof of the CarbonEdge simulator: scenario files to runs, outputs and the command line.

pub mod bench;
pub mod build;
pub mod cli;
pub mod commands;
pub mod compare;
pub mod explain_request;
pub mod issues;
pub mod library;
pub mod listing;
pub mod load;
pub mod model_export;
pub mod output;
pub mod profile;
mod replications;
mod reproduce;
mod rescore;
pub mod run;
pub mod signals;
pub mod spec;
pub mod splits;
mod sweep_weights;
mod timed;
pub mod workload_inspect;
