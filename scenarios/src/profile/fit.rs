//! `carbonedge profile fit`: parameters of a device from published latencies, with their errors.

use std::fmt::Write;
use std::path::Path;

use analysis::number::{percent, significant, time};
use analysis::table::Align::{Left, Right};
use analysis::table::Table;
use clap::Args;
use hardware_profiles::calibrate::errors::{self, Errors, Row};
use hardware_profiles::calibrate::latencies::Latencies;
use hardware_profiles::calibrate::{self, DEPTHWISE_COST, Fit, Point};
use hardware_profiles::catalogue::{self, ClassEntry};

use super::class;

/// Arguments of `profile fit`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct FitArgs {
    /// A device class, or a CSV file with the columns model,time (and device); without it XNNPACK's published table.
    pub source: Option<String>,
    /// YAML file of device classes of your own, in the catalogue's format.
    #[arg(long, value_name = "FILE")]
    pub device_classes: Option<String>,
    /// Dense MACs that a depthwise one is worth [default: the class's, for tables 10.4].
    #[arg(long, value_name = "R")]
    pub depthwise_cost: Option<f64>,
}

const EXAMPLES: &str = "\
A latency is a text with its unit. In a file:
  device,model,time
  my-board,mobilenet-v2,61 ms
  my-board,resnet-50,0.9 s

Examples:
  carbonedge profile fit                      XNNPACK's table: 4 MobileNets on 9 devices, and what is left out
  carbonedge profile fit raspberry-pi-4       a class of the catalogue
  carbonedge profile fit mine.csv             latencies of your own
  carbonedge profile fit mine.csv --depthwise-cost 1";

/// Relative errors below this are rounding.
const ROUNDING: f64 = 1e-9;

/// What was fitted to the latencies of one device.
struct Device {
    name: String,
    models: Vec<String>,
    points: Vec<Point>,
    overhead: f64,
}

/// The parameters of a class or of a table of latencies, with the errors in the sample and on the model left out.
///
/// # Errors
/// If there is no such class or file, a line of the file is wrong, or the latencies give no rate.
pub fn text(args: &FitArgs) -> Result<String, String> {
    if let Some(cost) = args.depthwise_cost.filter(|cost| !(cost.is_finite() && *cost > 0.0)) {
        return Err(format!("--depthwise-cost {cost}: a number above 0, such as 10.4"));
    }
    match args.source.as_deref() {
        None => {
            let latencies = Latencies::xnnpack();
            let table = table("XNNPACK's published latencies, single precision", &latencies, args.depthwise_cost)?;
            let own = if args.depthwise_cost.is_none() { worth(&latencies) } else { String::new() };
            Ok(format!("{table}\n{own}"))
        }
        Some(name) => {
            let catalogue = class::all(args.device_classes.as_deref())?;
            match class::named(&catalogue, name) {
                Ok(class) => of_class(class, args.depthwise_cost),
                Err(unknown) => of_file(name, args.depthwise_cost, &unknown),
            }
        }
    }
}

/// What the errors on the published table are worth.
fn worth(latencies: &Latencies) -> String {
    let rows = errors::compare(&latencies.points(DEPTHWISE_COST), 0.0);
    let left_out = |row: &Row| row.left_out.map_or(f64::NAN, |errors| errors.mean);
    let (ours, simpler) = (left_out(&rows[0]), &rows[1..]);
    let as_good = simpler.iter().filter(|row| left_out(row) <= ours).map(|row| {
        format!(
            "`{}`, without r, does no worse: {} left out beside {}. These latencies do not tell which of the two is right.\n",
            row.form,
            share(left_out(row)),
            share(ours)
        )
    });
    format!(
        "r = {DEPTHWISE_COST} was found on these latencies, so its errors here are optimistic: {} devices, but one family \
         of 4 models.\n{}",
        latencies.devices.len(),
        as_good.collect::<String>()
    )
}

