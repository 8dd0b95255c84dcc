//! From a run directory or a scenario to the experiment and the replication that are run again.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::args::ExplainRequestArgs;
use crate::build::Experiment;
use crate::commands::{Error, loaded, settings};

/// What is run again.
pub(super) struct Resolved {
    pub experiment: Experiment,
    pub replication: u64,
    /// Whether the command line makes another run of it.
    pub changed: bool,
}

/// Finds the run.
///
/// # Errors
/// If there is none, if it is one of several and nobody says which, or if its inputs have changed.
pub(super) fn resolve(args: &ExplainRequestArgs) -> Result<Resolved, Error> {
    let folder = Path::new(&args.run);
    let directory = if folder.is_dir() { Some(Directory::read(folder)?) } else { None };
    let (scenario, replication) = match &directory {
        Some(directory) => (directory.scenario(), directory.replication(args.replication)?),
        None => (args.run.clone(), args.replication.unwrap_or(0)),
    };
    let scenario = args.scenario(scenario);
    // Files are named from where a scenario was, which a run directory does not tell: here is the likeliest place.
    let loaded = loaded(&scenario)?.with_data(&[PathBuf::new()]);
    let experiment = loaded.experiment(&settings(&scenario)?)?;
    if let Some(directory) = &directory {
        directory.check_inputs(&experiment)?;
    }
    Ok(Resolved { experiment, replication, changed: directory.is_some() && args.changes() })
}

/// A run directory as it says itself.
struct Directory<'a> {
    folder: &'a Path,
    manifest: Value,
}

impl<'a> Directory<'a> {
    fn read(folder: &'a Path) -> Result<Self, Error> {
        let path = folder.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let hint = "name a run directory that `carbonedge run` wrote, or a scenario";
            Error::Input(format!("{} is no run directory: {} ({error}); {hint}", folder.display(), path.display()))
        })?;
        let unread = |error| Error::Input(format!("{} is not JSON: {error}", path.display()));
        Ok(Self { folder, manifest: serde_json::from_str(&text).map_err(unread)? })
    }

    fn scenario(&self) -> String {
        self.folder.join("scenario.yaml").display().to_string()
    }

    /// The replication's number: its own, or the one asked for of several.
    fn replication(&self, asked: Option<u64>) -> Result<u64, Error> {
        let own = self.manifest["replication"]["number"].as_u64();
        let count = self.manifest["replications"]["count"].as_u64();
        let shown = self.folder.display();
        match (count, asked) {
            (Some(count), Some(asked)) if asked < count => Ok(asked),
            (Some(count), _) => Err(Error::Input(format!(
                "{shown} holds {count} replications; add --replication K with K of 0 … {}, or name the folder of one",
                count.saturating_sub(1)
            ))),
            (None, Some(asked)) if own.unwrap_or(0) != asked => Err(Error::Input(format!(
                "{shown} is replication {}, not {asked}; leave --replication out, or name the folder above",
                own.unwrap_or(0)
            ))),
            (None, _) => Ok(own.unwrap_or(0)),
        }
    }

    /// A run is the same only if its files are.
    fn check_inputs(&self, experiment: &Experiment) -> Result<(), Error> {
        let listed = self.manifest["inputs"].as_array().into_iter().flatten();
        for input in listed {
            let (file, hash) = (input["file"].as_str().unwrap_or(""), input["blake3"].as_str().unwrap_or(""));
            let now = experiment.inputs.iter().find(|(name, _)| name == file);
            if let Some((_, now)) = now.filter(|(_, now)| now != hash) {
                return Err(Error::Input(format!(
                    "{file} is not what it was in the run: its BLAKE3 hash was {hash} and is {now}; put the old file \
                     back, or name its folder with --data"
                )));
            }
        }
        Ok(())
    }
}
