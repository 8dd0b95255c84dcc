//! Placements against brute force, against HiGHS, and the greedy solution against the exact one.

use proptest::prelude::*;
use serde_json::Value;

use super::{Arc, Limits, Placed, Problem, Servers};

const NODES: u64 = 100_000;

/// What the solvers make least.
fn objective(problem: &Problem, placed: &Placed) -> f64 {
    let left: f64 = placed.left.iter().sum();
    problem.emissions(placed) + if left > 0.0 { left * problem.penalty() } else { 0.0 }
}

/// Whether flows fit: every group within its room, every demand whole.
fn fits(problem: &Problem, placed: &Placed) -> bool {
    let mut room: Vec<f64> =
        problem.servers.iter().zip(&placed.on).map(|(s, &on)| s.free + s.each * f64::from(on)).collect();
    let mut amounts = problem.amounts.clone();
    for (arc, &flow) in problem.arcs.iter().zip(&placed.flows) {
        room[arc.servers] -= arc.load * flow;
        amounts[arc.demand] -= flow;
        if flow < 0.0 || flow > arc.most + 1e-6 || (problem.whole && flow.fract() != 0.0) {
            return false;
        }
    }
    let whole = amounts.iter().zip(&placed.left).all(|(rest, left)| (rest - left).abs() < 1e-6);
    let on = problem.servers.iter().zip(&placed.on).all(|(servers, &on)| on <= servers.more);
    whole && on && room.iter().all(|&room| room > -1e-6)
}

/// The least objective over all whole flows, one arc after another.
fn brute(problem: &Problem) -> f64 {
    fn rest(problem: &Problem, flows: &mut Vec<f64>) -> f64 {
        let Some(arc) = problem.arcs.get(flows.len()) else { return value(problem, flows) };
        let gone: f64 = problem.arcs.iter().zip(&*flows).filter(|(a, _)| a.demand == arc.demand).map(|(_, f)| f).sum();
        let most = (problem.amounts[arc.demand] - gone).min(arc.most).floor() as u32;
        let mut least = f64::INFINITY;
        for flow in 0..=most {
            flows.push(f64::from(flow));
            least = least.min(rest(problem, flows));
            flows.pop();
        }
        least
    }
    /// Of these flows, with as few servers turned on as hold them.
    fn value(problem: &Problem, flows: &[f64]) -> f64 {
        let mut placed = Placed { flows: flows.to_vec(), on: Vec::new(), left: problem.amounts.clone() };
        problem.arcs.iter().zip(flows).for_each(|(arc, flow)| placed.left[arc.demand] -= flow);
        for (group, servers) in problem.servers.iter().enumerate() {
            let on_it = problem.arcs.iter().zip(flows).filter(|(arc, _)| arc.servers == group);
            let load: f64 = on_it.map(|(arc, flow)| arc.load * flow).sum();
            let needed = ((load - servers.free) / servers.each - 1e-9).ceil().max(0.0);
            if needed > f64::from(servers.more) {
                return f64::INFINITY;
            }
            placed.on.push(needed as u32);
        }
        objective(problem, &placed)
    }
    rest(problem, &mut Vec::new())
}

fn servers() -> impl Strategy<Value = Servers> {
    (0.0..1.0_f64, 0.2..1.0_f64, 0..3_u32, 0.0..5e-3_f64).prop_map(|(free, each, more, activation)| Servers {
        free,
        each,
        more,
        activation,
    })
}

