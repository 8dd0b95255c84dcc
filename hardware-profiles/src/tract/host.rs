//! What this machine is, as profiles name it.

use std::fs;

use crate::profile::Host;

/// This machine; what its system does not tell is `unknown` or zero.
#[must_use]
pub fn host() -> Host {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    // Boards name themselves in the device tree, and their processors by numbers only.
    let board = fs::read_to_string("/proc/device-tree/model").unwrap_or_default();
    let board = board.trim_end_matches('\0').trim();
    let cpu = field(&cpuinfo, "model name").or_else(|| field(&cpuinfo, "Hardware"));
    let cpu = if board.is_empty() { cpu.unwrap_or("unknown") } else { board };
    Host {
        cpu: cpu.to_owned(),
        cores: std::thread::available_parallelism().map_or(0, |n| u32::try_from(n.get()).unwrap_or(u32::MAX)),
        memory_bytes: memory_bytes().unwrap_or(0) as f64,
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        virtual_machine: field(&cpuinfo, "flags")
            .is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor")),
    }
}

/// Memory that this process may use [B]: the machine's, or less in a container; none where the system does not tell it.
#[must_use]
pub fn memory_bytes() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let kibibytes: u64 = field(&meminfo, "MemTotal")?.trim_end_matches(" kB").parse().ok()?;
    Some(contained(kibibytes * 1024, fs::read_to_string("/sys/fs/cgroup/memory.max").ok().as_deref()))
}

/// The lesser of a machine's memory and a control group's limit (cgroup v2, `memory.max`: bytes, or `max` for none).
fn contained(machine: u64, limit: Option<&str>) -> u64 {
    limit.and_then(|limit| limit.trim().parse().ok()).map_or(machine, |limit: u64| limit.min(machine))
}

/// The first value of a key in a file of `key : value` lines.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rows = text.lines().filter_map(|line| line.split_once(':'));
    rows.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_has_the_memory_of_its_limit() {
        assert_eq!(contained(8 << 30, Some("2147483648\n")), 2 << 30);
        assert_eq!((contained(8 << 30, Some("max\n")), contained(8 << 30, None)), (8 << 30, 8 << 30));
    }

    #[test]
    fn keys_of_proc_are_found_whatever_the_space_around_them() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC 9B45\nflags\t\t: fpu hypervisor\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC 9B45"));
        assert_eq!(field("MemTotal:       24576 kB\n", "MemTotal"), Some("24576 kB"));
        assert_eq!(field(text, "Hardware"), None);
    }
}
