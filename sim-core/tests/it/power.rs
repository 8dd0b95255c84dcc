//! Power states: idle timeout, sleeping, waking and orders of a scheduler.

use sim_core::engine::ledger::Account;
use sim_core::ids::{DeviceId, PlanId};
use sim_core::scheduler::{Actions, Decision, PowerOrder, Request, Scheduler, Ticket, View};
use sim_core::units::{Joules, Watts};
use sim_core::world::device::WakeUp;

use crate::toolkit::*;

#[test]
fn a_device_that_fell_asleep_wakes_for_a_request_in_time_and_energy() {
    let mut builder = Builder::default().window(100.0);
    builder.classes[0].power.idle_timeout = Some(secs(10.0));
    builder.classes[0].power.wake = WakeUp { time: secs(2.0), energy: Joules(30.0) };
    let (books, records) = run(&builder.build(), Script::at(&[50.0]), "local");
    assert_eq!(records[0].sojourn(), secs(3.0));
    close(joules(&books.ledger, Account::Wake), 30.0);
    // Awake 0–10 s and 52–63 s, asleep at 1 W 10–50 s and 63–100 s.
    close(joules(&books.ledger, Account::Idle), 10.0 * 21.0 + 40.0 + 37.0);
    close(records[0].energy.0, 30.0 + 5.0 + 10.0);
}

/// Carries out power orders at given times, and serves requests at home.
struct Orders(Vec<(f64, PowerOrder)>);

impl Scheduler for Orders {
    fn start(&mut self, _: &View, actions: &mut Actions) {
        self.0.iter().for_each(|&(time, _)| actions.wake_at(at(time)));
    }
    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        Decision::Run(PlanId::whole(request.origin))
    }
    fn wake(&mut self, _: &View, actions: &mut Actions) {
        actions.power(DeviceId(0), self.0.remove(0).1);
    }
}

/// SimGrid's boot, without its shutdown phase, which is not modelled: idle 95 W, off 10 W, boot 150 s at 120 W.
#[test]
fn switching_off_books_the_past_at_the_power_it_had() {
    let mut builder = Builder::default().window(170.0);
    let power = &mut builder.classes[0].power;
    (power.idle, power.off) = (Watts(95.0), Watts(10.0));
    power.boot = WakeUp { time: secs(150.0), energy: Joules(18_000.0) };
    let orders = Orders(vec![(10.0, PowerOrder::Off), (20.0, PowerOrder::Wake)]);
    let (books, _) = run_with(&builder.build(), Script::at(&[]), orders);
    close(joules(&books.ledger, Account::Idle), 950.0 + 100.0);
    close(joules(&books.ledger, Account::Wake), 18_000.0);
}

#[test]
fn a_busy_device_ignores_an_order_to_sleep() {
    let builder = Builder::default().window(100.0);
    let (books, records) = run_with(&builder.build(), Script::at(&[1.0]), Orders(vec![(1.5, PowerOrder::Sleep)]));
    assert_eq!(records[0].sojourn(), secs(1.0));
    close(joules(&books.ledger, Account::Idle), 1000.0);
}

/// Holds every request and places all at one instant.
#[derive(Default)]
struct Batch(Vec<Ticket>);

impl Scheduler for Batch {
    fn start(&mut self, _: &View, actions: &mut Actions) {
        actions.wake_at(at(30.0));
    }
    fn decide(&mut self, request: &Request, _: &View) -> Decision {
        self.0.push(request.ticket);
        Decision::Hold
    }
    fn wake(&mut self, _: &View, actions: &mut Actions) {
        self.0.drain(..).for_each(|ticket| actions.place(ticket, PlanId(0)));
    }
}

#[test]
fn held_requests_run_when_they_are_placed_and_count_as_deferred_until_then() {
    let world = Builder::default().window(100.0).build();
    let (books, records) = run_with(&world, Script::at(&[5.0, 6.0, 40.0]), Batch::default());
    assert_eq!(records.iter().map(|r| r.end.as_secs()).collect::<Vec<_>>(), [31.0, 32.0]);
    assert_eq!(records[0].deferred, secs(25.0));
    assert_eq!((books.measured.completed, books.measured.deferred), (2, 1));
}

#[test]
fn waking_for_a_request_outside_the_cohort_leaves_no_hole_in_the_window() {
    let mut builder = Builder::default().window(100.0);
    builder.settings.horizon.lead_in = secs(10.0);
    builder.classes[0].power.idle_timeout = Some(secs(1.0));
    builder.classes[0].power.wake = WakeUp { time: secs(30.0), energy: Joules(600.0) };
    // Asleep at 1 s, woken at 9 s for a request of the lead-in, awake at 39 s, asleep again at 41 s.
    let (books, _) = run(&builder.build(), Script::at(&[9.0]), "local");
    close(joules(&books.ledger, Account::Wake), 29.0 * 20.0);
    close(joules(&books.ledger, Account::Idle), 10.0 * 2.0 + 69.0);
}
