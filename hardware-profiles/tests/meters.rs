//! Meters on made-up file trees: what they count, and what they say where they cannot.
#![cfg(feature = "tract")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hardware_profiles::tract::meter::{
    Estimate, Found, Integral, Meter, MeterError, Power, Sampled, Scope, Window, WindowError, above_idle, detect, watch,
};
use proptest::prelude::*;
use tempfile::TempDir;

const RANGE_UJ: u64 = 262_143_328_850;

fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().expect("a folder for the test");
    files.iter().for_each(|(path, text)| put(root.path(), path, text));
    root
}

fn put(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().expect("lies in a folder")).expect("a writable folder");
    fs::write(file, format!("{text}\n")).expect("a writable file");
}

fn zone(root: &Path, zone: &str, name: &str, microjoules: u64) {
    let folder = format!("sys/class/powercap/{zone}");
    put(root, &format!("{folder}/name"), name);
    put(root, &format!("{folder}/max_energy_range_uj"), &RANGE_UJ.to_string());
    put(root, &format!("{folder}/energy_uj"), &microjoules.to_string());
}

fn only_meter(mut found: Found) -> Box<dyn Meter> {
    assert_eq!((found.meters.len(), &found.unusable[..]), (1, &[][..]));
    found.meters.remove(0)
}

fn only_complaint(root: &Path) -> String {
    let found = detect(root);
    assert_eq!((found.meters.len(), found.unusable.len()), (0, 1), "{found:?}");
    found.unusable[0].to_string()
}

