//! Synthetic years beside real ones: the table in ARCHITECTURE.md is what this test computes.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use workloads::carbon::library;

/// Zones with a real year of life-cycle intensity, the file it is in and its column.
const REAL: [(&str, &str, usize); 11] = [
    ("US-CAL-CISO", "electricitymaps-umass/US-CAL-CISO_2022_hourly.csv", 5),
    ("DE", "umass-2022/DE.csv", 0),
    ("FR", "umass-2022/FR.csv", 0),
    ("GB", "umass-2022/GB.csv", 0),
    ("PL", "umass-2022/PL.csv", 0),
    ("AU-NSW", "umass-2022/AU-NSW.csv", 0),
    ("CA-QC", "umass-2022/CA-QC.csv", 0),
    ("US-MIDA-PJM", "umass-2022/US-MIDA-PJM.csv", 0),
    ("US-TEX-ERCO", "umass-2022/US-TEX-ERCO.csv", 0),
    ("NO", "electricitymaps-umass/NO_2022_hourly.csv", 5),
    ("ES", "electricitymaps-umass/ES_2022_hourly.csv", 5),
];

/// How far a mean and a standard deviation may be off, and for how many zones both must hold.
const MEAN_WITHIN: f64 = 0.15;
const DEVIATION_WITHIN: f64 = 0.35;
const ZONES_WITHIN: usize = 8;

/// What is compared of a year.
#[derive(Clone, Copy)]
struct Shape {
    mean: f64,
    deviation: f64,
    /// Highest minus lowest hour of the mean day in UTC.
    daily: f64,
    /// Correlation of an hour with the same hour of the day after.
    lag_24: f64,
}

impl Shape {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let sum: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let hours = (0..24).map(|hour| {
            let of_hour = values.iter().skip(hour).step_by(24);
            of_hour.clone().sum::<f64>() / of_hour.count() as f64
        });
        let (low, high) = hours.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
        let pairs = values.iter().zip(&values[24..]);
        let lagged: f64 = pairs.map(|(one, next)| (one - mean) * (next - mean)).sum();
        Self { mean, deviation: (sum / count).sqrt(), daily: high - low, lag_24: lagged / sum }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn column(file: &Path, column: usize) -> Vec<f64> {
    let mut rows = csv::Reader::from_path(file).expect("a readable file");
    let cell = |row: Result<csv::StringRecord, csv::Error>| row.expect("a row")[column].parse().expect("a number");
    rows.records().map(cell).collect()
}

/// The table, and how many zones are within the bounds.
fn table(data: &Path) -> (String, usize) {
    let mut text = String::from(
        "| zone | mean, synthetic (real) | off | standard deviation | off | daily amplitude | lag-24 correlation | within |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let mut within = 0;
    for (name, file, at) in REAL {
        let made = Shape::of(library::signal(name).expect("a zone of the library").values());
        let real = Shape::of(&column(&data.join(file), at));
        let off = |made: f64, real: f64| made / real - 1.0;
        let (mean, deviation) = (off(made.mean, real.mean), off(made.deviation, real.deviation));
        let verdict = match (mean.abs() <= MEAN_WITHIN, deviation.abs() <= DEVIATION_WITHIN) {
            (true, true) => "both",
            (true, false) => "mean only: **miss**",
            (false, true) => "deviation only: **miss**",
            (false, false) => "neither: **miss**",
        };
        within += usize::from(verdict == "both");
        let _ = writeln!(
            text,
            "| {name} | {:.1} ({:.1}) | {:+.0} % | {:.1} ({:.1}) | {:+.0} % | {:.1} ({:.1}) | {:.2} ({:.2}) | {verdict} |",
            made.mean,
            real.mean,
            mean * 100.0,
            made.deviation,
            real.deviation,
            deviation * 100.0,
            made.daily,
            real.daily,
            made.lag_24,
            real.lag_24,
        );
    }
    (text, within)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a readable folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

#[test]
fn the_library_is_made_of_the_tables_of_facts_and_of_no_trace() {
    let carbon = root().join("workloads/src/carbon");
    let mut files = rust_files(&carbon.join("library"));
    files.push(carbon.join("library.rs"));
    let text: String = files.iter().map(|file| fs::read_to_string(file).expect("a readable file")).collect();
    let mut built_in: Vec<&str> =
        text.split("include_").skip(1).map(|rest| rest.split('"').nth(1).expect("a path")).collect();
    built_in.sort_unstable();
    // The last one is the one real year, which no synthetic one uses.
    let allowed = [
        "../../../data/neighbours-2022.tsv",
        "../../../data/zone-sources.tsv",
        "../../../data/zones-2022.tsv",
        "../../data/citylearn-2022-phase-1.csv",
    ];
    assert_eq!(built_in, allowed);
    assert!(!["std::fs", "File::", "std::env"].iter().any(|word| text.contains(word)));

    let energies = "hydro_twh nuclear_twh wind_twh solar_twh biomass_twh geothermal_twh lignite_twh coal_twh gas_twh \
        oil_twh";
    let tables = [
        (
            "zones-2022.tsv",
            format!(
                "name area latitude longitude utc_offset_h demand sky solar_mount wind_climate hydro_kind inflow \
                {energies} wind_gw imports_twh exports_twh sources"
            ),
        ),
        ("neighbours-2022.tsv", format!("name {energies} sources")),
        ("zone-sources.tsv", "key source".to_owned()),
    ];
    for (file, columns) in tables {
        let table = fs::read_to_string(root().join("workloads/data").join(file)).expect("a readable table");
        let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let header = rows.next().expect("a header");
        assert_eq!(header.join(" "), columns, "{file}");
        assert!(rows.all(|row| row.len() == header.len()), "{file}");
    }
}

#[test]
fn most_synthetic_years_have_the_mean_and_the_deviation_of_real_ones_and_the_document_says_which() {
    let data = root().join("../shared/data/carbon");
    if !data.is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let (table, within) = table(&data);
    println!("{table}");
    assert!(within >= ZONES_WITHIN, "{within} zones are within bounds");
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("a readable document");
    assert!(document.contains(&table), "ARCHITECTURE.md does not hold this table:\n{table}");
    let count = format!("{within} of {} zones", REAL.len());
    assert!(document.contains(&count), "ARCHITECTURE.md does not say `{count}`");
}
