//! Random weather of a zone: one stream for each of its processes, named by the zone and not by its place in a table.

use rand_distr::{Distribution, StandardNormal};
use sim_core::kernel::rng::{Purpose, Streams};

/// Hours in the library's year.
pub(super) const HOURS: usize = 8760;

/// The library's own seed: its years are the same in every scenario.
const SEED: u64 = 0xca4b_0ed6_e201;

/// A process that is drawn for a zone.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(super) enum Process {
    Demand = 1,
    Cloud = 2,
    Wind = 3,
    Reactors = 4,
    Rivers = 5,
}

/// A stationary first-order autoregression of unit variance by hour, whose correlation falls to 1/e in `memory_h` [h].
pub(super) fn anomalies(zone: &str, process: Process, memory_h: f64) -> impl Iterator<Item = f64> + use<> {
    let mut stream = Streams::new(SEED, 0).keyed(Purpose::Grid, hash(zone), process as u64);
    let step = (-1.0 / memory_h).exp();
    let fresh = (1.0 - step * step).sqrt();
    let mut state: f64 = StandardNormal.sample(&mut stream);
    (0..HOURS).map(move |_| {
        let innovation: f64 = StandardNormal.sample(&mut stream);
        state = step * state + fresh * innovation;
        state
    })
}

/// FNV-1a: a name's number is the same on every machine and in every version.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Scales `values` so that they add up to `total`.
pub(super) fn scale_to(values: &mut [f64], total: f64) {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value *= total / sum);
    }
}

/// Where the rising `f` reaches `target` between `low` and `high`, to the last digits; an end if it does not.
pub(super) fn level(mut low: f64, mut high: f64, target: f64, f: impl Fn(f64) -> f64) -> f64 {
    // Forty halvings leave 10⁻¹² of the interval.
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if f(middle) < target { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Local standard time of an hour's middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// Days since 1 January, local [d].
    pub day: f64,
    /// Hour of the day [h].
    pub hour: f64,
}

impl Clock {
    pub(super) fn at(index: usize, utc_offset_h: f64) -> Self {
        let local = index as f64 + 0.5 + utc_offset_h;
        Self { day: local / 24.0, hour: local.rem_euclid(24.0) }
    }

    /// A yearly cosine of amplitude 1 that peaks on `peak_day` in the north, and half a year later in the south.
    pub(super) fn season(self, peak_day: f64, latitude: f64) -> f64 {
        let shift = if latitude < 0.0 { 182.5 } else { 0.0 };
        (std::f64::consts::TAU * (self.day - peak_day - shift) / 365.0).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anomalies_have_unit_variance_and_their_memory() {
        let values: Vec<f64> = anomalies("here", Process::Cloud, 5.0).collect();
        let variance = values.iter().map(|x| x * x).sum::<f64>() / HOURS as f64;
        let lagged = values.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / HOURS as f64;
        // Effective samples of x² are n(1−ρ²)/(1+ρ²) = 1729: five standard errors of the deviation are 8.5 %.
        assert!((variance.sqrt() - 1.0).abs() < 0.085, "{variance}");
        assert!((lagged / variance - (-0.2f64).exp()).abs() < 0.033, "{}", lagged / variance);
    }

    #[test]
    fn zones_and_processes_do_not_share_their_luck() {
        let first = |zone, process| anomalies(zone, process, 10.0).next().unwrap();
        assert_ne!(first("DE", Process::Wind), first("DK", Process::Wind));
        assert_ne!(first("DE", Process::Wind), first("DE", Process::Cloud));
    }
}
