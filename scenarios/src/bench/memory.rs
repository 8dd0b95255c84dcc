//! How fast memory is read: by one thread, and by two at once, for judging two runs at once on two cores.

use std::hint::black_box;
use std::sync::Barrier;

use super::args::MemoryArgs;
use super::machine::on_the_wall;
use super::report::{Figures, Report};

/// Times that each array is read.
const PASSES: u32 = 8;
/// Size of the arrays where none is asked for [MiB]: beyond the last cache of most machines.
const DEFAULT_MIB: u32 = 256;

/// Probes the memory.
pub(super) fn bench(args: &MemoryArgs) -> Report {
    let probe = Probe::of(args.mib);
    let row = Figures::default()
        .count("mib", u64::from(args.mib))
        .number("one_gb_s", probe.one, 2)
        .number("two_gb_s", probe.two_each, 2)
        .number("ratio", probe.ratio(), 3);
    let note = "ratio: the time of two threads at once over that of one alone, for the same work each";
    Report { rows: vec![row], table: true, notes: vec![note.into()], wrong: Vec::new() }
}

/// Read rates [GB/s].
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    /// One thread alone.
    pub one: f64,
    /// Each of two threads at once.
    pub two_each: f64,
}

impl Probe {
    /// A probe with arrays of so many mebibytes.
    pub fn of(mib: u32) -> Self {
        Self { one: rate(1, mib), two_each: rate(2, mib) }
    }

    /// A probe of the usual size.
    pub fn usual() -> Self {
        Self::of(DEFAULT_MIB)
    }

    /// How much longer the same reading takes beside another thread's.
    pub fn ratio(&self) -> f64 {
        self.one / self.two_each
    }
}

/// Read rate of each of so many threads [GB/s]: the slowest one's.
fn rate(threads: usize, mib: u32) -> f64 {
    let words = mib as usize * (1 << 20) / size_of::<u64>();
    let start = Barrier::new(threads);
    let read = || {
        let array: Vec<u64> = (0..words as u64).collect();
        start.wait();
        // A sum that nobody asks for would not be computed.
        let pass = |_| black_box(black_box(&array).iter().fold(0, |sum: u64, x| sum.wrapping_add(*x)));
        on_the_wall(|| (0..PASSES).map(pass).fold(0, u64::max)).1
    };
    let longest = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
        let spans = running.into_iter().filter_map(|thread| thread.join().ok());
        spans.fold(0.0, f64::max)
    });
    f64::from(PASSES) * (words * size_of::<u64>()) as f64 / 1e9 / longest
}
