//! Real traces and real places, read whole; each expected figure was computed by other means than the readers.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use sim_core::arrival::ArrivalSource;
use sim_core::ids::{DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use workloads::arrivals::mix::{Contents, Mix};
use workloads::arrivals::origins::Origins;
use workloads::arrivals::replay::format::Format;
use workloads::arrivals::replay::options::TraceOptions;
use workloads::arrivals::replay::{Blanks, Replay, Scaling, Trace};
use workloads::places::{self, PlaceOptions};

/// The folder of shared data; none on a machine without it.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !folder.is_dir() {
        println!("skipped: no shared data");
    }
    folder.is_dir().then_some(folder)
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    File::open(path).map(BufReader::new)
}

/// What a trace is known to hold; times in nanoseconds, work summed over all rows.
struct Expected {
    file: &'static str,
    format: Format,
    work_column: Option<&'static str>,
    rows: u64,
    arrivals: f64,
    first: i64,
    last: i64,
    work: Option<f64>,
}

/// Azure LLM, in Python (the work is the sum of the column named):
/// `r=list(csv.DictReader(open(f))); t=[datetime.strptime(x['TIMESTAMP'][:26]+'+0000','%Y-%m-%d %H:%M:%S.%f%z')
/// for x in r]; print(len(r), t[0], t[-1], sum(int(x['GeneratedTokens']) for x in r))`; the seventh digits are zeros.
///
/// Azure Functions: `s=[Decimal(x['end_timestamp'])-Decimal(x['duration']) for x in r]; print(len(r), min(s), max(s),
/// sum(Decimal(x['duration']) for x in r))`. The file's name says 200 rows; there are 199 and a header.
///
/// Wikipedia: `print(len(r), r[0]['timestamp'], r[-1]['timestamp'], sum(Decimal(v) for x in r for k, v in x.items() if
/// k not in ('timestamp', 'datetime')))`; the end is an hour after the last timestamp.
const TRACES: [Expected; 5] = [
    Expected {
        file: "azure-llm-2023/AzureLLMInferenceTrace_code.csv",
        format: Format::AzureLlm,
        work_column: Some("GeneratedTokens"),
        rows: 8819,
        arrivals: 8819.0,
        first: 1_700_158_623_979_960_000,
        last: 1_700_162_059_928_016_000,
        work: Some(245_896.0),
    },
    Expected {
        file: "azure-llm-2023/AzureLLMInferenceTrace_conv.csv",
        format: Format::AzureLlm,
        work_column: Some("ContextTokens"),
        rows: 19_366,
        arrivals: 19_366.0,
        first: 1_700_158_546_680_590_000,
        last: 1_700_162_048_402_527_000,
        work: Some(22_361_870.0),
    },
    Expected {
        file: "azure-functions-invitro/Azure2021/Azure2021_200.csv",
        format: Format::AzureFunctions,
        work_column: Some("duration"),
        rows: 199,
        arrivals: 199.0,
        first: 1_490_900,
        last: 1_200_014_798_054,
        work: Some(10_599.17),
    },
    Expected {
        file: "casper-wikipedia/requests.csv",
        format: Format::Counts,
        work_column: None,
        rows: 1201,
        arrivals: 1_267_281.0,
        first: 1_660_251_600_000_000_000,
        last: 1_664_575_200_000_000_000,
        work: None,
    },
    Expected {
        file: "casper-wikipedia/requests_original.csv",
        format: Format::Counts,
        work_column: None,
        rows: 1201,
        arrivals: 32_912_489.526,
        first: 1_660_251_600_000_000_000,
        last: 1_664_575_200_000_000_000,
        work: None,
    },
];

#[test]
fn real_traces_have_their_rows_their_span_and_their_work() {
    let Some(folder) = shared() else { return };
    for expected in TRACES {
        let path = folder.join("workload").join(expected.file);
        let options = TraceOptions { work_column: expected.work_column.map(str::to_owned), ..TraceOptions::default() };
        let trace = Trace::survey(|| open(&path), expected.file, options, None).expect(expected.file);
        let survey = &trace.survey;
        assert_eq!((survey.format, survey.rows), (expected.format, expected.rows), "{}", expected.file);
        assert_eq!((survey.first, survey.last), (expected.first, expected.last), "{}", expected.file);
        assert!((survey.arrivals / expected.arrivals - 1.0).abs() < 1e-12, "{}: {}", expected.file, survey.arrivals);
        let Some(work) = expected.work else { continue };
        let mix = Mix::new(Origins::only(DeviceId(0)), Contents::plain(ModelId(0), RequestClassId(0)));
        let blanks = Blanks { mix, regions: Vec::new() };
        let reader = open(&path).expect(expected.file);
        let mut replay =
            Replay::new(reader, &trace, blanks, Scaling::NONE, Streams::new(1, 0), 0).expect(expected.file);
        let (mut rows, mut sum, mut last) = (0, 0.0, 0);
        while let Some(arrival) = replay.next() {
            assert!(arrival.at.0 >= last, "{}: row {rows} goes backwards", expected.file);
            last = arrival.at.0;
            rows += 1;
            sum += arrival.work;
        }
        assert_eq!((rows, last as i64), (expected.rows, expected.last - expected.first), "{}", expected.file);
        assert!((sum / work - 1.0).abs() < 1e-12, "{}: {sum}", expected.file);
    }
}

