//! Cutting a chain of layers into contiguous parts for devices of unequal capability.

use ordered_float::OrderedFloat;

/// A chain of layers and the devices that share it, in order.
pub(crate) struct Chain<'a, F> {
    /// Cost of the layers before each cut, from 0.
    pub work: &'a [f64],
    /// What each device can do; its part's load is cost over capability.
    pub capability: &'a [f64],
    /// Whether the n-th device has room for the layers between two cuts.
    pub fits: F,
}

impl<F: Fn(usize, usize, usize) -> bool> Chain<'_, F> {
    /// The load of a part; infinite where its device has no room for it.
    fn load(&self, part: usize, from: usize, to: usize) -> f64 {
        match from == to || (self.fits)(part, from, to) {
            true => (self.work[to] - self.work[from]) / self.capability[part],
            false => f64::INFINITY,
        }
    }

    fn last(&self) -> usize {
        self.work.len() - 1
    }

    /// Boundaries of parts by capability share, then evened out (AMP4EC, arXiv 2504.00407): one more than there are
    /// parts, part k between the k-th and the next; `None` if what is left over does not fit the last device.
    ///
    /// Each part takes layers until its share of the capability is reached or its device is full; then a part that is
    /// larger for its share than the next one gives it its last layers as long as the larger of the two shrinks.
    pub fn by_share(&self) -> Option<Vec<usize>> {
        let (total, all) = (self.work[self.last()], self.capability.iter().sum::<f64>());
        let mut boundaries = vec![0];
        let mut share = 0.0;
        for (part, capability) in self.capability[..self.capability.len() - 1].iter().enumerate() {
            share += capability;
            let from = boundaries[part];
            let reached = self.work.partition_point(|&done| done < total * share / all).clamp(from, self.last());
            boundaries.push((from..=reached).rev().find(|&to| self.load(part, from, to).is_finite()).unwrap_or(from));
        }
        boundaries.push(self.last());
        self.even_out(&mut boundaries);
        let part = |pair: (usize, &[usize])| self.load(pair.0, pair.1[0], pair.1[1]);
        boundaries.windows(2).enumerate().map(part).all(f64::is_finite).then_some(boundaries)
    }

    fn even_out(&self, boundaries: &mut [usize]) {
        let mut moved = true;
        while moved {
            moved = false;
            for k in 1..self.capability.len() {
                let (from, at, to) = (boundaries[k - 1], boundaries[k], boundaries[k + 1]);
                let larger = |at: usize| self.load(k - 1, from, at).max(self.load(k, at, to));
                if at > from && larger(at - 1) < larger(at) {
                    boundaries[k] -= 1;
                    moved = true;
                }
            }
        }
    }

    /// Boundaries that make the largest load as small as can be, by dynamic programming from the last part to the
    /// first, the earliest of equals; `None` if the chain does not fit the devices.
    pub fn optimal(&self) -> Option<Vec<usize>> {
        let last = self.last();
        // What is left from each cut for the parts after the one looked at, and where its part ends best.
        let mut rest: Vec<f64> = (0..=last).map(|from| self.load(self.capability.len() - 1, from, last)).collect();
        let mut ends: Vec<Vec<usize>> = Vec::new();
        for part in (0..self.capability.len() - 1).rev() {
            let largest = |from: usize, to: usize| OrderedFloat(self.load(part, from, to).max(rest[to]));
            let best = |from: usize| (from..=last).min_by_key(|&to| (largest(from, to), to)).unwrap_or(last);
            let end: Vec<usize> = (0..=last).map(best).collect();
            rest = (0..=last).map(|from| largest(from, end[from]).0).collect();
            ends.push(end);
        }
        let mut boundaries = vec![0];
        for end in ends.iter().rev() {
            boundaries.push(end[boundaries[boundaries.len() - 1]]);
        }
        boundaries.push(last);
        rest[0].is_finite().then_some(boundaries)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefix(steps: &[f64]) -> Vec<f64> {
        let sums = steps.iter().scan(0.0, |sum, step| {
            *sum += step;
            Some(*sum)
        });
        std::iter::once(0.0).chain(sums).collect()
    }

    /// Room for so much cost on each device.
    fn chain<'a>(
        work: &'a [f64], capability: &'a [f64], room: &'a [f64],
    ) -> Chain<'a, impl Fn(usize, usize, usize) -> bool + 'a> {
        Chain { work, capability, fits: |part, from, to| work[to] - work[from] <= room[part] }
    }

    fn roomy<'a>(work: &'a [f64], capability: &'a [f64]) -> Chain<'a, impl Fn(usize, usize, usize) -> bool + 'a> {
        Chain { work, capability, fits: |_, _, _| true }
    }

    fn largest<F: Fn(usize, usize, usize) -> bool>(chain: &Chain<F>, boundaries: &[usize]) -> f64 {
        let parts = boundaries.windows(2).enumerate();
        parts.map(|(part, pair)| chain.load(part, pair[0], pair[1])).fold(0.0, f64::max)
    }

    /// The slow twin: every contiguous partition.
    fn brute_force<F: Fn(usize, usize, usize) -> bool>(chain: &Chain<F>, part: usize, from: usize) -> f64 {
        let last = chain.last();
        if part + 1 == chain.capability.len() {
            return chain.load(part, from, last);
        }
        let with = |to: usize| chain.load(part, from, to).max(brute_force(chain, part + 1, to));
        (from..=last).map(with).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn parts_are_proportional_to_the_papers_three_containers() {
        // Ten equal layers on 1.0, 0.6 and 0.4 CPUs: shares 5, 3 and 2.
        let work = prefix(&[1.0; 10]);
        let chain = roomy(&work, &[1.0, 0.6, 0.4]);
        assert_eq!(chain.by_share(), Some(vec![0, 5, 8, 10]));
        assert_eq!(chain.optimal(), Some(vec![0, 5, 8, 10]));
    }

    #[test]
    fn a_heavy_last_layer_of_a_part_goes_to_the_next() {
        // Half of 16 is reached with the third layer only, which makes the first part 13: the second takes it.
        let work = prefix(&[2.0, 2.0, 9.0, 3.0]);
        assert_eq!(roomy(&work, &[1.0, 1.0]).by_share(), Some(vec![0, 2, 4]));
    }

    #[test]
    fn a_device_beside_a_giant_gets_nothing() {
        let work = prefix(&[1.0, 1.0]);
        assert_eq!(roomy(&work, &[1000.0, 1.0]).optimal(), Some(vec![0, 2, 2]));
    }

    #[test]
    fn a_full_device_leaves_the_rest_to_others_as_far_as_they_have_room() {
        // Shares would be 1 and 9 of ten layers, but the second device holds six.
        let work = prefix(&[1.0; 10]);
        let weak_first = chain(&work, &[1.0, 10.0], &[6.0, 6.0]);
        assert_eq!((weak_first.by_share(), weak_first.optimal()), (None, Some(vec![0, 4, 10])));
        // The first is full before its share is reached; the second takes over.
        assert_eq!(chain(&work, &[10.0, 1.0], &[6.0, 6.0]).by_share(), Some(vec![0, 6, 10]));
        assert_eq!(chain(&work, &[1.0, 1.0], &[4.0, 4.0]).optimal(), None);
    }

    proptest! {
        #[test]
        fn the_optimal_partition_is_that_of_brute_force(
            steps in prop::collection::vec(0.0_f64..10.0, 1..9),
            devices in prop::collection::vec((0.1_f64..10.0, 1.0_f64..60.0), 1..5),
        ) {
            let work = prefix(&steps);
            let (capability, room): (Vec<f64>, Vec<f64>) = devices.into_iter().unzip();
            let chain = chain(&work, &capability, &room);
            let least = brute_force(&chain, 0, 0);
            match chain.optimal() {
                None => prop_assert!(least.is_infinite()),
                Some(boundaries) => prop_assert!((largest(&chain, &boundaries) - least).abs() < 1e-9),
            }
            // Shares never beat the optimum, and never exceed a device's room.
            if let Some(boundaries) = chain.by_share() {
                prop_assert!(boundaries.windows(2).all(|pair| pair[0] <= pair[1]));
                prop_assert!(largest(&chain, &boundaries) >= least - 1e-9 && largest(&chain, &boundaries).is_finite());
            }
        }

        #[test]
        fn shares_are_evened_out_to_within_a_layer_of_the_optimum(
            steps in prop::collection::vec(0.0_f64..10.0, 1..9), capability in prop::collection::vec(0.1_f64..10.0, 1..5),
        ) {
            let work = prefix(&steps);
            let chain = roomy(&work, &capability);
            let boundaries = chain.by_share().expect("there is room");
            prop_assert_eq!((boundaries[0], boundaries[capability.len()]), (0, steps.len()));
            // A part exceeds its share, which no partition can undercut, by its last layer at most.
            let share = work[steps.len()] / capability.iter().sum::<f64>();
            let heaviest = steps.iter().copied().fold(0.0, f64::max);
            let weakest = capability.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(largest(&chain, &boundaries) <= share + heaviest / weakest + 1e-9);
        }
    }
}
