//! Whether schedulers served the same: carbon is cheap to save by leaving work undone.

use serde::Serialize;

use super::layout::Layout;

/// Largest difference of shares that counts as equal service: 0.1 points.
pub const TOLERANCE: f64 = 0.001;

/// What became of a scheduler's requests over all its runs, as shares of those that arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Service {
    /// Completed, late ones included.
    pub completed_share: Option<f64>,
    /// Completed after the deadline.
    pub late_share: Option<f64>,
    /// Whether both are those of the baseline within 0.1 points.
    pub equal: bool,
}

impl Service {
    pub(super) fn new(layout: &Layout, scheduler: usize) -> Self {
        let [own, baseline] = [scheduler, 0].map(|scheduler| shares(layout, scheduler));
        let close = |own: Option<f64>, baseline: Option<f64>| match (own, baseline) {
            // The last digits of a difference of shares are rounding.
            (Some(own), Some(baseline)) => (own - baseline).abs() <= TOLERANCE + 1e-12,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let equal = close(own[0], baseline[0]) && close(own[1], baseline[1]);
        Self { completed_share: own[0], late_share: own[1], equal }
    }
}

fn shares(layout: &Layout, scheduler: usize) -> [Option<f64>; 2] {
    ["requests_completed", "requests_late"].map(|name| {
        let part = |trial: &super::Trial| Some([trial.figures.get(name)?, trial.figures.get("requests_arrived")?]);
        layout.ratios(scheduler, part).overall()
    })
}
