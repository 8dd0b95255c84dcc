//! What a span of computing emits at least within a window of time, by a zone's signal.

use crate::units::{SimDuration, SimTime};
use crate::world::signal::{Signal, nanos};

/// A window that is looked at in one zone: its ends, and the lowest value in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub from: SimTime,
    pub to: SimTime,
    /// Lowest value, that of the very last instant included [g/kWh].
    pub lowest: f64,
    /// A longest stretch within one step of the lowest value, ends included [ns].
    trough: u64,
}

/// The lowest value of the steps strictly between two: kept from one window to the next, as most lie alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    first: i64,
    last: i64,
    lowest: f64,
    trough: u64,
}

impl Between {
    /// Of no steps yet.
    pub const NONE: Self = Self { first: 0, last: 0, lowest: f64::INFINITY, trough: 0 };

    fn look(signal: &Signal, first: i64, last: i64) -> Self {
        let mut best = Self { first, last, ..Self::NONE };
        for ordinal in first + 1..last {
            let (start, end) = signal.interval(ordinal);
            best.offer(value(signal, ordinal), (end - start).unsigned_abs());
        }
        best
    }

    fn offer(&mut self, value: f64, span: u64) {
        if value < self.lowest || value == self.lowest && span > self.trough {
            (self.lowest, self.trough) = (value, span);
        }
    }
}

fn value(signal: &Signal, ordinal: i64) -> f64 {
    signal.values()[ordinal.rem_euclid(signal.len() as i64) as usize]
}

impl Window {
    /// The window `[from, to]` of a signal; `between` remembers the last one's steps.
    pub fn new(signal: &Signal, from: SimTime, to: SimTime, between: &mut Between) -> Self {
        let (a, b) = (nanos(from), nanos(to));
        let (first, last) = (signal.ordinal(a), signal.ordinal(b));
        if first == last {
            return Self { from, to, lowest: value(signal, first), trough: to.since(from).0 };
        }
        if (between.first, between.last) != (first, last) {
            *between = Between::look(signal, first, last);
        }
        let mut best = *between;
        best.offer(value(signal, first), (signal.interval(first).1 - a).unsigned_abs());
        best.offer(value(signal, last), (b - signal.interval(last).0).unsigned_abs());
        Self { from, to, lowest: best.lowest, trough: best.trough }
    }

    /// Whether so much computing fits in.
    pub fn holds(&self, span: SimDuration) -> bool {
        span <= self.to.since(self.from)
    }

    /// The least integral of the signal over parts of the window of the given length in all [g/kWh · s].
    pub fn in_parts(&self, signal: &Signal, span: SimDuration) -> f64 {
        if span.0 <= self.trough {
            return self.lowest * span.as_secs();
        }
        let mut steps: Vec<(f64, SimDuration)> = Vec::new();
        let mut at = self.from;
        while at < self.to {
            let next = signal.next_change(at).min(self.to);
            steps.push((signal.at(at).0, next.since(at)));
            at = next;
        }
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut left, mut sum) = (span, 0.0);
        for (value, length) in steps {
            let part = SimDuration(left.0.min(length.0));
            sum += value * part.as_secs();
            left -= part;
        }
        sum
    }

    /// The least integral of the signal over one piece of the window of the given length [g/kWh · s]: of pieces that
    /// start or end with the window or with a step, since in between the integral is linear in the start.
    pub fn in_one_piece(&self, signal: &Signal, span: SimDuration) -> f64 {
        if span.0 <= self.trough {
            return self.lowest * span.as_secs();
        }
        let last_start = SimTime(self.to.0 - span.0);
        let from = |start: SimTime| signal.integral(start, start + span).0;
        let mut least = from(self.from).min(from(last_start));
        let mut at = self.from;
        while at < self.to {
            at = signal.next_change(at).min(self.to);
            if at <= last_start {
                least = least.min(from(at));
            }
            if at.since(self.from) >= span {
                least = least.min(from(SimTime(at.0 - span.0)));
            }
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::signal::{Basis, EndPolicy, Gas, Labels, Provenance, Scope};
    use proptest::prelude::*;

    const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
    const SECOND: u64 = crate::units::NANOS_PER_SECOND;

    proptest! {
        /// Second by second over whole seconds: a brute force that knows no steps.
        #[test]
        fn windows_agree_with_every_second_tried(
            values in prop::collection::vec(0u32..6, 1..12), step in 1u64..5, policy in 0usize..2,
            windows in prop::collection::vec((0u64..40, 0u64..30, 0u64..30), 1..5),
        ) {
            let end = [EndPolicy::Hold, EndPolicy::Wrap][policy];
            let values = values.into_iter().map(f64::from).collect();
            let given = Provenance::Given("test".into());
            let signal = Signal::regular(0, SimDuration(step * SECOND), values, end, LABELS, given).unwrap();
            let mut between = Between::NONE;
            for (from, length, span) in windows {
                let span = span.min(length);
                let at = |second: u64| SimTime(second * SECOND);
                let window = Window::new(&signal, at(from), at(from + length), &mut between);
                let seconds: Vec<f64> = (from..from + length).map(|second| signal.at(at(second)).0).collect();
                let least = (from..=from + length).map(|s| signal.at(at(s)).0).fold(f64::INFINITY, f64::min);
                prop_assert_eq!(window.lowest, least);
                let mut sorted = seconds.clone();
                sorted.sort_by(f64::total_cmp);
                let parts: f64 = sorted[..span as usize].iter().sum();
                prop_assert!((window.in_parts(&signal, SimDuration(span * SECOND)) - parts).abs() < 1e-9);
                let pieces = seconds.windows(span.max(1) as usize).map(|piece| piece.iter().sum::<f64>());
                let piece = if span == 0 { 0.0 } else { pieces.fold(f64::INFINITY, f64::min) };
                prop_assert!((window.in_one_piece(&signal, SimDuration(span * SECOND)) - piece).abs() < 1e-9);
                prop_assert!(window.holds(SimDuration(length * SECOND)));
            }
        }
    }
}
