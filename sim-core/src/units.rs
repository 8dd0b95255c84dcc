//! Physical quantities as types: only products with a meaning exist.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// Nanoseconds in one second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// Joules in one kilowatt-hour.
pub const JOULES_PER_KWH: f64 = 3_600_000.0;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        #[repr(transparent)]
        pub struct $name(pub f64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0.0);
        }
        impl Add for $name {
            type Output = Self;
            #[inline]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl AddAssign for $name {
            #[inline]
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl Mul<f64> for $name {
            type Output = Self;
            #[inline]
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
        impl Div<f64> for $name {
            type Output = Self;
            #[inline]
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }
        impl Div for $name {
            type Output = f64;
            #[inline]
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, Add::add)
            }
        }
    };
}

quantity!(
    /// Power [W].
    Watts
);
quantity!(
    /// Energy [J].
    Joules
);
quantity!(
    /// Mass of emitted greenhouse gas [g].
    Grams
);
quantity!(
    /// Carbon intensity of electricity [g/kWh].
    Intensity
);
quantity!(
    /// Carbon intensity integrated over time [g/kWh · s].
    Exposure
);
quantity!(
    /// Amount of data [B].
    Bytes
);
quantity!(
    /// Rate of a link [bit/s]; infinite for an ideal one.
    BitRate
);
quantity!(
    /// Rate of a memory or a storage [B/s].
    ByteRate
);
quantity!(
    /// Multiply-accumulate operations.
    Macs
);
quantity!(
    /// Compute rate [MAC/s].
    MacRate
);
quantity!(
    /// Energy of moving data [J/B]; 1 kWh/GB is 0.0036 J/B.
    JoulesPerByte
);

/// An instant: whole nanoseconds since the scenario's epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct SimTime(pub u64);

/// A span of time: whole nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// The scenario's epoch.
    pub const ZERO: Self = Self(0);
    /// Later than every instant of a run.
    pub const NEVER: Self = Self(u64::MAX);

    /// Time since `earlier`; zero if that is in the future.
    #[must_use]
    #[inline]
    pub fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// Seconds since the epoch.
    #[must_use]
    #[inline]
    pub fn as_secs(self) -> f64 {
        SimDuration(self.0).as_secs()
    }

    /// The instant `secs` seconds after the epoch, rounded to the nanosecond.
    #[must_use]
    #[inline]
    pub fn from_secs(secs: f64) -> Self {
        Self(SimDuration::from_secs(secs).0)
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than every run.
    pub const MAX: Self = Self(u64::MAX);

    /// The span of `secs` seconds, rounded to the nanosecond and saturating; zero for a negative or a NaN.
    #[must_use]
    #[inline]
    pub fn from_secs(secs: f64) -> Self {
        Self(nearest(secs * NANOS_PER_SECOND as f64))
    }

    /// The span of `millis` milliseconds, rounded to the nanosecond.
    #[must_use]
    #[inline]
    pub fn from_millis(millis: f64) -> Self {
        Self::from_secs(millis * 1e-3)
    }

    /// The span of `hours` whole hours.
    #[must_use]
    #[inline]
    pub const fn from_hours(hours: u64) -> Self {
        Self(hours * 3600 * NANOS_PER_SECOND)
    }

    /// Seconds.
    #[must_use]
    #[inline]
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// Milliseconds.
    #[must_use]
    #[inline]
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This span scaled by a dimensionless factor, rounded to the nanosecond.
    #[must_use]
    #[inline]
    pub fn scale(self, factor: f64) -> Self {
        Self(nearest(self.0 as f64 * factor))
    }

    /// The longer of two spans.
    #[must_use]
    #[inline]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }
}

