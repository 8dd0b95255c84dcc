//! The forecast of a zone as steps, with exact searches for the best start and for the cheapest time.
//!
//! Over a piecewise-constant forecast the mean of a window is piecewise linear in its start s, with kinks where s or
//! s + length meets a step's end. Its least value lies at a kink or an end of the range; so does the greatest of
//! (C₀ − C(s)) / (s + length), which is monotone between kinks. So kinks and ends are all that is looked at.

use super::{Stint, Stints};
use crate::ids::ZoneId;
use crate::scheduler::View;
use crate::units::{SimDuration, SimTime};

/// A gain below this share of the mean is taken for rounding, or equal windows would be chosen at random.
const ROUNDING: f64 = 1e-12;

/// A step of the forecast.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: SimTime,
    /// Intensity [g/kWh].
    value: f64,
    /// Integral from the outlook's start to this step's [g/kWh · s].
    before: f64,
}

/// The forecast of one zone from an instant on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlook {
    steps: Vec<Step>,
    until: SimTime,
    /// Spans by intensity, while the cheapest are looked for.
    spans: Vec<(f64, Stint)>,
    chosen: Vec<Stint>,
}

impl Outlook {
    /// Takes in what is believed now of a zone over `[from, until]`.
    pub fn look(&mut self, view: &View, zone: ZoneId, from: SimTime, until: SimTime) {
        self.fill(from, until, |at| {
            let (value, next) = view.forecast_step(zone, at);
            (value.0, next)
        });
    }

    /// Takes in the steps that `step` tells: the value at an instant, and until when it holds.
    fn fill(&mut self, from: SimTime, until: SimTime, step: impl Fn(SimTime) -> (f64, SimTime)) {
        self.steps.clear();
        self.until = until;
        let (mut at, mut before) = (from, 0.0);
        loop {
            let (value, next) = step(at);
            self.steps.push(Step { from: at, value, before });
            let next = SimTime(next.0.min(until.0));
            before += value * next.since(at).as_secs();
            if next >= until {
                return;
            }
            at = next;
        }
    }

    /// The last step that starts by an instant.
    fn step_at(&self, at: SimTime) -> usize {
        self.steps.partition_point(|step| step.from <= at).saturating_sub(1)
    }

    /// The intensity expected at an instant [g/kWh].
    pub fn value(&self, at: SimTime) -> f64 {
        self.steps[self.step_at(at)].value
    }

    /// The end of the step that holds at an instant.
    pub fn holds_until(&self, at: SimTime) -> SimTime {
        self.steps.get(self.step_at(at) + 1).map_or(self.until, |step| step.from)
    }

    fn before(&self, at: SimTime) -> f64 {
        let step = &self.steps[self.step_at(at)];
        step.before + step.value * at.since(step.from).as_secs()
    }

    /// The mean over a window [g/kWh]: the step's own value inside one step, and at its start if the window is empty.
    pub fn mean(&self, from: SimTime, length: SimDuration) -> f64 {
        if from + length <= self.holds_until(from) {
            return self.value(from);
        }
        (self.before(from + length) - self.before(from)) / length.as_secs()
    }

    /// The start in `[from, latest]` of the least score of its window's start and mean, the earliest of equals: exact, or
    /// of those that lie whole slots after `from`. Scores must be monotone where the mean is linear.
    pub fn best_start(
        &self, (from, latest): (SimTime, SimTime), length: SimDuration, slot: Option<SimDuration>,
        score: impl Fn(SimTime, f64) -> f64,
    ) -> SimTime {
        let noise = ROUNDING * self.mean(from, length);
        let mut best = (from, score(from, self.mean(from, length)));
        let mut offer = |start: SimTime| {
            let scored = score(start, self.mean(start, length));
            if scored < best.1 - noise {
                best = (start, scored);
            }
        };
        match slot.filter(|slot| slot.0 > 0) {
            Some(slot) => {
                (1..).map(|k| from + SimDuration(slot.0.saturating_mul(k))).take_while(|&s| s <= latest).for_each(offer)
            }
            None => {
                self.kinks((from, latest), length, &mut offer);
                offer(latest);
            }
        }
        best.0
    }

