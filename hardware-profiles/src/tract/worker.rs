//! The process that loads foreign files: limited in memory, so that a crash or a bomb in it hurts nobody.
//!
//! The caller writes one [`Request`] as JSON to its standard input and reads [`Message`]s, a line each, from its
//! standard output. The last one is a result or a reason; where it is missing, the process has crashed. The caller
//! limits its time.

use std::any::Any;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::energy::Windows;
use super::load::{InputShape, Loaded, load, load_file};
use super::measure::Protocol;
use super::profile::{ProfilingError, Settings, Subject, check, profile};
use super::structure::Structure;
use super::{meter, onnx};
use crate::profile::Profile;
use crate::zoo;

/// What is to be profiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A network of the zoo.
    Zoo(String),
    /// An ONNX file.
    File(PathBuf),
}

/// A piece of work for the process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What is to be profiled.
    pub source: Source,
    /// Shapes of inputs that the file leaves open.
    pub shapes: Vec<InputShape>,
    /// Whether it is only loaded and run once, nothing being measured.
    pub check_only: bool,
    /// Rounds of the measurement.
    pub rounds: u32,
    /// Whether caches are swept before each operator.
    pub cold: bool,
    /// Most memory that the process may map [B].
    pub memory_limit: u64,
    /// Whether meters are looked for.
    pub meter: bool,
    /// Power above idle while it runs [W] with its source, for a machine without a meter.
    pub power: Option<(f64, String)>,
    /// The device class that this machine stands for.
    pub device_class: Option<String>,
    /// Version of this program.
    pub carbonedge: String,
    /// Now, in UTC (RFC 3339).
    pub date: String,
}

/// How far the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Reading the file and working out its shapes.
    Loading,
    /// Compiling the network for this machine.
    Optimising,
    /// Running it for the first time.
    Running,
    /// Rounds measured.
    Round {
        /// So many are done.
        done: u32,
        /// Of so many.
        of: u32,
    },
    /// Reading the meter while its segments run.
    Metering,
}

impl Stage {
    /// What goes on, to follow `while it was`.
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Self::Loading => "loaded",
            Self::Optimising => "optimised",
            Self::Running => "run for the first time",
            Self::Round { .. } => "timed",
            Self::Metering => "metered",
        }
    }
}

/// What the process says, a line each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Message {
    /// It has come so far.
    Stage(Stage),
    /// There is no meter that it could read, and why.
    NoMeter(Vec<String>),
    /// The network runs and has these layers.
    Checked(Box<Structure>),
    /// The profile.
    Profiled(Box<Profile>),
    /// There is none, for a reason that a user can mend.
    Refused(String),
    /// The engine gave up in a way that it should not, with its own words.
    Panicked(String),
}

/// Does the work of one request: the whole life of the process.
///
/// # Errors
/// If the request cannot be read or the answer not written.
pub fn serve(mut input: impl Read, mut output: impl Write) -> std::io::Result<()> {
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    let request: Request = serde_json::from_str(&text)?;
    limit(request.memory_limit)?;
    // Its message goes to the caller, not to the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    let mut say = |message: &Message| -> std::io::Result<()> {
        serde_json::to_writer(&mut output, message)?;
        output.write_all(b"\n")?;
        output.flush()
    };
    let done = catch_unwind(AssertUnwindSafe(|| work(&request, &mut say)));
    let last = match done {
        Ok(Ok(message)) => message,
        Ok(Err(error)) => Message::Refused(error.to_string()),
        Err(panic) => Message::Panicked(words(panic.as_ref())),
    };
    say(&last)
}

/// Bounds what the process can do to the machine: its memory, no core dump of a crash that is expected, and no life
/// beyond the caller's, who alone counts its time.
fn limit(memory: u64) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A lower limit that this process was born with, as by `ulimit -v`, cannot be raised.
    let memory = getrlimit(Resource::As).maximum.map_or(memory, |most| most.min(memory));
    setrlimit(Resource::As, Rlimit { current: Some(memory), maximum: Some(memory) })?;
    Ok(())
}

type Say<'a> = &'a mut dyn FnMut(&Message) -> std::io::Result<()>;

fn work(request: &Request, say: Say) -> Result<Message, ProfilingError> {
    // Where nobody listens any more, the last message tells it; on Linux this process has ended with its caller.
    let mut hear = |message: &Message| drop(say(message));
    hear(&Message::Stage(Stage::Loading));
    if cfg!(debug_assertions) && !request.check_only {
        return Err(ProfilingError::DebugBuild);
    }
    let loaded = open(request)?;
    if request.check_only {
        let structure = check(&loaded, &mut |stage| hear(&Message::Stage(stage)))?;
        return Ok(Message::Checked(Box::new(structure)));
    }
    let mut found = if request.meter { meter::detect(Path::new("/")) } else { meter::Found::default() };
    // The engine runs on the processor, of which a graphics card's meter sees nothing.
    found.meters.retain(|meter| meter.scope() != meter::Scope::Card);
    if found.meters.is_empty() && request.meter {
        hear(&Message::NoMeter(found.reasons()));
    }
    let meter = found.meters.first_mut().map(|meter| &mut **meter as &mut dyn meter::Meter);
    let made = profile(&loaded, subject(request), &settings(request), meter, &mut |stage| {
        hear(&Message::Stage(stage));
    })?;
    Ok(Message::Profiled(Box::new(made)))
}

fn open(request: &Request) -> Result<Loaded, ProfilingError> {
    match &request.source {
        Source::File(path) => Ok(load_file(path, &request.shapes)?),
        Source::Zoo(name) => {
            let exported = zoo::by_name(name).and_then(onnx::export);
            let none =
                || ProfilingError::Engine(format!("the zoo has no network `{name}` that can be written as ONNX"));
            Ok(load(&exported.ok_or_else(none)?, None, &request.shapes)?)
        }
    }
}

fn subject(request: &Request) -> Subject<'_> {
    match &request.source {
        Source::Zoo(name) => Subject { name, file: None, zoo: zoo::by_name(name) },
        Source::File(path) => Subject { name: stem(path), file: Some(name(path)), zoo: None },
    }
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(std::ffi::OsStr::to_str).unwrap_or("network")
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or("network.onnx")
}

fn settings(request: &Request) -> Settings {
    Settings {
        protocol: Protocol { rounds: request.rounds, cold: request.cold, ..Protocol::default() },
        windows: Windows::default(),
        power: request.power.clone(),
        device_class: request.device_class.clone(),
        carbonedge: request.carbonedge.clone(),
        date: request.date.clone(),
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given").to_owned()
}

/// The limits that hold where a caller sets none.
pub mod defaults {
    use super::Duration;

    /// Time that a process may take: ResNet-50 takes under a minute here, and boards are ten times slower.
    pub const TIME: Duration = Duration::from_secs(600);

    /// Memory where the machine does not tell how much it has [B]: the smallest board of the catalogue has as much.
    const MEMORY: u64 = 1 << 30;

    /// Memory that a process may map: half of the machine's [B].
    #[must_use]
    pub fn memory() -> u64 {
        crate::tract::host::memory_bytes().map_or(MEMORY, |all| all / 2)
    }
}
