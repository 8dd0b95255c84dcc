//! What all carbon formats have in common: files written are read again, and no bytes make a reader panic.

use proptest::prelude::*;
use sim_core::world::signal::{Provenance, SignalKind};
use workloads::carbon::carbonedge;
use workloads::carbon::factors::Factors;
use workloads::carbon::format::Format;
use workloads::carbon::options::{Gaps, Options, Values};
use workloads::carbon::reading::{read, read_all, read_issued};
use workloads::carbon::unit::Unit;

/// One small file of each format that is text.
const SAMPLES: [(Format, &str); 11] = [
    (
        Format::ElectricityMaps,
        "Datetime (UTC),Zone id,Carbon intensity gCO2eq/kWh (Life cycle)\n2024-01-01 00:00:00,FR,20.5\n\
            2024-01-01 01:00:00,FR,21\n",
    ),
    (
        Format::ElectricityMapsApi,
        "datetime,zone_name,carbon_intensity_avg\n2020-01-01T00:00:00+00:00,CISO,300\n\
            2020-01-01T01:00:00+00:00,CISO,301\n",
    ),
    (
        Format::WattTime,
        "time,moer,f1,f2\n2020-05-31 23:50:00+00:00,0.25,0.5,0.75\n2020-05-31 23:55:00+00:00,0.5,0.625,0.875\n",
    ),
    (
        Format::NationalGrid,
        r#"{"data":[{"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z","intensity":{"forecast":266,"actual":263}}]}"#,
    ),
    (
        Format::NationalGrid,
        "from,intensity.forecast,intensity.actual\n2023-03-16T11:30Z,97,96\n2023-03-16T12:00Z,93,95\n",
    ),
    (
        Format::CarbonCast,
        ",UTC time,actual_carbon_intensity_direct,forecasted_carbon_intensity_direct\n0,2021-07-01 00:00:00,300,310\n\
            1,2021-07-01 01:00:00,301,311\n2,2021-07-01 00:00:00,300,312\n3,2021-07-01 01:00:00,301,321\n",
    ),
    (
        Format::GenerationMix,
        "Area,MTU,Fossil Gas - Actual Aggregated [MW],Nuclear - Actual Aggregated [MW],Solar - Actual Aggregated [MW]\n\
            DE,01.01.2022 00:00 - 01.01.2022 01:00 (CET/CEST),1,2,n/e\n\
            DE,01.01.2022 01:00 - 01.01.2022 02:00 (CET/CEST),1,2,3\n",
    ),
    (Format::CityLearn, "kg_CO2/kWh\n0.25\n0.5\n"),
    (Format::Vessim, "Date;DE\n\"2019-12-20 00:00:00\";218,25\n\"2019-12-20 00:15:00\";217,5\n"),
    (Format::Csv, "time,gCO2/kWh\n1659492000,676\n1659495600,682\n"),
    (
        Format::WattTime,
        r#"{"data":[{"point_time":"2023-07-15T00:00:00Z","value":870},{"point_time":"2023-07-15T00:05:00Z","value":871}],
            "meta":{"signal_type":"co2_moer","units":"lbs_co2_per_mwh","region":"CAISO_NORTH"}}"#,
    ),
];

/// What the samples of one format need.
fn options(format: Option<Format>, gaps: Gaps) -> Options {
    let without_times = format == Some(Format::CityLearn);
    Options {
        start: without_times.then_some(jiff::Timestamp::UNIX_EPOCH),
        step: without_times.then(|| sim_core::units::SimDuration::from_hours(1)),
        time_zone: Some(jiff::tz::TimeZone::UTC),
        values: Some(Values::Mean),
        gaps,
        ..Options::default()
    }
}

#[test]
fn every_sample_is_read_and_survives_the_projects_own_format() {
    for (format, sample) in SAMPLES {
        let read_once = read(sample.as_bytes(), "x", &options(Some(format), Gaps::Error))
            .unwrap_or_else(|error| panic!("{sample}: {error}"));
        assert_eq!(read_once.format, format, "{sample}");
        let mut bytes = Vec::new();
        carbonedge::write(&read_once, &mut bytes).expect("memory takes all");
        let again = read(&bytes, "y", &Options::default()).expect("what was written is read");
        assert_eq!(again.format, Format::CarbonEdge);
        assert_eq!((again.series.values(), again.series.span()), (read_once.series.values(), read_once.series.span()));
        assert_eq!((again.series.labels, &again.series.zone), (read_once.series.labels, &read_once.series.zone));
        assert_eq!((again.kind, again.unit), (read_once.kind, Unit::GramsPerKwh));
        let mut twice = Vec::new();
        carbonedge::write(&read_once, &mut twice).expect("memory takes all");
        assert_eq!(bytes, twice);
    }
}

#[test]
fn a_synthetic_part_makes_the_whole_synthetic() {
    let part = |hour: u32, provenance: fn(String) -> Provenance| {
        let text = format!("time,gCO2/kWh\n2022-01-01T{hour:02}:00Z,1\n2022-01-01T{:02}:00Z,2\n", hour + 1);
        let mut reading = read(text.as_bytes(), "x", &options(Some(Format::Csv), Gaps::Error)).expect("a sample");
        reading.series.provenance = provenance("made".to_owned());
        let mut bytes = Vec::new();
        carbonedge::write(&reading, &mut bytes).expect("memory takes all");
        bytes
    };
    let (given, made) = (part(0, Provenance::Given), part(2, Provenance::Synthetic));
    let whole = read_all(&[(&given, "a"), (&made, "b")], &Options::default()).expect("one after the other");
    assert!(matches!(whole.series.provenance, Provenance::Synthetic(_)), "{:?}", whole.series.provenance);
}

