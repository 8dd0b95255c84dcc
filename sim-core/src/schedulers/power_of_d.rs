//! Power of d choices: the least crowded of a few drawn candidates.

use ordered_float::OrderedFloat;
use rand::RngExt;

use super::{Candidates, Decision, Entry, Kind, Param, Request, Scheduler, View, run_on};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "power-of-d",
    summary: "the least crowded of d drawn candidates; the first drawn of equals",
    citation: "Mitzenmacher, IEEE TPDS 12(10), 2001",
    params: &[Param {
        name: "d",
        kind: Kind::Count { min: 1, max: 64 },
        default: "2",
        doc: "number of candidates drawn, with replacement",
    }],
    build: |setup| Ok(Box::new(PowerOfD { d: setup.params.number("d") as usize, candidates: Candidates::default() })),
};

struct PowerOfD {
    d: usize,
    candidates: Candidates,
}

impl Scheduler for PowerOfD {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let candidates = self.candidates.of(request, view);
        if candidates.is_empty() {
            return run_on(None);
        }
        let mut stream = view.draw(request, 0);
        let drawn = (0..self.d).map(|_| candidates[stream.random_range(0..candidates.len())]);
        // `min_by_key` keeps the first of equals.
        run_on(drawn.min_by_key(|&device| OrderedFloat(view.crowding(device))))
    }
}
