//! The readers of carbon signals, one target a format, and what a run does with a signal.

use std::hint::black_box;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::signal::{Basis, EndPolicy, Gas, Labels, Scope};
use workloads::carbon::city_learn::CityLearn;
use workloads::carbon::electricity_maps::ElectricityMaps;
use workloads::carbon::generic_csv::GenericCsv;
use workloads::carbon::series::{Series, Steps};
use workloads::carbon::unit::Unit;

use super::Target;

/// All targets of carbon signals.
pub fn targets() -> Vec<Target> {
    let labels = Labels { scope: Scope::Direct, basis: Basis::Production, gas: Gas::Co2 };
    let table = |steps| GenericCsv {
        time_column: "time".to_owned(),
        value_column: "ci".to_owned(),
        unit: Unit::GramsPerKwh,
        time_zone: TimeZone::UTC,
        steps,
        zone: "X".to_owned(),
        labels,
    };
    let (even, any) = (table(Steps::Equal), table(Steps::Any));
    let maps = ElectricityMaps { scope: Scope::Lifecycle };
    let start = Timestamp::UNIX_EPOCH;
    let learn = CityLearn { start, step: SimDuration::from_hours(1), zone: "X".to_owned(), labels };
    vec![
        Target::new("carbon_csv", move |bytes| {
            even.read(bytes, "x").into_iter().chain(any.read(bytes, "x")).for_each(integrate);
        }),
        Target::new("carbon_electricity-maps", move |bytes| maps.read(bytes, "x").into_iter().for_each(integrate)),
        Target::new("carbon_citylearn", move |bytes| learn.read(bytes, "x").into_iter().for_each(integrate)),
    ]
}

/// Places a series in simulated time and integrates it whole: what is read is what accounting relies on.
fn integrate(series: Series) {
    let (start, _) = series.span();
    for epoch in [start, Timestamp::UNIX_EPOCH] {
        let Ok(signal) = series.clone().into_signal(epoch, EndPolicy::Hold) else { continue };
        let (from, to) = signal.span();
        let (from, to) = (SimTime(from.max(0) as u64), SimTime(to.max(0) as u64));
        let whole = black_box(signal.integral(from, to)).0;
        if from.0 == 0 && epoch == start {
            let mean = signal.mean().0 * to.as_secs();
            assert!((whole - mean).abs() <= 1e-9 * mean.abs(), "the integral is {whole}, mean × span {mean}");
        }
    }
}
