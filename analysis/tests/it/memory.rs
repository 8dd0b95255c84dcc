//! Nothing is kept for each served request: allocations while a recorder listens.

use allocation_counter::{AllocationInfo, measure};
use analysis::recorder::Recorder;
use analysis::sample::Sample;
use analysis::summary::{About, Summary};
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::engine::{Engine, Outcome};
use sim_core::ids::{ClientId, DeviceId, ModelId, PlanId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::record::{Ending, Observer, Record, RequestRecord};
use sim_core::scheduler::Reason;
use sim_core::units::{Bytes, Grams, Joules, SimDuration, SimTime};

use crate::toolkit::{scheduler, world};

/// A request whose every figure differs from its neighbours': all endings, both models, spans from 1 ns to a year.
fn request(id: u64) -> Record {
    let span = |salt: u64| SimDuration(1 << ((id ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58).min(54));
    let endings =
        [Ending::Completed, Ending::Late, Ending::Rejected(Reason::NoDevice), Ending::Rejected(Reason::OverLimits)];
    let device = DeviceId((id / 2 % 2) as u32);
    Record::Request(RequestRecord {
        id,
        model: ModelId((id % 2) as u32),
        class: RequestClassId(0),
        origin: DeviceId(0),
        input: Bytes(1e5),
        work: 1.0,
        start_by: SimTime(id),
        deadline: None,
        device: Some(device),
        // One device's plan, or one of two plans that split.
        plan: Some(if id % 3 == 0 { PlanId::whole(device) } else { PlanId(2 + (id % 2) as u32) }),
        arrival: SimTime(id),
        end: SimTime(id + span(1).0),
        ending: endings[(id / 4 % 4) as usize],
        deferred: span(2),
        network: span(3),
        queued: span(4),
        loading: span(5),
        service: span(6),
        energy: Joules(1.0),
        carbon: Grams(1e-3),
    })
}

#[test]
fn a_recorder_whose_sample_is_full_allocates_nothing_however_many_requests_it_hears() {
    const LIMIT: usize = 1_000;
    let mut recorder = Recorder::with_sample(&world(), Sample::new(LIMIT));
    let first = 2 * LIMIT as u64;
    (0..first).for_each(|id| recorder.record(&request(id)));
    let heard = measure(|| (first..1_000_000).for_each(|id| recorder.record(&request(id))));
    assert_eq!(heard, AllocationInfo::default());
    assert_eq!(recorder.all().completed() + recorder.all().rejected(), 1_000_000);
    assert!(recorder.splits().len() > 1 && recorder.sample().records().len() <= LIMIT, "all parts were in use");
}

/// One request every four seconds, made when it is asked for.
struct Steady {
    next: u32,
    count: u32,
}

impl ArrivalSource for Steady {
    fn peek(&mut self) -> Option<SimTime> {
        (self.next < self.count).then(|| SimTime::from_secs(f64::from(self.next) * 4.0))
    }

    fn next(&mut self) -> Option<Arrival> {
        let at = self.peek()?;
        let k = self.next;
        self.next += 1;
        let (origin, model) = (DeviceId(k % 2), ModelId(k / 2 % 2));
        Some(Arrival {
            at,
            origin,
            model,
            class: RequestClassId(0),
            work: 1.0,
            input: None,
            slack: None,
            deadline: None,
            client: None,
        })
    }

    fn completed(&mut self, _: ClientId, _: SimTime) {}
}

/// Most bytes that a run with its recorder and summary held at once.
fn most_bytes(requests: u32) -> u64 {
    let world = world();
    let info = measure(|| {
        let mut source = Steady { next: 0, count: requests };
        let mut scheduler = scheduler("local", &world);
        let mut recorder = Recorder::with_sample(&world, Sample::new(100));
        let outcome = Engine::new(&world, Streams::new(1, 0), &mut source, &mut scheduler).run(&mut recorder);
        let Outcome::Finished(books) = outcome else { panic!("the run ended otherwise: {outcome:?}") };
        let summary = Summary::new(&books, &recorder, &world, About::default());
        assert_eq!(summary.requests.completed, u64::from(requests));
    });
    info.bytes_max
}

#[test]
fn the_most_memory_of_a_run_does_not_grow_with_the_requests_it_serves() {
    let (few, many) = (most_bytes(200), most_bytes(1_800));
    // A queue may round its room up; a single word for each request would be 12.8 kB.
    assert!(many <= few + 4_096, "{many} bytes for 1,800 requests, {few} for 200");
}
