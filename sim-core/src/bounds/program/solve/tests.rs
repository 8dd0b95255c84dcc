//! Solved programs beside enumeration and beside HiGHS.

use proptest::prelude::*;

use super::super::{Column, Program};
use super::{prices, scale, solve, vertex};

/// Requests of one second each, all whole: the least over every way to place them.
fn enumerated(requests: &[Vec<(usize, f64)>], room: &mut [u32]) -> f64 {
    let Some((first, rest)) = requests.split_first() else { return 0.0 };
    let mut least = f64::INFINITY;
    for &(cell, grams) in first {
        if room[cell] > 0 {
            room[cell] -= 1;
            least = least.min(grams + enumerated(rest, room));
            room[cell] += 1;
        }
    }
    least
}

proptest! {
    /// Requests of equal length fill cells of whole seconds: a transport problem, whose relaxation has whole optima.
    #[test]
    fn programs_equal_enumeration_where_optima_are_whole(
        requests in prop::collection::vec(prop::collection::vec((0usize..4, 1u32..9), 1..4), 1..7),
        room in prop::collection::vec(1u32..3, 4),
    ) {
        // The last cell has room for all.
        let room: Vec<u32> = room.iter().copied().chain([requests.len() as u32]).collect();
        let requests: Vec<Vec<(usize, f64)>> = requests.into_iter().map(|columns| {
            columns.into_iter().map(|(cell, grams)| (cell, f64::from(grams))).chain([(4, 9.5)]).collect()
        }).collect();
        let column = |&(cell, grams): &(usize, f64)| Column { cell, grams, seconds: 1.0 };
        let groups = requests.iter().map(|columns| columns.iter().map(column).collect()).collect();
        let full = Program { groups, cells: room.iter().map(|&seconds| f64::from(seconds)).collect(), fixed: 0.25 };
        let least = 0.25 + enumerated(&requests, &mut room.clone());
        let mut reduced = full.clone();
        reduced.reduce();
        for program in [&full, &reduced] {
            let scaled = scale(program);
            prop_assert!((solve(program).unwrap() - least).abs() < 1e-9 * least);
            if !scaled.rooms.is_empty() && !scaled.groups.is_empty() {
                let by_prices = scaled.base + prices(&scaled).unwrap() * scaled.scale;
                prop_assert!(by_prices <= least * (1.0 + 1e-12) && by_prices >= least * (1.0 - 1e-6), "{by_prices} {least}");
            }
        }
    }
}

#[test]
fn programs_equal_highs() {
    let stored: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/data/bounds_highs.json")).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    for stored in stored["programs"].as_array().unwrap() {
        let column = |column: &serde_json::Value| Column {
            cell: column[0].as_u64().unwrap() as usize,
            grams: number(&column[1]),
            seconds: number(&column[2]),
        };
        let groups = stored["groups"].as_array().unwrap();
        let mut program = Program {
            groups: groups.iter().map(|group| group.as_array().unwrap().iter().map(column).collect()).collect(),
            cells: stored["room"].as_array().unwrap().iter().map(number).collect(),
            fixed: 0.0,
        };
        let optimum = number(&stored["optimum"]);
        program.reduce();
        let scaled = scale(&program);
        let simplex = scaled.base + vertex(&scaled).unwrap() * scaled.scale;
        let by_prices = scaled.base + prices(&scaled).unwrap() * scaled.scale;
        assert!((simplex - optimum).abs() <= 1e-8 * optimum, "{simplex} {optimum}");
        assert!(by_prices <= optimum * (1.0 + 1e-9) && by_prices >= optimum * (1.0 - 1e-6), "{by_prices} {optimum}");
    }
}
