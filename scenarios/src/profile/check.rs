//! `carbonedge profile check`: how well the time and energy of a model on a device class are known.

use std::fmt::Write;
use std::path::Path;

use analysis::number::{energy, significant, time};
use analysis::table::Align::Right;
use analysis::table::Table;
use clap::Args;
use hardware_profiles::calibrate::family::Family;
use hardware_profiles::catalogue::ClassEntry;
use hardware_profiles::compile::{self, Compiled};
use hardware_profiles::evidence::Evidence;
use hardware_profiles::profile;
use hardware_profiles::spread::ProfileSource;
use hardware_profiles::zoo::{self, Network};

use super::class;
use crate::issues::nearest_of;

/// Arguments of `profile check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// A model of the zoo, a table of layers (CSV) or a profile file (JSON).
    pub model: String,
    /// The device class that it would run on.
    #[arg(long, value_name = "CLASS")]
    pub class: String,
    /// YAML file of device classes of your own, in the catalogue's format.
    #[arg(long, value_name = "FILE")]
    pub device_classes: Option<String>,
    /// Largest number of images at a time to show.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub batch: u32,
}

const EXAMPLES: &str = "\
Examples:
  carbonedge profile check mobilenet-v2 --class raspberry-pi-4       a published time
  carbonedge profile check vit-tiny --class raspberry-pi-4           outside of what the class was calibrated on
  carbonedge profile check resnet-50 --class edge-server-t4 --batch 32
  carbonedge profile check my-net.csv --class my-board --device-classes my-classes.yaml";

/// Provenance, spread, expected time and energy of a model on a class, and whether it is like what calibrated the class.
///
/// # Errors
/// If there is no such model, file or class, or the model cannot run there.
pub fn text(args: &CheckArgs) -> Result<String, String> {
    let network = network(&args.model)?;
    let catalogue = class::all(args.device_classes.as_deref())?;
    let class = class::named(&catalogue, &args.class)?;
    let evidence: Vec<Evidence> = Evidence::shipped().collect();
    let (needed, memory) = (network.weights().0 * class.precision().width(), class.memory().0);
    if needed > memory {
        return Err(format!(
            "`{}` cannot run whole on `{}`: its parameters take {:.1} MB, the memory is {:.1} MB",
            network.name,
            class.name,
            needed / 1e6,
            memory / 1e6
        ));
    }
    let compiled = compile::compile(&network, class, class.precision(), &evidence)
        .ok_or_else(|| format!("nothing tells how fast `{}` is in its own precision", class.name))?;
    let mut text = format!("{} on {}, {}\n\n", network.name, class.name, class.precision().name());
    text.push_str(&known(&network, class, &compiled));
    let _ = writeln!(text, "\n{}", batches(&network, class, &compiled, &evidence, args.batch));
    text.push_str(&family(&network, class, compiled.time));
    Ok(text)
}

fn network(model: &str) -> Result<Network, String> {
    if let Some(network) = zoo::by_name(model) {
        return Ok(network.clone());
    }
    let path = Path::new(model);
    if !path.exists() {
        let known: Vec<&str> = zoo::builtin().iter().map(|network| network.name.as_str()).collect();
        return Err(format!("`{model}` is neither a model of the zoo nor a file; {}", nearest_of(model, &known)));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{model}`: {error}"))?;
    if path.extension().is_some_and(|extension| extension == "json") {
        return profile::read(&text, model).map(|profile| profile.network()).map_err(|error| error.to_string());
    }
    let name = path.file_stem().map_or(model.into(), |stem| stem.to_string_lossy());
    Network::from_csv(&name, &text)
        .map_err(|errors| errors.iter().map(|error| format!("{model}: {error}")).collect::<Vec<_>>().join("\n"))
}

/// How time and energy are known.
fn known(network: &Network, class: &ClassEntry, compiled: &Compiled) -> String {
    let how = match compiled.time {
        ProfileSource::Measured => "a profile measured on this very kind of device",
        ProfileSource::Imported => "a published time of this model on this class, or a profile of one of its kind",
        ProfileSource::Calibrated { .. }
            if zoo::owns_its_name(network) && class.known_time(&network.name).is_some() =>
        {
            "a published time of this model, derived from another device or size of image"
        }
        ProfileSource::Calibrated { .. } => "the roofline, with parameters fitted to published times of other models",
        ProfileSource::Datasheet => "the roofline, with the peak of a data sheet",
    };
    let sigma = class.sigma(compiled.time);
    let why = match class.own_noise_sigma() {
        Some(own) if own <= 0.0 => "the class declares its times exact",
        Some(own) if sigma <= own => "the class's own, from run to run",
        _ if sigma > compiled.time.sigma() => "error of the calibration on the model left out",
        _ => "by provenance",
    };
    let sigma = format!("{} ({why})", significant(sigma, 2));
    format!("time    {}: {how}\nsigma   {sigma}\nenergy  {}\n", compiled.time, compiled.energy.name())
}

/// Expected time for 1, 2, 4, … images at a time; energy for one.
fn batches(network: &Network, class: &ClassEntry, compiled: &Compiled, evidence: &[Evidence], most: u32) -> Table {
    let mut table =
        Table::new(&[("images", Right), ("time", Right), ("an image", Right), ("energy above idle", Right)]);
    let mut sizes: Vec<u32> =
        std::iter::successors(Some(1_u32), |size| size.checked_mul(2)).take_while(|&size| size < most).collect();
    sizes.push(most);
    let power = compiled.table.power(compiled.table.whole()).0;
    for size in sizes {
        let seconds = compile::seconds(network, class, evidence, size).unwrap_or(f64::NAN);
        let an_image = seconds / f64::from(size);
        table.row([size.to_string(), time(seconds * 1e3), time(an_image * 1e3), energy(power * seconds)]);
    }
    table
}

/// Whether a model is like those that calibrated the class.
fn family(network: &Network, class: &ClassEntry, time: ProfileSource) -> String {
    let models: Vec<&Network> =
        if class.is_calibrated() { class.latencies().map(|(model, _)| model).collect() } else { Vec::new() };
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let reasons = Family::new(models.clone()).reasons_outside(network);
    match time {
        ProfileSource::Measured | ProfileSource::Imported => {
            "its own time is known: no calibration on other models is needed\n".to_owned()
        }
        ProfileSource::Calibrated { .. } | ProfileSource::Datasheet if reasons.is_empty() => {
            format!("inside: it is like the models that the class was calibrated on ({})\n", names.join(", "))
        }
        ProfileSource::Calibrated { .. } | ProfileSource::Datasheet => {
            let listed: String = reasons.iter().map(|reason| format!("  {reason}\n")).collect();
            format!("outside of what the class was calibrated on; no error is claimed for it:\n{listed}")
        }
    }
}
