//! Suspension: progress is kept, costs are exact, orders that make no sense abort the run, laws hold throughout.

use proptest::prelude::*;
use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, ModelId, PlanId, RequestClassId};
use sim_core::scheduler::{Actions, Decision, Request, Scheduler, Ticket, View};
use sim_core::units::{Bytes, Joules};
use sim_core::world::Preload;
use sim_core::world::device::{Role, WakeUp};

use crate::laws::random_world;
use crate::toolkit::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Suspend,
    Resume,
}

/// Runs every request at home, and carries out orders on requests by their numbers.
struct Orders {
    orders: Vec<(f64, Op, u64)>,
    tickets: Vec<Ticket>,
}

impl Orders {
    fn of(orders: &[(f64, Op, u64)]) -> Self {
        Self { orders: orders.to_vec(), tickets: Vec::new() }
    }
}

impl Scheduler for Orders {
    fn start(&mut self, _: &View, actions: &mut Actions) {
        self.orders.iter().for_each(|&(time, ..)| actions.wake_at(at(time)));
    }
    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        self.tickets.push(request.ticket);
        Decision::Run(PlanId::whole(DeviceId(0)))
    }
    fn wake(&mut self, _: &View, actions: &mut Actions) {
        let (_, op, id) = self.orders.remove(0);
        match op {
            Op::Suspend => actions.suspend(self.tickets[id as usize]),
            Op::Resume => actions.resume(self.tickets[id as usize]),
        }
    }
}

/// One device whose class of requests may be suspended.
fn interruptible(resume_cost: f64) -> Builder {
    let mut builder = Builder::default();
    let class = &mut builder.request_classes[0];
    (class.interruptible, class.resume_cost) = (true, secs(resume_cost));
    builder.settings.horizon.drain = secs(10.0 * HOUR);
    builder
}

fn job(seconds: f64, work: f64) -> sim_core::arrival::Arrival {
    sim_core::arrival::Arrival { work, ..arrival(seconds) }
}

#[test]
fn a_suspended_job_emits_what_its_hours_at_work_and_its_resumption_do() {
    let mut builder = interruptible(600.0);
    builder.zones = vec![hourly(&[100.0, 700.0, 50.0, 400.0])];
    // Two hours of work: the first at 100 g/kWh, the second and ten minutes more from 2 h on.
    let orders = Orders::of(&[(HOUR, Op::Suspend, 0), (2.0 * HOUR, Op::Resume, 0)]);
    let (books, records) = run_with(&builder.build(), Script::of(vec![job(0.0, 2.0 * HOUR)]), orders);
    let record = records[0];
    assert_eq!((record.deferred, record.service), (secs(HOUR), secs(2.0 * HOUR + 600.0)));
    assert_eq!(record.end, at(3.0 * HOUR + 600.0));
    let exposure = HOUR * 100.0 + HOUR * 50.0 + 600.0 * 400.0;
    close(joules(&books.ledger, Account::Dynamic), 5.0 * (2.0 * HOUR + 600.0));
    close(grams(&books.ledger, Account::Dynamic), 5.0 * exposure / 3.6e6);
}

#[test]
fn a_suspended_job_leaves_its_slot_to_others_and_queues_again() {
    // 10 s of work; from 4 s to 7 s it is suspended and another runs, one more holds the slot from 6.5 to 8.5.
    let orders = Orders::of(&[(4.0, Op::Suspend, 0), (7.0, Op::Resume, 0)]);
    let jobs = vec![job(0.0, 10.0), job(5.0, 1.0), job(6.5, 2.0)];
    let (books, records) = run_with(&interruptible(0.0).build(), Script::of(jobs), orders);
    let ends: Vec<(u64, f64)> = records.iter().map(|record| (record.id, record.end.as_secs())).collect();
    assert_eq!(ends, [(1, 6.0), (2, 8.5), (0, 14.5)]);
    let first = records[2];
    assert_eq!((first.deferred, first.queued, first.service), (secs(3.0), secs(1.5), secs(10.0)));
    close(joules(&books.ledger, Account::Dynamic), 5.0 * 13.0);
    // Alone on the device while in its slot: 10 W of idle power are its own.
    close(first.energy.0, 15.0 * 10.0);
}

#[test]
fn a_job_that_shares_a_device_keeps_the_progress_of_its_slower_hours() {
    let mut builder = interruptible(0.0);
    builder.classes[0].slots = 2;
    builder.classes[0].slot_scaling = vec![1.0, 0.5];
    // 0–2 s alone, 2–4 s at half speed: 3 of 10 done. Alone again from 6 s, at half speed until the other ends.
    // The other: 1 of 5 by 4 s, 3 by 6 s, the rest at half speed by 10 s; then 5 left of 10 for the first.
    let orders = Orders::of(&[(4.0, Op::Suspend, 0), (6.0, Op::Resume, 0)]);
    let (_, records) = run_with(&builder.build(), Script::of(vec![job(0.0, 10.0), job(2.0, 5.0)]), orders);
    assert_eq!(records.iter().map(|record| record.end.as_secs()).collect::<Vec<_>>(), [10.0, 15.0]);
}

