//! The verb `profile`: what is known of a model on a device, and how well.

pub mod check;
pub mod fit;
