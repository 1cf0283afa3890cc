"""Samples that are hard but no mistake: an answer that holds together and says what it could not do, never NaN."""

import math

import numpy as np
import pandas as pd
import pytest

import kullback as kb

N = 40
RNG = np.random.default_rng(0)


def normal(shift=0.0, columns=1, rows=N):
    return RNG.normal(shift, 1, (rows, columns))


HARD = {
    "ten rows": (normal(rows=10), normal(rows=11), {}),
    "ten against many": (normal(rows=10), normal(rows=400), {}),
    "a column with one value": (np.column_stack([normal(), np.ones(N)]), np.column_stack([normal(1), np.ones(N)]), {}),
    "more columns than rows": (normal(columns=25, rows=20), normal(columns=25, rows=20), {}),
    "equal columns": (np.repeat(normal(), 3, axis=1), np.repeat(normal(0.5), 3, axis=1), {}),
    "a column that is another": (*(np.column_stack([a, 2 * a + 1]) for a in (normal(), normal(0.5))), {}),
    "far apart": (normal(), normal(100), {}),
    "heavy tails": (RNG.standard_cauchy(N), 2 * RNG.standard_cauchy(N), {}),
    "counts of things": (RNG.poisson(3, N), RNG.poisson(4, N), {}),
    "many zeros": (*(np.where(RNG.random(N) < share, 0.0, RNG.normal(size=N)) for share in (0.3, 0.6)), {}),
    "booleans": (RNG.random(N) < 0.5, RNG.random(N) < 0.8, {}),
    "times": (pd.date_range("2020-01-01", periods=N, freq="h"), pd.date_range("2020-01-01", periods=N, freq="2h"), {}),
    "many categories": ([f"{i}" for i in range(N)], [f"{i}" for i in range(N // 2, N + N // 2)], {}),
    "one category": (["a"] * N, ["a", "b"] * (N // 2), {}),
    "tiny units": (normal() * 1e-300, normal(1) * 1e-300, {}),
    "huge units": (normal() * 1e300, normal(1) * 1e300, {}),
    "weights": (normal(), normal(1), {"weights": (RNG.random(N), np.r_[np.zeros(5), np.ones(N - 5)])}),
    "groups": (normal(), normal(1), {"groups": (np.arange(N) // 5, np.arange(N) // 5)}),
    "a mixed table": (
        {"size": normal()[:, 0], "kind": list("ab" * (N // 2))},
        {"size": normal(1)[:, 0], "kind": list("aab" * (N // 3)) + ["a"] * (N % 3)},
        {},
    ),
}


@pytest.mark.parametrize(("x", "y", "options"), HARD.values(), ids=HARD.keys())
def test_an_answer_holds_together(x, y, options):
    found = kb.estimate(x, y, rng=0, **options)
    numbers = [found.value, found.low, found.high, found.lower_limit, *found.diagnostics.values()]
    assert not any(math.isnan(number) for number in numbers)
    assert 0.0 <= found.low <= found.value <= found.high
    assert found.lower_limit <= found.high
    assert found.outcome in ("interval", "lower bound only", "infinite", "no root-n interval")
    assert "nan" not in found.full().lower()


INFINITE = {
    "a category that Q lacks": (["a", "b"] * N, ["b", "c"] * N),
    "another constant": (
        np.column_stack([np.arange(N) // 10, np.ones(N)]),
        np.column_stack([np.arange(N) // 10, np.zeros(N)]),
    ),
    "counts that Q lacks": (kb.counts([30, 40, 0]), kb.counts([0, 40, 30])),
}


@pytest.mark.parametrize(("x", "y"), INFINITE.values(), ids=INFINITE.keys())
def test_what_q_lacks_is_infinite_and_the_note_says_so(x, y):
    found = kb.estimate(x, y, rng=0)
    assert (found.outcome, found.value, found.high) == ("infinite", math.inf, math.inf)
    assert any(note.startswith("infinite: ") and "of P lies where Q has none" in note for note in found.notes)
    assert math.isfinite(found.lower_limit)
    assert kb.estimate(x, y, of=kb.js, rng=0).high <= math.log(2) + 1e-12
