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
    "one number far out": (np.r_[normal()[:, 0], 1e60], normal()[:, 0], {}),
    "one row far out": (np.r_[normal(columns=3), np.full((1, 3), 1e60)], normal(columns=3), {}),
    "logarithmic": (np.exp(20 * normal()), np.exp(20 * normal(1)), {}),
    "far from 0": (normal() + 1e15, normal(1) + 1e15, {}),
    "few rows that count": (normal(columns=5), normal(1, columns=5), {"weights": (np.arange(N) < 10, None)}),
    "weights near the end of the range": (normal(), normal(1), {"weights": (np.full(N, 1e308), np.full(N, 5e-324))}),
    "a number of one row beside a distribution": (normal(), kb.normal(0, 1), {}),
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


MODELS = {
    "beyond the ends": (RNG.normal(size=200), kb.distributions.uniform(-1, 1)),
    "one row below 0": (np.r_[RNG.exponential(size=200), -0.1], kb.distributions.exponential(1)),
    "fractions beside a law of whole numbers": (RNG.normal(3, 1, 200), kb.distributions.poisson(3)),
    "a whole number that it lacks": (RNG.poisson(3, 200) - 1, kb.distributions.poisson(3)),
}


@pytest.mark.parametrize(("x", "model"), MODELS.values(), ids=MODELS.keys())
def test_where_a_distribution_has_no_density_the_answer_is_infinite(x, model):
    found = kb.estimate(x, model, rng=0)
    assert (found.outcome, found.value, found.high) == ("infinite", math.inf, math.inf)
    share = float(np.mean(np.isneginf(model.log_prob(x))))
    assert found.diagnostics["out of support"] == share
    assert any("has no density there" in note for note in found.notes)
    assert kb.estimate(x, model, of=kb.js, rng=0).high <= math.log(2) + 1e-12


def test_the_rows_of_a_distribution_are_never_those_of_the_sample_again():
    # The same seed for the sample and for the estimate: what everyone types.
    for columns, model in (
        (1, kb.normal(0, 1)),
        (2, kb.distributions.multivariate_normal(np.zeros(2), np.eye(2))),
    ):
        for seed in range(3):
            x = np.random.default_rng(seed).normal(size=(200, columns))
            found = kb.estimate(x, model, rng=seed)
            assert found.low == 0.0
            assert found.value < 0.2
            assert found.diagnostics["ties"] == 0.0


def test_rows_of_weight_0_are_as_if_they_were_not_there():
    x, y, other = normal(rows=60), normal(1, rows=60), normal(7, rows=15)
    weights = np.r_[np.ones(60), np.zeros(15)]
    found = kb.estimate(np.r_[x, other], y, weights=(weights, None), rng=0)
    assert found.sizes == (60, 60)
    assert found.value == kb.estimate(x, y, weights=(np.ones(60), None), rng=0).value


def test_examples_name_the_categories_of_their_own_column():
    x = {"one": ["k"] * N, "kind": ["a", "b"] * (N // 2)}
    y = {"one": ["k"] * N, "kind": ["b", "c"] * (N // 2)}
    notes = kb.estimate(x, y, rng=0).notes
    assert "outside, for example: row 0: kind=a; row 2: kind=a; row 4: kind=a" in notes


def test_a_unit_that_was_changed_is_in_the_name():
    x = {"size": RNG.normal(0, 1e300, N), "kind": ["a", "b"] * (N // 2)}
    y = {"size": RNG.normal(0, 1e300, N), "kind": ["b", "c"] * (N // 2)}
    assert any("row 0: size × 2^-" in note for note in kb.estimate(x, y, rng=0).notes)


def test_equal_columns_have_no_interval_of_their_information():
    x = RNG.normal(size=300)
    found = kb.mutual_information_estimate(x, x.copy(), rng=0)
    assert (found.outcome, found.high) == ("lower bound only", math.inf)
    assert found.lower_limit <= found.value
    assert found.notes == (
        "only a lower bound can be stated: the estimate is near the most that neighbours among so few rows can show",
    )


@pytest.mark.parametrize(("x", "y"), INFINITE.values(), ids=INFINITE.keys())
def test_what_q_lacks_is_infinite_and_the_note_says_so(x, y):
    found = kb.estimate(x, y, rng=0)
    assert (found.outcome, found.value, found.high) == ("infinite", math.inf, math.inf)
    assert any(note.startswith("infinite: ") and "of P lies where Q has none" in note for note in found.notes)
    assert math.isfinite(found.lower_limit)
    assert kb.estimate(x, y, of=kb.js, rng=0).high <= math.log(2) + 1e-12
