//! What a scheduler may believe of the carbon to come: one file a forecast.
//!
//! Persistence, seasonal naive and recorded forecasts are made of the past alone
//! ([`FromPast`](sim_core::world::forecast::FromPast)); perfect and noisy ones are
//! [`OracleDerived`](sim_core::world::forecast::OracleDerived), and every output says so.

pub mod ar_noise;
pub mod issued;
pub mod perfect;
pub mod recorded;
pub mod score;
pub mod seasonal_naive;
pub mod white_noise;
