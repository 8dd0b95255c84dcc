//! A closed loop: clients that wait for their answer, think, and ask again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::{ClientId, DeviceId, Id};
use sim_core::kernel::rng::{Purpose, Streams};
use sim_core::units::{SimDuration, SimTime};

use super::draw::Draw;
use super::mix::{Contents, Lucks};
use crate::error::ParameterError;

/// Entities above this are clients, those below are open sources: their contents never share a stream.
const CLIENTS: u64 = 1 << 32;

/// Clients with one request each on its way at most.
///
/// A client thinks before each request. With a random think time its first request comes at `first` plus its think
/// time number 0, so clients start spread out; with a constant one every client starts at `first` itself. Think time
/// and contents of a client's k-th request come from streams named by (client, k), so they do not depend on the
/// order in which requests end.
#[derive(Clone, Debug)]
pub struct ClosedLoop {
    clients: Vec<Client>,
    first_client: ClientId,
    think_s: Draw,
    contents: Contents,
    streams: Streams,
    /// Requests to come, by time and then by client.
    due: BinaryHeap<Reverse<(SimTime, ClientId)>>,
    taken: u64,
    until: SimTime,
    limit: u64,
}

#[derive(Clone, Copy, Debug)]
struct Client {
    origin: DeviceId,
    /// Requests it has made.
    made: u64,
}

impl ClosedLoop {
    /// One client at each of `origins`, numbered from `first_client` on; `think_s` draws seconds [s].
    ///
    /// # Errors
    /// If there is no client.
    pub fn new(
        origins: &[DeviceId], first_client: ClientId, think_s: Draw, contents: Contents, first: SimTime,
        streams: Streams,
    ) -> Result<Self, ParameterError> {
        if origins.is_empty() {
            return Err(ParameterError::NoChoice);
        }
        let clients = origins.iter().map(|&origin| Client { origin, made: 0 }).collect();
        let due = BinaryHeap::with_capacity(origins.len());
        let (until, limit) = (SimTime::NEVER, u64::MAX);
        let mut this = Self { clients, first_client, think_s, contents, streams, due, taken: 0, until, limit };
        for index in 0..this.clients.len() {
            let client = ClientId::new(first_client.index() + index);
            let spread = if this.think_s.is_constant() { SimDuration::ZERO } else { this.think(client, 0) };
            this.due.push(Reverse((first + spread, client)));
        }
        Ok(this)
    }

    /// The same clients without any request at or after `until`.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }

    /// The same clients with at most `limit` requests in all.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// The numbers of its clients, as [`Merge`](super::merge::Merge) wants them.
    #[must_use]
    pub fn client_ids(&self) -> std::ops::Range<u32> {
        self.first_client.0..self.first_client.0 + self.clients.len() as u32
    }

    /// How long a client thinks before its k-th request.
    fn think(&self, client: ClientId, k: u64) -> SimDuration {
        let mut luck = self.streams.keyed(Purpose::Think, u64::from(client.0), k);
        SimDuration::from_secs(self.think_s.sample(&mut luck))
    }

    fn client(&mut self, id: ClientId) -> &mut Client {
        &mut self.clients[id.index() - self.first_client.index()]
    }
}

impl ArrivalSource for ClosedLoop {
    fn peek(&mut self) -> Option<SimTime> {
        let &Reverse((at, _)) = self.due.peek()?;
        (at < self.until && self.taken < self.limit).then_some(at)
    }

    fn next(&mut self) -> Option<Arrival> {
        self.peek()?;
        let Reverse((at, id)) = self.due.pop()?;
        self.taken += 1;
        let client = self.client(id);
        let (origin, k) = (client.origin, client.made);
        client.made += 1;
        let luck = Lucks::new(self.streams, CLIENTS + u64::from(id.0)).of(k);
        Some(self.contents.arrival(luck, at, origin, Some(id)))
    }

    fn completed(&mut self, client: ClientId, at: SimTime) {
        let made = self.client(client).made;
        debug_assert!(made > 0, "a client's request ends after it was made");
        let next = at + self.think(client, made);
        if next < self.until {
            self.due.push(Reverse((next, client)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::mix::Choice;
    use sim_core::ids::{ModelId, RequestClassId};

    fn clients(n: u32, think_s: Draw) -> ClosedLoop {
        let origins: Vec<DeviceId> = (0..n).map(DeviceId).collect();
        let contents =
            Contents::new(Choice::only(ModelId(0)), Choice::only(RequestClassId(0)), Draw::exponential(1.0).unwrap());
        let streams = Streams::new(9, 0);
        ClosedLoop::new(&origins, ClientId(10), think_s, contents.unwrap(), SimTime(100), streams).unwrap()
    }

    #[test]
    fn clients_that_think_alike_start_together_in_order_and_ask_again_after_their_answer() {
        let mut source = clients(3, Draw::constant(2e-9).unwrap());
        let first: Vec<_> = (0..3).map(|_| source.next().unwrap()).map(|a| (a.at.0, a.origin.0, a.client)).collect();
        assert_eq!(first, [(100, 0, Some(ClientId(10))), (100, 1, Some(ClientId(11))), (100, 2, Some(ClientId(12)))]);
        assert_eq!(source.peek(), None);
        source.completed(ClientId(12), SimTime(150));
        source.completed(ClientId(11), SimTime(150));
        assert_eq!(source.next().unwrap().client, Some(ClientId(11)));
        assert_eq!(source.next().unwrap().at, SimTime(152));
    }

    #[test]
    fn the_luck_of_a_client_does_not_depend_on_who_ends_first() {
        let run = |answers: [SimTime; 2]| {
            let mut source = clients(2, Draw::exponential(1.0).unwrap());
            let mut works = [Vec::new(), Vec::new()];
            for _ in 0..100 {
                let arrival = source.next().unwrap();
                let client = arrival.client.unwrap();
                let index = (client.0 - 10) as usize;
                works[index].push((arrival.work, source.think(client, works[index].len() as u64)));
                source.completed(client, arrival.at + SimDuration(answers[index].0));
            }
            works
        };
        let (one, other) = (run([SimTime(1), SimTime::from_secs(3.0)]), run([SimTime::from_secs(3.0), SimTime(1)]));
        for (a, b) in one.iter().zip(&other) {
            assert!(a.len() != b.len() && a.iter().zip(b).all(|(a, b)| a == b));
        }
    }

    #[test]
    fn mean_cycle_is_think_time_plus_response_time() {
        let mut source = clients(20, Draw::exponential(2.0).unwrap());
        let mut last = SimTime::ZERO;
        for _ in 0..40_000 {
            let arrival = source.next().unwrap();
            last = arrival.at;
            source.completed(arrival.client.unwrap(), arrival.at + SimDuration::from_secs(1.0));
        }
        // Throughput of n clients without queueing: X = n/(Z + R) (Denning & Buzen 1978); the deviation of 40,000
        // cycles is 2/3/√40,000 = 0.33 %; five of them.
        let throughput = 40_000.0 / last.as_secs();
        assert!((throughput / (20.0 / 3.0) - 1.0).abs() < 0.017, "{throughput}");
    }

    #[test]
    fn the_limit_counts_all_clients_together() {
        let mut source = clients(3, Draw::constant(0.0).unwrap()).limit(5);
        let mut made = 0;
        while let Some(arrival) = source.next() {
            made += 1;
            source.completed(arrival.client.unwrap(), arrival.at);
        }
        assert_eq!((made, source.peek()), (5, None));
    }
}
