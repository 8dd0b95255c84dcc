//! Holm's step-down correction for testing several hypotheses.

/// p-values adjusted so that comparing each with α keeps the chance of any false rejection at most α.
///
/// Holm, *Scandinavian Journal of Statistics* 6 (1979): the k-th smallest of m is multiplied by m − k + 1, is at least
/// the adjusted one before it and at most 1. Valid under any dependence.
#[must_use]
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut before = 0.0f64;
    for (k, unit) in order.into_iter().enumerate() {
        before = before.max(p_values[unit] * (p_values.len() - k) as f64).min(1.0);
        adjusted[unit] = before;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The closed test that Holm's is the shortcut of: a hypothesis falls if Bonferroni rejects every set that holds it.
    fn closed(p_values: &[f64], alpha: f64, k: usize) -> bool {
        (1u32..1 << p_values.len()).filter(|set| set >> k & 1 == 1).all(|set| {
            let members = || p_values.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, &p)| p);
            members().fold(1.0, f64::min) * members().count() as f64 <= alpha
        })
    }

    proptest! {
        #[test]
        fn holm_rejects_what_the_closed_test_by_bonferroni_rejects(
            p_values in prop::collection::vec(0.0f64..0.2, 0..7), alpha in 0.001f64..0.3,
        ) {
            for (k, adjusted) in adjusted(&p_values).into_iter().enumerate() {
                prop_assert_eq!(adjusted <= alpha, closed(&p_values, alpha, k));
            }
        }
    }
}
