//! What a forecast is told that may know what will happen: the signal itself, and random numbers to blur it.

use super::{LAST, Past};
use crate::ids::{Id, ZoneId};
use crate::kernel::rng::{Purpose, Stream, Streams};
use crate::units::{SimDuration, SimTime};
use crate::world::signal::{Signal, nanos};

/// The whole of a zone's signal, asked at an instant. A forecast is issued whenever an interval becomes public.
#[derive(Clone, Copy, Debug)]
pub struct Oracle<'a> {
    past: Past<'a>,
    actual: &'a Signal,
    zone: ZoneId,
    streams: &'a Streams,
}

/// How far ahead of what is public an interval of the signal lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// In intervals: 1 for the first that is not public.
    pub steps: u64,
    /// In time: from the end of what is public to this interval's start, and the first interval's length.
    pub ahead: SimDuration,
    /// The first interval's length: the horizon of one step.
    pub first: SimDuration,
}

impl<'a> Oracle<'a> {
    /// A zone's signal asked at `now`; its intervals' means are published `lag` after their ends.
    #[must_use]
    pub fn new(actual: &'a Signal, zone: ZoneId, streams: &'a Streams, now: SimTime, lag: SimDuration) -> Self {
        Self { past: Past::new(actual, now, lag), actual, zone, streams }
    }

    /// What is public.
    #[must_use]
    pub fn past(&self) -> &Past<'a> {
        &self.past
    }

    /// What will happen.
    #[must_use]
    pub fn actual(&self) -> &'a Signal {
        self.actual
    }

    /// How far ahead the interval lies that holds at an instant; one step where it is public.
    #[must_use]
    pub fn horizon(&self, target: SimTime) -> Horizon {
        let signal = self.actual;
        let origin = signal.ordinal(self.past.until().min(nanos(LAST)));
        let reached = signal.ordinal(nanos(target)).max(origin);
        let ((start, end), (last, _)) = (signal.interval(origin), signal.interval(reached));
        let span = |nanos: i64| SimDuration(u64::try_from(nanos).unwrap_or(0));
        let steps = u64::try_from(reached - origin).unwrap_or(0) + 1;
        Horizon { steps, ahead: span(last - start + (end - start)), first: span(end - start) }
    }

    /// The random numbers of the newest issue: the same however often and in whatever order it is asked.
    #[must_use]
    pub fn issue_noise(&self) -> Stream {
        self.noise(0, self.past.until())
    }

    /// The random numbers of the interval that holds at an instant: the same in every issue.
    #[must_use]
    pub fn target_noise(&self, target: SimTime) -> Stream {
        self.noise(1, self.actual.ordinal(nanos(target)))
    }

    fn noise(&self, family: u64, part: i64) -> Stream {
        self.streams.keyed(Purpose::Forecast, 2 * self.zone.index() as u64 + family, part.cast_unsigned())
    }
}
