//! Spans in which a request computes.

use crate::units::{SimDuration, SimTime};

/// A span in which a request computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stint {
    /// Its start.
    pub from: SimTime,
    /// The first instant after it.
    pub to: SimTime,
}

/// The stints of one request, in order of time, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stints(Vec<Stint>);

impl Stints {
    /// All of them.
    pub fn as_slice(&self) -> &[Stint] {
        &self.0
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Only one, so long from an instant on.
    pub fn only(&mut self, from: SimTime, length: SimDuration) {
        self.0.clear();
        self.0.push(Stint { from, to: from + length });
    }

    /// One more, not before the last; as part of it where it follows at once.
    pub fn push(&mut self, from: SimTime, to: SimTime) {
        match self.0.last_mut() {
            Some(last) if last.to == from => last.to = to,
            Some(_) | None => self.0.push(Stint { from, to }),
        }
    }

    /// Takes a span, shorter than any stint, off the end of the last.
    pub fn shorten(&mut self, span: SimDuration) {
        if let Some(last) = self.0.last_mut() {
            last.to = SimTime(last.to.0.saturating_sub(span.0));
        }
    }

    /// Adds spans in any order.
    pub fn extend(&mut self, spans: &mut [Stint]) {
        spans.sort_unstable();
        spans.iter().for_each(|span| self.push(span.from, span.to));
    }
}
