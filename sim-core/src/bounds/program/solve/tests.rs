//! Solved programs beside enumeration and beside HiGHS.

use proptest::prelude::*;

use good_lp::{Expression, Solution, SolverModel, constraint, microlp, variable, variables};

use super::super::{Column, Program};
use super::prices;

/// Lagrange's bound at the prices that the interior-point solver gives.
fn by_prices(program: &Program) -> f64 {
    let prices = prices(program).unwrap();
    let paid = |columns: &Vec<Column>| {
        let priced = columns.iter().map(|column| column.grams + prices[column.cell] * column.seconds);
        priced.fold(f64::INFINITY, f64::min)
    };
    let rooms: f64 = prices.iter().zip(&program.cells).map(|(price, room)| price * room).sum();
    program.groups.iter().map(paid).sum::<f64>() - rooms
}

/// The program as it is written down, by the simplex method.
fn by_simplex(program: &Program) -> f64 {
    let mut vars = variables!();
    let mut objective = Expression::default();
    let mut cells = vec![Expression::default(); program.cells.len()];
    let mut sums = Vec::new();
    for columns in &program.groups {
        let shares = vars.add_vector(variable().min(0.0), columns.len());
        for (column, &share) in columns.iter().zip(&shares) {
            objective.add_mul(column.grams, share);
            cells[column.cell].add_mul(column.seconds, share);
        }
        sums.push(shares.into_iter().sum::<Expression>());
    }
    let mut problem = vars.minimise(objective.clone()).using(microlp);
    for sum in sums {
        problem.add_constraint(constraint!(sum == 1.0));
    }
    for (cell, &room) in cells.into_iter().zip(&program.cells) {
        problem.add_constraint(constraint!(cell <= room));
    }
    problem.solve().unwrap().eval(objective)
}

/// What prices give is a bound, and no worse than the solver's tolerance.
fn met(program: &Program, optimum: f64) -> bool {
    let bound = by_prices(program);
    bound <= optimum * (1.0 + 1e-12) && bound >= optimum * (1.0 - 1e-6)
}

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
        let full = Program { groups, cells: room.iter().map(|&seconds| f64::from(seconds)).collect() };
        let least = enumerated(&requests, &mut room.clone());
        let mut reduced = full.clone();
        reduced.reduce();
        for program in [&full, &reduced] {
            prop_assert!((by_simplex(program) - least).abs() < 1e-9 * least);
            prop_assert!(met(program, least), "{} is not {least}", by_prices(program));
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
        };
        let optimum = number(&stored["optimum"]);
        for reduce in [false, true] {
            if reduce {
                program.reduce();
            }
            let simplex = by_simplex(&program);
            assert!((simplex - optimum).abs() <= 1e-8 * optimum, "{simplex} is not {optimum}");
            assert!(met(&program, optimum), "{} is not {optimum}", by_prices(&program));
        }
    }
}
