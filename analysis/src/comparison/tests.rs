//! Comparisons worked by hand, their text and their keys.

use super::*;

/// Figures of a run of 1,000 requests that emits so many grams and serves all but so many.
fn trial(grams: f64, lost: f64, p99: f64) -> Trial {
    let served = 1_000.0 - lost;
    Trial {
        figures: crate::replications::Figures::named(&[
            ("requests_arrived", 1_000.0),
            ("requests_completed", served),
            ("requests_late", 0.0),
            ("requests_rejected", lost),
            ("requests_failed", 0.0),
            ("requests_in_flight", 0.0),
            ("carbon_operational_g", grams),
            ("energy_total_j", 20.0 * grams),
            ("sojourn_mean_ms", p99 / 4.0),
            ("sojourn_p50_ms", p99 / 5.0),
            ("sojourn_p95_ms", p99 / 2.0),
            ("sojourn_p99_ms", p99),
        ]),
        request_differences_ms: None,
        decision_ns: [None, None],
        bounds: vec![],
    }
}

fn design(schedulers: &[&str], over: Over, periods: usize, seeds: usize) -> Design {
    Design {
        scenario: "tiny".into(),
        schedulers: schedulers.iter().map(|&name| name.into()).collect(),
        over,
        periods: (1..=periods).map(|k| format!("2024-{k:02}-01")).collect(),
        seeds,
        primary: "carbon_g_per_inference".into(),
        margin: 0.01,
        confidence: 0.95,
        synthetic: false,
    }
}

/// One period of seeds that emit these grams.
fn seeds(grams: &[f64]) -> Vec<Vec<Trial>> {
    vec![grams.iter().map(|&grams| trial(grams, 0.0, 100.0 + grams)).collect()]
}

fn close(got: Option<f64>, expected: f64) -> bool {
    got.is_some_and(|got| (got - expected).abs() < 1e-4 * expected.abs().max(1e-9))
}

/// Differences of −2, −4, −3 g: mean −3, s = 1, and t(2, 0.975) = 4.3027 in printed tables.
#[test]
fn three_seeds_give_the_interval_of_the_printed_table() {
    let trials = [seeds(&[10.0, 12.0, 14.0]), seeds(&[8.0, 8.0, 11.0])];
    let comparison = Comparison::new(design(&["base", "green"], Over::Seed, 1, 3), &trials);
    let half_width = 4.3027 / 3f64.sqrt();
    let difference = comparison.schedulers[1].difference("carbon_operational_g").expect("three units");
    assert!(close(Some(difference.value), -3.0) && close(Some(difference.half_width), half_width));
    assert!(close(difference.relative, -0.25) && close(difference.relative_half_width, half_width / 12.0));
    assert!(close(Some(difference.low), -3.0 - half_width) && close(Some(difference.high), half_width - 3.0));
    // t = 3√3 with two degrees of freedom: P(|T| > t) = 1 − t/√(t² + 2).
    assert!(close(Some(difference.p_value), 1.0 - (27.0f64 / 29.0).sqrt()));
    // Three of three signs alike: 2·2⁻³.
    assert_eq!(difference.wilcoxon_p, Some(0.25));
    // As many served everywhere: the ratio of totals is the mean over 1,000.
    let ratio = comparison.schedulers[1].difference("carbon_g_per_inference").expect("three units");
    assert!(close(Some(ratio.value), -0.003) && close(Some(ratio.half_width), half_width / 1e3));
    assert_eq!((ratio.of, difference.of), ("difference of ratios of totals", "difference of means"));
    assert_eq!(comparison.schedulers[0].difference("carbon_operational_g"), None);
}

#[test]
fn a_ratio_weighs_runs_by_what_they_served() {
    let base = vec![vec![trial(10.0, 0.0, 90.0), trial(10.0, 0.0, 90.0)]];
    let other = vec![vec![trial(10.0, 0.0, 90.0), trial(10.0, 900.0, 90.0)]];
    let comparison = Comparison::new(design(&["base", "lossy"], Over::Seed, 1, 2), &[base, other]);
    // 20 g over 1,100 served, not the mean of 0.01 and 0.1.
    assert!(close(comparison.schedulers[1].value("carbon_g_per_inference"), 20.0 / 1_100.0));
    assert!(close(comparison.schedulers[1].value("miss_share"), 900.0 / 2_000.0));
}

