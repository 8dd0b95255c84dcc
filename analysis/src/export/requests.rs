//! `requests.parquet`: one row a request.

use std::borrow::Cow;
use std::io::Write;

use parquet::errors::ParquetError;
use sim_core::engine::Books;
use sim_core::record::{Ending, RequestRecord};
use sim_core::scheduler::Reason;
use sim_core::world::World;

use super::column::{Field, Get};
use super::writer::write;
use super::{EnergyKnown, known};
use crate::sample::{RULE, Sample};
use crate::summary::splits;

/// One request.
pub(super) struct Row<'a> {
    record: &'a RequestRecord,
    /// Its segments, if it was split.
    plan: Option<String>,
    world: &'a World,
}

impl<'a> Row<'a> {
    fn new(record: &'a RequestRecord, books: &Books, world: &'a World) -> Self {
        let segments = record.plan.and_then(|plan| books.split(plan));
        let plan = segments.map(|segments| splits::word(segments, record.model, world));
        Self { record, plan, world }
    }
    /// A rejection has an end but no sojourn: nothing came back to the origin.
    fn sojourn_ms(&self) -> Option<f64> {
        match self.record.ending {
            Ending::Completed | Ending::Late => Some(self.record.sojourn().as_millis()),
            Ending::Rejected(_) => None,
        }
    }

    fn device(&self) -> Option<Cow<'_, str>> {
        self.record.device.map(|device| self.world.device_name(device))
    }

    fn ending(&self) -> &'static str {
        match self.record.ending {
            Ending::Completed => "completed",
            Ending::Late => "late",
            Ending::Rejected(_) => "rejected",
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self.record.ending {
            Ending::Completed | Ending::Late => None,
            Ending::Rejected(Reason::NoDevice) => Some("no device"),
            Ending::Rejected(Reason::OverLimits) => Some("over limits"),
        }
    }
}

/// Writes the requests of a sample in order of id; the footer states the rule, the stride and of how many they are.
///
/// # Errors
/// If `out` does not take the bytes.
pub fn write_requests(
    out: impl Write + Send, sample: &Sample, books: &Books, world: &World, energy: EnergyKnown,
) -> Result<(), ParquetError> {
    let records = sample.records();
    let mut facts = known(world, energy);
    facts.extend([
        ("sample_rule", RULE.to_owned()),
        ("sample_stride", sample.stride().to_string()),
        ("sample_limit", sample.limit().to_string()),
        ("sample_kept", records.len().to_string()),
        ("sample_of", sample.seen().to_string()),
    ]);
    write(out, &fields(), records.into_iter().map(|record| Row::new(record, books, world)), facts)
}

pub(super) fn fields<'a>() -> Vec<Field<Row<'a>>> {
    vec![
        Field::count("id", |row| row.record.id, "Number in order of arrival, over all requests of the run"),
        Field::text("model", |row| &row.world.models[row.record.model].name, "Model asked for"),
        Field::text("class", |row| &row.world.request_classes[row.record.class].name, "Request class"),
        Field::new("origin", None, Get::Made(|row| row.world.device_name(row.record.origin)), "Device that asked"),
        Field::new("device", None, Get::MaybeMade(Row::device), "Device that ran it (its last segment)"),
        Field::new(
            "plan",
            None,
            Get::MaybeText(|row| row.plan.as_deref()),
            "Its segments if it was split, device[first cut:last cut]",
        ),
        Field::number(
            "input_bytes",
            "bytes",
            |row| row.record.input.0,
            "Data that it sent, or would have sent, to be computed",
        ),
        Field::number("arrival_s", "s", |row| row.record.arrival.as_secs(), "When it was asked for, from the epoch"),
        Field::number("end_s", "s", |row| row.record.end.as_secs(), "When it ended, from the epoch"),
        Field::new(
            "sojourn_ms",
            Some("ms"),
            Get::MaybeNumber(Row::sojourn_ms),
            "Completion at the origin − arrival; null if rejected",
        ),
        Field::number("deferred_ms", "ms", |row| row.record.deferred.as_millis(), "Time put off by the scheduler"),
        Field::number("network_ms", "ms", |row| row.record.network.as_millis(), "Time on links and waiting for them"),
        Field::number("queued_ms", "ms", |row| row.record.queued.as_millis(), "Time in devices' queues, wake included"),
        Field::number("loading_ms", "ms", |row| row.record.loading.as_millis(), "Time loading the model"),
        Field::number("service_ms", "ms", |row| row.record.service.as_millis(), "Time computing"),
        Field::text("ending", |row| row.ending(), "completed, late or rejected"),
        Field::new("reason", None, Get::MaybeText(|row| row.reason()), "Why it was rejected"),
        Field::number("energy_j", "J", |row| row.record.energy.0, "Energy attributed to it"),
        Field::number("carbon_g", "g", |row| row.record.carbon.0, "Operational emissions attributed to it"),
    ]
}
