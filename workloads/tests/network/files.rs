//! Every file of latencies and bandwidths of the shared data is read as an independent computation reads it, or refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use workloads::bandwidth;
use workloads::distance::{FIBRE_KM_PER_MS, Place, great_circle};
use workloads::latency::{self, Duplicates, Format, Matrix, Options, Values};

/// What a file must turn out to be.
enum Expected {
    /// Rows, seconds and Mbit/s of a trace.
    Trace(usize, f64, f64),
    /// Places, rows, pairs and mean round trip [ms], with the policy for what comes twice.
    Latency(Format, Duplicates, usize, usize, usize, f64),
    /// The refusal holds this.
    Refused(&'static str),
}

/// The folder of network data beside the workspace; none, with a note, where there is no such data.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/network");
    if !folder.is_dir() {
        println!("skipped: there is no folder {}", folder.display());
        return None;
    }
    Some(folder)
}

/// All expectations but those of the traces, by path.
///
/// Latencies, with csv.DictReader and csv.reader of Python:
/// `raw = [float(r["milliseconds"]) for r in DictReader(f)]; len(raw), sum(raw) / len(raw)`, and for the matrix
/// `for r in rows[1:]: for c, v in zip(rows[0][1:], r[1:]): cells.setdefault((r[0], c), []).append(float(v))`, with the
/// mean over cells of their first value or of their mean.
fn expectations() -> BTreeMap<String, Vec<Expected>> {
    let matrix = |duplicates, mean| Expected::Latency(Format::Matrix, duplicates, 33, 34, 1089, mean);
    let twice = "gcp_latency_matrix.csv:1: `US-MIDA-PJM` comes twice";
    let list = Expected::Latency(Format::Pairs, Duplicates::Error, 34, 1122, 1122, 160_868.0 / 1122.0);
    let table = [
        (
            "gcp-umass/gcp_latency_matrix.csv",
            vec![
                Expected::Refused(twice),
                matrix(Duplicates::First, MEAN_OF_FIRST),
                matrix(Duplicates::Mean, MEAN_OF_MEANS),
            ],
        ),
        ("gcp-umass/raw_gcp_latency.csv", vec![list]),
        // A dictionary of names is neither latencies nor bandwidths.
        ("gcp-umass/gcp_dc_zonecode_mapper.json", vec![Expected::Refused("not a known format")]),
        ("bandwidth/README.md", vec![Expected::Refused("README.md:1: `time` is `#`")]),
        ("bandwidth/LICENSE", vec![Expected::Refused("LICENSE:1: `time` is `MIT`")]),
    ];
    table.into_iter().map(|(path, expected)| (path.to_owned(), expected)).collect()
}

/// Mean over the pairs of the matrix of the first value of each [ms].
const MEAN_OF_FIRST: f64 = 141.157_943_067;
/// Mean over the pairs of the matrix of the mean of the values of each [ms].
const MEAN_OF_MEANS: f64 = 141.240_128_558;

/// Expectations of the traces, computed with Python: `r = [tuple(map(float, l.split())) for l in open(f)]`,
/// `span = r[-1][0] - r[0][0]`, `sum(b[1] * (b[0] - a[0]) for a, b in zip(r, r[1:])) / span`.
fn traces() -> impl Iterator<Item = (String, Vec<Expected>)> {
    include_str!("bandwidth.csv").lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |k: usize| cells[k].parse::<f64>().expect("a number");
        (format!("bandwidth/{}", cells[0]), vec![Expected::Trace(number(1) as usize, number(2), number(3))])
    })
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

fn read_latency(bytes: &[u8], name: &str, duplicates: Duplicates) -> Result<Matrix, String> {
    let options = Options { values: Some(Values::Rtt), duplicates, ..Options::default() };
    latency::read(bytes, name, &options).map_err(|error| error.to_string())
}

