//! What machines, links and networks are like, each figure with its source, compiled to the tables that sim-core reads.
//!
//! The way of a figure: [`catalogue`] reads device classes, [`zoo`] describes networks, [`calibrate`] turns published
//! latencies into an effective rate, and [`compile::compile`] makes the cost table of one network on one class.
//!
//! ```
//! use hardware_profiles::catalogue::{self, Precision};
//! use hardware_profiles::compile::compile;
//! use hardware_profiles::spread::ProfileSource;
//! use hardware_profiles::zoo;
//!
//! let catalogue = catalogue::builtin();
//! let network = zoo::by_name("mobilenet-v2").expect("is built in");
//! let compiled = compile(network, &catalogue["raspberry-pi-4"], Precision::F32, &[]).expect("fits its memory");
//! assert_eq!(compiled.time, ProfileSource::Imported);
//! assert!((compiled.table.time_s(compiled.table.whole()) - 0.044).abs() < 1e-9); // XNNPACK publishes 44 ms
//! ```

#![forbid(unsafe_code)]

pub mod calibrate;
pub mod catalogue;
pub mod compile;
pub mod evidence;
pub mod figure;
pub mod links;
pub mod nnls;
mod overlay;
pub mod profile;
pub mod quantity;
pub mod roofline;
pub mod shipped;
pub mod spread;
#[cfg(feature = "tract")]
pub mod tract;
pub mod zoo;
