//! Every reader of bytes by name: the one table that fuzzing and the ordinary test run.

use std::hint::black_box;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use workloads::latency::between::{Between, Site, WITHIN};
use workloads::latency::{self, Duplicates, places};
use workloads::places::PlaceOptions;
use workloads::{bandwidth, calendar, distance, fleet};

#[path = "requests.rs"]
mod requests;
#[path = "signals.rs"]
mod signals;

type Read = dyn Fn(&[u8]) -> bool + Send + Sync;

/// A reader with what a run does with what it read; whatever the bytes, it must return. It says whether it took them.
pub struct Target {
    /// Its name: that of its fuzz target and of its folder in the corpus.
    pub name: String,
    run: Box<Read>,
}

impl Target {
    /// A target of a name.
    pub fn new(name: impl Into<String>, run: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// Reads the bytes; whether they are what the reader reads.
    pub fn run(&self, bytes: &[u8]) -> bool {
        (self.run)(bytes)
    }
}

/// All targets.
pub static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let mut targets = vec![
        Target::new("fleet", |bytes| black_box(fleet::read(bytes, "x")).is_ok()),
        Target::new("latency", |bytes| latencies(bytes, None)),
        Target::new("latency_places", |bytes| black_box(places::read(bytes, "x")).is_ok()),
        Target::new("places", |bytes| {
            let options = [(None, false), (Some("weight".to_owned()), true)];
            let options = options.map(|(weight, skip_missing)| PlaceOptions { weight, skip_missing });
            options.iter().filter(|options| black_box(workloads::places::read(bytes, "x", options)).is_ok()).count() > 0
        }),
        Target::new("bandwidth", |bytes| black_box(bandwidth::read(bytes, "x")).is_ok()),
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
    black_box(target.unwrap_or_else(|| panic!("no target `{name}`")).run(bytes));
}

/// A table of latencies under each policy, and the way between two sites of it.
fn latencies(bytes: &[u8], format: Option<latency::Format>) -> bool {
    let mut taken = false;
    for duplicates in [Duplicates::Error, Duplicates::Mean] {
        let values = (format != Some(latency::Format::Pings)).then_some(latency::Values::Rtt);
        let options = latency::Options { format, values, duplicates, ..latency::Options::default() };
        let Ok(matrix) = latency::read(bytes, "x", &options) else { continue };
        taken = true;
        // The very table may tell where its places are.
        let places = places::read(bytes, "x").unwrap_or_default();
        let place = Some(distance::Place { latitude: 48.9, longitude: 2.4 });
        let mut sites = vec![Site { known_as: None, name: "paris", zone: Some("FR"), place }];
        sites.extend(matrix.names().map(|name| Site { known_as: None, name, zone: None, place: None }).take(3));
        let between = Between::new(&matrix, &places, &sites, WITHIN);
        for a in 0..sites.len() {
            for b in 0..sites.len() {
                let _ = black_box(between.one_way(a, b));
            }
        }
    }
    taken
}

fn instant(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let berlin = calendar::time_zone("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let Ok(first) = calendar::parse_instant(text, &berlin, None) else { return false };
    let again = calendar::parse_instant(text, &berlin, Some(first)).expect("it was read before");
    assert!(first <= again, "the second of two equal local times is the later");
    black_box(calendar::nanos_since(Timestamp::UNIX_EPOCH, first));
    true
}