#[test]
fn a_model_that_was_evicted_meanwhile_is_loaded_again_and_paid_for() {
    let mut builder = interruptible(0.0);
    builder.models = vec![model("a"), model("b")];
    builder.costs = vec![vec![(1.0, 5.0), (1.0, 5.0)]];
    builder.models.iter_mut().for_each(|model| model.parameters = Bytes(6e8));
    builder.settings.preload = Preload::None;
    let other = sim_core::arrival::Arrival { model: ModelId(1), ..arrival(20.0) };
    let orders = Orders::of(&[(10.0, Op::Suspend, 0), (30.0, Op::Resume, 0)]);
    let (books, records) = run_with(&builder.build(), Script::of(vec![job(0.0, 10.0), other]), orders);
    // Loads of 6 s: a, b (evicting a), a again.
    let first = records[1];
    assert_eq!((first.loading, first.service, first.end), (secs(12.0), secs(10.0), at(42.0)));
    close(joules(&books.ledger, Account::Load), 3.0 * 6.0 * 2.0);
}

#[test]
fn a_request_stops_where_it_stands_in_the_queue_or_when_its_model_is_loaded() {
    let mut builder = interruptible(5.0);
    builder.models[0].parameters = Bytes(6e8);
    builder.settings.preload = Preload::None;
    // The first loads until 6 s: ordered at 2 s it stops then, and the second has its turn (the model is there).
    // The third queues behind the second at 7 s and stops there. Nobody computed, so nobody computes anything again.
    let orders =
        Orders::of(&[(2.0, Op::Suspend, 0), (7.0, Op::Suspend, 2), (20.0, Op::Resume, 0), (30.0, Op::Resume, 2)]);
    let jobs = vec![job(0.0, 1.0), job(1.0, 2.0), job(3.0, 3.0)];
    let (_, records) = run_with(&builder.build(), Script::of(jobs), orders);
    let told: Vec<_> =
        records.iter().map(|r| (r.id, r.end.as_secs(), r.deferred.as_secs(), r.loading.as_secs())).collect();
    assert_eq!(told, [(1, 8.0, 0.0, 0.0), (0, 21.0, 14.0, 6.0), (2, 33.0, 23.0, 0.0)]);
}

#[test]
fn a_request_stops_when_its_data_has_arrived_and_not_on_its_way_home() {
    let mut builder = interruptible(5.0);
    builder.devices = vec![(0, 0, Role::Shared); 2];
    builder.access.latency = secs(1.0);
    // Two links of a second each way. Ordered at 1 s it stops at 2 s; from 11 s on its result is on the way.
    let orders = Orders::of(&[(1.0, Op::Suspend, 0), (10.0, Op::Resume, 0), (12.0, Op::Suspend, 0)]);
    let asked = sim_core::arrival::Arrival { origin: DeviceId(1), ..arrival(0.0) };
    let (_, records) = run_with(&builder.build(), Script::of(vec![asked]), orders);
    let record = records[0];
    assert_eq!((record.network, record.deferred, record.end), (secs(4.0), secs(8.0), at(13.0)));
}

#[test]
fn orders_that_are_taken_back_in_time_or_come_too_late_change_nothing() {
    let mut builder = interruptible(5.0);
    builder.models[0].parameters = Bytes(6e8);
    builder.settings.preload = Preload::None;
    // Suspended and resumed while loading; suspended at its end, and resumed after it.
    let orders =
        Orders::of(&[(2.0, Op::Suspend, 0), (3.0, Op::Resume, 0), (7.0, Op::Suspend, 0), (8.0, Op::Resume, 0)]);
    let (_, records) = run_with(&builder.build(), Script::of(vec![job(0.0, 1.0)]), orders);
    assert_eq!((records[0].end, records[0].deferred), (at(7.0), secs(0.0)));
}

#[test]
fn a_device_may_sleep_while_its_job_is_suspended_and_wakes_for_it() {
    let mut builder = interruptible(0.0);
    builder.classes[0].power.idle_timeout = Some(secs(1.0));
    builder.classes[0].power.wake = WakeUp { time: secs(2.0), energy: Joules(30.0) };
    let orders = Orders::of(&[(4.0, Op::Suspend, 0), (50.0, Op::Resume, 0)]);
    let (books, records) = run_with(&builder.build(), Script::of(vec![job(0.0, 10.0)]), orders);
    assert_eq!((records[0].end, records[0].queued), (at(58.0), secs(2.0)));
    close(joules(&books.ledger, Account::Wake), 30.0);
}

