//! Lower bounds of operational carbon on the very requests that a run served: what a comparison measures its gap to.
//!
//! A bound is no scheduler: nothing needs to reach it. Each says in words under which conditions no scheduler of this
//! simulator gets below it. All are sums of what nobody can avoid: idle power in the lowest state that devices can be
//! in, and for each request the least that computing it and moving its data may emit between its
//! arrival and its *latest* instant, max(deadline, latest start, its end in this run). As long as nobody is later than
//! that, the bounds of two runs that completed the same requests are the same number.
//!
//! - *Per-request minimum*: every request alone in the world, suspended and resumed at will. After the lower bounds of
//!   scheduling theory that relax capacity and permit preemption.
//! - *Clairvoyant delay*: every request alone, in one piece, started when the signal to come is best: what Wiesner et
//!   al. (Let's Wait Awhile, Middleware 2021) and Hanafy et al. (GAIA, ASPLOS 2024) reach with a perfect forecast and
//!   without contention, and over devices too.
//! - *Capacity by window* (feature `lp`): a linear relaxation in which the slots of each kind of device and window are
//!   shared: the relaxation of placement programs such as that of UMass CarbonEdge (HPDC 2025).

mod choices;
mod floor;
mod kinds;
#[cfg(feature = "lp")]
mod program;
mod served;
mod split;
mod window;

use crate::engine::Books;
use crate::units::{Grams, SimDuration};
use crate::world::device::DynamicPower;
pub use served::Served;

/// Operational emissions that no scheduler gets below, under conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Its name, as in outputs.
    pub name: &'static str,
    /// The least that serving these requests emits: idle that nobody can avoid included.
    pub carbon: Grams,
    /// Of that, what is drawn whatever is served: idle in the lowest states, baselines of links.
    pub unavoidable: Grams,
    /// Under which it holds, each a sentence.
    pub conditions: Vec<String>,
}

/// A bound that was not computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its name.
    pub name: &'static str,
    /// Why not.
    pub reason: String,
}

/// All bounds of a run: each holds for that run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Those that were computed; the per-request minimum is the first.
    pub found: Vec<Bound>,
    /// Those that were not.
    pub skipped: Vec<Skipped>,
}

impl Bounds {
    /// The highest, which says most.
    #[must_use]
    pub fn tightest(&self) -> Option<&Bound> {
        self.found.iter().max_by(|a, b| a.carbon.0.total_cmp(&b.carbon.0))
    }

    /// The bound of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Bound> {
        self.found.iter().find(|bound| bound.name == name)
    }
}

/// Name of the bound that takes every request alone and lets it be suspended.
pub const PER_REQUEST: &str = "per-request minimum";
/// Name of the bound that takes every request alone and in one piece.
pub const CLAIRVOYANT: &str = "clairvoyant delay";
/// Name of the bound that shares slots in each window.
pub const CAPACITY: &str = "capacity by window";

/// What the linear relaxation is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relaxation {
    /// Length of its windows; the timeline's interval if `None`.
    pub window: Option<SimDuration>,
    /// More columns than this, and it is skipped: a hundred thousand took 4 s on one core. With 0 nothing is kept for it.
    pub columns: usize,
}

impl Default for Relaxation {
    fn default() -> Self {
        Self { window: None, columns: 200_000 }
    }
}

/// The bounds of a finished run whose records `served` heard.
#[must_use]
pub fn bounds(books: &Books, served: &Served) -> Bounds {
    let mut bounds = Bounds::default();
    let unavoidable = floor::unavoidable(served.world, books.power_ordered);
    let common = conditions(served, books.power_ordered);
    let mut add = |name, requests: Grams, own: Vec<String>| {
        let conditions = common.iter().cloned().chain(own).collect();
        bounds.found.push(Bound { name, carbon: unavoidable + requests, unavoidable, conditions });
    };
    add(PER_REQUEST, served.suspended(), vec!["requests may be suspended and resumed at no cost".into()]);
    if !books.suspended {
        add(CLAIRVOYANT, served.in_one_piece(), vec!["requests compute in one piece, never suspended".into()]);
    }
    match capacity(served) {
        // The program aggregates; where that loses more than capacity gains, the per-request minimum is the better bound.
        Ok((grams, own)) => add(CAPACITY, Grams(grams.0.max(served.suspended().0)), own),
        Err(reason) => bounds.skipped.push(Skipped { name: CAPACITY, reason }),
    }
    if books.suspended {
        let reason = "the run suspended requests, and the bound is of requests in one piece".to_owned();
        bounds.skipped.push(Skipped { name: CLAIRVOYANT, reason });
    }
    bounds
}

#[cfg(feature = "lp")]
fn capacity(served: &Served) -> Result<(Grams, Vec<String>), String> {
    program::capacity(served)
}

#[cfg(not(feature = "lp"))]
fn capacity(_: &Served) -> Result<(Grams, Vec<String>), String> {
    Err("this build has no solver: it lacks the feature `lp`".into())
}

/// What all bounds of a run ask for.
fn conditions(served: &Served, orders: bool) -> Vec<String> {
    let mut list =
        vec!["the same requests complete, computed when they have arrived and by their latest instant".into()];
    if served.late() > 0 {
        list.push(format!(
            "{} requests ended after their deadline and latest start: none of them later than here",
            served.late()
        ));
    }
    list.push(match served.split() {
        0 => "no model is split".into(),
        split => format!("the {split} requests that were split here may be split anyhow, the others not at all"),
    });
    list.push(match orders {
        true => "schedulers may order devices to sleep and off".into(),
        false => "no scheduler orders power states: without an idle timeout of its class a device idles".into(),
    });
    let power = &served.world.classes;
    if power.iter().any(|class| class.power.dynamic != DynamicPower::Linear) {
        list.push("with a power table each slot draws the lowest slope of P(u)".into());
    }
    list
}
