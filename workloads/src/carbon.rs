//! Carbon signals of the grid: one file a format, and a library of zones inside the program.
//!
//! A format reads a table into a [`Series`](series::Series), whose instants are those of the calendar; placed at a
//! scenario's epoch it becomes a [`Signal`](sim_core::world::signal::Signal). Gaps, duplicates and impossible values
//! are errors with file, line and value: nothing is filled, cut or guessed.

pub mod city_learn;
pub mod constant;
pub mod electricity_maps;
pub mod factors;
pub mod findings;
pub mod format;
pub mod generic_csv;
pub mod library;
pub mod options;
pub mod reading;
pub mod series;
pub mod unit;