/// Joules since the first reading, after `change`.
fn counted(meter: &mut dyn Meter, change: impl FnOnce()) -> f64 {
    let before = meter.joules().expect("reads");
    change();
    meter.joules().expect("reads") - before
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn a_machine_without_meters_says_where_each_kind_would_be() {
    let root = tree(&[]);
    let found = detect(root.path());
    assert!(found.meters.is_empty() && found.unusable.is_empty());
    let reasons = found.reasons().join("\n");
    for place in ["sys/class/powercap", "sys/class/hwmon", "sys/class/power_supply"] {
        assert!(reasons.contains(&root.path().join(place).display().to_string()), "{reasons}");
    }
}

#[test]
fn rapl_adds_packages_and_memory_and_counts_nothing_twice() {
    let root = tree(&[]);
    let zones = [
        ("intel-rapl:0", "package-0", 5_000_000),
        ("intel-rapl:0:0", "core", 70_000_000),
        ("intel-rapl:0:1", "dram", 300_000),
        ("intel-rapl:1", "package-1", 2_000_000),
        ("intel-rapl:2", "psys", 900_000_000),
        ("intel-rapl-mmio:0", "package-0", 5_000_000),
    ];
    zones.iter().for_each(|(folder, name, _)| zone(root.path(), folder, name, 1_000_000));
    let mut meter = only_meter(detect(root.path()));
    assert_eq!((meter.name().as_str(), meter.scope()), ("RAPL package-0 + dram + package-1", Scope::Package));
    let joules = counted(&mut *meter, || {
        zones.iter().for_each(|(folder, name, risen)| zone(root.path(), folder, name, 1_000_000 + risen));
    });
    assert!(close(joules, 5.0 + 0.3 + 2.0), "{joules}");
}

#[test]
fn a_rapl_counter_that_begins_anew_goes_on_counting() {
    let root = tree(&[]);
    let put_counter = |value| zone(root.path(), "intel-rapl:0", "package-0", value);
    put_counter(RANGE_UJ - 1_500_000);
    let mut meter = only_meter(detect(root.path()));
    assert!(close(counted(&mut *meter, || put_counter(500_000)), 2.0));
    assert!(close(counted(&mut *meter, || put_counter(750_000)), 0.25));
    assert!(close(counted(&mut *meter, || put_counter(750_000)), 0.0));
}

#[test]
fn a_rapl_counter_with_nonsense_is_told_with_file_value_and_what_would_be_right() {
    let too_much = (RANGE_UJ + 1).to_string();
    for nonsense in ["", "watts", "-5", "NaN", "inf", too_much.as_str()] {
        let root = tree(&[]);
        zone(root.path(), "intel-rapl:0", "package-0", 0);
        put(root.path(), "sys/class/powercap/intel-rapl:0/energy_uj", nonsense);
        let said = only_complaint(root.path());
        assert!(said.contains("intel-rapl:0/energy_uj"), "{said}");
        assert!(said.contains(&format!("found `{nonsense}`")), "{said}");
        assert!(said.contains(&format!("from 0 to {RANGE_UJ}")), "{said}");
    }
}

#[test]
fn a_rapl_counter_that_turns_into_nonsense_is_an_error_and_not_energy() {
    let root = tree(&[]);
    zone(root.path(), "intel-rapl:0", "package-0", 0);
    let mut meter = only_meter(detect(root.path()));
    put(root.path(), "sys/class/powercap/intel-rapl:0/energy_uj", "gone");
    assert!(matches!(meter.joules(), Err(MeterError::Garbage { value, .. }) if value == "gone"));
}

#[test]
fn a_rapl_counter_that_is_no_readable_file_is_told() {
    let root = tree(&[]);
    zone(root.path(), "intel-rapl:0", "package-0", 0);
    let counter = root.path().join("sys/class/powercap/intel-rapl:0/energy_uj");
    fs::remove_file(&counter).expect("was written");
    assert!(only_complaint(root.path()).starts_with(&counter.display().to_string()));
    fs::create_dir(&counter).expect("a free name");
    assert!(only_complaint(root.path()).starts_with(&counter.display().to_string()));
}

#[test]
fn a_rapl_counter_of_root_alone_is_told_with_the_remedy() {
    let root = tree(&[]);
    zone(root.path(), "intel-rapl:0", "package-0", 0);
    let counter = root.path().join("sys/class/powercap/intel-rapl:0/energy_uj");
    fs::set_permissions(&counter, fs::Permissions::from_mode(0o000)).expect("our own file");
    if fs::read(&counter).is_ok() {
        println!("skipped: this user may read any file");
        return;
    }
    let said = only_complaint(root.path());
    assert!(said.contains("energy_uj") && said.contains("CVE-2020-8694") && said.contains("chmod"), "{said}");
}

const ORIN_NANO: [(&str, &str); 10] = [
    ("sys/class/hwmon/hwmon0/temp1_input", "45000"),
    ("sys/class/hwmon/hwmon1/name", "ina3221"),
    ("sys/class/hwmon/hwmon1/in1_label", "VDD_IN"),
    ("sys/class/hwmon/hwmon1/in1_input", "5000"),
    ("sys/class/hwmon/hwmon1/curr1_input", "1200"),
    ("sys/class/hwmon/hwmon1/in2_label", "VDD_CPU_GPU_CV"),
    ("sys/class/hwmon/hwmon1/in2_input", "5000"),
    ("sys/class/hwmon/hwmon1/curr2_input", "700"),
    ("sys/class/hwmon/hwmon1/in7_label", "sum of shunt voltages"),
    ("sys/class/hwmon/hwmon2/name", "pwmfan"),
];

/// The meter's power lies between those of the shortest and the longest span that its two readings may enclose.
fn assert_tells(meter: &mut dyn Meter, watts: f64) {
    let outer = Instant::now();
    let before = meter.joules().expect("reads");
    let inner = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    let shortest = inner.elapsed().as_secs_f64();
    let joules = meter.joules().expect("reads") - before;
    let longest = outer.elapsed().as_secs_f64();
    let tolerance = 1e-9;
    assert!(joules >= watts * shortest - tolerance && joules <= watts * longest + tolerance, "{joules} J at {watts} W");
}

#[test]
fn a_jetson_tells_the_rail_of_the_whole_module() {
    let root = tree(&ORIN_NANO);
    let mut meter = only_meter(detect(root.path()));
    assert_eq!((meter.name().as_str(), meter.scope()), ("INA3221 VDD_IN", Scope::Board));
    assert_tells(&mut *meter, 5.0 * 1.2);
}

#[test]
fn rails_of_a_module_without_a_common_one_are_added_over_its_monitors() {
    let root = tree(&[]);
    let rails = [("GPU", 100), ("CPU", 200), ("SOC", 300), ("CV", 400), ("VDDRQ", 500), ("SYS5V", 600)];
    for (index, (label, milliamperes)) in rails.iter().enumerate() {
        let (chip, channel) = (format!("sys/class/hwmon/hwmon{}", index / 3), index % 3 + 1);
        put(root.path(), &format!("{chip}/name"), "ina3221");
        put(root.path(), &format!("{chip}/in{channel}_label"), label);
        put(root.path(), &format!("{chip}/in{channel}_input"), "19000");
        put(root.path(), &format!("{chip}/curr{channel}_input"), &milliamperes.to_string());
    }
    let amperes: f64 = rails.iter().map(|(_, milliamperes)| f64::from(*milliamperes) * 1e-3).sum();
    assert_tells(&mut *only_meter(detect(root.path())), 19.0 * amperes);
}

#[test]
fn a_jetson_with_the_older_driver_tells_its_power() {
    let chip = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0";
    let root = tree(&[
        (&format!("{chip}/rail_name_0"), "POM_5V_IN"),
        (&format!("{chip}/in_power0_input"), "2875"),
        (&format!("{chip}/rail_name_1"), "POM_5V_GPU"),
        (&format!("{chip}/in_power1_input"), "40"),
    ]);
    assert_tells(&mut *only_meter(detect(root.path())), 2.875);
}

#[test]
fn a_part_of_a_module_does_not_pass_for_all_of_it() {
    let root = tree(&ORIN_NANO[5..]);
    put(root.path(), "sys/class/hwmon/hwmon1/name", "ina3221");
    let said = only_complaint(root.path());
    assert!(said.contains("VDD_CPU_GPU_CV") && said.contains("known are VDD_IN"), "{said}");
}

#[test]
fn a_rail_with_nonsense_is_told_with_file_and_value() {
    for (file, nonsense) in [("in1_input", "five"), ("in1_input", "-1"), ("curr1_input", "1e300"), ("curr1_input", "")]
    {
        let root = tree(&ORIN_NANO);
        put(root.path(), &format!("sys/class/hwmon/hwmon1/{file}"), nonsense);
        let said = only_complaint(root.path());
        assert!(said.contains(&format!("hwmon1/{file}")) && said.contains(&format!("found `{nonsense}`")), "{said}");
    }
}

fn battery(root: &Path, name: &str, files: &[(&str, &str)]) {
    put(root, &format!("sys/class/power_supply/{name}/type"), "Battery");
    files.iter().for_each(|(file, text)| put(root, &format!("sys/class/power_supply/{name}/{file}"), text));
}

#[test]
fn a_battery_tells_what_it_gives_in_either_form() {
    let root = tree(&[("sys/class/power_supply/AC/type", "Mains")]);
    battery(root.path(), "BAT0", &[("status", "Discharging"), ("power_now", "6500000")]);
    battery(root.path(), "hidpp_battery_0", &[("scope", "Device"), ("status", "Discharging"), ("power_now", "1")]);
    let mut meter = only_meter(detect(root.path()));
    assert_eq!((meter.name().as_str(), meter.scope()), ("battery BAT0", Scope::Battery));
    assert_tells(&mut *meter, 6.5);

    let factors = [("status", "Discharging"), ("current_now", "-500000"), ("voltage_now", "11400000")];
    battery(root.path(), "BAT1", &factors);
    battery(root.path(), "BAT0", &[("power_now", "-6500000")]);
    assert_tells(&mut *only_meter(detect(root.path())), 6.5 + 0.5 * 11.4);
    battery(root.path(), "BAT0", &[("status", "Not charging")]);
    assert_tells(&mut *only_meter(detect(root.path())), 0.5 * 11.4);
}

#[test]
fn a_battery_that_gives_nothing_is_refused_with_the_remedy() {
    for status in ["Charging", "Full", "Not charging", "Unknown"] {
        let root = tree(&[]);
        battery(root.path(), "BAT0", &[("status", status), ("power_now", "6500000")]);
        let said = only_complaint(root.path());
        assert!(said.contains("power_supply/BAT0") && said.contains("unplug"), "{status}: {said}");
    }
    let root = tree(&[]);
    battery(root.path(), "BAT0", &[("status", "Asleep"), ("power_now", "6500000")]);
    assert!(only_complaint(root.path()).contains("BAT0/status: expected Discharging"));
}

#[test]
fn a_battery_that_is_plugged_in_meanwhile_stays_in_error() {
    let root = tree(&[]);
    battery(root.path(), "BAT0", &[("status", "Discharging"), ("power_now", "6500000")]);
    let mut meter = only_meter(detect(root.path()));
    meter.joules().expect("reads");
    put(root.path(), "sys/class/power_supply/BAT0/status", "Charging");
    let error = meter.joules().expect_err("is charged");
    assert!(error.to_string().contains("charged"), "{error}");
    put(root.path(), "sys/class/power_supply/BAT0/status", "Discharging");
    assert_eq!(meter.joules(), Err(error), "the integral has a hole");
}

/// 2 W, and how often it was asked.
#[derive(Debug)]
struct Asked(Arc<AtomicUsize>);

impl Power for Asked {
    fn watts(&mut self) -> Result<f64, MeterError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(2.0)
    }
}