#[test]
fn nothing_starts_on_a_device_that_wakes_because_another_request_leaves_its_queue() {
    let mut builder = interruptible(0.0);
    builder.classes[0].power.idle_timeout = Some(secs(1.0));
    builder.classes[0].power.wake = WakeUp { time: secs(2.0), energy: Joules(30.0) };
    let orders = Orders::of(&[(11.0, Op::Suspend, 0), (20.0, Op::Resume, 0)]);
    let (_, records) = run_with(&builder.build(), Script::at(&[10.0, 10.5]), orders);
    assert_eq!(records.iter().map(|record| (record.id, record.end)).next(), Some((1, at(13.0))));
}

#[test]
fn what_is_suspended_at_the_end_counts_as_deferred_with_the_energy_it_took() {
    let orders = Orders::of(&[(4.0, Op::Suspend, 0)]);
    let (books, records) = run_with(&interruptible(0.0).build(), Script::of(vec![job(0.0, 10.0)]), orders);
    assert!(records.is_empty());
    assert_eq!((books.measured.deferred, books.measured.queued, books.measured.running), (1, 0, 0));
    close(joules(&books.ledger, Account::Dynamic), 5.0 * 4.0);
    close(books.ledger.requests().energy().0, 15.0 * 4.0);
}

#[test]
fn orders_that_make_no_sense_abort_the_run() {
    let refused = |builder: Builder, orders: &[(f64, Op, u64)]| {
        abort_message(&builder.build(), &mut Script::of(vec![job(0.0, 10.0)]), &mut Orders::of(orders))
    };
    let rigid = refused(Builder::default(), &[(1.0, Op::Suspend, 0)]);
    assert_eq!(rigid, "suspended request 0 of class `interactive`, which is not interruptible");
    let twice = refused(interruptible(0.0), &[(1.0, Op::Suspend, 0), (2.0, Op::Suspend, 0)]);
    assert_eq!(twice, "suspended request 0, which is suspended already");
    let running = refused(interruptible(0.0), &[(1.0, Op::Resume, 0)]);
    assert_eq!(running, "resumed request 0, which is not suspended");
}

/// Suspends and resumes whatever may be, as dice say, around a scheduler that places it.
struct Fickle {
    dice: u64,
    tickets: Vec<(Ticket, bool)>,
}

impl Scheduler for Fickle {
    fn start(&mut self, _: &View, actions: &mut Actions) {
        actions.wake_at(at(0.3));
    }
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let candidates: Vec<DeviceId> = view.candidates(request).collect();
        if request.class == RequestClassId(1) {
            self.tickets.push((request.ticket, false));
        }
        Decision::Run(PlanId::whole(candidates[request.id as usize % candidates.len()]))
    }
    fn wake(&mut self, view: &View, actions: &mut Actions) {
        for (ticket, suspended) in &mut self.tickets {
            self.dice = self.dice.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            if self.dice >> 62 == 0 {
                if *suspended {
                    actions.resume(*ticket)
                } else {
                    actions.suspend(*ticket)
                }
                *suspended = !*suspended;
            }
        }
        actions.wake_at(view.now() + secs(0.7));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_law_holds_however_requests_are_suspended_and_resumed(
        dice: [[u32; 8]; 3],
        devices in prop::collection::vec((0usize..3, 0usize..2, any::<u32>()), 1..5),
        choices: [u32; 8],
        requests in prop::collection::vec((0u32..130, 0u32..64), 0..40),
        seed: u64,
    ) {
        let mut builder = random_world(&dice, &devices, &choices);
        // Without noise, what a request computes is known but for slots that slow each other down.
        builder.settings.service_noise = false;
        builder.classes.iter_mut().for_each(|class| class.slot_scaling.clear());
        let world = builder.build();
        let source = Script::of(requests.iter().map(|&(time, die)| sim_core::arrival::Arrival {
            origin: DeviceId(die % devices.len() as u32),
            model: ModelId(die / 7 % 2),
            class: RequestClassId(die / 3 % 2),
            work: 0.5 + f64::from(die % 4),
            ..arrival(f64::from(time))
        }).collect());
        let (books, records) = run_with(&world, source, Fickle { dice: seed, tickets: Vec::new() });
        let free = 1.0 - f64::from(choices[1] % 3) * 0.2;
        for record in &records {
            let spent = record.deferred + record.network + record.queued + record.loading + record.service;
            prop_assert_eq!(spent, record.sojourn());
            let class = world.devices[record.device.expect("it ran")].class;
            let alone = world.costs.get(class, record.model).expect("a cost").time_s(world.models[record.model].whole());
            let again = world.request_classes[record.class].resume_cost.as_secs();
            // Whole resumptions beside its own work, each instant rounded to the nanosecond.
            let extra = record.service.as_secs() * free - alone * record.work;
            let resumptions = if again > 0.0 { (extra / again).round() } else { 0.0 };
            prop_assert!(extra > -1e-6 && (extra - resumptions * again).abs() < 1e-6, "{extra} s of {again} s");
        }
        let open = books.measured.deferred + books.measured.queued + books.measured.running;
        prop_assert_eq!(records.len() as u64 + open, books.measured.arrived);
    }
}
