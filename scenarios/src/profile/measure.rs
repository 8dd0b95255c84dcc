//! From the arguments of `profile` to a file and a page about it.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use hardware_profiles::catalogue;
use hardware_profiles::quantity::{self, Unit};
use hardware_profiles::tract::worker::{Message, Request, Source, Stage, defaults};
use hardware_profiles::zoo;
use indicatif::{ProgressBar, ProgressStyle};

use super::args::MeasureArgs;
use super::child::{Answer, ask};
use super::{file, report};
use crate::commands::Error;

/// Least memory that the process can work in [B]: it maps some 40 MB before it reads anything.
const LEAST_MEMORY: f64 = 100e6;

/// Profiles a network in a process of its own, writes the file, and returns the page that tells about it.
///
/// # Errors
/// If the arguments, the file or the machine do not allow it.
pub fn measure(args: &MeasureArgs, quiet: bool) -> Result<String, Error> {
    let model = args.model.as_deref().unwrap_or_default();
    let request = request(args, model)?;
    let limit = quantity("--time-limit", &args.time_limit, Unit::Time)?;
    // Longer than any machine lives, and short enough to be added to a clock.
    let limit = Duration::from_secs_f64(limit.min(1e9));
    let program = std::env::current_exe().map_err(|error| Error::Input(format!("this program: {error}")))?;
    let bar = bar(quiet);
    let answer = ask(&program, &request, limit, &mut |message| show(message, bar.as_ref(), quiet));
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let profile = match answer.map_err(|failure| Error::Input(format!("{model} {failure}")))? {
        Answer::Checked(structure) => return Ok(report::structure(model, &structure)),
        Answer::Profiled(profile) => profile,
    };
    let target = file::target(args.out.as_deref(), &profile.model.name);
    file::write(&target, &profile)
        .map_err(|error| Error::Input(format!("cannot write to {}: {error}", target.display())))?;
    if !quiet {
        let _ = writeln!(std::io::stderr(), "written to {}", target.display());
    }
    Ok(if args.json { profile.to_json() } else { report::profile(&profile) })
}

fn request(args: &MeasureArgs, model: &str) -> Result<Request, Error> {
    let shapes = args.shapes.iter().map(|shape| shape.parse());
    let shapes: Result<Vec<_>, String> = shapes.collect();
    let source = source(model)?;
    if matches!(source, Source::Zoo(_)) && !args.shapes.is_empty() {
        return Err(Error::Input(format!(
            "--shapes: the layers of {model} in the zoo are counted for its own image; for another one, \
             `carbonedge model export {model} FILE.onnx` and profile that file"
        )));
    }
    Ok(Request {
        source,
        shapes: shapes.map_err(|error| Error::Input(format!("--shapes {error}")))?,
        check_only: args.dry_run,
        rounds: args.rounds,
        cold: args.cold,
        memory_limit: memory(args)?,
        meter: args.busy_power.is_none(),
        power: power(args)?,
        device_class: args.class.clone(),
        carbonedge: env!("CARGO_PKG_VERSION").to_owned(),
        date: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

/// A network of the zoo by its name, else a file.
fn source(model: &str) -> Result<Source, Error> {
    if zoo::by_name(model).is_some() {
        return Ok(Source::Zoo(model.to_owned()));
    }
    if Path::new(model).is_file() {
        return Ok(Source::File(model.into()));
    }
    let known: Vec<&str> = zoo::builtin().iter().map(|network| network.name.as_str()).collect();
    Err(Error::Input(format!("`{model}` is neither a file nor a network of the zoo, which has {}", known.join(", "))))
}

fn memory(args: &MeasureArgs) -> Result<u64, Error> {
    let Some(text) = &args.memory_limit else { return Ok(defaults::memory()) };
    let bytes = quantity("--memory-limit", text, Unit::Bytes)?;
    if bytes < LEAST_MEMORY {
        return Err(Error::Input(format!("--memory-limit {text}: the engine itself needs 100MB; give more")));
    }
    Ok(bytes as u64)
}

/// Power above idle where no meter tells it: as given, else that of the device class.
fn power(args: &MeasureArgs) -> Result<Option<(f64, String)>, Error> {
    let class = match &args.class {
        Some(name) => Some(catalogue::builtin().get(name).ok_or_else(|| {
            Error::Input(format!("--class {name}: there is no such device class; `carbonedge list devices` shows them"))
        })?),
        None => None,
    };
    match (&args.busy_power, class) {
        (Some(text), _) => Ok(Some((quantity("--busy-power", text, Unit::Power)?, "--busy-power".to_owned()))),
        (None, Some(class)) => Ok(Some((class.slot_power().0, format!("a busy slot of {} above idle", class.name)))),
        (None, None) => Ok(None),
    }
}

fn quantity(option: &str, text: &str, unit: Unit) -> Result<f64, Error> {
    quantity::parse(text, unit).map_err(|error| Error::Input(format!("{option} {error}; {}", error.hint())))
}

/// A progress bar on a terminal; none in a pipe.
fn bar(quiet: bool) -> Option<ProgressBar> {
    if quiet || !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{bar:30} {msg} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    Some(bar)
}

/// Shows how far the process is, and why nothing can be metered.
fn show(message: &Message, bar: Option<&ProgressBar>, quiet: bool) {
    match message {
        Message::NoMeter(reasons) if !quiet => {
            let line = format!("no meter here: {}", reasons.join("; "));
            match bar {
                Some(bar) => bar.println(line),
                None => drop(writeln!(std::io::stderr(), "{line}")),
            }
        }
        Message::Stage(stage) => {
            if let Some(bar) = bar {
                bar.set_message(format!("being {}", stage.doing()));
                if let Stage::Round { done, of } = stage {
                    bar.set_length(u64::from(*of));
                    bar.set_position(u64::from(*done));
                }
            }
        }
        Message::NoMeter(_)
        | Message::Checked(_)
        | Message::Profiled(_)
        | Message::Refused(_)
        | Message::Panicked(_) => {}
    }
}
