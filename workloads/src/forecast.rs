//! What a scheduler may believe of the carbon to come: one file a forecast.

pub mod issued;