/// Periods of two seeds: their means are the observations, as in the textbook's table of squares.
#[test]
fn periods_are_the_units_and_split_the_variance() {
    let flat = |_| vec![trial(20.0, 0.0, 100.0), trial(20.0, 0.0, 100.0)];
    let base: Vec<Vec<Trial>> = (0..3).map(flat).collect();
    let spread = [[21.0, 23.0], [24.0, 26.0], [29.0, 33.0]];
    let other = spread.map(|grams| grams.map(|grams| trial(grams, 0.0, 100.0)).to_vec()).to_vec();
    let comparison = Comparison::new(design(&["base", "other"], Over::Week, 3, 2), &[base, other]);
    assert_eq!(comparison.sampling.unit, "week");
    assert_eq!((comparison.sampling.units, comparison.sampling.runs_per_unit), (3, 2));
    assert!(!comparison.sampling.conditional_on_trace);
    let difference = comparison.schedulers[1].difference("carbon_operational_g").expect("three weeks");
    // Means 2, 5, 11: s² = 21.
    assert!(close(Some(difference.value), 6.0) && close(Some(difference.half_width), 4.3027 * 7f64.sqrt()));
    let variance = difference.variance.expect("two seeds each");
    assert!(close(Some(variance.between), 19.0) && close(Some(variance.within), 4.0) && !variance.negative);
}

fn lower(name: &str, carbon_g: f64) -> Lower {
    Lower { name: name.to_owned(), carbon_g, unavoidable_g: 4.0 }
}

/// Twelve seeds with noise in common and little of their own.
fn noisy(shift: f64, own: f64, lost: f64) -> Vec<Vec<Trial>> {
    let common = |k: usize| 100.0 + 7.0 * (k as f64).sin();
    let run = |k: usize| {
        let mut trial = trial(
            common(k) + shift + own * ((3 * k) as f64).cos(),
            lost,
            50.0 + shift + (k % 4) as f64 + own * ((5 * k) as f64).sin(),
        );
        trial.request_differences_ms = Some([0.0, shift / 2.0, shift + own * (k as f64).cos()]);
        trial.decision_ns = [Some(800.0 + k as f64), Some(2_000.0)];
        trial.bounds = vec![lower("unconstrained", 70.0), lower("lp", 80.0 + (k % 3) as f64)];
        trial
    };
    vec![(0..12).map(run).collect()]
}

fn five() -> Comparison {
    let names = ["round-robin", "green", "grey", "near", "vague"];
    let trials = [
        noisy(0.0, 0.0, 0.0),
        noisy(-20.0, 3.0, 0.0),
        noisy(9.0, 2.0, 0.0),
        noisy(0.2, 0.1, 0.0),
        noisy(3.0, 9.0, 0.0),
    ];
    Comparison::new(design(&names, Over::Seed, 1, 12), &trials)
}

#[test]
fn every_verdict_has_its_case_and_tests_are_adjusted_over_the_schedulers() {
    let comparison = five();
    let verdicts: Vec<Verdict> = comparison.others().map(|row| row.headline.expect("a verdict").verdict).collect();
    assert_eq!(verdicts, [Verdict::Better, Verdict::Worse, Verdict::Equivalent, Verdict::NotToldApart]);
    // The smallest of four counts four times; the near one differs surely and is equivalent all the same.
    let ps: Vec<(f64, f64)> = comparison
        .others()
        .map(|row| (row.difference(comparison.primary).expect("units").p_value, row.primary.and_then(|j| j.p_holm)))
        .map(|(p, holm)| (p, holm.expect("adjusted")))
        .collect();
    let least = ps.iter().copied().reduce(|a, b| if b.0 < a.0 { b } else { a }).expect("four");
    assert!(close(Some(least.1), 4.0 * least.0));
    assert!(ps[2].1 < 0.05);
}

#[test]
fn the_text_is_the_one_reviewed() {
    insta::assert_snapshot!(five().text());
}