/// The nearest whole number, halves up; saturating, zero for a negative or a NaN: `round` without its library call.
#[inline]
fn nearest(number: f64) -> u64 {
    /// Adding this leaves no digits behind the point, in numbers of up to half of it.
    const DIGITS: f64 = (1_u64 << 52) as f64;
    // Numbers that are not negative are in the order of their bits; all others are above.
    if number.to_bits() < (DIGITS / 2.0).to_bits() {
        let shifted = number + DIGITS;
        let down = number - (shifted - DIGITS) >= 0.5;
        return shifted.to_bits() - DIGITS.to_bits() + u64::from(down);
    }
    let whole = number as u64;
    if number - whole as f64 >= 0.5 { whole.saturating_add(1) } else { whole }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    #[inline]
    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Add for SimDuration {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for SimDuration {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for SimDuration {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for SimDuration {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for SimDuration {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

impl Mul<SimDuration> for Watts {
    type Output = Joules;
    #[inline]
    fn mul(self, span: SimDuration) -> Joules {
        Joules(self.0 * span.as_secs())
    }
}

impl Div<SimDuration> for Joules {
    type Output = Watts;
    #[inline]
    fn div(self, span: SimDuration) -> Watts {
        Watts(self.0 / span.as_secs())
    }
}

impl Mul<Intensity> for Joules {
    type Output = Grams;
    #[inline]
    fn mul(self, intensity: Intensity) -> Grams {
        Grams(self.0 * intensity.0 / JOULES_PER_KWH)
    }
}

impl Mul<SimDuration> for Intensity {
    type Output = Exposure;
    #[inline]
    fn mul(self, span: SimDuration) -> Exposure {
        Exposure(self.0 * span.as_secs())
    }
}

impl Div<SimDuration> for Exposure {
    type Output = Intensity;
    #[inline]
    fn div(self, span: SimDuration) -> Intensity {
        Intensity(self.0 / span.as_secs())
    }
}

impl Mul<Exposure> for Watts {
    type Output = Grams;
    #[inline]
    fn mul(self, exposure: Exposure) -> Grams {
        Grams(self.0 * exposure.0 / JOULES_PER_KWH)
    }
}

impl Div<BitRate> for Bytes {
    type Output = SimDuration;
    #[inline]
    fn div(self, rate: BitRate) -> SimDuration {
        SimDuration::from_secs(self.0 * 8.0 / rate.0)
    }
}

impl Div<ByteRate> for Bytes {
    type Output = SimDuration;
    #[inline]
    fn div(self, rate: ByteRate) -> SimDuration {
        SimDuration::from_secs(self.0 / rate.0)
    }
}

impl Mul<JoulesPerByte> for Bytes {
    type Output = Joules;
    #[inline]
    fn mul(self, energy: JoulesPerByte) -> Joules {
        Joules(self.0 * energy.0)
    }
}

impl JoulesPerByte {
    /// The energy intensity of a network from its usual unit, kilowatt-hours per gigabyte (10⁹ B).
    #[must_use]
    #[inline]
    pub fn from_kwh_per_gb(kwh: f64) -> Self {
        Self(kwh * JOULES_PER_KWH / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_rounded_as_the_library_does(number in 0.0f64..2e9, half in 0u32..1000, large in 0.0f64..2e19) {
            for number in [large, number, f64::from(half) + 0.5, (f64::from(half) + 0.5).next_down(), number.fract()] {
                prop_assert_eq!(nearest(number), number.round() as u64);
            }
        }
    }

    #[test]
    fn power_over_time_at_an_intensity_is_carbon() {
        let energy = Watts(1000.0) * SimDuration::from_hours(1);
        assert_eq!(energy, Joules(JOULES_PER_KWH));
        assert_eq!(energy * Intensity(475.0), Grams(475.0));
        let exposure = Intensity(475.0) * SimDuration::from_hours(1);
        assert_eq!(Watts(1000.0) * exposure, Grams(475.0));
    }

    #[test]
    fn a_transmission_lasts_its_bits_over_the_rate() {
        assert_eq!(Bytes(150_000.0) / BitRate(1e8), SimDuration::from_millis(12.0));
        assert_eq!(Bytes(1.0) / BitRate(f64::INFINITY), SimDuration::ZERO);
    }

    #[test]
    fn seconds_that_make_no_sense_become_no_time() {
        assert_eq!(SimDuration::from_secs(-1.0), SimDuration::ZERO);
        assert_eq!(SimDuration::from_secs(f64::NAN), SimDuration::ZERO);
        assert_eq!(SimDuration::from_secs(f64::INFINITY), SimDuration::MAX);
    }
}
