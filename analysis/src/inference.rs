//! What paired replications of simulated systems say: intervals, tests and their conditions, one idea a file.
//!
//! A figure of a system comes as [`units::Units`], one entry for each independent unit (a seed, or a period): values,
//! or pairs whose totals make a ratio. Two of them over the same units make a [`contrast::Contrast`], a difference with
//! its standard error and degrees of freedom, which gives the interval, the test and the test of equivalence. The other
//! files check it by other means ([`bootstrap`], [`wilcoxon`]), weigh it ([`effect`], [`holm`], [`variance`]), say when
//! to stop ([`sequential`]) and what it does not resolve ([`resolution`]).

pub mod bootstrap;
pub mod contrast;
pub mod effect;
pub mod holm;
pub mod pareto;
pub mod resolution;
pub mod sequential;
pub mod steady;
pub mod units;
pub mod variance;
pub mod wilcoxon;
