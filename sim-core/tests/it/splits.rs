//! Split plans: segments that queue, load and compute on their devices, tensors between, and the splitters.

use proptest::prelude::*;
use sim_core::engine::ledger::Account;
use sim_core::ids::{ClassId, DeviceId, ModelId, PlanId};
use sim_core::scheduler::{Decision, Request, Scheduler, View};
use sim_core::units::{BitRate, ByteRate, Bytes, JoulesPerByte, Macs, SimDuration};
use sim_core::world::cost::{CostTable, Costs, Cuts};
use sim_core::world::device::{DeviceClass, Role};
use sim_core::world::link::{Link, LinkEnergy};
use sim_core::world::model::Cut;
use sim_core::world::{Preload, World};

use crate::toolkit::*;

fn cuts(from: u16, to: u16) -> Cuts {
    Cuts { from, to }
}

/// A cut every `(tensor B, parameters B, MACs)`; the totals stand at the last one.
fn cut_at(world: &mut World, cuts: &[(f64, f64, f64)]) {
    let cut = |(k, &(tensor, parameters, macs)): (usize, &(f64, f64, f64))| Cut {
        layer: format!("layer-{k}"),
        macs: Macs(macs),
        parameters: Bytes(parameters),
        tensor: Bytes(tensor),
    };
    let model = &mut world.models[ModelId(0)];
    model.cuts = cuts.iter().enumerate().map(cut).collect();
    model.parameters = model.cuts[cuts.len() - 1].parameters;
}

fn table(seconds: &[f64], joules: &[f64], parameters: &[f64]) -> Option<CostTable> {
    let (seconds, joules, parameters) = (seconds.to_vec(), joules.to_vec(), parameters.to_vec());
    Some(CostTable { seconds, joules, parameters, declared_time: None, noise_sigma: None })
}

/// A weak device at site 0 and a box at site 1, in zones of 100 and 500 g/kWh; 8 Mbit/s and 1 ms on every link. The
/// model is cut once: 0.4 s and 2 J before, 0.6 s and 3 J after, 2 kB between, half a megabyte of parameters each.
fn halves() -> World {
    let link = Link { latency: SimDuration::from_millis(1.0), rate: BitRate(8e6), ..ideal_link() };
    let builder = Builder {
        devices: vec![(0, 0, Role::Shared), (0, 1, Role::Shared)],
        sites: vec![(0, 1.0), (1, 1.0)],
        zones: vec![constant(100.0), constant(500.0)],
        access: link,
        between: link,
        ..Builder::default()
    };
    let mut world = builder.build();
    cut_at(&mut world, &[(1e5, 0.0, 0.0), (2e3, 5e5, 4e7), (1e3, 1e6, 1e8)]);
    world.costs = Costs::new(vec![vec![table(&[0.0, 0.4, 1.0], &[0.0, 2.0, 5.0], &[0.0, 5e5, 1e6])]].into());
    world
}

/// One plan for every request.
struct Always(Vec<(u32, Cuts)>);

impl Scheduler for Always {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let plan: Vec<_> = self.0.iter().map(|&(device, cuts)| (DeviceId(device), cuts)).collect();
        Decision::Run(view.split(request, &plan))
    }
}

fn in_halves() -> Always {
    Always(vec![(0, cuts(0, 1)), (1, cuts(1, 2))])
}

