//! Which device asks: runs of devices that are alike, so that a million origins take the memory of their places.

use rand::RngExt;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;
use sim_core::ids::{DeviceId, Id};
use sim_core::kernel::rng::Stream;

use crate::error::ParameterError;

/// Devices of consecutive numbers that ask equally often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The one of the lowest number.
    pub first: DeviceId,
    /// How many they are, at least one.
    pub count: u32,
}

impl Run {
    /// Devices in their order, as few runs.
    #[must_use]
    pub fn of(devices: impl IntoIterator<Item = DeviceId>) -> Vec<Self> {
        Self::within(devices, |_| ())
    }

    /// Devices in their order, as few runs; those of one run are also of one `kind`.
    #[must_use]
    pub fn within<K: PartialEq>(
        devices: impl IntoIterator<Item = DeviceId>, kind: impl Fn(DeviceId) -> K,
    ) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for device in devices {
            match runs.last_mut().filter(|run| run.first.0 + run.count == device.0 && kind(run.first) == kind(device)) {
                Some(run) => run.count += 1,
                None => runs.push(Self { first: device, count: 1 }),
            }
        }
        runs
    }

    /// Its devices.
    pub fn devices(self) -> impl Iterator<Item = DeviceId> + Clone {
        (self.first.0..self.first.0 + self.count).map(DeviceId)
    }
}

/// A choice of the device that asks.
#[derive(Clone, Debug)]
pub struct Origins {
    runs: Vec<Run>,
    pick: Pick,
}

#[derive(Clone, Debug)]
enum Pick {
    /// Every device has the same probability: how many there are up to each run's end.
    Alike { ends: Vec<usize> },
    /// A run by its weight (alias method: Walker 1977, Vose 1991), then any of its devices.
    Weighted(WeightedAliasIndex<f64>),
}

impl Origins {
    /// Always the same device; no random number is drawn.
    #[must_use]
    pub fn only(device: DeviceId) -> Self {
        Self { runs: vec![Run { first: device, count: 1 }], pick: Pick::Alike { ends: vec![1] } }
    }

    /// Each device of these runs with the same probability.
    ///
    /// # Errors
    /// If there is none.
    pub fn alike(runs: Vec<Run>) -> Result<Self, ParameterError> {
        let mut total = 0;
        let ends: Vec<usize> = runs
            .iter()
            .map(|run| {
                total += run.count as usize;
                total
            })
            .collect();
        if total == 0 { Err(ParameterError::NoChoice) } else { Ok(Self { runs, pick: Pick::Alike { ends } }) }
    }

    /// Each device with a probability that is proportional to its weight: `each` says that of every device of a run.
    ///
    /// # Errors
    /// If there is none, or the weights are not finite, negative, all zero or not one a run.
    pub fn weighted(runs: Vec<Run>, each: &[f64]) -> Result<Self, ParameterError> {
        if runs.len() != each.len() {
            return Err(ParameterError::BadWeights);
        }
        let whole = runs.iter().zip(each).map(|(run, weight)| f64::from(run.count) * weight).collect();
        let table = WeightedAliasIndex::new(whole).map_err(|_| ParameterError::BadWeights)?;
        Ok(Self { runs, pick: Pick::Weighted(table) })
    }

    /// One of the devices.
    #[must_use]
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> DeviceId {
        match &self.pick {
            Pick::Alike { ends } => {
                let k = any_of(ends.last().copied().unwrap_or_default(), stream);
                let run = if ends.len() == 1 { 0 } else { ends.partition_point(|&end| end <= k) };
                let before = if run == 0 { 0 } else { ends[run - 1] };
                DeviceId::new(self.runs[run].first.index() + k - before)
            }
            Pick::Weighted(table) => {
                let run = self.runs[table.sample(stream)];
                DeviceId::new(run.first.index() + any_of(run.count as usize, stream))
            }
        }
    }
}

/// A number below `count`; of a single one no random number is drawn.
#[inline]
fn any_of(count: usize, stream: &mut Stream) -> usize {
    if count == 1 { 0 } else { stream.random_range(0..count) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::mix::Choice;
    use proptest::prelude::*;
    use sim_core::kernel::rng::{Purpose, Streams};

    proptest! {
        #[test]
        fn alike_devices_are_drawn_as_from_a_plain_list(
            devices in prop::collection::vec(0u32..9, 1..30), seed in any::<u64>(),
        ) {
            let devices: Vec<DeviceId> = devices.into_iter().map(DeviceId).collect();
            let runs = Run::within(devices.iter().copied(), |device| device.0 / 4);
            prop_assert_eq!(runs.iter().flat_map(|run| run.devices()).collect::<Vec<_>>(), devices.clone());
            prop_assert!(runs.iter().all(|run| run.first.0 / 4 == (run.first.0 + run.count - 1) / 4));
            let (origins, list) = (Origins::alike(runs).unwrap(), Choice::uniform(devices).unwrap());
            let stream = || Streams::new(seed, 0).stream(Purpose::Contents, 0);
            let (mut one, mut other) = (stream(), stream());
            for _ in 0..50 {
                prop_assert_eq!(origins.sample(&mut one), list.sample(&mut other));
            }
        }
    }

    #[test]
    fn devices_are_drawn_by_their_weight_and_equally_within_a_run() {
        let runs = vec![Run { first: DeviceId(0), count: 3 }, Run { first: DeviceId(7), count: 1 }];
        let origins = Origins::weighted(runs, &[1.0, 5.0]).unwrap();
        let mut stream = Streams::new(3, 0).stream(Purpose::Contents, 0);
        let mut counts = [0u32; 8];
        (0..80_000).for_each(|_| counts[origins.sample(&mut stream).index()] += 1);
        // Five standard deviations √(n p (1−p)) are at most 685.
        for (count, expected) in counts.iter().zip([10_000u32, 10_000, 10_000, 0, 0, 0, 0, 50_000]) {
            assert!(count.abs_diff(expected) <= if expected == 0 { 0 } else { 685 }, "{counts:?}");
        }
    }

    #[test]
    fn origins_that_choose_nothing_are_refused() {
        assert_eq!(Origins::alike(vec![]).unwrap_err(), ParameterError::NoChoice);
        let one = || Run::of([DeviceId(0)]);
        for weights in [&[0.0][..], &[-1.0], &[f64::NAN], &[1.0, 1.0]] {
            assert_eq!(Origins::weighted(one(), weights).unwrap_err(), ParameterError::BadWeights);
        }
    }
}
