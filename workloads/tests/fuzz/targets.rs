//! Every reader of bytes by name: the one table that fuzzing and the ordinary test run.

use std::hint::black_box;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use workloads::latency::between::{Between, Site, WITHIN};
use workloads::latency::{self, Duplicates, places};
use workloads::{bandwidth, calendar, distance, fleet};

#[path = "requests.rs"]
mod requests;
#[path = "signals.rs"]
mod signals;

/// A reader with what a run does with what it read; whatever the bytes, it must return.
pub struct Target {
    /// Its name: that of its fuzz target and of its folder in the corpus.
    pub name: String,
    run: Box<dyn Fn(&[u8]) + Send + Sync>,
}

impl Target {
    /// A target of a name.
    pub fn new(name: impl Into<String>, run: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// Reads the bytes.
    pub fn run(&self, bytes: &[u8]) {
        (self.run)(bytes);
    }
}

/// All targets.
pub static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let mut targets = vec![
        Target::new("fleet", |bytes| {
            let _ = black_box(fleet::read(bytes, "x"));
        }),
        Target::new("latency", |bytes| latencies(bytes, None)),
        Target::new("latency_places", |bytes| {
            let _ = black_box(places::read(bytes, "x"));
        }),
        Target::new("places", |bytes| {
            for (weight, skip_missing) in [(None, false), (Some("weight".to_owned()), true)] {
                let options = workloads::places::PlaceOptions { weight, skip_missing };
                let _ = black_box(workloads::places::read(bytes, "x", &options));
            }
        }),
        Target::new("bandwidth", |bytes| {
            let _ = black_box(bandwidth::read(bytes, "x"));
        }),
        Target::new("instant", instant),
    ];
    for format in latency::Format::ALL {
        targets.push(Target::new(format!("latency_{}", format.name()), move |bytes| latencies(bytes, Some(format))));
    }
    targets.extend(requests::targets());
    targets.extend(signals::targets());
    targets
});

/// Reads the bytes as the target of that name does.
#[allow(dead_code, reason = "the fuzz targets call it, the ordinary test does not")]
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("no target `{name}`")).run(bytes);
}

/// A table of latencies under each policy, and the way between two sites of it.
fn latencies(bytes: &[u8], format: Option<latency::Format>) {
    for duplicates in [Duplicates::Error, Duplicates::Mean] {
        let values = (format != Some(latency::Format::Pings)).then_some(latency::Values::Rtt);
        let options = latency::Options { format, values, duplicates, ..latency::Options::default() };
        let Ok(matrix) = latency::read(bytes, "x", &options) else { continue };
        // The very table may tell where its places are.
        let places = places::read(bytes, "x").unwrap_or_default();
        let place = Some(distance::Place { latitude: 48.9, longitude: 2.4 });
        let mut sites = vec![Site { known_as: None, name: "paris", zone: Some("FR"), place }];
        sites.extend(matrix.names().map(|name| Site { known_as: None, name, zone: None, place: None }).take(3));
        let between = Between::new(&matrix, &places, &sites, WITHIN);
        for a in 0..sites.len() {
            let _ = (0..sites.len()).map(|b| black_box(between.one_way(a, b))).count();
        }
    }
}

fn instant(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let berlin = calendar::time_zone("Europe/Berlin").unwrap_or(TimeZone::UTC);
    if let Ok(first) = calendar::parse_instant(text, &berlin, None) {
        let again = calendar::parse_instant(text, &berlin, Some(first)).expect("it was read before");
        assert!(first <= again, "the second of two equal local times is the later");
        let _ = black_box(calendar::nanos_since(Timestamp::UNIX_EPOCH, first));
    }
}