#[test]
fn json_and_csv_hold_the_promised_keys_and_no_clock() {
    let comparison = five();
    let json = serde_json::to_value(&comparison).expect("plain data");
    let keys = |value: &serde_json::Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
    insta::assert_yaml_snapshot!(
        "keys",
        [
            keys(&json),
            keys(&json["design"]),
            keys(&json["schedulers"][1]),
            keys(&json["schedulers"][1]["metrics"]),
            keys(&json["schedulers"][1]["metrics"]["sojourn_p99_ms"]["difference"]),
            keys(&json["schedulers"][1]["request_differences"]),
        ]
    );
    assert_eq!(json["schedulers"][1]["metrics"]["sojourn_p99_ms"]["difference"]["of"], "difference of p99s");
    assert!(!json.to_string().contains("_ns"));
    assert_eq!(comparison.timing().decisions[1].p50_ns, Some(805.0));
    let csv = comparison.csv();
    let columns = |line: &str| line.split(',').count();
    let expected = columns(csv.lines().next().expect("a header"));
    assert!(csv.lines().all(|line| columns(line) == expected), "{csv}");
    // The baseline has no per-request differences.
    let rows = comparison.schedulers.len() * (METRICS.len() + REQUEST_DIFFERENCES.len()) - REQUEST_DIFFERENCES.len();
    assert_eq!(csv.lines().count(), 1 + rows);
}

#[test]
fn a_scheduler_that_leaves_work_undone_is_judged_by_what_came_in_time() {
    // 8 % less carbon for 20 % less service.
    let trials = [noisy(0.0, 0.0, 0.0), noisy(-8.0, 1.0, 200.0)];
    let comparison = Comparison::new(design(&["base", "idle"], Over::Seed, 1, 12), &trials);
    assert!(!comparison.equal_service && !comparison.schedulers[1].service.equal);
    assert_eq!((comparison.primary, comparison.headline), ("carbon_g_per_inference", "carbon_g_per_deadline_met"));
    assert_eq!(comparison.schedulers[1].headline.expect("twelve units").verdict, Verdict::Worse);
    assert!(comparison.notes.iter().any(|note| note.ends_with("carbon_g_per_inference: idle worse")));
    assert!(comparison.notes.iter().any(|note| note.contains("not equal") && note.contains("idle completes 80.00 %")));
    // One in a thousand is the tolerance.
    let equal = |lost| {
        let trials = [noisy(0.0, 0.0, 0.0), noisy(0.0, 0.0, lost)];
        Comparison::new(design(&["base", "other"], Over::Seed, 1, 12), &trials).equal_service
    };
    assert!(equal(1.0) && !equal(2.0));
}

#[test]
fn a_gap_is_that_of_the_totals_and_a_broken_bound_is_told() {
    let mut trials = [seeds(&[10.0, 12.0]), seeds(&[9.0, 12.0])];
    for (run, bound) in trials[1][0].iter_mut().zip([10.0, 8.0]) {
        run.bounds.push(lower("lp", bound));
    }
    let comparison = Comparison::new(design(&["base", "other"], Over::Seed, 1, 2), &trials);
    let gap = &comparison.schedulers[1].bounds[0];
    assert!(close(gap.gap, 21.0 / 18.0 - 1.0) && gap.bound_g == 18.0);
    assert!(close(gap.avoidable_gap, 13.0 / 10.0 - 1.0) && gap.unavoidable_g == 8.0); // 4 g a run
    assert_eq!(gap.broken, 1);
    assert!(comparison.notes.iter().any(|note| note.contains("lp in 1 run of other")));
}

#[test]
fn the_pareto_set_leaves_out_what_is_beaten_in_both() {
    let point = |grams, p99| vec![vec![trial(grams, 0.0, p99); 2]];
    let trials = [point(10.0, 100.0), point(20.0, 50.0), point(20.0, 120.0)];
    let pareto = Comparison::new(design(&["a", "b", "c"], Over::Seed, 1, 2), &trials).pareto;
    assert_eq!(pareto.set, ["a", "b"]);
    // p95 is half of p99 here: reference (22 g, 66 ms) per 1,000 requests, points (10, 50) and (20, 25).
    let expected = (12.0 * 16.0 + 2.0 * 25.0) / (22.0 * 66.0);
    assert!(close(Some(pareto.hypervolume), expected) && close(Some(pareto.contributions[1]), 2.0 * 25.0 / 1_452.0));
}

