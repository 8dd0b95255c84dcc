//! A finished run's energy under other carbon signals: no new simulation, for the books keep energy by zone and interval.

use arrow_array::{Array, Float64Array, RecordBatch, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use sim_core::engine::Books;
use sim_core::engine::ledger::Account;
use sim_core::ids::ZoneId;
use sim_core::units::{Grams, Joules, SimTime};
use sim_core::world::World;
use sim_core::world::grid::Grid;
use sim_core::world::signal::SignalKind;

const ACCOUNTS: usize = Account::ALL.len();

/// What one zone used in one interval, by account in the order of [`Account::ALL`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// The zone.
    pub zone: ZoneId,
    /// Start of the interval.
    pub from: SimTime,
    /// Its end, or the end of the run.
    pub to: SimTime,
    /// Energy.
    pub energy: [Joules; ACCOUNTS],
}

/// The books of a run as slices.
pub fn slices(books: &Books) -> impl Iterator<Item = Slice> {
    let interval = books.ledger.interval();
    books.ledger.timeline().enumerate().flat_map(move |(zone, cells)| {
        cells.iter().enumerate().filter_map(move |(k, cell)| {
            let from = SimTime((k as u64).saturating_mul(interval.0));
            let to = (from + interval).min(books.end);
            let energy = Account::ALL.map(|account| cell.accounts.get(account).energy());
            (from < to).then_some(Slice { zone, from, to, energy })
        })
    })
}

/// Emissions by account, in the order of [`Account::ALL`], if the signals of a kind counted; `None` if a zone that used
/// energy has no such signal, or one that does not cover the run.
///
/// Each slice's energy is taken at the signal's mean over its interval: exact where the signal does not change inside
/// intervals, or the power does not. Schedulers decided as they did.
#[must_use]
pub fn emissions(grid: &Grid, kind: SignalKind, slices: impl Iterator<Item = Slice>) -> Option<[Grams; ACCOUNTS]> {
    let mut emitted = [Grams::ZERO; ACCOUNTS];
    for Slice { zone, from, to, energy } in slices.filter(|slice| slice.energy.iter().any(|energy| energy.0 != 0.0)) {
        let signal = grid.zones[zone].signal(kind).filter(|signal| signal.covers(to))?;
        let mean = signal.integral(from, to) / to.since(from);
        emitted.iter_mut().zip(energy).for_each(|(grams, energy)| *grams += energy * mean);
    }
    Some(emitted)
}

/// Reads the slices of a `timeline.parquet` that a run of this world wrote.
///
/// # Errors
/// What is wrong with the file: no Parquet, a column or the interval missing, a zone that the world does not have.
pub fn read(file: impl ChunkReader + 'static, world: &World) -> Result<Vec<Slice>, String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
    let facts = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let fact = |name: &str| {
        let key = format!("carbonedge.{name}");
        let found =
            facts.iter().find(|fact| fact.key == key).and_then(|fact| fact.value.as_deref()?.parse::<f64>().ok());
        found
            .filter(|value| value.is_finite() && *value >= 0.0)
            .ok_or_else(|| format!("no time `{key}` in its metadata"))
    };
    let (interval, end) = (fact("interval_s")?, fact("end_s")?);
    let mut slices = Vec::new();
    for batch in builder.build().map_err(|error| error.to_string())? {
        let batch = batch.map_err(|error| error.to_string())?;
        rows(&batch, world, (interval, end), &mut slices)?;
    }
    Ok(slices)
}

fn rows(
    batch: &RecordBatch, world: &World, (interval, end): (f64, f64), slices: &mut Vec<Slice>,
) -> Result<(), String> {
    let zones: &StringArray = column(batch, "zone")?;
    let starts: &Float64Array = column(batch, "start_s")?;
    let columns: Vec<&Float64Array> = Account::ALL
        .iter()
        .map(|account| column(batch, &format!("energy_{}_j", account.name())))
        .collect::<Result<_, _>>()?;
    for row in 0..batch.num_rows() {
        let name = zones.value(row);
        let zone = world.grid.zones.enumerate().find(|(_, zone)| zone.name == name).map(|(id, _)| id);
        let zone = zone.ok_or_else(|| format!("zone `{name}` is none of the scenario's"))?;
        let from = starts.value(row);
        let mut energy = [Joules::ZERO; ACCOUNTS];
        energy.iter_mut().zip(&columns).for_each(|(energy, column)| *energy = Joules(column.value(row)));
        let to = (from + interval).min(end);
        slices.push(Slice { zone, from: SimTime::from_secs(from), to: SimTime::from_secs(to), energy });
    }
    Ok(())
}

fn column<'b, A: Array + 'static>(batch: &'b RecordBatch, name: &str) -> Result<&'b A, String> {
    let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
    column.ok_or_else(|| format!("no column `{name}` of the right type"))
}
