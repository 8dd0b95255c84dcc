//! The law of the CarbonEdge simulator: events, physics, accounts and schedulers, without I/O, wall clock or globals.
//!
//! Three activities: describe what exists (a [`world::World`]), say what is asked of it (an
//! [`arrival::ArrivalSource`]) and who decides (a [`scheduler::Scheduler`]), then run an [`engine::Engine`] and read
//! its books. A scheduler is one small file; it sees the fleet through a [`scheduler::View`] only:
//!
//! ```
//! use sim_core::ids::PlanId;
//! use sim_core::scheduler::{Decision, Reason, Request, Scheduler, View};
//!
//! /// Runs each request where the public carbon intensity is lowest.
//! struct Greenest;
//!
//! impl Scheduler for Greenest {
//!     fn decide(&mut self, request: &Request, view: &View) -> Decision {
//!         let intensity = |device: &_| view.intensity_at(*device).0;
//!         match view.candidates(request).min_by(|a, b| intensity(a).total_cmp(&intensity(b))) {
//!             Some(device) => Decision::Run(PlanId::whole(device)),
//!             None => Decision::Reject(Reason::NoDevice),
//!         }
//!     }
//! }
//! ```

pub mod arrival;
pub mod bounds;
pub(crate) mod chain;
mod deferral;
pub mod engine;
pub(crate) mod fleet_index;
pub mod ids;
pub mod kernel;
pub(crate) mod partition;
#[cfg(feature = "lp")]
pub(crate) mod placement;
pub(crate) mod ranked;
pub mod record;
pub mod scheduler;
pub mod schedulers;
mod score;
pub mod units;
pub mod world;