fn sampled(period: Duration) -> (Sampled, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    (Sampled::new("2 W".to_owned(), Scope::Board, Box::new(Asked(Arc::clone(&asked))), period), asked)
}

#[test]
fn a_sampled_meter_reads_between_the_calls_too() {
    let (mut meter, asked) = sampled(Duration::from_millis(1));
    assert_eq!((meter.joules(), asked.load(Ordering::SeqCst)), (Ok(0.0), 1));
    let begun = Instant::now();
    while asked.load(Ordering::SeqCst) < 5 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the thread does not read");
        std::thread::yield_now();
    }
    assert_tells(&mut meter, 2.0);
}

#[test]
fn the_thread_ends_with_its_meter_without_waiting_for_its_period() {
    let (mut meter, asked) = sampled(Duration::from_secs(3600));
    meter.joules().expect("reads");
    let begun = Instant::now();
    drop(meter);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(Arc::strong_count(&asked), 1, "somebody still holds the source");
}

#[test]
fn a_window_holds_what_the_meter_counted_in_it() {
    let (mut meter, _) = sampled(Duration::from_secs(3600));
    let busy = || {
        std::thread::sleep(Duration::from_millis(20));
        7
    };
    let window = watch(&mut meter, busy).expect("reads");
    assert_eq!(window.runs, 7);
    assert!(window.seconds >= 0.02 && window.joules >= 2.0 * 0.02, "{window:?}");
}

