//! Power of d choices: the least crowded of a few drawn candidates.

use ordered_float::OrderedFloat;
use rand::RngExt;

use super::{Entry, Kind, Param, rule};

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
    build: |setup| {
        let d = setup.params.number("d") as usize;
        Ok(rule(move |request, view, candidates| {
            let mut stream = view.draw(request, 0);
            let draw = |_| candidates.get(stream.random_range(0..candidates.len().max(1))).copied();
            // `min_by_key` keeps the first of equals.
            (0..d).filter_map(draw).min_by_key(|&device| OrderedFloat(view.crowding(device)))
        }))
    },
};
