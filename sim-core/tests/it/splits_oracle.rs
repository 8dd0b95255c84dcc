//! Every splitter against brute force: all chains of up to eight layers over up to four devices, in random worlds.

use ordered_float::OrderedFloat;
use proptest::prelude::*;
use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, ModelId, PlanId, RequestClassId, ZoneId};
use sim_core::record::RequestRecord;
use sim_core::scheduler::{Cuts, Decision, Request, Scheduler, View};
use sim_core::schedulers::Value;
use sim_core::units::{BitRate, ByteRate, Bytes, JoulesPerByte, Macs, SimDuration};
use sim_core::world::cost::{CostTable, Costs};
use sim_core::world::device::{DeviceClass, Role};
use sim_core::world::link::{Link, LinkEnergy};
use sim_core::world::model::Cut;
use sim_core::world::{Preload, World};

use crate::toolkit::*;

type Plan = Vec<(DeviceId, Cuts)>;

/// One layer: its time [s] and energy [J] on each of four classes, its parameters and the tensor that leaves it [B].
type Layer = ([f64; 4], [f64; 4], f64, f64);
/// One device: cores, memory as a share of the model, access rate [Mbit/s] and latency [ms], energy [J/B], four
/// intensities of its zone.
type Device = (f64, f64, f64, f64, f64, [f64; 4]);

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    let layer =
        (prop::array::uniform4(0.001_f64..0.2), prop::array::uniform4(0.01_f64..2.0), 1e4_f64..1e6, 1e2_f64..2e5);
    prop::collection::vec(layer, 1..9)
}

fn devices() -> impl Strategy<Value = Vec<Device>> {
    let intensities = prop::array::uniform4(5.0_f64..900.0);
    let device = (0.2_f64..8.0, 0.2_f64..1.6, 0.5_f64..300.0, 0.1_f64..20.0, 1e-8_f64..1e-5, intensities);
    // The origin computes and holds what it is given, so that some chain exists.
    (prop::collection::vec(device, 1..5)).prop_map(|mut devices| {
        devices[0].1 = 1.6;
        devices
    })
}

/// Each device is of a class, at a site and in a zone of its own; they are linked as well as the worse of both accesses.
fn world(layers: &[Layer], devices: &[Device]) -> World {
    let total: f64 = layers.iter().map(|layer| layer.2).sum();
    let link = |&(_, _, mbit, ms, energy, _): &Device| Link {
        latency: SimDuration::from_millis(ms),
        rate: BitRate(mbit * 1e6),
        energy: LinkEnergy { per_byte: JoulesPerByte(energy), ..LinkEnergy::default() },
        ..ideal_link()
    };
    let class = |(k, &(cores, room, ..)): (usize, &Device)| DeviceClass {
        name: format!("class-{k}"),
        cores,
        memory: Bytes(total * room),
        ..class()
    };
    let builder = Builder {
        classes: devices.iter().enumerate().map(class).collect(),
        costs: vec![vec![(1.0, 5.0)]; devices.len()],
        devices: (0..devices.len()).map(|k| (k, k, Role::Shared)).collect(),
        sites: (0..devices.len()).map(|k| (k, 1.0 + 0.1 * k as f64)).collect(),
        zones: devices.iter().map(|device| hourly(&device.5)).collect(),
        accesses: devices.iter().map(|device| [link(device), link(device)]).collect(),
        between: Link { latency: SimDuration::from_millis(3.0), rate: BitRate(5e8), ..ideal_link() },
        housed: true,
        ..Builder::default()
    };
    let mut world = builder.window(5.0 * HOUR).build();
    let prefix = |figure: &dyn Fn(&Layer) -> f64| -> Vec<f64> {
        (0..=layers.len()).map(|k| layers[..k].iter().map(figure).sum()).collect()
    };
    let parameters = prefix(&|layer| layer.2);
    let macs = prefix(&|layer| layer.1[0] * 1e9);
    let tensors = std::iter::once(1e5).chain(layers.iter().map(|layer| layer.3));
    let cut = |(k, tensor): (usize, f64)| Cut {
        layer: format!("layer-{k}"),
        macs: Macs(macs[k]),
        parameters: Bytes(parameters[k]),
        tensor: Bytes(tensor),
    };
    let model = &mut world.models[ModelId(0)];
    model.cuts = tensors.enumerate().map(cut).collect();
    (model.parameters, model.memory_needed) = (Bytes(total), Bytes(total));
    let table = |k: usize| CostTable {
        seconds: prefix(&|layer| layer.0[k]),
        joules: prefix(&|layer| layer.1[k]),
        parameters: parameters.clone(),
        declared_time: None,
        noise_sigma: None,
    };
    world.costs = Costs::new((0..devices.len()).map(|k| vec![Some(table(k))]).collect());
    world
}

