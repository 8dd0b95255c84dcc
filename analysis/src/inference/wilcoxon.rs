//! Wilcoxon's signed-rank test, a check of the paired t that asks for symmetry only.

use statrs::distribution::{ContinuousCDF, Normal};

/// Most differences whose distribution is counted out exactly.
pub const EXACT_UP_TO: usize = 50;

/// Two-sided p of "the differences are symmetric about zero"; 1 if all are zero.
///
/// Wilcoxon, *Biometrics Bulletin* 1 (1945): differences of zero are left out, equal sizes share their mean rank. Exact
/// for at most [`EXACT_UP_TO`] differences without ties; else normal with the corrections for ties and continuity
/// (Hollander, Wolfe and Chicken, *Nonparametric Statistical Methods*, 2014, §3.1).
#[must_use]
pub fn p_value(differences: &[f64]) -> f64 {
    let mut kept: Vec<f64> = differences.iter().copied().filter(|&difference| difference != 0.0).collect();
    if kept.is_empty() {
        return 1.0;
    }
    kept.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let ranks = Ranks::of(&kept);
    if ranks.ties == 0.0 && kept.len() <= EXACT_UP_TO { exact(kept.len(), ranks.positive) } else { ranks.normal() }
}

/// Sums over the ranks of the sizes of differences.
struct Ranks {
    count: f64,
    /// Sum of the ranks of positive differences.
    positive: f64,
    /// Σ(t³ − t) over groups of t equal sizes.
    ties: f64,
}

impl Ranks {
    /// `sorted` by size, from the smallest.
    fn of(sorted: &[f64]) -> Self {
        let (mut positive, mut ties, mut before) = (0.0, 0.0, 0);
        for group in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
            let size = group.len() as f64;
            let rank = before as f64 + (size + 1.0) / 2.0;
            positive += rank * group.iter().filter(|&&difference| difference > 0.0).count() as f64;
            ties += size.powi(3) - size;
            before += group.len();
        }
        Self { count: sorted.len() as f64, positive, ties }
    }

    fn normal(&self) -> f64 {
        let n = self.count;
        let (mean, variance) = (n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - self.ties / 48.0);
        let distance = (self.positive - mean).abs();
        // Half a rank towards the mean, and not beyond it.
        let z = (distance - 0.5).max(0.0) / variance.sqrt();
        (2.0 * Normal::standard().sf(z)).min(1.0)
    }
}

/// P(|W − mean| ≥ |w − mean|) where each of the ranks 1…n is positive with probability one half.
fn exact(n: usize, positive: f64) -> f64 {
    let most = n * (n + 1) / 2;
    // ways[s]: probability that the positive ranks sum to s.
    let mut ways = vec![0.0f64; most + 1];
    ways[0] = 1.0;
    for rank in 1..=n {
        for sum in (0..=most).rev() {
            let with = if sum >= rank { ways[sum - rank] } else { 0.0 };
            ways[sum] = 0.5 * (ways[sum] + with);
        }
    }
    let least = (positive as usize).min(most - positive as usize);
    (2.0 * ways[..=least].iter().sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// All 2ⁿ signs, one by one.
        #[test]
        fn the_exact_distribution_is_that_of_all_signs(signs in prop::collection::vec(any::<bool>(), 1..11)) {
            let n = signs.len();
            let sum = |set: u32| (0..n).filter(|i| set >> i & 1 == 1).map(|i| i as f64 + 1.0).sum::<f64>();
            let observed = sum(signs.iter().enumerate().map(|(i, &up)| u32::from(up) << i).sum());
            let mean = (n * (n + 1)) as f64 / 4.0;
            let as_far = (0..1 << n).filter(|&set| (sum(set) - mean).abs() >= (observed - mean).abs()).count();
            let differences: Vec<f64> =
                signs.iter().enumerate().map(|(i, &up)| (i as f64 + 0.5) * if up { 1.0 } else { -1.0 }).collect();
            let expected = as_far as f64 / f64::from(1 << n);
            prop_assert!((p_value(&differences) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn zeros_say_nothing() {
        assert_eq!(p_value(&[0.0; 12]), 1.0);
        assert_eq!(p_value(&[0.0, 1.0, 0.0, 2.5, -3.0]), p_value(&[1.0, 2.5, -3.0]));
    }
}
