//! Figures of a stream of arrivals, gathered one by one in memory that does not grow.

use analysis::histogram::Spans;
use analysis::stats::Moments;
use serde::Serialize;
use sim_core::arrival::Arrival;
use sim_core::units::{SimDuration, SimTime};

use super::bins::Bins;
use super::dispersion::Dispersion;

/// Windows that counts are looked at through.
const WINDOWS_S: [u64; 4] = [1, 10, 60, 600];

/// Gathers figures of arrivals in order of time.
#[derive(Debug)]
pub struct Figures {
    last: Option<SimTime>,
    bins: Bins,
    windows: [Dispersion; 4],
    gaps: Spans,
    gap_s: Moments,
    work: Amounts,
    input: Amounts,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            last: None,
            bins: Bins::default(),
            windows: WINDOWS_S.map(|seconds| Dispersion::new(SimDuration(seconds * 1_000_000_000))),
            gaps: Spans::new(),
            gap_s: Moments::default(),
            work: Amounts::new(1e-6),
            input: Amounts::new(1.0),
        }
    }
}

impl Extend<Arrival> for Figures {
    fn extend<I: IntoIterator<Item = Arrival>>(&mut self, arrivals: I) {
        arrivals.into_iter().for_each(|arrival| self.add(&arrival));
    }
}

impl Figures {
    fn add(&mut self, arrival: &Arrival) {
        let at = arrival.at;
        if let Some(last) = self.last.replace(at) {
            let gap = at.since(last);
            self.gaps.add(gap);
            self.gap_s.add(gap.as_secs());
        }
        self.bins.add(at);
        self.windows.iter_mut().for_each(|window| window.add(at));
        self.work.add(arrival.work);
        if let Some(input) = arrival.input {
            self.input.add(input.0);
        }
    }

    /// The figures of what came from `start` to `end`.
    #[must_use]
    pub fn over(self, start: SimTime, end: SimTime) -> Summary {
        let count = self.work.moments.count();
        let span_s = end.since(start).as_secs();
        let (bin_s, counts) = self.bins.up_to(end);
        let whole = ((span_s / bin_s) as usize).clamp(1, counts.len().max(1));
        let rates: Vec<f64> = counts.iter().map(|&count| count as f64 / bin_s).collect();
        let complete = &rates[..whole.min(rates.len())];
        let rate = Rate {
            mean: (span_s > 0.0).then(|| count as f64 / span_s),
            min: complete.iter().copied().reduce(f64::min),
            max: complete.iter().copied().reduce(f64::max),
            bin_s,
            bins: rates,
        };
        let index = |window: &Dispersion| {
            let (windows, index) = window.up_to(end);
            Index { window_s: window.window.as_secs(), windows, index }
        };
        let alike = self.work.moments.variance().is_none_or(|variance| variance == 0.0);
        let plain = alike && self.work.moments.mean() == Some(1.0);
        Summary {
            count,
            span_s,
            rate_per_s: rate,
            dispersion: self.windows.iter().map(index).collect(),
            gap_s: Gaps::of(&self.gaps, &self.gap_s),
            work: if plain { None } else { self.work.summary() },
            input_bytes: self.input.summary(),
        }
    }
}

/// Amounts of any kind, in a histogram of spans whose nanosecond stands for a unit.
#[derive(Debug)]
struct Amounts {
    unit: f64,
    spans: Spans,
    moments: Moments,
}

impl Amounts {
    fn new(unit: f64) -> Self {
        Self { unit, spans: Spans::new(), moments: Moments::default() }
    }

    fn add(&mut self, amount: f64) {
        self.spans.add(SimDuration((amount / self.unit).round() as u64));
        self.moments.add(amount);
    }

    fn summary(&self) -> Option<Amount> {
        let quantile = |q| self.spans.quantile(q).map(|span| span.0 as f64 * self.unit);
        Some(Amount {
            mean: self.moments.mean()?,
            min: self.moments.min()?,
            p50: quantile(0.5)?,
            p99: quantile(0.99)?,
            max: self.moments.max()?,
        })
    }
}

/// What arrivals ask for over time.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Their number.
    pub count: u64,
    /// How long they were looked at [s].
    pub span_s: f64,
    /// Their rate [1/s].
    pub rate_per_s: Rate,
    /// Their burstiness.
    pub dispersion: Vec<Index>,
    /// Their gaps [s]; none below two arrivals.
    pub gap_s: Option<Gaps>,
    /// Their work, if it is not always 1.
    pub work: Option<Amount>,
    /// Their inputs [B], where they bring their own.
    pub input_bytes: Option<Amount>,
}

/// A rate over time [1/s].
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// Arrivals ÷ span; none without a span.
    pub mean: Option<f64>,
    /// Of the whole bin with the fewest.
    pub min: Option<f64>,
    /// Of the whole bin with the most.
    pub max: Option<f64>,
    /// The width of a bin [s].
    pub bin_s: f64,
    /// The rate in each bin; the last may be cut short.
    pub bins: Vec<f64>,
}

/// The index of dispersion of counts.
#[derive(Clone, Debug, Serialize)]
pub struct Index {
    /// The length of a window [s].
    pub window_s: f64,
    /// How many whole windows there are.
    pub windows: u64,
    /// Variance of the counts ÷ their mean; none below two windows.
    pub index: Option<f64>,
}

/// Gaps between arrivals [s].
#[derive(Clone, Debug, Serialize)]
pub struct Gaps {
    /// Their mean.
    pub mean: f64,
    /// Coefficient of variation: standard deviation ÷ mean; none if the mean is zero.
    pub cv: Option<f64>,
    /// Quantiles, within a thousandth of their value.
    pub p1: f64,
    /// As above.
    pub p5: f64,
    /// As above.
    pub p25: f64,
    /// As above.
    pub p50: f64,
    /// As above.
    pub p75: f64,
    /// As above.
    pub p95: f64,
    /// As above.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

impl Gaps {
    fn of(spans: &Spans, moments: &Moments) -> Option<Self> {
        let quantile = |q| spans.quantile(q).map(SimDuration::as_secs);
        let mean = moments.mean()?;
        Some(Self {
            mean,
            cv: moments.std_dev().filter(|_| mean > 0.0).map(|deviation| deviation / mean),
            p1: quantile(0.01)?,
            p5: quantile(0.05)?,
            p25: quantile(0.25)?,
            p50: quantile(0.5)?,
            p75: quantile(0.75)?,
            p95: quantile(0.95)?,
            p99: quantile(0.99)?,
            max: quantile(1.0)?,
        })
    }
}

/// An amount that each request has its own of.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// Its mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// The median, within a thousandth.
    pub p50: f64,
    /// The 99th percentile, within a thousandth.
    pub p99: f64,
    /// The most.
    pub max: f64,
}
