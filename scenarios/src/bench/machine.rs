//! What a figure depends on beside the program: CPU time, memory, the machine, the date.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};

/// CPU time that the process has used, its own and the system's for it [s].
#[cfg(unix)]
pub(super) fn cpu_s() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 * 1e-9
}

/// Time on the wall's clock, where CPU time cannot be asked for [s].
#[cfg(not(unix))]
pub(super) fn cpu_s() -> f64 {
    static STARTED: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    STARTED.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Runs something and tells its CPU time [s].
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = cpu_s();
    let done = work();
    (done, cpu_s() - before)
}

/// Runs something and tells its time on the wall's clock [s].
pub(super) fn on_the_wall<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = Instant::now();
    let done = work();
    (done, before.elapsed().as_secs_f64())
}

/// Most memory that the process has held at once [KiB]; 0 where the system does not tell.
pub(super) fn peak_rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

/// Date, machine, version and command line, for the head of a table.
pub(super) fn about() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let command: Vec<String> = std::env::args().skip(1).collect();
    json!({
        "date": today(),
        "cpu": cpu_model(),
        "cores": cores,
        "os": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "version": env!("CARGO_PKG_VERSION"),
        "command": format!("carbonedge {}", command.join(" ")),
    })
}

/// The present UTC instant to the second, as RFC 3339 writes it.
fn today() -> String {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}

fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_else(|| "unknown".to_owned())
}
