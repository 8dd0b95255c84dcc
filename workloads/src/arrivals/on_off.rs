//! Arrivals in bursts: a Poisson process while on, nothing while off.

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use sim_core::kernel::rng::Stream;
use sim_core::units::{SimDuration, SimTime};

use super::{Clock, PerSecond};
use crate::error::{ParameterError, positive};

/// How long the phases last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phases {
    /// Exponential times: an interrupted Poisson process (Kuczura, Bell System Technical Journal 52, 1973).
    #[default]
    Exponential,
    /// Always their mean.
    Constant,
}

/// Instants of an on–off process that starts in equilibrium, at any instant of its cycle.
#[derive(Clone, Debug)]
pub struct OnOff {
    rate: PerSecond,
    on_s: f64,
    off_s: f64,
    phases: Phases,
    /// What is left of the phase on [s].
    left_s: f64,
    clock: Clock,
    until: SimTime,
    stream: Stream,
}

impl OnOff {
    /// Instants after `from` at a `rate` while on, with phases of a mean length.
    ///
    /// # Errors
    /// If the rate is not positive, or a phase has no length.
    pub fn new(
        rate: PerSecond, on: SimDuration, off: SimDuration, phases: Phases, from: SimTime, stream: Stream,
    ) -> Result<Self, ParameterError> {
        positive("rate", rate.0)?;
        let (on_s, off_s) = (positive("mean on", on.as_secs())?, positive("mean off", off.as_secs())?);
        let mut this =
            Self { rate, on_s, off_s, phases, left_s: 0.0, clock: Clock::at(from), until: SimTime::NEVER, stream };
        this.enter();
        Ok(this)
    }

    /// The same process, which looks for no arrival after `until`: short phases between rare arrivals would take long.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }

    /// The mean rate: the rate while on, times the share of time on.
    #[must_use]
    pub fn mean_rate(rate: PerSecond, on: SimDuration, off: SimDuration) -> PerSecond {
        PerSecond(rate.0 * on.as_secs() / (on.as_secs() + off.as_secs()))
    }

    /// Goes to an instant of the cycle, each as likely as any other. What is left of an exponential phase is as long as
    /// a whole one.
    fn enter(&mut self) {
        let place = self.stream.random::<f64>() * (self.on_s + self.off_s);
        let on = place < self.on_s;
        let left = match self.phases {
            Phases::Constant if on => self.on_s - place,
            Phases::Constant => self.on_s + self.off_s - place,
            Phases::Exponential => self.phase(if on { self.on_s } else { self.off_s }),
        };
        if on {
            self.left_s = left;
        } else {
            self.clock.advance(left);
            self.left_s = self.phase(self.on_s);
        }
    }

    fn phase(&mut self, mean_s: f64) -> f64 {
        match self.phases {
            Phases::Constant => mean_s,
            Phases::Exponential => {
                let unit: f64 = Exp1.sample(&mut self.stream);
                unit * mean_s
            }
        }
    }
}

impl Iterator for OnOff {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let unit: f64 = Exp1.sample(&mut self.stream);
        let mut gap_s = unit / self.rate.0;
        while gap_s > self.left_s {
            if self.clock.now() >= self.until {
                return None;
            }
            gap_s -= self.left_s;
            let off = self.phase(self.off_s);
            self.clock.advance(self.left_s + off);
            self.left_s = self.phase(self.on_s);
        }
        self.left_s -= gap_s;
        self.clock.advance(gap_s);
        Some(self.clock.now()).filter(|&at| at < self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::mmpp::State;
    use crate::arrivals::mmpp::tests::{counts, dispersion, stream};

    fn process(phases: Phases, seed: u64) -> OnOff {
        let (on, off) = (SimDuration::from_secs(2.0), SimDuration::from_secs(6.0));
        OnOff::new(PerSecond(40.0), on, off, phases, SimTime::ZERO, stream(seed)).unwrap()
    }

    #[test]
    fn exponential_phases_are_a_modulated_poisson_process_with_a_silent_state() {
        let state = |rate, mean_s| State { rate: PerSecond(rate), mean: SimDuration::from_secs(mean_s) };
        for window_s in [0.5, 3.0, 20.0] {
            let expected = dispersion([state(40.0, 2.0), state(0.0, 6.0)], window_s);
            let (mean, index) = counts(window_s, 20_000, |seed| process(Phases::Exponential, seed));
            // Five standard errors, as in the test of the general process.
            let mean_error = 5.0 * (expected / (20_000.0 * 10.0 * window_s)).sqrt();
            assert!((mean / (10.0 * window_s) - 1.0).abs() < mean_error, "{window_s} s: {mean}");
            assert!((index / expected - 1.0).abs() < 0.1, "{window_s} s: {index} is not {expected}");
        }
    }

    #[test]
    fn constant_phases_repeat_and_whole_cycles_hold_a_poisson_number() {
        // Arrivals of one process lie within 2 s of each other modulo the cycle of 8 s.
        let first = process(Phases::Constant, 4).next().unwrap().as_secs();
        let ahead = |at: SimTime| (at.as_secs() - first + 4.0).rem_euclid(8.0) - 4.0;
        let places: Vec<f64> = process(Phases::Constant, 4).take(2000).map(ahead).collect();
        let spread = places.iter().fold(f64::MIN, |a, &b| a.max(b)) - places.iter().fold(f64::MAX, |a, &b| a.min(b));
        assert!(spread > 1.9 && spread <= 2.0, "{spread}");
        // Every window of one cycle is on for 2 s, wherever it starts: the counts are Poisson with mean 80. Five
        // standard errors: √(1/(80·n)) of the mean, √(2/n) of the index.
        let (mean, index) = counts(8.0, 20_000, |seed| process(Phases::Constant, seed));
        assert!((mean / 80.0 - 1.0).abs() < 0.004 && (index - 1.0).abs() < 0.05, "{mean} {index}");
    }

    #[test]
    fn phases_without_a_length_are_refused() {
        let second = SimDuration::from_secs(1.0);
        let made =
            |rate, on, off| OnOff::new(PerSecond(rate), on, off, Phases::default(), SimTime::ZERO, stream(1)).is_err();
        assert!(
            made(0.0, second, second) && made(1.0, SimDuration::ZERO, second) && made(1.0, second, SimDuration::ZERO)
        );
    }
}