/// Windows that begin every `seconds`, idle first, of a machine whose idle power is `watts(t)` and that spends
/// `joules_per_run` above it.
fn windows(seconds: f64, runs: &[u32], joules_per_run: f64, energy: impl Fn(f64, f64) -> f64) -> [Vec<Window>; 2] {
    let window = |index: usize, runs: u32| {
        let begin = index as f64 * seconds;
        let joules = energy(begin, begin + seconds) + f64::from(runs) * joules_per_run;
        Window { seconds, joules, runs }
    };
    let idle = (0..=runs.len()).map(|index| window(2 * index, 0)).collect();
    let busy = runs.iter().enumerate().map(|(index, runs)| window(2 * index + 1, *runs)).collect();
    [idle, busy]
}

#[test]
fn an_idle_power_that_drifts_linearly_cancels() {
    let (start_w, rise) = (3.0, 0.05);
    let drift = |from: f64, to: f64| start_w * (to - from) + rise * (to * to - from * from) / 2.0;
    let [idle, busy] = windows(0.5, &[10, 12, 11], 0.2, drift);
    let Estimate { joules_per_run, spread_j, idle_w, busy_w } = above_idle(&idle, &busy).expect("alternate");
    assert!(close(joules_per_run, 0.2) && spread_j < 1e-12, "{joules_per_run} ± {spread_j}");
    // The second of three busy windows lies in the middle of all, and its middle at 3½ windows.
    assert!(close(idle_w, start_w + rise * 3.5 * 0.5), "{idle_w}");
    assert!(close(busy_w, 11.0 * 0.2 / 0.5), "{busy_w}");
}

#[test]
fn one_disturbed_window_moves_neither_the_median_nor_its_deviation() {
    let [idle, mut busy] = windows(1.0, &[10; 5], 0.3, |from, to| 2.0 * (to - from));
    busy[3].joules += 50.0;
    let estimate = above_idle(&idle, &busy).expect("alternate");
    assert!(close(estimate.joules_per_run, 0.3) && estimate.spread_j < 1e-12, "{estimate:?}");
}

