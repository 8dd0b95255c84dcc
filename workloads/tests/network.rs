//! Latencies and bandwidths: what is read is what published files say, and the nearest pair is the one that counts.

#[path = "network/files.rs"]
mod files;
#[path = "network/nearest.rs"]
mod nearest;
#[path = "network/tables.rs"]
mod tables;
