//! The Parquet files, read back.

use std::io::Write;

use analysis::export::{Column, EnergyKnown, File, write_devices, write_requests, write_timeline};
use analysis::sample::Sample;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sim_core::units::SimDuration;

use crate::toolkit::{Run, run, world};

fn bytes(run: &Run, file: File) -> Vec<u8> {
    let mut out = Vec::new();
    let known = EnergyKnown(Some("modelled"));
    match file {
        File::Requests => write_requests(&mut out, run.recorder.sample(), &run.books, &run.world, known),
        File::Timeline => write_timeline(&mut out, &run.books, &run.world, known),
        File::Devices => write_devices(&mut out, &run.books, &run.world, known),
    }
    .expect("memory takes every byte");
    out
}

/// What a reader finds: rows, and the facts of the footer.
struct Found {
    batches: Vec<RecordBatch>,
    facts: Vec<(String, String)>,
    groups: usize,
}

impl Found {
    fn of(bytes: &[u8]) -> Self {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("it takes the bytes");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
        let groups = reader.metadata().num_row_groups();
        let facts = reader.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let facts = facts.map(|fact| (fact.key.clone(), fact.value.clone().unwrap_or_default())).collect();
        let batches = reader.build().expect("readable").map(|batch| batch.expect("whole rows")).collect();
        Self { batches, facts, groups }
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        let of = |batch: &RecordBatch| {
            let array = batch.column_by_name(column).expect("a column of that name");
            array.as_primitive::<Float64Type>().values().to_vec()
        };
        self.batches.iter().flat_map(of).collect()
    }

    fn counts(&self, column: &str) -> Vec<u64> {
        let of = |batch: &RecordBatch| {
            let array = batch.column_by_name(column).expect("a column of that name");
            array.as_primitive::<UInt64Type>().values().to_vec()
        };
        self.batches.iter().flat_map(of).collect()
    }

    fn sum(&self, columns: &[&str]) -> f64 {
        columns.iter().flat_map(|column| self.numbers(column)).sum()
    }

    fn fact(&self, key: &str) -> &str {
        let found = self.facts.iter().find(|(name, _)| name.strip_prefix("carbonedge.") == Some(key));
        &found.expect("a fact of that name").1
    }
}

#[test]
fn requests_come_back_with_what_the_books_attribute() {
    let run = run(world(), 100, 30.0, Sample::default());
    let found = Found::of(&bytes(&run, File::Requests));
    assert_eq!(found.counts("id"), (0..100).collect::<Vec<_>>());
    close(found.sum(&["carbon_g"]), run.books.ledger.requests().carbon().0);
    close(found.sum(&["energy_j"]), run.books.ledger.requests().energy().0);
    close(found.sum(&["sojourn_ms"]), run.summary().sojourn_ms.mean.expect("completed") * 100.0);
    let model = found.batches[0].column_by_name("model").expect("a column of that name").as_string::<i32>();
    assert_eq!((model.value(0), model.value(2)), ("small", "large"));
    let reason = found.batches[0].column_by_name("reason").expect("a column of that name");
    assert_eq!(reason.null_count(), 100);
}

#[test]
fn a_sample_says_of_how_many_it_is() {
    let run = run(world(), 100, 30.0, Sample::new(30));
    let found = Found::of(&bytes(&run, File::Requests));
    assert_eq!(found.counts("id"), (0..25).map(|k| k * 4).collect::<Vec<_>>());
    assert_eq!((found.fact("sample_stride"), found.fact("sample_of")), ("4", "100"));
}

