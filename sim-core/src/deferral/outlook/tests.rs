//! Exact searches over steps beside searches over every second.

use proptest::prelude::*;

use super::*;

/// Steps of so many seconds with their intensities, one after the other from 7 s on.
fn outlook(steps: &[(u64, u32)]) -> (Outlook, Vec<f64>) {
    let seconds: Vec<f64> =
        steps.iter().flat_map(|&(length, value)| std::iter::repeat_n(f64::from(value), length as usize)).collect();
    let ends: Vec<u64> = steps
        .iter()
        .scan(7, |end, &(length, _)| {
            *end += length;
            Some(*end)
        })
        .collect();
    let mut outlook = Outlook::default();
    let until = at(seconds.len() as u64);
    outlook.fill(at(0), until, |instant| {
        let k = ends.partition_point(|&end| SimTime(end * 1_000_000_000) <= instant);
        (f64::from(steps[k].1), SimTime(ends[k] * 1_000_000_000))
    });
    (outlook, seconds)
}

/// So many seconds after the outlook's start.
fn at(seconds: u64) -> SimTime {
    SimTime((7 + seconds) * 1_000_000_000)
}

fn secs(seconds: u64) -> SimDuration {
    SimDuration(seconds * 1_000_000_000)
}

fn mean(seconds: &[f64], from: usize, length: usize) -> f64 {
    seconds[from..from + length].iter().sum::<f64>() / length as f64
}

/// The first second of the least score, a difference below rounding being none.
fn least(latest: usize, score: impl Fn(usize) -> f64) -> usize {
    (1..=latest).fold(0, |best, start| if score(start) < score(best) - 1e-9 { start } else { best })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_best_start_of_a_window_is_that_of_a_search_over_every_second(
        steps in prop::collection::vec((1u64..9, 0u32..5), 1..14), length in 1usize..20, slot in 0u64..4,
    ) {
        let (outlook, seconds) = outlook(&steps);
        prop_assume!(length <= seconds.len());
        let latest = seconds.len() - length;
        let span = secs(length as u64);
        let window = |score: &dyn Fn(SimTime, f64) -> f64, slot| {
            let start = outlook.best_start((at(0), at(latest as u64)), span, slot, score);
            // A start between seconds would show here.
            prop_assert_eq!(start.0 % 1_000_000_000, 0);
            Ok((start.since(at(0)).0 / 1_000_000_000) as usize)
        };
        let lowest = least(latest, |start| mean(&seconds, start, length));
        prop_assert_eq!(window(&|_, mean| mean, None)?, lowest);
        // GAIA's carbon-time: greatest saving for each second until the end.
        let loss = |start: usize, its: f64| (its - mean(&seconds, 0, length)) / (start + length) as f64;
        let wise = least(latest, |start| loss(start, mean(&seconds, start, length)));
        let scored = window(&|start, its| loss((start.since(at(0)).0 / 1_000_000_000) as usize, its), None)?;
        prop_assert_eq!(scored, wise);
        if slot > 0 {
            let on_slots = |start: usize| start as u64 % slot == 0;
            let score = |start: usize| if on_slots(start) { mean(&seconds, start, length) } else { f64::INFINITY };
            prop_assert_eq!(window(&|_, mean| mean, Some(secs(slot)))?, least(latest, score));
        }
        let first = (0..=latest).rev().fold(latest, |best, k| if seconds[k.min(seconds.len() - 1)] <= seconds[best.min(seconds.len() - 1)] { k } else { best });
        prop_assert_eq!(outlook.lowest_instant(at(0), at(latest as u64)), at(first as u64));
    }

    #[test]
    fn the_cheapest_time_is_that_of_the_cheapest_seconds(
        steps in prop::collection::vec((1u64..9, 0u32..5), 1..14), length in 1usize..40, slot in 0usize..4,
    ) {
        let (mut outlook, seconds) = outlook(&steps);
        let span = slot.max(1);
        let cells: Vec<f64> = seconds.chunks_exact(span).map(|cell| cell.iter().sum::<f64>() / span as f64).collect();
        let mut order: Vec<usize> = (0..cells.len()).collect();
        // Stable: of equal cells the earlier one.
        order.sort_by(|&a, &b| (cells[a] * 1e6).round().total_cmp(&(cells[b] * 1e6).round()));
        let needed = length.div_ceil(span);
        let mut stints = Stints::default();
        let given = (slot > 0).then(|| secs(slot as u64));
        let fits = outlook.cheapest((at(0), at(seconds.len() as u64)), secs(length as u64), given, &mut stints);
        prop_assert_eq!(fits, needed <= cells.len());
        if fits {
            let mut chosen: Vec<usize> = order[..needed].iter().flat_map(|&cell| cell * span..(cell + 1) * span).collect();
            chosen.sort_unstable();
            chosen.truncate(length);
            let told: Vec<usize> = (0..seconds.len())
                .filter(|&k| stints.as_slice().iter().any(|stint| stint.from <= at(k as u64) && at(k as u64) < stint.to))
                .collect();
            prop_assert_eq!(told, chosen);
            prop_assert!(stints.as_slice().windows(2).all(|pair| pair[0].to < pair[1].from));
        }
    }

    #[test]
    fn a_quantile_is_that_of_the_sorted_seconds(
        steps in prop::collection::vec((1u64..9, 0u32..9), 1..14), percent in 0usize..=100,
    ) {
        let (mut outlook, mut seconds) = outlook(&steps);
        let told = outlook.quantile(percent as f64 / 100.0, at(0), at(seconds.len() as u64));
        seconds.sort_by(f64::total_cmp);
        let rank = (percent * seconds.len()).div_ceil(100).max(1);
        prop_assert_eq!(told, seconds[rank - 1]);
    }
}
