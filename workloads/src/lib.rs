//! What the outside world does: requests that arrive, carbon signals of the grid, fleets on the map.
//!
//! Three activities:
//!
//! - *Ask:* [`arrivals`] makes [`ArrivalSource`](sim_core::arrival::ArrivalSource)s. An open loop is any iterator of
//!   instants with a [`Mix`](arrivals::mix::Mix); a closed loop has clients that wait and think; a replay reads a
//!   trace; a merge joins many sources into one.
//! - *Signal:* [`carbon`] reads published series, or makes them from published generation by source
//!   ([`carbon::library`]), and places them in simulated time as a [`Signal`](sim_core::world::signal::Signal).
//! - *Place:* [`fleet`] reads where devices stand, [`places`] where requests are asked for; [`distance`] says how far
//!   apart that is in kilometres and milliseconds, [`latency`] what was measured between places, [`bandwidth`] what a
//!   link carried.
//!
//! Nothing here opens a path or looks at a clock: a reader takes an `impl BufRead` and the name that its errors show.
//!
//! ```
//! use sim_core::arrival::ArrivalSource;
//! use sim_core::ids::{DeviceId, ModelId, RequestClassId};
//! use sim_core::kernel::rng::{Purpose, Streams};
//! use sim_core::units::SimTime;
//! use workloads::arrivals::origins::{Origins, Run};
//! use workloads::arrivals::{PerSecond, mix::{Contents, Mix}, open_loop::OpenLoop, poisson::Poisson};
//!
//! let streams = Streams::new(42, 0);
//! let contents = Contents::plain(ModelId(0), RequestClassId(0));
//! let mix = Mix::new(Origins::alike(Run::of((0..100).map(DeviceId)))?, contents);
//! let instants = Poisson::new(PerSecond(400.0), SimTime::ZERO, streams.stream(Purpose::Arrivals, 0))?;
//! let mut source = OpenLoop::new(instants, mix, streams, 0).until(SimTime::from_secs(1.0));
//! let first = source.next().expect("400 requests are expected in this second");
//! assert!(first.at < SimTime::from_secs(1.0));
//! # Ok::<(), workloads::error::ParameterError>(())
//! ```

#![forbid(unsafe_code)]

pub mod arrivals;
pub mod bandwidth;
pub mod calendar;
pub mod carbon;
pub mod distance;
pub mod error;
pub mod fleet;
pub mod forecast;
mod instant;
pub mod latency;
mod lines;
pub mod places;
mod table;
