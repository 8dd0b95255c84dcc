//! A bounded systematic sample of requests.

use sim_core::record::RequestRecord;

/// How many requests a sample holds unless told otherwise.
pub const DEFAULT_LIMIT: usize = 100_000;

/// The rule in words, as the file that holds a sample says it.
pub const RULE: &str = "ids divisible by the stride; the stride is the least power of two that keeps at most the limit";

/// Keeps the requests whose id is divisible by a stride that starts at 1 and doubles whenever more than `limit` are kept.
///
/// What is kept in the end depends only on which ids ended: the final stride is the least power of two that leaves at
/// most `limit` of them, in whatever order they came. Its memory is that of `limit` records. A pattern of arrivals that
/// repeats every 2, 4, 8 … requests (a fleet that takes turns) lines up with the stride: read shares off the summary,
/// which counts every request, and not off a sample.
#[derive(Clone, Debug)]
pub struct Sample {
    kept: Vec<RequestRecord>,
    stride: u64,
    limit: usize,
    seen: u64,
}

impl Sample {
    /// An empty sample of at most `limit` requests; a limit of 0 keeps none.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { kept: Vec::new(), stride: 1, limit, seen: 0 }
    }

    /// Offers a request; ids are distinct.
    #[inline]
    pub fn offer(&mut self, record: &RequestRecord) {
        self.seen += 1;
        if self.limit == 0 || record.id % self.stride != 0 {
            return;
        }
        self.kept.push(*record);
        while self.kept.len() > self.limit {
            self.stride *= 2;
            let stride = self.stride;
            self.kept.retain(|record| record.id % stride == 0);
        }
    }

    /// What is kept, in order of id.
    #[must_use]
    pub fn records(&self) -> Vec<&RequestRecord> {
        let mut records: Vec<_> = self.kept.iter().collect();
        records.sort_unstable_by_key(|record| record.id);
        records
    }

    /// Every kept id is divisible by this, and every offered id that is divisible by it is kept.
    #[must_use]
    pub fn stride(&self) -> u64 {
        self.stride
    }

    /// The most it keeps.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many requests were offered.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }
}

impl Default for Sample {
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sim_core::ids::{DeviceId, ModelId, RequestClassId};
    use sim_core::record::Ending;
    use sim_core::units::{Bytes, Grams, Joules, SimDuration, SimTime};

    fn request(id: u64) -> RequestRecord {
        RequestRecord {
            id,
            model: ModelId(0),
            class: RequestClassId(0),
            origin: DeviceId(0),
            input: Bytes::ZERO,
            work: 1.0,
            start_by: SimTime::ZERO,
            deadline: None,
            device: None,
            plan: None,
            arrival: SimTime::ZERO,
            end: SimTime::ZERO,
            ending: Ending::Completed,
            deferred: SimDuration::ZERO,
            network: SimDuration::ZERO,
            queued: SimDuration::ZERO,
            loading: SimDuration::ZERO,
            service: SimDuration::ZERO,
            energy: Joules::ZERO,
            carbon: Grams::ZERO,
        }
    }

    fn kept(ids: &[u64], limit: usize) -> (u64, Vec<u64>) {
        let mut sample = Sample::new(limit);
        for &id in ids {
            sample.offer(&request(id));
            assert!(sample.kept.len() <= limit);
        }
        (sample.stride(), sample.records().iter().map(|record| record.id).collect())
    }

    proptest! {
        #[test]
        fn a_sample_is_every_id_that_the_stride_divides_in_whatever_order_they_came(
            ids in prop::collection::btree_set(0u64..5_000, 0..600), limit in 1usize..40, seed in any::<u64>(),
        ) {
            let sorted: Vec<u64> = ids.into_iter().collect();
            let mut mixed = sorted.clone();
            mixed.sort_by_key(|id| (id ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let (stride, got) = kept(&mixed, limit);
            let divisible = |stride| sorted.iter().copied().filter(|id| id % stride == 0).collect::<Vec<_>>();
            prop_assert_eq!(&got, &divisible(stride));
            prop_assert!(stride.is_power_of_two() && got.len() <= limit);
            prop_assert!(stride == 1 || divisible(stride / 2).len() > limit, "the stride {} is too wide", stride);
        }
    }

    #[test]
    fn a_limit_of_zero_keeps_nothing() {
        assert_eq!(kept(&[0, 1, 2], 0), (1, vec![]));
    }
}