#[test]
fn the_spread_is_the_median_absolute_deviation() {
    let [idle, mut busy] = windows(1.0, &[1; 4], 0.0, |_, _| 0.0);
    // Deviations from their median of 3.5 J: 2.5, 0.5, 0.5 and 6.5 J, the two in the middle having a mean of 1.5 J.
    busy.iter_mut().zip([1.0, 3.0, 4.0, 10.0]).for_each(|(window, joules)| window.joules = joules);
    let estimate = above_idle(&idle, &busy).expect("alternate");
    assert!(close(estimate.joules_per_run, 3.5) && close(estimate.spread_j, 1.5), "{estimate:?}");
}

#[test]
fn windows_that_make_no_sense_are_refused() {
    let [idle, busy] = windows(1.0, &[2, 2], 0.3, |from, to| 2.0 * (to - from));
    assert_eq!(above_idle(&idle, &[]), Err(WindowError::Count { idle: 3, busy: 0 }));
    assert_eq!(above_idle(&idle[..2], &busy), Err(WindowError::Count { idle: 2, busy: 2 }));
    let changed = |change: fn(&mut Window)| {
        let mut busy = busy.clone();
        change(&mut busy[1]);
        above_idle(&idle, &busy)
    };
    let nonsense = |change| matches!(changed(change), Err(WindowError::Nonsense { kind: "busy", index: 1, .. }));
    assert!(nonsense(|window| window.runs = 0));
    assert!(nonsense(|window| window.seconds = 0.0));
    assert!(nonsense(|window| window.joules = f64::NAN));
    assert!(nonsense(|window| window.joules = -1.0));
    assert!(matches!(changed(|window| window.joules = 0.0), Err(WindowError::Still { index: 1, .. })));
    assert!(matches!(above_idle(&[busy[0]; 3], &busy), Err(WindowError::Nonsense { kind: "idle", index: 0, .. })));
}

proptest! {
    /// The trapezoid rule misses ∫(a + b·t + c·t²) by c·Σh³/6, so a ramp by nothing.
    #[test]
    fn the_integral_of_a_parabola_has_the_closed_form_of_the_trapezoid_rule(
        [a, b, c] in prop::array::uniform3(0.0..10.0_f64), steps in prop::collection::vec(1e-3..0.5_f64, 1..50),
    ) {
        let power = |t: f64| a + b * t + c * t * t;
        let mut integral = Integral::default();
        let mut t = 0.0;
        let mut joules = integral.add(t, power(t));
        prop_assert_eq!(joules, 0.0);
        for step in &steps {
            t += step;
            let now = integral.add(t, power(t));
            prop_assert!(now >= joules, "a counter never falls");
            joules = now;
        }
        let missed = c * steps.iter().map(|step| step.powi(3)).sum::<f64>() / 6.0;
        let exact = a * t + b * t.powi(2) / 2.0 + c * t.powi(3) / 3.0;
        prop_assert!(close(joules, exact + missed), "{} J, not {} J", joules, exact + missed);
    }

    #[test]
    fn another_constant_load_all_the_time_changes_nothing_but_the_idle_power(
        joules in prop::collection::vec(0.1..100.0_f64, 15), seconds in prop::collection::vec(0.5..5.0_f64, 15),
        runs in prop::collection::vec(1..1000_u32, 7), watts in 0.0..50.0_f64,
    ) {
        let window = |index: usize, more: f64| {
            let runs = if index % 2 == 1 { runs[index / 2] } else { 0 };
            Window { seconds: seconds[index], joules: joules[index] + more * seconds[index], runs }
        };
        let estimate = |more: f64| {
            let idle: Vec<Window> = (0..15).step_by(2).map(|index| window(index, more)).collect();
            let busy: Vec<Window> = (1..15).step_by(2).map(|index| window(index, more)).collect();
            above_idle(&idle, &busy).expect("alternate")
        };
        let (without, with) = (estimate(0.0), estimate(watts));
        prop_assert!(close(without.joules_per_run, with.joules_per_run));
        prop_assert!(close(without.spread_j, with.spread_j));
        prop_assert!(close(without.busy_w, with.busy_w));
        prop_assert!(close(without.idle_w + watts, with.idle_w));
    }
}
