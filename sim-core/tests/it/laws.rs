//! Laws on random small worlds: conservation, partitions of the ledger, determinism.

use proptest::prelude::*;
use sim_core::arrival::Arrival;
use sim_core::ids::{DeviceId, ModelId, RequestClassId, SiteId};
use sim_core::schedulers::BUILTIN;
use sim_core::units::{BitRate, Bytes, Joules, JoulesPerByte, SimDuration, Watts};
use sim_core::world::decision::DecisionCost;
use sim_core::world::device::{Discipline, DynamicPower, Role, WakeUp};
use sim_core::world::link::LinkEnergy;
use sim_core::world::model::RequestClass;
use sim_core::world::topology::{Contention, EnergyScope};
use sim_core::world::{IdleRule, Preload};

use crate::toolkit::*;

/// A class of random shape from eight dice.
fn random_class(dice: &[u32; 8]) -> sim_core::world::device::DeviceClass {
    let mut made = class();
    made.slots = 1 + (dice[0] % 3) as u16;
    made.slot_scaling = if dice[1] % 2 == 0 { vec![] } else { vec![1.0, 0.7, 0.4] };
    made.discipline = if dice[2] % 2 == 0 { Discipline::Fifo } else { Discipline::Edf };
    made.memory = Bytes([1.5e6, 2.5e6, 1e9][(dice[3] % 3) as usize]);
    if dice[4] % 2 == 0 {
        made.power.dynamic = DynamicPower::Table([10.0, 13.0, 20.0].map(Watts).to_vec());
    }
    made.power.idle_timeout = (dice[5] % 2 == 0).then(|| secs(f64::from(dice[5] % 7)));
    made.power.wake = WakeUp { time: secs(f64::from(dice[6] % 3)), energy: Joules(30.0) };
    made.noise_sigma = f64::from(dice[7] % 3) * 0.2;
    made
}

