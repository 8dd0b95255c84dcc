//! The process that loads foreign files, seen from outside: asked, watched, and ended where it takes too long.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hardware_profiles::profile::Profile;
use hardware_profiles::tract::ENGINE;
use hardware_profiles::tract::structure::Structure;
use hardware_profiles::tract::worker::{Message, Request, Stage};

/// The hidden verb that makes this program such a process.
pub const VERB: &str = "__profile-worker";

/// Bytes of its standard error that are kept: the last words of a crash.
const LAST_WORDS: usize = 4096;

/// What Rust and the engine say when memory runs out: on standard error before an abort, in panics, in errors.
const OUT_OF_MEMORY: [&str; 4] =
    ["memory allocation of", "failed to allocate", "out of memory", "Cannot allocate memory"];

/// What the process found.
#[derive(Debug)]
pub enum Answer {
    /// The layers of a network that runs.
    Checked(Box<Structure>),
    /// The profile.
    Profiled(Box<Profile>),
}

/// Why it found nothing; each reads on after the file's name.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It cannot be started.
    #[error("cannot be profiled: the process for it does not start: {0}")]
    Start(#[from] io::Error),
    /// For a reason that a user can mend.
    #[error("cannot be profiled: {0}")]
    Refused(String),
    /// The engine gave up.
    #[error("made the inference engine ({ENGINE}) give up while it was {}: {words}; {CHECK}", stage.doing())]
    Panicked {
        /// Its words.
        words: String,
        /// When.
        stage: Stage,
    },
    /// The process crashed.
    #[error("crashed the inference engine ({ENGINE}, {how}) while it was {}; {CHECK}", stage.doing())]
    Crashed {
        /// The signal or the exit code.
        how: String,
        /// When.
        stage: Stage,
    },
    /// It wanted more memory than it may have.
    #[error(
        "needs more than the {} that the process which loads it may map, while it was {}; \
         if it is to be trusted, allow more: --memory-limit {}",
        size(*limit), stage.doing(), size(limit.saturating_mul(2))
    )]
    Memory {
        /// The limit [B].
        limit: u64,
        /// When.
        stage: Stage,
    },
    /// It took too long.
    #[error(
        "takes longer than {} s and was ended while it was {}; if it is to be trusted, allow more: --time-limit '{} s'",
        limit.as_secs_f64(), stage.doing(), limit.as_secs_f64() * 10.0
    )]
    Late {
        /// The limit.
        limit: Duration,
        /// When.
        stage: Stage,
    },
}

/// Words that hold names out of a foreign file, in one line of bounded length without what would steer a terminal.
pub fn plain(words: &str) -> String {
    const LONGEST: usize = 1000;
    let printed = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let rest = if words.chars().nth(LONGEST).is_some() { " …" } else { "" };
    words.chars().take(LONGEST).map(printed).chain(rest.chars()).collect()
}

const CHECK: &str = "the file may be damaged: try onnx.checker on it, or export it again";

fn size(bytes: u64) -> String {
    const MB: u64 = 1_000_000;
    format!("{}MB", bytes.div_ceil(MB))
}

/// Asks a process of this program, started from `program`, and hears what it says on the way.
///
/// # Errors
/// If it refuses, crashes, or goes beyond its limits.
pub fn ask(
    program: &Path, request: &Request, limit: Duration, hear: &mut dyn FnMut(&Message),
) -> Result<Answer, Failure> {
    let deadline = Instant::now() + limit;
    let mut child =
        Command::new(program).arg(VERB).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ended early closes its end; how it ended tells more than this error.
        let _ = serde_json::to_writer(&mut stdin, request).map(|()| stdin.flush());
    }
    let messages = messages(&mut child);
    let last_words = last_words(&mut child);
    let mut heard = follow(&messages, deadline, hear);
    // A process may fall silent without an end.
    let status = ended_by(&mut child, if heard.late { Instant::now() } else { deadline })?;
    heard.late |= status.is_none();
    let status = match status {
        Some(status) => status,
        None => kill(&mut child)?,
    };
    let last_words = last_words.and_then(|thread| thread.join().ok()).unwrap_or_default();
    let stage = heard.stage;
    match heard.last {
        _ if heard.late => Err(Failure::Late { limit, stage }),
        Some(Message::Checked(structure)) => Ok(Answer::Checked(structure)),
        Some(Message::Profiled(profile)) => Ok(Answer::Profiled(profile)),
        Some(Message::Refused(why)) if no_memory(&why) => Err(Failure::Memory { limit: request.memory_limit, stage }),
        Some(Message::Refused(why)) => Err(Failure::Refused(plain(&why))),
        Some(Message::Panicked(words)) if no_memory(&words) => {
            Err(Failure::Memory { limit: request.memory_limit, stage })
        }
        Some(Message::Panicked(words)) => Err(Failure::Panicked { words: plain(&words), stage }),
        Some(Message::Stage(_) | Message::NoMeter(_)) | None if no_memory(&last_words) => {
            Err(Failure::Memory { limit: request.memory_limit, stage })
        }
        Some(Message::Stage(_) | Message::NoMeter(_)) | None => Err(Failure::Crashed { how: ending(status), stage }),
    }
}

