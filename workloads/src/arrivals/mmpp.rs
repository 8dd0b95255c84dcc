//! Arrivals of a Markov-modulated Poisson process: the rate follows a state that changes at random.

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use sim_core::kernel::rng::Stream;
use sim_core::units::{SimDuration, SimTime};

use super::mix::Choice;
use super::{Clock, PerSecond};
use crate::error::{ParameterError, not_negative, positive};

/// One state of the process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Rate of arrivals in it; may be zero.
    pub rate: PerSecond,
    /// Mean of its exponential sojourn.
    pub mean: SimDuration,
}

/// Which state follows another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switching {
    /// The next one of the list; the first after the last.
    #[default]
    Cyclic,
    /// Any of the others, each with the same probability.
    Uniform,
}

/// Instants of a Markov-modulated Poisson process (Fischer & Meier-Hellstern, Performance Evaluation 18, 1993).
///
/// It starts in equilibrium: both ways of switching visit all states equally often, so a state holds at an instant
/// with a probability that is proportional to its mean sojourn.
#[derive(Clone, Debug)]
pub struct Mmpp {
    states: Vec<State>,
    switching: Switching,
    state: usize,
    clock: Clock,
    until: SimTime,
    stream: Stream,
}

impl Mmpp {
    /// Instants after `from` of a process with these states.
    ///
    /// # Errors
    /// If there is no state, a rate is negative or not finite, a sojourn is zero, or no state has a rate.
    pub fn new(
        states: Vec<State>, switching: Switching, from: SimTime, mut stream: Stream,
    ) -> Result<Self, ParameterError> {
        for state in &states {
            not_negative("rate", state.rate.0)?;
            positive("mean sojourn", state.mean.as_secs())?;
        }
        if states.is_empty() {
            return Err(ParameterError::NoChoice);
        }
        positive("largest rate", states.iter().map(|state| state.rate.0).fold(0.0, f64::max))?;
        let shares = states.iter().map(|state| state.mean.as_secs()).collect();
        let state = Choice::weighted((0..states.len()).collect(), shares)?.sample(&mut stream);
        Ok(Self { states, switching, state, clock: Clock::at(from), until: SimTime::NEVER, stream })
    }

    /// The same process, which looks for no arrival after `until`: fast changes of state between rare arrivals would
    /// take long.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }

    /// The mean rate of these states, each weighted with its mean sojourn.
    #[must_use]
    pub fn mean_rate(states: &[State]) -> PerSecond {
        let cycle: f64 = states.iter().map(|state| state.mean.as_secs()).sum();
        PerSecond(states.iter().map(|state| state.rate.0 * state.mean.as_secs()).sum::<f64>() / cycle)
    }

    fn switch(&mut self) {
        let count = self.states.len();
        let ahead = match self.switching {
            Switching::Cyclic => 1,
            Switching::Uniform if count > 1 => self.stream.random_range(1..count),
            Switching::Uniform => 0,
        };
        self.state = (self.state + ahead) % count;
    }
}

impl Iterator for Mmpp {
    type Item = SimTime;

    /// The next arrival and the next change of state race each other: both are exponential and forget.
    fn next(&mut self) -> Option<SimTime> {
        loop {
            let State { rate, mean } = self.states[self.state];
            let both = rate.0 + 1.0 / mean.as_secs();
            let unit: f64 = Exp1.sample(&mut self.stream);
            self.clock.advance(unit / both);
            let at = self.clock.now();
            if at >= self.until {
                return None;
            }
            if self.stream.random::<f64>() * both < rate.0 {
                return Some(at);
            }
            self.switch();
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sim_core::kernel::rng::{Purpose, Streams};

    pub(crate) fn stream(seed: u64) -> Stream {
        Streams::new(seed, 0).stream(Purpose::Arrivals, 0)
    }

    fn state(rate: f64, mean_s: f64) -> State {
        State { rate: PerSecond(rate), mean: SimDuration::from_secs(mean_s) }
    }

    /// Mean count and index of dispersion of counts over windows of a length [s], over many independent processes of
    /// one window each, so that every window starts in equilibrium.
    pub(crate) fn counts<I: Iterator<Item = SimTime>>(
        window_s: f64, windows: u64, process: impl Fn(u64) -> I,
    ) -> (f64, f64) {
        let count = |seed| process(seed).take_while(|at| at.as_secs() < window_s).count() as f64;
        let counts: Vec<f64> = (0..windows).map(count).collect();
        let mean = counts.iter().sum::<f64>() / windows as f64;
        let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (windows - 1) as f64;
        (mean, variance / mean)
    }

    /// The index of dispersion of counts of a process of two states (Fischer & Meier-Hellstern 1993), with the rates r
    /// of leaving them.
    pub(crate) fn dispersion([a, b]: [State; 2], window_s: f64) -> f64 {
        let (ra, rb) = (1.0 / a.mean.as_secs(), 1.0 / b.mean.as_secs());
        let (sum, spread) = (ra + rb, (a.rate.0 - b.rate.0).powi(2));
        let limit = 2.0 * spread * ra * rb / (sum * sum * (a.rate.0 * rb + b.rate.0 * ra));
        1.0 + limit * (1.0 - (1.0 - (-sum * window_s).exp()) / (sum * window_s))
    }

    #[test]
    fn rate_and_dispersion_of_two_states_are_those_of_the_closed_form() {
        let states = [state(40.0, 2.0), state(4.0, 6.0)];
        for window_s in [0.5, 3.0, 20.0] {
            let process = |seed| Mmpp::new(states.to_vec(), Switching::Cyclic, SimTime::ZERO, stream(seed)).unwrap();
            let (mean, index) = counts(window_s, 20_000, process);
            let (expected, rate) = (dispersion(states, window_s), Mmpp::mean_rate(&states).0);
            // Five standard errors: √(index/(n·mean)) relative of the mean; of the variance √(2/n), doubled for the
            // tails of the counts.
            let mean_error = 5.0 * (expected / (20_000.0 * rate * window_s)).sqrt();
            assert!((mean / (rate * window_s) - 1.0).abs() < mean_error, "{window_s} s: {mean}");
            assert!((index / expected - 1.0).abs() < 0.1, "{window_s} s: {index} is not {expected}");
        }
    }

    #[test]
    fn each_of_many_states_gets_its_share_of_time_whichever_way_they_switch() {
        let states = vec![state(1.0, 1.0), state(0.0, 5.0), state(200.0, 0.5), state(10.0, 3.5)];
        let rate = Mmpp::mean_rate(&states).0;
        assert!((rate - (1.0 + 100.0 + 35.0) / 10.0).abs() < 1e-12);
        for switching in [Switching::Cyclic, Switching::Uniform] {
            let process = Mmpp::new(states.clone(), switching, SimTime::ZERO, stream(8)).unwrap();
            let count = process.take_while(|at| at.as_secs() < 100_000.0).count() as f64;
            // Some 10,000 cycles, each with about 136 ± 120 arrivals: five standard errors are 4.5 %.
            assert!((count / 1e5 / rate - 1.0).abs() < 0.045, "{switching:?}: {count}");
        }
    }

    #[test]
    fn states_that_make_no_process_are_refused() {
        let made = |states| Mmpp::new(states, Switching::Cyclic, SimTime::ZERO, stream(1));
        assert_eq!(made(vec![]).unwrap_err(), ParameterError::NoChoice);
        for states in [vec![state(0.0, 1.0)], vec![state(1.0, 0.0)], vec![state(-1.0, 1.0), state(2.0, 1.0)]] {
            assert!(made(states).is_err());
        }
    }
}
