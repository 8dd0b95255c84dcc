//! Carbon signals: piecewise-constant intensity with exact integrals.

mod published;

pub(crate) use published::Known;

use crate::units::{Exposure, Intensity, NANOS_PER_SECOND, SimDuration, SimTime};

/// What a signal's numbers answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignalKind {
    /// Mean of all generation in the mix.
    Average,
    /// Of the plant that answers one more kilowatt-hour.
    Marginal,
}

/// Which life-cycle stages the emission factors hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Combustion at the plant only.
    Direct,
    /// Building, fuel supply and disposal too.
    Lifecycle,
}

/// Whose electricity is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Generation in the zone, with imports and exports.
    Consumption,
    /// Generation in the zone only.
    Production,
}

/// Which gases are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gas {
    /// Carbon dioxide only.
    Co2,
    /// All greenhouse gases, by their 100-year warming potential.
    Co2e,
}

/// The labels without which two signals must not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Labels {
    /// Direct or life cycle.
    pub scope: Scope,
    /// Consumption or production.
    pub basis: Basis,
    /// CO2 or CO2e.
    pub gas: Gas,
}

impl std::fmt::Display for Labels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scope = match self.scope {
            Scope::Direct => "direct",
            Scope::Lifecycle => "lifecycle",
        };
        let basis = match self.basis {
            Basis::Consumption => "consumption",
            Basis::Production => "production",
        };
        let gas = match self.gas {
            Gas::Co2 => "CO2",
            Gas::Co2e => "CO2e",
        };
        write!(f, "{scope}, {basis}, {gas}")
    }
}

/// How a signal goes on after its last interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EndPolicy {
    /// Not at all: the scenario is refused if it needs more.
    #[default]
    Error,
    /// Its last value holds.
    Hold,
    /// It starts again from its beginning.
    Wrap,
}

/// Where the numbers come from, as outputs say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// A published series or a constant given by the user, with its name.
    Given(String),
    /// Made from documented statistics; never to be read as measured.
    Synthetic(String),
    /// A real series whose place in time was assumed.
    StartAssumed(String),
}

#[derive(Clone, Debug)]
enum Bounds {
    /// Step k spans `[start + k·step, start + (k+1)·step)`; times may lie before the epoch.
    Regular { start: i64, step: i64 },
    /// `len + 1` ascending instants.
    Irregular(Vec<i64>),
}

/// Why a series is not a signal.
#[derive(Clone, Debug, PartialEq)]
pub enum SignalError {
    /// No interval at all.
    Empty,
    /// Interval `at` does not end after it starts.
    NotAscending {
        /// Index of the interval.
        at: usize,
    },
    /// The value of interval `at` is negative or not finite.
    BadValue {
        /// Index of the interval.
        at: usize,
        /// Its value [g/kWh].
        value: f64,
    },
    /// Not one bound more than there are values.
    WrongLength,
}

/// A carbon signal [g/kWh]: each value is the mean of its interval and holds throughout it.
#[derive(Clone, Debug)]
pub struct Signal {
    bounds: Bounds,
    values: Vec<f64>,
    /// `prefix[k]`: integral over the first k steps [g/kWh · s].
    prefix: Vec<f64>,
    end: EndPolicy,
    /// Labels that outputs show.
    pub labels: Labels,
    /// Origin of the numbers.
    pub provenance: Provenance,
}

/// Fewer whole steps than this are summed one by one: a prefix difference would lose digits late in a long series.
const DIRECT_SUM: usize = 64;

impl Signal {
    /// A signal of intervals of one length; `start` [ns since the epoch] may be negative.
    ///
    /// # Errors
    /// If there is no interval, the step is zero, or a value is negative or not finite.
    pub fn regular(
        start: i64, step: SimDuration, values: Vec<f64>, end: EndPolicy, labels: Labels, provenance: Provenance,
    ) -> Result<Self, SignalError> {
        let step = i64::try_from(step.0).map_err(|_| SignalError::NotAscending { at: 0 })?;
        if step == 0 {
            return Err(SignalError::NotAscending { at: 0 });
        }
        Self::checked(Bounds::Regular { start, step }, values, end, labels, provenance)
    }