pub fn random_world(dice: &[[u32; 8]; 3], devices: &[(usize, usize, u32)], choices: &[u32; 8]) -> Builder {
    let mut builder = Builder { models: vec![model("a"), model("b")], ..Builder::default() };
    builder.classes = dice.iter().map(random_class).collect();
    builder.costs = vec![vec![(1.0, 5.0), (3.0, 20.0)], vec![(0.2, 3.0), (0.9, 9.0)], vec![(2.0, 2.0), (4.0, 4.0)]];
    builder.zones = vec![hourly(&[100.0, 700.0, 50.0]), constant(300.0)];
    builder.sites = vec![(0, 1.3), (1, 1.0)];
    let role = |die| if die % 5 == 0 { Role::Source } else { Role::Shared };
    builder.devices = devices.iter().map(|&(class, site, die)| (class, site, role(die))).collect();
    builder.devices.extend([(2, 1, Role::Reserved), (2, 0, Role::Shared)]);
    builder.housed = choices[0] % 2 == 0;
    builder.background_load = f64::from(choices[1] % 3) * 0.2;
    builder.contention = if choices[2] % 2 == 0 { Contention::Fifo } else { Contention::None };
    builder.network.scope = if choices[3] % 2 == 0 { EnergyScope::Link } else { EnergyScope::EndToEnd };
    builder.network.end_to_end = JoulesPerByte(1e-4);
    builder.access.rate = BitRate(1e6);
    builder.access.latency = SimDuration::from_millis(2.0);
    builder.access.energy = LinkEnergy { per_byte: JoulesPerByte(1e-5), baseline: Watts(0.1), marginal: Watts(1.0) };
    builder.between = builder.access;
    builder.settings.idle_rule = [IdleRule::ByTime, IdleRule::ByUse, IdleRule::None][(choices[4] % 3) as usize];
    builder.settings.preload = if choices[5] % 2 == 0 { Preload::All } else { Preload::None };
    builder.settings.service_noise = true;
    builder.settings.telemetry.period = secs(f64::from(choices[6] % 3) * 5.0);
    builder.settings.telemetry.load_window = secs(f64::from(choices[7] % 2) * 20.0);
    builder.settings.decision = (choices[0] / 2 % 2 == 0).then(|| DecisionCost {
        fixed_s: f64::from(choices[1] / 3 % 3) * 0.1,
        per_candidate_s: f64::from(1 + choices[2] / 2 % 2) * 0.05,
        power: Watts(15.0),
        at: [None, Some(SiteId(0)), Some(SiteId(1))][(choices[3] / 2 % 3) as usize],
    });
    builder.settings.horizon.lead_in = secs(20.0);
    builder.settings.horizon.window = secs(100.0);
    builder.settings.horizon.interval = secs(30.0);
    let batch = RequestClass {
        name: "batch".into(),
        deadline: Some(secs(9.0)),
        slack: secs(50.0),
        interruptible: true,
        resume_cost: secs(f64::from(choices[5] % 3) * 0.3),
        zones: None,
    };
    builder.request_classes.push(batch);
    builder
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_law_holds_in_random_small_worlds_and_a_rerun_repeats_it(
        dice: [[u32; 8]; 3],
        devices in prop::collection::vec((0usize..3, 0usize..2, any::<u32>()), 1..6),
        choices: [u32; 8],
        requests in prop::collection::vec((0u32..130, 0u32..64), 0..40),
        scheduler in 0..BUILTIN.len(),
    ) {
        let world = random_world(&dice, &devices, &choices).build();
        let source = || Script::of(requests.iter().map(|&(time, die)| Arrival {
            at: at(f64::from(time)),
            origin: DeviceId(die % devices.len() as u32),
            model: ModelId(die / 7 % 2),
            class: RequestClassId(die / 3 % 2),
            work: 0.5 + f64::from(die % 4),
            input: (die % 3 == 0).then(|| Bytes(1e6 * f64::from(die))),
            slack: (die % 5 == 0).then(|| secs(f64::from(die % 40))),
            deadline: (die % 11 == 0).then(|| secs(2.0)),
            client: None,
        }).collect());
        // `run` expects the outcome Finished: the engine checks both laws itself.
        let (books, records) = run(&world, source(), BUILTIN[scheduler].name);
        let spent = |r: &sim_core::record::RequestRecord| r.deferred + r.network + r.queued + r.loading + r.service;
        for record in &records {
            prop_assert_eq!(spent(record), record.sojourn());
        }
        let cohort = requests.iter().filter(|(time, _)| (20..120).contains(time)).count() as u64;
        prop_assert_eq!(books.measured.arrived, cohort);
        let ended = books.measured.completed + books.measured.rejected;
        prop_assert_eq!(records.len() as u64, ended);
        let (again, same) = run(&world, source(), BUILTIN[scheduler].name);
        prop_assert_eq!(records, same);
        prop_assert_eq!(books.ledger.total(), again.ledger.total());
    }

    #[test]
    fn a_dirtier_grid_never_emits_less_and_longer_work_never_uses_less(
        requests in prop::collection::vec(0u32..100, 1..20), factor in 1.0f64..5.0,
    ) {
        let times: Vec<f64> = requests.iter().map(|&time| f64::from(time)).collect();
        let run_at = |intensity: f64, seconds: f64| {
            let mut builder = Builder { zones: vec![constant(intensity)], ..Builder::default() }.window(100.0);
            builder.costs = vec![vec![(seconds, 5.0 * seconds)]];
            let (books, _) = run(&builder.build(), Script::at(&times), "least-loaded");
            (books.ledger.total().energy().0, books.ledger.total().carbon().0)
        };
        let (base, dirty, long) = (run_at(200.0, 1.0), run_at(200.0 * factor, 1.0), run_at(200.0, factor));
        prop_assert!(dirty.1 >= base.1 && long.0 >= base.0 * (1.0 - 1e-12));
    }
}
