//! No bytes make a reader panic, hang or take memory out of proportion: the corpus of the fuzz targets with mutations.
//!
//! `CARBONEDGE_MUTANTS` says how many mutations of each seed are tried.

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sim_core::kernel::rng::{Purpose, Streams};
use targets::{TARGETS, Target};

/// Mutations of each seed, unless the environment says otherwise: a few seconds without optimisation.
const MUTANTS: u64 = 500;
/// What a reader may hold at once, whatever the input [B]: buffers, and tables of time zones.
const MEMORY: u64 = 1 << 20;
/// What it may hold a byte of the input [B/B]: the densest input is a row of two bytes, which becomes a record.
const MEMORY_PER_BYTE: u64 = 64;
/// Inputs are some kilobytes, which take microseconds; after this long one hangs.
const HANG: Duration = Duration::from_secs(60);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    entries.filter_map(|entry| name(entry.expect("an entry").path())).collect()
}

/// The files of a target's corpus with their names, sorted.
fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = folder("corpus").join(&target.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &PathBuf| (path.display().to_string(), fs::read(path).expect("a readable file"));
    paths.iter().map(read).collect()
}

/// What is being read, since when: a thread of its own ends the program if that is too long ago.
struct Watch<'a> {
    now: &'a Mutex<(String, Instant)>,
}

impl Watch<'_> {
    /// Runs `work`, watched.
    fn over(work: impl FnOnce(&Watch)) {
        let now = Mutex::new((String::new(), Instant::now()));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(50));
                    let (name, since) = &*now.lock().expect("nobody panics with it");
                    if since.elapsed() > HANG {
                        eprintln!("hangs: {name}");
                        std::process::abort();
                    }
                }
            });
            // The thread must end even if the work panics.
            let ended = catch_unwind(AssertUnwindSafe(|| work(&Watch { now: &now })));
            done.store(true, Ordering::Relaxed);
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        });
    }

    /// Reads one input; what is wrong with how that went.
    fn read(&self, target: &Target, name: String, bytes: &[u8]) -> Option<String> {
        *self.now.lock().expect("nobody panics with it") = (name.clone(), Instant::now());
        let mut panicked = false;
        let memory = allocation_counter::measure(|| {
            panicked = catch_unwind(AssertUnwindSafe(|| black_box(target.run(bytes)))).is_err();
        });
        let allowed = MEMORY + MEMORY_PER_BYTE * bytes.len() as u64;
        let shown = || bytes.escape_ascii().to_string();
        if panicked {
            Some(format!("{name} panics: {}", shown()))
        } else if memory.bytes_max > allowed {
            Some(format!("{name} holds {} B, more than {allowed}: {}", memory.bytes_max, shown()))
        } else {
            None
        }
    }
}

#[test]
fn no_bytes_make_a_reader_panic_hang_or_take_memory_out_of_proportion() {
    let mutants = std::env::var("CARBONEDGE_MUTANTS").map_or(MUTANTS, |text| text.parse().expect("a whole number"));
    let mut faults = Vec::new();
    Watch::over(|watch| {
        for (t, target) in (0..).zip(TARGETS.iter()) {
            let seeds = seeds(target);
            assert!(!seeds.is_empty(), "{} has no corpus", target.name);
            for (s, (file, seed)) in (0u64..).zip(&seeds) {
                faults.extend(watch.read(target, format!("{}: {file}", target.name), seed));
                let mut rng = Streams::new(1, t).stream(Purpose::Arrivals, s);
                for k in 0..mutants {
                    let other = &seeds[k as usize % seeds.len()].1;
                    let bytes = mutate::mutate(&mut rng, seed, other);
                    faults.extend(watch.read(target, format!("{}: {file}, mutation {k}", target.name), &bytes));
                }
            }
        }
    });
    assert!(faults.is_empty(), "{} faults, the first:\n{}", faults.len(), faults[..faults.len().min(5)].join("\n"));
}

#[test]
fn each_target_stands_in_the_table_the_manifest_the_folder_of_targets_and_the_corpus() {
    let table: BTreeSet<String> = TARGETS.iter().map(|target| target.name.clone()).collect();
    assert_eq!(table.len(), TARGETS.len(), "a name stands twice");
    let manifest = fs::read_to_string(folder("Cargo.toml")).expect("a manifest");
    let line = |line: &str| line.strip_prefix("name = \"")?.strip_suffix('"').map(str::to_owned);
    let mut listed: BTreeSet<String> = manifest.lines().filter_map(line).collect();
    assert!(listed.remove("workloads-fuzz"), "the package itself");
    assert_eq!(table, listed, "the manifest");
    assert_eq!(table, names_in(&folder("corpus")), "the corpus");
    assert_eq!(table, names_in(&folder("fuzz_targets")), "the targets");
    for name in &table {
        let text = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).expect("a target");
        assert!(text.contains(&format!("run(\"{name}\", bytes)")), "{name}.rs runs {name}");
    }
}

#[test]
fn each_corpus_holds_files_that_its_reader_takes() {
    for target in TARGETS.iter() {
        let seeds = seeds(target);
        let refused: Vec<&str> = seeds.iter().filter(|(_, seed)| !target.run(seed)).map(|(file, _)| &**file).collect();
        // Some seeds are wrong on purpose.
        assert!(2 * refused.len() <= seeds.len(), "{} refuses {refused:?}", target.name);
    }
}