fn last(world: &World) -> u16 {
    world.models[ModelId(0)].whole().to
}

/// Every chain of at most `parts` segments, each on a device of its own that can hold it.
fn all_chains(world: &World, parts: usize) -> Vec<Plan> {
    fn grow(world: &World, parts: usize, plan: &mut Plan, found: &mut Vec<Plan>) {
        let from = plan.last().map_or(0, |(_, cuts)| cuts.to);
        if from == last(world) || plan.len() == parts {
            return found.extend((from == last(world)).then(|| plan.clone()));
        }
        for device in world.devices.ids() {
            for to in from + 1..=last(world) {
                let cuts = Cuts { from, to };
                let used = plan.iter().any(|&(other, _)| other == device);
                if !used && world.can_run_segment(device, ModelId(0), cuts) {
                    plan.push((device, cuts));
                    grow(world, parts, plan, found);
                    plan.pop();
                }
            }
        }
    }
    let mut found = Vec::new();
    grow(world, parts, &mut Vec::new(), &mut found);
    found
}

struct Always(Plan);

impl Scheduler for Always {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        Decision::Run(view.split(request, &self.0))
    }
}

/// What one request takes that is alone in the world: time [s], energy above idle and of links [J], its emissions [g].
#[derive(Clone, Copy, Debug)]
struct Took {
    time: f64,
    energy: f64,
    carbon: f64,
    /// Energy above idle at the origin, and of links [J].
    own: f64,
}

fn simulated(world: &World, scheduler: impl Scheduler) -> (Took, Plan) {
    let (books, records) = run_with(world, Script::at(&[0.0]), scheduler);
    let plan = records[0].plan.expect("it was placed");
    let whole = |device| vec![(device, Cuts { from: 0, to: last(world) })];
    let segments = books
        .split(plan)
        .map(|segments| segments.iter().map(|segment| (segment.device, segment.cuts.expect("a part"))).collect());
    let sum = |figure: fn(&sim_core::engine::ledger::Ledger, Account) -> f64| {
        figure(&books.ledger, Account::Dynamic) + figure(&books.ledger, Account::Network)
    };
    let own = books.ledger.device(DeviceId(0)).get(Account::Dynamic).energy().0;
    let took = Took {
        time: records[0].sojourn().as_secs(),
        energy: sum(joules),
        carbon: sum(grams),
        own: own + joules(&books.ledger, Account::Network),
    };
    (took, segments.unwrap_or_else(|| whole(records[0].device.expect("it ran"))))
}

/// Instants are whole nanoseconds, rounded once a step.
const ROUNDING_S: f64 = 1e-7;

fn is_least(chosen: f64, all: impl Iterator<Item = f64>) -> Result<(), TestCaseError> {
    let least = all.fold(f64::INFINITY, f64::min);
    prop_assert!((chosen - least).abs() <= ROUNDING_S * 1e-3 + 1e-9 * least, "{chosen} against {least}");
    Ok(())
}