    /// A signal of intervals between `values.len() + 1` ascending instants [ns since the epoch].
    ///
    /// # Errors
    /// If the instants do not ascend or do not fit the values, or a value is negative or not finite.
    pub fn irregular(
        bounds: Vec<i64>, values: Vec<f64>, end: EndPolicy, labels: Labels, provenance: Provenance,
    ) -> Result<Self, SignalError> {
        if bounds.len() != values.len() + 1 {
            return Err(SignalError::WrongLength);
        }
        if let Some(at) = bounds.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(SignalError::NotAscending { at });
        }
        let step = bounds[1] - bounds[0];
        let regular = bounds.windows(2).all(|pair| pair[1] - pair[0] == step);
        let bounds = if regular { Bounds::Regular { start: bounds[0], step } } else { Bounds::Irregular(bounds) };
        Self::checked(bounds, values, end, labels, provenance)
    }

    /// A signal that never changes.
    ///
    /// # Errors
    /// If the value is negative or not finite.
    pub fn constant(value: Intensity, labels: Labels, provenance: Provenance) -> Result<Self, SignalError> {
        Self::regular(0, SimDuration::from_hours(24), vec![value.0], EndPolicy::Wrap, labels, provenance)
    }

    fn checked(
        bounds: Bounds, values: Vec<f64>, end: EndPolicy, labels: Labels, provenance: Provenance,
    ) -> Result<Self, SignalError> {
        if values.is_empty() {
            return Err(SignalError::Empty);
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite() || *v < 0.0) {
            return Err(SignalError::BadValue { at, value: values[at] });
        }
        let mut signal = Self { bounds, prefix: Vec::with_capacity(values.len() + 1), values, end, labels, provenance };
        let mut total = crate::kernel::sum::Sum::default();
        signal.prefix.push(0.0);
        for k in 0..signal.values.len() {
            total.add(signal.values[k] * seconds(signal.bound(k), signal.bound(k + 1)));
            signal.prefix.push(total.value());
        }
        Ok(signal)
    }

    /// The same signal under another end policy.
    #[must_use]
    pub fn ending(mut self, end: EndPolicy) -> Self {
        self.end = end;
        self
    }

    /// The same signal with `nanos` [ns] taken from every instant: what lay there is the epoch now.
    #[must_use]
    pub fn shifted(mut self, nanos: i64) -> Self {
        match &mut self.bounds {
            Bounds::Regular { start, .. } => *start -= nanos,
            Bounds::Irregular(bounds) => bounds.iter_mut().for_each(|bound| *bound -= nanos),
        }
        self
    }

    /// How the signal goes on after its last interval.
    #[must_use]
    pub fn end_policy(&self) -> EndPolicy {
        self.end
    }

    /// Whether the signal has one value for all time.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.values.len() == 1 && self.end != EndPolicy::Error
    }

    /// Number of intervals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no interval; never true of a signal that was built.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values in order [g/kWh].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// First and last instant that the series itself covers [ns since the epoch].
    #[must_use]
    pub fn span(&self) -> (i64, i64) {
        (self.bound(0), self.bound(self.values.len()))
    }

    /// Mean over the series' own span.
    #[must_use]
    pub fn mean(&self) -> Intensity {
        let (start, end) = self.span();
        Intensity(self.prefix[self.values.len()] / seconds(start, end))
    }

    /// Whether every instant of `[0, until]` has a value.
    #[must_use]
    pub fn covers(&self, until: SimTime) -> bool {
        let (start, end) = self.span();
        let until = i64::try_from(until.0).unwrap_or(i64::MAX);
        start <= 0 && (end >= until || self.end != EndPolicy::Error) || self.end == EndPolicy::Wrap
    }

    /// The value that holds at `at`; outside the span by the end policy, the edge value under `error`.
    #[must_use]
    pub fn at(&self, at: SimTime) -> Intensity {
        self.value(nanos(at))
    }

    /// The first instant after `at` at which the value may differ; never, when no more change comes.
    #[must_use]
    pub fn next_change(&self, at: SimTime) -> SimTime {
        if self.values.len() == 1 {
            return SimTime::NEVER;
        }
        let time = nanos(at);
        let (start, end) = self.span();
        if time < start && self.end != EndPolicy::Wrap {
            return from_nanos(start);
        }
        if time >= end && self.end != EndPolicy::Wrap {
            return SimTime::NEVER;
        }
        let (lap, k) = self.locate(time);
        from_nanos(lap * (end - start) + self.bound(k + 1))
    }

    /// The exact integral of the intensity over `[from, to]` [g/kWh · s].
    ///
    /// Within one step it is value × whole nanoseconds; over several, the two partial ends and the whole steps
    /// between, because C(b) − C(a) alone cancels late in a long series.
    #[must_use]
    #[inline]
    pub fn integral(&self, from: SimTime, to: SimTime) -> Exposure {
        if self.values.len() == 1 {
            return Exposure(self.values[0] * to.since(from).as_secs());
        }
        let (a, b) = (nanos(from), nanos(to));
        let (lap_a, first) = self.locate(a);
        let (lap_b, last) = self.locate(b);
        if lap_a == lap_b && first == last {
            return Exposure(self.values[first] * seconds(a, b));
        }
        Exposure(self.across(a, b, (lap_a, first), (lap_b, last)))
    }

    fn across(&self, a: i64, b: i64, (lap_a, first): (i64, usize), (lap_b, last): (i64, usize)) -> f64 {
        let (start, end) = self.span();
        let lap = end - start;
        let head = self.values[first] * seconds(a, lap_a * lap + self.bound(first + 1));
        let tail = self.values[last] * seconds(lap_b * lap + self.bound(last), b);
        if lap_a == lap_b {
            return head + self.whole(first + 1, last) + tail;
        }
        let rest_of_lap = self.whole(first + 1, self.values.len());
        let laps = (lap_b - lap_a - 1) as f64 * self.prefix[self.values.len()];
        head + rest_of_lap + laps + self.whole(0, last) + tail
    }

    /// Integral over the whole steps `first..last`.
    fn whole(&self, first: usize, last: usize) -> f64 {
        if last - first > DIRECT_SUM {
            return self.prefix[last] - self.prefix[first];
        }
        (first..last).map(|k| self.values[k] * seconds(self.bound(k), self.bound(k + 1))).sum()
    }

    /// Number of the interval that holds at `time`, counted over laps from the series' first; clamped to the edge
    /// intervals of a signal that does not wrap.
    pub(crate) fn ordinal(&self, time: i64) -> i64 {
        let (lap, k) = self.locate(time);
        lap * self.values.len() as i64 + k as i64
    }

    /// Start and end of the interval of an ordinal [ns since the epoch].
    pub(crate) fn interval(&self, ordinal: i64) -> (i64, i64) {
        let (len, (start, end)) = (self.values.len() as i64, self.span());
        let (lap, k) = (ordinal.div_euclid(len), ordinal.rem_euclid(len) as usize);
        let shift = lap * (end - start);
        (shift + self.bound(k), shift + self.bound(k + 1))
    }

    /// The value that holds at `time` [ns since the epoch].
    pub(crate) fn value(&self, time: i64) -> Intensity {
        Intensity(self.values[self.locate(time).1])
    }

    /// The lap (0 unless the signal wraps) and the step that hold `time`; clamped to the edge steps otherwise.
    #[inline]
    fn locate(&self, time: i64) -> (i64, usize) {
        let (start, end) = self.span();
        let (lap, time) = if self.end == EndPolicy::Wrap {
            let lap = (time - start).div_euclid(end - start);
            (lap, time - lap * (end - start))
        } else {
            (0, time)
        };
        let last = self.values.len() - 1;
        let k = match &self.bounds {
            Bounds::Regular { start, step } => ((time - start).max(0) / step) as usize,
            Bounds::Irregular(bounds) => bounds.partition_point(|&bound| bound <= time).saturating_sub(1),
        };
        // Before the start and after the end the edge steps are stretched.
        (lap, k.min(last))
    }

    fn bound(&self, k: usize) -> i64 {
        match &self.bounds {
            Bounds::Regular { start, step } => start + k as i64 * step,
            Bounds::Irregular(bounds) => bounds[k],
        }
    }
}

