//! The readers of carbon signals, one target a format, and what a run does with a signal and with forecasts.

use std::hint::black_box;

use jiff::Timestamp;
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::signal::EndPolicy;
use workloads::calendar::time_zone;
use workloads::carbon::factors::Factors;
use workloads::carbon::format::Format;
use workloads::carbon::options::{Gaps, Options, Steps, Values};
use workloads::carbon::reading::{read, read_issued};
use workloads::carbon::series::Series;
use workloads::carbon::unit::Unit;

use super::Target;

/// One target a format, one that recognises it, and the table of emission factors.
pub fn targets() -> Vec<Target> {
    let all = |format: Option<Format>| {
        let options = options(format);
        move |bytes: &[u8]| options.iter().for_each(|options| signal(bytes, options))
    };
    let mut targets = vec![Target::new("carbon", all(None))];
    for &format in Format::ALL {
        targets.push(Target::new(format!("carbon_{}", format.name()), all(Some(format))));
    }
    targets.push(Target::new("factors", |bytes| {
        let _ = black_box(Factors::read(bytes, "x"));
    }));
    targets
}

/// What scenarios may state of a file, in a few combinations: some are refused at once, which ones depends on the format.
fn options(format: Option<Format>) -> Vec<Options> {
    let bare = Options { format, ..Options::default() };
    let placed = |unit, gaps, steps| Options {
        unit: Some(unit),
        values: Some(if gaps == Gaps::Hold { Values::Point } else { Values::Mean }),
        time_zone: time_zone("Europe/Berlin"),
        start: Some(Timestamp::UNIX_EPOCH),
        step: Some(SimDuration::from_hours(1)),
        gaps,
        steps,
        ..bare.clone()
    };
    let columns = placed(Unit::GramsPerKwh, Gaps::Interpolate, Steps::Any);
    vec![
        bare.clone(),
        Options { gaps: Gaps::Interpolate, steps: Steps::Any, time_zone: time_zone("Europe/Berlin"), ..bare.clone() },
        placed(Unit::GramsPerKwh, Gaps::Interpolate, Steps::Even),
        placed(Unit::KilogramsPerKwh, Gaps::Hold, Steps::Even),
        Options { time_column: Some("time".to_owned()), value_column: Some("ci".to_owned()), ..columns },
    ]
}

fn signal(bytes: &[u8], options: &Options) {
    if let Ok(reading) = read(bytes, "x", options) {
        integrate(&reading.series);
        black_box(reading.findings.len());
    }
    if let Ok(issued) = read_issued(bytes, "x", options) {
        assert!(issued.issues.is_sorted_by(|a, b| a.at <= b.at), "issue times go backwards");
        assert!(issued.issues.iter().all(|issue| issue.values.end <= issued.values.len()), "values beyond the table");
    }
}

/// Places a series in simulated time and integrates it whole: what is read is what accounting relies on.
fn integrate(series: &Series) {
    let (start, _) = series.span();
    for epoch in [start, Timestamp::UNIX_EPOCH] {
        let Ok(signal) = series.clone().into_signal(epoch, EndPolicy::Hold) else { continue };
        let (from, to) = signal.span();
        let whole = black_box(signal.integral(SimTime(from.max(0) as u64), SimTime(to.max(0) as u64))).0;
        if epoch == start {
            let mean = signal.mean().0 * SimTime(to.max(0) as u64).as_secs();
            // Numbers below the smallest normal one have fewer digits.
            assert!(
                (whole - mean).abs() <= 1e-9 * mean.abs() + f64::MIN_POSITIVE,
                "the integral is {whole}, mean × span {mean}"
            );
        }
    }
}
