//! `compare`: many schedulers in one world, paired, with intervals, and what would flip their ranking.

pub mod args;
mod entrants;
mod outcome;
mod periods;
mod steady;
mod trials;
mod vary;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use analysis::comparison::{Comparison, Design, Over, enough, metric};
use analysis::replications::CONFIDENCE;
use analysis::summary::SignalSource;
use hardware_profiles::quantity::{self, Unit};
use indicatif::ProgressBar;
use sim_core::bounds::Relaxation;

use crate::build::Experiment;
use crate::commands::{Error, loaded, settings};
use crate::issues::nearest_of;
use crate::spec::{CompareSpec, Quantity};
use args::CompareArgs;
use entrants::{Entrant, entrants};
use outcome::Outcome;
use periods::periods;
use trials::{Field, Trials};

/// Replications unless told otherwise: the least for a quantile's interval by Student's t.
const REPLICATIONS: u32 = 10;
/// The least difference that matters unless told otherwise, as a share of the baseline.
const MARGIN: &str = "1 %";
/// Seeds added between two looks at the precision; fixed, so that where it ends does not depend on the threads.
const AT_A_TIME: usize = 4;
const PRIMARY: &str = "carbon_g_per_inference";

/// What is to be compared, resolved from the scenario's `compare` and the command line.
struct Plan {
    over: Over,
    replications: usize,
    seeds: usize,
    primary: String,
    margin: f64,
    /// Half-width of every difference, as a share of the baseline, and the most replications for it.
    precision: Option<(f64, usize)>,
}

/// Carries out a comparison: what goes to stdout and to stderr.
///
/// # Errors
/// Of the scenario, of a scheduler, of a run, or of the disk.
pub fn execute(args: &CompareArgs, bar: Option<&ProgressBar>, stop: &AtomicBool) -> Result<(String, String), Error> {
    let started = Instant::now();
    let loaded = loaded(&args.scenario)?;
    let mut set = settings(&args.scenario)?;
    let declared = loaded.spec(&set)?.compare.lead_in.map(|Quantity(text)| text);
    if let Some(lead_in) = args.lead_in.clone().or(declared) {
        set.push(("time.lead_in".into(), lead_in.into()));
    }
    let base = loaded.experiment(&set)?;
    let spec = loaded.spec(&set)?;
    let plan = plan(args, &spec.compare).map_err(Error::Input)?;
    let mut notes = base.notes.clone();
    let asked = if args.schedulers.is_empty() { &spec.compare.schedulers } else { &args.schedulers };
    let entrants = entrants(asked, args.baseline.as_deref(), &base, &mut notes).map_err(Error::Input)?;
    let variations = vary::variations(&args.vary, &base).map_err(Error::Input)?;
    check_fit(&entrants, &base, &plan, &mut notes);
    let periods = periods(&loaded, &set, &base, plan.over, plan.periods())?;
    let relaxation = Relaxation { columns: args.program_columns as usize, ..Relaxation::default() };
    let field = Field { entrants: &entrants, periods: &periods, relaxation, bar, stop };
    if args.steady {
        let (text, value) = steady::compare(&field, &base)?;
        let json = || serde_json::to_string_pretty(&value).map_err(|error| Error::Bug(error.to_string()));
        return Ok((if args.json { json()? } else { text }, format!("{:.2} s", started.elapsed().as_secs_f64())));
    }
    let (design, trials) = replicate(&plan, &base, &field)?;
    let studied = vary::Studied { plan: &plan, loaded: &loaded, set: &set, field: &field, trials: &trials };
    let sensitivity = studied.under(&variations)?;
    let outcome = Outcome {
        comparison: match plan.precision {
            Some((half_width, _)) => Comparison::sequential(design.clone(), &trials::figures(&trials), half_width),
            None => Comparison::new(design.clone(), &trials::figures(&trials)),
        },
        sensitivity,
        design: &design,
        trials: &trials,
        entrants: &entrants,
        experiment: &base,
        scenario: serde_yaml::to_string(&spec).map_err(|error| Error::Bug(error.to_string()))?,
        notes,
        wall: started.elapsed(),
    };
    let text = if args.json { outcome.json()? } else { outcome.text() };
    let folder = outcome.write(&args.out)?;
    Ok((text, format!("{}\nwritten to {}", outcome.timing_line(), folder.display())))
}

