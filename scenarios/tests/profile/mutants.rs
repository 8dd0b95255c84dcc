//! Damaged files: whatever bytes change, a file ends in a result or a clear error, within its limits.

use std::fs;
use std::time::{Duration, Instant};

use super::graphs::{chain, waist};
use super::profile;

/// Files damaged where `CARBONEDGE_MUTANTS` does not say how many.
const USUAL: usize = 60;

/// A file this small ends long before; a hang would be ended by the limit and is a clear error too.
const LIMIT: Duration = Duration::from_secs(20);

/// SplitMix64, so that every run damages the same bytes.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }
}

/// One or two changes: a byte set, a bit turned, a piece cut out, or a piece doubled.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.next(2) {
        let at = random.next(bytes.len());
        match random.next(8) {
            0..=2 => bytes[at] = random.next(256) as u8,
            3..=5 => bytes[at] ^= 1 << random.next(8),
            6 => drop(bytes.drain(at..(at + 1 + random.next(6)).min(bytes.len()))),
            _ => {
                let piece = bytes[at..(at + 1 + random.next(6)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn damaged_files_end_in_a_result_or_a_clear_error() {
    let number = std::env::var("CARBONEDGE_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mutant.onnx");
    let seeds = [chain(), waist()];
    let mut random = Random(1);
    let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
    let all = Instant::now();
    for k in 0..number {
        let mut bytes = seeds[k % seeds.len()].clone();
        damage(&mut bytes, &mut random);
        fs::write(&path, &bytes).expect("a file");
        let started = Instant::now();
        let done = profile().arg(&path).args(["--dry-run", "--memory-limit", "2GB", "--time-limit", "20 s"]).output();
        let done = done.expect("the program starts");
        let text = String::from_utf8_lossy(&done.stderr).into_owned();
        let kind = kind(done.status.code(), &text, k);
        *kinds.entry(kind).or_default() += 1;
        assert!(started.elapsed() < LIMIT + Duration::from_secs(5), "mutant {k} takes {:?}", started.elapsed());
    }
    println!("{number} damaged files in {:.1} s: {kinds:?}", all.elapsed().as_secs_f64());
    // Damage that is always or never noticed tests little.
    assert!(number < USUAL || (kinds.contains_key("result") && kinds.contains_key("refused")), "{kinds:?}");
}

/// How a run of the program ended; a panic of the test if none of the ways it may.
fn kind(code: Option<i32>, text: &str, mutant: usize) -> &'static str {
    let says = |words: &str| text.contains(words);
    match code {
        Some(0) => "result",
        Some(2) if says("cannot be profiled") => "refused",
        Some(2) if says("give up") => "engine gave up",
        Some(2) if says("crashed the inference engine") => "engine crashed",
        Some(2) if says("needs more than") => "memory",
        Some(2) if says("takes longer") => "time",
        _ => panic!("mutant {mutant} ends with {code:?}: {text}"),
    }
}