fn carbon_split(objective: &str, parts: usize) -> [(&'static str, Value); 2] {
    [("objective", text(objective)), ("parts", Value::Number(parts as f64))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The slow twin runs every chain through the engine.
    #[test]
    fn carbon_split_finds_the_chain_of_least_simulated_carbon_energy_or_time(
        layers in layers(), devices in devices(), parts in 1_usize..5, urgency in 0.0_f64..1.0,
    ) {
        let mut world = world(&layers, &devices);
        let all: Vec<Took> = all_chains(&world, parts).into_iter().map(|plan| simulated(&world, Always(plan)).0).collect();
        let by = |world: &World, objective| simulated(world, scheduler(world, "carbon-split", &carbon_split(objective, parts))).0;
        is_least(by(&world, "carbon").carbon, all.iter().map(|took| took.carbon))?;
        is_least(by(&world, "energy").energy, all.iter().map(|took| took.energy))?;
        is_least(by(&world, "latency").time, all.iter().map(|took| took.time))?;
        // A deadline between the fastest chain and the greenest.
        let fastest = all.iter().map(|took| took.time).fold(f64::INFINITY, f64::min);
        let limit = fastest + urgency * (by(&world, "carbon").time - fastest).max(0.0);
        world.request_classes[RequestClassId(0)].deadline = Some(secs(limit));
        let chosen = by(&world, "carbon-within-deadline");
        let within = |limit: f64| all.iter().filter(move |took| took.time <= limit).map(|took| took.carbon).fold(f64::INFINITY, f64::min);
        prop_assert!(chosen.time <= limit + ROUNDING_S);
        prop_assert!(chosen.carbon >= within(limit + ROUNDING_S) * (1.0 - 1e-9));
        prop_assert!(chosen.carbon <= within(limit - ROUNDING_S) * (1.0 + 1e-9));
    }

    #[test]
    fn neurosurgeon_finds_the_cut_of_least_simulated_time_or_energy_that_memories_allow(
        layers in layers(), devices in devices(), server in 1_usize..4,
    ) {
        let world = world(&layers, &devices);
        let server = DeviceId(server.min(devices.len() - 1) as u32);
        let origin_first = |plan: &Plan| match plan[..] {
            [(only, _)] => only == DeviceId(0) || only == server,
            _ => plan.len() == 2 && plan[0].0 == DeviceId(0) && plan[1].0 == server,
        };
        let plans = all_chains(&world, 2).into_iter().filter(origin_first);
        let all: Vec<Took> = plans.map(|plan| simulated(&world, Always(plan)).0).collect();
        let name = world.device_name(server).into_owned();
        let by = |objective| {
            let given = [("objective", text(objective)), ("server", text(&name))];
            simulated(&world, scheduler(&world, "neurosurgeon", &given)).0
        };
        is_least(by("latency").time, all.iter().map(|took| took.time))?;
        is_least(by("energy").own, all.iter().map(|took| took.own))?;
    }

    #[test]
    fn pipeline_dp_finds_the_chain_of_the_least_slowest_step(
        layers in layers(), devices in devices(), parts in 1_usize..5,
    ) {
        let world = world(&layers, &devices);
        let given = [("parts", Value::Number(parts as f64))];
        let (_, chosen) = simulated(&world, scheduler(&world, "pipeline-dp", &given));
        let all = all_chains(&world, parts);
        is_least(slowest_step(&world, &chosen), all.iter().map(|plan| slowest_step(&world, plan)))?;
        // Of equals the one that is over first.
        let least = slowest_step(&world, &chosen) * (1.0 + 1e-12);
        let time = |plan: &Plan| {
            let computed: f64 = plan.iter().map(|&(device, cuts)| seconds(&world, device, cuts)).sum();
            computed + moves(&world, plan).map(|(from, to, data)| world.transfer_time(from, to, data).as_secs()).sum::<f64>()
        };
        is_least(time(&chosen), all.iter().filter(|plan| slowest_step(&world, plan) <= least).map(time))?;
    }

    /// What the slowest step is for: behind each other, requests are over at its pace.
    #[test]
    fn a_saturated_pipeline_ends_a_request_every_slowest_step(layers in layers(), mut devices in devices()) {
        // Nothing is to load, which would hold the first ones up.
        devices.iter_mut().for_each(|device| device.1 = 1.6);
        let world = world(&layers, &devices);
        let given = [("parts", Value::Number(4.0))];
        let (_, plan) = simulated(&world, scheduler(&world, "pipeline-dp", &given));
        // A plan that comes back to the origin sends twice over its uplink.
        prop_assume!(plan[1..].iter().all(|&(device, _)| device != DeviceId(0)));
        let (_, mut records) = run_with(&world, Script::at(&[0.0; 12]), Always(plan.clone()));
        records.sort_by_key(|record| record.end);
        let pace = records[11].end.since(records[10].end).as_secs();
        prop_assert!((pace - slowest_step(&world, &plan)).abs() <= ROUNDING_S, "{pace}");
    }

    #[test]
    fn amp4ecs_partitioner_finds_the_optimum_or_the_published_shares(layers in layers(), devices in devices()) {
        let world = world(&layers, &devices);
        let chain = by_distance(&world);
        for measure in ["parameters", "macs"] {
            let load = |plan: &Plan| {
                let loads = plan.iter().map(|&(device, cuts)| {
                    (work(&world, measure, cuts.to) - work(&world, measure, cuts.from)) / world.class_of(device).cores
                });
                loads.fold(0.0, f64::max)
            };
            let by = |balance| {
                let given = [("measure", text(measure)), ("balance", text(balance)), ("parts", Value::Number(4.0))];
                simulated(&world, scheduler(&world, "amp4ec-partition", &given)).1
            };
            let place = |device| chain.iter().position(|&other| other == device);
            let in_order = |plan: &&Plan| plan.windows(2).all(|pair| place(pair[0].0) < place(pair[1].0));
            let all = all_chains(&world, 4);
            is_least(load(&by("optimal")), all.iter().filter(in_order).map(load))?;
            match published_shares(&world, &chain, measure) {
                Some(plan) => prop_assert_eq!(by("shares"), plan),
                None => is_least(load(&by("shares")), all.iter().filter(in_order).map(load))?,
            }
        }
    }
}

fn seconds(world: &World, device: DeviceId, cuts: Cuts) -> f64 {
    world.cost(device, ModelId(0)).expect("a table").time_s(cuts)
}

/// What data goes from where to where by a plan.
fn moves<'a>(world: &'a World, plan: &'a Plan) -> impl Iterator<Item = (DeviceId, DeviceId, Bytes)> + 'a {
    let stops = || plan.iter().map(|&(device, cuts)| (device, cuts.from)).chain([(DeviceId(0), last(world))]);
    let from = std::iter::once(DeviceId(0)).chain(plan.iter().map(|&(device, _)| device));
    from.zip(stops()).map(|(from, (to, cut))| (from, to, world.models[ModelId(0)].tensor(cut)))
}

fn slowest_step(world: &World, plan: &Plan) -> f64 {
    let computing = plan.iter().map(|&(device, cuts)| seconds(world, device, cuts));
    let links = moves(world, plan)
        .filter(|(from, to, _)| from != to)
        .flat_map(|(from, to, data)| world.hops(from, to).map(move |link| data.0 * 8.0 / link.rate.0));
    computing.chain(links).fold(0.0, f64::max)
}

fn by_distance(world: &World) -> Vec<DeviceId> {
    let mut chain: Vec<DeviceId> = world.devices.ids().collect();
    let first = Cuts { from: 0, to: 1 };
    chain.retain(|&device| world.can_run_segment(device, ModelId(0), first));
    chain.sort_by_key(|&device| (world.latency(DeviceId(0), device), device));
    chain
}

fn work(world: &World, measure: &str, cut: u16) -> f64 {
    let cut = &world.models[ModelId(0)].cuts[usize::from(cut)];
    if measure == "macs" { cut.macs.0 } else { cut.parameters.0 }
}

/// AMP4EC's partitioner word by word, a layer at a time: `None` if a device is given more than it holds.
fn published_shares(world: &World, chain: &[DeviceId], measure: &str) -> Option<Plan> {
    let (end, cores) = (last(world), |k: usize| world.class_of(chain[k]).cores);
    let all: f64 = (0..chain.len()).map(cores).sum();
    let holds =
        |k: usize, from: u16, to: u16| from == to || world.can_run_segment(chain[k], ModelId(0), Cuts { from, to });
    let load = |k: usize, from: u16, to: u16| (work(world, measure, to) - work(world, measure, from)) / cores(k);
    // Layers go to a device until the capability so far has its share of all the work, or until it is full.
    let (mut ends, mut layer, mut capability) = (Vec::new(), 0, 0.0);
    for k in 0..chain.len() - 1 {
        let from = layer;
        capability += cores(k);
        while layer < end
            && work(world, measure, layer) < work(world, measure, end) * capability / all
            && holds(k, from, layer + 1)
        {
            layer += 1;
        }
        ends.push(layer);
    }
    ends.push(end);
    // A device with more than its neighbour gives its last layer away while that makes the larger of both smaller.
    let from = |ends: &[u16], k: usize| if k == 0 { 0 } else { ends[k - 1] };
    let larger = |ends: &[u16], k: usize| {
        let (a, b, c) = (from(ends, k), ends[k], ends[k + 1]);
        if holds(k, a, b) && holds(k + 1, b, c) { load(k, a, b).max(load(k + 1, b, c)) } else { f64::INFINITY }
    };
    loop {
        let before = ends.clone();
        for k in 0..chain.len() - 1 {
            let mut given = ends.clone();
            given[k] = given[k].saturating_sub(1);
            if ends[k] > from(&ends, k) && larger(&given, k) < larger(&ends, k) {
                ends = given;
            }
        }
        if ends == before {
            break;
        }
    }
    let parts = (0..chain.len()).map(|k| (k, from(&ends, k), ends[k]));
    parts
        .clone()
        .all(|(k, from, to)| holds(k, from, to))
        .then(|| parts.filter(|(_, from, to)| from < to).map(|(k, from, to)| (chain[k], Cuts { from, to })).collect())
}

/// Sends the first requests where it is told, and checks each later choice of a scheduler against all chains.
struct Referee {
    crowd: Vec<DeviceId>,
    chains: Vec<Plan>,
    inner: Box<dyn Scheduler>,
    objective: &'static str,
    checked: usize,
}

impl Referee {
    fn grams(request: &Request, view: &View, plan: &Plan) -> f64 {
        let computed = plan
            .iter()
            .map(|&(device, cuts)| (view.segment_energy(request, device, cuts) * view.intensity_at(device)).0);
        computed.sum::<f64>() + view.plan_transfer_cost(request, plan).1.0
    }

    fn check(&mut self, request: &Request, view: &View, chosen: &Plan) {
        self.checked += 1;
        let time = |plan: &Plan| view.plan_time(request, plan);
        let left = request.deadline.expect("a deadline").since(view.now());
        let in_time: Vec<&Plan> = self.chains.iter().filter(|plan| time(plan) <= left).collect();
        let least = |plans: &mut dyn Iterator<Item = &Plan>| {
            plans.map(|plan| OrderedFloat(Self::grams(request, view, plan))).min()
        };
        match (self.objective, least(&mut in_time.iter().copied())) {
            ("carbon-within-deadline", Some(grams)) => {
                assert!(time(chosen) <= left);
                assert!((Self::grams(request, view, chosen) - grams.0).abs() <= 1e-9 * grams.0);
            }
            ("carbon", _) => {
                let grams = least(&mut self.chains.iter()).expect("a chain");
                assert!((Self::grams(request, view, chosen) - grams.0).abs() <= 1e-9 * grams.0);
            }
            _ => assert_eq!(Some(time(chosen)), self.chains.iter().map(time).min(), "{}", self.objective),
        }
    }
}

impl Scheduler for &mut Referee {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        if let Some(&device) = self.crowd.get(request.id as usize) {
            return Decision::Run(PlanId::whole(device));
        }
        let decision = self.inner.decide(request, view);
        let Decision::Run(plan) = decision else { panic!("{decision:?}") };
        let whole = view.whole(request.model);
        let segments = (0..).map_while(|k| view.segment(plan, k));
        let chosen = segments.map(|segment| (segment.device, segment.cuts.unwrap_or(whole))).collect();
        self.check(request, view, &chosen);
        decision
    }

    fn published(&mut self, zone: ZoneId, view: &View) {
        self.inner.published(zone, view);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Queues, memories that fill, requests of other work, intensities that change: what is remembered is never stale.
    #[test]
    fn carbon_splits_memory_never_shows(
        layers in layers(), devices in devices(), crowd in prop::collection::vec(0_u32..4, 0..6),
        later in prop::collection::vec((0.0_f64..18_000.0, prop::bool::ANY), 1..8), deadline in 0.01_f64..3.0,
    ) {
        let mut world = world(&layers, &devices);
        world.settings.preload = Preload::None;
        let ids: Vec<_> = world.classes.ids().collect();
        ids.into_iter().for_each(|id| world.classes[id].load.rate = ByteRate(1e6));
        world.request_classes[RequestClassId(0)].deadline = Some(secs(deadline));
        let able = |&device: &DeviceId| world.can_run(device, ModelId(0));
        let crowd: Vec<DeviceId> = crowd.into_iter().map(|k| DeviceId(k % devices.len() as u32)).filter(able).collect();
        for objective in ["carbon", "carbon-within-deadline", "latency"] {
            let mut arrivals = vec![arrival(0.0); crowd.len() + 1];
            // Work of a power of two keeps figures exact.
            arrivals.extend(later.iter().map(|&(at, heavy)| sim_core::arrival::Arrival {
                work: if heavy { 2.0 } else { 1.0 },
                ..arrival(at)
            }));
            let inner = scheduler(&world, "carbon-split", &carbon_split(objective, 3));
            let chains = all_chains(&world, 3);
            let mut referee = Referee { crowd: crowd.clone(), chains, inner, objective, checked: 0 };
            let (_, records): (_, Vec<RequestRecord>) = run_with(&world, Script::of(arrivals), &mut referee);
            prop_assert_eq!(referee.checked, later.len() + 1);
            prop_assert!(records.iter().all(|record| record.device.is_some()));
        }
    }
}
