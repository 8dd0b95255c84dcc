//! Arrivals of a Poisson process whose rate follows the local day and week.

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use sim_core::kernel::rng::Stream;
use sim_core::units::SimTime;

use super::{Clock, PerSecond};
use crate::calendar::LocalClock;
use crate::error::{ParameterError, not_negative, positive, within};

/// How the rate varies: dimensionless factors on the base rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Swing a of the day in the factor 1 + a·cos(2π(h − peak)/24), in [0, 1].
    amplitude: f64,
    /// Local hour of the largest rate [h].
    peak_h: f64,
    /// Factors of the 24 local hours, of mean 1.
    hourly: [f64; 24],
    /// Factor on Saturday and Sunday.
    weekend: f64,
}

impl Shape {
    /// The same rate at all times.
    #[must_use]
    pub fn flat() -> Self {
        Self { amplitude: 0.0, peak_h: 0.0, hourly: [1.0; 24], weekend: 1.0 }
    }

    /// With a cosine over the day: 1 + `amplitude` · cos(2π(h − `peak_h`)/24), `peak_h` a local hour [h].
    ///
    /// # Errors
    /// If the amplitude is not in [0, 1] or the hour not in [0, 24].
    pub fn cosine(mut self, amplitude: f64, peak_h: f64) -> Result<Self, ParameterError> {
        self.amplitude = within("amplitude", amplitude, (0.0..=1.0).contains(&amplitude), "between 0 and 1")?;
        self.peak_h = within("peak hour", peak_h, (0.0..=24.0).contains(&peak_h), "between 0 and 24")?;
        Ok(self)
    }

    /// With a factor for each local hour; they are scaled to a mean of 1, so that the base rate stays the daily mean.
    ///
    /// # Errors
    /// If a factor is negative or not finite, or all are zero.
    pub fn hourly(mut self, factors: [f64; 24]) -> Result<Self, ParameterError> {
        for factor in factors {
            not_negative("hourly factor", factor)?;
        }
        let mean = positive("mean of the hourly factors", factors.iter().sum::<f64>() / 24.0)?;
        self.hourly = factors.map(|factor| factor / mean);
        Ok(self)
    }

    /// With a factor on Saturday and Sunday.
    ///
    /// # Errors
    /// If the factor is negative or not finite.
    pub fn weekend(mut self, factor: f64) -> Result<Self, ParameterError> {
        self.weekend = not_negative("weekend factor", factor)?;
        Ok(self)
    }

    /// The factor at a local hour [h].
    fn factor(&self, hour: f64, weekend: bool) -> f64 {
        let angle = std::f64::consts::TAU * (hour - self.peak_h) / 24.0;
        let day = (1.0 + self.amplitude * angle.cos()) * self.hourly[(hour as usize).min(23)];
        if weekend { day * self.weekend } else { day }
    }

    /// The least and the largest factor within a whole local hour, with room for rounding.
    fn bounds(&self, hour: u32, weekend: bool) -> (f64, f64) {
        let scale = self.hourly[(hour as usize).min(23)] * if weekend { self.weekend } else { 1.0 };
        let wave = |h: f64| 1.0 + self.amplitude * (std::f64::consts::TAU * (h - self.peak_h) / 24.0).cos();
        let (start, end) = (f64::from(hour), f64::from(hour) + 1.0);
        let (a, b) = (wave(start), wave(end));
        // The wave turns at its peak and half a day from it, at midnight too.
        let turns = |at: f64| [at - 24.0, at, at + 24.0].iter().any(|at| (start..=end).contains(at));
        let low = if turns(self.peak_h + 12.0) || turns(self.peak_h - 12.0) { 1.0 - self.amplitude } else { a.min(b) };
        let high = if turns(self.peak_h) { 1.0 + self.amplitude } else { a.max(b) };
        let room = ROOM * (1.0 + self.amplitude) * scale;
        (low * scale - room, high * scale + room)
    }

    /// No factor is larger than this.
    fn bound(&self) -> f64 {
        let hour = self.hourly.iter().copied().fold(0.0, f64::max);
        (1.0 + self.amplitude) * hour * self.weekend.max(1.0)
    }
}

/// More than a factor can be off by rounding, relative to the largest.
const ROOM: f64 = 1e-9;

/// A span in which the rate is known within narrow bounds.
#[derive(Clone, Copy, Debug)]
struct Hour {
    from: SimTime,
    to: SimTime,
    low: PerSecond,
    high: PerSecond,
}

/// Instants of a non-homogeneous Poisson process, exact by thinning (Lewis & Shedler 1979).
#[derive(Clone, Debug)]
pub struct Diurnal {
    base: PerSecond,
    /// At no time is the rate higher.
    highest: PerSecond,
    shape: Shape,
    local: LocalClock,
    clock: Clock,
    stream: Stream,
    /// The hour of the last instant looked at.
    hour: Hour,
}

impl Diurnal {
    /// Instants after `from` at `base` times the shape's factor of the `local` time.
    ///
    /// # Errors
    /// If the base rate is not positive.
    pub fn new(
        base: PerSecond, shape: Shape, local: LocalClock, from: SimTime, stream: Stream,
    ) -> Result<Self, ParameterError> {
        let base = PerSecond(positive("rate", base.0)?);
        let highest = PerSecond(base.0 * shape.bound());
        let hour = Hour { from: SimTime::NEVER, to: SimTime::ZERO, low: PerSecond(0.0), high: PerSecond(0.0) };
        Ok(Self { base, highest, shape, local, clock: Clock::at(from), stream, hour })
    }

