//! `rescore`: a finished run's energy under other carbon signals, without simulating it again.

use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};

use analysis::number::{NONE, energy, mass};
use analysis::rescore::{Slice, emissions, read};
use analysis::table::{Align, Table};
use clap::Args;
use serde_json::{Value, json};
use sim_core::engine::ledger::Account;
use sim_core::units::Joules;
use sim_core::world::signal::SignalKind;

use crate::build::Experiment;
use crate::commands::Error;
use crate::load::{Loaded, assignment};

/// Examples of `rescore --help`.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge rescore out/mine-1 --signal marginal
  carbonedge rescore out/city-day-1 --set 'grid.zones=[{name: DE, average: {file: DE_2022_hourly.csv}}]'

Each interval's energy (timeline.parquet) is taken at the signal's mean over the interval. Schedulers decided as they
did: only the books are another grid's.";

/// Arguments of `rescore`.
#[derive(Clone, Debug, Args)]
pub struct RescoreArgs {
    /// A run directory.
    pub run: PathBuf,
    /// The signal that counts: `average` or `marginal` [default: the one that the run used].
    #[arg(long, value_name = "KIND", value_parser = ["average", "marginal"])]
    pub signal: Option<String>,
    /// Set a value of the run's scenario, such as a zone's signal; as often as needed.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// A folder where the scenario's files are looked for; as often as needed.
    #[arg(long, value_name = "DIR")]
    pub data: Vec<PathBuf>,
    /// Print the figures as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// A run's energy with what was booked for it, and what other signals make of it.
struct Rescored {
    scenario: String,
    signal: &'static str,
    rows: Vec<Row>,
}

/// One account, or all of them.
struct Row {
    account: &'static str,
    joules: f64,
    booked_g: Option<f64>,
    rescored_g: f64,
}

/// Re-scores a run; what goes to stdout.
///
/// # Errors
/// If the folder is no run directory, its scenario does not hold any more, or a zone has no such signal.
pub fn text(args: &RescoreArgs) -> Result<String, Error> {
    let rescored = rescore(args)?;
    if args.json {
        return serde_json::to_string_pretty(&rescored.json()).map_err(|error| Error::Bug(error.to_string()));
    }
    Ok(rescored.text())
}

fn rescore(args: &RescoreArgs) -> Result<Rescored, Error> {
    let set = args.set.iter().map(|text| assignment(text).map_err(|error| format!("--set {error}")));
    let set = set.collect::<Result<Vec<_>, _>>().map_err(Error::Input)?;
    let experiment = scenario(&args.run)?.with_data(&args.data).experiment(&set)?;
    let grid = &experiment.world.grid;
    let kind = match args.signal.as_deref() {
        Some("marginal") => SignalKind::Marginal,
        Some(_) => SignalKind::Average,
        None => grid.account_with,
    };
    let slices = slices(&args.run, &experiment)?;
    let rescored = emissions(grid, kind, slices.iter().copied());
    let signal = if kind == SignalKind::Average { "average" } else { "marginal" };
    let rescored = rescored.ok_or_else(|| {
        let lacking = grid.zones.iter().find(|zone| zone.signal(kind).is_none()).map_or("", |zone| zone.name.as_str());
        let hint = "give one with --set grid.zones=[{name: …, average: …, marginal: …}]";
        Error::Input(format!("zone `{lacking}` has no {signal} signal that covers the run; {hint}"))
    })?;
    let booked = booked(&args.run)?;
    let rows = Account::ALL.iter().enumerate().map(|(k, account)| Row {
        account: account.name(),
        joules: slices.iter().map(|slice| slice.energy[k]).sum::<Joules>().0,
        booked_g: booked["carbon_g"][account.name()].as_f64(),
        rescored_g: rescored[k].0,
    });
    let mut rows: Vec<Row> = rows.collect();
    let all = |of: fn(&Row) -> f64| rows.iter().map(of).sum::<f64>();
    let total = Row {
        account: "operational",
        joules: all(|row| row.joules),
        booked_g: booked["carbon_g"]["operational"].as_f64(),
        rescored_g: all(|row| row.rescored_g),
    };
    rows.push(total);
    Ok(Rescored { scenario: experiment.name, signal, rows })
}

/// The scenario of a run directory.
fn scenario(run: &Path) -> Result<Loaded, Error> {
    let file = run.join("scenario.yaml");
    let hint = "a run directory holds scenario.yaml, summary.json and timeline.parquet: `carbonedge run` writes one";
    if !file.is_file() {
        return Err(Error::Input(format!("{}: no such file; {hint}", file.display())));
    }
    if !run.join("timeline.parquet").is_file() {
        let hint = "of several replications, name one: <run>/replication-000";
        return Err(Error::Input(format!("{} has no timeline.parquet; {hint}", run.display())));
    }
    Loaded::find(&file.to_string_lossy()).map_err(Error::Input)
}

fn slices(run: &Path, experiment: &Experiment) -> Result<Vec<Slice>, Error> {
    let path = run.join("timeline.parquet");
    let unread = |error: String| Error::Input(format!("{}: {error}", path.display()));
    let file = File::open(&path).map_err(|error| unread(error.to_string()))?;
    read(file, &experiment.world).map_err(unread)
}

/// The run's own figures.
fn booked(run: &Path) -> Result<Value, Error> {
    let path = run.join("summary.json");
    let unread = |error: String| Error::Input(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| unread(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unread(error.to_string()))
}

impl Rescored {
    fn json(&self) -> Value {
        let row = |row: &Row| json!({"account": row.account, "energy_j": row.joules, "booked_g": row.booked_g, "rescored_g": row.rescored_g});
        json!({"scenario": self.scenario, "signal": self.signal, "accounts": self.rows.iter().map(row).collect::<Vec<_>>()})
    }

    fn text(&self) -> String {
        let headers = [("account", Align::Left), ("energy", Align::Right), ("as booked", Align::Right)];
        let mut table = Table::new(&[&headers[..], &[("re-scored", Align::Right), ("change", Align::Right)]].concat());
        for Row { account, joules, booked_g, rescored_g } in self.rows.iter().filter(|row| row.joules > 0.0) {
            let change = booked_g.filter(|booked| *booked > 0.0).map(|booked| (rescored_g / booked - 1.0) * 100.0);
            table.row([
                (*account).to_owned(),
                energy(*joules),
                booked_g.map_or(NONE.to_owned(), mass),
                mass(*rescored_g),
                change.map_or(NONE.to_owned(), |change| format!("{change:+.2} %")),
            ]);
        }
        let mut text = format!("{}, re-scored with {} signals\n{table}", self.scenario, self.signal);
        let _ =
            writeln!(text, "Each interval's energy at the signal's mean over the interval; decisions as they were.");
        text
    }
}