fn plan(args: &CompareArgs, spec: &CompareSpec) -> Result<Plan, String> {
    let word = args.over.as_deref().or(spec.replicate_over.as_deref()).unwrap_or("seed");
    let over = Over::ALL.into_iter().find(|over| over.name() == word);
    let known = Over::ALL.map(Over::name);
    let over = over.ok_or_else(|| format!("compare.replicate_over: no `{word}`; {}", nearest_of(word, &known)))?;
    let replications = args.replications.or(spec.replications).unwrap_or(REPLICATIONS);
    let seeds = args.seeds.or(spec.seeds).unwrap_or(1);
    if over == Over::Seed && seeds > 1 {
        return Err("--seeds counts the seeds in each day, week, year or grid; over seeds, give --replications".into());
    }
    let primary = args.primary.as_deref().or(spec.primary.as_deref()).unwrap_or(PRIMARY).to_owned();
    if metric::named(&primary).is_none() {
        let known: Vec<&str> = metric::METRICS.iter().map(|metric| metric.name).collect();
        return Err(format!("no metric `{primary}`; {}", nearest_of(&primary, &known)));
    }
    let margin = spec.margin.as_ref().map_or(MARGIN, |Quantity(text)| text.as_str());
    let margin = share("--margin", args.margin.as_deref().unwrap_or(margin))?;
    let precision = args.precision.as_deref().map(|text| share("--precision", text)).transpose()?;
    if precision.is_some() && over != Over::Seed {
        return Err("--precision adds seeds; over days, weeks, years or grids their number is fixed beforehand".into());
    }
    let precision = precision.map(|share| (share, args.max_replications as usize));
    Ok(Plan { over, replications: replications as usize, seeds: seeds as usize, primary, margin, precision })
}

/// A share such as `1 %`, above 0 and below 1.
fn share(flag: &str, text: &str) -> Result<f64, String> {
    match quantity::parse(text, Unit::Share) {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        Ok(_) => Err(format!("{flag} {text}: not between 0 % and 100 %; such as `1 %`")),
        Err(error) => Err(format!("{flag}: {error}; such as `1 %`")),
    }
}

/// What a reader of the figures must know of the plan.
fn check_fit(entrants: &[Entrant], base: &Experiment, plan: &Plan, notes: &mut Vec<String>) {
    let window = base.world.settings.horizon.window.as_secs();
    let varies = base.world.grid.zones.ids().any(|zone| !base.world.grid.accounting(zone).is_constant());
    if plan.over == Over::Seed && varies && window % 86_400.0 != 0.0 {
        notes.push(format!(
            "signals vary, and the window of {} is no whole number of days: figures hold for those hours only",
            analysis::number::time(window * 1e3)
        ));
    }
    if base.world.settings.horizon.lead_in.0 == 0 {
        notes.push("no lead-in (time.lead_in): the fleet starts without work".into());
    }
    if entrants.len() * plan.replications * plan.seeds > 10_000 {
        notes.push(format!("{} runs: this may take long", entrants.len() * plan.replications * plan.seeds));
    }
}

impl Plan {
    fn periods(&self) -> usize {
        if self.over == Over::Seed { 1 } else { self.replications }
    }

    fn design(&self, base: &Experiment, field: &Field, seeds: usize) -> Design {
        Design {
            scenario: base.name.clone(),
            schedulers: field.entrants.iter().map(|entrant| entrant.label.clone()).collect(),
            over: self.over,
            periods: field.periods.iter().map(|period| period.label.clone()).collect(),
            seeds,
            primary: self.primary.clone(),
            margin: self.margin,
            confidence: CONFIDENCE,
            synthetic: SignalSource::all(&base.world).iter().any(|signal| signal.synthetic),
        }
    }
}

/// All trials of the plan; with a precision, as many seeds as it takes.
fn replicate(plan: &Plan, base: &Experiment, field: &Field) -> Result<(Design, Trials), Error> {
    let mut seeds = if plan.over == Over::Seed { plan.replications } else { plan.seeds };
    let mut trials = field.run(0, seeds)?;
    if let Some((half_width, most)) = plan.precision {
        loop {
            let design = plan.design(base, field, seeds);
            if seeds >= most || enough(&design, &trials::figures(&trials), half_width) {
                break;
            }
            let more = AT_A_TIME.min(most - seeds);
            trials::extend(&mut trials, field.run(seeds, seeds + more)?);
            seeds += more;
        }
    }
    Ok((plan.design(base, field, seeds), trials))
}
