"""Figures of scipy and statsmodels that analysis::inference is held against.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 statsmodels==0.15.0
    venv/bin/python analysis/tests/data/inference.py > analysis/tests/data/inference.json
"""

import json

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

rng = np.random.default_rng(20260601)


def pair(n):
    """Skewed figures of a baseline and of a system 3 % above it, with luck in common."""
    common = rng.exponential(1.0, n)
    base = np.round(10.0 + common, 4)
    other = np.round(10.3 + common + 0.4 * rng.standard_normal(n), 4)
    return base, other


def paired_t(n):
    base, other = pair(n)
    test = stats.ttest_rel(other, base)
    cases = []
    for confidence in (0.9, 0.95, 0.99):
        low, high = test.confidence_interval(confidence)
        cases.append({"confidence": confidence, "low": low, "high": high})
    margins = [{"margin": m, "p": ttost_paired(other, base, -m, m)[0]} for m in (0.1, 0.3, 0.6, 1.0)]
    return {"base": base.tolist(), "other": other.tolist(), "p": test.pvalue, "intervals": cases, "tost": margins}


def wilcoxon(differences, method):
    test = stats.wilcoxon(differences, correction=method == "approx", method=method)
    return {"method": method, "differences": differences.tolist(), "p": test.pvalue}


def holm(p):
    return {"p": list(p), "adjusted": multipletests(p, method="holm")[1].tolist()}


def bca(n, resamples):
    """The intervals of scipy.stats.bootstrap on given resamples: it takes their values in place of its own draws."""
    draws = rng.integers(0, n, (resamples, n))
    base, other = pair(n)
    weight = np.round(rng.uniform(1.0, 3.0, n), 3)

    def mean(x, y, axis=-1):
        return np.mean(y - x, axis=axis)

    def ratio(x, y, w, axis=-1):
        return (np.sum(y * w, axis=axis) - np.sum(x * w, axis=axis)) / np.sum(w, axis=axis)

    def interval(statistic, data, confidence):
        known = statistic(*(column[draws] for column in data))

        class Known:
            bootstrap_distribution = known

        options = {"paired": True, "vectorized": True, "n_resamples": 0, "method": "BCa"}
        found = stats.bootstrap(data, statistic, confidence_level=confidence, bootstrap_result=Known(), **options)
        return {"confidence": confidence, "low": found.confidence_interval.low, "high": found.confidence_interval.high}

    return {
        "base": base.tolist(),
        "other": other.tolist(),
        "weight": weight.tolist(),
        "draws": draws.tolist(),
        "mean": [interval(mean, (base, other), c) for c in (0.9, 0.95)],
        "ratio": [interval(ratio, (base, other, weight), c) for c in (0.9, 0.95)],
    }


small, odd = rng.normal(0.3, 1.0, 12).round(5), rng.normal(0.1, 1.0, 50).round(7)
ties = np.array([1, -2, 2, 3, -1, 4, 4, 0, 5, 2, -3, 6, 1, 0, 2, 7, 3, -4, 5, 1], dtype=float)
golden = {
    "made_with": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
    "paired_t": [paired_t(n) for n in (2, 5, 10, 40)],
    "wilcoxon": [
        wilcoxon(small, "exact"),
        wilcoxon(odd, "exact"),
        wilcoxon(rng.normal(0.1, 1.0, 60).round(7), "approx"),
        wilcoxon(ties, "approx"),
    ],
    "holm": [holm([0.01, 0.04, 0.03, 0.005]), holm([0.5, 0.2, 0.9]), holm(rng.uniform(0, 0.2, 12).round(4).tolist())],
    "bca": bca(30, 199),
}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


print("{")
lines = [f" {json.dumps(key)}: {json.dumps(plain(value), separators=(',', ':'))}" for key, value in golden.items()]
print(",\n".join(lines))
print("}")
