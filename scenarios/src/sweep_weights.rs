//! `sweep-weights`: the weighted score's curve of performance and carbon over its carbon weight, in all three forms.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use analysis::figure::{Curve, Figure};
use analysis::number::{NONE, mass, percent, significant};
use analysis::replications::CONFIDENCE;
use analysis::sparkline::bars;
use analysis::stats::{Interval, Moments};
use analysis::summary::{About, Summary};
use analysis::table::{Align, Table};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;
use sim_core::schedulers::{Value, by_name};

use crate::build::Experiment;
use crate::build::scheduler::Chosen;
use crate::cli::ScenarioArgs;
use crate::commands::{Error, about, loaded, settings};
use crate::output::{self, Pending, write_json};
use crate::replications::side_by_side::side_by_side;
use crate::run::replication_under;

/// Examples of `sweep-weights --help`.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge sweep-weights paper --mode performance
  carbonedge sweep-weights city-day --steps 10 --replications 3

The other weights are those of the mode, scaled by (1 - w_C)/(1 - the mode's own w_C). Other parameters of the score are
the scenario's, if its scheduler is carbonedge, else their defaults.";

/// Arguments of `sweep-weights`.
#[derive(Clone, Debug, Args)]
pub struct SweepWeightsArgs {
    /// What to sweep in.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// The mode whose other weights are scaled: `performance`, `balanced` or `green`.
    #[arg(long, value_name = "MODE", default_value = "performance", value_parser = ["performance", "balanced", "green"])]
    pub mode: String,
    /// Forms of the carbon score.
    #[arg(long, value_name = "FORMS", value_delimiter = ',', default_value = "paper,kwh,minmax", value_parser = ["paper", "kwh", "minmax"])]
    pub forms: Vec<String>,
    /// Steps from w_C = 0 to w_C = 1.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub steps: u32,
    /// Replications of each point, the same ones everywhere.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub replications: u32,
    /// Folder that the directory `<name>-<seed>-weights` goes into.
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// Print the points as JSON instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// What one weight in one form comes to.
#[derive(Clone, Debug, Serialize)]
struct Point {
    form: String,
    w_c: f64,
    sojourn_mean_ms: Option<f64>,
    sojourn_p99_ms: Option<f64>,
    carbon_g_per_inference: Option<f64>,
    /// Half the interval of the carbon, over replications.
    half_width_g: Option<f64>,
    late_share: f64,
    /// The device class that served most, with its share.
    most_used: Option<(String, f64)>,
}

/// Sweeps; what goes to stdout and to stderr.
///
/// # Errors
/// Of the scenario, of a run, or of the disk.
pub fn execute(
    args: &SweepWeightsArgs, bar: Option<&ProgressBar>, stop: &AtomicBool,
) -> Result<(String, String), Error> {
    let (loaded, set) = (loaded(&args.scenario)?, settings(&args.scenario)?);
    let experiment = loaded.experiment(&set)?;
    let spec = loaded.spec(&set)?;
    let scenario = serde_yaml::to_string(&spec).map_err(|error| Error::Bug(error.to_string()))?;
    let weights: Vec<f64> = (0..=args.steps).map(|k| f64::from(k) / f64::from(args.steps)).collect();
    let asked = args.forms.iter().flat_map(|form| weights.iter().map(move |&w_c| (form.clone(), w_c)));
    let asked: Vec<(String, f64)> = asked.collect();
    if let Some(bar) = bar {
        bar.set_length(asked.len() as u64);
        bar.set_message("of all weights");
    }
    let count = u32::try_from(asked.len()).map_err(|_| Error::Input("too many points".into()))?;
    let points = side_by_side(count, |k, vain| {
        let (form, w_c) = &asked[k as usize];
        let chosen = score(&experiment, &args.mode, form, *w_c);
        let over = || stop.load(Ordering::Relaxed) || vain();
        let point = point(&experiment, &chosen, (form, *w_c), args.replications, &over)?;
        bar.inspect(|bar| bar.inc(1));
        Ok::<_, Error>(point)
    })?;
    let figure = figure(&experiment, &args.mode, &points);
    let name = format!("{}-{}-weights", experiment.name, experiment.seed);
    let written = Pending::named(&args.out, &name).and_then(|pending| {
        let folder = pending.path();
        output::open_to_all(folder)?;
        let mut manifest = output::manifest(&experiment, &scenario);
        manifest["weights"] = json!({"mode": args.mode, "forms": args.forms, "steps": args.steps,
            "replications": args.replications});
        write_json(&folder.join("manifest.json"), &manifest)?;
        write_json(&folder.join("weights.json"), &serde_json::to_value(&points)?)?;
        std::fs::write(folder.join("weights.svg"), figure.svg().map_err(std::io::Error::other)?)?;
        std::fs::write(folder.join("scenario.yaml"), &scenario)?;
        pending.publish()
    });
    let folder = written.map_err(|error| Error::Input(format!("cannot write to {}: {error}", args.out.display())))?;
    let text = if args.json {
        serde_json::to_string_pretty(&points).map_err(|error| Error::Bug(error.to_string()))?
    } else {
        text(&experiment, args, &points)
    };
    Ok((text, format!("the curves are drawn in {}", folder.join("weights.svg").display())))
}

/// The weighted score with one carbon weight; other parameters as the scenario has them.
fn score(experiment: &Experiment, mode: &str, form: &str, w_c: f64) -> Chosen {
    let entry = by_name("carbonedge").expect("invariant: the paper's scheduler ships");
    let own = &experiment.scheduler;
    let mut params = if own.entry.name == entry.name { own.params.clone() } else { entry.defaults() };
    params.0.insert("mode", Value::Text(mode.to_owned()));
    params.0.insert("form", Value::Text(form.to_owned()));
    params.0.insert("w_c", Value::Number(w_c));
    Chosen { entry, params }
}

fn point(
    experiment: &Experiment, chosen: &Chosen, (form, w_c): (&str, f64), replications: u32, over: &dyn Fn() -> bool,
) -> Result<Point, Error> {
    let mut summaries = Vec::new();
    for number in 0..u64::from(replications) {
        if over() {
            return Err(Error::Stopped); // a short run never asks
        }
        let finished = replication_under(experiment, chosen, number, &mut |_| {
            if over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let about = About { replication: number, ..about(experiment) };
        summaries.push(Summary::new(&finished.books, &finished.recorder, &experiment.world, about));
    }
    let mean = |of: fn(&Summary) -> Option<f64>| summaries.iter().filter_map(of).collect::<Moments>().mean();
    let grams: Vec<f64> = summaries.iter().filter_map(|summary| summary.carbon_g_per_inference).collect();
    let count = |of: fn(&Summary) -> u64| summaries.iter().map(of).sum::<u64>() as f64;
    let shares = summaries.first().map(|first| first.placement.by_device_class.clone()).unwrap_or_default();
    let most_used = shares.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    Ok(Point {
        form: form.to_owned(),
        w_c,
        sojourn_mean_ms: mean(|summary| summary.sojourn_ms.mean),
        sojourn_p99_ms: mean(|summary| summary.sojourn_ms.p99),
        carbon_g_per_inference: grams.iter().copied().collect::<Moments>().mean(),
        half_width_g: Interval::of(&grams, CONFIDENCE).map(|interval| interval.half_width),
        late_share: count(|summary| summary.requests.late) / count(|summary| summary.requests.completed).max(1.0),
        most_used: most_used.filter(|(_, share)| *share > 0.0),
    })
}

/// Whether another device class serves most than at the weight before.
fn flips(points: &[Point], k: usize) -> bool {
    let most = |point: &Point| point.most_used.as_ref().map(|(class, _)| class.clone());
    k > 0 && points[k].form == points[k - 1].form && most(&points[k]) != most(&points[k - 1])
}

fn figure(experiment: &Experiment, mode: &str, points: &[Point]) -> Figure {
    let mut curves: Vec<Curve> = Vec::new();
    for (k, point) in points.iter().enumerate() {
        if curves.last().is_none_or(|curve| curve.name != point.form) {
            curves.push(Curve { name: point.form.clone(), points: Vec::new(), labels: Vec::new() });
        }
        let curve = curves.last_mut().expect("invariant: a curve was just opened");
        let ends = curve.points.is_empty() || points.get(k + 1).is_none_or(|next| next.form != point.form);
        if ends || flips(points, k) {
            curve.labels.push((curve.points.len(), significant(point.w_c, 3)));
        }
        let milligrams = point.carbon_g_per_inference.map_or(f64::NAN, |grams| grams * 1e3);
        curve.points.push((point.sojourn_mean_ms.unwrap_or(f64::NAN), milligrams));
    }
    Figure {
        title: format!(
            "{}: weighted score ({mode}) over its carbon weight, by form of the carbon score",
            experiment.name
        ),
        x: "mean sojourn time [ms]".into(),
        y: "operational carbon per inference [mg]".into(),
        curves,
    }
}

fn text(experiment: &Experiment, args: &SweepWeightsArgs, points: &[Point]) -> String {
    let mut text = format!("{}: carbonedge over w_C, other weights as {}\n", experiment.name, args.mode);
    let ms = |value: Option<f64>| value.map_or(NONE.to_owned(), |value| significant(value, 4));
    for form in &args.forms {
        let of: Vec<usize> = (0..points.len()).filter(|&k| points[k].form == *form).collect();
        let headers = ["w_C", "mean [ms]", "p99 [ms]", "late", "per inference", "±"];
        let mut columns: Vec<(&str, Align)> = headers.iter().map(|header| (*header, Align::Right)).collect();
        columns.push(("most served by", Align::Left));
        let mut table = Table::new(&columns);
        for &k in &of {
            let point = &points[k];
            let class = point.most_used.as_ref().map_or(NONE.to_owned(), |(class, share)| {
                format!("{class} {}{}", percent(*share), if flips(points, k) { " ←" } else { "" })
            });
            table.row([
                significant(point.w_c, 3),
                ms(point.sojourn_mean_ms),
                ms(point.sojourn_p99_ms),
                percent(point.late_share),
                point.carbon_g_per_inference.map_or(NONE.to_owned(), mass),
                point.half_width_g.map_or(NONE.to_owned(), mass),
                class,
            ]);
        }
        let line = |value: fn(&Point) -> Option<f64>| {
            let values: Vec<f64> = of.iter().map(|&k| value(&points[k]).unwrap_or(f64::NAN)).collect();
            let finite = || values.iter().copied().filter(|value| value.is_finite());
            bars(&values, finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max))
        };
        let _ = writeln!(text, "\nform {form}\n{table}");
        let _ = writeln!(text, "  carbon  {}", line(|point| point.carbon_g_per_inference));
        let _ = writeln!(text, "  sojourn {}", line(|point| point.sojourn_mean_ms));
    }
    text
}
