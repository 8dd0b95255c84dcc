//! Behaviour of the outside world.

mod forecast;