    /// Whether the rate at an instant is more than `drawn`; mostly without computing it, as its hour's bounds tell.
    #[inline]
    fn exceeds(&mut self, at: SimTime, drawn: f64) -> bool {
        if at < self.hour.from || at >= self.hour.to {
            let (from, to, hour) = self.local.whole_hour(at);
            let (low, high) = self.shape.bounds(hour, self.local.is_weekend(at));
            self.hour = Hour { from, to, low: PerSecond(self.base.0 * low), high: PerSecond(self.base.0 * high) };
        }
        drawn < self.hour.low.0 || (drawn <= self.hour.high.0 && drawn < self.rate(at).0)
    }

    /// The rate at an instant.
    #[must_use]
    pub fn rate(&self, at: SimTime) -> PerSecond {
        PerSecond(self.base.0 * self.shape.factor(self.local.hour(at), self.local.is_weekend(at)))
    }
}

impl Iterator for Diurnal {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        loop {
            let unit: f64 = Exp1.sample(&mut self.stream);
            self.clock.advance(unit / self.highest.0);
            let at = self.clock.now();
            if at == SimTime::NEVER {
                return Some(at);
            }
            let drawn = self.stream.random::<f64>() * self.highest.0;
            if self.exceeds(at, drawn) {
                return Some(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sim_core::kernel::rng::{Purpose, Streams};

    const DAYS: usize = 28;

    /// Four weeks from Monday 2022-01-03 00:00 UTC, in a place two hours ahead.
    fn process() -> Diurnal {
        let mut hours = [1.0; 24];
        hours[8] = 3.0;
        hours[9] = 0.0;
        let shape = Shape::flat().cosine(0.6, 15.0).unwrap().hourly(hours).unwrap().weekend(0.5).unwrap();
        let local = LocalClock::new("2022-01-03T00:00:00Z".parse().unwrap(), 2.0);
        let stream = Streams::new(5, 0).stream(Purpose::Arrivals, 0);
        Diurnal::new(PerSecond(0.1), shape, local, SimTime::ZERO, stream).unwrap()
    }

    /// Arrivals expected in an hour since the epoch: the integral of the rate, written out with the closed form of
    /// the cosine's, ∫cos(2π(h − p)/24) dh = 24/2π · sin(2π(h − p)/24).
    fn expected(hour: usize) -> f64 {
        let local = hour + 2;
        let (day, hour) = (local / 24, (local % 24) as f64);
        let primitive =
            |h: f64| h + 0.6 * 24.0 / std::f64::consts::TAU * (std::f64::consts::TAU * (h - 15.0) / 24.0).sin();
        let factor = match local % 24 {
            8 => 3.0,
            9 => 0.0,
            _ => 1.0,
        } / (25.0 / 24.0);
        let weekend = if day % 7 >= 5 { 0.5 } else { 1.0 };
        0.1 * 3600.0 * (primitive(hour + 1.0) - primitive(hour)) * factor * weekend
    }

    #[test]
    fn hourly_counts_follow_the_integral_of_the_rate() {
        let mut counts = vec![0.0f64; DAYS * 24];
        let hours = process().map(|at| (at.as_secs() / 3600.0) as usize).take_while(|&hour| hour < DAYS * 24);
        hours.for_each(|hour| counts[hour] += 1.0);
        let (mut chi_square, mut cells) = (0.0, 0.0f64);
        for (hour, count) in counts.iter().enumerate() {
            let mean = expected(hour);
            if mean == 0.0 {
                assert_eq!(*count, 0.0, "an arrival in hour {hour}, whose rate is zero");
            } else {
                chi_square += (count - mean).powi(2) / mean;
                cells += 1.0;
            }
        }
        // Chi-square with n degrees of freedom: mean n, standard deviation √(2n); five of them.
        assert!((chi_square - cells).abs() < 5.0 * (2.0 * cells).sqrt(), "{chi_square} of {cells}");
    }

    proptest! {
        #[test]
        fn bounds_of_hours_change_no_thinning(
            amplitude in 0.0f64..=1.0, peak in 0.0f64..=24.0, offset in -14.0f64..14.0,
            looks in prop::collection::vec((0u64..14 * 24 * 60, -0.02f64..0.02), 1..40),
        ) {
            let local = LocalClock::new("2022-06-17T13:20:00Z".parse().unwrap(), offset);
            let shape = Shape::flat().cosine(amplitude, peak).unwrap().weekend(0.5).unwrap();
            let stream = Streams::new(5, 0).stream(Purpose::Arrivals, 0);
            let mut process = Diurnal::new(PerSecond(3.0), shape, local, SimTime::ZERO, stream).unwrap();
            for (minutes, off) in looks {
                let at = SimTime::from_secs(60.0 * minutes as f64);
                let exact = process.rate(at).0;
                for drawn in [exact, exact * (1.0 + off), exact - f64::EPSILON, exact + f64::EPSILON] {
                    prop_assert_eq!(process.exceeds(at, drawn), drawn < exact, "at {:?}", at);
                }
            }
        }
    }

    #[test]
    fn two_sites_peak_at_their_own_local_hour() {
        let epoch = "2022-01-03T00:00:00Z".parse().unwrap();
        let rate = |offset, hour: f64| {
            let shape = Shape::flat().cosine(1.0, 20.0).unwrap();
            let stream = Streams::new(5, 0).stream(Purpose::Arrivals, 0);
            let local = LocalClock::new(epoch, offset);
            Diurnal::new(PerSecond(3.0), shape, local, SimTime::ZERO, stream)
                .unwrap()
                .rate(SimTime::from_secs(hour * 3600.0))
                .0
        };
        assert!((rate(0.0, 20.0) - 6.0).abs() < 1e-12 && rate(0.0, 8.0).abs() < 1e-12);
        assert!((rate(9.0, 11.0) - 6.0).abs() < 1e-12 && (rate(-8.0, 28.0) - 6.0).abs() < 1e-12);
    }
}
