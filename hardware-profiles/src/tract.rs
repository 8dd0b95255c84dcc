//! Networks run layer by layer on this machine with the engine tract: loading, structure, times, energies.
//!
//! The way of a network: [`load`] reads its file, [`structure`] lists its layers and cuts, [`measure`] times the
//! optimised network, [`segments`] carries the times over to the layers, [`energy`] reads meters, and [`profile`] puts
//! it all together. A malformed file can crash the engine in ways that no program survives, so that files are loaded
//! by [`worker`] only, in a process of its own.

pub mod energy;
pub mod host;
pub mod inputs;
mod kind;
pub mod load;
pub mod measure;
pub mod meter;
pub mod onnx;
pub mod profile;
pub mod segments;
pub mod stats;
pub mod structure;
mod tidy;
pub mod worker;

/// Version of the engine, as profiles name it: the one that the workspace pins.
pub const ENGINE: &str = "tract 0.23.9";

/// ONNX as data; [`Encode::encode_to_vec`] makes a file of it.
pub use {prost::Message as Encode, tract_onnx::pb};