#[test]
fn a_statement_against_the_file_is_refused() {
    let moer = SAMPLES[2].1.as_bytes();
    let kind = Options { kind: Some(SignalKind::Average), ..Options::default() };
    let message = read(moer, "x", &kind).expect_err("a marginal rate").to_string();
    assert_eq!(message, "x: `kind: average` contradicts the file, which is `marginal`");
    let column = Options { value_column: Some("f1".to_owned()), ..Options::default() };
    let message = read(moer, "x", &column).expect_err("one column counts").to_string();
    assert_eq!(message, "x: `value_column` is stated, but means nothing for `watttime` files");
    let other = Options { format: Some(Format::OpenDc), ..Options::default() };
    assert_eq!(read(moer, "x", &other).expect_err("a table").to_string(), "x: not Parquet, but a table of text");
}

#[test]
fn what_would_change_nothing_is_refused() {
    let hour = Some(sim_core::units::SimDuration::from_hours(1));
    let noon = Some(jiff::Timestamp::UNIX_EPOCH);
    let message = |(format, sample): (Format, &str), stated: Options| {
        let options = Options { unit: None, ..stated };
        let both = (read(sample.as_bytes(), "x", &options), read_issued(sample.as_bytes(), "x", &options));
        (format, both.0.err().map(|error| error.to_string()), both.1.err().map(|error| error.to_string()))
    };
    for sample in [SAMPLES[0], SAMPLES[1], SAMPLES[2], SAMPLES[5], SAMPLES[6]] {
        let (format, signal, _) = message(sample, Options { step: hour, ..Options::default() });
        assert_eq!(signal, Some(format!("x: `step` is stated, but means nothing for `{}` files", format.name())));
    }
    let (_, signal, _) = message(SAMPLES[0], Options { factors: Some(Factors::ipcc_ar5()), ..Options::default() });
    assert_eq!(signal.as_deref(), Some("x: `factors` is stated, but means nothing for `electricity-maps` files"));
    let (_, _, issued) = message(SAMPLES[2], Options { issued: noon, ..Options::default() });
    assert_eq!(issued.as_deref(), Some("x: `issued` is stated, but means nothing for `watttime` files"));
}

#[test]
fn a_stated_zone_is_the_files_own_or_refused() {
    let regional = r#"{"data":[{"regionid":13,"shortname":"London","data":[
        {"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z","intensity":{"forecast":20}}]}]}"#;
    let of_one = [
        (SAMPLES[0].1, "FR"),
        (SAMPLES[1].1, "CISO"),
        (SAMPLES[6].1, "DE"),
        (SAMPLES[8].1, "DE"),
        (regional, "London"),
        (regional, "13"),
    ];
    for (text, zone) in of_one {
        let plain =
            Options { values: Some(Values::Mean), time_zone: Some(jiff::tz::TimeZone::UTC), ..Options::default() };
        let column = (text == regional).then(|| "intensity.forecast".to_owned());
        let plain = Options { value_column: column, ..plain };
        let zoned = |zone: &str, known_as: &str| {
            let (zone, known_as) = (Some(zone.to_owned()), Some(known_as.to_owned()));
            Options { zone: zone.filter(|zone| !zone.is_empty()), known_as, ..plain.clone() }
        };
        let error = read(text.as_bytes(), "x", &zoned("AT", "AT")).expect_err("another zone").to_string();
        assert!(error.starts_with("x: `zone: AT` contradicts the file, which is `") && error.contains(zone), "{error}");
        // What the scenario calls it is no statement about the file.
        let known = read(text.as_bytes(), "x", &zoned("", "AT")).expect("one zone by another name").series;
        let stated = read(text.as_bytes(), "x", &zoned(zone, "AT")).expect("the zone of the file").series;
        assert_eq!((known.values(), &known.zone), (stated.values(), &stated.zone));
        assert_eq!(stated.zone, if text == regional { "London" } else { zone });
    }
}

#[test]
fn formats_without_forecasts_say_why() {
    let message = read_issued(SAMPLES[0].1.as_bytes(), "x", &Options::default()).expect_err("actuals only").to_string();
    assert_eq!(message, "x: no forecasts as issued: this is `electricity-maps`, which holds what happened only");
}

fn packed(sample: &str) -> Vec<u8> {
    let reading = read(sample.as_bytes(), "x", &options(None, Gaps::Error)).expect("a sample");
    let mut bytes = Vec::new();
    carbonedge::write(&reading, &mut bytes).expect("memory takes all");
    bytes
}

proptest! {
    /// Bytes that were a file once: cut, changed, doubled; forced into any format. Nothing panics, whatever comes of
    /// it.
    #[test]
    fn damaged_files_are_read_or_refused(
        sample in 0..SAMPLES.len() + 1, cut in 0.0..1.0f64, changes in prop::collection::vec((any::<u16>(), any::<u8>()), 0..6),
        format in 0..=Format::ALL.len(), gaps in 0..3usize,
    ) {
        let mut bytes = SAMPLES.get(sample).map_or_else(|| packed(SAMPLES[0].1), |(_, text)| text.as_bytes().to_vec());
        for (at, byte) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = byte;
        }
        if cut < 0.5 {
            bytes.truncate((cut * 2.0 * bytes.len() as f64) as usize);
        }
        let gaps = [Gaps::Error, Gaps::Hold, Gaps::Interpolate][gaps];
        let format = Format::ALL.get(format).copied();
        let options = Options { format, ..options(format, gaps) };
        if let Ok(reading) = read(&bytes, "x", &options) {
            prop_assert!(reading.series.values().iter().all(|value| (0.0..=10_000.0).contains(value)));
        }
        let _ = read_issued(&bytes, "x", &options);
    }
}
