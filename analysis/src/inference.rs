//! Tests and intervals for comparing simulated systems.