#[test]
fn each_segment_runs_on_its_device_and_emits_in_its_zone() {
    let (books, records) = run_with(&halves(), Script::at(&[0.0]), in_halves());
    // 0.4 s at the origin, 2 kB over three hops, 0.6 s there, 1 kB back.
    assert_eq!(records[0].sojourn(), secs(0.4 + 3.0 * 0.003 + 0.6 + 3.0 * 0.002));
    let dynamic = |device| books.ledger.device(DeviceId(device)).get(Account::Dynamic);
    close(dynamic(0).energy().0, 2.0);
    close(dynamic(1).energy().0, 3.0);
    close(dynamic(0).carbon().0, 2.0 * 100.0 / 3.6e6);
    close(dynamic(1).carbon().0, 3.0 * 500.0 / 3.6e6);
    let plan = records[0].plan.expect("it ran");
    let segments = books.split(plan).expect("it was split");
    assert_eq!(segments.iter().map(|segment| segment.device.0).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn segments_of_several_requests_form_a_pipeline() {
    let (_, records) = run_with(&halves(), Script::at(&[0.0, 0.0]), in_halves());
    // The second waits for the first head, 0.4 s; then its tail waits for the first tail, 0.6 − 0.4 = 0.2 s.
    assert_eq!(records[1].end.since(records[0].end), secs(0.6));
    assert_eq!(records[1].queued, secs(0.4 + 0.2));
}

#[test]
fn a_device_loads_the_parameters_of_its_segment_alone() {
    let mut world = halves();
    world.settings.preload = Preload::None;
    // Room for one half: the whole model cannot run there, a half can.
    world.classes[ClassId(0)].memory = Bytes(6e5);
    let (books, records) = run_with(&world, Script::at(&[0.0, 10.0]), in_halves());
    // 0.5 MB at 100 MB/s on each device, once.
    assert_eq!((records[0].loading, records[1].loading), (secs(0.01), SimDuration::ZERO));
    close(joules(&books.ledger, Account::Load), 2.0 * 0.005 * 2.0);
    let message = abort_message(&world, &mut Script::at(&[0.0]), &mut Always(vec![(1, cuts(0, 2))]));
    assert!(message.contains("may not run it"), "{message}");
}

#[test]
fn halves_that_do_not_fit_together_replace_each_other() {
    let mut world = halves();
    world.settings.preload = Preload::None;
    world.classes[ClassId(0)].memory = Bytes(6e5);
    let both_here = Always(vec![(0, cuts(0, 1)), (0, cuts(1, 2))]);
    let (_, records) = run_with(&world, Script::at(&[0.0, 10.0]), both_here);
    assert_eq!((records[0].loading, records[1].loading), (secs(0.01), secs(0.01)));
}

#[test]
fn the_whole_model_in_memory_serves_every_segment() {
    let mut world = halves();
    world.settings.preload = Preload::None;
    let then_halves = |whole_first: bool| {
        struct Mixed(bool);
        impl Scheduler for Mixed {
            fn decide(&mut self, request: &Request, view: &View) -> Decision {
                match (request.id, self.0) {
                    (0, true) => Decision::Run(PlanId::whole(DeviceId(1))),
                    _ => Decision::Run(view.split(request, &[(DeviceId(0), cuts(0, 1)), (DeviceId(1), cuts(1, 2))])),
                }
            }
        }
        let (_, records) = run_with(&world, Script::at(&[0.0, 10.0]), Mixed(whole_first));
        records[1].loading
    };
    // After the whole only the origin's half is to load; after halves nothing.
    assert_eq!((then_halves(true), then_halves(false)), (secs(0.005), SimDuration::ZERO));
}

#[test]
fn of_two_segments_in_memory_the_one_that_is_there_serves() {
    let mut world = halves();
    world.settings.preload = Preload::None;
    world.classes[ClassId(0)].slots = 3;
    world.classes[ClassId(0)].load.rate = ByteRate(1e6);
    struct Both;
    impl Scheduler for Both {
        fn decide(&mut self, request: &Request, view: &View) -> Decision {
            // The second half alone first, then the whole, which is still being loaded when the third request comes.
            match request.id {
                1 => Decision::Run(PlanId::whole(DeviceId(1))),
                _ => Decision::Run(view.split(request, &[(DeviceId(0), cuts(0, 1)), (DeviceId(1), cuts(1, 2))])),
            }
        }
    }
    let (_, records) = run_with(&world, Script::at(&[0.0, 10.0, 10.1]), Both);
    assert_eq!(records.iter().find(|record| record.id == 2).expect("it ends").loading, SimDuration::ZERO);
    assert_eq!(records.iter().find(|record| record.id == 1).expect("it ends").loading, secs(1.0));
}

#[test]
fn a_device_of_half_precision_reserves_half_the_memory() {
    let mut world = halves();
    let half = table(&[0.0, 0.4, 1.0], &[0.0, 2.0, 5.0], &[0.0, 2.5e5, 5e5]);
    world.costs = Costs::new(vec![vec![half]].into());
    struct Look;
    impl Scheduler for Look {
        fn decide(&mut self, request: &Request, view: &View) -> Decision {
            // 1 MB of parameters and 1 MB of activations in single precision.
            assert_eq!(view.memory_needed(DeviceId(1), request.model), Bytes(1e6));
            Decision::Run(PlanId::whole(DeviceId(1)))
        }
        fn executed(&mut self, _: &sim_core::scheduler::Execution, view: &View) {
            assert_eq!(view.reserved(DeviceId(1)), Bytes::ZERO);
        }
    }
    run_with(&world, Script::at(&[0.0]), Look);
}

#[test]
fn splitters_leave_a_reserved_origin_alone() {
    let mut world = halves();
    world.devices.change(DeviceId(0), |device| device.role = Role::Reserved);
    for name in ["neurosurgeon", "amp4ec-partition", "pipeline-dp", "carbon-split"] {
        let (_, records) = run(&world, Script::at(&[0.0]), name);
        assert_eq!(
            (records[0].device, records[0].plan),
            (Some(DeviceId(1)), Some(PlanId::whole(DeviceId(1)))),
            "{name}"
        );
    }
}

#[test]
fn a_split_that_does_not_follow_on_or_stops_short_aborts_the_run() {
    let world = halves();
    for (plan, why) in [
        (vec![(0, cuts(0, 1)), (1, cuts(0, 2))], "does not follow on cut 1"),
        (vec![(0, cuts(0, 1))], "short of its last cut"),
        (vec![(0, cuts(0, 3))], "does not follow on cut 0"),
        (vec![], "does not exist"),
    ] {
        let message = abort_message(&world, &mut Script::at(&[0.0]), &mut Always(plan));
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn amp4ecs_partitioner_divides_the_model_among_the_papers_three_containers() {
    let mut builder = Builder {
        classes: [1.0, 0.6, 0.4].map(|cores| DeviceClass { cores, ..class() }).to_vec(),
        costs: vec![vec![(1.0, 5.0)]; 3],
        devices: vec![(0, 0, Role::Shared), (1, 0, Role::Shared), (2, 0, Role::Shared)],
        ..Builder::default()
    };
    builder.models[0].name = "ten equal layers".into();
    let mut world = builder.build();
    let tenths: Vec<f64> = (0..=10).map(f64::from).collect();
    // As many parameters in each layer, but half of all MACs in the first.
    let macs = |k: f64| if k == 0.0 { 0.0 } else { 9.0 + k };
    cut_at(&mut world, &tenths.iter().map(|&k| (1e3, k * 1e5, macs(k))).collect::<Vec<_>>());
    let parameters: Vec<f64> = tenths.iter().map(|k| k * 1e5).collect();
    world.costs = Costs::new(vec![vec![table(&tenths, &tenths, &parameters)]; 3].into());
    let split = |measure| {
        let scheduler = scheduler(&world, "amp4ec-partition", &[("measure", text(measure))]);
        let (books, records) = run_with(&world, Script::at(&[0.0]), scheduler);
        let segments = books.split(records[0].plan.expect("it ran")).expect("it was split");
        segments.iter().filter_map(|segment| segment.cuts).map(|cuts| cuts.to).collect::<Vec<_>>()
    };
    assert_eq!(split("parameters"), [5, 8, 10]);
    assert_eq!(split("macs"), [1, 7, 10]);
}

/// A chain of layers: seconds on the origin, seconds on a server, bytes handed on.
type Chain = Vec<(f64, f64, f64)>;

/// An origin and two servers at another site, the second one somewhat faster; 1 mJ a byte on every link.
fn chain_world(layers: &Chain, mbit: f64) -> World {
    let energy = LinkEnergy { per_byte: JoulesPerByte(1e-3), ..LinkEnergy::default() };
    let link = Link { latency: SimDuration::from_millis(2.0), rate: BitRate(mbit * 1e6), energy, ..ideal_link() };
    let server = DeviceClass { name: "server".into(), cores: 8.0, ..class() };
    let builder = Builder {
        classes: vec![class(), server.clone(), server],
        costs: vec![vec![(1.0, 5.0)]; 3],
        devices: vec![(0, 0, Role::Shared), (1, 1, Role::Shared), (2, 1, Role::Shared)],
        sites: vec![(0, 1.0), (0, 1.0)],
        access: link,
        between: link,
        ..Builder::default()
    };
    let mut world = builder.build();
    let prefix = |figure: &dyn Fn(&(f64, f64, f64)) -> f64| -> Vec<f64> {
        (0..=layers.len()).map(|k| layers[..k].iter().map(figure).sum()).collect()
    };
    let tensors = std::iter::once(1e5).chain(layers.iter().map(|layer| layer.2));
    let marks: Vec<_> = tensors.enumerate().map(|(k, tensor)| (tensor, k as f64, k as f64)).collect();
    cut_at(&mut world, &marks);
    let parameters = prefix(&|_| 1.0);
    let times = [prefix(&|layer| layer.0), prefix(&|layer| layer.1), prefix(&|layer| 0.9 * layer.1)];
    let row = |seconds: Vec<f64>| vec![table(&seconds, &prefix(&|layer| 5e2 * layer.0), &parameters)];
    world.costs = Costs::new(times.map(row).to_vec().into());
    world
}

/// Sojourn time of the only request [s], and what it takes of the origin's energy above idle and the network's [J].
fn alone(world: &World, scheduler: impl Scheduler) -> [f64; 2] {
    let (books, records) = run_with(world, Script::at(&[0.0]), scheduler);
    let own = books.ledger.device(DeviceId(0)).get(Account::Dynamic).energy().0;
    [records[0].sojourn().as_secs(), own + joules(&books.ledger, Account::Network)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The slow twin runs every split of the chain through the engine and keeps the least.
    #[test]
    fn neurosurgeon_cuts_where_the_simulated_time_or_energy_is_least(
        layers in prop::collection::vec((0.0_f64..0.2, 0.0_f64..0.05, 1e2_f64..2e5), 1..9), mbit in 0.5_f64..200.0,
    ) {
        let world = chain_world(&layers, mbit);
        let last = layers.len() as u16;
        let mut plans = vec![vec![(0, cuts(0, last))]];
        for server in [1, 2] {
            plans.push(vec![(server, cuts(0, last))]);
            plans.extend((1..last).map(|cut| vec![(0, cuts(0, cut)), (server, cuts(cut, last))]));
        }
        let all: Vec<[f64; 2]> = plans.into_iter().map(|plan| alone(&world, Always(plan))).collect();
        for (k, objective) in ["latency", "energy"].into_iter().enumerate() {
            let chosen = alone(&world, scheduler(&world, "neurosurgeon", &[("objective", text(objective))]))[k];
            let least = all.iter().map(|figures| figures[k]).fold(f64::INFINITY, f64::min);
            // Instants are whole nanoseconds, rounded once a step.
            prop_assert!((chosen - least).abs() <= 1e-8 + 1e-9 * least, "{objective}: {chosen} against {least}");
        }
    }
}
