//! Which round of a measurement is kept, and whether it may be believed.

use crate::tract::stats::Estimate;

/// Largest median absolute deviation of a quiet round's whole runs, over their median: quiet rounds of the zoo had 0.4
/// to 2 %.
const STEADY: f64 = 0.025;

/// Largest difference between the sum over operators and a whole run: over 17 networks it was −5.3 … +1.2 % in quiet
/// rounds and −33 … +12 % in disturbed ones.
const CLOSED: f64 = 0.05;

/// The times of one round.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Whole runs [s].
    pub whole: Estimate,
    /// Operators in the order in which they run [s].
    pub nodes: Vec<Estimate>,
}

impl Round {
    /// Sum over the operators of their medians [s].
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.nodes.iter().map(|node| node.median).sum()
    }

    /// How far the sum over operators lies from a whole run, relative.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.sum() / self.whole.median - 1.0
    }

    /// Cold operators take longer than in a whole run, which reads what the operator before has just written: no law
    /// ties the two.
    fn is_quiet(&self, cold: bool) -> bool {
        self.whole.mad <= STEADY * self.whole.median && (cold || self.deviation().abs() <= CLOSED)
    }
}

/// What is kept of all rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The quiet round of the lowest median; of all rounds where none was quiet.
    pub kept: Round,
    /// Largest over smallest of the rounds' medians − 1.
    pub spread: f64,
    /// No round was quiet.
    pub contended: bool,
    /// Rounds measured.
    pub rounds: u32,
    /// Runs a round, of each kind.
    pub iterations: u32,
}

/// Keeps the quiet round of the lowest median: other loads make runs longer, never shorter.
///
/// # Panics
/// Without a round.
#[must_use]
pub fn choose(rounds: Vec<Round>, iterations: u32, cold: bool) -> Measured {
    let contended = !rounds.iter().any(|round| round.is_quiet(cold));
    let medians = || rounds.iter().map(|round| round.whole.median);
    let (low, high) = (medians().fold(f64::INFINITY, f64::min), medians().fold(0.0, f64::max));
    let number = u32::try_from(rounds.len()).unwrap_or(u32::MAX);
    let eligible = rounds.into_iter().filter(|round| contended || round.is_quiet(cold));
    let kept = eligible.min_by(|a, b| a.whole.median.total_cmp(&b.whole.median));
    Measured {
        kept: kept.expect("invariant: a measurement has at least one round"),
        spread: if low > 0.0 { high / low - 1.0 } else { 0.0 },
        contended,
        rounds: number,
        iterations,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(median: f64, mad: f64, sum: f64) -> Round {
        let half = Estimate { median: sum / 2.0, mad: 0.0 };
        Round { whole: Estimate { median, mad }, nodes: vec![half, half] }
    }

    #[test]
    fn the_fastest_quiet_round_is_kept_and_faster_disturbed_ones_are_not() {
        let rounds = vec![
            round(1.2, 0.01, 1.2),
            round(1.1, 0.02, 1.08),
            round(1.0, 0.03, 1.0), // runs differ by 3 %
            round(1.0, 0.01, 0.9), // operators miss 10 %
        ];
        let measured = choose(rounds.clone(), 20, false);
        assert_eq!((measured.kept, measured.contended), (rounds[1].clone(), false));
        assert!((measured.spread - 0.2).abs() < 1e-12);
    }

    #[test]
    fn without_a_quiet_round_the_fastest_is_kept_and_flagged() {
        let rounds = vec![round(1.2, 0.2, 1.2), round(1.0, 0.0, 1.06)];
        let measured = choose(rounds.clone(), 20, false);
        assert_eq!((measured.kept, measured.contended), (rounds[1].clone(), true));
        // Cold operators may add up to more than a run.
        assert!(!choose(rounds, 20, true).contended);
    }
}
