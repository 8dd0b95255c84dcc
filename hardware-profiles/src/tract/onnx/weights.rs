//! Weights that are the same on every machine.

/// SplitMix64 (Steele, Lea & Flood 2014, figure 17) as a source of weights.
#[derive(Default)]
pub(super) struct Weights {
    state: u64,
}

impl Weights {
    /// Numbers drawn uniformly from `centre` ± `spread`.
    pub(super) fn draw(&mut self, count: usize, centre: f32, spread: f32) -> impl Iterator<Item = f32> {
        (0..count).map(move |_| {
            // The upper 24 bits fill the significand of single precision.
            let unit = (self.next() >> 40) as f32 / (1_u32 << 24) as f32;
            centre + spread * (2.0 * unit - 1.0)
        })
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Half the width of the uniform distribution that keeps the variance of a sum of so many products, or doubles it
/// before an activation that halves it (He et al. 2015, equation 10): √(3 · gain/depth).
pub(super) fn spread(depth: usize, doubled: bool) -> f32 {
    let gain = if doubled { 2.0 } else { 1.0 };
    (3.0 * gain / depth.max(1) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs for the seed 0, as in the vectors of the reference implementation (Vigna, splitmix64.c).
        let mut weights = Weights::default();
        assert_eq!([weights.next(), weights.next()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn a_sum_of_drawn_weights_has_the_variance_of_its_inputs() {
        let depth = 64;
        let squares: f32 = Weights::default().draw(64 * 2048, 0.0, spread(depth, false)).map(|w| w * w).sum();
        assert!((squares / 2048.0 - 1.0).abs() < 0.02, "{}", squares / 2048.0);
    }
}
