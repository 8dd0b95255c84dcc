//! Transfers: store and forward, contention, energy and its zones.

use sim_core::arrival::Arrival;
use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, ModelId, PlanId, SiteId};
use sim_core::scheduler::{Decision, Request, Scheduler, View};
use sim_core::units::{BitRate, Bytes, Joules, JoulesPerByte, SimDuration, SimTime, Watts};
use sim_core::world::device::Role;
use sim_core::world::link::{Link, LinkEnergy};
use sim_core::world::topology::{Contention, EnergyScope};

use crate::toolkit::*;

/// A source at site 0, a box at site 1; 8 Mbit/s and 1 ms on every link.
fn two_sites() -> Builder {
    let link = Link { latency: SimDuration::from_millis(1.0), rate: BitRate(8e6), ..ideal_link() };
    Builder {
        devices: vec![(0, 0, Role::Source), (0, 1, Role::Shared)],
        sites: vec![(0, 1.0), (1, 1.0)],
        zones: vec![constant(100.0), constant(500.0)],
        access: link,
        between: link,
        ..Builder::default()
    }
}

#[test]
fn data_is_stored_and_forwarded_on_every_hop_there_and_back() {
    let (_, records) = run(&two_sites().build(), Script::at(&[0.0]), "nearest");
    // 3 hops of 100 ms + 1 ms for 100 kB in, 1 s of work, 3 hops of 1 ms + 1 ms for 1 kB back.
    assert_eq!(records[0].sojourn(), secs(0.303 + 1.0 + 0.006));
    assert_eq!(records[0].network, secs(0.309));
}

/// Runs everything on device 1 and notes what the view expects of it: completion by both ways, energy of moving.
#[derive(Default)]
struct Expect(Vec<(SimTime, SimDuration, Joules)>);

impl Scheduler for &mut Expect {
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let there = DeviceId(1);
        let whole = [(there, view.whole(request.model))];
        let (energy, _) = view.transfer_cost(request, there);
        assert_eq!(energy, view.plan_transfer_cost(request, &whole).0);
        self.0.push((view.expected_completion(request, there), view.plan_time(request, &whole), energy));
        Decision::Run(PlanId::whole(there))
    }
}

#[test]
fn an_input_of_its_own_size_travels_in_place_of_the_models_and_the_view_knows() {
    let mut builder = two_sites();
    builder.between.energy.per_byte = JoulesPerByte(1e-3);
    let own = Arrival { input: Some(Bytes(400e3)), ..arrival(10.0) };
    let mut expected = Expect::default();
    let (books, records) = run_with(&builder.build(), Script::of(vec![arrival(0.0), own]), &mut expected);
    // 3 hops of 400 ms + 1 ms in, 1 s of work, 3 hops of 1 ms + 1 ms back.
    assert_eq!(records[1].sojourn(), secs(1.203 + 1.0 + 0.006));
    assert_eq!((records[0].input, records[1].input), (Bytes(100e3), Bytes(400e3)));
    for (record, (completion, span, _)) in records.iter().zip(&expected.0) {
        assert_eq!((record.end, record.sojourn()), (*completion, *span));
    }
    close(joules(&books.ledger, Account::Network), expected.0.iter().map(|(_, _, energy)| energy.0).sum());
    close(joules(&books.ledger, Account::Network), 101.0 + 401.0);
}

#[test]
fn two_transfers_at_once_share_a_fifo_link_one_after_the_other() {
    for (contention, second) in [(Contention::Fifo, 0.403), (Contention::None, 0.303)] {
        let mut builder = Builder { contention, ..two_sites() };
        builder.classes[0].slots = 2;
        let (_, records) = run(&builder.build(), Script::at(&[0.0, 0.0]), "nearest");
        assert_eq!(records[0].sojourn(), secs(0.303 + 1.006));
        assert_eq!(records[1].sojourn(), secs(second + 1.006));
    }
}

#[test]
fn link_energy_goes_to_the_zones_at_its_ends() {
    let mut builder = two_sites();
    let energy = LinkEnergy { per_byte: JoulesPerByte(1e-3), ..LinkEnergy::default() };
    builder.access.energy = energy;
    builder.between.energy = energy;
    let (books, _) = run(&builder.build(), Script::at(&[0.0]), "nearest");
    // 101 J on each of three hops: the first in zone 0, the last in zone 1, the one between half each.
    close(joules(&books.ledger, Account::Network), 303.0);
    close(books.ledger.sites()[SiteId(0)].energy().0, 151.5);
    close(grams(&books.ledger, Account::Network), 151.5 * 600.0 / 3.6e6);
}