/// Of a table of latencies; `unknown` says what is wrong with the name if it is no file either.
fn of_file(name: &str, depthwise_cost: Option<f64>, unknown: &str) -> Result<String, String> {
    if !Path::new(name).exists() {
        return Err(format!("{unknown}; and no file of that name"));
    }
    let text = std::fs::read_to_string(name).map_err(|error| format!("cannot read `{name}`: {error}"))?;
    let latencies = Latencies::parse(&text)
        .map_err(|errors| errors.iter().map(|error| format!("{name}: {error}")).collect::<Vec<_>>().join("\n"))?;
    table(name, &latencies, depthwise_cost)
}

fn table(title: &str, latencies: &Latencies, depthwise_cost: Option<f64>) -> Result<String, String> {
    let cost = depthwise_cost.unwrap_or(DEPTHWISE_COST);
    let devices = latencies.devices.iter().zip(latencies.points(cost)).map(|((name, rows), points)| Device {
        name: name.clone(),
        models: rows.iter().map(|(model, _)| model.clone()).collect(),
        points,
        overhead: 0.0,
    });
    report(&format!("{title}; r = {cost}"), &devices.collect::<Vec<_>>())
}

fn of_class(class: &ClassEntry, depthwise_cost: Option<f64>) -> Result<String, String> {
    let cost = depthwise_cost.unwrap_or(class.depthwise_cost());
    let width = class.precision().width();
    let device = Device {
        name: class.name.clone(),
        models: class.latencies().map(|(network, _)| network.name.clone()).collect(),
        points: class.latencies().map(|(network, seconds)| Point::new(network, cost, width, seconds)).collect(),
        overhead: class.number("layer_overhead").unwrap_or(0.0),
    };
    let title = format!("{}: {}; {}, r = {cost}", class.name, class.summary, class.precision().name());
    if device.points.is_empty() {
        let Fit { rate, bandwidth, overhead } = class.parameters();
        return Ok(format!(
            "{title}\n\nno latency of a built-in network: the parameters are those of its data sheet, P = {}, BW = {}, \
             o = {}; nothing tells their error\n",
            rate_text(rate.0),
            bandwidth_text(bandwidth.0),
            time(overhead * 1e3)
        ));
    }
    report(&title, &[device])
}

fn report(title: &str, devices: &[Device]) -> Result<String, String> {
    let mut text =
        format!("{title}\nt = sum over layers of max((dense MACs + r · depthwise MACs)/P, bytes/BW) + o\n\n");
    let fits: Vec<Fit> = devices
        .iter()
        .map(|device| {
            let fit = calibrate::fit(&device.points, device.overhead);
            fit.map_err(|error| format!("{}: {error}", device.name))
        })
        .collect::<Result<_, _>>()?;
    let _ = writeln!(text, "{}", parameters(devices, &fits));
    if let ([device], [fit]) = (devices, &fits[..]) {
        let _ = writeln!(text, "{}", latencies(device, fit));
    }
    let _ = writeln!(text, "{}", forms(devices));
    if devices.iter().all(|device| device.points.len() < 2) {
        text.push_str("left out: 1 point, no check possible\n");
    }
    text.push_str("No claim is made for models unlike those of the latencies; `carbonedge profile check` tells.\n");
    Ok(text)
}

fn parameters(devices: &[Device], fits: &[Fit]) -> Table {
    let mut table = Table::new(&[
        ("device", Left),
        ("models", Right),
        ("P", Right),
        ("BW", Right),
        ("o a layer", Right),
        ("in-sample mean", Right),
        ("left-out mean", Right),
    ]);
    for (device, fit) in devices.iter().zip(fits) {
        let inside: Vec<f64> = device.points.iter().map(|point| fit.error(point)).collect();
        let left = errors::leave_one_out(&device.points, device.overhead);
        table.row([
            device.name.clone(),
            device.points.len().to_string(),
            rate_text(fit.rate.0),
            bandwidth_text(fit.bandwidth.0),
            time(fit.overhead * 1e3),
            mean(Errors::of(&inside)),
            mean(left.as_deref().and_then(Errors::of)),
        ]);
    }
    table
}