#[test]
fn units_are_added_until_the_interval_of_the_pilot_is_narrow_enough() {
    let design = design(&["base", "vague"], Over::Seed, 1, 0);
    let trials = |count: usize| {
        [noisy(0.0, 0.0, 0.0), noisy(3.0, 9.0, 0.0)]
            .map(|all| vec![(0..count).map(|k| all[0][k % 12].clone()).collect::<Vec<_>>()])
    };
    assert!(!enough(&design, &trials(9), 1.0), "the pilot is not full");
    assert!(enough(&design, &trials(10), 1.0));
    let first = (10..200).find(|&count| enough(&design, &trials(count), 0.02)).expect("a number");
    assert!(first > 10);
    let relative = |count: usize| {
        let comparison = Comparison::sequential(design.clone(), &trials(count), 0.02);
        assert_eq!(comparison.stopping.map(|stopping| stopping.reached), Some(count >= first));
        let half_width = comparison.schedulers[1].difference(comparison.primary).expect("units").half_width;
        let pilot = Comparison::new(design.clone(), &trials(10));
        half_width / pilot.schedulers[0].value(comparison.primary).expect("a mean")
    };
    assert!(relative(first) <= 0.02 && relative(first - 1) > 0.02);
}

#[test]
fn histograms_that_are_too_coarse_are_told() {
    // p99s of 1,000 ms that differ by 0.2 ms or so: a histogram errs by up to 0.5 ms each.
    let runs =
        |shift: f64| vec![(0..12).map(|k| trial(10.0 + shift, 0.0, 1_000.0 + shift * f64::from(k % 3))).collect()];
    let comparison =
        Comparison::new(design(&["base", "twin", "other"], Over::Seed, 1, 12), &[runs(0.0), runs(0.0), runs(0.1)]);
    let coarse = |row: usize| comparison.schedulers[row].difference("sojourn_p99_ms").expect("units").too_coarse;
    assert!(coarse(2));
    let told = comparison.notes.iter().find(|note| note.contains("streamed")).expect("a note");
    assert!(told.contains("other (") && !told.contains("twin"), "{told}");
    assert!(comparison.notes.iter().any(|note| note.contains("every run: twin")));
}

#[test]
fn whatever_is_missing_nothing_fails() {
    let one = Comparison::new(design(&["base", "other"], Over::Week, 1, 1), &[seeds(&[1.0]), seeds(&[2.0])]);
    assert_eq!(one.schedulers[1].headline.expect("a word").verdict, Verdict::NotToldApart);
    assert!(one.notes.iter().any(|note| note.contains("no interval")) && one.sampling.conditional_on_trace);
    let mut odd = design(&["base", "other"], Over::Seed, 1, 3);
    (odd.primary, odd.confidence) = ("nonsense".into(), 7.0);
    let nothing = Trial { figures: crate::replications::Figures::named(&[]), ..trial(1.0, 0.0, 1.0) };
    let ragged = [seeds(&[1.0, 2.0, 3.0]), vec![vec![nothing; 2]]];
    for trials in [&ragged[..], &ragged[..1], &[], &[vec![], vec![]]] {
        let comparison = Comparison::sequential(odd.clone(), trials, 0.1);
        assert!(comparison.text().contains("no metric is called") && comparison.csv().lines().count() > 1);
        assert!(!enough(&odd, trials, 0.1));
    }
    assert_eq!(Comparison::new(design(&[], Over::Seed, 1, 0), &[]).schedulers, []);
    let wild = [seeds(&[1.0; 40]), seeds(&[&[f64::NAN, f64::INFINITY, -f64::MAX, 0.0], &[f64::MAX; 36][..]].concat())];
    odd.margin = f64::NAN;
    let wild = Comparison::new(odd, &wild);
    assert_eq!(wild.schedulers[1].headline.expect("a word").verdict, Verdict::NotToldApart);
    assert!(wild.text().contains("tiny"));
}
