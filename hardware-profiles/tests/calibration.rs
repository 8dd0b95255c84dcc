//! The cost model on published latencies: the model left out, beside simpler forms, with the depthwise ratio as it is.

use hardware_profiles::calibrate::DEPTHWISE_COST;
use hardware_profiles::calibrate::errors::{Errors, Row, Simpler, compare, leave_one_out};
use hardware_profiles::calibrate::latencies::Latencies;
use hardware_profiles::catalogue::{self, ClassEntry};

#[test]
fn mobilenets_left_out_of_xnnpacks_table_are_met_within_15_percent() {
    let table = Latencies::xnnpack();
    assert!(table.devices.len() == 9 && table.devices.values().all(|latencies| latencies.len() == 4));
    let rows = compare(&table.points(DEPTHWISE_COST), 0.0);
    let left_out = |row: &Row| row.left_out.expect("four latencies a device");
    let ours = left_out(&rows[0]);
    assert_eq!(ours.n, 36);
    assert!(ours.mean <= 0.15, "{ours:?}");
    let simpler = |form: Simpler| left_out(rows.iter().find(|row| row.form == form.name()).expect("is shown"));
    for worse in [Simpler::Macs, Simpler::MacsAndLayers] {
        assert!(simpler(worse).mean > ours.mean, "{worse:?} beside {ours:?}");
    }
    // MACs with bytes do no worse than the depthwise ratio here: no order is claimed, only that both meet the bound.
    let bytes = simpler(Simpler::MacsAndBytes);
    assert!(bytes.n == ours.n && bytes.mean <= 0.15, "{bytes:?}");
}

#[test]
fn every_class_with_three_latencies_of_mobilenets_meets_the_one_left_out_within_15_percent() {
    let of_family = |class: &&ClassEntry| {
        class.is_calibrated()
            && class.latencies().count() >= 3
            && class.latencies().all(|(model, _)| model.name.starts_with("mobilenet-v"))
    };
    let mut checked = 0;
    for class in catalogue::builtin().classes.values().filter(of_family) {
        let errors = leave_one_out(&class.points(), 0.0).expect("three latencies");
        let errors = Errors::of(&errors).expect("three latencies");
        assert!(errors.mean <= 0.15, "{}: {errors:?}", class.name);
        checked += 1;
    }
    assert!(checked >= 2, "{checked} classes have so many");
}
