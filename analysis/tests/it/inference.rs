//! Intervals and tests against scipy and statsmodels: `data/inference.json`, made by `data/inference.py` beside it.

use analysis::inference::bootstrap::Bca;
use analysis::inference::contrast::Contrast;
use analysis::inference::units::Units;
use analysis::inference::{holm, wilcoxon};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../data/inference.json")).expect("the golden file is JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn assert_close(got: f64, expected: &Value, tolerance: f64) {
    let expected = number(expected);
    assert!((got - expected).abs() <= tolerance * expected.abs(), "{got} is not {expected}");
}

#[test]
fn paired_t_and_equivalence_are_those_of_scipy_and_statsmodels() {
    for case in list(&golden()["paired_t"]) {
        let (base, other) = (Units::Values(numbers(&case["base"])), Units::Values(numbers(&case["other"])));
        let contrast = Contrast::paired(&base, &other).expect("two units");
        assert_close(contrast.p_value(), &case["p"], 1e-9);
        for ends in list(&case["intervals"]) {
            let interval = contrast.interval(number(&ends["confidence"]));
            assert_close(interval.low(), &ends["low"], 1e-9);
            assert_close(interval.high(), &ends["high"], 1e-9);
        }
        for tost in list(&case["tost"]) {
            assert_close(contrast.equivalence(number(&tost["margin"])), &tost["p"], 1e-9);
        }
    }
}

#[test]
fn wilcoxon_is_that_of_scipy_exact_and_approximate() {
    for case in list(&golden()["wilcoxon"]) {
        assert_close(wilcoxon::p_value(&numbers(&case["differences"])), &case["p"], 1e-9);
    }
}

#[test]
fn holm_is_that_of_statsmodels() {
    for case in list(&golden()["holm"]) {
        for (got, expected) in holm::adjusted(&numbers(&case["p"])).into_iter().zip(list(&case["adjusted"])) {
            assert_close(got, expected, 1e-12);
        }
    }
}

#[test]
fn bca_on_the_same_resamples_is_that_of_scipy() {
    let golden = &golden()["bca"];
    let column = |name: &str| numbers(&golden[name]);
    let (base, other, weight) = (column("base"), column("other"), column("weight"));
    let draws: Vec<Vec<usize>> =
        list(&golden["draws"]).iter().map(|row| numbers(row).iter().map(|&i| i as usize).collect()).collect();
    let weighed = |values: &[f64]| Units::Ratios(values.iter().zip(&weight).map(|(x, w)| [x * w, *w]).collect());
    let cases = [
        ("mean", Units::Values(base.clone()), Units::Values(other.clone())),
        ("ratio", weighed(&base), weighed(&other)),
    ];
    for (name, base, other) in cases {
        for ends in list(&golden[name]) {
            let mut next = draws.iter();
            let draw = |resample: &mut [usize]| resample.copy_from_slice(next.next().expect("a resample"));
            let statistic = |units: &[usize]| Some(other.at(units)? - base.at(units)?);
            let bca = Bca::of(weight.len(), draws.len(), number(&ends["confidence"]), statistic, draw).expect("spread");
            assert_close(bca.low, &ends["low"], 1e-9);
            assert_close(bca.high, &ends["high"], 1e-9);
        }
    }
}