pub(crate) fn nanos(time: SimTime) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

pub(crate) fn from_nanos(nanos: i64) -> SimTime {
    SimTime(u64::try_from(nanos).unwrap_or(0))
}

fn seconds(from: i64, to: i64) -> f64 {
    (to - from) as f64 / NANOS_PER_SECOND as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LABELS: Labels = Labels { scope: Scope::Lifecycle, basis: Basis::Consumption, gas: Gas::Co2e };
    const HOUR: u64 = 3600 * NANOS_PER_SECOND;

    fn hourly(values: Vec<f64>, end: EndPolicy) -> Signal {
        Signal::regular(0, SimDuration(HOUR), values, end, LABELS, Provenance::Given("test".into())).unwrap()
    }

    /// The slow twin: walks from change to change.
    fn walked(signal: &Signal, from: SimTime, to: SimTime) -> f64 {
        let (mut at, mut total) = (from, 0.0);
        while at < to {
            let next = SimTime(signal.next_change(at).0.min(to.0));
            total += signal.at(at).0 * next.since(at).as_secs();
            at = next;
        }
        total
    }

    proptest! {
        #[test]
        fn the_integral_equals_a_walk_over_the_steps(
            values in prop::collection::vec(0.0f64..900.0, 1..200),
            from in 0u64..400 * HOUR, span in 0u64..300 * HOUR, policy in 0usize..3, irregular: bool,
        ) {
            let end = [EndPolicy::Error, EndPolicy::Hold, EndPolicy::Wrap][policy];
            let signal = if irregular {
                let bounds = (0..=values.len() as i64).map(|k| k * HOUR as i64 + (k % 3) * 1_234_567).collect();
                Signal::irregular(bounds, values, end, LABELS, Provenance::Given("test".into())).unwrap()
            } else {
                hourly(values, end)
            };
            let (from, to) = (SimTime(from), SimTime(from + span));
            let (fast, slow) = (signal.integral(from, to).0, walked(&signal, from, to));
            prop_assert!((fast - slow).abs() <= 1e-10 * slow.abs().max(1e-300), "{fast} {slow}");
        }
    }

    #[test]
    fn five_milliseconds_late_in_december_lose_no_digit() {
        let values: Vec<f64> = (0..8760).map(|h| 300.0 + (h % 24) as f64).collect();
        let signal = hourly(values, EndPolicy::Error);
        let start = SimTime(364 * 24 * HOUR + HOUR - 2_000_000);
        let exact = 300.0 * 0.002 + 301.0 * 0.003;
        let got = signal.integral(start, SimTime(start.0 + 5_000_000)).0;
        assert!((got / exact - 1.0).abs() < 1e-12, "{got} {exact}");
    }

    #[test]
    fn a_value_that_is_no_intensity_is_refused() {
        let given = Provenance::Given(String::new());
        let made = Signal::regular(0, SimDuration(HOUR), vec![1.0, -5.0], EndPolicy::Error, LABELS, given);
        assert_eq!(made.unwrap_err(), SignalError::BadValue { at: 1, value: -5.0 });
    }
}