#[test]
fn regions_of_the_wikipedia_counts_are_its_columns() {
    let Some(folder) = shared() else { return };
    let path = folder.join("workload/casper-wikipedia/requests.csv");
    let trace = Trace::survey(|| open(&path), "requests.csv", TraceOptions::default(), None).expect("counts");
    let expected = ["ap-southeast-2", "eu-central-1", "eu-west-3", "us-east-1", "us-east-2", "us-west-1"];
    assert_eq!((trace.survey.regions, trace.survey.step), (expected.map(str::to_owned).to_vec(), 3_600_000_000_000));
}

#[test]
fn a_carbon_file_is_not_taken_for_a_trace() {
    let Some(folder) = shared() else { return };
    let path = folder.join("workload/casper-wikipedia/carbon_intensities.csv");
    let error = Trace::survey(|| open(&path), "carbon.csv", TraceOptions::default(), None).expect_err("a carbon file");
    assert!(error.to_string().starts_with("carbon.csv: no known trace has the columns"), "{error}");
    // Forced, its first hole shows: two hours after line 18.
    let options = TraceOptions { format: Some(Format::Counts), ..TraceOptions::default() };
    let error = Trace::survey(|| open(&path), "carbon.csv", options, None).expect_err("holes");
    assert!(error.to_string().starts_with("carbon.csv:19: a gap: `1659556800` follows `1659549600`"), "{error}");
}

/// File, entries, entries without coordinates, and the mean latitude and longitude of the others, in Python:
/// `g=[x for x in r if x[lat]]; print(len(r), len(r)-len(g), mean(float(x[lat]) for x in g), mean(float(x[lon]) …))`.
const PLACES: [(&str, usize, usize, f64, f64); 6] = [
    ("eua/edge-servers/site-optus-melbCBD.csv", 125, 0, -37.814_601_792_000_01, 144.963_246_032),
    ("eua/users/users-melbcbd-generated.csv", 816, 0, -37.814_137_469_827_8, 144.963_326_447_521),
    ("eua/users/users-aus.csv", 4748, 0, -32.927_797_746_419_564, 144.995_692_628_475_35),
    ("cloudflare-colos/DC-Colos.csv", 339, 31, 19.387_844_990_259_744, 5.289_031_840_909_084),
    ("cloudflare-colos/DC-Colos.json", 339, 31, 19.387_844_990_259_744, 5.289_031_840_909_084),
    ("cloudflare-colos/locations.json", 308, 0, 19.387_844_990_259_744, 5.289_031_840_909_084),
];

#[test]
fn real_places_are_read_or_the_first_without_coordinates_is_named() {
    let Some(folder) = shared() else { return };
    for (file, entries, missing, latitude, longitude) in PLACES {
        let path = folder.join("network").join(file);
        let read = |skip_missing| {
            let options = PlaceOptions { weight: None, skip_missing };
            places::read(open(&path).expect(file), file, &options)
        };
        let kept = read(true).expect(file);
        assert_eq!((kept.places.len() + kept.skipped, kept.skipped), (entries, missing), "{file}");
        let mean =
            |of: fn(&places::WeightedPlace) -> f64| kept.places.iter().map(of).sum::<f64>() / kept.places.len() as f64;
        assert!((mean(|at| at.place.latitude) - latitude).abs() < 1e-10, "{file}");
        assert!((mean(|at| at.place.longitude) - longitude).abs() < 1e-10, "{file}");
        match read(false) {
            Ok(all) => assert_eq!((all, missing), (kept, 0), "{file}"),
            // Chișinău is the first of them in the table; by code it is another.
            Err(error) if file.ends_with("csv") => assert_eq!(error.to_string(), format!("{file}:12: `lat` is empty")),
            Err(error) => assert_eq!(error.to_string(), format!("{file}: `ACX.lat` is empty")),
        }
    }
}

/// Files that are no tables of requests or places: what they are instead.
const OTHERS: [(&str, &str); 8] = [
    ("workload/casper-wikipedia/carbon_intensities.csv", "carbon, read in `it/carbon_files.rs`"),
    ("workload/azure-llm-2023/AzureLLMInferenceDataset2023.md", "prose"),
    ("workload/azure-llm-2023/LICENSE.CC-BY-4.0", "prose"),
    ("workload/azure-functions-invitro/LICENSE", "prose"),
    ("network/cloudflare-colos/LICENSE", "prose"),
    ("network/eua/LICENSE", "prose"),
    ("network/eua/edge-servers/README.md", "prose"),
    ("network/eua/users/README.md", "prose"),
];

#[test]
fn every_file_of_requests_and_places_stands_in_a_table_above() {
    let Some(folder) = shared() else { return };
    let traces = TRACES.iter().map(|trace| format!("workload/{}", trace.file));
    let places = PLACES.iter().map(|place| format!("network/{}", place.0));
    let others = OTHERS.iter().map(|(file, _)| (*file).to_owned());
    let known: BTreeSet<String> = traces.chain(places).chain(others).collect();
    let mut there = BTreeSet::new();
    for part in ["workload", "network/eua", "network/cloudflare-colos"] {
        files(&folder, &folder.join(part), &mut there);
    }
    assert_eq!(there, known);
}

fn files(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            found.insert(path.strip_prefix(root).expect("inside").to_str().expect("UTF-8").to_owned());
        }
    }
}
