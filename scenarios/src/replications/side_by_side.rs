//! Numbered pieces of work on the threads of the pool, with results that do not depend on how many there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `work` for each number below `count`, as many at a time as the pool has threads, and gives the results in order.
///
/// Numbers are begun in order. After a failure no higher number is begun, and those that go on may ask the second
/// argument of `work` whether they do so in vain.
///
/// # Errors
/// The failure of the lowest number that fails: the same one for any number of threads.
pub(crate) fn side_by_side<T: Send, E: Send>(
    count: u32, work: impl Fn(u32, &dyn Fn() -> bool) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let (next, failed) = (AtomicU32::new(0), AtomicU32::new(u32::MAX));
    let done = Mutex::new(BTreeMap::new());
    let begin = || next.fetch_add(1, Ordering::Relaxed);
    let worker = || {
        while let Some(number) = Some(begin()).filter(|&k| k < count && k < failed.load(Ordering::Relaxed)) {
            let result = work(number, &|| failed.load(Ordering::Relaxed) < number);
            if result.is_err() {
                failed.fetch_min(number, Ordering::Relaxed);
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(number, result);
        }
    };
    rayon::scope(|scope| {
        let threads = u32::try_from(rayon::current_num_threads()).unwrap_or(u32::MAX);
        (0..threads.min(count)).for_each(|_| scope.spawn(|_| worker()));
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(work)
    }

    /// The later a number, the sooner it ends.
    fn backwards(number: u32) {
        std::thread::sleep(Duration::from_millis(u64::from(12 - number)));
    }

    #[test]
    fn results_come_in_order_however_many_threads_there_are_and_whoever_ends_first() {
        for threads in [1, 2, 5, 20] {
            let work = |number: u32, _: &dyn Fn() -> bool| {
                backwards(number);
                Ok::<_, ()>(number * number)
            };
            let squares = on(threads, || side_by_side(12, work));
            assert_eq!(squares, Ok((0..12).map(|k| k * k).collect()), "{threads} threads");
        }
    }

    #[test]
    fn the_failure_that_is_told_is_the_lowest_whoever_fails_first() {
        for threads in [1, 2, 5, 20] {
            let work = |number: u32, _: &dyn Fn() -> bool| {
                backwards(number);
                if number == 4 || number > 6 { Err(number) } else { Ok(()) }
            };
            assert_eq!(on(threads, || side_by_side(12, work)), Err(4), "{threads} threads");
        }
    }

    #[test]
    fn work_above_a_failure_learns_that_it_is_in_vain_and_is_not_begun_any_more() {
        let highest = AtomicU32::new(0);
        let work = |number: u32, vain: &dyn Fn() -> bool| {
            highest.fetch_max(number, Ordering::Relaxed);
            while number == 1 && !vain() {
                std::thread::yield_now();
            }
            Err::<(), _>(number)
        };
        assert_eq!(on(2, || side_by_side(1_000, work)), Err(0));
        assert!(highest.into_inner() <= 2);
    }
}
