//! The verb `signals`: what is in files of carbon intensities, and how well they can be forecast.

pub mod score;
