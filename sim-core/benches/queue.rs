//! The event queue beside the standard library's heap, from ten pending events to a million.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

#[path = "parts/hold.rs"]
mod hold;
use hold::{Gaps, Heap, Hold, Ladder, Pending};

fn measure<Q: Pending>(criterion: &mut Criterion, group: &str, name: &str, pending: u32, gaps: Gaps) {
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(1));
    let mut hold = Hold::<Q>::new(pending, gaps);
    // Long enough for the first events to be forgotten.
    (0..2 * pending).for_each(|_| hold.step());
    group.bench_function(BenchmarkId::new(name, pending), |bencher| bencher.iter(|| hold.step()));
    group.finish();
}

fn both(criterion: &mut Criterion, group: &str, pending: u32, gaps: Gaps) {
    measure::<Ladder>(criterion, group, "ladder", pending, gaps);
    measure::<Heap>(criterion, group, "heap", pending, gaps);
}

fn exponential(criterion: &mut Criterion) {
    for pending in [10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        both(criterion, "queue hold", pending, Gaps::Exponential);
    }
}

fn engine(criterion: &mut Criterion) {
    both(criterion, "queue engine", 200, Gaps::Engine);
}

criterion_group!(benches, exponential, engine);
criterion_main!(benches);
