//! What a comparison prints and writes.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use analysis::comparison::{Comparison, Design};
use analysis::histogram::QUANTILE_ERROR;
use analysis::replications::METRICS;
use analysis::stats::Moments;
use serde_json::{Value, json};

use super::entrants::Entrant;
use super::trials::{Ran, Trials};
use super::vary::Sensitivity;
use crate::build::Experiment;
use crate::build::costs;
use crate::commands::{Error, size};
use crate::output::{self, Pending, write_json};

/// A finished comparison.
pub(super) struct Outcome<'a> {
    pub comparison: Comparison,
    pub sensitivity: Option<Sensitivity>,
    pub design: &'a Design,
    pub trials: &'a Trials,
    pub entrants: &'a [Entrant],
    pub experiment: &'a Experiment,
    /// The scenario as it was resolved.
    pub scenario: String,
    pub notes: Vec<String>,
    pub wall: Duration,
}

impl Outcome<'_> {
    /// The comparison as JSON, sensitivity included.
    ///
    /// # Errors
    /// Never, unless serialisation is broken.
    pub fn json(&self) -> Result<String, Error> {
        let text = self.value().and_then(|value| serde_json::to_string_pretty(&value));
        text.map_err(|error| Error::Bug(error.to_string()))
    }

    fn value(&self) -> serde_json::Result<Value> {
        let mut value = serde_json::to_value(&self.comparison)?;
        value["sensitivity"] = serde_json::to_value(&self.sensitivity)?;
        value["quantile_error"] = QUANTILE_ERROR.into();
        value["notes"] = json!(self.notes);
        Ok(value)
    }

    /// What was compared, the tables, and what a reader must know.
    pub fn text(&self) -> String {
        let experiment = self.experiment;
        let mut text = format!("{}: {}\n", experiment.name, experiment.description.trim());
        let world = size(experiment).rsplit_once(", scheduler").map_or_else(String::new, |(world, _)| world.to_owned());
        let _ = writeln!(text, "{world}; {} runs", self.runs().count());
        let _ = writeln!(text, "accounted: {}", output::boundary(experiment));
        let _ = writeln!(text, "models on device classes: {}\n", costs::known(&experiment.pairs));
        let _ = writeln!(text, "{}", self.comparison.text());
        if let Some(sensitivity) = &self.sensitivity {
            let _ = writeln!(text, "{}", sensitivity.text());
        }
        for known in &self.notes {
            let _ = writeln!(text, "note: {known}");
        }
        text
    }

    fn runs(&self) -> impl Iterator<Item = &Ran> {
        self.trials.iter().flatten().flatten()
    }

    /// Runs and time, for the notes.
    pub fn timing_line(&self) -> String {
        let (runs, wall) = (self.runs().count(), self.wall.as_secs_f64());
        let arrived: f64 = self.runs().filter_map(|ran| ran.trial.figures.get("requests_arrived")).sum();
        format!("{runs} runs in {wall:.2} s, {:.1} M requests/min", arrived / wall.max(1e-9) * 60.0 / 1e6)
    }

    /// Writes the folder `<name>-<seed>-compare` into `out`.
    ///
    /// # Errors
    /// If something else has that name, or the disk refuses; nothing is left behind then.
    pub fn write(&self, out: &Path) -> Result<PathBuf, Error> {
        let name = format!("{}-{}-compare", self.experiment.name, self.experiment.seed);
        let written = Pending::named(out, &name).and_then(|pending| {
            self.fill(pending.path())?;
            pending.publish()
        });
        written.map_err(|error| Error::Input(format!("cannot write to {}: {error}", out.display())))
    }

    fn fill(&self, folder: &Path) -> io::Result<()> {
        output::open_to_all(folder)?;
        let mut manifest = output::manifest(self.experiment, &self.scenario);
        let one = |entrant: &Entrant| {
            let Entrant { label, chosen } = entrant;
            json!({"label": label, "name": chosen.entry.name, "params": chosen.parameters(),
                "citation": chosen.entry.citation})
        };
        manifest["scheduler"] = Value::Null;
        manifest["schedulers"] = self.entrants.iter().map(one).collect();
        manifest["design"] = serde_json::to_value(self.design)?;
        write_json(&folder.join("manifest.json"), &manifest)?;
        write_json(&folder.join("comparison.json"), &self.value()?)?;
        write_json(&folder.join("timing.json"), &self.timing())?;
        fs::write(folder.join("comparison.csv"), self.comparison.csv())?;
        fs::write(folder.join("runs.csv"), self.runs_csv())?;
        fs::write(folder.join("scenario.yaml"), &self.scenario)
    }

    /// A row a run: scheduler, period, seed and every headline figure.
    fn runs_csv(&self) -> String {
        let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let mut csv = format!("scheduler,period,seed,{}\n", names.join(","));
        for (entrant, periods) in self.entrants.iter().zip(self.trials) {
            for (period, seeds) in self.design.periods.iter().zip(periods) {
                for (seed, ran) in seeds.iter().enumerate() {
                    let figures = names.iter().map(|name| ran.trial.figures.get(name));
                    let cells: Vec<String> =
                        figures.map(|cell| cell.map_or(String::new(), |x| x.to_string())).collect();
                    let _ = writeln!(csv, "\"{}\",{period},{seed},{}", entrant.label, cells.join(","));
                }
            }
        }
        csv
    }

    /// By the clock of the wall, which a rerun does not repeat.
    fn timing(&self) -> Value {
        let wall = self.wall.as_secs_f64();
        let mean = |periods: &Vec<Vec<Ran>>, k: usize| {
            periods.iter().flatten().filter_map(|ran| ran.trial.decision_ns[k]).collect::<Moments>().mean()
        };
        let decisions = self.entrants.iter().zip(self.trials).map(|(entrant, periods)| {
            let quantiles = json!({"p50": mean(periods, 0), "p99": mean(periods, 1)});
            (entrant.label.clone(), quantiles)
        });
        json!({
            "wall_s": wall,
            "threads": rayon::current_num_threads(),
            "runs": self.runs().count(),
            "decision_ns": decisions.collect::<serde_json::Map<_, _>>(),
            "peak_rss_bytes": output::peak_rss_bytes(),
        })
    }
}