/// How a process ended, if it did before the deadline.
fn ended_by(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    const BETWEEN: Duration = Duration::from_millis(1);
    loop {
        match child.try_wait()? {
            None if Instant::now() < deadline => std::thread::sleep(BETWEEN),
            ended => return Ok(ended),
        }
    }
}

fn kill(child: &mut Child) -> io::Result<ExitStatus> {
    // It may just have ended by itself.
    let _ = child.kill();
    child.wait()
}

fn no_memory(words: &str) -> bool {
    OUT_OF_MEMORY.iter().any(|sign| words.contains(sign))
}

/// What a process said until it fell silent.
struct Heard {
    stage: Stage,
    last: Option<Message>,
    late: bool,
}

fn follow(messages: &Receiver<Message>, deadline: Instant, hear: &mut dyn FnMut(&Message)) -> Heard {
    let mut heard = Heard { stage: Stage::Loading, last: None, late: false };
    loop {
        match messages.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(message) => {
                if let Message::Stage(stage) = message {
                    heard.stage = stage;
                }
                hear(&message);
                heard.last = Some(message);
            }
            Err(RecvTimeoutError::Disconnected) => return heard,
            Err(RecvTimeoutError::Timeout) => return Heard { late: true, ..heard },
        }
    }
}

/// The lines that a process writes, as messages; what is none, as a library's own chatter, is left out.
fn messages(child: &mut Child) -> Receiver<Message> {
    let (send, receive) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).split(b'\n').map_while(Result::ok);
            let mut messages = lines.filter_map(|line| serde_json::from_slice(&line).ok());
            messages.all(|message| send.send(message).is_ok())
        });
    }
    receive
}

/// The end of what a process writes to its standard error.
fn last_words(child: &mut Child) -> Option<JoinHandle<String>> {
    let mut stderr = child.stderr.take()?;
    Some(std::thread::spawn(move || {
        let (mut kept, mut buffer) = (Vec::new(), [0; LAST_WORDS]);
        while let Ok(read @ 1..) = stderr.read(&mut buffer) {
            kept.extend_from_slice(&buffer[..read]);
            kept.drain(..kept.len().saturating_sub(LAST_WORDS));
        }
        String::from_utf8_lossy(&kept).into_owned()
    }))
}

#[cfg(unix)]
fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => format!("exit code {}", status.code().unwrap_or(-1)),
    }
}

#[cfg(not(unix))]
fn ending(status: ExitStatus) -> String {
    format!("exit code {}", status.code().unwrap_or(-1))
}

#[cfg(all(test, unix))]
mod tests {
    use hardware_profiles::tract::worker::Source;

    use super::*;

    #[test]
    fn a_process_that_falls_silent_and_lives_on_is_ended_at_its_limit() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("silent");
        std::fs::write(&program, "#!/bin/sh\nexec >&-\nexec sleep 20\n").expect("a file");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("its owner's");
        let request = Request {
            source: Source::File("net.onnx".into()),
            shapes: Vec::new(),
            check_only: true,
            rounds: 1,
            cold: false,
            memory_limit: 1 << 30,
            meter: false,
            power: None,
            device_class: None,
            carbonedge: String::new(),
            date: String::new(),
        };
        let started = Instant::now();
        let answer = ask(&program, &request, Duration::from_millis(300), &mut |_| {});
        assert!(matches!(answer, Err(Failure::Late { .. })), "{answer:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}
