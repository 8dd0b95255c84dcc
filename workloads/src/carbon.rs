//! Carbon signals of the grid: one file a format, and a library of zones inside the program.
//!
//! A file's format is recognised by its content, or stated. [`read`](reading::read) makes a [`Series`](series::Series)
//! of it, whose instants are those of the calendar; placed at a scenario's epoch it becomes a
//! [`Signal`](sim_core::world::signal::Signal). What a format says of times, values and labels is taken from its
//! documentation; what nobody says must be stated in [`Options`](options::Options), and a statement that contradicts
//! the file is refused. Gaps, doubles and impossible values are errors with file, line and value, or mended by a stated
//! policy and told in [`Finding`](findings::Finding)s: nothing is filled, cut or guessed silently.
//!
//! ```
//! use workloads::carbon::options::{Gaps, Options};
//! use workloads::carbon::reading::read;
//!
//! let table = "time,moer,f1\n2020-05-31T23:50Z,0.25,0.5\n2020-05-31T23:55Z,,0.5\n2020-06-01T00:00Z,0.5,0.5\n";
//! let refused = read(table.as_bytes(), "may.csv", &Options::default()).unwrap_err();
//! assert_eq!(refused.to_string(), "may.csv:3: `moer` is empty");
//! let held = read(table.as_bytes(), "may.csv", &Options { gaps: Gaps::Hold, ..Options::default() }).unwrap();
//! assert_eq!((held.format.name(), held.series.values()), ("watttime", &[250.0, 250.0, 500.0][..]));
//! assert_eq!(held.findings[0].count, 1);
//! ```

mod carbon_cast;
pub mod carbonedge;
pub mod city_learn;
mod clock;
pub mod constant;
mod content;
mod csv;
mod electricity_maps;
mod electricity_maps_api;
pub mod factors;
pub mod fault;
pub mod findings;
pub mod format;
mod generation_mix;
mod issues;
pub mod library;
mod mend;
mod national_grid;
mod opendc;
pub mod options;
mod parquet_file;
pub mod reading;
mod rows;
pub mod series;
mod sheet;
mod stated;
mod steps;
mod thrift;
pub mod unit;
mod vessim;
mod watttime;
