//! Which steps of a series are gaps, when its step may change from one stretch to the next.

/// How many steps on either side tell what is regular.
const AROUND: usize = 5;

/// Steps that are gaps: index of the row before each, and the regular step there [ns].
///
/// A step belongs to its stretch if it is no longer than the median of the five before it or of the five after it. So
/// a series that turns from hours to quarters of an hour, or back, has no gap there; a hole in either has one. Where
/// neither side has five steps, all other steps are the neighbours.
pub(super) fn gaps(starts: &[i64]) -> Vec<(usize, i64)> {
    let steps: Vec<i64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let shortest = steps.iter().copied().min().unwrap_or(0);
    let long = (0..steps.len()).filter(|&k| steps[k] > shortest);
    long.filter_map(|k| regular(&steps, k).filter(|&regular| steps[k] > regular).map(|regular| (k, regular))).collect()
}

/// The longest step that would be regular at `k`; none if it has no neighbour.
fn regular(steps: &[i64], k: usize) -> Option<i64> {
    let before = (k >= AROUND).then(|| median(&steps[k - AROUND..k]));
    let after = (steps.len() - k > AROUND).then(|| median(&steps[k + 1..=k + AROUND]));
    before.max(after).or_else(|| {
        let others: Vec<i64> = steps[..k].iter().chain(&steps[k + 1..]).copied().collect();
        (!others.is_empty()).then(|| median(&others))
    })
}

/// The lower median.
fn median(steps: &[i64]) -> i64 {
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() - 1) / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(steps: &[i64]) -> Vec<(usize, i64)> {
        let mut at = 0;
        let rest = steps.iter().map(|step| {
            at += step;
            at
        });
        gaps(&std::iter::once(0).chain(rest).collect::<Vec<_>>())
    }

    #[test]
    fn a_hole_is_a_gap_and_a_change_of_step_is_none() {
        let (hours, quarters) = ([60; 9], [15; 9]);
        assert_eq!(found(&[&hours[..], &quarters[..]].concat()), []);
        assert_eq!(found(&[&quarters[..], &hours[..]].concat()), []);
        assert_eq!(found(&[&hours[..], &[120, 120], &hours[..]].concat()), [(9, 60), (10, 60)]);
        assert_eq!(found(&[&hours[..], &[180], &quarters[..], &[30], &quarters[..]].concat()), [(9, 60), (19, 15)]);
        assert_eq!(found(&[&[120], &hours[..], &[120]].concat()), [(0, 60), (10, 60)]);
    }

    #[test]
    fn short_series_are_judged_by_all_their_steps() {
        assert_eq!(found(&[60]), []);
        assert_eq!(found(&[60, 120]), [(1, 60)]);
        assert_eq!(found(&[120, 60, 60]), [(0, 60)]);
        assert_eq!(found(&[]), []);
    }
}