/// Each latency of one device beside what the parameters make of it.
fn latencies(device: &Device, fit: &Fit) -> Table {
    let columns =
        [("model", Left), ("published", Right), ("fitted", Right), ("error", Right), ("error left out", Right)];
    let mut table = Table::new(&columns);
    let left = errors::leave_one_out(&device.points, device.overhead);
    for (k, (model, point)) in device.models.iter().zip(&device.points).enumerate() {
        table.row([
            model.clone(),
            time(point.seconds * 1e3),
            time(fit.seconds(&point.loads) * 1e3),
            signed(fit.error(point)),
            left.as_ref().map_or_else(|| "-".to_owned(), |errors| signed(errors[k])),
        ]);
    }
    table
}

/// The form beside simpler ones, over all devices.
fn forms(devices: &[Device]) -> Table {
    let columns = [
        ("form", Left),
        ("in-sample mean", Right),
        ("worst", Right),
        ("left-out mean", Right),
        ("worst", Right),
        ("n", Right),
    ];
    let mut table = Table::new(&columns);
    let points: Vec<Vec<Point>> = devices.iter().map(|device| device.points.clone()).collect();
    let overhead = devices.first().map_or(0.0, |device| device.overhead);
    for row in errors::compare(&points, overhead) {
        let worst = |errors: Option<Errors>| errors.map_or_else(|| "-".to_owned(), |errors| share(errors.worst));
        let n = row.in_sample.map_or(0, |errors| errors.n).to_string();
        table.row([
            row.form.to_owned(),
            mean(row.in_sample),
            worst(row.in_sample),
            mean(row.left_out),
            worst(row.left_out),
            n,
        ]);
    }
    table
}

fn mean(errors: Option<Errors>) -> String {
    errors.map_or_else(|| "-".to_owned(), |errors| share(errors.mean))
}

/// An error that is rounding alone is none.
fn share(error: f64) -> String {
    percent(if error < ROUNDING { 0.0 } else { error })
}

fn signed(error: f64) -> String {
    format!("{:+.1} %", if error.abs() < ROUNDING { 0.0 } else { error * 100.0 })
}

/// A rate of dense MACs with its unit.
pub(crate) fn rate_text(rate: f64) -> String {
    format!("{} GMAC/s", significant(rate / 1e9, 4))
}

fn bandwidth_text(bandwidth: f64) -> String {
    if bandwidth.is_finite() { format!("{} GB/s", significant(bandwidth / 1e9, 4)) } else { "in P".to_owned() }
}

/// What is known of every class's times: `list devices --errors`.
#[must_use]
pub fn all_devices() -> String {
    let columns = [
        ("device class", Left),
        ("precision", Left),
        ("models", Right),
        ("in-sample mean", Right),
        ("left-out mean", Right),
        ("sigma of others", Right),
        ("calibrated on", Left),
    ];
    let mut table = Table::new(&columns);
    for (name, class) in &catalogue::builtin().classes {
        let (points, overhead) = (class.points(), class.number("layer_overhead").unwrap_or(0.0));
        let calibrated = class.is_calibrated();
        let inside = errors::in_sample(&points, overhead).ok().filter(|_| calibrated);
        let left = match points.len() {
            _ if !calibrated => "data sheet: no check possible".to_owned(),
            0 | 1 => "1 point: no check possible".to_owned(),
            _ => mean(errors::leave_one_out(&points, overhead).as_deref().and_then(Errors::of)),
        };
        let models: Vec<&str> =
            class.latencies().filter(|_| calibrated).map(|(network, _)| network.name.as_str()).collect();
        table.row([
            name.clone(),
            class.precision().name().to_owned(),
            models.len().to_string(),
            mean(inside.as_deref().and_then(Errors::of)),
            left,
            format!("{:.2}", class.sigma(class.calibration_source())),
            models.join(", "),
        ]);
    }
    format!(
        "{table}\nErrors are relative, of whole-model times. Left out: each model's time by a fit to the others alone.\n\
         sigma of others: spread of the service times of models that the class has no time or profile of.\n"
    )
}
