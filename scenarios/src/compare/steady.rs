//! `compare --steady`: one long run a scheduler, its start cut off and batch means of the rest, where everything is
//! constant.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use analysis::inference::steady::{Steady, Unsteady};
use analysis::number::significant;
use analysis::replications::CONFIDENCE;
use analysis::sample::Sample;
use analysis::table::{Align, Table};
use serde_json::{Value, json};
use sim_core::record::{Ending, RequestRecord};

use super::entrants::Entrant;
use super::trials::Field;
use crate::build::Experiment;
use crate::commands::Error;
use crate::run::replication_under;

/// A figure of single requests whose mean is asked.
type Figure = (&'static str, fn(&RequestRecord) -> f64);

const FIGURES: [Figure; 3] = [
    ("sojourn_mean_ms", |record| record.sojourn().as_millis()),
    ("attributed_g_per_inference", |record| record.carbon.0),
    ("attributed_j_per_inference", |record| record.energy.0),
];

/// Means in steady state with their differences to the baseline's: what goes to stdout, as text and as JSON.
///
/// # Errors
/// If something varies in time, or a run fails; a series that is too short or does not settle is told in its row.
pub(super) fn compare(field: &Field, base: &Experiment) -> Result<(String, Value), Error> {
    let mut experiment = base.clone();
    experiment.request_rows = usize::MAX; // every request is one observation
    let varying = varying(base);
    if !varying.is_empty() {
        return Err(Error::Input(format!("--steady: {}", Unsteady::Varying(varying))));
    }
    let runs = field.entrants.iter().map(|entrant| completed(&experiment, entrant, field));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let mut text = format!("{}, one run of {} a scheduler\n", base.name, analysis::number::time(window_ms(base)));
    let mut figures = serde_json::Map::new();
    for (name, of) in FIGURES {
        let (table, rows) = means(field.entrants, &runs, of);
        let _ = writeln!(text, "\n{name}\n{table}");
        figures.insert(name.to_owned(), Value::Array(rows));
    }
    text.push_str(
        "Start cut off by MSER-5, ± half the 95 % interval of 20 batch means, differences request by request.\n",
    );
    Ok((text, json!({"scenario": base.name, "method": "batch means", "metrics": figures})))
}

/// The mean of a figure under each scheduler and its difference to the first one's, as a table and as JSON.
fn means(entrants: &[Entrant], runs: &[Vec<RequestRecord>], of: fn(&RequestRecord) -> f64) -> (Table, Vec<Value>) {
    let mut columns = vec![("scheduler", Align::Left)];
    columns.extend(["mean", "±", "cut off", "difference", "±"].map(|header| (header, Align::Right)));
    columns.push(("", Align::Left));
    let (mut table, mut rows) = (Table::new(&columns), Vec::new());
    for (k, (entrant, run)) in entrants.iter().zip(runs).enumerate() {
        let own: Vec<f64> = run.iter().map(of).collect();
        let own = Steady::of(&own, &[], CONFIDENCE);
        // The baseline differs from itself by nothing.
        let beside = (k > 0).then(|| Steady::of(&paired(&runs[0], run, of), &[], CONFIDENCE));
        let told = [Some(&own), beside.as_ref()].into_iter().flatten();
        let refused: Vec<String> = told.filter_map(|steady| Some(steady.as_ref().err()?.to_string())).collect();
        let [own, beside] = [own.ok(), beside.and_then(Result::ok)];
        let show = |steady: Option<Steady>| {
            let Some(Steady { interval, .. }) = steady else { return [String::new(), String::new()] };
            [significant(interval.mean, 5), significant(interval.half_width, 2)]
        };
        let cut = own.map_or(String::new(), |own| own.truncated.to_string());
        let cells = show(own).into_iter().chain([cut]).chain(show(beside));
        table.row(std::iter::once(entrant.label.clone()).chain(cells).chain([refused.join("; ")]));
        rows.push(json!({"scheduler": entrant.label, "mean": own.map(|own| own.interval.mean),
            "half_width": own.map(|own| own.interval.half_width), "truncated": own.map(|own| own.truncated),
            "difference": beside.map(|beside| beside.interval.mean),
            "difference_half_width": beside.map(|beside| beside.interval.half_width), "refused": refused}));
    }
    (table, rows)
}

fn window_ms(experiment: &Experiment) -> f64 {
    experiment.world.settings.horizon.window.as_millis()
}

/// What changes in time, so that there is no steady state.
fn varying(experiment: &Experiment) -> Vec<String> {
    let grid = &experiment.world.grid;
    let moving = grid.zones.enumerate().filter(|(zone, _)| !grid.accounting(*zone).is_constant());
    let mut varying: Vec<String> = moving.map(|(_, zone)| format!("the signal of zone {}", zone.name)).collect();
    varying.extend(experiment.workload.varying());
    varying
}

/// The requests of one run that completed, in order of their ids.
fn completed(experiment: &Experiment, entrant: &Entrant, field: &Field) -> Result<Vec<RequestRecord>, Error> {
    let over = || if field.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let finished = replication_under(experiment, &entrant.chosen, 0, &mut |_| over())?;
    let sample: &Sample = finished.recorder.sample();
    let done = |record: &&RequestRecord| match record.ending {
        Ending::Completed | Ending::Late => true,
        Ending::Rejected(_) => false,
    };
    Ok(sample.records().into_iter().filter(done).copied().collect())
}

/// A figure's difference for each request that completed in both runs.
fn paired(baseline: &[RequestRecord], run: &[RequestRecord], of: fn(&RequestRecord) -> f64) -> Vec<f64> {
    let mut known = baseline.iter().peekable();
    let mut differences = Vec::new();
    for record in run {
        while known.next_if(|earlier| earlier.id < record.id).is_some() {}
        if let Some(before) = known.next_if(|same| same.id == record.id) {
            differences.push(of(record) - of(before));
        }
    }
    differences
}
