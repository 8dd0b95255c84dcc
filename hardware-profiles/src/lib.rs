//! What machines, links and networks are like, each figure with its source, compiled to the tables that sim-core reads.
//!
//! The way of a figure: [`catalogue`] reads device classes, [`zoo`] describes networks, [`calibrate`] turns published
//! latencies into an effective rate, and [`roofline::compile`] makes the cost table of one network on one class.
//!
//! ```
//! use hardware_profiles::{catalogue, roofline, zoo};
//!
//! let catalogue = catalogue::builtin();
//! let network = zoo::by_name("mobilenet-v2").expect("is built in");
//! let (table, source) = roofline::compile(&network, &catalogue["raspberry-pi-4"]).expect("fits its memory");
//! assert_eq!(source, roofline::ProfileSource::Analytic);
//! assert!((table.time_s(table.whole()) - 0.044).abs() < 0.005); // XNNPACK publishes 44 ms
//! ```

#![forbid(unsafe_code)]

pub mod calibrate;
pub mod catalogue;
pub mod figure;
pub mod links;
pub mod profile;
pub mod quantity;
pub mod roofline;
#[cfg(feature = "tract")]
pub mod tract;
pub mod zoo;
