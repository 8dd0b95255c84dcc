//! Cutting a chain of layers into contiguous parts for devices of unequal capability.

use ordered_float::OrderedFloat;

/// Boundaries of parts by capability share, then evened out (AMP4EC, arXiv 2504.00407).
///
/// `work` is the prefix sum of the layers' cost over the cuts, from 0; part k gets the cuts `b[k]..b[k + 1]` of the
/// boundaries `b` that are returned, one more than there are parts. Each part takes layers until its share of the
/// capability is reached; then a part that is larger for its share than the next one gives it its last layers as long
/// as the larger of the two shrinks.
#[must_use]
pub(crate) fn by_share(work: &[f64], capability: &[f64]) -> Vec<u16> {
    let total = work[work.len() - 1];
    let all: f64 = capability.iter().sum();
    let mut boundaries = vec![0];
    let mut share = 0.0;
    for part in &capability[..capability.len() - 1] {
        share += part;
        let reached = work.partition_point(|&done| done < total * share / all);
        boundaries.push(reached.min(work.len() - 1) as u16);
    }
    boundaries.push((work.len() - 1) as u16);
    even_out(work, capability, &mut boundaries);
    boundaries
}

fn even_out(work: &[f64], capability: &[f64], boundaries: &mut [u16]) {
    let load = |part: usize, from: u16, to: u16| (work[usize::from(to)] - work[usize::from(from)]) / capability[part];
    let mut moved = true;
    while moved {
        moved = false;
        for k in 1..capability.len() {
            let (from, at, to) = (boundaries[k - 1], boundaries[k], boundaries[k + 1]);
            let larger = |at: u16| load(k - 1, from, at).max(load(k, at, to));
            if at > from && larger(at - 1) < larger(at) {
                boundaries[k] -= 1;
                moved = true;
            }
        }
    }
}

/// Boundaries that make the largest part for its capability as small as can be, by dynamic programming from the last
/// part to the first; the earliest boundaries of equals.
#[must_use]
pub(crate) fn optimal(work: &[f64], capability: &[f64]) -> Vec<u16> {
    let last = work.len() - 1;
    let load = |part: usize, from: usize, to: usize| (work[to] - work[from]) / capability[part];
    // What is left from each cut for the parts after the one looked at, and where its part ends best.
    let mut rest: Vec<f64> = (0..=last).map(|from| load(capability.len() - 1, from, last)).collect();
    let mut ends: Vec<Vec<usize>> = Vec::new();
    for part in (0..capability.len() - 1).rev() {
        let largest = |from: usize, to: usize| OrderedFloat(load(part, from, to).max(rest[to]));
        let best = |from: usize| (from..=last).min_by_key(|&to| (largest(from, to), to)).unwrap_or(last);
        let end: Vec<usize> = (0..=last).map(best).collect();
        rest = (0..=last).map(|from| largest(from, end[from]).0).collect();
        ends.push(end);
    }
    let mut boundaries = vec![0];
    for end in ends.iter().rev() {
        let from = usize::from(boundaries[boundaries.len() - 1]);
        boundaries.push(end[from] as u16);
    }
    boundaries.push(last as u16);
    boundaries
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

    fn largest(work: &[f64], capability: &[f64], boundaries: &[u16]) -> f64 {
        let part =
            |(k, pair): (usize, &[u16])| (work[usize::from(pair[1])] - work[usize::from(pair[0])]) / capability[k];
        boundaries.windows(2).enumerate().map(part).fold(0.0, f64::max)
    }

    /// The slow twin: every contiguous partition.
    fn brute_force(work: &[f64], capability: &[f64]) -> f64 {
        fn go(work: &[f64], capability: &[f64], from: usize) -> f64 {
            let last = work.len() - 1;
            let load = |to: usize| (work[to] - work[from]) / capability[0];
            match capability.len() {
                1 => load(last),
                _ => (from..=last).map(|to| load(to).max(go(work, &capability[1..], to))).fold(f64::INFINITY, f64::min),
            }
        }
        go(work, capability, 0)
    }

    #[test]
    fn parts_are_proportional_to_the_papers_three_containers() {
        // Ten equal layers on 1.0, 0.6 and 0.4 CPUs: shares 5, 3 and 2.
        let work = prefix(&[1.0; 10]);
        assert_eq!(by_share(&work, &[1.0, 0.6, 0.4]), [0, 5, 8, 10]);
        assert_eq!(optimal(&work, &[1.0, 0.6, 0.4]), [0, 5, 8, 10]);
    }

    #[test]
    fn a_heavy_last_layer_of_a_part_goes_to_the_next() {
        // Half of 16 is reached with the third layer only, which makes the first part 13: the second takes it.
        let work = prefix(&[2.0, 2.0, 9.0, 3.0]);
        assert_eq!(by_share(&work, &[1.0, 1.0]), [0, 2, 4]);
    }

    #[test]
    fn a_device_beside_a_giant_gets_nothing() {
        let work = prefix(&[1.0, 1.0]);
        assert_eq!(optimal(&work, &[1000.0, 1.0]), [0, 2, 2]);
    }

    proptest! {
        #[test]
        fn the_optimal_partition_is_that_of_brute_force(
            steps in prop::collection::vec(0.0_f64..10.0, 1..9), capability in prop::collection::vec(0.1_f64..10.0, 1..5),
        ) {
            let work = prefix(&steps);
            let found = largest(&work, &capability, &optimal(&work, &capability));
            prop_assert!((found - brute_force(&work, &capability)).abs() < 1e-9);
        }

        #[test]
        fn shares_are_evened_out_to_within_a_layer_of_the_optimum(
            steps in prop::collection::vec(0.0_f64..10.0, 1..9), capability in prop::collection::vec(0.1_f64..10.0, 1..5),
        ) {
            let work = prefix(&steps);
            let boundaries = by_share(&work, &capability);
            prop_assert_eq!((boundaries[0], usize::from(boundaries[capability.len()])), (0, steps.len()));
            prop_assert!(boundaries.windows(2).all(|pair| pair[0] <= pair[1]));
            // A part exceeds its share, which no partition can undercut, by its last layer at most.
            let share = work[steps.len()] / capability.iter().sum::<f64>();
            let heaviest = steps.iter().copied().fold(0.0, f64::max);
            let weakest = capability.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(largest(&work, &capability, &boundaries) <= share + heaviest / weakest + 1e-9);
        }
    }
}