fn check(name: &str, bytes: &[u8], expected: &Expected) {
    let near = |what: &str, got: f64, want: f64| {
        assert!((got - want).abs() <= 1e-8 * want.abs().max(1.0), "{name}: {what} is {got}, not {want}");
    };
    match *expected {
        Expected::Trace(rows, span_s, mean) => {
            let trace = bandwidth::read(bytes, name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(trace.rows, rows, "{name}");
            // The table rounds to microseconds.
            assert!((trace.span.as_secs() - span_s).abs() < 1e-6, "{name}: {:?}", trace.span);
            near("the mean", trace.mean.0 / 1e6, mean);
        }
        Expected::Latency(format, duplicates, places, rows, pairs, mean) => {
            let table = read_latency(bytes, name, duplicates).unwrap_or_else(|error| panic!("{error}"));
            let found = (table.format(), table.names().len(), table.rows(), table.pairs().len());
            assert_eq!(found, (format, places, rows, pairs), "{name}");
            let sum: f64 = table.pairs().map(|(_, one_way)| 2.0 * one_way).sum();
            near("the mean", sum / pairs as f64, mean);
        }
        Expected::Refused(reason) => {
            let trace = name.starts_with("bandwidth/");
            let told = match trace {
                true => bandwidth::read(bytes, name).expect_err("it is refused").to_string(),
                false => read_latency(bytes, name, Duplicates::Error).expect_err("it is refused"),
            };
            assert!(told.contains(reason), "{name}: {told}");
        }
    }
}

#[test]
fn each_file_is_read_or_refused_as_the_table_says() {
    let Some(folder) = folder() else { return };
    let mut expected = expectations();
    expected.extend(traces());
    let mut found = Vec::new();
    // Lists of places are read by others.
    ["gcp-umass", "bandwidth"].iter().for_each(|part| files(&folder.join(part), &mut found));
    for path in found {
        let name = path.strip_prefix(&folder).expect("inside").to_str().expect("text").to_owned();
        let expected = expected.remove(&name).unwrap_or_else(|| panic!("{name} is not in the table"));
        let bytes = fs::read(&path).expect("a readable file");
        expected.iter().for_each(|expected| check(&name, &bytes, expected));
    }
    assert!(expected.is_empty(), "missing: {:?}", expected.keys());
}

#[test]
fn the_list_and_the_matrix_of_one_data_set_agree_but_for_two_directions() {
    let Some(folder) = folder() else { return };
    let read = |name: &str, duplicates| {
        let bytes = fs::read(folder.join("gcp-umass").join(name)).expect("a readable file");
        read_latency(&bytes, name, duplicates).expect("it is right")
    };
    let list = read("raw_gcp_latency.csv", Duplicates::Error);
    let matrix = read("gcp_latency_matrix.csv", Duplicates::First);
    let text = fs::read_to_string(folder.join("gcp-umass/gcp_dc_zonecode_mapper.json")).expect("a readable file");
    let zones: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| {
            let mut parts = line.split('"').skip(1).step_by(2);
            Some((parts.next()?, parts.next()?))
        })
        .collect();
    let names: Vec<&str> = list.names().collect();
    // The matrix has us-east4 and us-east5 under one name; its first column is us-east4.
    let single = |pair: (usize, usize)| names[pair.0] != "us-east5" && names[pair.1] != "us-east5";
    let place = |k: usize| matrix.find(zones[names[k]]).expect("a zone of the matrix");
    let mut differ: Vec<(&str, &str, f64, f64)> = list
        .pairs()
        .filter(|&(pair, _)| single(pair))
        .filter_map(|((a, b), one_way)| {
            let other = matrix.one_way(place(a), place(b)).expect("a full matrix").as_millis();
            (other != one_way).then_some((names[a], names[b], 2.0 * one_way, 2.0 * other))
        })
        .collect();
    differ.sort_by(|a, b| a.0.cmp(b.0));
    let (be, fr) = ("europe-west1", "europe-west9");
    assert_eq!(differ, [(be, fr, 4.0, 7.0), (fr, be, 4.0, 7.0)], "an oddity of the published files");
}

/// The published values can be round trips only: as round trips the straightest routes, over one cable from Los Angeles
/// to Sydney and to Tokyo, are an eighth longer than the great circle; as one-way times they would be over twice as long.
///
/// Cities of the regions after Google's list of cloud locations, coordinates to a tenth of a degree.
#[test]
fn the_values_are_round_trips_by_the_speed_of_light_in_fibre() {
    let Some(folder) = folder() else { return };
    let bytes = fs::read(folder.join("gcp-umass/raw_gcp_latency.csv")).expect("a readable file");
    let list = read_latency(&bytes, "raw", Duplicates::Error).expect("it is right");
    let cities = [
        ("europe-west2", 51.5, -0.1),             // London
        ("europe-west3", 50.1, 8.7),              // Frankfurt
        ("europe-central2", 52.2, 21.0),          // Warsaw
        ("us-west2", 34.1, -118.2),               // Los Angeles
        ("asia-northeast1", 35.7, 139.7),         // Tokyo
        ("australia-southeast1", -33.9, 151.2),   // Sydney
        ("southamerica-east1", -23.5, -46.6),     // São Paulo
        ("northamerica-northeast1", 45.5, -73.6), // Montréal
    ];
    let mut factors = Vec::new();
    for (from, a, b) in cities {
        for (to, c, d) in cities.into_iter().filter(|&(to, _, _)| to != from) {
            let number = |name| list.find(name).expect("a region");
            let one_way = list.one_way(number(from), number(to)).expect("measured").as_millis();
            let place = |latitude, longitude| Place { latitude, longitude };
            let straight = great_circle(place(a, b), place(c, d)).0 / FIBRE_KM_PER_MS;
            factors.push(one_way / straight);
        }
    }
    let straightest = factors.into_iter().fold(f64::INFINITY, f64::min);
    // Below 1: faster than light in fibre. 1.25: the rule of ITU-T G.826 for long routes.
    assert!((1.0..=1.25).contains(&straightest), "half of a value is {straightest} times the straight line");
}
