"""What is no distribution raises in every library what it raises in NumPy, word for word."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergences import catalogue, kl, tv
from kullback.exact.companions import cross_entropy, entropy
from tests.backends.libraries import OTHERS

EAGER = [library for library in OTHERS if library.eager]
GOOD = np.array([0.5, 0.5])


@pytest.fixture(params=EAGER, ids=repr)
def library(request):
    with request.param.setting():
        yield request.param


def message(function, *arguments, **options):
    with pytest.raises((ValueError, TypeError)) as caught:
        function(*arguments, **options)
    return caught.type, str(caught.value)


BAD = {
    "NaN": (probs, [0.5, math.nan]),
    "negative": (probs, [[1.25, -0.25]]),
    "a total of 7": (probs, [3.0, 4.0]),
    "a total of 1.5 in one row": (probs, [[0.5, 0.5], [1.0, 0.5]]),
    "negative counts": (counts, [3.0, -1.0]),
    "infinite counts": (counts, [math.inf, 1.0]),
    "no counts at all": (counts, [[1.0, 2.0], [0.0, 0.0]]),
    "infinite logits": (logits, [0.0, math.inf]),
    "NaN among logits": (logits, [0.0, math.nan]),
    "everything masked": (logits, [-math.inf, -math.inf]),
    "logs of no probabilities": (log_probs, [0.0, 0.0]),
    "three outcomes": (probs, [0.25, 0.25, 0.5]),
    "one outcome": (probs, [1.0]),
    "empty": (probs, np.zeros((2, 0))),
    "a single number": (probs, 0.5),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_values_and_shapes(library, name):
    wrap, values = BAD[name]
    values = np.asarray(values, np.float64)
    ours, good = library.make(values, library.wide), library.make(GOOD, library.wide)
    numbers = values.astype(library.wide)
    if name == "empty":
        assert message(kl, wrap(ours), wrap(ours)) == message(kl, wrap(numbers), wrap(numbers))
        return
    assert message(kl, wrap(ours), good) == message(kl, wrap(numbers), GOOD.astype(library.wide))
    assert message(kl, good, wrap(ours)) == message(kl, GOOD.astype(library.wide), wrap(numbers))
    if name not in ("three outcomes", "one outcome"):
        assert message(entropy, wrap(ours)) == message(entropy, wrap(numbers))
    assert message(cross_entropy, good, wrap(ours)) == message(cross_entropy, GOOD.astype(library.wide), wrap(numbers))


def test_pairwise(library):
    rows = np.array([[0.5, 0.5], [math.nan, 0.5]])
    ours = library.make(rows, library.wide)
    assert message(tv.pairwise, ours) == message(tv.pairwise, rows)
    good = library.make(GOOD, library.wide)
    assert message(tv.pairwise, good) == message(tv.pairwise, GOOD)


def test_options(library):
    good = library.make(GOOD, library.wide)
    two, three = library.make(np.full((2, 2), 0.5), library.wide), library.make(np.full((3, 2), 0.5), library.wide)
    numbers = GOOD.astype(library.wide)
    for options in (
        {"axis": 1},
        {"axis": ()},
        {"axis": 0.5},
        {"where": [True] * 3},
        {"where": [1, 1]},
        {"weights": [-1, 3]},
        {"weights": [2, 2]},
        {"where": [True, False]},
        {"base": 1},
    ):
        assert message(kl, good, good, **options) == message(kl, numbers, numbers, **options)
    assert "do not broadcast" in message(kl, two, three)[1]
    assert "where has dtype" in message(kl, good, good, where=library.make(np.array([1, 1]), library.integer))[1]
    assert "weights holds -1" in message(kl, good, good, weights=library.make(np.array([-1.0, 3.0]), library.wide))[1]


def test_types(library):
    good = library.make(GOOD, library.wide)
    if library.name != "jax":
        kind, text = message(kl, good, library.make(np.array([0.5j, 0.5]), "complex128"))
        assert kind is TypeError and text.startswith("q has dtype ") and "complex128, and real numbers" in text
    kind, text = message(kl, library.make(np.array([True, False]), "bool"), good)
    assert kind is TypeError and text.startswith("p has dtype ") and "bool, and real numbers" in text
    kind, text = message(kl, good, np.array([None, 1.0]))
    assert kind is TypeError and "object" in text


@pytest.mark.parametrize("divergence", catalogue, ids=repr)
def test_without_checks_bad_rows_are_nan_and_good_rows_are_right(library, divergence):
    rows = np.array([[0.5, 0.5], [3.0, 4.0], [math.nan, 1.0], [1.25, -0.25], [math.inf, 0.0], [0.0, 0.0]])
    ours = library.make(rows, library.wide)
    value = library.back(divergence(ours, library.make(np.array([0.25, 0.75]), library.wide), check=False))
    assert not np.isnan(value[0]) and np.isnan(value[1:]).all()


def test_the_tolerance_of_totals_is_that_of_the_dtype(library):
    for dtype, inside, outside in (
        ("float64", 5e-9, 2e-8),
        ("float32", 5e-5, 3e-4),
        ("float16", 4e-3, 8e-3),
        ("bfloat16", 4e-3, 16e-3),
    ):
        if dtype not in library.dtypes:
            continue
        good = library.make(GOOD, dtype)
        assert library.back(kl(library.make(np.array([0.5, 0.5 + inside]), dtype), good)) >= 0.0
        kind, text = message(kl, library.make(np.array([0.5, 0.5 + outside]), dtype), good)
        assert kind is ValueError and text.startswith("p sums to 1.0")
