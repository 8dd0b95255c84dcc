//! Random numbers of the workloads: hashes of a seed, a label, an entity and a count, the same in every simulator.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).

const GOLD: u64 = 0x9E37_79B9_7F4A_7C15;
const SEED: u64 = 42;

/// The mixer of SplitMix64.
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// One entity's numbers for one purpose, in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws(u64);

impl Draws {
    /// The numbers of an entity under a label of the workloads.
    pub fn new(label: u64, entity: u64) -> Self {
        Self(mix(SEED.wrapping_add(mix((label << 32).wrapping_add(entity)))))
    }

    /// The next 64 bits.
    #[inline]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLD);
        mix(self.0)
    }

    /// The next exponential variate.
    #[inline]
    pub fn exponential(&mut self, mean: f64) -> f64 {
        // The middle of one of 2⁵³ equal parts of (0, 1).
        let unit = ((self.next() >> 11) as f64 + 0.5) * (1.0 / (1_u64 << 53) as f64);
        -unit.ln() * mean
    }

    /// The next whole number below `n`.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u32
    }
}
