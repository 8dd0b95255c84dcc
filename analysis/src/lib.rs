//! From what happened to what it means: a streaming recorder, the summary of a run, its tables and its Parquet files.
//!
//! The way of a figure: a [`recorder::Recorder`] listens to the engine, [`summary::Summary::new`] puts what it heard
//! beside the books, [`render`] shows the summary on a terminal and [`export`] writes the columns of a run directory.
//! Several replications of a run meet in [`replications`], several schedulers in [`comparison`], which draws its
//! conclusions by [`inference`].
//! Nothing here opens a path or reads a clock, so equal inputs give equal bytes.
//!
//! ```
//! use analysis::stats::Interval;
//!
//! // Mean sojourn times of five replications [ms], with 95 % confidence.
//! let interval = Interval::of(&[10.0, 12.0, 11.0, 13.0, 9.0], 0.95).expect("more than one replication");
//! assert!((interval.half_width - 1.963).abs() < 5e-4);
//! ```

#![forbid(unsafe_code)]

pub mod comparison;
pub mod export;
pub mod figure;
pub mod histogram;
pub mod inference;
pub mod number;
pub mod published;
pub mod queueing;
pub mod recorder;
pub mod render;
pub mod replications;
pub mod rescore;
pub mod sample;
pub mod sparkline;
pub mod stats;
pub mod summary;
pub mod table;
