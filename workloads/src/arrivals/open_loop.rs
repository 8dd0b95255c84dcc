//! An open loop: requests arrive at given instants, whatever the system does.

use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::ClientId;
use sim_core::kernel::rng::Streams;
use sim_core::units::SimTime;

use super::mix::{Lucks, Mix};

/// An arrival source from any iterator of ascending instants.
///
/// The contents of its k-th request come from the stream (contents, source, k): they depend on nothing else.
#[derive(Clone, Debug)]
pub struct OpenLoop<I> {
    instants: I,
    mix: Mix,
    lucks: Lucks,
    head: Option<SimTime>,
    taken: u64,
    until: SimTime,
    limit: u64,
}

impl<I: Iterator<Item = SimTime>> OpenLoop<I> {
    /// The source with number `source`, which must be its own among the sources of a run.
    #[must_use]
    pub fn new(mut instants: I, mix: Mix, streams: Streams, source: u32) -> Self {
        let head = instants.next();
        Self {
            instants,
            mix,
            lucks: Lucks::new(streams, u64::from(source)),
            head,
            taken: 0,
            until: SimTime::NEVER,
            limit: u64::MAX,
        }
    }

    /// The same source without any arrival at or after `until`.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }

    /// The same source with at most `limit` arrivals.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }
}

impl<I: Iterator<Item = SimTime>> ArrivalSource for OpenLoop<I> {
    fn peek(&mut self) -> Option<SimTime> {
        self.head.filter(|&at| at < self.until && self.taken < self.limit)
    }

    fn next(&mut self) -> Option<Arrival> {
        let at = self.peek()?;
        let luck = self.lucks.of(self.taken);
        self.taken += 1;
        self.head = self.instants.next();
        debug_assert!(self.head.is_none_or(|next| next >= at), "instants ascend");
        Some(self.mix.arrival(luck, at))
    }

    /// Nobody waits in an open loop.
    fn completed(&mut self, _client: ClientId, _at: SimTime) {}
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::arrivals::draw::Draw;
    use crate::arrivals::mix::{Choice, Contents};
    use crate::arrivals::origins::{Origins, Run};
    use sim_core::ids::{DeviceId, ModelId, RequestClassId};

    /// A mix whose every part is random.
    pub(crate) fn any_mix() -> Mix {
        let contents = Contents::new(
            Choice::uniform((0..4).map(ModelId).collect()).unwrap(),
            Choice::uniform((0..2).map(RequestClassId).collect()).unwrap(),
            Draw::exponential(1.0).unwrap(),
        );
        Mix::new(Origins::alike(Run::of((0..50).map(DeviceId))).unwrap(), contents.unwrap())
    }

    /// All that a source has to say.
    pub(crate) fn drained(source: &mut impl ArrivalSource) -> Vec<Arrival> {
        std::iter::from_fn(|| source.next()).collect()
    }

    #[test]
    fn arrivals_end_at_the_limit_or_before_the_end_whichever_is_first() {
        let source = OpenLoop::new((0..).map(SimTime), any_mix(), Streams::new(1, 0), 0);
        assert_eq!(drained(&mut source.clone().limit(7).until(SimTime(9))).len(), 7);
        assert_eq!(drained(&mut source.limit(17).until(SimTime(9))).last().unwrap().at, SimTime(8));
    }

    #[test]
    fn the_same_seed_repeats_all_contents_and_another_source_or_seed_does_not() {
        let contents = |seed, source| {
            let mut source = OpenLoop::new((0..200).map(SimTime), any_mix(), Streams::new(seed, 0), source);
            drained(&mut source)
        };
        assert_eq!(contents(1, 0), contents(1, 0));
        assert_ne!(contents(1, 0), contents(1, 1));
        assert_ne!(contents(1, 0), contents(2, 0));
    }
}
