//! Whether a histogram's error drowns in the uncertainty of a difference of quantiles.

/// Largest share of a half-width that an error of measurement may have before a reader is warned.
pub const LARGEST_SHARE: f64 = 0.25;

/// Whether the errors of two streamed quantiles, in the worst case of opposite signs, exceed a quarter of the
/// half-width of their difference.
///
/// `relative_error` is that of each quantile, such as [`crate::histogram::QUANTILE_ERROR`]. The mean over replications
/// of errors of one sign is as large as each, so more replications do not shrink it.
#[must_use]
pub fn too_coarse(relative_error: f64, baseline: f64, other: f64, half_width: f64) -> bool {
    relative_error * (baseline.abs() + other.abs()) > LARGEST_SHARE * half_width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_quarter_is_just_not_too_coarse() {
        // 2⁻¹⁰ of 512 and of 1536 makes 2, a quarter of 8.
        let error = 1.0 / 1024.0;
        assert!(!too_coarse(error, 512.0, 1536.0, 8.0) && too_coarse(error, 512.0, 1536.0, 7.99));
    }
}
