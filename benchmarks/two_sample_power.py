"""How often two-sample tests find a difference at level 0.05: ours by method, and SciPy's in one column.

    python benchmarks/two_sample_power.py --rows 200 --repeats 100

prints one line per difference; `same` is no difference, whose share should be near 0.05.
"""

import argparse

import numpy as np
from scipy import stats

from kullback.sample import sample_of
from kullback.testing import two_sample_test_of

METHODS = ("auto", "energy", "mmd", "moments", "ks")
PEERS = {
    "KS (SciPy)": lambda x, y: stats.ks_2samp(x, y).pvalue,
    "Cramér–von Mises (SciPy)": lambda x, y: stats.cramervonmises_2samp(x, y, method="asymptotic").pvalue,
    "Epps–Singleton (SciPy)": lambda x, y: stats.epps_singleton_2samp(x, y).pvalue,
    "Mann–Whitney (SciPy)": lambda x, y: stats.mannwhitneyu(x, y).pvalue,
}


def same(x, y, rng):
    return x, y


def shift(x, y, rng):
    y[:, 0] += 0.25 + 0.03 * y.shape[1]
    return x, y


def scale(x, y, rng):
    return x, y * (1 + 0.2 / np.sqrt(y.shape[1]))


def scale_of_one(x, y, rng):
    y[:, 0] *= 1.35
    return x, y


def correlation(x, y, rng):
    y[:, 1] = 0.3 * y[:, 0] + np.sqrt(1 - 0.09) * y[:, 1]
    return x, y


def two_humps(x, y, rng):
    y[:, 0] = rng.choice([-0.85, 0.85], len(y)) + np.sqrt(1 - 0.85**2) * y[:, 0]
    return x, y


def heavy_tails(x, y, rng):
    return x, rng.standard_t(4, y.shape) / np.sqrt(2)


def five_needles(x, y, rng):
    needles = rng.integers(0, 5, len(y)) / 2 - 1 + 0.1 * rng.normal(size=len(y))
    y[:, 0] = np.where(rng.random(len(y)) < 0.5, y[:, 0], needles)
    return x, y


def narrow(x, y, rng):
    turn = np.linalg.cholesky(0.95 + 0.05 * np.eye(x.shape[1])).T
    x, y = x @ turn, y @ turn
    y[:, 0] += 0.08
    return x, y


CASES = [
    *((case, 1) for case in (same, shift, scale, two_humps, heavy_tails, five_needles)),
    *((case, 5) for case in (same, shift, scale, scale_of_one, correlation, two_humps, heavy_tails, narrow)),
    *((case, 20) for case in (shift, scale_of_one, two_humps, heavy_tails)),
]


def power(case, columns, rows, repeats):
    found = {}
    for seed in range(repeats):
        rng = np.random.default_rng((seed, columns))
        x, y = case(rng.normal(size=(rows, columns)), rng.normal(size=(rows, columns)), rng)
        for method in METHODS:
            test = two_sample_test_of(sample_of(x), sample_of(y), method, permutations=199, rng=rng)
            found.setdefault(method, []).append(test.p_value <= 0.05)
        if columns == 1:
            for name, p_value in PEERS.items():
                found.setdefault(name, []).append(p_value(x[:, 0], y[:, 0]) <= 0.05)
    return {name: np.mean(values) for name, values in found.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=100)
    asked = parser.parse_args()
    for case, columns in CASES:
        shares = power(case, columns, asked.rows, asked.repeats)
        said = "  ".join(f"{name} {share:.2f}" for name, share in shares.items())
        print(f"{case.__name__.replace('_', ' ')}, d={columns}: {said}", flush=True)