#[test]
fn end_to_end_coefficients_count_once_and_rescoring_agrees_with_them() {
    let mut builder = two_sites();
    builder.network.scope = EnergyScope::EndToEnd;
    builder.network.end_to_end = JoulesPerByte::from_kwh_per_gb(0.04);
    builder.access.energy.per_byte = JoulesPerByte(1.0);
    let (books, _) = run(&builder.build(), Script::at(&[0.0]), "nearest");
    close(joules(&books.ledger, Account::Network), 101e3 / 1e9 * 0.04 * 3.6e6);
    close(grams(&books.ledger, Account::Network), 101e3 / 1e9 * 0.04 * 300.0);
    close(books.ledger.network_at(0.04).0, grams(&books.ledger, Account::Network));
}

#[test]
fn a_coefficient_without_pue_is_multiplied_by_the_networks() {
    let mut builder = two_sites();
    builder.network.pue = 1.5;
    builder.between.energy.per_byte = JoulesPerByte(1e-3);
    let (books, _) = run(&builder.build(), Script::at(&[0.0]), "nearest");
    close(joules(&books.ledger, Account::Network), 151.5);
}

/// SimGrid's link: 1 W idle, 3 W busy, 100 kB/s, no latency; 25,000 B sent at 10 s.
#[test]
fn a_link_with_idle_power_draws_what_simgrid_says() {
    let mut builder = Builder {
        devices: vec![(0, 0, Role::Source), (0, 1, Role::Shared)],
        sites: vec![(0, 1.0), (0, 1.0)],
        ..Builder::default()
    };
    builder.models[0].cuts[0].tensor = Bytes(25_000.0);
    builder.models[0].cuts[1].tensor = Bytes(0.0);
    builder.costs = vec![vec![(0.0, 0.0)]];
    builder.settings.horizon.window = secs(10.25);
    builder.between.rate = BitRate(8e5);
    builder.between.energy = LinkEnergy { baseline: Watts(0.5), marginal: Watts(2.0), ..LinkEnergy::default() };
    let (books, records) = run(&builder.build(), Script::at(&[10.0]), "nearest");
    assert_eq!(records[0].end, at(10.25));
    // Each direction holds half of SimGrid's 1 W.
    close(joules(&books.ledger, Account::Network), 10.75);
}

#[test]
fn links_draw_nothing_of_their_own_where_coefficients_count_end_to_end() {
    let mut builder = two_sites();
    builder.network.scope = EnergyScope::EndToEnd;
    builder.between.energy = LinkEnergy { baseline: Watts(1.0), ..LinkEnergy::default() };
    let (books, _) = run(&builder.build(), Script::at(&[]), "nearest");
    assert_eq!(joules(&books.ledger, Account::Network), 0.0);
}

#[test]
fn a_transfer_that_does_not_end_is_not_booked() {
    let mut builder = two_sites().window(100.0);
    builder.settings.horizon.drain = secs(10.0);
    builder.access.rate = BitRate(800.0); // 1000 s for 100 kB
    builder.access.energy.per_byte = JoulesPerByte(1e-2);
    let (books, _) = run(&builder.build(), Script::at(&[0.0; 10]), "nearest");
    assert_eq!((books.measured.running, joules(&books.ledger, Account::Network)), (10, 0.0));
}

#[test]
fn nothing_overtakes_on_a_link_that_is_free_at_the_same_instant() {
    let mut builder = two_sites();
    builder.classes[0].slots = 2;
    builder.models = vec![model("large"), model("empty")];
    (builder.models[0].cuts[1].tensor, builder.models[1].cuts[1].tensor) = (Bytes(1e6), Bytes(0.0));
    builder.costs = vec![vec![(1.0, 5.0), (2.0, 5.0)]];
    builder.access = Link { rate: BitRate(8e6), ..ideal_link() };
    builder.between = Link { rate: BitRate(8e5), ..ideal_link() };
    let of = |model| Arrival { model: ModelId(model), input: Some(Bytes(0.0)), ..arrival(1.0) };
    let (_, records) = run(&builder.build(), Script::of(vec![of(0), of(1)]), "nearest");
    // The large result is on its way from 2 s to 3 s, 13 s and 14 s; the empty one sets out at 3 s and stays behind it.
    assert_eq!(
        records.iter().map(|record| (record.model.0, record.end)).collect::<Vec<_>>(),
        [(0, at(14.0)), (1, at(14.0))]
    );
}

#[test]
fn a_transfer_that_takes_no_time_meets_the_intensity_of_its_instant() {
    let zones = vec![hourly(&[100.0, 500.0])];
    let mut builder =
        Builder { devices: vec![(0, 0, Role::Source), (0, 0, Role::Shared)], zones, ..Builder::default() };
    builder.costs = vec![vec![(0.0, 0.0)]];
    builder.settings.horizon.window = secs(2.0 * HOUR);
    let world = builder.build();
    let (books, _) = run(&world, Script::at(&[10.0, 3600.0]), "nearest");
    // 100 kB there and 1 kB back, once in each hour.
    close(books.ledger.network_at(1.0).0, 101e3 / 1e9 * (100.0 + 500.0));
}
