//! The size of a paired difference beside its spread.

use statrs::function::gamma::ln_gamma;

use crate::stats::Moments;

/// Hedges' g_z: mean over standard deviation of the paired differences, corrected for its bias in small samples.
///
/// d_z = d̄/s_d (Cohen, *Statistical Power Analysis*, 1988, §2.3.5) times J(n − 1) with
/// J(m) = Γ(m/2) / (√(m/2)·Γ((m − 1)/2)) (Hedges, *J. Educational Statistics* 6 (1981), eq. 6e). It tells how far the
/// difference stands out of the luck that is left after pairing, not how large it is in practice. `None` for fewer than
/// three differences or without spread.
#[must_use]
pub fn hedges_gz(differences: &[f64]) -> Option<f64> {
    let moments: Moments = differences.iter().copied().collect();
    let deviation = moments.std_dev().filter(|&deviation| deviation > 0.0 && differences.len() > 2)?;
    let m = differences.len() as f64 - 1.0;
    let correction = (ln_gamma(m / 2.0) - ln_gamma((m - 1.0) / 2.0)).exp() / (m / 2.0).sqrt();
    Some(moments.mean()? / deviation * correction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_correction_is_that_of_hedges_table() {
        // Three values: J(2) = Γ(1)/(1·Γ(1/2)) = 1/√π, and d_z = 2/1.
        let expected = 2.0 / std::f64::consts::PI.sqrt();
        assert!((hedges_gz(&[1.0, 2.0, 3.0]).expect("spread") - expected).abs() < 1e-12);
        // His table 1: J(10) = 0.9228.
        let values: Vec<f64> = (0..11).map(f64::from).collect();
        let d = 5.0 / 11f64.sqrt();
        assert!((hedges_gz(&values).expect("spread") / d - 0.9228).abs() < 1e-4);
        assert_eq!((hedges_gz(&[1.0, 2.0]), hedges_gz(&[2.0; 9])), (None, None));
    }
}
