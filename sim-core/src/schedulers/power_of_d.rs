//! Power of d choices: the least crowded of a few drawn candidates.

use ordered_float::OrderedFloat;
use rand::RngExt;

use super::{Decision, DeviceId, Entry, Kind, Param, Request, Scheduler, View, run_on};
use crate::kernel::rng::Purpose;
use crate::scheduler::Actions;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "power-of-d",
    summary: "the least crowded of d drawn candidates; the first drawn of equals",
    citation: "Mitzenmacher, IEEE TPDS 12(10), 2001",
    params: &[Param {
        name: "d",
        kind: Kind::Number { min: 1.0, max: 64.0 },
        default: "2",
        doc: "number of candidates drawn, with replacement",
    }],
    build: |setup| Ok(Box::new(PowerOfD { d: setup.params.number("d") as usize, pool: Vec::new() })),
};

struct PowerOfD {
    d: usize,
    pool: Vec<DeviceId>,
}

impl PowerOfD {
    /// A device drawn from the pool; where it is no candidate, the next one in the pool that is.
    fn draw(&self, request: &Request, view: &View, k: usize) -> Option<DeviceId> {
        let (after, before) = (&self.pool[k..], &self.pool[..k]);
        after.iter().chain(before).copied().find(|&device| view.is_candidate(request, device))
    }
}

impl Scheduler for PowerOfD {
    fn start(&mut self, view: &View, _: &mut Actions) {
        self.pool = view.devices().collect();
    }

    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let mut stream = view.streams().stream(Purpose::Scheduler, request.id);
        let drawn = (0..self.d).filter_map(|_| self.draw(request, view, stream.random_range(0..self.pool.len())));
        // `min_by_key` keeps the first of equals.
        run_on(drawn.min_by_key(|&device| OrderedFloat(view.crowding(device))))
    }
}