    /// Visits in order of time the starts between two instants at which a window's start or end meets a step's end.
    fn kinks(&self, (from, latest): (SimTime, SimTime), length: SimDuration, mut visit: impl FnMut(SimTime)) {
        let within = |&start: &SimTime| start > from && start < latest;
        let ends = || self.steps.iter().skip(1).map(|step| step.from);
        let mut starting = ends().filter(within).peekable();
        let early = |end: SimTime| end.0.checked_sub(length.0).map(SimTime);
        let mut ending = ends().filter_map(early).filter(within).peekable();
        loop {
            let next = match (starting.peek(), ending.peek()) {
                (Some(a), Some(b)) if b < a => ending.next(),
                (Some(_), _) => starting.next(),
                (None, _) => ending.next(),
            };
            let Some(start) = next else { return };
            visit(start);
        }
    }

    /// The first instant in `[from, latest]` of the least intensity.
    pub fn lowest_instant(&self, from: SimTime, latest: SimTime) -> SimTime {
        let mut best = (from, self.value(from));
        for step in self.steps.iter().filter(|step| step.from > from && step.from <= latest) {
            if step.value < best.1 {
                best = (step.from, step.value);
            }
        }
        best.0
    }

    /// Fills `stints` with the cheapest time within `[from, until]` that adds up to `length`, the earliest of equals:
    /// parts of steps, or slots counted from `from`, the last of them in part. False if there is not so much.
    pub fn cheapest(
        &mut self, (from, until): (SimTime, SimTime), length: SimDuration, slot: Option<SimDuration>,
        stints: &mut Stints,
    ) -> bool {
        self.spans.clear();
        self.chosen.clear();
        let mut at = from;
        while at < until {
            let to = slot.map_or_else(|| SimTime(self.holds_until(at).0.min(until.0)), |slot| at + slot);
            if to > until {
                break;
            }
            self.spans.push((self.mean(at, to.since(at)), Stint { from: at, to }));
            at = to;
        }
        self.spans.sort_unstable_by(|(a, x), (b, y)| a.total_cmp(b).then(x.cmp(y)));
        let (mut left, mut beyond) = (length, SimDuration::ZERO);
        for &(_, span) in &self.spans {
            if left == SimDuration::ZERO {
                break;
            }
            let all = span.to.since(span.from);
            let to = if slot.is_none() && left < all { span.from + left } else { span.to };
            self.chosen.push(Stint { from: span.from, to });
            beyond = all - left;
            left -= all;
        }
        stints.extend(&mut self.chosen);
        // A request that fills no whole number of slots ends within its last.
        if slot.is_some() {
            stints.shorten(beyond);
        }
        left == SimDuration::ZERO
    }

    /// Whether some stints emit less than others, by more than rounding.
    pub fn is_less(&self, stints: &Stints, others: &Stints) -> bool {
        self.exposure(stints) < self.exposure(others) * (1.0 - ROUNDING)
    }

    /// Integral over stints [g/kWh · s].
    fn exposure(&self, stints: &Stints) -> f64 {
        stints.as_slice().iter().map(|stint| self.before(stint.to) - self.before(stint.from)).sum()
    }

    /// The intensity that holds, or is gone below, for a share of `[from, to]`: the least value v so that the time of at
    /// most v is at least that share.
    pub fn quantile(&mut self, share: f64, from: SimTime, to: SimTime) -> f64 {
        self.spans.clear();
        let mut at = from;
        while at < to {
            let end = SimTime(self.holds_until(at).0.min(to.0));
            if end <= at {
                break;
            }
            self.spans.push((self.value(at), Stint { from: at, to: end }));
            at = end;
        }
        self.spans.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        let needed = share * to.since(from).as_secs();
        let mut below = 0.0;
        for &(value, span) in &self.spans {
            below += span.to.since(span.from).as_secs();
            if below >= needed {
                return value;
            }
        }
        self.value(from)
    }
}

#[cfg(test)]
mod tests;
