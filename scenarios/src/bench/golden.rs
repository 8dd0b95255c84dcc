//! Golden figures: what every exact implementation of the workloads finds, agreed by independent simulators.

use super::args::Dispatch;

/// Check values of the hold model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// Its size.
    pub entities: u32,
    pub events: u64,
    /// Time of the last event [mean gaps].
    pub t_end: f64,
    pub sum: u64,
    /// Most events of one entity.
    pub max: u32,
}

/// The hold model at three sizes.
pub(super) const HOLD: [Hold; 3] = [
    Hold { entities: 1_000, events: 10_000_000, t_end: 10_003.868_376_577, sum: 19_980_723_269, max: 10_315 },
    Hold { entities: 100_000, events: 10_000_000, t_end: 100.034_554_892, sum: 1_999_966_630_233, max: 147 },
    Hold { entities: 1_000_000, events: 5_000_000, t_end: 5.001_707_715, sum: 9_998_866_923_802, max: 18 },
];

/// Mean wait [s] of a million customers by number of servers.
pub(super) const FARM: [(u16, f64); 3] = [(1, 3.916_698_874), (10, 0.197_458_769), (1000, 0.0)];

/// Check values of the edge fleet; `None` where none is published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fleet {
    pub devices: u32,
    pub dispatch: Dispatch,
    pub busy: bool,
    pub tasks: u64,
    pub events: Option<u64>,
    pub resp_ms: f64,
    pub energy: Option<f64>,
    pub carbon: f64,
    pub sum: u64,
}

const fn fleet(
    (devices, dispatch): (u32, Dispatch), (tasks, events): (u64, u64), resp_ms: f64, energy: Option<f64>, carbon: f64,
    sum: u64,
) -> Fleet {
    Fleet { devices, dispatch, busy: false, tasks, events: Some(events), resp_ms, energy, carbon, sum }
}

/// The edge fleet over an hour. The sum of 10,000 devices under `all` is that of a clock of whole nanoseconds, which
/// orders a few completions and arrivals of the same nanosecond otherwise than a clock of seconds in floating point.
pub(super) const FLEET: [Fleet; 7] = {
    use Dispatch::{All, D2};
    [
        fleet((100, All), (71_903, 428_571), 93.764_467, Some(730_785.3), 52.120_607, 35_266_941),
        fleet((100, D2), (71_903, 428_691), 93.783_260, Some(730_785.3), 52.220_589, 1_288_393_522),
        fleet((1000, All), (720_313, 4_318_823), 94.156_446, Some(7_308_044.753), 522.136_206, 2_826_810_917),
        fleet((1000, D2), (720_313, 4_318_963), 94.159_476, None, 522.221_656, 130_304_725_097),
        fleet((10_000, All), (7_198_799, 43_189_739), 94.198_765, Some(73_079_803.1), 5_222.071_735, 259_616_400_663),
        fleet((10_000, D2), (7_198_799, 43_189_847), 94.198_855, None, 5_222.183_105, 13_026_645_620_954),
        Fleet {
            devices: 1000,
            dispatch: D2,
            busy: true,
            tasks: 720_313,
            events: None,
            resp_ms: 7_693.894_595,
            energy: Some(22_308_447.28),
            carbon: 1_594.062_827,
            sum: 130_276_762_063,
        },
    ]
};

/// Notes a difference of whole numbers.
pub(super) fn same(wrong: &mut Vec<String>, what: &str, got: u64, golden: u64) {
    if got != golden {
        wrong.push(format!("{what} {got} is not {golden}"));
    }
}

/// Notes a difference of numbers beyond a relative tolerance.
pub(super) fn near(wrong: &mut Vec<String>, what: &str, got: f64, golden: f64, tolerance: f64) {
    let off = (got - golden).abs();
    if off.is_nan() || off > tolerance * golden.abs() {
        wrong.push(format!("{what} {got} is not {golden}"));
    }
}

/// The verdict of a run of golden size.
pub(super) fn verdict(known: bool, wrong: &[String]) -> &'static str {
    match (known, wrong) {
        (false, _) => "none",
        (true, []) => "ok",
        (true, _) => "WRONG",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_differs_is_wrong_and_so_is_one_that_is_no_number() {
        let mut wrong = Vec::new();
        near(&mut wrong, "wait", 0.0, 0.0, 1e-6);
        near(&mut wrong, "wait", 3.916_698_8, 3.916_698_874, 1e-6);
        assert_eq!(verdict(true, &wrong), "ok");
        near(&mut wrong, "wait", 3.9167, 3.916_698_874, 1e-7);
        near(&mut wrong, "energy", f64::NAN, 1.0, 1e-7);
        same(&mut wrong, "sum", 1, 2);
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert_eq!(verdict(true, &wrong), "WRONG");
    }
}
