//! What is public of a zone's signal at an instant, and nothing else.

use crate::units::{Intensity, SimDuration, SimTime};
use crate::world::signal::{Known, Signal, from_nanos, nanos};

/// The public part of a signal: what somebody at that instant could have looked up.
///
/// It ends with the newest interval that is published. It starts with the series, also where the signal wraps, because
/// what would stand before is the end of the series: the future; with the epoch's interval where the series wraps and
/// starts later. Until something is published, the first interval's
/// value counts as known, as [`Signal::published`] says; a signal of one value is known throughout.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    signal: &'a Signal,
    now: SimTime,
    known: Known,
}

impl<'a> Past<'a> {
    /// What is public of a signal at `now`, its intervals' means being published `lag` after their ends.
    #[must_use]
    pub fn new(signal: &'a Signal, now: SimTime, lag: SimDuration) -> Self {
        Self { signal, now, known: signal.known(now, lag) }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The newest public intensity.
    #[must_use]
    pub fn latest(&self) -> Intensity {
        self.known.latest
    }

    /// The intensity at an instant, if it is public.
    #[must_use]
    pub fn at(&self, instant: SimTime) -> Option<Intensity> {
        self.before(instant, SimDuration::ZERO)
    }

    /// The intensity a span before an instant, if it is public; it may lie before the epoch.
    #[must_use]
    pub fn before(&self, instant: SimTime, span: SimDuration) -> Option<Intensity> {
        let time = earlier(instant, span);
        (self.known.from..self.known.until).contains(&time).then(|| self.signal.value(time))
    }

    /// The first instant after `instant` at which [`Past::before`] may differ, asked with the same span.
    #[must_use]
    pub fn before_holds_until(&self, instant: SimTime, span: SimDuration) -> SimTime {
        let time = earlier(instant, span);
        if time >= self.known.until {
            return SimTime::NEVER;
        }
        let end =
            if time < self.known.from { self.known.from } else { self.signal.interval(self.signal.ordinal(time)).1 };
        from_nanos(end.saturating_add(nanos(SimTime(span.0))))
    }

    /// How far an instant lies behind the end of what is public; zero where it is public.
    #[must_use]
    pub fn ahead(&self, instant: SimTime) -> SimDuration {
        SimDuration(u64::try_from(nanos(instant).saturating_sub(self.known.until)).unwrap_or(0))
    }

    /// The part of a span that is public; empty, at an end of the span, if none is.
    pub(crate) fn public_within(&self, from: SimTime, to: SimTime) -> (SimTime, SimTime) {
        let start = from_nanos(self.known.from).clamp(from, to);
        (start, from_nanos(self.known.until).clamp(start, to))
    }

    /// The first instant after those that are public [ns since the epoch].
    pub(super) fn until(&self) -> i64 {
        self.known.until
    }
}

fn earlier(instant: SimTime, span: SimDuration) -> i64 {
    nanos(instant).saturating_sub(nanos(SimTime(span.0)))
}
