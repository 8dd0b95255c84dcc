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
        move |bytes: &[u8]| options.iter().filter(|options| signal(bytes, options)).count() > 0
    };
    let mut targets = vec![Target::new("carbon", all(None))];
    for &format in Format::ALL {
        targets.push(Target::new(format!("carbon_{}", format.name()), all(Some(format))));
    }
    targets.push(Target::new("factors", |bytes| black_box(Factors::read(bytes, "x")).is_ok()));
    targets
}

/// What scenarios may state of a file, in combinations that its format takes.
fn options(format: Option<Format>) -> Vec<Options> {
    let bare = Options { format, ..Options::default() };
    let stated = |unit, values, gaps, steps| Options { unit, values, gaps, steps, ..bare.clone() };
    let (grams, kilograms) = (Some(Unit::GramsPerKwh), Some(Unit::KilogramsPerKwh));
    let mended = stated(grams, Some(Values::Mean), Gaps::Interpolate, Steps::Even);
    let mut all = vec![
        bare.clone(),
        stated(None, None, Gaps::Interpolate, Steps::Any),
        stated(kilograms, Some(Values::Point), Gaps::Hold, Steps::Even),
        mended.clone(),
    ];
    let berlin = time_zone("Europe/Berlin");
    match format {
        Some(Format::Csv | Format::GenerationMix) => {
            all.push(Options { time_column: Some("time".to_owned()), time_zone: berlin, ..mended });
        }
        // Its columns are zones, of which one must be named.
        Some(Format::Vessim) => {
            all.iter_mut().for_each(|options| options.zone = Some("DE".to_owned()));
            all.push(Options { time_zone: berlin, zone: Some("DE".to_owned()), ..mended });
        }
        Some(Format::OpenDc | Format::ElectricityMapsApi | Format::NationalGrid) => {
            all.push(Options { time_zone: berlin, ..mended });
        }
        Some(Format::CityLearn) => all.iter_mut().for_each(|options| {
            options.start = Some(Timestamp::UNIX_EPOCH);
            options.step = Some(SimDuration::from_hours(1));
        }),
        Some(Format::CarbonEdge | Format::ElectricityMaps | Format::WattTime | Format::CarbonCast) | None => {}
    }
    all
}

fn signal(bytes: &[u8], options: &Options) -> bool {
    let read = read(bytes, "x", options);
    if let Ok(reading) = &read {
        integrate(&reading.series);
        black_box(reading.findings.len());
    }
    if let Ok(issued) = read_issued(bytes, "x", options) {
        assert!(issued.issues.is_sorted_by(|a, b| a.at <= b.at), "issue times go backwards");
        assert!(issued.issues.iter().all(|issue| issue.values.end <= issued.values.len()), "values beyond the table");
    }
    read.is_ok()
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
