//! Decisions that cost time and energy, by hand.

use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, PlanId, SiteId, ZoneId};
use sim_core::record::{Ending, RequestRecord};
use sim_core::scheduler::{Actions, Decision, Reason, Request, Scheduler, Ticket, View};
use sim_core::units::Watts;
use sim_core::world::World;
use sim_core::world::decision::DecisionCost;
use sim_core::world::device::Role;

use crate::toolkit::*;

/// Three candidates at site 0 (PUE 1.5, 100 g/kWh), two origins that only ask at site 1 (300 g/kWh); a decision takes
/// 0.1 + 3 · 0.1 s at 20 W.
fn charged(at: Option<SiteId>) -> World {
    let mut builder = Builder {
        devices: vec![
            (0, 0, Role::Shared),
            (0, 0, Role::Shared),
            (0, 0, Role::Shared),
            (0, 1, Role::Source),
            (0, 1, Role::Source),
        ],
        sites: vec![(0, 1.5), (1, 1.0)],
        zones: vec![constant(100.0), constant(300.0)],
        ..Builder::default()
    };
    builder.settings.decision = Some(DecisionCost { fixed_s: 0.1, per_candidate_s: 0.1, power: Watts(20.0), at });
    builder.build()
}

/// Requests at 0 s of devices 3, 3 and 4.
fn three() -> Script {
    Script::of([3, 3, 4].map(|origin| sim_core::arrival::Arrival { origin: DeviceId(origin), ..arrival(0.0) }).to_vec())
}

fn sojourns(records: &[RequestRecord]) -> Vec<f64> {
    let mut all: Vec<_> = records.iter().map(|record| (record.id, record.sojourn().as_secs())).collect();
    all.sort_by_key(|&(id, _)| id);
    all.into_iter().map(|(_, sojourn)| sojourn).collect()
}

#[test]
fn decisions_queue_at_the_machine_that_makes_them() {
    // One machine for all: 0.4, 0.8 and 1.2 s, then a second of computing on a device each. At the origins the third
    // request, of another device, waits for its own decision only.
    for (at, expected) in [(Some(SiteId(0)), [1.4, 1.8, 2.2]), (None, [1.4, 1.8, 1.4])] {
        let (_, records) = run(&charged(at), three(), "round-robin");
        let mut got = sojourns(&records);
        let mut expected = expected.to_vec();
        got.sort_by(f64::total_cmp);
        expected.sort_by(f64::total_cmp);
        got.iter().zip(&expected).for_each(|(&got, &expected)| close(got, expected));
        assert!(records.iter().all(|record| record.queued.as_secs() >= 0.4));
    }
}

#[test]
fn deciding_draws_power_where_it_is_done() {
    // 3 decisions · 0.4 s · 20 W: at the machine room's PUE in its zone, or at the origins in theirs.
    for (at, energy, intensity, site) in [(Some(SiteId(0)), 36.0, 100.0, SiteId(0)), (None, 24.0, 300.0, SiteId(1))] {
        let (books, records) = run(&charged(at), three(), "least-loaded");
        close(joules(&books.ledger, Account::Decision), energy);
        close(grams(&books.ledger, Account::Decision), energy * intensity / 3.6e6);
        close(books.ledger.decisions()[site].energy().0, energy);
        let zone = ZoneId(u32::from(at.is_none()));
        close(books.ledger.timeline()[zone][0].accounts.get(Account::Decision).energy().0, energy);
        assert!(records.iter().all(|record| record.energy.0 > energy / 3.0));
    }
}

/// Holds the first request, puts off the second, turns away the third, and places the first at 5 s.
#[derive(Default)]
struct Mixed(Option<Ticket>);

impl Scheduler for Mixed {
    fn start(&mut self, _: &View, actions: &mut Actions) {
        actions.wake_at(at(5.0));
    }
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        match (request.id, view.now() < at(3.0)) {
            (0, _) => {
                self.0 = Some(request.ticket);
                Decision::Hold
            }
            (1, true) => Decision::Defer(at(3.0)),
            (1, false) => Decision::Run(PlanId::whole(DeviceId(1))),
            _ => Decision::Reject(Reason::OverLimits),
        }
    }
    fn wake(&mut self, _: &View, actions: &mut Actions) {
        self.0.take().into_iter().for_each(|ticket| actions.place(ticket, PlanId::whole(DeviceId(0))));
    }
}

#[test]
fn every_answer_costs_a_decision_but_holding_which_costs_when_it_is_placed() {
    let mut world = charged(Some(SiteId(0)));
    world.request_classes[sim_core::ids::RequestClassId(0)].slack = secs(10.0);
    let (books, records) = run_with(&world, three(), Mixed::default());
    let by_id = |id: u64| records.iter().find(|record| record.id == id).expect("it ended");
    // Held to 5 s, decided for 0.4 s, computed.
    close(by_id(0).sojourn().as_secs(), 6.4);
    assert_eq!((by_id(0).deferred, by_id(0).queued), (secs(5.0), secs(0.4)));
    // Decided for 0.4 s, put off to 3 s, decided again.
    close(by_id(1).sojourn().as_secs(), 4.4);
    assert_eq!((by_id(1).deferred, by_id(1).queued), (secs(2.6), secs(0.8)));
    // Behind the second's first decision.
    assert_eq!((by_id(2).ending, by_id(2).sojourn()), (Ending::Rejected(Reason::OverLimits), secs(0.8)));
    close(joules(&books.ledger, Account::Decision), 4.0 * 0.4 * 20.0 * 1.5);
}