#[test]
fn timeline_and_devices_sum_to_the_totals() {
    const ENERGY: [&str; 5] =
        ["energy_dynamic_j", "energy_idle_j", "energy_wake_j", "energy_load_j", "energy_network_j"];
    let run = run(world(), 100, 30.0, Sample::default());
    let (total, timeline) = (run.books.ledger.total(), Found::of(&bytes(&run, File::Timeline)));
    assert_eq!(timeline.numbers("start_s"), [0.0, 3600.0, 0.0, 3600.0]);
    assert_eq!(timeline.numbers("intensity_g_per_kwh"), [100.0, 300.0, 720.0, 720.0]);
    assert_eq!(timeline.counts("requests").iter().sum::<u64>(), 100);
    close(timeline.sum(&ENERGY), total.energy().0);
    close(timeline.sum(&ENERGY.map(carbon)), total.carbon().0);

    let devices = Found::of(&bytes(&run, File::Devices));
    assert_eq!(devices.counts("served"), [50, 50]);
    assert_eq!(devices.numbers("embodied_g"), [2.0, 2.0]);
    close(devices.sum(&ENERGY[..4]) + run.summary().energy_j.network, total.energy().0);
}

fn carbon(energy: &'static str) -> &'static str {
    match energy {
        "energy_dynamic_j" => "carbon_dynamic_g",
        "energy_idle_j" => "carbon_idle_g",
        "energy_wake_j" => "carbon_wake_g",
        "energy_load_j" => "carbon_load_g",
        _ => "carbon_network_g",
    }
}

#[test]
fn every_column_comes_back_with_its_unit_in_its_name() {
    let run = run(world(), 10, 30.0, Sample::default());
    for file in File::ALL {
        let found = Found::of(&bytes(&run, file));
        let schema = found.batches[0].schema();
        assert_eq!(schema.fields().len(), file.schema().len());
        for (field, Column { name, unit, meaning, nullable, .. }) in schema.fields().iter().zip(file.schema()) {
            assert_eq!((field.name().as_str(), field.is_nullable()), (name, nullable));
            assert_eq!(field.metadata().get("unit").map(String::as_str), unit);
            assert_eq!(field.metadata().get("meaning").map(String::as_str), Some(meaning));
            let suffix = unit.filter(|unit| *unit != "1").map(|unit| unit.replace('/', "_per_").to_lowercase());
            assert!(suffix.is_none_or(|suffix| name.ends_with(&suffix)), "{name} is in {unit:?}");
        }
    }
}

#[test]
fn every_footer_says_how_its_energies_signals_and_forecasts_are_known() {
    let run = run(world(), 10, 30.0, Sample::default());
    for file in File::ALL {
        let found = Found::of(&bytes(&run, file));
        assert_eq!(found.fact("energy_provenance"), "modelled", "{}", file.name());
        assert_eq!(found.fact("signals"), "1 of 2 synthetic, not measured", "{}", file.name());
        assert_eq!(found.fact("forecasts"), "persistence; present: published", "{}", file.name());
    }
}

#[test]
fn equal_runs_give_equal_bytes() {
    let runs = [(); 2].map(|()| run(world(), 100, 30.0, Sample::new(30)));
    for file in File::ALL {
        assert!(bytes(&runs[0], file) == bytes(&runs[1], file), "{}", file.name());
    }
    let json = |run: &Run| serde_json::to_string(&run.summary()).expect("a summary is JSON");
    assert_eq!(json(&runs[0]), json(&runs[1]));
}

#[test]
fn a_long_sample_is_written_in_several_row_groups_and_an_empty_one_in_none() {
    let empty = Found::of(&bytes(&run(world(), 0, 1.0, Sample::default()), File::Requests));
    assert_eq!((empty.groups, empty.fact("sample_of")), (0, "0"));
    let mut world = world();
    world.settings.horizon.window = SimDuration::from_hours(20);
    let long = run(world, 70_000, 1.0, Sample::default());
    let found = Found::of(&bytes(&long, File::Requests));
    assert!(found.counts("id").is_sorted());
    assert_eq!((found.rows(), found.groups), (70_000, 2));
}

#[track_caller]
fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() <= 1e-11 * expected.abs(), "{got} is not {expected}");
}
