//! How long reading a year of five-minute data takes, and that looking an integral up takes no memory.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::signal::{EndPolicy, Signal};
use workloads::carbon::options::{Options, Values};
use workloads::carbon::reading::{Reading, read};
use workloads::carbon::unit::Unit;

/// Rows of a year of five minutes.
const ROWS: i64 = 365 * 24 * 12;
/// What reading a year may take.
const MOST: Duration = Duration::from_millis(100);

/// A year of rows: an instant, an intensity [kg/kWh] and `forecasts` more of them.
fn year(header: &str, forecasts: usize) -> String {
    let start: Timestamp = "2021-01-01T00:00:00Z".parse().expect("an instant");
    let mut text = format!("{header}\n");
    for row in 0..ROWS {
        let at = start + SignedDuration::from_mins(5 * row);
        write!(text, "{}", at.strftime("%Y-%m-%d %H:%M:%S+00:00")).expect("text");
        for k in 0..=forecasts {
            let intensity = 0.3 + 0.1 * ((row + k as i64) as f64 / 288.0).sin();
            write!(text, ",{intensity}").expect("text");
        }
        text.push('\n');
    }
    text
}

fn csv() -> (String, Options) {
    let options = Options {
        time_column: Some("time".to_owned()),
        value_column: Some("ci".to_owned()),
        unit: Some(Unit::KilogramsPerKwh),
        values: Some(Values::Mean),
        ..Options::default()
    };
    (year("time,ci", 0), options)
}

fn watttime(forecasts: usize) -> (String, Options) {
    let names: String = (1..=forecasts).map(|k| format!(",f{k}")).collect();
    let unit = (forecasts == 0).then_some(Unit::KilogramsPerKwh);
    (year(&format!("time,moer{names}"), forecasts), Options { unit, ..Options::default() })
}

fn whole(text: &str, options: &Options) -> Reading {
    let reading = read(text.as_bytes(), "year.csv", options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reading.series.len() as i64, ROWS, "read as {}", reading.format.name());
    reading
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("year of 5 minutes");
    group.sample_size(10);
    for (name, (text, options)) in [("csv", csv()), ("watttime", watttime(0)), ("watttime f1…f36", watttime(36))] {
        let fastest = (0..5).map(|_| {
            let start = Instant::now();
            black_box(whole(&text, &options));
            start.elapsed()
        });
        let fastest = fastest.min().expect("five times");
        println!("{name}: {:.1} MB in {fastest:?}", text.len() as f64 / 1e6);
        // The fastest of some: another load on the machine is no fault of the reader. 36 forecasts a row make the text
        // sixteen times as long, of which the signal needs little: that time is shown, not promised.
        assert!(fastest < MOST || name.contains("f36"), "{name}: {fastest:?}, more than {MOST:?}");
        group.bench_function(name, |bencher| bencher.iter(|| whole(black_box(&text), &options)));
    }
    group.finish();
}

fn signal() -> Signal {
    let (text, options) = csv();
    let epoch = "2021-01-01T00:00:00Z".parse().expect("an instant");
    whole(&text, &options).series.into_signal(epoch, EndPolicy::Error).expect("it is near the epoch")
}

fn integral(criterion: &mut Criterion) {
    let signal = signal();
    let late = SimTime(SimDuration::from_hours(364 * 24).0);
    let mut group = criterion.benchmark_group("integral of a year of 5 minutes");
    for (name, span) in [("5 ms", SimDuration::from_millis(5.0)), ("10 h", SimDuration::from_hours(10))] {
        let counted = measure(|| {
            for k in 0..1000 {
                let from = late + SimDuration(k);
                black_box(signal.integral(from, from + span));
            }
        });
        println!("{name}: {} allocations in 1000 look-ups", counted.count_total);
        assert_eq!(counted.count_total, 0, "a look-up allocates");
        let mut at = late;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                at = at + SimDuration(1);
                black_box(signal.integral(at, at + span))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reading, integral);
criterion_main!(benches);
