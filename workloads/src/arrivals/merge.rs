//! Many arrival sources as one, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fmt;
use std::ops::Range;

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::ClientId;
use sim_core::units::SimTime;

use crate::error::ParameterError;

/// A source that can move to the thread of its run.
pub type AnySource = Box<dyn ArrivalSource + Send>;

/// Sources merged by (time, place in the list), in O(log n) an arrival.
pub struct Merge {
    sources: Vec<AnySource>,
    /// What each source's `peek` says.
    heads: Vec<Option<SimTime>>,
    /// Heads, and some that were: an entry counts only while it equals its source's head.
    heap: BinaryHeap<Reverse<(SimTime, usize)>>,
    /// Whose clients are whose, in ascending order.
    owners: Vec<(Range<u32>, usize)>,
}

impl Merge {
    /// Merges sources, each with the numbers of its clients; an open loop has the empty range.
    ///
    /// # Errors
    /// If a client belongs to two sources.
    pub fn new(sources: Vec<(AnySource, Range<u32>)>) -> Result<Self, ParameterError> {
        let (sources, ranges): (Vec<_>, Vec<_>) = sources.into_iter().unzip();
        let mut owners: Vec<_> = ranges.into_iter().enumerate().map(|(index, range)| (range, index)).collect();
        owners.retain(|(range, _)| !range.is_empty());
        owners.sort_by_key(|(range, _)| range.start);
        if let Some(pair) = owners.windows(2).find(|pair| pair[1].0.start < pair[0].0.end) {
            return Err(ParameterError::ClientTwice { client: pair[1].0.start });
        }
        let mut this = Self { heads: vec![None; sources.len()], heap: BinaryHeap::new(), sources, owners };
        (0..this.sources.len()).for_each(|index| this.look(index));
        Ok(this)
    }

    /// Asks a source for its head, and remembers it if it is new.
    fn look(&mut self, index: usize) {
        let head = self.sources[index].peek();
        if head == self.heads[index] {
            return;
        }
        self.heads[index] = head;
        if let Some(at) = head {
            self.heap.push(Reverse((at, index)));
        }
    }

    /// The source whose head is first, after outdated entries were dropped.
    fn first(&mut self) -> Option<(SimTime, usize)> {
        while let Some(&Reverse((at, index))) = self.heap.peek() {
            if self.heads[index] == Some(at) {
                return Some((at, index));
            }
            self.heap.pop();
        }
        None
    }
}

impl ArrivalSource for Merge {
    fn peek(&mut self) -> Option<SimTime> {
        self.first().map(|(at, _)| at)
    }

    fn next(&mut self) -> Option<Arrival> {
        let (_, index) = self.first()?;
        let arrival = self.sources[index].next();
        let head = self.sources[index].peek();
        self.heads[index] = head;
        // The new head takes the place of the old one: one way down the heap instead of two.
        let mut top = self.heap.peek_mut()?;
        match head {
            Some(at) => *top = Reverse((at, index)),
            None => {
                PeekMut::pop(top);
            }
        }
        arrival
    }

    fn completed(&mut self, client: ClientId, at: SimTime) {
        let after = self.owners.partition_point(|(range, _)| range.start <= client.0);
        let (range, index) =
            self.owners[..after].last().cloned().expect("invariant: every client belongs to a merged source");
        debug_assert!(range.contains(&client.0), "every client belongs to a merged source");
        self.sources[index].completed(client, at);
        self.look(index);
    }
}

impl fmt::Debug for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge").field("sources", &self.sources.len()).field("heads", &self.heads).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::closed_loop::ClosedLoop;
    use crate::arrivals::draw::Draw;
    use crate::arrivals::mix::{Contents, Mix};
    use crate::arrivals::open_loop::OpenLoop;
    use crate::arrivals::open_loop::tests::drained;
    use crate::arrivals::origins::Origins;
    use proptest::prelude::*;
    use sim_core::ids::{DeviceId, Id, ModelId, RequestClassId};
    use sim_core::kernel::rng::Streams;
    use sim_core::units::SimDuration;

    fn contents() -> Contents {
        Contents::plain(ModelId(0), RequestClassId(0))
    }

    /// An open loop at sorted instants whose origin tells its place in the list.
    fn open(mut instants: Vec<u64>, index: u32) -> AnySource {
        instants.sort_unstable();
        let mix = Mix::new(Origins::only(DeviceId(index)), contents());
        Box::new(OpenLoop::new(instants.into_iter().map(SimTime), mix, Streams::new(1, 0), index))
    }

    /// Two clients whose first requests come at `index`; they think for `think` [ns].
    fn closed(index: u32, think: u64) -> ClosedLoop {
        let origins = [DeviceId(2 * index), DeviceId(2 * index + 1)];
        let (think_s, first) = (Draw::constant(think as f64 * 1e-9).unwrap(), SimTime(u64::from(index)));
        ClosedLoop::new(&origins, ClientId(2 * index), think_s, contents(), first, Streams::new(1, 0)).unwrap()
    }

    fn merged(sources: Vec<ClosedLoop>) -> Merge {
        let boxed = sources.into_iter().map(|source| {
            let ids = source.client_ids();
            (Box::new(source) as AnySource, ids)
        });
        Merge::new(boxed.collect()).unwrap()
    }

    /// The slow twin: looks at every source each time.
    fn scanned(sources: &mut [ClosedLoop]) -> Option<Arrival> {
        let first = (0..sources.len()).filter_map(|s| sources[s].peek().map(|at| (at, s))).min();
        first.and_then(|(_, s)| sources[s].next())
    }

    proptest! {
        #[test]
        fn a_merge_is_a_stable_sort_of_all_arrivals(
            lists in prop::collection::vec(prop::collection::vec(0u64..40, 0..20), 0..9),
        ) {
            let sources = lists.iter().cloned().zip(0..).map(|(list, index)| (open(list, index), 0..0)).collect();
            let arrivals = drained(&mut Merge::new(sources).unwrap());
            let labelled = lists.iter().zip(0u32..).flat_map(|(list, index)| list.iter().map(move |&at| (at, index)));
            let mut twin: Vec<_> = labelled.collect();
            twin.sort_unstable();
            prop_assert_eq!(arrivals.iter().map(|a| (a.at.0, a.origin.0)).collect::<Vec<_>>(), twin);
        }

        #[test]
        fn answers_reach_the_clients_own_source(
            answers in prop::collection::vec((0usize..8, 0u64..50), 0..60), think in 0u64..5,
        ) {
            let mut twin: Vec<ClosedLoop> = (0..4).map(|index| closed(index, think)).collect();
            let mut merge = merged(twin.clone());
            let (mut waiting, mut now) = (Vec::<ClientId>::new(), SimTime::ZERO);
            for (pick, delay) in answers {
                let arrival = merge.next();
                prop_assert_eq!(arrival, scanned(&mut twin));
                now = arrival.map_or(now, |arrival| now.max(arrival.at)) + SimDuration(delay);
                waiting.extend(arrival.and_then(|arrival| arrival.client));
                if !waiting.is_empty() {
                    let client = waiting.swap_remove(pick % waiting.len());
                    merge.completed(client, now);
                    twin[client.index() / 2].completed(client, now);
                }
                prop_assert_eq!(merge.peek(), twin.iter_mut().filter_map(ArrivalSource::peek).min());
            }
        }
    }

    #[test]
    fn a_client_of_two_sources_is_refused() {
        let made = Merge::new(vec![(open(vec![], 0), 0..5), (open(vec![], 1), 4..6)]);
        assert_eq!(made.unwrap_err(), ParameterError::ClientTwice { client: 4 });
    }
}
