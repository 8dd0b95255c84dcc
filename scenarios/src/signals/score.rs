//! How far a forecast of a carbon signal is off, by horizon.

use analysis::number::{NONE, percent, significant, time, whole};
use analysis::summary::provenance;
use analysis::table::{Align::Right, Table};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sim_core::kernel::rng::Streams;
use sim_core::units::{SimDuration, SimTime};
use sim_core::world::forecast::Forecast;
use sim_core::world::signal::{EndPolicy, Signal, SignalKind};
use workloads::carbon::library;
use workloads::forecast::score::{Score, publications, score};

use super::args::{FileArgs, Stated};
use super::{here, problems, read};
use crate::build::forecast::{self, Asked};
use crate::issues::{Check, nearest_of};
use crate::spec::{ForecastSpec, Quantity};

/// Arguments of `signals score`.
#[derive(Clone, Debug, Args)]
pub struct ScoreArgs {
    /// A file of intensities, or a zone of the library (`carbonedge list zones`).
    pub signal: String,
    /// `persistence`, `seasonal-naive`, `perfect`, `ar-noise`, `white-noise` or `recorded`.
    #[arg(long, value_name = "METHOD")]
    pub forecast: Option<String>,
    /// Files of issued forecasts; then the method is `recorded`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub recorded: Vec<String>,
    /// UTC instant at which `--recorded` was issued, where the file does not say it.
    #[arg(long, value_name = "INSTANT")]
    pub issued: Option<String>,
    /// Of seasonal-naive [default: 24 h].
    #[arg(long, value_name = "SPAN")]
    pub period: Option<String>,
    /// Of white-noise: deviation as a share of the mean [default: 5 %].
    #[arg(long, value_name = "SHARE")]
    pub error: Option<String>,
    /// Of ar-noise: relative deviation one interval ahead.
    #[arg(long, value_name = "SHARE")]
    pub error_1: Option<String>,
    /// Of ar-noise: relative deviation 24 h ahead.
    #[arg(long, value_name = "SHARE")]
    pub error_24h: Option<String>,
    /// Of ar-noise: correlation of neighbouring intervals.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub autocorrelation: Option<f64>,
    /// Of ar-noise: mean relative error.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub bias: Option<f64>,
    /// From the time of issue to the target.
    #[arg(long, value_name = "SPANS", value_delimiter = ',', default_value = "1 h,6 h,24 h,48 h")]
    pub horizons: Vec<String>,
    /// How long after its end an interval's mean becomes public.
    #[arg(long, value_name = "SPAN", default_value = "0 s")]
    pub lag: String,
    /// Of noise: seed of the random streams.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What is stated of the files.
    #[command(flatten)]
    pub stated: Stated,
    /// What becomes of gaps, missing or negative values, repeated and unsorted times: error, hold or interpolate.
    #[arg(long, value_name = "POLICY", default_value = "error")]
    pub gaps: String,
    /// In files with several zones: the zone.
    #[arg(long, value_name = "NAME")]
    pub zone: Option<String>,
    /// Print JSON instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// The examples of the help.
pub const EXAMPLES: &str = "\
Examples:
  carbonedge signals score DE --forecast seasonal-naive --period 168h
  carbonedge signals score SGIP_CAISO_PGE_2020-08.csv.gz --recorded SGIP_CAISO_PGE_2020-08.csv.gz --horizons 5min,1h,3h
  carbonedge signals score ES_2022_hourly.csv --forecast ar-noise --error-1 '4 %' --error-24h '12 %'";

/// What is scored, and the scores.
#[derive(Debug, Serialize)]
struct Report {
    signal: String,
    provenance: String,
    forecast: Method,
    lag_s: f64,
    seed: u64,
    /// Times of issue.
    issues: usize,
    horizons: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Method {
    method: String,
    parameters: String,
    oracle_derived: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    horizon_s: f64,
    targets: u64,
    /// Targets that the method does not reach: the newest public value stands in.
    stand_ins: u64,
    mae_g_per_kwh: Option<f64>,
    mape: Option<f64>,
    /// Targets that `mape` leaves out, because nothing is emitted then.
    zeros: u64,
    bias_g_per_kwh: Option<f64>,
}

/// The scores as a table or as JSON.
///
/// # Errors
/// All problems of the arguments and the files.
pub fn text(args: &ScoreArgs) -> Result<String, String> {
    let mut check = here();
    match report(&mut check, args) {
        Some(report) if check.issues.is_empty() && args.json => {
            serde_json::to_string_pretty(&report).map_err(|error| error.to_string())
        }
        Some(report) if check.issues.is_empty() => Ok(page(&report)),
        _ => Err(problems(&check)),
    }
}

fn report(check: &mut Check, args: &ScoreArgs) -> Option<Report> {
    let spec = forecast_spec(args);
    let horizons: Vec<_> = args.horizons.iter().filter_map(|text| positive_span(check, text)).collect();
    let lag = check.span("lag", Some(&Quantity(args.lag.clone())), None)?;
    let (epoch, signal, kind) = open(check, args)?;
    let asked = Asked { kind, scope: signal.labels.scope, mixed: false };
    let (forecast, issues) = forecast_of(check, &spec, (epoch, &signal, asked), lag)?;
    let scores = score(&signal, &forecast, lag, &issues, &horizons, &Streams::new(args.seed, 0));
    Some(Report {
        signal: args.signal.clone(),
        provenance: provenance(&signal.provenance),
        forecast: Method {
            method: forecast.name().to_owned(),
            parameters: forecast.parameters(),
            oracle_derived: forecast.is_oracle_derived(),
        },
        lag_s: lag.as_secs(),
        seed: args.seed,
        issues: issues.len(),
        horizons: scores.iter().map(row).collect(),
    })
}

fn forecast_spec(args: &ScoreArgs) -> ForecastSpec {
    let quantity = |text: &Option<String>| text.clone().map(Quantity);
    let method = args.forecast.clone().or_else(|| (!args.recorded.is_empty()).then(|| "recorded".to_owned()));
    let of_record = |text: &Option<String>| text.clone().filter(|_| !args.recorded.is_empty());
    ForecastSpec {
        method,
        period: quantity(&args.period),
        error: quantity(&args.error),
        error_1: quantity(&args.error_1),
        error_24h: quantity(&args.error_24h),
        autocorrelation: args.autocorrelation,
        bias: args.bias,
        file: None,
        files: args.recorded.clone(),
        format: of_record(&args.stated.format),
        zone: of_record(&args.zone),
        unit: of_record(&args.stated.unit),
        timezone: of_record(&args.stated.timezone),
        issued: args.issued.clone(),
        gaps: of_record(&Some(args.gaps.clone())),
    }
}

fn positive_span(check: &mut Check, text: &str) -> Option<SimDuration> {
    let span = check.span("horizons", Some(&Quantity(text.to_owned())), None)?;
    if span == SimDuration::ZERO {
        check.issue("horizons", format!("`{text}` lies not ahead"), "such as 1h,24h");
        return None;
    }
    Some(span)
}

/// The signal, its first interval at the epoch, and what kind it is.
fn open(check: &mut Check, args: &ScoreArgs) -> Option<(Timestamp, Signal, SignalKind)> {
    if let Some(signal) = library::signal(&args.signal) {
        return Some((library::year_start(), signal.ending(EndPolicy::Hold), SignalKind::Average));
    }
    if !std::path::Path::new(&args.signal).exists() {
        let zones: Vec<&str> = library::zones().map(|zone| zone.name).collect();
        let message = format!("`{}` is neither a file nor a zone of the library", args.signal);
        check.issue("", message, nearest_of(&args.signal, &zones));
        return None;
    }
    let files = FileArgs {
        files: vec![args.signal.clone()],
        stated: args.stated.clone(),
        zone: args.zone.clone(),
        gaps: Some(args.gaps.clone()),
    };
    let reading = read(check, &files)?;
    let (series, kind) = (reading.series, reading.kind);
    let epoch = series.span().0;
    let signal = series.into_signal(epoch, EndPolicy::Hold);
    Some((epoch, signal.map_err(|error| check.issue("", error.to_string(), "")).ok()?, kind))
}

/// The forecast, and when it is issued: as recorded, or whenever an interval becomes public.
fn forecast_of(
    check: &mut Check, spec: &ForecastSpec, (epoch, signal, asked): (Timestamp, &Signal, Asked), lag: SimDuration,
) -> Option<(Forecast, Vec<SimTime>)> {
    let mut issues = None;
    let made = forecast::read(check, "", spec, |check| {
        let recorded = forecast::recorded(check, "", spec, (None, Some(asked)), epoch)?;
        issues = Some(recorded.issue_times().collect());
        Some(recorded)
    })?;
    Some((made, issues.unwrap_or_else(|| publications(signal, lag).collect())))
}

fn row(score: &Score) -> Row {
    Row {
        horizon_s: score.horizon.as_secs(),
        targets: score.targets,
        stand_ins: score.stand_ins,
        mae_g_per_kwh: score.mean_absolute.map(|error| error.0),
        mape: score.mean_absolute_relative,
        zeros: score.zeros,
        bias_g_per_kwh: score.bias.map(|error| error.0),
    }
}

fn page(report: &Report) -> String {
    let heads = ["horizon", "targets", "stand-ins", "MAE g/kWh", "MAPE", "bias g/kWh"];
    let columns = heads.map(|head| (head, Right));
    let mut table = Table::new(&columns);
    let maybe = |value: Option<f64>, show: &dyn Fn(f64) -> String| value.map_or(NONE.to_owned(), show);
    for row in &report.horizons {
        table.row([
            time(row.horizon_s * 1e3),
            whole(row.targets),
            whole(row.stand_ins),
            maybe(row.mae_g_per_kwh, &|error| significant(error, 4)),
            maybe(row.mape, &percent),
            maybe(row.bias_g_per_kwh, &|error| significant(error, 4)),
        ]);
    }
    let Method { method, parameters, oracle_derived } = &report.forecast;
    let label = if *oracle_derived { " (oracle-derived: it knows the future)" } else { "" };
    let parameters = if parameters.is_empty() { String::new() } else { format!(": {parameters}") };
    format!(
        "signal {}, {}\nforecast {method}{label}{parameters}\n{} issues, lag {}\n\n{table}{}",
        report.signal,
        report.provenance,
        whole(report.issues as u64),
        time(report.lag_s * 1e3),
        notes(report)
    )
}

/// What the figures leave out, and where they are not the forecast's own.
fn notes(report: &Report) -> String {
    let most = |of: fn(&Row) -> u64| report.horizons.iter().map(of).max().unwrap_or(0);
    let mut notes = String::new();
    if most(|row| row.stand_ins) > 0 {
        notes += "stand-ins: targets that the forecast does not reach, where the newest public value stands\n";
    }
    if most(|row| row.zeros) > 0 {
        notes += "MAPE leaves out targets of 0 g/kWh\n";
    }
    notes
}
