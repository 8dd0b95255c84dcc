//! Schedulers that weigh the transfer and that place requests together.

use sim_core::ids::Id;
use sim_core::record::RequestRecord;
use sim_core::schedulers::{Setup, Value, by_name};
use sim_core::units::{BitRate, Bytes};
use sim_core::world::World;
use sim_core::world::device::Role;
use sim_core::world::link::Link;

use crate::toolkit::*;

fn devices(records: &[RequestRecord]) -> Vec<Option<usize>> {
    let mut records: Vec<_> = records.iter().collect();
    records.sort_by_key(|record| record.id);
    records.iter().map(|record| record.device.map(Id::index)).collect()
}

/// A dirty device that asks, 600 g/kWh, and a clean one behind a link of 1 Gbit/s, 100 g/kWh.
fn dirty_and_clean() -> World {
    Builder {
        zones: vec![constant(600.0), constant(100.0)],
        sites: vec![(0, 1.0), (1, 1.0)],
        devices: vec![(0, 0, Role::Shared), (0, 1, Role::Shared)],
        between: Link { rate: BitRate(1e9), ..ideal_link() },
        ..Builder::default()
    }
    .build()
}

#[test]
fn trace_moves_data_until_its_transfer_emits_what_the_clean_grid_saves() {
    let world = dirty_and_clean();
    let gigabytes = 0.01;
    let choice = |k: f64| {
        let mut request = arrival(0.0);
        request.input = Some(Bytes(gigabytes * 1e9));
        // The carbon term alone: with two candidates it is 1 for the cleaner one, 0 for the other.
        let given = [("w_c", Value::Number(1.0)), ("k_net", text(&k.to_string()))];
        devices(&run_with(&world, Script::of(vec![request]), scheduler(&world, "trace", &given)).1)[0]
    };
    // 15 W for 1 s at 600 or 100 g/kWh; the input sets out at 600 g/kWh, the result of 1 kB at 100.
    let saved = 15.0 / 3.6e6 * (600.0 - 100.0);
    let flip = saved / (gigabytes * 600.0 + 1e-6 * 100.0);
    assert_eq!((choice(flip * 0.999), choice(flip * 1.001)), (Some(1), Some(0)));
}

#[test]
fn trace_counts_the_transfer_as_time_by_the_half_time() {
    let world = dirty_and_clean();
    let bytes = 5e7;
    // S_P alone, against a load term that favours the other device: the first request keeps the origin busy.
    let choice = |half: f64, w_l: f64| {
        let mut second = arrival(0.1);
        second.input = Some(Bytes(bytes));
        let other = |name| (name, Value::Number(0.0));
        let given = [
            other("w_c"),
            other("w_r"),
            other("w_b"),
            ("w_p", Value::Number(1.0)),
            ("w_l", Value::Number(w_l)),
            ("load_limit", Value::Number(1.0)),
            ("half_time", Value::Number(half)),
            ("k_net", text("fibre")),
        ];
        let first = arrival(0.0);
        // Needs no cores, so that the busy origin passes the filters.
        let mut world = world.clone();
        world.models[sim_core::ids::ModelId(0)].cores_needed = 0.0;
        devices(&run_with(&world, Script::of(vec![first, second]), scheduler(&world, "trace", &given)).1)[1]
    };
    let moving = (bytes + 1e3) * 8.0 / 1e9;
    for half in [0.1, 1.0] {
        let flip = 1.0 / (1.0 + 1.0 / half) - 1.0 / (1.0 + (1.0 + moving) / half);
        assert_eq!((choice(half, flip * 0.999), choice(half, flip * 1.001)), (Some(0), Some(1)), "{half}");
    }
}

#[test]
fn trace_refuses_a_medium_that_it_does_not_know() {
    let world = dirty_and_clean();
    let entry = by_name("trace").expect("it ships");
    for (given, right) in [("3g", false), ("-1", false), ("NaN", false), ("4g", true), ("0.05", true)] {
        let mut params = entry.defaults();
        params.0.insert("k_net", text(given));
        let built = (entry.build)(&Setup::new(&params, &world));
        assert_eq!(built.is_ok(), right, "{given}");
        if let Err(issue) = built {
            assert!(issue.param == "k_net" && issue.message.contains(given) && issue.hint.contains("fibre"));
        }
    }
}