/// At most three demands of at most three requests, three groups, an arc or none for each pair.
fn problem() -> impl Strategy<Value = Problem> {
    let arc = prop::option::weighted(0.8, (1e-4..3e-3_f64, 0.05..0.6_f64, 1..4_u32));
    (prop::collection::vec(1..4_u32, 1..4), prop::collection::vec(servers(), 1..4), prop::collection::vec(arc, 9))
        .prop_map(|(amounts, servers, drawn)| {
            let amounts: Vec<f64> = amounts.into_iter().map(f64::from).collect();
            let pairs = (0..amounts.len()).flat_map(|demand| (0..servers.len()).map(move |group| (demand, group)));
            let arcs = pairs.zip(drawn).filter_map(|((demand, servers), arc)| {
                arc.map(|(cost, load, most)| Arc { demand, servers, cost, load, most: f64::from(most) })
            });
            Problem { arcs: arcs.collect(), amounts, servers, whole: true }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_exact_solution_is_the_least_of_all_and_the_greedy_one_no_less(problem in problem()) {
        let least = brute(&problem);
        let exact = problem.solve(Limits { variables: usize::MAX, nodes: NODES });
        let greedy = problem.greedy();
        let rounded = problem.rounded(NODES);
        prop_assert!(rounded.is_none_or(|rounded| fits(&problem, &rounded)));
        prop_assert!(fits(&problem, &exact) && fits(&problem, &greedy));
        let close = |got: f64| (got - least).abs() <= 1e-9 + 1e-6 * least.abs();
        prop_assert!(close(objective(&problem, &exact)), "{} against {least}", objective(&problem, &exact));
        prop_assert!(objective(&problem, &greedy) >= least * (1.0 - 1e-6));
        let relaxed = problem.relaxed().expect("a relaxation").objective;
        prop_assert!(relaxed <= least + 1e-6 * least.abs(), "a bound of {relaxed} above {least}");
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn read(value: &Value) -> Problem {
    let list = |key: &str| value[key].as_array().expect("a list").clone();
    let servers = |row: &Value| Servers {
        free: number(&row[0]),
        each: number(&row[1]),
        more: number(&row[2]) as u32,
        activation: number(&row[3]),
    };
    let arc = |row: &Value| Arc {
        demand: number(&row[0]) as usize,
        servers: number(&row[1]) as usize,
        cost: number(&row[2]),
        load: number(&row[3]),
        most: number(&row[4]),
    };
    Problem {
        amounts: list("amounts").iter().map(number).collect(),
        servers: list("servers").iter().map(servers).collect(),
        arcs: list("arcs").iter().map(arc).collect(),
        whole: value["whole"].as_bool().expect("yes or no"),
    }
}

#[test]
fn microlp_and_clarabel_find_the_objectives_of_highs() {
    let golden: Value = serde_json::from_str(include_str!("../../tests/data/placements.json")).expect("JSON");
    let golden = golden.as_array().expect("a list of problems");
    assert!(golden.len() >= 20);
    for (k, value) in golden.iter().enumerate() {
        let problem = read(value);
        let agree = |name: &str, got: f64| {
            let expected = number(&value[name]);
            assert!((got - expected).abs() <= 1e-6 * expected.abs(), "problem {k}, {name}: {got} against {expected}");
        };
        let exact = problem.exact(NODES).expect("a solution");
        assert!(fits(&problem, &exact), "problem {k}");
        agree("optimum", objective(&problem, &exact));
        agree("relaxation", problem.relaxed().expect("a relaxation").objective);
    }
}

#[test]
fn beyond_the_limits_the_greedy_solution_stands_and_parts_of_servers_are_turned_on_whole() {
    // The first demand takes the clean group greedily, though the second one gains more by it.
    let servers = [(1.0, 0), (10.0, 0)].map(|(free, more)| Servers { free, each: 1.0, more, activation: 0.0 });
    let arc = |demand, servers, cost| Arc { demand, servers, cost, load: 1.0, most: 1.0 };
    let arcs = vec![arc(0, 0, 1.0), arc(0, 1, 2.0), arc(1, 0, 1.0), arc(1, 1, 9.0)];
    let mut problem = Problem { amounts: vec![1.0; 2], servers: servers.to_vec(), arcs, whole: true };
    let solved = |problem: &Problem, variables| objective(problem, &problem.solve(Limits { variables, nodes: NODES }));
    assert_eq!((solved(&problem, 100), solved(&problem, 0)), (3.0, 10.0));
    // Without whole flows the relaxation takes the place of the search.
    problem.whole = false;
    problem.servers[0] = Servers { free: 0.0, each: 2.0, more: 3, activation: 0.5 };
    let placed = problem.solve(Limits { variables: 0, nodes: NODES });
    assert_eq!(placed.on, [1, 0]);
    assert!(fits(&problem, &placed) && (objective(&problem, &placed) - 2.5).abs() < 1e-6);
}

#[test]
fn no_crumb_is_left_to_spare_a_server() {
    // 1.01 servers' worth of load.
    let servers = vec![Servers { free: 0.0, each: 1.0, more: 5, activation: 1.0 }];
    let arcs = vec![Arc { demand: 0, servers: 0, cost: 1.0, load: 1.01, most: 1.0 }];
    let problem = Problem { amounts: vec![1.0], servers, arcs, whole: false };
    for variables in [0, 100] {
        let placed = problem.solve(Limits { variables, nodes: NODES });
        assert_eq!((placed.on, placed.left), (vec![2], vec![0.0]), "{variables}");
    }
}

#[test]
fn a_solution_in_parts_is_rounded_so_that_everything_still_fits() {
    // Three demands of 0.4 s a request on two groups of 1 s: two requests each, but two and a half in parts.
    let servers = vec![Servers { free: 1.0, each: 0.0, more: 0, activation: 0.0 }; 2];
    let arc = |demand, servers, cost| Arc { demand, servers, cost, load: 0.4, most: 3.0 };
    let arcs = vec![arc(0, 0, 1.0), arc(0, 1, 2.0), arc(1, 0, 1.5), arc(1, 1, 3.0)];
    let problem = Problem { amounts: vec![3.0, 2.0], servers, arcs, whole: true };
    let rounded = problem.rounded(NODES).expect("a solution");
    assert!(fits(&problem, &rounded));
    assert_eq!(rounded.left.iter().sum::<f64>(), 1.0);
}
