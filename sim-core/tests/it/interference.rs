//! Requests that slow each other down, against a slow twin that follows every speed by hand.

use std::collections::VecDeque;

use proptest::prelude::*;
use sim_core::arrival::Arrival;

use crate::toolkit::*;

const SCALING: [f64; 4] = [1.0, 0.7, 0.5, 0.3];

/// Ends of jobs (arrival, work) on one device, first in, first out: from event to event at the speed that holds.
fn twin(slots: usize, jobs: &[(f64, f64)]) -> Vec<f64> {
    let mut ends = vec![0.0; jobs.len()];
    let (mut now, mut next) = (0.0, 0);
    let (mut queue, mut running) = (VecDeque::new(), Vec::<(usize, f64)>::new());
    loop {
        while running.len() < slots
            && let Some(job) = queue.pop_front()
        {
            running.push((job, jobs[job].1));
        }
        let speed = SCALING[running.len().max(1) - 1];
        let shortest = (0..running.len()).min_by(|&a, &b| running[a].1.total_cmp(&running[b].1));
        let finish = shortest.map_or(f64::INFINITY, |k| now + running[k].1 / speed);
        let arrival = jobs.get(next).map_or(f64::INFINITY, |job| job.0);
        let to = finish.min(arrival);
        if to.is_infinite() {
            return ends;
        }
        running.iter_mut().for_each(|job| job.1 -= (to - now) * speed);
        now = to;
        match shortest.filter(|_| finish <= arrival) {
            Some(k) => ends[running.swap_remove(k).0] = now,
            None => {
                queue.push_back(next);
                next += 1;
            }
        }
    }
}

proptest! {
    #[test]
    fn the_engine_ends_every_request_when_the_twin_does(
        slots in 1u16..5, mut jobs in prop::collection::vec((0u32..100_000, 100u32..5_000), 1..60),
    ) {
        jobs.sort_unstable();
        let jobs: Vec<(f64, f64)> = jobs.iter().map(|&(time, work)| (f64::from(time) / 1e3, f64::from(work) / 1e3)).collect();
        let mut builder = Builder::default();
        builder.classes[0].slots = slots;
        builder.classes[0].slot_scaling = SCALING.to_vec();
        let arrivals = jobs.iter().map(|&(time, work)| Arrival { work, ..arrival(time) }).collect();
        let (_, records) = run(&builder.build(), Script::of(arrivals), "local");
        let ends = twin(usize::from(slots), &jobs);
        prop_assert_eq!(records.len(), jobs.len());
        for record in &records {
            let expected = ends[record.id as usize];
            prop_assert!((record.end.as_secs() - expected).abs() < 1e-6, "{} ends at {}, not {expected}", record.id, record.end.as_secs());
        }
    }
}

#[test]
fn an_old_end_of_computation_does_not_end_the_slots_next_request() {
    let mut builder = Builder::default();
    builder.classes[0].slots = 2;
    builder.classes[0].slot_scaling = vec![1.0, 0.5];
    let jobs = [(0.0, 10.0), (0.0, 1.0), (12.0, 10.0), (13.0, 10.0)];
    let arrivals = jobs.map(|(time, work)| Arrival { work, ..arrival(time) }).to_vec();
    let (_, records) = run(&builder.build(), Script::of(arrivals), "local");
    assert_eq!(
        records.iter().map(|r| (r.id, r.end.as_secs())).collect::<Vec<_>>(),
        [(1, 2.0), (0, 11.0), (2, 31.0), (3, 32.0)]
    );
}
